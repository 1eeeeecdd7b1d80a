#pragma once

#include <initializer_list>
#include <vector>

#include "lampas/tensor/tensor.h"

namespace lampas {

namespace detail {

/// The dtype of a C++ number, `char` and `long long` included.
template <class T>
constexpr ScalarType literal_dtype() {
  if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool> && !std::is_same_v<T, int8_t> &&
                !std::is_same_v<T, uint8_t> && !std::is_same_v<T, int16_t>)
    return sizeof(T) <= 4 && !std::is_same_v<T, unsigned> ? kInt : kLong;
  else if constexpr (std::is_same_v<T, long double>)
    return kDouble;
  else
    return dtype_of<T>;
}
template <class T>
inline constexpr bool is_complex_number = false;
template <class T>
inline constexpr bool is_complex_number<complex<T>> = true;
template <class T>
inline constexpr bool is_number =
    std::is_arithmetic_v<T> || std::is_same_v<T, Half> || std::is_same_v<T, BFloat16> || is_complex_number<T>;

/// The argument of tensor(): a number, a nested list of numbers, or a borrowed array. Lists and arrays must outlive it,
/// which they do within the call that makes them.
class LAMPAS_API TensorDataContainer {
 public:
  /// An empty list.
  TensorDataContainer() : kind_(Kind::list), dtype_(get_default_dtype()), sizes_{0} {}
  template <class T, std::enable_if_t<is_number<T>, int> = 0>
  TensorDataContainer(T value) : kind_(Kind::scalar), dtype_(literal_dtype<T>()), scalar_(value) {}
  /// Throws when the parts differ in sizes or dtype.
  TensorDataContainer(std::initializer_list<TensorDataContainer> list);
  template <class T, std::enable_if_t<is_number<T>, int> = 0>
  TensorDataContainer(ArrayRef<T> values)
      : kind_(Kind::array), dtype_(dtype_of<T>), sizes_{static_cast<int64_t>(values.size())}, data_(values.data()) {}
  template <class T, std::enable_if_t<is_number<T> && !std::is_same_v<T, bool>, int> = 0>
  TensorDataContainer(const std::vector<T>& values) : TensorDataContainer(ArrayRef<T>(values)) {}

  bool is_scalar() const { return kind_ == Kind::scalar; }
  bool is_init_list() const { return kind_ == Kind::list; }
  bool is_tensor() const { return kind_ == Kind::array; }
  const Scalar& scalar() const;
  const std::initializer_list<TensorDataContainer>& init_list() const;
  /// The array as a tensor.
  Tensor tensor() const;
  IntArrayRef sizes() const { return IntArrayRef(sizes_); }
  /// Of the elements as written.
  ScalarType scalar_type() const { return dtype_; }
  /// A new tensor of the dtype `options` names, else the default float dtype for floating elements, int64 for integers
  /// of 32 and 64 bits, and their own for others.
  Tensor convert_to_tensor(const TensorOptions& options) const;

 private:
  enum class Kind : uint8_t { scalar, list, array };
  void append_to(std::string& s) const;
  void write(ScalarType dtype, char*& to) const;
  friend LAMPAS_API std::ostream& operator<<(std::ostream& os, const TensorDataContainer& data);
  friend LAMPAS_API void append(std::string& s, const TensorDataContainer& data);

  Kind kind_;
  ScalarType dtype_;
  Shape sizes_;
  Scalar scalar_;
  std::initializer_list<TensorDataContainer> list_;
  const void* data_ = nullptr;
};

}  // namespace detail

/// A tensor with the given elements: `tensor(3.5)`, `tensor({{1, 2}, {3, 4}})`, `tensor({1, 2}, kDouble)`,
/// `tensor(std::vector<float>{...})`. Without a dtype in `options`, floating elements give the default dtype, integers
/// int64.
inline Tensor tensor(detail::TensorDataContainer data, const TensorOptions& options = {}) {
  return data.convert_to_tensor(options);
}

}  // namespace lampas
