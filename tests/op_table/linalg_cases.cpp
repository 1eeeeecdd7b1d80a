// Products and decompositions. Inputs are shaped into well-conditioned matrices, and results into what does not depend
// on the sign of a vector.
#include <cmath>

#include "op_table.h"

namespace op_table {
namespace {

using namespace lampas;

Tensor mT(const Tensor& x) { return x.transpose(-2, -1); }
/// Square matrices far from singular.
Tensor regular(const Tensor& x) { return x.add(eye(x.size(-1), TensorOptions(x.scalar_type())).mul(3)); }
/// Matrices of full rank with different singular values, whatever x is.
Tensor full_rank(const Tensor& x) {
  const int64_t k = std::min(x.size(-2), x.size(-1));
  const Tensor d = arange(1, k + 1, TensorOptions(x.scalar_type())).mul(2).diag();
  const Tensor whole = zeros({x.size(-2), x.size(-1)}, TensorOptions(x.scalar_type()));
  whole.narrow(0, 0, k).narrow(1, 0, k).copy_(d);
  return x.mul(0.5).add(whole);
}
/// Symmetric positive definite ones with different eigenvalues.
Tensor definite(const Tensor& x) {
  const Tensor d = arange(1, x.size(-1) + 1, TensorOptions(x.scalar_type())).diag();
  return matmul(x, mT(x)).add(d);
}

const Register products({
    {"addmv addr",
     {{3}, {3, 4}, {4}, {3, 4}, {3}},
     [](const Tensors& a) -> Tensors {
       return {addmv(a[0], a[1], a[2]), addmv(a[0], a[1], a[2], 0.5, 2), addr(a[3], a[4], a[2], 2, 0.5)};
     }},
    {"baddbmm addbmm",
     {{2, 3, 5}, {2, 3, 4}, {2, 4, 5}, {5}},
     [](const Tensors& a) -> Tensors {
       return {baddbmm(a[0], a[1], a[2]), baddbmm(a[3], a[1], a[2], 0.5, 2), addbmm(a[3], a[1], a[2]),
               addbmm(a[0][0], a[1], a[2], 2, -1)};
     },
     Domain::any,
     true,
     1e-5,
     1.3e-6,
     4},
    {"outer inner vdot kron",
     {{3}, {4}, {4}, {2, 4}},
     [](const Tensors& a) -> Tensors {
       return {outer(a[0], a[1]), ger(a[1], a[0]), inner(a[1], a[3]), vdot(a[1], a[2]), kron(a[3], a[0])};
     }},
    {"cross trace",
     {{2, 3}, {2, 3}, {4, 3}, {1, 3}},
     [](const Tensors& a) -> Tensors {
       return {cross(a[0], a[1]), linalg::cross(a[0], a[3], 1), cross(a[0].t(), a[1].t(), 0), trace(a[2])};
     }},
    {"tensordot chain_matmul",
     {{2, 3, 4}, {4, 3, 5}, {3, 4}, {4, 6}, {6, 2}},
     [](const Tensors& a) -> Tensors {
       return {tensordot(a[0], a[1], {2, 1}, {0, 1}), tensordot(a[2], a[3], {1}, {0}), chain_matmul({a[2], a[3], a[4]}),
               linalg::multi_dot({a[2][0], a[3], a[4]})};
     },
     Domain::any,
     true,
     1e-5,
     1.3e-6,
     8},
    {"einsum",
     {{2, 3, 4}, {2, 4, 5}, {3, 3}, {5}, {2, 1, 4}},
     [](const Tensors& a) -> Tensors {
       return {einsum("bij,bjk->bik", {a[0], a[1]}),
               einsum("bij,bjk", {a[0], a[1]}),
               einsum("ii", {a[2]}),
               einsum("ii->i", {a[2]}),
               einsum("bij,bjk,k->bi", {a[0], a[1], a[3]}),
               einsum("bij,bjk,k->bi", {a[0], a[1], a[3]}, {1, 2, 0, 1}),
               einsum("...ij,...jk->...ik", {a[0], a[1]}),
               einsum("bij->jb", {a[0]}),
               einsum("bij,bij->bj", {a[0], a[4]}),
               einsum("i,j->ij", {a[3], a[3]})};
     },
     Domain::any,
     true,
     1e-5,
     1.3e-6,
     8},
    {"matrix_power matrix_exp",
     {{2, 3, 3}},
     [](const Tensors& a) -> Tensors {
       return {matrix_power(a[0], 3), matrix_power(a[0], 0), matrix_power(regular(a[0]), -2), linalg::matrix_exp(a[0])};
     },
     Domain::any,
     true,
     1e-5,
     1.3e-6,
     16},
    {"cov corrcoef",
     {{3, 5}},
     [](const Tensors& a) -> Tensors {
       return {cov(a[0]), cov(a[0], 0, tensor({1, 2, 1, 3, 1}, kLong)), corrcoef(a[0])};
     },
     Domain::distinct},
});

const Register decompositions({
    {"inverse det slogdet",
     {{2, 3, 3}},
     [](const Tensors& a) -> Tensors {
       const Tensor m = regular(a[0]);
       return {inverse(m), det(m), std::get<1>(slogdet(m)),
               logdet(m.mul(-1).mul(det(m.mul(-1)).sign().view({2, 1, 1})))};
     },
     Domain::any,
     true,
     1e-5,
     1.3e-6,
     16},
    {"det of singular",
     {{3, 2}, {2, 3}},
     [](const Tensors& a) -> Tensors { return {det(matmul(a[0], a[1]))}; },
     Domain::distinct,
     false},
    {"solve",
     {{2, 3, 3}, {2, 3, 2}, {3}, {3, 3}},
     [](const Tensors& a) -> Tensors {
       return {linalg::solve(regular(a[0]), a[1]), linalg::solve(regular(a[3]), a[2]),
               linalg::solve(regular(a[3]), a[1]), linalg_solve(regular(a[0]), mT(a[1]), false)};
     },
     Domain::any,
     true,
     1e-5,
     1.3e-6,
     16},
    {"solve_triangular",
     {{2, 3, 3}, {2, 3, 2}},
     [](const Tensors& a) -> Tensors {
       const Tensor m = regular(a[0]);
       return {linalg::solve_triangular(m, a[1], true), linalg::solve_triangular(m, a[1], false),
               linalg::solve_triangular(m, mT(a[1]), true, false), linalg::solve_triangular(m, a[1], false, true, true),
               std::get<0>(triangular_solve(a[1], m, true, true))};
     },
     Domain::any,
     true,
     1e-5,
     1.3e-6,
     16},
    {"cholesky",
     {{2, 3, 3}, {2, 3, 2}},
     [](const Tensors& a) -> Tensors {
       const Tensor m = definite(a[0]), l = linalg::cholesky(m);
       return {l, cholesky(m, true), cholesky_inverse(l), cholesky_solve(a[1], l), cholesky_solve(a[1], mT(l), true)};
     },
     Domain::any,
     true,
     1e-5,
     1.3e-6,
     32},
    {"lu",
     {{2, 3, 3}, {2, 3, 2}},
     [](const Tensors& a) -> Tensors {
       const Tensor m = regular(a[0]);
       const auto [p, l, u] = linalg::lu(m);
       const auto [packed, pivots] = linalg::lu_factor(m);
       return {p, l, u, matmul(p, matmul(l, u)), lu_solve(a[1], packed, pivots)};
     },
     Domain::any,
     true,
     1e-5,
     1.3e-6,
     16},
    {"qr",
     {{2, 4, 3}, {3, 4}, {3, 3}},
     [](const Tensors& a) -> Tensors {
       Tensors y;
       for (const Tensor& given : a) {
         const Tensor x = full_rank(given);
         const auto [q, r] = linalg::qr(x);
         // Signs that do not depend on the factorization's choice.
         const Tensor s = r.diagonal(0, -2, -1).sign().detach();
         y.push_back(q.mul(s.unsqueeze(-2)));
         y.push_back(r.mul(s.unsqueeze(-1)));
         y.push_back(matmul(q, r));
       }
       return y;
     },
     Domain::any,
     true,
     1e-5,
     1.3e-6,
     32},
    {"svd",
     {{2, 4, 3}, {3, 4}, {3, 3}},
     [](const Tensors& a) -> Tensors {
       Tensors y;
       for (const Tensor& given : a) {
         const Tensor x = full_rank(given);
         const auto [u, s, vt] = linalg_svd(x, false);
         y.push_back(s);
         y.push_back(matmul(u.mul(s.sqrt().unsqueeze(-2)), vt));
         y.push_back(u.mul(u));
         y.push_back(vt.abs());
         y.push_back(linalg::svdvals(x));
       }
       return y;
     },
     Domain::distinct,
     true,
     1e-3,
     1e-3},
    {"eigh",
     {{2, 3, 3}},
     [](const Tensors& a) -> Tensors {
       const auto [w, v] = linalg_eigh(definite(a[0]));
       return {w, v.mul(v), matmul(v.mul(w.log().unsqueeze(-2)), mT(v)), linalg::eigvalsh(definite(a[0]), "U")};
     },
     Domain::any,
     true,
     1e-4,
     1e-4},
    {"pinv",
     {{4, 3}, {2, 3, 4}},
     [](const Tensors& a) -> Tensors {
       return {linalg_pinv(a[0]), linalg_pinv(a[1]), pinverse(matmul(a[0], a[0].t()), 1e-4)};
     },
     Domain::any,
     true,
     1e-3,
     1e-3},
    {"lstsq",
     {{5, 3}, {5, 2}},
     [](const Tensors& a) -> Tensors {
       return {std::get<0>(linalg_lstsq(a[0], a[1])), std::get<0>(linalg_lstsq(a[0], a[1], std::nullopt, "gelsd"))};
     },
     Domain::any,
     true,
     1e-3,
     1e-3},
    {"eig",
     {{3, 3}},
     [](const Tensors& a) -> Tensors {
       // Far apart, so that their order does not change; what does not depend on the phase.
       const Tensor x = full_rank(a[0].mul(0.3));
       const auto [w, v] = linalg_eig(x);
       return {real(w.square().sum()), v.abs().square().mul(real(w)).sum(1), real(linalg_eigvals(x).log().sum())};
     },
     Domain::any,
     true,
     1e-3,
     1e-3},
    {"householder_product ormqr",
     {{4, 3}, {3}, {4, 2}},
     [](const Tensors& a) -> Tensors {
       return {linalg_householder_product(a[0], a[1]), ormqr(a[0], a[1], a[2]),
               ormqr(a[0], a[1], a[2].t(), false, true)};
     },
     Domain::any,
     true,
     1e-3,
     1e-4},
    {"cond",
     {{3, 3}},
     [](const Tensors& a) -> Tensors {
       const Tensor x = full_rank(a[0].mul(0.3));
       return {linalg_cond(x), linalg_cond(x, -2), linalg_cond(x, "fro"), linalg_cond(x, 1)};
     },
     Domain::distinct,
     true,
     1e-3,
     1e-3},
    {"inv_ex solve_ex cholesky_ex lu_solve tensorinv tensorsolve",
     {{2, 3, 3}, {2, 3, 2}},
     [](const Tensors& a) -> Tensors {
       const Tensor x = regular(a[0]);
       const auto [lu, pivots] = linalg_lu_factor(x);
       return {std::get<0>(linalg_inv_ex(x)),
               std::get<0>(linalg_solve_ex(x, a[1])),
               std::get<0>(linalg_cholesky_ex(definite(a[0]))),
               linalg_lu_solve(lu, pivots, a[1], true, true),
               linalg_tensorinv(x[0], 1),
               linalg_tensorsolve(x[1], a[1][0].t()[0])};
     },
     Domain::any,
     true,
     1e-3,
     1e-3},
    {"matrix norms",
     {{3, 4}},
     [](const Tensors& a) -> Tensors {
       return {linalg_matrix_norm(a[0], 1),
               linalg_matrix_norm(a[0], -INFINITY),
               linalg_matrix_norm(a[0], 2),
               linalg_matrix_norm(a[0], "nuc"),
               linalg_norm(a[0]),
               linalg_norm(a[0], 1, 0),
               linalg_vector_norm(a[0], 3, {1})};
     },
     Domain::distinct},
});

}  // namespace
}  // namespace op_table
