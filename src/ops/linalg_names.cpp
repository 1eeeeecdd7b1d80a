#include "lampas/ops/linalg.h"

// Out of line, because every program that includes the header would pay for the bodies.
namespace lampas::linalg {

Tensor cholesky(const Tensor& x) { return linalg_cholesky(x); }
std::tuple<Tensor, Tensor> qr(const Tensor& x, std::string_view mode) { return linalg_qr(x, mode); }
std::tuple<Tensor, Tensor, Tensor> svd(const Tensor& x, bool full_matrices, std::optional<std::string_view> driver) {
  return linalg_svd(x, full_matrices, driver);
}
Tensor svdvals(const Tensor& x, std::optional<std::string_view> driver) { return linalg_svdvals(x, driver); }
std::tuple<Tensor, Tensor> eigh(const Tensor& x, std::string_view uplo) { return linalg_eigh(x, uplo); }
Tensor eigvalsh(const Tensor& x, std::string_view uplo) { return linalg_eigvalsh(x, uplo); }
std::tuple<Tensor, Tensor> eig(const Tensor& x) { return linalg_eig(x); }
Tensor eigvals(const Tensor& x) { return linalg_eigvals(x); }
Tensor householder_product(const Tensor& x, const Tensor& tau) { return linalg_householder_product(x, tau); }
Tensor tensorinv(const Tensor& x, int64_t ind) { return linalg_tensorinv(x, ind); }
Tensor tensorsolve(const Tensor& x, const Tensor& b, OptionalIntArrayRef dims) {
  return linalg_tensorsolve(x, b, dims);
}
Tensor cond(const Tensor& x, const std::optional<Scalar>& p) { return linalg_cond(x, p); }
Tensor inv(const Tensor& x) { return linalg_inv(x); }
std::tuple<Tensor, Tensor> inv_ex(const Tensor& x, bool check_errors) { return linalg_inv_ex(x, check_errors); }
std::tuple<Tensor, Tensor> solve_ex(const Tensor& a, const Tensor& b, bool left, bool check_errors) {
  return linalg_solve_ex(a, b, left, check_errors);
}
Tensor solve(const Tensor& a, const Tensor& b, bool left) { return linalg_solve(a, b, left); }
Tensor solve_triangular(const Tensor& a, const Tensor& b, bool upper, bool left, bool unitriangular) {
  return linalg_solve_triangular(a, b, upper, left, unitriangular);
}
Tensor det(const Tensor& x) { return linalg_det(x); }
std::tuple<Tensor, Tensor> slogdet(const Tensor& x) { return linalg_slogdet(x); }
Tensor pinv(const Tensor& x, double rcond, bool hermitian) { return linalg_pinv(x, rcond, hermitian); }
Tensor matrix_rank(const Tensor& x, double tol, bool hermitian) { return linalg_matrix_rank(x, tol, hermitian); }
Tensor matrix_rank(const Tensor& x, std::optional<double> atol, std::optional<double> rtol, bool hermitian) {
  return linalg_matrix_rank(x, atol, rtol, hermitian);
}
std::tuple<Tensor, Tensor, Tensor, Tensor> lstsq(const Tensor& a, const Tensor& b, std::optional<double> rcond,
                                                 std::optional<std::string_view> driver) {
  return linalg_lstsq(a, b, rcond, driver);
}
std::tuple<Tensor, Tensor, Tensor> lu(const Tensor& x, bool pivot) { return linalg_lu(x, pivot); }
std::tuple<Tensor, Tensor> lu_factor(const Tensor& x, bool pivot) { return linalg_lu_factor(x, pivot); }
std::tuple<Tensor, Tensor, Tensor> lu_factor_ex(const Tensor& x, bool pivot, bool check_errors) {
  return linalg_lu_factor_ex(x, pivot, check_errors);
}
std::tuple<Tensor, Tensor> ldl_factor(const Tensor& x, bool hermitian) { return linalg_ldl_factor(x, hermitian); }
std::tuple<Tensor, Tensor, Tensor> ldl_factor_ex(const Tensor& x, bool hermitian, bool check_errors) {
  return linalg_ldl_factor_ex(x, hermitian, check_errors);
}
Tensor ldl_solve(const Tensor& ld, const Tensor& pivots, const Tensor& b, bool hermitian) {
  return linalg_ldl_solve(ld, pivots, b, hermitian);
}
Tensor matmul(const Tensor& a, const Tensor& b) { return linalg_matmul(a, b); }
Tensor vecdot(const Tensor& a, const Tensor& b, int64_t dim) { return linalg_vecdot(a, b, dim); }
Tensor matrix_exp(const Tensor& x) { return linalg_matrix_exp(x); }
Tensor matrix_power(const Tensor& x, int64_t n) { return linalg_matrix_power(x, n); }
Tensor multi_dot(TensorList tensors) { return linalg_multi_dot(tensors); }
Tensor cross(const Tensor& a, const Tensor& b, int64_t dim) { return linalg_cross(a, b, dim); }
Tensor vector_norm(const Tensor& x, Scalar ord, OptionalIntArrayRef dim, bool keepdim,
                   std::optional<ScalarType> dtype) {
  return linalg_vector_norm(x, ord, dim, keepdim, dtype);
}
Tensor matrix_norm(const Tensor& x, const Scalar& ord, IntArrayRef dim, bool keepdim, std::optional<ScalarType> dtype) {
  return linalg_matrix_norm(x, ord, dim, keepdim, dtype);
}
Tensor matrix_norm(const Tensor& x, const std::string& ord, IntArrayRef dim, bool keepdim,
                   std::optional<ScalarType> dtype) {
  return linalg_matrix_norm(x, std::string_view(ord), dim, keepdim, dtype);
}
Tensor norm(const Tensor& x, const std::optional<Scalar>& ord, OptionalIntArrayRef dim, bool keepdim,
            std::optional<ScalarType> dtype) {
  return linalg_norm(x, ord, dim, keepdim, dtype);
}
Tensor norm(const Tensor& x, const std::string& ord, OptionalIntArrayRef dim, bool keepdim,
            std::optional<ScalarType> dtype) {
  return linalg_norm(x, std::string_view(ord), dim, keepdim, dtype);
}

}  // namespace lampas::linalg
