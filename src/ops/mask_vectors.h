#pragma once

#include <cstdint>

namespace lampas::cpu {

/// Loops over boolean masks (bytes 0 or 1) in vectors. Null where vectors have one lane.
struct MaskFunctions {
  int64_t (*count)(const bool* mask, int64_t n) = nullptr;
  /// The indices of the true elements to `out`, which has room for n + kRoom; returns their number.
  int64_t (*positions)(const bool* mask, int64_t n, uint32_t* out) = nullptr;
  /// out[2k] = row, out[2k + 1] = first + at[k].
  void (*pairs)(int64_t row, const uint32_t* at, int64_t first, int64_t n, int64_t* out) = nullptr;
  /// The elements of x where the mask is true, exactly `count` of them, of 4 and of 8 bytes.
  void (*compress[2])(const void* x, const bool* mask, int64_t n, void* out, int64_t count) = {};

  static constexpr int64_t kRoom = 16;
};
inline MaskFunctions mask_functions{};

}  // namespace lampas::cpu
