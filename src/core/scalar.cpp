#include "lampas/core/scalar.h"

#include <cmath>
#include <limits>
#include <ostream>
#include <sstream>

#include "lampas/base/error.h"

namespace lampas {
namespace {

/// The names LibTorch's messages use.
constexpr const char* cpp_names[] = {"uint8_t",
                                     "int8_t",
                                     "int16_t",
                                     "int",
                                     "int64_t",
                                     "at::Half",
                                     "float",
                                     "double",
                                     "at::BFloat16",
                                     "c10::complex<float>",
                                     "c10::complex<double>"};

template <class T>
const char* cpp_name() {
  constexpr int i = static_cast<int>(dtype_of<T>);
  return cpp_names[i > static_cast<int>(kBool) ? i - 1 : i];  // bool takes every value
}

template <class T>
inline constexpr bool is_complex_type = false;
template <class T>
inline constexpr bool is_complex_type<complex<T>> = true;

template <class T>
[[noreturn]] void overflow() {
  fail("value cannot be converted to type ", cpp_name<T>(), " without overflow");
}

/// Largest finite value of a floating type, as a double.
template <class T>
double largest() {
  if constexpr (std::is_same_v<T, Half>)
    return 65504.0;
  else if constexpr (std::is_same_v<T, BFloat16>)
    return 3.38953138925153547590470800371487866880e38;
  else
    return std::numeric_limits<T>::max();
}

template <class T>
T from_integer(int64_t v) {
  if constexpr (std::is_integral_v<T>) {
    using Limits = std::numeric_limits<T>;
    // A negative number becomes unsigned by two's complement as long as its magnitude fits: -1 is 255.
    const int64_t low =
        std::is_unsigned_v<T> ? -static_cast<int64_t>(Limits::max()) : static_cast<int64_t>(Limits::min());
    if (v < low || v > static_cast<int64_t>(Limits::max())) overflow<T>();
    return static_cast<T>(v);
  } else if constexpr (is_complex_type<T>) {
    return T(static_cast<typename T::value_type>(v));
  } else {
    if (static_cast<double>(v) > largest<T>() || static_cast<double>(v) < -largest<T>()) overflow<T>();
    return static_cast<T>(v);
  }
}

template <class T>
T from_double(double v) {
  if constexpr (std::is_integral_v<T>) {
    using Limits = std::numeric_limits<T>;
    // The largest int64_t is no double: widened it becomes 2^63, which does not fit. NaN fails both comparisons.
    const double low = static_cast<double>(Limits::min()), high = static_cast<double>(Limits::max());
    if (!(v >= low && (std::is_same_v<T, int64_t> ? v < high : v <= high))) overflow<T>();
    return static_cast<T>(static_cast<int64_t>(v));
  } else if constexpr (is_complex_type<T>) {
    return T(from_double<typename T::value_type>(v));
  } else {
    if (!std::isinf(v) && (v > largest<T>() || v < -largest<T>())) overflow<T>();
    if constexpr (std::is_same_v<T, double>)
      return v;
    else
      return T(static_cast<float>(v));
  }
}

}  // namespace

ScalarType Scalar::type() const {
  switch (kind_) {
    case Kind::integral:
      return kLong;
    case Kind::floating:
      return kDouble;
    case Kind::boolean:
      return kBool;
    case Kind::complex:
      return kComplexDouble;
  }
  return ScalarType::Undefined;
}

template <class T>
T Scalar::to() const {
  if constexpr (std::is_same_v<T, bool>) {
    if (kind_ == Kind::complex) return v_.d[0] != 0 || v_.d[1] != 0;
    return kind_ == Kind::floating ? v_.d[0] != 0 : v_.i != 0;
  } else {
    if (kind_ == Kind::complex) {
      if constexpr (is_complex_type<T>) {
        using R = typename T::value_type;
        return T(from_double<R>(v_.d[0]), from_double<R>(v_.d[1]));
      } else if (v_.d[1] != 0) {
        overflow<T>();
      }
      return from_double<T>(v_.d[0]);
    }
    return kind_ == Kind::floating ? from_double<T>(v_.d[0]) : from_integer<T>(v_.i);
  }
}
#define LAMPAS_INSTANTIATE_TO(T, name) template T Scalar::to<T>() const;
LAMPAS_FOR_EACH_DTYPE(LAMPAS_INSTANTIATE_TO)
#undef LAMPAS_INSTANTIATE_TO

bool Scalar::equal(const Scalar& o) const {
  if (isBoolean() || o.isBoolean()) return isBoolean() && o.isBoolean() && v_.i == o.v_.i;
  if (isComplex() || o.isComplex()) return to<complex<double>>() == o.to<complex<double>>();
  if (isFloatingPoint() || o.isFloatingPoint()) return toDouble() == o.toDouble();
  return v_.i == o.v_.i;
}

Scalar Scalar::operator-() const {
  check_type(!isBoolean(), "Scalar: negation, the `-` operator, of a boolean is not supported");
  Scalar r = *this;
  if (kind_ == Kind::integral) {
    r.v_.i = static_cast<int64_t>(-static_cast<uint64_t>(v_.i));  // the smallest integer is its own negative
  } else {
    r.v_.d[0] = -v_.d[0];
    if (isComplex()) r.v_.d[1] = -v_.d[1];
  }
  return r;
}

Scalar Scalar::conj() const { return isComplex() ? Scalar(complex<double>(v_.d[0], -v_.d[1])) : *this; }

Scalar Scalar::log() const {
  check_type(!isBoolean(), "Scalar: log of a boolean is not supported");
  if (isComplex()) return complex<double>(std::log(std::hypot(v_.d[0], v_.d[1])), std::atan2(v_.d[1], v_.d[0]));
  return std::log(toDouble());
}

std::ostream& operator<<(std::ostream& os, const Scalar& s) {
  if (s.isBoolean()) return os << (s.toBool() ? "true" : "false");
  if (s.isIntegral(false)) return os << s.toLong();
  if (s.isFloatingPoint()) return os << s.toDouble();
  const complex<double> c = s.to<complex<double>>();
  return os << '(' << c.real() << ',' << c.imag() << ')';
}

void append(std::string& s, const Scalar& v) {
  if (v.isFloatingPoint()) return append(s, v.toDouble());
  std::ostringstream os;
  os << v;
  s += os.str();
}

}  // namespace lampas
