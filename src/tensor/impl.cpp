#include "lampas/tensor/impl.h"

#include <cstring>
#include <new>

#include "backend/cpu/small_cache.h"
#include "lampas/backend/cpu/allocator.h"
#include "lampas/core/names.h"
#include "tensor/inference.h"

namespace lampas {

namespace {

constexpr size_t round64(size_t n) { return (n + 63) & ~size_t{63}; }
constexpr size_t kImplBytes = round64(sizeof(TensorImpl));
constexpr size_t kHeaderBytes = round64(sizeof(TensorImpl) + sizeof(StorageImpl));
/// Elements up to this many bytes share the allocation of their first tensor.
constexpr size_t kEmbedLimit = 4096 - kHeaderBytes;

int64_t* new_dims(size_t n) { return new int64_t[n]; }

}  // namespace

void TensorImpl::set_rank(int n) {
  if (dims != inline_dims) delete[] dims;
  dims = inline_dims;
  stride_offset = kInlineDims;
  if (n > kInlineDims) {
    dims = new_dims(2 * static_cast<size_t>(n));
    stride_offset = static_cast<uint8_t>(n);
  }
  ndim = static_cast<uint8_t>(n);
}

void TensorImpl::set_geometry(IntArrayRef sizes, IntArrayRef strides) {
  const int n = static_cast<int>(sizes.size());
  const Shape own_sizes(sizes), own_strides(strides);  // the arguments may be this impl's own
  set_rank(n);
  int64_t *sz = dims, *st = dims + stride_offset, count = 1;
  for (int i = 0; i < n; ++i) {
    sz[i] = own_sizes[i];
    st[i] = own_strides[i];
    count *= sz[i];
  }
  numel = count;
  contiguous = true;
  if (count == 0) return;
  int64_t expected = 1;
  for (int i = n - 1; i >= 0; --i) {
    if (sz[i] == 1) continue;
    if (st[i] != expected) {
      contiguous = false;
      return;
    }
    expected *= sz[i];
  }
}

void TensorImpl::set_contiguous(IntArrayRef sizes) {
  const Shape own(sizes);
  const int n = static_cast<int>(own.size());
  set_rank(n);
  int64_t *sz = dims, *st = dims + stride_offset;
  uint64_t run = 1, count = 1;  // unsigned as in contiguous_strides
  for (int i = n - 1; i >= 0; --i) {
    sz[i] = own[i];
    st[i] = static_cast<int64_t>(run);
    count *= static_cast<uint64_t>(own[i]);
    run *= static_cast<uint64_t>(own[i] > 1 ? own[i] : 1);
  }
  numel = static_cast<int64_t>(count);
  contiguous = true;
}

void TensorImpl::replace_storage(StorageImpl* s) {
  StorageImpl* old = storage;
  if (s == old) return;
  if (s != home) s->retain();  // the reference to home is never given up while this impl lives
  storage = s;
  if (old != home) old->release();
}

void TensorImpl::destroy() noexcept {
  if (LAMPAS_UNLIKELY(grad_fn || base || autograd.load(std::memory_order_relaxed))) detail::release_autograd(*this);
  if (LAMPAS_UNLIKELY(names != nullptr)) delete names;
  if (LAMPAS_UNLIKELY(dims != inline_dims)) delete[] dims;
  StorageImpl* s = storage;
  const uint32_t own_block = block_bytes;
  StorageImpl* h = home;
  if (own_block) cpu::small_deallocate(this, own_block);
  s->release();
  // The block of an embedded storage contains this impl: it goes when that storage does.
  if (LAMPAS_UNLIKELY(h && h != s)) h->release();
}

namespace detail {

constinit thread_local bool inference_mode = false;

TensorImpl* new_impl(IntArrayRef sizes, int64_t numel, ScalarType dtype, Device device) {
  const size_t bytes = static_cast<size_t>(numel) * element_size(dtype);
  char* block;
  TensorImpl* impl;
  if (LAMPAS_LIKELY(bytes <= kEmbedLimit && device.is_cpu())) {
    const size_t total = kHeaderBytes + round64(bytes);
    block = static_cast<char*>(cpu::small_allocate(total));
    impl = new (block) TensorImpl(dtype, device);
    auto* s = new (block + sizeof(TensorImpl)) StorageImpl;
    s->data = block + kHeaderBytes;
    s->nbytes = bytes;
    s->embedded = true;
    s->block = block;
    s->block_bytes = static_cast<uint32_t>(total);
    impl->storage = impl->home = s;
  } else {
    StoragePtr s = allocate_storage(bytes, device);
    block = static_cast<char*>(cpu::small_allocate(kImplBytes));
    impl = new (block) TensorImpl(dtype, device);
    impl->block_bytes = kImplBytes;
    impl->storage = s.detach();
  }
  impl->inference = inference_mode;
  const int n = static_cast<int>(sizes.size());
  if (LAMPAS_UNLIKELY(n > TensorImpl::kInlineDims)) {
    impl->set_contiguous(sizes);
    return impl;
  }
  impl->ndim = static_cast<uint8_t>(n);
  impl->numel = numel;
  uint64_t run = 1;  // unsigned as in contiguous_strides
  for (int i = n - 1; i >= 0; --i) {
    impl->inline_dims[i] = sizes[i];
    impl->inline_dims[TensorImpl::kInlineDims + i] = static_cast<int64_t>(run);
    run *= static_cast<uint64_t>(sizes[i] > 1 ? sizes[i] : 1);
  }
  return impl;
}

TensorImpl* new_over(StorageImpl* storage, IntArrayRef sizes, IntArrayRef strides, int64_t offset, ScalarType dtype) {
  auto* impl = new (cpu::small_allocate(kImplBytes)) TensorImpl(dtype, storage->device);
  impl->block_bytes = kImplBytes;
  storage->retain();
  impl->storage = storage;
  impl->offset = offset;
  impl->inference = inference_mode;
  impl->set_geometry(sizes, strides);
  return impl;
}

namespace {
/// set_geometry of an impl just made, to which neither array can belong.
void init_geometry(TensorImpl& t, IntArrayRef sizes, IntArrayRef strides) {
  const int n = static_cast<int>(sizes.size());
  if (LAMPAS_UNLIKELY(n > TensorImpl::kInlineDims)) return t.set_geometry(sizes, strides);
  int64_t *sz = t.inline_dims, *st = t.inline_dims + TensorImpl::kInlineDims, run = 1;
  t.ndim = static_cast<uint8_t>(n);
  bool dense = true;
  for (int i = n - 1; i >= 0; --i) {
    sz[i] = sizes[i];
    st[i] = strides[i];
    dense = dense && (sz[i] == 1 || st[i] == run);
    run *= sz[i];
  }
  t.numel = run;
  t.contiguous = dense || run == 0;
}
}  // namespace

TensorImpl* new_alias(const TensorImpl& of, IntArrayRef sizes, IntArrayRef strides, int64_t offset) {
  auto* impl = new (cpu::small_allocate(kImplBytes)) TensorImpl(of.dtype, of.device);
  impl->block_bytes = kImplBytes;
  of.storage->retain();
  impl->storage = of.storage;
  impl->offset = offset;
  impl->inference = of.inference;
  impl->own_version = of.own_version;
  impl->version_own = of.version_own;
  init_geometry(*impl, sizes, strides);
  return impl;
}

}  // namespace detail
}  // namespace lampas
