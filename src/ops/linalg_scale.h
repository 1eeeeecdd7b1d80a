#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

namespace lampas::cpu {

/// The largest absolute value of n elements and `most`, as bits, which order as the numbers do and NaN above them.
template <class T, class Bits = std::conditional_t<sizeof(T) == 4, int32_t, int64_t>>
Bits largest_bits(const T* x, int64_t n, Bits most = 0) {
  constexpr Bits kSign = std::numeric_limits<Bits>::max();
  for (int64_t i = 0; i < n; ++i) {
    Bits b;
    std::memcpy(&b, x + i, sizeof b);
    most = std::max<Bits>(most, b & kSign);
  }
  return most;
}
/// The power of two by which to divide values of which this is the largest to make that one a number from 1 to 2 (1 if
/// all are 0). Not finite if that one is not.
template <class T, class Bits>
double scale_of(Bits bits) {
  T most;
  std::memcpy(&most, &bits, sizeof most);
  if (!std::isfinite(most)) return static_cast<double>(most);
  return most > 0 ? std::ldexp(1.0, std::max(-1000, std::ilogb(static_cast<double>(most)))) : 1;
}

}  // namespace lampas::cpu
