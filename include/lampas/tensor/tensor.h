#pragma once

#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "lampas/base/error.h"
#include "lampas/core/generator.h"
#include "lampas/core/names.h"
#include "lampas/core/options.h"
#include "lampas/core/scalar.h"
#include "lampas/tensor/accessor.h"
#include "lampas/tensor/impl.h"

namespace lampas {

class Tensor;
struct TensorIndex;
using TensorList = ArrayRef<Tensor>;
enum class Reduction : int8_t { None, Mean, Sum };

/// An n-dimensional array: one intrusive pointer to shared data. Copies share; `clone()` copies elements.
/// A default-constructed tensor is undefined: every question but `defined()` throws.
///
/// Methods follow PyTorch's names, arguments and defaults. A trailing underscore works in place and returns `*this`.
/// Negative dimensions count from the end. Errors are `lampas::Error` naming the op, what it expected and what it got.
class LAMPAS_API Tensor {
 public:
  Tensor() = default;
  explicit Tensor(ImplPtr p) : impl_(std::move(p)) {}
  /// An optional that is empty is an undefined tensor: what may be missing is held either way. So is
  /// `nullopt`. (Templates, so that nothing else converts by way of them.)
  template <class O, std::enable_if_t<std::is_same_v<O, std::optional<Tensor>>, int> = 0>
  Tensor(const O& t) : impl_(t ? t->impl_ : ImplPtr()) {}
  template <class O, std::enable_if_t<std::is_same_v<O, std::nullopt_t>, int> = 0, class = void>
  Tensor(const O&) {}
  /// Takes over a reference to `p`.
  static Tensor adopt(TensorImpl* p) { return Tensor(ImplPtr::adopt(p)); }

  // ---- what it is ----------------------------------------------------------------------------------------------
  bool defined() const { return bool(impl_); }
  void reset() { impl_.reset(); }
  TensorImpl* impl() const { return impl_.get(); }
  TensorImpl* unsafeGetTensorImpl() const { return impl_.get(); }
  bool is_same(const Tensor& o) const { return impl_ == o.impl_; }
  size_t use_count() const { return impl_ ? impl_->refs.value() : 0; }
  int64_t dim() const { return get().ndim; }
  int64_t ndimension() const { return dim(); }
  IntArrayRef sizes() const { return get().sizes_ref(); }
  IntArrayRef strides() const { return get().strides_ref(); }
  int64_t size(int64_t d) const { return get().sizes()[checked_dim(d)]; }
  int64_t stride(int64_t d) const { return get().strides()[checked_dim(d)]; }
  int64_t numel() const { return get().numel; }
  size_t nbytes() const { return static_cast<size_t>(numel()) * element_size(); }
  size_t itemsize() const { return element_size(); }
  int64_t element_size() const { return static_cast<int64_t>(lampas::element_size(get().dtype)); }
  int64_t storage_offset() const { return get().offset / element_size(); }
  TypeMeta dtype() const { return get().dtype; }
  ScalarType scalar_type() const { return get().dtype; }
  Device device() const { return get().device; }
  DeviceIndex get_device() const { return get().device.index(); }
  Layout layout() const { return get().sparse ? kSparse : kStrided; }
  TensorOptions options() const { return TensorOptions::of(get().dtype, get().device, layout()); }
  bool is_contiguous(MemoryFormat format = MemoryFormat::Contiguous) const;
  bool is_non_overlapping_and_dense() const;
  MemoryFormat suggest_memory_format() const;
  bool is_floating_point() const { return lampas::is_floating_point(get().dtype); }
  bool is_complex() const { return lampas::is_complex(get().dtype); }
  bool is_signed() const { return lampas::is_signed(get().dtype); }
  bool is_cpu() const { return get().device.is_cpu(); }
  bool is_cuda() const { return get().device.is_cuda(); }
  bool is_sparse() const { return get().sparse; }
  bool is_inference() const { return get().inference; }
  DeprecatedTypeProperties type() const { return {get().device.type(), layout(), get().dtype}; }
  bool has_storage() const { return defined(); }
  Storage storage() const {
    get().storage->expose();
    return Storage(StoragePtr(impl_->storage));
  }
  /// Whether both are the same view of the same memory.
  bool is_set_to(const Tensor& o) const;
  bool is_quantized() const { return false; }
  bool is_meta() const { return false; }
  bool is_mkldnn() const { return false; }
  bool is_sparse_csr() const { return false; }
  bool is_neg() const { return false; }
  /// Never: conj() computes.
  bool is_conj() const { return false; }
  bool is_pinned(std::optional<Device> = std::nullopt) const { return false; }
  bool is_alias_of(const Tensor& o) const { return get().storage == o.get().storage; }
  std::string toString() const;
  void print() const;

  // ---- elements ------------------------------------------------------------------------------------------------
  /// Address of the first element; throws when `T` is not the tensor's dtype.
  template <class T>
  T* data_ptr() const {
    check_dtype(dtype_of<std::remove_const_t<T>>);
    if constexpr (!std::is_const_v<T>) impl_->storage->expose();
    return impl_->data_as<T>();
  }
  template <class T>
  const T* const_data_ptr() const {
    return data_ptr<const T>();
  }
  template <class T>
  T* mutable_data_ptr() const {
    return data_ptr<T>();
  }
  /// Null for a tensor without elements.
  void* data_ptr() const {
    if (get().numel == 0) return nullptr;
    impl_->storage->expose();
    return impl_->data();
  }
  /// The only element as a Scalar; throws unless numel() is 1.
  Scalar item() const;
  template <class T>
  T item() const {
    return item().to<T>();
  }
  /// Direct element access: `auto a = t.accessor<float, 2>(); a[i][j]`. Checks dtype and rank once.
  template <class T, size_t N>
  TensorAccessor<T, N> accessor() const& {
    static_assert(N > 0, "accessor: use data_ptr<T>() or item<T>() for a 0-d tensor");
    check_dtype(dtype_of<T>);
    check(dim() == static_cast<int64_t>(N), "accessor: expected ", N, " dimensions but tensor has ", dim());
    impl_->storage->expose();
    return TensorAccessor<T, N>(impl_->data_as<T>(), impl_->sizes(), impl_->strides());
  }
  template <class T, size_t N>
  TensorAccessor<T, N> accessor() && = delete;
  /// The same with sizes and strides of its own, counted in `Index`.
  template <class T, size_t N, template <class> class Traits = DefaultPtrTraits, class Index = int64_t>
  GenericPackedTensorAccessor<T, N, Traits, Index> generic_packed_accessor() const& {
    const auto a = accessor<T, N>();
    return {a.data(), a.sizes().data(), a.strides().data()};
  }
  template <class T, size_t N, template <class> class Traits = DefaultPtrTraits, class Index = int64_t>
  GenericPackedTensorAccessor<T, N, Traits, Index> packed_accessor() const& {
    return generic_packed_accessor<T, N, Traits, Index>();
  }
  template <class T, size_t N, template <class> class Traits = DefaultPtrTraits>
  PackedTensorAccessor32<T, N, Traits> packed_accessor32() const& {
    check(numel() <= INT32_MAX, "packed_accessor32: numel needs to be smaller than int32_t max; use packed_accessor64");
    return generic_packed_accessor<T, N, Traits, int32_t>();
  }
  template <class T, size_t N, template <class> class Traits = DefaultPtrTraits>
  PackedTensorAccessor64<T, N, Traits> packed_accessor64() const& {
    return generic_packed_accessor<T, N, Traits, int64_t>();
  }
  template <class T, size_t N, template <class> class Traits = DefaultPtrTraits, class Index = int64_t>
  void generic_packed_accessor() && = delete;
  template <class T, size_t N, template <class> class Traits = DefaultPtrTraits, class Index = int64_t>
  void packed_accessor() && = delete;
  template <class T, size_t N, template <class> class Traits = DefaultPtrTraits>
  void packed_accessor32() && = delete;
  template <class T, size_t N, template <class> class Traits = DefaultPtrTraits>
  void packed_accessor64() && = delete;
  bool equal(const Tensor& other) const;
  bool allclose(const Tensor& other, double rtol = 1e-05, double atol = 1e-08, bool equal_nan = false) const;
  Tensor isclose(const Tensor& other, double rtol = 1e-05, double atol = 1e-08, bool equal_nan = false) const;
  bool is_nonzero() const;

  // ---- autograd ------------------------------------------------------------------------------------------------
  bool requires_grad() const;
  /// Throws for a non-leaf set to false and for dtypes without gradients.
  const Tensor& set_requires_grad(bool on) const;
  const Tensor& requires_grad_(bool on = true) const { return set_requires_grad(on); }
  bool is_leaf() const;
  /// The accumulated gradient, undefined before any. Warns for a tensor that will never have one (not a leaf, no
  /// retain_grad).
  const Tensor& grad() const;
  Tensor& mutable_grad() const;
  IntrusivePtr<Node> grad_fn() const;
  int64_t output_nr() const { return get().output_nr; }
  /// Accumulates the gradient of this tensor (times `gradient`, which a scalar may omit) into the leaves it depends on.
  void backward(const Tensor& gradient = {}, std::optional<bool> retain_graph = std::nullopt,
                bool create_graph = false) const;
  void backward(const Tensor& gradient, std::optional<bool> retain_graph, bool create_graph,
                std::optional<TensorList> inputs) const;
  /// The same elements without history.
  Tensor detach() const;
  Tensor& detach_() const;
  /// The same elements without history and with a version counter of its own.
  Tensor data() const;
  Tensor tensor_data() const { return data(); }
  Tensor variable_data() const { return data(); }
  void set_data(const Tensor& other) const;
  void retain_grad() const;
  bool retains_grad() const;
  /// Counts in-place writes to the memory of this tensor. Inference tensors have none and throw.
  int64_t _version() const;
  bool is_view() const { return get().base != nullptr; }
  Tensor _base() const;
  /// Calls `hook` with the gradient of this tensor whenever one is computed. A hook returning a tensor replaces the
  /// gradient. Returns a handle for `remove_hook`.
  unsigned register_hook(std::function<void(const Tensor&)> hook) const;
  template <class F, std::enable_if_t<std::is_convertible_v<std::invoke_result_t<F, const Tensor&>, Tensor>, int> = 0>
  unsigned register_hook(F hook) const {
    return register_replacing_hook(std::function<Tensor(const Tensor&)>(std::move(hook)));
  }
  void remove_hook(unsigned handle) const;
  /// Calls `hook` with this leaf after a gradient has been accumulated into it.
  unsigned register_post_accumulate_grad_hook(std::function<void(const Tensor&)> hook) const;

#include "lampas/tensor/methods.inc"

  // ---- operators -----------------------------------------------------------------------------------------------
  Tensor operator-() const { return neg(); }
  Tensor operator~() const { return bitwise_not(); }
  Tensor& operator+=(const Tensor& o) { return add_(o); }
  Tensor& operator-=(const Tensor& o) { return sub_(o); }
  Tensor& operator*=(const Tensor& o) { return mul_(o); }
  Tensor& operator/=(const Tensor& o) { return div_(o); }
  Tensor& operator+=(const Scalar& o) { return add_(o); }
  Tensor& operator-=(const Scalar& o) { return sub_(o); }
  Tensor& operator*=(const Scalar& o) { return mul_(o); }
  Tensor& operator/=(const Scalar& o) { return div_(o); }
  Tensor& operator&=(const Tensor& o) { return bitwise_and_(o); }
  Tensor& operator|=(const Tensor& o) { return bitwise_or_(o); }
  Tensor& operator^=(const Tensor& o) { return bitwise_xor_(o); }
  Tensor operator[](int64_t index) const { return select(0, index); }
  Tensor operator[](const Scalar& index) const { return select(0, index.to<int64_t>()); }
  Tensor operator[](const Tensor& index) const;
  /// Assigns to what an index expression names: `x[0] = y`, `x[0] = 1.5` write into x.
  Tensor& operator=(const Tensor&) & = default;
  Tensor& operator=(Tensor&&) & noexcept = default;
  Tensor& operator=(const Tensor& o) && { return copy_(o); }
  Tensor& operator=(Tensor&& o) && { return copy_(o); }
  Tensor& operator=(const Scalar& v) && { return fill_(v); }
  Tensor(const Tensor&) = default;
  Tensor(Tensor&&) noexcept = default;
  ~Tensor() = default;

 private:
  TensorImpl& get() const {
    if (LAMPAS_UNLIKELY(!impl_)) undefined_error();
    return *impl_;
  }
  [[noreturn]] static void undefined_error();
  int64_t checked_dim(int64_t d) const {
    const int64_t n = get().ndim;
    if (LAMPAS_LIKELY(d >= 0 && d < n)) return d;
    return wrap_dim_strict(d);
  }
  int64_t wrap_dim_strict(int64_t d) const;
  void check_dtype(ScalarType expected) const {
    if (LAMPAS_UNLIKELY(get().dtype != expected)) dtype_error(expected);
  }
  [[noreturn]] void dtype_error(ScalarType expected) const;
  unsigned register_replacing_hook(std::function<Tensor(const Tensor&)> hook) const;

  ImplPtr impl_;
};
inline void swap(Tensor& a, Tensor& b) noexcept {
  Tensor c = std::move(a);
  a = std::move(b);
  b = std::move(c);
}

/// "[2, 3] Float" for messages.
LAMPAS_API void append(std::string& s, const Tensor& t);
/// Prints as LibTorch does: values, then "[ CPUFloatType{2,3} ]".
LAMPAS_API std::ostream& operator<<(std::ostream& os, const Tensor& t);
/// Prints with a chosen line width.
LAMPAS_API std::ostream& print(std::ostream& os, const Tensor& t, int64_t linesize);
/// Prints to standard output.
LAMPAS_API void print(const Tensor& t, int64_t linesize = 80);

}  // namespace lampas
