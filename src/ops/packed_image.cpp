#include "ops/packed_image.h"

#include <algorithm>

#include "backend/pointwise.h"
#include "lampas/backend/cpu/allocator.h"
#include "lampas/base/error.h"

namespace lampas {

namespace {

struct Blocks final : PackedData {
  ImageLayout layout;
  ScalarType dtype;
  Shape sizes;
  void* data;
  size_t bytes;
};

void free_plain(StorageImpl& s) { cpu::deallocate(s.data, reinterpret_cast<uintptr_t>(s.context)); }

/// Copies between the plain and the blocked arrangement.
void rearrange(IntArrayRef sizes, ImageLayout layout, ScalarType dtype, void* plain, void* blocked, bool to_plain) {
  int64_t positions = 1;
  for (size_t d = 2; d < sizes.size(); ++d) positions *= sizes[d];
  const int64_t block = channel_block(layout), image = sizes[1] * positions;
  const int64_t shape[] = {sizes[0], sizes[1] / block, block, positions};
  const int64_t in_plain[] = {image, block * positions, positions, 1},
                in_blocks[] = {image, block * positions, 1, block};
  const Operand a{plain, in_plain, dtype}, b{blocked, in_blocks, dtype};
  run_copy(to_plain ? a : b, to_plain ? b : a, IntArrayRef(shape, 4));
}

void unpack(StorageImpl& s, PackedData& packed) {
  auto& b = static_cast<Blocks&>(packed);
  void* plain = cpu::allocate(s.nbytes);
  rearrange(b.sizes, b.layout, b.dtype, plain, b.data, true);
  s.data = plain;
  s.context = reinterpret_cast<void*>(s.nbytes);
  s.deleter = free_plain;
}

void destroy(PackedData* packed) noexcept {
  auto* b = static_cast<Blocks*>(packed);
  if (b->data) cpu::deallocate(b->data, b->bytes);
  delete b;
}

}  // namespace

PackedImage packed_image(const TensorImpl& x) {
  PackedImage p;
  if (!x.contiguous || x.offset != 0) return p;
  PackedPtr held = x.storage->hold_packed();
  if (!held) return p;
  const auto& b = static_cast<const Blocks&>(*held);
  if (x.dtype != b.dtype || x.sizes_ref() != IntArrayRef(b.sizes)) return p;
  p.layout_ = b.layout;
  p.data_ = b.data;
  p.held_ = std::move(held);
  return p;
}

Tensor empty_packed(IntArrayRef sizes, ImageLayout layout, ScalarType dtype) {
  const size_t bytes =
      static_cast<size_t>(checked_numel(sizes, element_size(dtype), "empty_packed")) * element_size(dtype);
  StoragePtr s = StoragePtr::adopt(new StorageImpl);
  s->nbytes = bytes;
  auto* b = new Blocks;
  b->unpack = unpack;
  b->destroy = destroy;
  b->layout = layout;
  b->dtype = dtype;
  b->sizes = Shape(sizes);
  b->bytes = 0;
  b->data = nullptr;
  s->packed.store(b, std::memory_order_relaxed);
  b->data = cpu::allocate(bytes);  // after s owns b
  b->bytes = bytes;
  return Tensor::adopt(detail::new_over(s.get(), sizes, contiguous_strides(sizes), 0, dtype));
}

Tensor packed_in(const Tensor& x, ImageLayout layout) {
  if (const PackedImage p = packed_image(x); p && p.layout() == layout) return x;
  Tensor y = empty_packed(x.sizes(), layout, x.scalar_type());
  const TensorImpl& i = *x.impl();
  const PackedImage p = packed_image(y);
  if (i.contiguous) {
    rearrange(i.sizes_ref(), layout, i.dtype, i.data(), p.data(), false);
    return y;
  }
  // Any strides: (batch, channels, spatial...) with the channels split.
  const int64_t block = channel_block(layout);
  Shape shape(i.sizes_ref()), from(i.strides_ref()), to(shape.size() + 1);
  shape.push_back(block), from.push_back(i.strides()[1]);
  shape[1] /= block, from[1] *= block;
  int64_t run = 1;
  for (size_t d = shape.size(); d-- > 0; run *= shape[d]) to[d] = run;
  run_copy({p.data(), to.data(), i.dtype}, {i.data(), from.data(), i.dtype}, shape);
  return y;
}

Tensor settle_packed(Tensor y) {
  if (y.numel() < kPackedNumel) y.impl()->data();
  return y;
}

}  // namespace lampas
