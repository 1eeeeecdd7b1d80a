#pragma once

#include <cstdint>
#include <cstring>
#include <iosfwd>

namespace lampas {

namespace detail {
inline float bits_to_float(uint32_t b) {
  float f;
  std::memcpy(&f, &b, 4);
  return f;
}
inline uint32_t float_to_bits(float f) {
  uint32_t b;
  std::memcpy(&b, &f, 4);
  return b;
}
/// IEEE binary16 to binary32, exact (subnormals, inf and NaN included).
inline float half_to_float(uint16_t h) {
  const uint32_t w = static_cast<uint32_t>(h) << 16, sign = w & 0x80000000u, two_w = w + w;
  const float normal = bits_to_float((two_w >> 4) + (0xE0u << 23)) * bits_to_float(0x07800000u);
  const float subnormal = bits_to_float((two_w >> 17) | (126u << 23)) - 0.5f;
  return bits_to_float(sign | float_to_bits(two_w < (1u << 27) ? subnormal : normal));
}
/// binary32 to IEEE binary16, round to nearest even; overflow gives infinity.
inline uint16_t float_to_half(float f) {
  const float magnitude = bits_to_float(float_to_bits(f) & 0x7FFFFFFFu);
  float base = (magnitude * bits_to_float(0x77800000u)) * bits_to_float(0x08800000u);
  const uint32_t w = float_to_bits(f), twice = w + w, sign = w & 0x80000000u;
  uint32_t bias = twice & 0xFF000000u;
  if (bias < 0x71000000u) bias = 0x71000000u;
  base = bits_to_float((bias >> 1) + 0x07800000u) + base;
  const uint32_t bits = float_to_bits(base), nonsign = ((bits >> 13) & 0x7C00u) + (bits & 0x0FFFu);
  return static_cast<uint16_t>((sign >> 16) | (twice > 0xFF000000u ? 0x7E00u : nonsign));
}
}  // namespace detail

/// IEEE 754 binary16. Arithmetic converts to float, computes there and rounds back.
struct Half {
  union {
    uint16_t bits = 0;
    uint16_t x;  // LibTorch's name
  };
  struct FromBits {};
  static constexpr FromBits from_bits() { return {}; }
  constexpr Half() = default;
  constexpr Half(uint16_t b, FromBits) : bits(b) {}
  Half(float f) : bits(detail::float_to_half(f)) {}
  operator float() const { return detail::half_to_float(bits); }
  Half& operator+=(float o) { return *this = Half(float(*this) + o); }
  Half& operator-=(float o) { return *this = Half(float(*this) - o); }
  Half& operator*=(float o) { return *this = Half(float(*this) * o); }
  Half& operator/=(float o) { return *this = Half(float(*this) / o); }
};

/// bfloat16: the upper half of a float, rounded to nearest even.
struct BFloat16 {
  union {
    uint16_t bits = 0;
    uint16_t x;
  };
  struct FromBits {};
  static constexpr FromBits from_bits() { return {}; }
  constexpr BFloat16() = default;
  constexpr BFloat16(uint16_t b, FromBits) : bits(b) {}
  BFloat16(float f) {
    const uint32_t b = detail::float_to_bits(f);
    bits = f != f ? uint16_t{0x7FC0} : static_cast<uint16_t>((b + ((b >> 16) & 1) + 0x7FFFu) >> 16);
  }
  operator float() const { return detail::bits_to_float(static_cast<uint32_t>(bits) << 16); }
  BFloat16& operator+=(float o) { return *this = BFloat16(float(*this) + o); }
  BFloat16& operator-=(float o) { return *this = BFloat16(float(*this) - o); }
  BFloat16& operator*=(float o) { return *this = BFloat16(float(*this) * o); }
  BFloat16& operator/=(float o) { return *this = BFloat16(float(*this) / o); }
};

/// Prints the value; without these, printing converts to any number there is.
template <class C, class Traits>
std::basic_ostream<C, Traits>& operator<<(std::basic_ostream<C, Traits>& os, Half v) {
  return os << static_cast<float>(v);
}
template <class C, class Traits>
std::basic_ostream<C, Traits>& operator<<(std::basic_ostream<C, Traits>& os, BFloat16 v) {
  return os << static_cast<float>(v);
}

}  // namespace lampas
