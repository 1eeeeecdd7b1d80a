#pragma once

#include <cstdint>

#include "backend/kernel.h"
#include "lampas/base/array_ref.h"

namespace lampas {

/// Copies a strided tensor (strides in bytes, of any sign) into a row-major one. Every dtype; copies bits.
inline Kernel<void(const char* x, IntArrayRef sizes, IntArrayRef strides, char* out)> strided_copy_kernel{"flip"};

/// `batch` row-major matrices of rows x cols: elements (i, j) with j - i <= k (lower) or j - i >= k are kept, the
/// others zeroed.
struct Triangle {
  int64_t batch, rows, cols, k;
  bool lower;
};
/// x and out row-major; they may be the same. Every dtype; copies bits.
inline Kernel<void(const char* x, char* out, const Triangle& t)> triangle_kernel{"tril"};

}  // namespace lampas
