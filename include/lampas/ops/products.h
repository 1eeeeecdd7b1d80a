#pragma once

#include "lampas/tensor/tensor.h"

/// Products made of the ones in ops/matmul.h (https://pytorch.org/docs/stable/torch.html#blas-and-lapack-operations).
namespace lampas {

/// beta * input + alpha * (product); `input` broadcasts and is not read when beta is 0.
/// addmv: (n, m) x (m); addr: (n) x (m), the outer product; baddbmm: (b, n, k) x (b, k, m); addbmm: their sum over b.
LAMPAS_API Tensor addmv(const Tensor& input, const Tensor& mat, const Tensor& vec, const Scalar& beta = 1,
                        const Scalar& alpha = 1);
LAMPAS_API Tensor addr(const Tensor& input, const Tensor& vec1, const Tensor& vec2, const Scalar& beta = 1,
                       const Scalar& alpha = 1);
LAMPAS_API Tensor addbmm(const Tensor& input, const Tensor& batch1, const Tensor& batch2, const Scalar& beta = 1,
                         const Scalar& alpha = 1);
LAMPAS_API Tensor baddbmm(const Tensor& input, const Tensor& batch1, const Tensor& batch2, const Scalar& beta = 1,
                          const Scalar& alpha = 1);
LAMPAS_API Tensor& addmm_out(Tensor& out, const Tensor& input, const Tensor& mat1, const Tensor& mat2,
                             const Scalar& beta = 1, const Scalar& alpha = 1);
LAMPAS_API Tensor& mm_out(Tensor& out, const Tensor& a, const Tensor& b);
LAMPAS_API Tensor& bmm_out(Tensor& out, const Tensor& a, const Tensor& b);
LAMPAS_API Tensor& matmul_out(Tensor& out, const Tensor& a, const Tensor& b);
LAMPAS_API Tensor& mv_out(Tensor& out, const Tensor& matrix, const Tensor& vec);
LAMPAS_API Tensor& dot_out(Tensor& out, const Tensor& a, const Tensor& b);
LAMPAS_API Tensor& baddbmm_out(Tensor& out, const Tensor& input, const Tensor& batch1, const Tensor& batch2,
                               const Scalar& beta = 1, const Scalar& alpha = 1);
/// Inner product of two vectors.
LAMPAS_API Tensor vdot(const Tensor& a, const Tensor& b);
/// Products summed over the last dimensions of both; a number multiplies.
LAMPAS_API Tensor inner(const Tensor& a, const Tensor& b);
/// All products of an element of a with one of b, (n) x (m) -> (n, m).
LAMPAS_API Tensor outer(const Tensor& a, const Tensor& b);
LAMPAS_API Tensor ger(const Tensor& a, const Tensor& b);
/// Kronecker product: blocks a[i][j] * b.
LAMPAS_API Tensor kron(const Tensor& a, const Tensor& b);
/// Vector product along a dimension of size 3 (the first such when not given); other dimensions broadcast.
LAMPAS_API Tensor cross(const Tensor& a, const Tensor& b, std::optional<int64_t> dim = std::nullopt);
/// Sum of a matrix's diagonal.
LAMPAS_API Tensor trace(const Tensor& x);
/// Product of square matrices with themselves, n times; negative n: of the inverse.
LAMPAS_API Tensor matrix_power(const Tensor& x, int64_t n);
/// Product of matrices, in the order that costs least.
LAMPAS_API Tensor chain_matmul(TensorList matrices);
/// Products summed over pairs of dimensions (or the last and first `dims` ones).
LAMPAS_API Tensor tensordot(const Tensor& a, const Tensor& b, IntArrayRef dims_a, IntArrayRef dims_b);
/// Sums of products in Einstein's notation: "ij,jk->ik". Without an arrow the letters that occur once stay, in
/// alphabetical order; "..." stands for broadcast dimensions. Operands are contracted from left to right, or in the
/// order `path` gives (pairs of positions in the list of operands; a result goes to its end).
LAMPAS_API Tensor einsum(std::string_view equation, TensorList operands, OptionalIntArrayRef path = std::nullopt);
/// Covariance of the rows of x (one variable each), divided by n - correction; integer and real weights of the columns.
LAMPAS_API Tensor cov(const Tensor& x, int64_t correction = 1, const std::optional<Tensor>& fweights = {},
                      const std::optional<Tensor>& aweights = {});
/// Correlation coefficients of the rows of x.
LAMPAS_API Tensor corrcoef(const Tensor& x);

}  // namespace lampas
