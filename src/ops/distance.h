#pragma once

#include "backend/kernel.h"

namespace lampas {

/// `count` rows of `n` contiguous elements, of a and of b. float32 and float64. Sums have a relative error of 8 eps of
/// the sum of magnitudes, at any size of the numbers.
struct RowPairs {
  int64_t count, n;
  const void *a, *b;
};
/// sums = (a b, a a, b b) of every row.
inline Kernel<void(const RowPairs& r, double* sums)> row_products_kernel{"cosine_similarity"};
/// out_a = c0 b + 2 c1 a, out_b = c0 a + 2 c2 b, c being three numbers a row; either may be null.
inline Kernel<void(const RowPairs& r, const double* c, void* out_a, void* out_b)> row_combination_kernel{
    "cosine_similarity"};
/// The length of a - b + eps.
inline Kernel<void(const RowPairs& r, double eps, void* out)> row_distance_kernel{"pairwise_distance"};
/// out_a = s (a - b + eps), s being one number a row, and out_b = -out_a; either may be null.
inline Kernel<void(const RowPairs& r, double eps, const void* s, void* out_a, void* out_b)> row_difference_kernel{
    "pairwise_distance"};
/// out = a / max(length of a, eps).
inline Kernel<void(const RowPairs& r, double eps, void* out)> row_normalize_kernel{"normalize"};
/// Its derivative by a, given that of its result, b: (b - h (h b)) / length with h = a / length; or b / eps.
inline Kernel<void(const RowPairs& r, double eps, void* out)> row_normalize_backward_kernel{"normalize"};

}  // namespace lampas
