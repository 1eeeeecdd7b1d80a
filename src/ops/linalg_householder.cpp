// Products of Householder reflectors I - tau v v^T, and equations by LU factors.
#include "lampas/ops/arrange.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/linalg.h"
#include "lampas/ops/matmul.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/shape.h"
#include "ops/linalg.h"
#include "ops/linalg_op.h"

namespace lampas {

namespace {

void check_reflectors(const char* op, const Tensor& x, const Tensor& tau) {
  check_matrices(op, x);
  check(tau.defined() && tau.scalar_type() == x.scalar_type(), op, ": tau dtype ", tau, " does not match input dtype ",
        x.scalar_type());
  check(x.size(-2) >= x.size(-1), op, ": input.shape[-2] must be greater than or equal to input.shape[-1], got ",
        x.sizes());
  check(tau.dim() == x.dim() - 1 && tau.size(-1) <= x.size(-1), op, ": expected tau with ", x.dim() - 1,
        " dimensions and at most ", x.size(-1), " elements in the last, got ", tau.sizes());
  check(tau.sizes().slice(0, static_cast<size_t>(tau.dim()) - 1) == IntArrayRef(batch_sizes(x)), op,
        ": Expected batch dimensions of tau to be equal to input.shape[:-2], but got ", tau.sizes(), " and ",
        x.sizes());
}

/// Reflector number k, as a column, and its factor.
std::pair<Tensor, Tensor> reflector(const Tensor& x, const Tensor& tau, int64_t k) {
  const int64_t m = x.size(-2);
  Shape one(x.sizes());
  one[one.size() - 1] = one[one.size() - 2] = 1;
  std::vector<Tensor> parts;
  if (k > 0) {
    Shape above(one);
    above[above.size() - 2] = k;
    parts.push_back(x.new_zeros(above));
  }
  parts.push_back(x.new_ones(one));
  if (k + 1 < m) parts.push_back(narrow(narrow(x, -1, k, 1), -2, k + 1, m - k - 1));
  return {cat(parts, -2), narrow(tau, -1, k, 1).unsqueeze(-1)};
}
/// (I - tau v v^T) y.
Tensor reflected(const std::pair<Tensor, Tensor>& r, const Tensor& y) {
  return y.sub(matmul(r.first, matmul(transposed(r.first), y)).mul(r.second));
}

}  // namespace

Tensor linalg_householder_product(const Tensor& x, const Tensor& tau) {
  constexpr auto op = "linalg.householder_product";
  check_reflectors(op, x, tau);
  const int64_t m = x.size(-2), n = x.size(-1), k = tau.size(-1);
  if (detail::thread_state.grad_mode && (detail::tracked(x) || detail::tracked(tau))) {
    // With a derivative: one reflector after another.
    Tensor q = narrow(eye(m, TensorOptions(x.scalar_type())), -1, 0, n).expand(x.sizes());
    for (int64_t i = k - 1; i >= 0; --i) q = reflected(reflector(x, tau, i), q);
    return q;
  }
  const Tensor q = columns_of(x);
  if (q.numel())
    householder_kernel.get(x.scalar_type())(matrix_count(x), static_cast<int32_t>(m), static_cast<int32_t>(n),
                                            static_cast<int32_t>(k), q.impl()->data(), plain(tau).impl()->data());
  return as_matrices(q);
}
Tensor orgqr(const Tensor& x, const Tensor& tau) { return linalg_householder_product(x, tau); }

std::tuple<Tensor, Tensor> geqrf(const Tensor& x) {
  check_matrices("geqrf", x);
  check(!detail::thread_state.grad_mode || !detail::tracked(x),
        "geqrf: has no derivative; use linalg_qr, or detach() the input");
  const Tensor a = columns_of(x), tau = empty_of(x, batch_sizes(x, std::min(x.size(-1), x.size(-2))));
  if (a.numel())
    geqrf_kernel.get(x.scalar_type())(matrix_count(x), static_cast<int32_t>(x.size(-2)),
                                      static_cast<int32_t>(x.size(-1)), a.impl()->data(), tau.impl()->data());
  return {as_matrices(a), tau};
}

Tensor ormqr(const Tensor& x, const Tensor& tau, const Tensor& other, bool left, bool transpose) {
  check_matrices("ormqr", x);
  check_matrices("ormqr", other, "other");
  check(tau.defined() && tau.dim() == x.dim() - 1 && tau.scalar_type() == x.scalar_type() &&
            other.scalar_type() == x.scalar_type(),
        "ormqr: expected tau with ", x.dim() - 1, " dimensions and all inputs of dtype ", x.scalar_type(), ", got ",
        tau, " and ", other);
  check(other.size(left ? -2 : -1) == x.size(-2), "ormqr: other.shape[", left ? -2 : -1,
        "] must be equal to input.shape[-2], got ", other.sizes(), " and ", x.sizes());
  check(tau.size(-1) <= std::min(x.size(-1), x.size(-2)), "ormqr: expected at most ", std::min(x.size(-1), x.size(-2)),
        " elements in tau, got ", tau.sizes());
  check(IntArrayRef(batch_sizes(x)) == IntArrayRef(batch_sizes(other)) &&
            tau.sizes().slice(0, static_cast<size_t>(tau.dim()) - 1) == IntArrayRef(batch_sizes(x)),
        "ormqr: expected the same batch dimensions, got ", x.sizes(), ", ", tau.sizes(), " and ", other.sizes());
  // other Q is (Q^T other^T)^T, and Q^T applies the reflectors in order, Q in reverse.
  Tensor y = left ? other : transposed(other);
  const int64_t k = tau.size(-1);
  const bool in_order = left == transpose;
  for (int64_t i = 0; i < k; ++i) y = reflected(reflector(x, tau, in_order ? i : k - 1 - i), y);
  return left ? y : transposed(y);
}

Tensor linalg_lu_solve(const Tensor& lu, const Tensor& pivots, const Tensor& b, bool left, bool adjoint) {
  check_square("linalg.lu_solve", lu, "LU");
  check_matrices("linalg.lu_solve", b, "B");
  if (!left) return transposed(linalg_lu_solve(lu, pivots, transposed(b), true, !adjoint));
  if (!adjoint) return lu_solve(b, lu, pivots);
  check(b.size(-2) == lu.size(-1), "linalg.lu_solve: Incompatible shapes of LU ", lu.sizes(), " and B ", b.sizes());
  // (P L U)^T y = b: P's transpose is what equations with the identity as factors apply.
  const Tensor lower = transposed(lu);
  const Tensor y = linalg_solve_triangular(lower, linalg_solve_triangular(lower, b, false), true, true, true);
  const Tensor one = eye(lu.size(-1), TensorOptions(lu.scalar_type()));
  const Tensor exchange = lu_solve(one.expand(lu.sizes()), one.expand(lu.sizes()), pivots);  // P^T
  return matmul(transposed(exchange), y);
}

std::tuple<Tensor, Tensor> Tensor::geqrf() const { return lampas::geqrf(*this); }
Tensor Tensor::orgqr(const Tensor& input2) const { return lampas::orgqr(*this, input2); }
Tensor Tensor::ormqr(const Tensor& input2, const Tensor& input3, bool left, bool transpose) const {
  return lampas::ormqr(*this, input2, input3, left, transpose);
}
Tensor Tensor::lu_solve(const Tensor& LU_data, const Tensor& LU_pivots) const {
  return lampas::lu_solve(*this, LU_data, LU_pivots);
}
Tensor Tensor::matrix_exp() const { return lampas::matrix_exp(*this); }

}  // namespace lampas
