#pragma once

#include "lampas/tensor/tensor.h"

/// Decompositions and equations (https://pytorch.org/docs/stable/linalg.html) of float32 and float64 matrices in the
/// last two dimensions, the others counting as a batch. Singular values, eigenvalues and least squares through LAPACK,
/// loaded on first use. What is differentiable is so any number of times, where its factors are unique.
namespace lampas {

/// L with x = L L^T (or U with x = U^T U when upper) of symmetric positive definite x; one triangle is read.
LAMPAS_API Tensor linalg_cholesky(const Tensor& x, bool upper = false);
LAMPAS_API Tensor cholesky(const Tensor& x, bool upper = false);
/// The inverse of, and the solution of equations with, the matrix whose Cholesky factor is given.
LAMPAS_API Tensor cholesky_inverse(const Tensor& factor, bool upper = false);
LAMPAS_API Tensor cholesky_solve(const Tensor& b, const Tensor& factor, bool upper = false);
/// x = Q R. mode "reduced", "complete" or "r" (only R).
LAMPAS_API std::tuple<Tensor, Tensor> linalg_qr(const Tensor& x, std::string_view mode = "reduced");
LAMPAS_API std::tuple<Tensor, Tensor> qr(const Tensor& x, bool some = true);
/// x = U diag(S) V^T, S descending: (U, S, V^T), respectively (U, S, V).
LAMPAS_API std::tuple<Tensor, Tensor, Tensor> linalg_svd(const Tensor& x, bool full_matrices = true,
                                                         std::optional<std::string_view> driver = std::nullopt);
LAMPAS_API std::tuple<Tensor, Tensor, Tensor> svd(const Tensor& x, bool some = true, bool compute_uv = true);
LAMPAS_API Tensor linalg_svdvals(const Tensor& x, std::optional<std::string_view> driver = std::nullopt);
/// Eigenvalues, ascending, and eigenvectors (columns) of symmetric x, of which one triangle ("L" or "U") is read.
LAMPAS_API std::tuple<Tensor, Tensor> linalg_eigh(const Tensor& x, std::string_view uplo = "L");
LAMPAS_API Tensor linalg_eigvalsh(const Tensor& x, std::string_view uplo = "L");
LAMPAS_API std::tuple<Tensor, Tensor> symeig(const Tensor& x, bool eigenvectors = false, bool upper = true);
/// Eigenvalues and eigenvectors (columns, of length 1) of any square matrices, complex. Eigenvectors have a derivative
/// only where what is made of them does not depend on their phase (an error in backward otherwise).
LAMPAS_API std::tuple<Tensor, Tensor> linalg_eig(const Tensor& x);
LAMPAS_API Tensor linalg_eigvals(const Tensor& x);
/// Throws for a singular matrix.
LAMPAS_API Tensor linalg_inv(const Tensor& x);
LAMPAS_API Tensor inverse(const Tensor& x);
/// The same with an int32 report for each matrix in place of an error (unless `check_errors`): 0, or the order of the
/// first minor that is singular (not positive definite), in which case the result is NaN.
LAMPAS_API std::tuple<Tensor, Tensor> linalg_inv_ex(const Tensor& x, bool check_errors = false);
LAMPAS_API std::tuple<Tensor, Tensor> linalg_solve_ex(const Tensor& a, const Tensor& b, bool left = true,
                                                      bool check_errors = false);
LAMPAS_API std::tuple<Tensor, Tensor> linalg_cholesky_ex(const Tensor& x, bool upper = false,
                                                         bool check_errors = false);
/// y with a y = b (left) or y a = b. b: matrices, or vectors (one, or a batch of them).
LAMPAS_API Tensor linalg_solve(const Tensor& a, const Tensor& b, bool left = true);
LAMPAS_API Tensor linalg_solve_triangular(const Tensor& a, const Tensor& b, bool upper, bool left = true,
                                          bool unitriangular = false);
LAMPAS_API std::tuple<Tensor, Tensor> triangular_solve(const Tensor& b, const Tensor& a, bool upper = true,
                                                       bool transpose = false, bool unitriangular = false);
LAMPAS_API Tensor linalg_det(const Tensor& x);
LAMPAS_API Tensor det(const Tensor& x);
/// Sign and logarithm of the absolute value of the determinant.
LAMPAS_API std::tuple<Tensor, Tensor> linalg_slogdet(const Tensor& x);
LAMPAS_API std::tuple<Tensor, Tensor> slogdet(const Tensor& x);
/// Logarithm of the determinant, NaN where that is negative.
LAMPAS_API Tensor logdet(const Tensor& x);
/// Moore-Penrose inverse. Singular values up to max(atol, rtol * largest) count as zero; rtol is max(m, n) * epsilon
/// when neither is given.
LAMPAS_API Tensor linalg_pinv(const Tensor& x, std::optional<double> atol, std::optional<double> rtol,
                              bool hermitian = false);
LAMPAS_API Tensor linalg_pinv(const Tensor& x, double rcond, bool hermitian = false);
LAMPAS_API Tensor linalg_pinv(const Tensor& x);
LAMPAS_API Tensor pinverse(const Tensor& x, double rcond = 1e-15);
/// Number of singular values above max(atol, rtol * largest), int64.
LAMPAS_API Tensor linalg_matrix_rank(const Tensor& x, std::optional<double> atol, std::optional<double> rtol,
                                     bool hermitian = false);
LAMPAS_API Tensor linalg_matrix_rank(const Tensor& x, double tol, bool hermitian = false);
LAMPAS_API Tensor linalg_matrix_rank(const Tensor& x);
/// Least squares: solution, residuals (of full-rank systems with more rows than columns, else empty), rank and
/// singular values (both empty for the driver "gels"). driver: "gelsy" (default), "gels", "gelsd" or "gelss".
LAMPAS_API std::tuple<Tensor, Tensor, Tensor, Tensor> linalg_lstsq(
    const Tensor& a, const Tensor& b, std::optional<double> rcond = std::nullopt,
    std::optional<std::string_view> driver = std::nullopt);
/// x = P L U.
LAMPAS_API std::tuple<Tensor, Tensor, Tensor> linalg_lu(const Tensor& x, bool pivot = true);
/// The same as one matrix and the rows exchanged (from 1, int32).
LAMPAS_API std::tuple<Tensor, Tensor> linalg_lu_factor(const Tensor& x, bool pivot = true);
/// The same, with int32 reports for each matrix: 0, or the number of the first zero on U's diagonal (an error with
/// check_errors).
LAMPAS_API std::tuple<Tensor, Tensor, Tensor> linalg_lu_factor_ex(const Tensor& x, bool pivot = true,
                                                                  bool check_errors = false);
/// P, L and U of what linalg_lu_factor gives; those not asked for are empty.
LAMPAS_API std::tuple<Tensor, Tensor, Tensor> lu_unpack(const Tensor& lu, const Tensor& pivots, bool unpack_data = true,
                                                        bool unpack_pivots = true);
LAMPAS_API Tensor lu_solve(const Tensor& b, const Tensor& lu, const Tensor& pivots);
/// y with a y = b (left) or y a = b, a (or with `adjoint` its transpose) given by linalg_lu_factor.
LAMPAS_API Tensor linalg_lu_solve(const Tensor& lu, const Tensor& pivots, const Tensor& b, bool left = true,
                                  bool adjoint = false);
/// Symmetric x = L D L^T, read from its lower triangle: L and D (blocks of 1 and 2) as one matrix, and the exchanges as
/// LAPACK's sytrf gives them (int32). Without a derivative, as PyTorch's.
LAMPAS_API std::tuple<Tensor, Tensor> linalg_ldl_factor(const Tensor& x, bool hermitian = false);
/// The same, with int32 reports for each matrix: 0, or the number of the first zero in D (an error with check_errors).
LAMPAS_API std::tuple<Tensor, Tensor, Tensor> linalg_ldl_factor_ex(const Tensor& x, bool hermitian = false,
                                                                   bool check_errors = false);
/// y with x y = b for what linalg_ldl_factor made of x.
LAMPAS_API Tensor linalg_ldl_solve(const Tensor& ld, const Tensor& pivots, const Tensor& b, bool hermitian = false);
/// The first columns of the product of reflectors I - tau v v^T, v the columns of x below the diagonal (on which it is
/// 1): as many as x has. x is m x n with m >= n, tau holds up to n factors.
LAMPAS_API Tensor linalg_householder_product(const Tensor& x, const Tensor& tau);
LAMPAS_API Tensor orgqr(const Tensor& x, const Tensor& tau);
/// x = Q R as R and, below the diagonal, reflectors, and their factors tau. Without a derivative.
LAMPAS_API std::tuple<Tensor, Tensor> geqrf(const Tensor& x);
/// The whole product Q of such reflectors, or its transpose, times `other` (left), or `other` times it.
LAMPAS_API Tensor ormqr(const Tensor& x, const Tensor& tau, const Tensor& other, bool left = true,
                        bool transpose = false);
/// The inverse of x seen as a map from its last dimensions to its first `ind` ones.
LAMPAS_API Tensor linalg_tensorinv(const Tensor& x, int64_t ind = 2);
/// y with tensordot(x, y, y.dim()) = b; `dims` of x are moved to its end before.
LAMPAS_API Tensor linalg_tensorsolve(const Tensor& x, const Tensor& b, OptionalIntArrayRef dims = std::nullopt);
/// Condition number: the norm of x times that of its inverse; p as for linalg_matrix_norm, 2 if not given. Infinity for
/// singular matrices.
LAMPAS_API Tensor linalg_cond(const Tensor& x, const std::optional<Scalar>& p = std::nullopt);
LAMPAS_API Tensor linalg_cond(const Tensor& x, std::string_view p);
/// exp of square matrices.
LAMPAS_API Tensor linalg_matrix_exp(const Tensor& x);
LAMPAS_API Tensor matrix_exp(const Tensor& x);

LAMPAS_API Tensor linalg_matrix_power(const Tensor& x, int64_t n);
LAMPAS_API Tensor linalg_multi_dot(TensorList tensors);
LAMPAS_API Tensor linalg_matmul(const Tensor& a, const Tensor& b);
/// The sum of products along a dimension.
LAMPAS_API Tensor linalg_vecdot(const Tensor& a, const Tensor& b, int64_t dim = -1);
LAMPAS_API Tensor linalg_cross(const Tensor& a, const Tensor& b, int64_t dim = -1);
LAMPAS_API Tensor linalg_vander(const Tensor& x, std::optional<int64_t> N = std::nullopt);
LAMPAS_API Tensor linalg_diagonal(const Tensor& x, int64_t offset = 0, int64_t dim1 = -2, int64_t dim2 = -1);
/// Norm of vectors: (sum |x|^ord)^(1/ord).
LAMPAS_API Tensor linalg_vector_norm(const Tensor& x, const Scalar& ord = 2, OptionalIntArrayRef dim = std::nullopt,
                                     bool keepdim = false, std::optional<ScalarType> dtype = std::nullopt);
/// Norm of matrices: "fro", "nuc", 2 and -2 (largest and smallest singular value), 1 and -1 (of column sums), infinity
/// and -infinity (of row sums).
LAMPAS_API Tensor linalg_matrix_norm(const Tensor& x, const Scalar& ord, IntArrayRef dim = {-2, -1},
                                     bool keepdim = false, std::optional<ScalarType> dtype = std::nullopt);
LAMPAS_API Tensor linalg_matrix_norm(const Tensor& x, std::string_view ord = "fro", IntArrayRef dim = {-2, -1},
                                     bool keepdim = false, std::optional<ScalarType> dtype = std::nullopt);
/// Of vectors (one dimension, or all without ord) or matrices (two).
LAMPAS_API Tensor linalg_norm(const Tensor& x, const std::optional<Scalar>& ord = std::nullopt,
                              OptionalIntArrayRef dim = std::nullopt, bool keepdim = false,
                              std::optional<ScalarType> dtype = std::nullopt);
LAMPAS_API Tensor linalg_norm(const Tensor& x, std::string_view ord, OptionalIntArrayRef dim = std::nullopt,
                              bool keepdim = false, std::optional<ScalarType> dtype = std::nullopt);
LAMPAS_API Tensor nuclear_norm(const Tensor& x, bool keepdim = false);

/// The same under shorter names.
namespace linalg {
LAMPAS_API Tensor cholesky(const Tensor& x);
LAMPAS_API std::tuple<Tensor, Tensor> qr(const Tensor& x, std::string_view mode = "reduced");
LAMPAS_API std::tuple<Tensor, Tensor, Tensor> svd(const Tensor& x, bool full_matrices,
                                                  std::optional<std::string_view> driver = std::nullopt);
LAMPAS_API Tensor svdvals(const Tensor& x, std::optional<std::string_view> driver = std::nullopt);
LAMPAS_API std::tuple<Tensor, Tensor> eigh(const Tensor& x, std::string_view uplo);
LAMPAS_API Tensor eigvalsh(const Tensor& x, std::string_view uplo);
LAMPAS_API std::tuple<Tensor, Tensor> eig(const Tensor& x);
LAMPAS_API Tensor eigvals(const Tensor& x);
LAMPAS_API Tensor householder_product(const Tensor& x, const Tensor& tau);
LAMPAS_API Tensor tensorinv(const Tensor& x, int64_t ind = 2);
LAMPAS_API Tensor tensorsolve(const Tensor& x, const Tensor& b, OptionalIntArrayRef dims = std::nullopt);
LAMPAS_API Tensor cond(const Tensor& x, const std::optional<Scalar>& p = std::nullopt);
LAMPAS_API Tensor inv(const Tensor& x);
LAMPAS_API std::tuple<Tensor, Tensor> inv_ex(const Tensor& x, bool check_errors = false);
LAMPAS_API std::tuple<Tensor, Tensor> solve_ex(const Tensor& a, const Tensor& b, bool left = true,
                                               bool check_errors = false);
LAMPAS_API Tensor solve(const Tensor& a, const Tensor& b, bool left = true);
LAMPAS_API Tensor solve_triangular(const Tensor& a, const Tensor& b, bool upper, bool left = true,
                                   bool unitriangular = false);
LAMPAS_API Tensor det(const Tensor& x);
LAMPAS_API std::tuple<Tensor, Tensor> slogdet(const Tensor& x);
LAMPAS_API Tensor pinv(const Tensor& x, double rcond = 1e-15, bool hermitian = false);
LAMPAS_API Tensor matrix_rank(const Tensor& x, double tol, bool hermitian);
LAMPAS_API Tensor matrix_rank(const Tensor& x, std::optional<double> atol, std::optional<double> rtol, bool hermitian);
LAMPAS_API std::tuple<Tensor, Tensor, Tensor, Tensor> lstsq(const Tensor& a, const Tensor& b,
                                                            std::optional<double> rcond,
                                                            std::optional<std::string_view> driver);
LAMPAS_API std::tuple<Tensor, Tensor, Tensor> lu(const Tensor& x, bool pivot = true);
LAMPAS_API std::tuple<Tensor, Tensor> lu_factor(const Tensor& x, bool pivot = true);
LAMPAS_API std::tuple<Tensor, Tensor, Tensor> lu_factor_ex(const Tensor& x, bool pivot = true,
                                                           bool check_errors = false);
LAMPAS_API std::tuple<Tensor, Tensor> ldl_factor(const Tensor& x, bool hermitian = false);
LAMPAS_API std::tuple<Tensor, Tensor, Tensor> ldl_factor_ex(const Tensor& x, bool hermitian = false,
                                                            bool check_errors = false);
LAMPAS_API Tensor ldl_solve(const Tensor& ld, const Tensor& pivots, const Tensor& b, bool hermitian = false);
LAMPAS_API Tensor matmul(const Tensor& a, const Tensor& b);
LAMPAS_API Tensor vecdot(const Tensor& a, const Tensor& b, int64_t dim = -1);
LAMPAS_API Tensor matrix_exp(const Tensor& x);
LAMPAS_API Tensor matrix_power(const Tensor& x, int64_t n);
LAMPAS_API Tensor multi_dot(TensorList tensors);
LAMPAS_API Tensor cross(const Tensor& a, const Tensor& b, int64_t dim = -1);
LAMPAS_API Tensor vector_norm(const Tensor& x, Scalar ord, OptionalIntArrayRef dim, bool keepdim,
                              std::optional<ScalarType> dtype);
LAMPAS_API Tensor matrix_norm(const Tensor& x, const Scalar& ord, IntArrayRef dim, bool keepdim,
                              std::optional<ScalarType> dtype);
LAMPAS_API Tensor matrix_norm(const Tensor& x, const std::string& ord, IntArrayRef dim, bool keepdim,
                              std::optional<ScalarType> dtype);
LAMPAS_API Tensor norm(const Tensor& x, const std::optional<Scalar>& ord, OptionalIntArrayRef dim, bool keepdim,
                       std::optional<ScalarType> dtype);
LAMPAS_API Tensor norm(const Tensor& x, const std::string& ord, OptionalIntArrayRef dim, bool keepdim,
                       std::optional<ScalarType> dtype);
}  // namespace linalg

}  // namespace lampas
