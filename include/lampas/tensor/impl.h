#pragma once

#include <vector>

#include "lampas/core/dtype.h"
#include "lampas/core/shape.h"
#include "lampas/core/storage.h"

namespace lampas {

class Dimname;
struct Node;
struct AutogradMeta;  // src/autograd/meta.h: gradient, hooks, the accumulation node

/// How a view came to be: decides what an in-place write to it means for autograd.
enum class ViewKind : uint8_t {
  none,          // owns its history
  tracked,       // a differentiable view of `base`
  no_grad,       // made under NoGradGuard: an in-place write that records is an error
  inference,     // made in InferenceMode of a normal tensor: likewise
  multi_output,  // one of several views made at once (unbind, split): likewise
};

/// What a Tensor points to. Sizes and strides are in place up to six dimensions; a fresh small CPU tensor, its storage
/// header and its elements share one allocation.
struct LAMPAS_API TensorImpl {
  static constexpr int kInlineDims = 6;

  RefCount refs;
  ScalarType dtype;
  uint8_t ndim;
  Device device;

  bool requires_grad = false;   // set by the user; meaningful for leaves
  bool contiguous = true;       // row-major dense
  bool wrapped_number = false;  // made from a Scalar: weak in type promotion
  bool inference = false;       // made in InferenceMode: no version, no history
  bool own_version = false;     // made by data(): versions apart from its storage
  bool sparse = false;          // its storage holds indices and values (src/tensor/sparse.h)
  ViewKind view_kind = ViewKind::none;
  uint8_t stride_offset = kInlineDims;  // strides start at dims[stride_offset]

  uint32_t block_bytes = 0;  // size of this impl's own allocation; 0 when an embedded storage owns the block
  uint32_t output_nr = 0;    // which output of grad_fn this is
  uint32_t version_own = 0;
  uint32_t view_version = 0;  // version at which the grad_fn of a view was made

  int64_t numel = 0;
  int64_t offset = 0;  // bytes from storage->data
  StorageImpl* storage = nullptr;
  StorageImpl* home = nullptr;  // embedded storage whose block this impl lies in; its reference is given up last
  Node* grad_fn = nullptr;      // owned
  TensorImpl* base = nullptr;   // owned: the tensor this is a view of (itself never a view)
  std::atomic<AutogradMeta*> autograd{nullptr};  // owned, made when needed
  std::vector<Dimname>* names = nullptr;         // owned: one for each dimension, null where none has one
  int64_t* dims = inline_dims;
  int64_t inline_dims[2 * kInlineDims];

  TensorImpl(ScalarType t, Device d) : dtype(t), ndim(0), device(d) {}
  TensorImpl(const TensorImpl&) = delete;

  void retain() noexcept { refs.increment(); }
  void release() noexcept {
    if (refs.decrement()) destroy();
  }
  void destroy() noexcept;

  const int64_t* sizes() const { return dims; }
  const int64_t* strides() const { return dims + stride_offset; }
  IntArrayRef sizes_ref() const { return {dims, ndim}; }
  IntArrayRef strides_ref() const { return {dims + stride_offset, ndim}; }
  /// First element. Unpacks a storage that carries a packed representation.
  void* data() const {
    StorageImpl* s = storage;
    if (LAMPAS_UNLIKELY(s->packed.load(std::memory_order_acquire) != nullptr)) s->unpack();
    return static_cast<char*>(s->data) + offset;
  }
  template <class T>
  T* data_as() const {
    return static_cast<T*>(data());
  }
  uint32_t version() const { return own_version ? version_own : storage->version.load(std::memory_order_relaxed); }
  void bump_version() {
    if (own_version) {
      ++version_own;
      storage->expose();
    } else {
      storage->version.fetch_add(1, std::memory_order_relaxed);
    }
  }
  // What LibTorch's tests ask about views.
  TensorImpl* autograd_meta() { return this; }
  bool has_bw_view() const { return base != nullptr; }
  ViewKind get_creation_meta() const { return view_kind; }
  /// Points to other memory (a reference to `s` is added); offset and geometry are the caller's to set.
  void replace_storage(StorageImpl* s);
  /// Makes room for `n` dimensions; sizes and strides are then written through dims.
  void set_rank(int n);
  /// Replaces sizes and strides and recomputes numel and contiguity.
  void set_geometry(IntArrayRef sizes, IntArrayRef strides);
  /// Row-major geometry of the given sizes.
  void set_contiguous(IntArrayRef sizes);
};

using ImplPtr = IntrusivePtr<TensorImpl>;

/// Highest rank a tensor may have.
inline constexpr size_t kMaxDims = 64;

namespace detail {
/// An uninitialised contiguous tensor impl of `numel` (the product of `sizes`, known to be valid) elements.
LAMPAS_API TensorImpl* new_impl(IntArrayRef sizes, int64_t numel, ScalarType dtype, Device device);
/// A second impl over the same storage with the given geometry and byte offset; no autograd information.
LAMPAS_API TensorImpl* new_alias(const TensorImpl& of, IntArrayRef sizes, IntArrayRef strides, int64_t offset);
/// An impl over `storage` (a reference is added).
LAMPAS_API TensorImpl* new_over(StorageImpl* storage, IntArrayRef sizes, IntArrayRef strides, int64_t offset,
                                ScalarType dtype);
/// Drops grad_fn, base and autograd of a dying impl; defined by the autograd layer.
void release_autograd(TensorImpl& impl) noexcept;
}  // namespace detail

}  // namespace lampas
