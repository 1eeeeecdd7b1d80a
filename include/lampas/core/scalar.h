#pragma once

#include <string>
#include <type_traits>

#include "lampas/core/dtype.h"

namespace lampas {

/// One number of any kind: what ops take where Python takes a number.
class LAMPAS_API Scalar {
 public:
  Scalar() : Scalar(int64_t{0}) {}
  template <class T, std::enable_if_t<std::is_integral_v<T> && !std::is_same_v<T, bool>, int> = 0>
  Scalar(T v) : kind_(Kind::integral) {
    v_.i = static_cast<int64_t>(v);
  }
  template <class T, std::enable_if_t<std::is_same_v<T, bool>, int> = 0>
  Scalar(T v) : kind_(Kind::boolean) {
    v_.i = v;
  }
  Scalar(double v) : kind_(Kind::floating) { v_.d[0] = v; }
  Scalar(float v) : Scalar(static_cast<double>(v)) {}
  Scalar(Half v) : Scalar(static_cast<double>(static_cast<float>(v))) {}
  Scalar(BFloat16 v) : Scalar(static_cast<double>(static_cast<float>(v))) {}
  template <class T>
  Scalar(complex<T> v) : kind_(Kind::complex) {
    v_.d[0] = v.real();
    v_.d[1] = v.imag();
  }

  bool isFloatingPoint() const { return kind_ == Kind::floating; }
  bool isIntegral(bool include_bool) const { return kind_ == Kind::integral || (include_bool && isBoolean()); }
  bool isBoolean() const { return kind_ == Kind::boolean; }
  bool isComplex() const { return kind_ == Kind::complex; }
  /// Long, Double, Bool or ComplexDouble.
  ScalarType type() const;

  /// The value as `T`. A value `T` cannot hold (overflow, fraction to bool excepted, imaginary part) throws.
  template <class T>
  T to() const;
  /// toByte() to toComplexDouble(), by the names of the dtypes.
#define LAMPAS_SCALAR_TO(T, name) \
  T to##name() const { return to<T>(); }
  LAMPAS_FOR_EACH_DTYPE(LAMPAS_SCALAR_TO)
#undef LAMPAS_SCALAR_TO
  bool equal(const Scalar& o) const;
  Scalar operator-() const;
  Scalar conj() const;
  /// The natural logarithm: NaN of negative numbers that are not complex.
  Scalar log() const;

 private:
  enum class Kind : int8_t { integral, floating, boolean, complex };
  union {
    int64_t i;
    double d[2];
  } v_;
  Kind kind_;
};
#define LAMPAS_SCALAR_TO(T, name) extern template T Scalar::to<T>() const;
LAMPAS_FOR_EACH_DTYPE(LAMPAS_SCALAR_TO)
#undef LAMPAS_SCALAR_TO

LAMPAS_API std::ostream& operator<<(std::ostream& os, const Scalar& s);
LAMPAS_API void append(std::string& s, const Scalar& v);

}  // namespace lampas
