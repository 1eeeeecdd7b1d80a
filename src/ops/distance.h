#pragma once

#include "backend/kernel.h"

namespace lampas {

/// `count` rows of `n` contiguous elements, of a and of b, and what is made of them. float32 and float64. Sums have a
/// relative error of 8 eps of the sum of magnitudes, at any size of the numbers.
struct RowPairs {
  enum Kind : uint8_t {
    products,   // sums (a b, a a, b b): three float64 numbers a row
    distance,   // the length of a - b + eps
    normalize,  // a / max(length of a, eps)
  };
  Kind kind;
  int64_t count, n;
  double eps;
  const void *a, *b;
};
inline Kernel<void(const RowPairs& r, void* out)> row_pairs_kernel{"pairwise_distance"};
/// The derivatives by a and b, either of which may be null, from what `s` holds of each row:
///   products: s0 b + 2 s1 a and s0 a + 2 s2 b, of three float64 numbers
///   distance: s (a - b + eps) and its opposite, of one number
///   normalize: (s - h (h s)) / length with h = a / length, or s / eps, of a row as long as a
inline Kernel<void(const RowPairs& r, const void* s, void* out_a, void* out_b)> row_pairs_backward_kernel{
    "pairwise_distance_backward"};

}  // namespace lampas
