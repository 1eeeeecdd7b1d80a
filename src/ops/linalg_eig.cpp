// Eigenvalues of matrices that are not symmetric; condition numbers; factorizations that report instead of throwing.
#include <cmath>
#include <limits>

#include "lampas/autograd/grad_mode.h"
#include "lampas/ops/arrange.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/linalg.h"
#include "lampas/ops/matmul.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/reduce.h"
#include "lampas/ops/shape.h"
#include "ops/complex.h"
#include "ops/linalg.h"
#include "ops/linalg_op.h"

namespace lampas {

namespace {

/// a^-1 b of complex matrices, as the real equation of their parts.
Tensor complex_solve(const Tensor& a, const Tensor& b) {
  const Tensor re = real(a), im = imag(a);
  const Tensor whole = cat({cat({re, im.neg()}, -1), cat({im, re}, -1)}, -2);
  const Tensor y = linalg_solve(whole, cat({real(b), imag(b)}, -2));
  const int64_t n = a.size(-1);
  return complex_of(narrow(y, -2, 0, n), narrow(y, -2, n, n));
}
Tensor adjoint_of(const Tensor& x) { return transposed(x).conj(); }

/// Eigenvalues and eigenvectors, or only the former.
struct Eig {
  static constexpr auto name = "linalg_eig";
  using saves = Saves<OutAt<0>, OutAt<1>>;
  bool vectors;
  std::array<Tensor, 2> forward(const Tensor& x) const {
    const int64_t n = x.size(-1);
    const Tensor a = columns_of(x), w = empty_of(x, batch_sizes(x, n), complex_dtype(x.scalar_type())),
                 v = empty_of(x, vectors ? IntArrayRef(x.sizes()) : IntArrayRef({0, 0}),
                              complex_dtype(x.scalar_type())),
                 info = empty_of(x, {matrix_count(x)}, kInt);
    if (x.numel()) {
      eig_kernel.get(x.scalar_type())(matrix_count(x), static_cast<int32_t>(n), a.impl()->data(), w.impl()->data(),
                                      vectors ? v.impl()->data() : nullptr, info.impl()->data_as<int32_t>());
      for (int64_t k = 0; k < info.numel(); ++k)
        check(info.impl()->data_as<int32_t>()[k] == 0, "linalg.eig: ", batch_element(x, k),
              "The algorithm failed to converge because the input matrix is not well conditioned (error code: ",
              info.impl()->data_as<int32_t>()[k], ").");
    }
    return {w, as_matrices(v)};
  }
  Grads<1> backward(const Grads<2>& g, const Needs<1>&, const Tensor& w, const Tensor& v) const {
    // dA = V^-H M V^H with diagonal M = gL, elsewhere (V^H gV - V^H V Re(diag(V^H gV))) / conj(l_j - l_i).
    if (!g[0].defined() && !g[1].defined()) return {};
    const Tensor vh = adjoint_of(v);
    Tensor m;
    if (g[1].defined()) {
      const Tensor t = matmul(vh, g[1]);
      const Tensor own = diagonal(t, 0, -2, -1);
      {
        NoGradGuard off;
        const double tolerance = v.scalar_type() == kComplexFloat ? 1e-2 : 1e-6;
        check(imag(own.detach()).abs().le(g[1].detach().abs().sum().mul(tolerance).add(tolerance)).all().item<bool>(),
              "linalg_eig_backward: The eigenvectors in the complex case are specified up to multiplication by e^{i "
              "phi}. "
              "The specified loss function depends on this quantity, so it is ill-defined.");
      }
      const Tensor size = real(own).unsqueeze(-2);
      const Tensor off = t.sub(matmul(vh, v.mul(size)));
      const Tensor one = eye(w.size(-1), TensorOptions(real(w).scalar_type()));
      const Tensor gap = w.unsqueeze(-2).sub(w.unsqueeze(-1)).conj();
      // A gap of 1 on the diagonal, whose quotient is dropped.
      m = off.div(gap.add(one)).mul(one.neg().add(1));
    }
    if (g[0].defined()) {
      const Tensor one = eye(w.size(-1), TensorOptions(real(w).scalar_type()));
      const Tensor d = g[0].unsqueeze(-2).mul(one);
      m = m.defined() ? m.add(d) : d;
    }
    return {real(complex_solve(vh, matmul(m, vh)))};
  }
};

/// The matrices that are reported replaced by the identity, so that factoring goes through, and which ones they are.
std::pair<Tensor, Tensor> healed(const Tensor& x, const Tensor& info) {
  const Tensor bad = info.ne(0).unsqueeze(-1).unsqueeze(-1);
  return {lampas::where(bad, eye(x.size(-1), TensorOptions(x.scalar_type())), x), bad};
}
const double kNan = std::numeric_limits<double>::quiet_NaN();

/// Reports of the LU factorization of every matrix.
Tensor lu_reports(const Tensor& x) {
  NoGradGuard off;
  return LuFactors(x).info.reshape(batch_sizes(x));
}

}  // namespace

namespace {
void check_eig(const char* op, const Tensor& x) {
  check_square(op, x, "input");
  // LAPACK stops the program when it meets a NaN.
  check(x.detach().isfinite().all().item<bool>(), op, ": input tensor should not contain infs or NaNs.");
}
}  // namespace

std::tuple<Tensor, Tensor> linalg_eig(const Tensor& x) {
  check_eig("linalg.eig", x);
  auto y = apply(Eig{true}, x);
  return {y[0], y[1]};
}
Tensor linalg_eigvals(const Tensor& x) {
  check_eig("linalg.eigvals", x);
  // The derivative needs the eigenvectors.
  return apply(Eig{detail::thread_state.grad_mode && detail::tracked(x)}, x)[0];
}

std::tuple<Tensor, Tensor> linalg_inv_ex(const Tensor& x, bool check_errors) {
  check_square("linalg.inv_ex", x, "A");
  const Tensor info = lu_reports(x);
  if (check_errors || !info.ne(0).any().item<bool>()) return {linalg_inv(x), info};
  const auto [safe, bad] = healed(x, info);
  return {linalg_inv(safe).masked_fill(bad, kNan), info};
}
std::tuple<Tensor, Tensor> linalg_solve_ex(const Tensor& a, const Tensor& b, bool left, bool check_errors) {
  check_square("linalg.solve_ex", a, "A");
  const Tensor info = lu_reports(a);
  if (check_errors || !info.ne(0).any().item<bool>()) return {linalg_solve(a, b, left), info};
  const auto [safe, bad] = healed(a, info);
  const Tensor y = linalg_solve(safe, b, left);
  // A batch of vectors has a dimension less than one of matrices.
  return {y.masked_fill(y.dim() < bad.dim() ? bad.squeeze(-1) : bad, kNan), info};
}
std::tuple<Tensor, Tensor> linalg_cholesky_ex(const Tensor& x, bool upper, bool check_errors) {
  check_square("linalg.cholesky_ex", x, "input");
  Tensor info = empty_of(x, batch_sizes(x), kInt);
  if (x.numel() == 0) {
    info.zero_();
  } else {
    const Tensor copy = empty_of(x, x.sizes());
    copy_elements(copy, x.detach());
    cholesky_kernel.get(x.scalar_type())(matrix_count(x), static_cast<int32_t>(x.size(-1)), copy.impl()->data(),
                                         info.impl()->data_as<int32_t>());
  }
  if (check_errors || !info.ne(0).any().item<bool>()) return {linalg_cholesky(x, upper), info};
  const auto [safe, bad] = healed(x, info);
  return {linalg_cholesky(safe, upper).masked_fill(bad, kNan), info};
}

namespace {
/// The norm of x times that of its inverse.
template <class Norm>
Tensor condition(const Tensor& x, const Norm& norm) {
  check_square("linalg.cond", x, "A");
  const auto [inverse, info] = linalg_inv_ex(x);
  return norm(x).mul(norm(inverse)).masked_fill(info.ne(0), std::numeric_limits<double>::infinity());
}
}  // namespace

Tensor linalg_cond(const Tensor& x, const std::optional<Scalar>& p) {
  check_matrices("linalg.cond", x, "A");
  const double order = p ? p->toDouble() : 2;
  if (std::abs(order) == 2) {
    const Tensor s = linalg_svdvals(x);
    if (s.size(-1) == 0) return s.sum({-1});  // zeros
    const Tensor largest = s.select(-1, 0), smallest = s.select(-1, s.size(-1) - 1);
    return order == 2 ? largest.div(smallest) : smallest.div(largest);
  }
  check(std::abs(order) == 1 || std::isinf(order), "linalg.cond: got an invalid norm type ", order);
  return condition(x, [&](const Tensor& t) { return linalg_matrix_norm(t, *p); });
}
Tensor linalg_cond(const Tensor& x, std::string_view p) {
  check_matrices("linalg.cond", x, "A");
  check(p == "fro" || p == "nuc", "linalg.cond: got an invalid norm type ", std::string(p));
  return condition(x, [&](const Tensor& t) { return linalg_matrix_norm(t, p); });
}

Tensor linalg_tensorinv(const Tensor& x, int64_t ind) {
  check(x.defined(), "linalg.tensorinv: tensor is undefined");
  check(ind > 0 && ind <= x.dim(), "linalg.tensorinv: Expected a strictly positive integer for 'ind' of at most ",
        x.dim(), ", got ", ind);
  const Shape first(x.sizes().slice(0, static_cast<size_t>(ind))),
      last(x.sizes().slice(static_cast<size_t>(ind), static_cast<size_t>(x.dim() - ind)));
  const int64_t rows = numel_of(first), cols = numel_of(last);
  check(rows == cols,
        "linalg.tensorinv: Expected self to satisfy the requirement prod(self.shape[ind:]) == "
        "prod(self.shape[:ind]), but got ",
        cols, " != ", rows);
  Shape sizes(last);
  for (const int64_t s : first) sizes.push_back(s);
  return linalg_inv(x.reshape({rows, cols})).reshape(sizes);
}

Tensor linalg_tensorsolve(const Tensor& x, const Tensor& b, OptionalIntArrayRef dims) {
  check(x.defined() && b.defined(), "linalg.tensorsolve: tensor is undefined");
  Tensor a = x;
  if (dims.has_value()) {
    Shape to;
    const auto n = static_cast<int64_t>(dims.dims().size());
    for (int64_t k = 0; k < n; ++k) to.push_back(x.dim() - n + k);
    a = movedim(x, dims.dims(), to);
  }
  check(b.dim() <= a.dim(), "linalg.tensorsolve: expected other to have at most ", a.dim(), " dimensions, got ",
        b.dim());
  const size_t skip = static_cast<size_t>(b.dim());
  const Shape result(a.sizes().slice(skip, static_cast<size_t>(a.dim()) - skip));
  const int64_t n = numel_of(result);
  check(n == b.numel() && n * n == a.numel(),
        "linalg.tensorsolve: Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == "
        "prod(self.shape[:other.ndim]), but got ",
        n, " != ", b.numel());
  return linalg_solve(a.reshape({n, n}), b.reshape({n})).reshape(result);
}

}  // namespace lampas
