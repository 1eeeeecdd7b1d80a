#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "lampas/core/dtype.h"

namespace lampas::sorting {

/// Elements as unsigned numbers in the same order: NaN last, -0 and 0 equal.
template <class T>
using Key = std::conditional_t<sizeof(T) == 8, uint64_t, uint32_t>;
template <class T>
inline Key<T> key_of(T x) {
  using K = Key<T>;
  constexpr K top = K(1) << (sizeof(K) * 8 - 1);
  if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, uint8_t>) {
    return x;
  } else if constexpr (std::is_integral_v<T>) {
    return static_cast<K>(static_cast<std::make_signed_t<K>>(x)) ^ top;
  } else {
    using C = std::conditional_t<std::is_same_v<T, double>, double, float>;
    const C v = static_cast<C>(x) + C(0);  // -0 becomes 0
    K bits;
    std::memcpy(&bits, &v, sizeof bits);
    bits = bits & top ? ~bits : bits | top;
    return v != v ? ~K(0) : bits;
  }
}

/// A key with its position: ordered by both, so that every order is stable. 32-bit keys share a word with the position.
struct WidePair {
  uint64_t key, index;
  friend bool operator<(const WidePair& a, const WidePair& b) {
    return a.key < b.key || (a.key == b.key && a.index < b.index);
  }
};
template <class T>
using Pair = std::conditional_t<sizeof(T) == 8, WidePair, uint64_t>;

/// Sequences up to here have positions of 32 bits.
inline constexpr int64_t kMaxNarrow = int64_t{1} << 32;

inline uint64_t make_pair(uint32_t key, int64_t index) {
  return static_cast<uint64_t>(key) << 32 | static_cast<uint32_t>(index);
}
inline WidePair make_pair(uint64_t key, int64_t index) { return {key, static_cast<uint64_t>(index)}; }
inline uint64_t key_bits(uint64_t p) { return p >> 32; }
inline uint64_t key_bits(const WidePair& p) { return p.key; }
inline int64_t index_of(uint64_t p) { return static_cast<int64_t>(static_cast<uint32_t>(p)); }
inline int64_t index_of(const WidePair& p) { return static_cast<int64_t>(p.index); }

/// Sorts n pairs whose positions ascend, `other` being room for as many. Returns where the result is: either of both.
template <int kBits, class P>
P* radix_sort(P* pairs, P* other, int64_t n) {
  constexpr int kKeyBits = std::is_same_v<P, WidePair> ? 64 : 32, kPasses = (kKeyBits + kBits - 1) / kBits;
  constexpr uint64_t kMask = (1u << kBits) - 1;
  static thread_local uint32_t counts[kPasses][1 << kBits];
  std::memset(counts, 0, sizeof counts);
  for (int64_t i = 0; i < n; ++i) {
    const uint64_t key = key_bits(pairs[i]);
    for (int d = 0; d < kPasses; ++d) ++counts[d][key >> (d * kBits) & kMask];
  }
  const uint64_t first = key_bits(pairs[0]);
  for (int d = 0; d < kPasses; ++d) {
    const int shift = d * kBits;
    if (counts[d][first >> shift & kMask] == n) continue;  // all alike
    uint32_t at = 0;
    for (uint32_t& c : counts[d]) {
      const uint32_t size = c;
      c = at;
      at += size;
    }
    for (int64_t i = 0; i < n; ++i) other[counts[d][key_bits(pairs[i]) >> shift & kMask]++] = pairs[i];
    std::swap(pairs, other);
  }
  return pairs;
}

/// The same with the method that suits n.
template <class P>
P* sort_pairs(P* pairs, P* other, int64_t n) {
  if (n >= 8192 && n < int64_t{1} << 31) return radix_sort<11>(pairs, other, n);
  if (n >= 256 && n < int64_t{1} << 31) return radix_sort<8>(pairs, other, n);
  std::sort(pairs, pairs + n);
  return pairs;
}

}  // namespace lampas::sorting
