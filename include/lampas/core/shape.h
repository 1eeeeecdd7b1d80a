#pragma once

#include "lampas/base/error.h"
#include "lampas/base/small_vector.h"

namespace lampas {

/// Sizes or strides of a tensor: in place up to six dimensions.
using Shape = SmallVector<int64_t, 6>;
inline void append(std::string& s, const Shape& v) { append(s, IntArrayRef(v)); }

/// Maps a dimension in [-rank, rank) to [0, rank). A 0-d tensor accepts 0 and -1.
/// Throws IndexError "op: dimension out of range (expected to be in range of [-2, 1], but got 3)".
LAMPAS_API int64_t wrap_dim(int64_t dim, int64_t rank, const char* op);

/// Product of sizes. Throws when a size is negative or the product (times `item` bytes) does not fit in 63 bits.
LAMPAS_API int64_t checked_numel(IntArrayRef sizes, size_t item, const char* op);
/// Product of sizes known to be valid.
inline int64_t numel_of(IntArrayRef sizes) {
  int64_t n = 1;
  for (int64_t s : sizes) n *= s;
  return n;
}
/// Row-major strides.
LAMPAS_API Shape contiguous_strides(IntArrayRef sizes);
/// The broadcast of two shapes; throws naming `op` and both shapes when they do not match.
LAMPAS_API Shape broadcast_shapes(IntArrayRef a, IntArrayRef b, const char* op);
/// Replaces one -1 in `sizes` so that the product is `numel`; throws naming `op` when impossible.
LAMPAS_API Shape infer_size(IntArrayRef sizes, int64_t numel, const char* op);
/// Strides of the same memory under new sizes, if a view exists.
LAMPAS_API bool view_strides(IntArrayRef sizes, IntArrayRef strides, IntArrayRef new_sizes, Shape& out);

}  // namespace lampas
