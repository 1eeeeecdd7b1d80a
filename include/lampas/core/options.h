#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <type_traits>

#include "lampas/core/device.h"
#include "lampas/core/dtype.h"

namespace lampas {

/// How a factory builds a tensor. Unset fields take the defaults: default dtype, CPU, strided, no gradient.
/// Chained setters return a changed copy: `TensorOptions().dtype(kDouble).requires_grad(true)`.
class LAMPAS_API TensorOptions {
 public:
  TensorOptions() = default;
  TensorOptions(ScalarType t) : dtype_(t) {}
  TensorOptions(TypeMeta t) : dtype_(t.toScalarType()) {}
  /// A template, so that a list in braces is not taken for a device and for options alike.
  template <class T, std::enable_if_t<std::is_same_v<T, Device>, int> = 0>
  TensorOptions(T d) : device_(d) {}
  TensorOptions(DeviceType d) : device_(Device(d)) {}
  /// A device of a type and an index: `x.to({kCUDA, 0})`.
  template <class I, std::enable_if_t<std::is_integral_v<I>, int> = 0>
  TensorOptions(DeviceType d, I index) : device_(Device(d, static_cast<DeviceIndex>(index))) {}
  TensorOptions(Layout l) : layout_(l) {}
  TensorOptions(MemoryFormat f) : memory_format_(f) {}
  /// A template, so that the literal 0 is a number and no text.
  template <class T, std::enable_if_t<std::is_same_v<T, const char*> || std::is_same_v<T, char*>, int> = 0>
  TensorOptions(T device) : device_(Device(device)) {}
  TensorOptions(const std::string& device) : device_(Device(device)) {}

  // What takes or gives an std::optional is in the library: the compiler finds optionals dear.
  [[nodiscard]] TensorOptions dtype(std::optional<ScalarType> t) const;
  [[nodiscard]] TensorOptions dtype(TypeMeta t) const { return with(&TensorOptions::dtype_, t.toScalarType()); }
  [[nodiscard]] TensorOptions dtype(ScalarType t) const { return with(&TensorOptions::dtype_, t); }
  template <class T>
  [[nodiscard]] TensorOptions dtype() const {
    return with(&TensorOptions::dtype_, dtype_of<T>);
  }
  [[nodiscard]] TensorOptions device(std::optional<Device> d) const;
  [[nodiscard]] TensorOptions device(Device d) const { return with(&TensorOptions::device_, d); }
  [[nodiscard]] TensorOptions device(DeviceType t, DeviceIndex i = -1) const {
    return with(&TensorOptions::device_, Device(t, i));
  }
  [[nodiscard]] TensorOptions device(const char* text) const { return with(&TensorOptions::device_, Device(text)); }
  [[nodiscard]] TensorOptions device(const std::string& text) const {
    return with(&TensorOptions::device_, Device(text));
  }
  [[nodiscard]] TensorOptions device_index(DeviceIndex i) const {
    return with(&TensorOptions::device_, Device(kCUDA, i));
  }
  [[nodiscard]] TensorOptions layout(std::optional<Layout> l) const;
  [[nodiscard]] TensorOptions memory_format(std::optional<MemoryFormat> f) const;
  [[nodiscard]] TensorOptions requires_grad(std::optional<bool> on) const;
  [[nodiscard]] TensorOptions pinned_memory(std::optional<bool> on) const;
  /// The three that every tensor has.
  [[nodiscard]] static TensorOptions of(ScalarType dtype, Device device, Layout layout) {
    TensorOptions r(dtype);
    r.device_ = device;
    r.layout_ = layout;
    return r;
  }

  TypeMeta dtype() const { return dtype_ ? *dtype_ : get_default_dtype(); }
  ScalarType scalar_type() const { return dtype_ ? *dtype_ : get_default_dtype(); }
  Device device() const { return device_.value_or(Device(kCPU)); }
  DeviceIndex device_index() const { return device().index(); }
  Layout layout() const { return layout_.value_or(kStrided); }
  bool requires_grad() const { return requires_grad_.value_or(false); }
  bool pinned_memory() const { return pinned_memory_.value_or(false); }
  bool has_dtype() const { return dtype_.has_value(); }
  bool has_device() const { return device_.has_value(); }
  bool has_layout() const { return layout_.has_value(); }
  bool has_memory_format() const { return memory_format_.has_value(); }
  bool has_requires_grad() const { return requires_grad_.has_value(); }
  bool has_pinned_memory() const { return pinned_memory_.has_value(); }
  std::optional<ScalarType> dtype_opt() const;
  std::optional<Device> device_opt() const;
  std::optional<Layout> layout_opt() const;
  std::optional<MemoryFormat> memory_format_opt() const;
  std::optional<bool> requires_grad_opt() const;
  std::optional<bool> pinned_memory_opt() const;
  bool is_sparse() const { return layout() == kSparse; }
  /// This, with every field `o` sets taken from `o`.
  [[nodiscard]] TensorOptions merge_in(const TensorOptions& o) const;
  [[nodiscard]] TensorOptions merge_memory_format(std::optional<MemoryFormat> f) const;

 private:
  /// An optional whose value is initialised even when there is none: copies of a std::optional without one make
  /// compilers warn of uninitialised memory.
  template <class T, class From = T>
  class Field {
   public:
    Field() = default;
    Field(T v) : value_(v), set_(true) {}
    bool has_value() const { return set_; }
    explicit operator bool() const { return set_; }
    const T& operator*() const { return value_; }
    T value_or(T other) const { return set_ ? value_ : other; }
    void assign(const std::optional<T>& v) { *this = v ? Field(*v) : Field(); }
    std::optional<T> optional() const { return set_ ? std::optional<T>(value_) : std::nullopt; }

   private:
    T value_ = T(From{});
    bool set_ = false;
  };
  template <class F, class T>
  TensorOptions with(F TensorOptions::*field, T value) const {
    TensorOptions r = *this;
    r.*field = value;
    return r;
  }
  Field<ScalarType> dtype_;
  Field<Device, DeviceType> device_;
  Field<Layout> layout_;
  Field<MemoryFormat> memory_format_;
  Field<bool> requires_grad_;
  Field<bool> pinned_memory_;
};
LAMPAS_API std::ostream& operator<<(std::ostream& os, const TensorOptions& o);

/// What LibTorch's `tensor.type()` gives: device, layout and dtype in one, named "CPUFloatType".
class LAMPAS_API DeprecatedTypeProperties {
 public:
  DeprecatedTypeProperties(DeviceType device, Layout layout, ScalarType dtype)
      : device_(device), layout_(layout), dtype_(dtype) {}
  ScalarType scalarType() const { return dtype_; }
  Layout layout() const { return layout_; }
  DeviceType device_type() const { return device_; }
  bool is_sparse() const { return layout_ == kSparse; }
  bool is_cuda() const { return device_ == kCUDA; }
  std::string toString() const;
  TensorOptions options() const { return TensorOptions::of(dtype_, device_, layout_); }
  operator TensorOptions() const { return options(); }
  DeprecatedTypeProperties toScalarType(ScalarType t) const { return {device_, layout_, t}; }
  friend bool operator==(const DeprecatedTypeProperties& a, const DeprecatedTypeProperties& b) {
    return a.device_ == b.device_ && a.layout_ == b.layout_ && a.dtype_ == b.dtype_;
  }
  friend bool operator!=(const DeprecatedTypeProperties& a, const DeprecatedTypeProperties& b) { return !(a == b); }

 private:
  DeviceType device_;
  Layout layout_;
  ScalarType dtype_;
};
LAMPAS_API std::ostream& operator<<(std::ostream& os, const DeprecatedTypeProperties& t);
enum class Backend : int8_t { CPU, CUDA, SparseCPU, SparseCUDA };
inline DeprecatedTypeProperties getDeprecatedTypeProperties(Backend b, ScalarType t) {
  const bool cuda = b == Backend::CUDA || b == Backend::SparseCUDA;
  const bool sparse = b == Backend::SparseCPU || b == Backend::SparseCUDA;
  return {cuda ? kCUDA : kCPU, sparse ? kSparse : kStrided, t};
}
/// The type of strided tensors on the CPU.
inline DeprecatedTypeProperties CPU(ScalarType t) { return {kCPU, kStrided, t}; }

inline TensorOptions dtype(ScalarType t) { return TensorOptions(t); }
inline TensorOptions dtype(TypeMeta t) { return TensorOptions(t); }
template <class T>
TensorOptions dtype() {
  return TensorOptions(dtype_of<T>);
}
inline TensorOptions device(Device d) { return TensorOptions(d); }
inline TensorOptions device(DeviceType t, DeviceIndex i = -1) { return TensorOptions(Device(t, i)); }
inline TensorOptions device_index(DeviceIndex i) { return TensorOptions(Device(kCUDA, i)); }
inline TensorOptions layout(Layout l) { return TensorOptions(l); }
inline TensorOptions memory_format(MemoryFormat f) { return TensorOptions(f); }
LAMPAS_API TensorOptions requires_grad(bool on = true);

}  // namespace lampas
