#pragma once

#include <cstdint>

#include "backend/cpu/workspace.h"
#include "ops/linalg_vectors.h"

namespace lampas::cpu {

/// Divide and conquer for symmetric tridiagonal and for bidiagonal matrices: the halves' decompositions are joined by a
/// secular equation, and nearly all of the work is products with its vectors. Values in float64, vectors in T, both to
/// a small multiple of eps (of T) times the matrix's norm, vectors orthogonal to the same; values that are equal or
/// vectors that hardly change to within eps are set aside (deflated). Expects finite numbers of about 1.
template <class T>
class Divide {
 public:
  /// Rows of `v` become the vectors. With `thin`, only values are wanted, and v has rows of two.
  Divide(int64_t n, bool bidiagonal, bool thin, T* v, T* u);

  /// Eigenvalues of the matrix with diagonal d (n) and e (n - 1) beside it: both are destroyed.
  void tridiagonal(double* d, double* e);
  /// Singular values of the upper bidiagonal matrix with diagonal d (n) and e (n - 1) above it: numbers below 1e-60
  /// count as 0. v, n + 1 by n + 1, gets
  /// the right vectors (and, last, a unit vector), u, n by n, the left ones.
  void bidiagonal(double* d, double* e);

  /// The k-th smallest value, and the row with its vectors.
  double value(int64_t k) const { return values_[order_[k]]; }
  int64_t row(int64_t k) const { return order_[k]; }

 private:
  /// A matrix whose rows are vectors of a part: the columns from `left` on belong to its first half, those from
  /// `right` on to the second. `middle`: the column of the row between them, or -1.
  struct Rows {
    T* data;
    int64_t ld, left, left_columns, right, right_columns, middle;
    T* row(int64_t slot) const { return data + slot * ld + left; }
    int64_t columns() const { return right + right_columns - left; }
  };

  /// Rotates two rows.
  static void turn(const Rows& rows, int64_t to, int64_t from, double cosine, double sine);
  void start(int64_t slot);
  void iterate(double* d, double* e, int64_t begin, int64_t end);
  void split(double* d, double* e, int64_t begin, int64_t end);
  void iterate_rows(double* d, double* e, int64_t begin, int64_t end);
  void split_rows(double* d, double* e, int64_t begin, int64_t end);
  void join(int64_t begin, int64_t cut, int64_t end, double rho, double most);
  int64_t deflate(int64_t count, double rho, double tolerance, const Rows& v, const Rows& u);
  void multiply(const Rows& rows, const Secular& e, int64_t begin, int64_t count, const int64_t* kinds, int64_t minus);
  Rows rows_of_v(int64_t begin, int64_t cut, int64_t end) const;
  Rows rows_of_u(int64_t begin, int64_t cut, int64_t end) const;

  const int64_t n_;
  const bool squared_, thin_;
  T *const v_, *const u_;
  const int64_t ldv_;
  const Workspace<double> doubles_;
  const Workspace<int32_t> ints_;
  const Workspace<T> matrices_;
  // For every row of v: its value, its component of z, and in which half it lies (1, 3, or 2 for both).
  double *const values_, *const z_;
  int32_t *const order_, *const kind_;
  // Of one join: rows kept, then those set aside; poles and weights in ascending order and by kind.
  int32_t *const kept_, *const sorted_;
  double *const poles_, *const weights_, *const nearest_, *const offsets_, *const by_kind_, *const z_by_kind_,
                                                                                                *const work_;
  T *const factors_, *const gathered_;
};
extern template class Divide<float>;
extern template class Divide<double>;

}  // namespace lampas::cpu
