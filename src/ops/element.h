#pragma once

#include <cstdint>
#include <type_traits>

#include "lampas/core/dtype.h"

namespace lampas {

/// What kernels that move elements of `Size` bytes move.
template <size_t Size>
struct RawElement;
template <>
struct RawElement<1> {
  using type = uint8_t;
};
template <>
struct RawElement<2> {
  using type = uint16_t;
};
template <>
struct RawElement<4> {
  using type = uint32_t;
};
template <>
struct RawElement<8> {
  using type = uint64_t;
};
template <>
struct RawElement<16> {
  struct type {
    uint64_t a, b;
  };
};
template <class T>
using RawElementOf = typename RawElement<sizeof(T)>::type;

/// Sums as the library's adding kernels define them: reduced floats through float32, integers wrapping, bool as `or`.
template <class T>
inline void add_to(T& x, const T& y) {
  if constexpr (std::is_same_v<T, bool>)
    x = x || y;
  else if constexpr (std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>)
    x = T(static_cast<float>(x) + static_cast<float>(y));
  else if constexpr (std::is_integral_v<T>)
    x = static_cast<T>(static_cast<uint64_t>(x) + static_cast<uint64_t>(y));
  else
    x = x + y;
}
template <class T>
inline void multiply_to(T& x, const T& y) {
  if constexpr (std::is_same_v<T, bool>)
    x = x && y;
  else if constexpr (std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>)
    x = T(static_cast<float>(x) * static_cast<float>(y));
  else if constexpr (std::is_integral_v<T>)
    x = static_cast<T>(static_cast<uint64_t>(x) * static_cast<uint64_t>(y));
  else
    x = x * y;
}

}  // namespace lampas
