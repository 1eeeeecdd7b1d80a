#pragma once

#include <cstdint>

#include "lampas/core/dtype.h"

namespace lampas::cpu {

using ConvertFn = void(const void* src, void* dst, int64_t n);
/// Contiguous conversions, [from][to]; every pair is filled at load time, equal dtypes too.
inline ConvertFn* convert_functions[kNumDtypes][kNumDtypes] = {};

inline ConvertFn* convert_fn(ScalarType from, ScalarType to) {
  return convert_functions[static_cast<int>(from)][static_cast<int>(to)];
}

}  // namespace lampas::cpu
