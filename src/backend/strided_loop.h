#pragma once

#include <cstdint>

#include "backend/pointwise.h"
#include "lampas/base/small_vector.h"

namespace lampas {

/// The dimensions of a pointwise call in the order they are walked: dimension 0 is innermost. Sizes of 1 are gone,
/// dimensions that every operand steps through without a gap are merged. At least one dimension is left; all sizes are
/// > 0.
struct StridedLoop {
  int count = 0;
  SmallVector<int64_t, 6> size;
  SmallVector<int64_t, 6 * kMaxOperands> strides;  // bytes, [dimension][operand]

  int rank() const { return static_cast<int>(size.size()); }
  int64_t stride(int dim, int operand) const { return strides[static_cast<size_t>(dim * count + operand)]; }
  void swap_dims(int a, int b);
};

/// Orders dimensions by the first operands' strides (outputs come first), the smallest innermost, then merges. `shape`
/// has no 0.
StridedLoop make_strided_loop(const Operand* operands, int count, IntArrayRef shape);

}  // namespace lampas
