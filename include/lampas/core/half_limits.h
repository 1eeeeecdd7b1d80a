#pragma once

#include <limits>

#include "lampas/core/half.h"

namespace lampas::detail {
/// What std::numeric_limits says of a 16-bit float `F` with `Digits` bits of precision and the largest exponent
/// `MaxExponent`; the numbers are given by their bits. Without it generic code would be told that the largest is 0.
template <class F, int Digits, int MaxExponent, uint16_t Lowest, uint16_t Epsilon, uint16_t Half_>
struct ReducedLimits : std::numeric_limits<float> {
  static constexpr bool is_iec559 = Digits == 11;
  static constexpr int digits = Digits, digits10 = (Digits - 1) * 30103 / 100000,
                       max_digits10 = Digits * 30103 / 100000 + 2, max_exponent = MaxExponent,
                       min_exponent = 3 - MaxExponent, max_exponent10 = (MaxExponent - 1) * 30103 / 100000,
                       min_exponent10 = -((MaxExponent - 2) * 30103 / 100000);
  static constexpr uint16_t kExponent = 0x7FFF & ~((1u << (Digits - 1)) - 1);
  static constexpr F of(unsigned bits) { return {static_cast<uint16_t>(bits), typename F::FromBits{}}; }
  static constexpr F min() { return of(1u << (Digits - 1)); }
  static constexpr F lowest() { return of(Lowest); }
  static constexpr F max() { return of(Lowest & 0x7FFFu); }
  static constexpr F epsilon() { return of(Epsilon); }
  static constexpr F round_error() { return of(Half_); }
  static constexpr F infinity() { return of(kExponent); }
  static constexpr F quiet_NaN() { return of(kExponent | 1u << (Digits - 2)); }
  static constexpr F signaling_NaN() { return of(kExponent | 1u << (Digits - 3)); }
  static constexpr F denorm_min() { return of(1); }
};
}  // namespace lampas::detail

template <>
struct std::numeric_limits<lampas::Half> : lampas::detail::ReducedLimits<lampas::Half, 11, 16, 0xFBFF, 0x1400, 0x3800> {
};
template <>
struct std::numeric_limits<lampas::BFloat16>
    : lampas::detail::ReducedLimits<lampas::BFloat16, 8, 128, 0xFF7F, 0x3C00, 0x3F00> {};
