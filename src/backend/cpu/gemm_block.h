#pragma once

#include <cstdint>

namespace lampas::cpu {

/// One thread's share of a product: c = beta * c0 + alpha * a * b + bias. Element (i, p) of a lies at a[i * a_row + p *
/// a_column], of b at b[p * b_row + j * b_column]; one of each pair of strides is 1. m, n, k > 0; alpha != 0; beta is
/// 0, or 1 without a bias. c0 is c if null.
template <class T>
struct GemmBlock {
  int64_t m, n, k;
  const T* a;
  int64_t a_row, a_column;
  const T* b;
  int64_t b_row, b_column;
  T* c;
  int64_t c_row;
  T alpha, beta;
  const T* bias;  // n values or null
  const T* c0 = nullptr;
  int64_t c0_row = 0;
  /// Row i of what is added to, and the distance to the next.
  const T* old(int64_t i) const { return c0 ? c0 + i * c0_row : c + i * c_row; }
  int64_t old_row() const { return c0 ? c0_row : c_row; }
};

// Three ways to multiply, for T = float or double. Error per element: at most k + 2 rounding errors of T relative to
// |alpha| |a| |b| + |c0| + |bias|. NaN and infinity propagate as in a sum of products; c0 is not read when beta is 0.

/// Any product; packs blocks of b, and of a where that pays. Made for large ones.
template <class T>
void gemm_packed(const GemmBlock<T>& g);
/// Rows of b dense (b_column == 1) and alpha == 1. Copies nothing. Takes `depth` steps of k at a time; 0, only for
/// m == 1, streams rows of b.
template <class T>
void gemm_in_place(const GemmBlock<T>& g, int64_t depth);
/// Rows of a and columns of b dense (a_column == b_row == 1). Copies nothing; vectors run along k.
template <class T>
void gemm_dots(const GemmBlock<T>& g);

}  // namespace lampas::cpu
