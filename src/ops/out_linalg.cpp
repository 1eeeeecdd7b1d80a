// name_out(out, ...) of ops/linalg.h.
#include "lampas/ops/linalg.h"
#include "lampas/ops/out.h"
#include "ops/out.h"

namespace lampas {

// ---- ops/linalg.h
Tensor& cholesky_out(Tensor& out, const Tensor& x, bool upper) {
  return exact_out("cholesky", out, lampas::cholesky(x, upper));
}
Tensor& cholesky_inverse_out(Tensor& out, const Tensor& factor, bool upper) {
  return exact_out("cholesky_inverse", out, lampas::cholesky_inverse(factor, upper));
}
Tensor& cholesky_solve_out(Tensor& out, const Tensor& b, const Tensor& factor, bool upper) {
  return exact_out("cholesky_solve", out, lampas::cholesky_solve(b, factor, upper));
}
std::tuple<Tensor&, Tensor&> geqrf_out(Tensor& a, Tensor& tau, const Tensor& x) {
  return exact_outs("geqrf", std::tie(a, tau), lampas::geqrf(x));
}
Tensor& inverse_out(Tensor& out, const Tensor& x) { return exact_out("inverse", out, lampas::inverse(x)); }
Tensor& linalg_cholesky_out(Tensor& out, const Tensor& x, bool upper) {
  return exact_out("linalg_cholesky", out, lampas::linalg_cholesky(x, upper));
}
std::tuple<Tensor&, Tensor&> linalg_cholesky_ex_out(Tensor& L, Tensor& info, const Tensor& x, bool upper,
                                                    bool check_errors) {
  return exact_outs("linalg_cholesky_ex", std::tie(L, info), lampas::linalg_cholesky_ex(x, upper, check_errors));
}
Tensor& linalg_cond_out(Tensor& out, const Tensor& x, const std::optional<Scalar>& p) {
  return exact_out("linalg_cond", out, lampas::linalg_cond(x, p));
}
Tensor& linalg_cond_out(Tensor& out, const Tensor& x, std::string_view p) {
  return exact_out("linalg_cond", out, lampas::linalg_cond(x, p));
}
Tensor& linalg_cross_out(Tensor& out, const Tensor& a, const Tensor& b, int64_t dim) {
  return exact_out("linalg_cross", out, lampas::linalg_cross(a, b, dim));
}
Tensor& linalg_det_out(Tensor& out, const Tensor& x) { return exact_out("linalg_det", out, lampas::linalg_det(x)); }
std::tuple<Tensor&, Tensor&> linalg_eig_out(Tensor& eigenvalues, Tensor& eigenvectors, const Tensor& x) {
  return exact_outs("linalg_eig", std::tie(eigenvalues, eigenvectors), lampas::linalg_eig(x));
}
std::tuple<Tensor&, Tensor&> linalg_eigh_out(Tensor& eigvals, Tensor& eigvecs, const Tensor& x, std::string_view uplo) {
  return exact_outs("linalg_eigh", std::tie(eigvals, eigvecs), lampas::linalg_eigh(x, uplo));
}
Tensor& linalg_eigvals_out(Tensor& out, const Tensor& x) {
  return exact_out("linalg_eigvals", out, lampas::linalg_eigvals(x));
}
Tensor& linalg_eigvalsh_out(Tensor& out, const Tensor& x, std::string_view uplo) {
  return exact_out("linalg_eigvalsh", out, lampas::linalg_eigvalsh(x, uplo));
}
Tensor& linalg_householder_product_out(Tensor& out, const Tensor& x, const Tensor& tau) {
  return exact_out("linalg_householder_product", out, lampas::linalg_householder_product(x, tau));
}
Tensor& linalg_inv_out(Tensor& out, const Tensor& x) { return exact_out("linalg_inv", out, lampas::linalg_inv(x)); }
std::tuple<Tensor&, Tensor&> linalg_inv_ex_out(Tensor& inverse, Tensor& info, const Tensor& x, bool check_errors) {
  return exact_outs("linalg_inv_ex", std::tie(inverse, info), lampas::linalg_inv_ex(x, check_errors));
}
std::tuple<Tensor&, Tensor&, Tensor&, Tensor&> linalg_lstsq_out(Tensor& solution, Tensor& residuals, Tensor& rank,
                                                                Tensor& singular_values, const Tensor& a,
                                                                const Tensor& b, std::optional<double> rcond,
                                                                std::optional<std::string_view> driver) {
  return exact_outs("linalg_lstsq", std::tie(solution, residuals, rank, singular_values),
                    lampas::linalg_lstsq(a, b, rcond, driver));
}
std::tuple<Tensor&, Tensor&, Tensor&> linalg_lu_out(Tensor& P, Tensor& L, Tensor& U, const Tensor& x, bool pivot) {
  return exact_outs("linalg_lu", std::tie(P, L, U), lampas::linalg_lu(x, pivot));
}
std::tuple<Tensor&, Tensor&> linalg_lu_factor_out(Tensor& LU, Tensor& pivots, const Tensor& x, bool pivot) {
  return exact_outs("linalg_lu_factor", std::tie(LU, pivots), lampas::linalg_lu_factor(x, pivot));
}
Tensor& linalg_lu_solve_out(Tensor& out, const Tensor& lu, const Tensor& pivots, const Tensor& b, bool left,
                            bool adjoint) {
  return exact_out("linalg_lu_solve", out, lampas::linalg_lu_solve(lu, pivots, b, left, adjoint));
}
Tensor& linalg_matrix_exp_out(Tensor& out, const Tensor& x) {
  return exact_out("linalg_matrix_exp", out, lampas::linalg_matrix_exp(x));
}
Tensor& linalg_matrix_power_out(Tensor& out, const Tensor& x, int64_t n) {
  return exact_out("linalg_matrix_power", out, lampas::linalg_matrix_power(x, n));
}
Tensor& linalg_matrix_rank_out(Tensor& out, const Tensor& x, std::optional<double> atol, std::optional<double> rtol,
                               bool hermitian) {
  return exact_out("linalg_matrix_rank", out, lampas::linalg_matrix_rank(x, atol, rtol, hermitian));
}
Tensor& linalg_matrix_rank_out(Tensor& out, const Tensor& x, double tol, bool hermitian) {
  return exact_out("linalg_matrix_rank", out, lampas::linalg_matrix_rank(x, tol, hermitian));
}
Tensor& linalg_multi_dot_out(Tensor& out, TensorList tensors) {
  return exact_out("linalg_multi_dot", out, lampas::linalg_multi_dot(tensors));
}
Tensor& linalg_norm_out(Tensor& out, const Tensor& x, const std::optional<Scalar>& ord, OptionalIntArrayRef dim,
                        bool keepdim, std::optional<ScalarType> dtype) {
  return exact_out("linalg_norm", out, lampas::linalg_norm(x, ord, dim, keepdim, dtype));
}
Tensor& linalg_norm_out(Tensor& out, const Tensor& x, std::string_view ord, OptionalIntArrayRef dim, bool keepdim,
                        std::optional<ScalarType> dtype) {
  return exact_out("linalg_norm", out, lampas::linalg_norm(x, ord, dim, keepdim, dtype));
}
Tensor& linalg_pinv_out(Tensor& out, const Tensor& x, std::optional<double> atol, std::optional<double> rtol,
                        bool hermitian) {
  return exact_out("linalg_pinv", out, lampas::linalg_pinv(x, atol, rtol, hermitian));
}
Tensor& linalg_pinv_out(Tensor& out, const Tensor& x, double rcond, bool hermitian) {
  return exact_out("linalg_pinv", out, lampas::linalg_pinv(x, rcond, hermitian));
}
std::tuple<Tensor&, Tensor&> linalg_qr_out(Tensor& Q, Tensor& R, const Tensor& x, std::string_view mode) {
  return exact_outs("linalg_qr", std::tie(Q, R), lampas::linalg_qr(x, mode));
}
std::tuple<Tensor&, Tensor&> linalg_slogdet_out(Tensor& sign, Tensor& logabsdet, const Tensor& x) {
  return exact_outs("linalg_slogdet", std::tie(sign, logabsdet), lampas::linalg_slogdet(x));
}
Tensor& linalg_solve_out(Tensor& out, const Tensor& a, const Tensor& b, bool left) {
  return exact_out("linalg_solve", out, lampas::linalg_solve(a, b, left));
}
std::tuple<Tensor&, Tensor&> linalg_solve_ex_out(Tensor& result, Tensor& info, const Tensor& a, const Tensor& b,
                                                 bool left, bool check_errors) {
  return exact_outs("linalg_solve_ex", std::tie(result, info), lampas::linalg_solve_ex(a, b, left, check_errors));
}
Tensor& linalg_solve_triangular_out(Tensor& out, const Tensor& a, const Tensor& b, bool upper, bool left,
                                    bool unitriangular) {
  return exact_out("linalg_solve_triangular", out, lampas::linalg_solve_triangular(a, b, upper, left, unitriangular));
}
std::tuple<Tensor&, Tensor&, Tensor&> linalg_svd_out(Tensor& U, Tensor& S, Tensor& Vh, const Tensor& x,
                                                     bool full_matrices, std::optional<std::string_view> driver) {
  return exact_outs("linalg_svd", std::tie(U, S, Vh), lampas::linalg_svd(x, full_matrices, driver));
}
Tensor& linalg_svdvals_out(Tensor& out, const Tensor& x, std::optional<std::string_view> driver) {
  return exact_out("linalg_svdvals", out, lampas::linalg_svdvals(x, driver));
}
Tensor& linalg_tensorinv_out(Tensor& out, const Tensor& x, int64_t ind) {
  return exact_out("linalg_tensorinv", out, lampas::linalg_tensorinv(x, ind));
}
Tensor& linalg_tensorsolve_out(Tensor& out, const Tensor& x, const Tensor& b, OptionalIntArrayRef dims) {
  return exact_out("linalg_tensorsolve", out, lampas::linalg_tensorsolve(x, b, dims));
}
Tensor& linalg_vecdot_out(Tensor& out, const Tensor& a, const Tensor& b, int64_t dim) {
  return exact_out("linalg_vecdot", out, lampas::linalg_vecdot(a, b, dim));
}
Tensor& linalg_matmul_out(Tensor& out, const Tensor& a, const Tensor& b) {
  return exact_out("linalg_matmul", out, lampas::linalg_matmul(a, b));
}
Tensor& linalg_matrix_norm_out(Tensor& out, const Tensor& x, const Scalar& ord, IntArrayRef dim, bool keepdim,
                               std::optional<ScalarType> dtype) {
  return exact_out("linalg_matrix_norm", out, lampas::linalg_matrix_norm(x, ord, dim, keepdim, dtype));
}
Tensor& linalg_matrix_norm_out(Tensor& out, const Tensor& x, std::string_view ord, IntArrayRef dim, bool keepdim,
                               std::optional<ScalarType> dtype) {
  return exact_out("linalg_matrix_norm", out, lampas::linalg_matrix_norm(x, ord, dim, keepdim, dtype));
}
std::tuple<Tensor&, Tensor&, Tensor&> linalg_lu_factor_ex_out(Tensor& LU, Tensor& pivots, Tensor& info, const Tensor& x,
                                                              bool pivot, bool check_errors) {
  return exact_outs("linalg_lu_factor_ex", std::tie(LU, pivots, info),
                    lampas::linalg_lu_factor_ex(x, pivot, check_errors));
}
std::tuple<Tensor&, Tensor&, Tensor&> lu_unpack_out(Tensor& P, Tensor& L, Tensor& U, const Tensor& lu,
                                                    const Tensor& pivots, bool data, bool permutation) {
  return exact_outs("lu_unpack", std::tie(P, L, U), lampas::lu_unpack(lu, pivots, data, permutation));
}
Tensor& linalg_vector_norm_out(Tensor& out, const Tensor& x, const Scalar& ord, OptionalIntArrayRef dim, bool keepdim,
                               std::optional<ScalarType> dtype) {
  return exact_out("linalg_vector_norm", out, lampas::linalg_vector_norm(x, ord, dim, keepdim, dtype));
}
Tensor& lu_solve_out(Tensor& out, const Tensor& b, const Tensor& lu, const Tensor& pivots) {
  return exact_out("lu_solve", out, lampas::lu_solve(b, lu, pivots));
}
Tensor& nuclear_norm_out(Tensor& out, const Tensor& x, bool keepdim) {
  return exact_out("nuclear_norm", out, lampas::nuclear_norm(x, keepdim));
}
Tensor& orgqr_out(Tensor& out, const Tensor& x, const Tensor& tau) {
  return exact_out("orgqr", out, lampas::orgqr(x, tau));
}
Tensor& ormqr_out(Tensor& out, const Tensor& x, const Tensor& tau, const Tensor& other, bool left, bool transpose) {
  return exact_out("ormqr", out, lampas::ormqr(x, tau, other, left, transpose));
}
std::tuple<Tensor&, Tensor&> qr_out(Tensor& Q, Tensor& R, const Tensor& x, bool some) {
  return exact_outs("qr", std::tie(Q, R), lampas::qr(x, some));
}
std::tuple<Tensor&, Tensor&> slogdet_out(Tensor& sign, Tensor& logabsdet, const Tensor& x) {
  return exact_outs("slogdet", std::tie(sign, logabsdet), lampas::slogdet(x));
}
std::tuple<Tensor&, Tensor&, Tensor&> svd_out(Tensor& U, Tensor& S, Tensor& V, const Tensor& x, bool some,
                                              bool compute_uv) {
  return exact_outs("svd", std::tie(U, S, V), lampas::svd(x, some, compute_uv));
}
std::tuple<Tensor&, Tensor&> symeig_out(Tensor& e, Tensor& V, const Tensor& x, bool eigenvectors, bool upper) {
  return exact_outs("symeig", std::tie(e, V), lampas::symeig(x, eigenvectors, upper));
}
std::tuple<Tensor&, Tensor&> triangular_solve_out(Tensor& X, Tensor& M, const Tensor& b, const Tensor& a, bool upper,
                                                  bool transpose, bool unitriangular) {
  return exact_outs("triangular_solve", std::tie(X, M),
                    lampas::triangular_solve(b, a, upper, transpose, unitriangular));
}

}  // namespace lampas
