#pragma once

#include "autograd/op.h"
#include "ops/copy.h"

/// What ops on batches of matrices share. LAPACK's matrices are column-major: a column-major matrix is its transpose
/// laid out row-major.
namespace lampas {

inline Tensor transposed(const Tensor& x) { return x.transpose(-2, -1); }
/// A fresh copy of the matrices in column-major order; its sizes are those of the transposes. No history.
inline Tensor columns_of(const Tensor& x) {
  Shape sizes(x.sizes());
  std::swap(sizes[sizes.size() - 1], sizes[sizes.size() - 2]);
  Tensor y = empty_of(x, sizes);
  copy_elements(y, x.detach().transpose(-2, -1));
  return y;
}
/// A fresh tensor for `rows` x `cols` matrices in column-major order, with the batch sizes of x.
inline Tensor column_matrices(const Tensor& x, int64_t rows, int64_t cols) {
  Shape sizes(x.sizes());
  sizes[sizes.size() - 2] = cols;
  sizes[sizes.size() - 1] = rows;
  return empty_of(x, sizes);
}
/// Relabels such a tensor, used by nobody else, as the matrices it holds.
inline Tensor as_matrices(const Tensor& columns) {
  Shape sizes(columns.sizes()), strides(columns.strides());
  const size_t n = sizes.size();
  std::swap(sizes[n - 1], sizes[n - 2]);
  std::swap(strides[n - 1], strides[n - 2]);
  columns.impl()->set_geometry(sizes, strides);
  return columns;
}
/// Number of matrices.
inline int64_t matrix_count(const Tensor& x) { return numel_of(x.sizes().slice(0, static_cast<size_t>(x.dim()) - 2)); }
/// The sizes of one row for every matrix (of length n), or of nothing (n < 0).
inline Shape batch_sizes(const Tensor& x, int64_t n = -1) {
  Shape sizes(x.sizes().slice(0, static_cast<size_t>(x.dim()) - 2));
  if (n >= 0) sizes.push_back(n);
  return sizes;
}

inline void check_matrices(const char* op, const Tensor& x, const char* what = "input") {
  check(x.defined(), op, ": ", what, " is undefined");
  check(x.dim() >= 2, op, ": The ", what, " tensor must have at least 2 dimensions, got ", x.sizes());
  check(x.scalar_type() == kFloat || x.scalar_type() == kDouble, op, ": expected ", what,
        " to have float32 or float64 elements, got ", x.scalar_type());
  check(x.size(-1) < INT32_MAX && x.size(-2) < INT32_MAX, op, ": ", what, " ", x.sizes(), " is too large");
}
inline void check_square(const char* op, const Tensor& x, const char* what = "input") {
  check_matrices(op, x, what);
  check(x.size(-1) == x.size(-2), op, ": ", what, " must be batches of square matrices, but they are ", x.size(-2),
        " by ", x.size(-1), " matrices");
}
/// LAPACK stops the program when some of its routines meet NaN or infinity.
inline void check_finite(const char* op, const Tensor& x) {
  check(x.detach().isfinite().all().item<bool>(), op,
        ": The algorithm failed to converge because the input matrix contained non-finite values.");
}
/// Which matrix of the batch, for messages: "" when there is one.
inline std::string batch_element(const Tensor& x, int64_t k) {
  return x.dim() > 2 ? str("(Batch element ", k, "): ") : std::string();
}

/// The LU factors of square matrices: column-major, with row exchanges and reports.
struct LuFactors {
  Tensor lu, pivots, info;
  LuFactors(const Tensor& x);
  bool singular(int64_t k) const { return info.impl()->data_as<int32_t>()[k] != 0; }
};

}  // namespace lampas
