#pragma once

/// Functions of complex numbers: the standard library's.

#include <complex>

#include "torch/namespaces.h"

namespace std {
#define LAMPAS_COMPLEX_FUNCTION(fn)                    \
  template <class T>                                   \
  lampas::complex<T> fn(const lampas::complex<T>& z) { \
    return lampas::complex<T>(fn(std::complex<T>(z))); \
  }
LAMPAS_COMPLEX_FUNCTION(exp)
LAMPAS_COMPLEX_FUNCTION(log)
LAMPAS_COMPLEX_FUNCTION(log10)
LAMPAS_COMPLEX_FUNCTION(sqrt)
LAMPAS_COMPLEX_FUNCTION(sin)
LAMPAS_COMPLEX_FUNCTION(cos)
LAMPAS_COMPLEX_FUNCTION(tan)
LAMPAS_COMPLEX_FUNCTION(asin)
LAMPAS_COMPLEX_FUNCTION(acos)
LAMPAS_COMPLEX_FUNCTION(atan)
LAMPAS_COMPLEX_FUNCTION(sinh)
LAMPAS_COMPLEX_FUNCTION(cosh)
LAMPAS_COMPLEX_FUNCTION(tanh)
LAMPAS_COMPLEX_FUNCTION(asinh)
LAMPAS_COMPLEX_FUNCTION(acosh)
LAMPAS_COMPLEX_FUNCTION(atanh)
#undef LAMPAS_COMPLEX_FUNCTION
template <class T>
lampas::complex<T> pow(const lampas::complex<T>& z, const lampas::complex<T>& w) {
  return lampas::complex<T>(pow(std::complex<T>(z), std::complex<T>(w)));
}
template <class T>
lampas::complex<T> pow(const lampas::complex<T>& z, const T& w) {
  return lampas::complex<T>(pow(std::complex<T>(z), w));
}
template <class T>
lampas::complex<T> pow(const T& z, const lampas::complex<T>& w) {
  return lampas::complex<T>(pow(z, std::complex<T>(w)));
}
}  // namespace std

namespace c10 {
template <class T>
lampas::complex<T> polar(const T& radius, const T& angle = T()) {
  return lampas::complex<T>(std::polar(radius, angle));
}
namespace complex_literals {
constexpr lampas::complex<float> operator""_if(long double imag) { return {0.f, static_cast<float>(imag)}; }
constexpr lampas::complex<double> operator""_id(long double imag) { return {0., static_cast<double>(imag)}; }
constexpr lampas::complex<float> operator""_if(unsigned long long imag) { return {0.f, static_cast<float>(imag)}; }
constexpr lampas::complex<double> operator""_id(unsigned long long imag) { return {0., static_cast<double>(imag)}; }
}  // namespace complex_literals
}  // namespace c10
