#pragma once

#include "lampas/ops/reduce.h"

/// What the losses share.
namespace lampas {

enum : int64_t { kNoReduction = 0, kMeanReduction = 1, kSumReduction = 2 };

inline void check_reduction(const char* op, int64_t reduction) {
  check(reduction >= kNoReduction && reduction <= kSumReduction, op,
        ": reduction must be none (0), mean (1) or sum (2), got ", reduction);
}
inline Tensor reduce_loss(const Tensor& loss, int64_t reduction) {
  return reduction == kMeanReduction ? loss.mean() : reduction == kSumReduction ? loss.sum() : loss;
}
inline void check_floating(const char* op, const char* what, const Tensor& x) {
  check(x.defined(), op, ": ", what, " is undefined");
  check(is_floating_point(x.scalar_type()), op, ": expected a floating point ", what, ", got ", x.scalar_type());
}
/// (a b, a a, b b) of every row, in float64: rows of one shape and dtype (ops/distance.cpp).
Tensor row_products(const Tensor& a, const Tensor& b);

}  // namespace lampas
