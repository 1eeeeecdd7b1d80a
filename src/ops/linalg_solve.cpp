// inverse, solve, triangular systems, determinants, Cholesky, LU.
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
#include "ops/arrange.h"
#include "ops/elementwise.h"
#include "ops/linalg.h"
#include "ops/linalg_op.h"

namespace lampas {

LuFactors::LuFactors(const Tensor& x)
    : lu(columns_of(x)),
      pivots(empty_of(x, batch_sizes(x, std::min(x.size(-1), x.size(-2))), kInt)),
      info(empty_of(x, {matrix_count(x)}, kInt)) {
  auto* reports = info.impl()->data_as<int32_t>();
  std::fill_n(reports, info.numel(), 0);
  if (lu.numel())
    lu_kernel.get(x.scalar_type())(matrix_count(x), static_cast<int32_t>(x.size(-2)), static_cast<int32_t>(x.size(-1)),
                                   lu.impl()->data(), pivots.impl()->data_as<int32_t>(), reports);
}

namespace {

int32_t rows_of(const Tensor& x) { return static_cast<int32_t>(x.size(-2)); }
int32_t cols_of(const Tensor& x) { return static_cast<int32_t>(x.size(-1)); }

void check_regular(const char* op, const Tensor& x, const LuFactors& f) {
  for (int64_t k = 0; k < f.info.numel(); ++k)
    check(!f.singular(k), op, ": ", batch_element(x, k), "The diagonal element ", f.info.impl()->data_as<int32_t>()[k],
          " is zero, the solve or inversion could not be completed because the input matrix is singular.");
}

/// b with a's batch: column-major copies that the solution overwrites.
Tensor solved(const LuFactors& f, const Tensor& x, const Tensor& b, bool trans = false) {
  Tensor y = columns_of(b);
  if (y.numel())
    lu_solve_kernel.get(b.scalar_type())(matrix_count(x), rows_of(x), cols_of(b), f.lu.impl()->data(),
                                         f.pivots.impl()->data_as<int32_t>(), y.impl()->data(), trans);
  return as_matrices(y);
}

struct Inverse {
  static constexpr auto name = "linalg_inv_ex";
  using saves = Saves<Out>;
  Tensor forward(const Tensor& x) const {
    // The row-major matrices are their transposes column-major, and so are the inverses: nothing is turned.
    const LuFactors f(transposed(x));
    check_regular("linalg.inv", x, f);
    Tensor y = empty_of(x, x.sizes());
    if (y.numel() == 0) return y;
    lu_inverse_kernel.get(x.scalar_type())(matrix_count(x), rows_of(x), f.lu.impl()->data(),
                                           f.pivots.impl()->data_as<int32_t>(), y.impl()->data());
    return y;
  }
  Grads<1> backward(const Tensor& g, const Needs<1>&, const Tensor& y) const {
    return {matmul(transposed(y), matmul(g, transposed(y))).neg()};
  }
};

/// a^-1 b; both have the same batch sizes.
struct Solve {
  static constexpr auto name = "linalg_solve_ex";
  using saves = Saves<In<0>, Out>;
  Tensor forward(const Tensor& a, const Tensor& b) const {
    // Row-major matrices are factored as they lie; large ones are turned, since products with factors that lie as they
    // are read take less time.
    const bool turned = a.size(-1) > 64;
    const LuFactors f(turned ? a : transposed(a));
    check_regular("linalg.solve", a, f);
    return solved(f, a, b, !turned);
  }
  Grads<2> backward(const Tensor& g, const Needs<2>& need, const Tensor& a, const Tensor& y) const {
    const Tensor gb = apply(Solve{}, transposed(a), g);
    return {need[0] ? matmul(gb, transposed(y)).neg() : Tensor(), gb};
  }
};

/// Solves with one triangle of a.
struct SolveTriangular {
  static constexpr auto name = "linalg_solve_triangular";
  using saves = Saves<In<0>, Out>;
  bool upper, unit;
  Tensor forward(const Tensor& a, const Tensor& b) const {
    const Tensor factors = plain(a);  // row-major: the transposes, so upper is lower
    Tensor y = columns_of(b);
    if (y.numel())
      triangular_kernel.get(a.scalar_type())(matrix_count(a), rows_of(a), cols_of(b), factors.impl()->data(),
                                             y.impl()->data(), Triangle3{!upper, true, unit});
    return as_matrices(y);
  }
  Grads<2> backward(const Tensor& g, const Needs<2>& need, const Tensor& a, const Tensor& y) const {
    const Tensor gb = apply(SolveTriangular{!upper, unit}, transposed(a), g);
    Grads<2> d;
    if (need[0]) {
      const Tensor full = matmul(gb, transposed(y)).neg();
      d[0] = upper ? triu(full, unit ? 1 : 0) : tril(full, unit ? -1 : 0);
    }
    d[1] = gb;
    return d;
  }
};

/// Products of the diagonal of U, with the sign of the row exchanges.
template <class T, class F>
void each_diagonal(const Tensor& x, const LuFactors& f, const F& use) {
  const int64_t n = x.size(-1);
  const auto* lu = f.lu.impl()->data_as<T>();
  const auto* pivots = f.pivots.impl()->data_as<int32_t>();
  for (int64_t k = 0; k < matrix_count(x); ++k) {
    bool odd = false;
    for (int64_t i = 0; i < n; ++i) odd ^= pivots[k * n + i] != i + 1;
    use(k, lu + k * n * n, odd);
  }
}
template <class T>
void determinants(const Tensor& x, const LuFactors& f, T* det) {
  const int64_t n = x.size(-1);
  each_diagonal<T>(x, f, [&](int64_t k, const T* lu, bool odd) {
    T product = odd ? -1 : 1;
    for (int64_t i = 0; i < n; ++i) product *= lu[i * n + i];
    det[k] = product;
  });
}
template <class T>
void log_determinants(const Tensor& x, const LuFactors& f, T* sign, T* log) {
  const int64_t n = x.size(-1);
  each_diagonal<T>(x, f, [&](int64_t k, const T* lu, bool odd) {
    T s = odd ? -1 : 1, sum = 0;
    for (int64_t i = 0; i < n; ++i) {
      const T v = lu[i * n + i];
      s *= v > 0 ? T(1) : v < 0 ? T(-1) : v == 0 ? T(0) : v;
      sum += std::log(std::abs(v));
    }
    sign[k] = s;
    log[k] = sum;
  });
}

Tensor column(const Tensor& t) { return t.unsqueeze(-1).unsqueeze(-1); }

struct Det {
  static constexpr auto name = "linalg_det";
  using saves = Saves<In<0>, Out>;
  Tensor forward(const Tensor& x) const {
    const LuFactors f(transposed(x));
    Tensor y = empty_of(x, batch_sizes(x));
    if (x.scalar_type() == kFloat)
      determinants(x, f, y.impl()->data_as<float>());
    else
      determinants(x, f, y.impl()->data_as<double>());
    return y;
  }
  Grads<1> backward(const Tensor& g, const Needs<1>&, const Tensor& x, const Tensor& y) const {
    if (x.numel() == 0) return {zeros_like(x)};
    bool regular;
    {
      NoGradGuard off;
      regular = y.ne(0).all().item<bool>();
    }
    if (regular) return {column(g.mul(y)).mul(transposed(linalg_inv(x)))};
    // The matrix of cofactors, by way of the singular values: products of all but one of them.
    auto [u, s, vt] = linalg_svd(x, false);
    const int64_t n = s.size(-1);
    const Tensor diagonal_one = eye(n, TensorOptions(x.scalar_type())).ne(0);
    const Tensor others = s.unsqueeze(-2).masked_fill(diagonal_one, 1).prod(-1);
    const Tensor sign = linalg_det(u).mul(linalg_det(vt));
    return {column(g.mul(sign)).mul(matmul(u.mul(others.unsqueeze(-2)), vt))};
  }
};

struct SlogDet {
  static constexpr auto name = "linalg_slogdet";
  using saves = Saves<In<0>>;
  std::array<Tensor, 2> forward(const Tensor& x) const {
    const LuFactors f(transposed(x));
    std::array<Tensor, 2> y{empty_of(x, batch_sizes(x)), empty_of(x, batch_sizes(x))};
    if (x.scalar_type() == kFloat)
      log_determinants(x, f, y[0].impl()->data_as<float>(), y[1].impl()->data_as<float>());
    else
      log_determinants(x, f, y[0].impl()->data_as<double>(), y[1].impl()->data_as<double>());
    return y;
  }
  Grads<1> backward(const Grads<2>& g, const Needs<1>&, const Tensor& x) const {
    if (!g[1].defined()) return {};
    return {column(g[1]).mul(transposed(linalg_inv(x)))};
  }
};

/// The lower factor, of the lower triangle.
struct Cholesky {
  static constexpr auto name = "linalg_cholesky_ex";
  using saves = Saves<Out>;
  const char* label = name;
  Tensor forward(const Tensor& x) const {
    // Row-major matrices as they lie: their lower triangle is the upper one of the transpose.
    Tensor y = empty_of(x, x.sizes()), info = empty_of(x, {matrix_count(x)}, kInt);
    if (y.numel() == 0) return y;
    copy_elements(y, x);
    cholesky_kernel.get(x.scalar_type())(matrix_count(x), rows_of(x), y.impl()->data(),
                                         info.impl()->data_as<int32_t>());
    for (int64_t k = 0; k < info.numel(); ++k) {
      const int32_t at = info.impl()->data_as<int32_t>()[k];
      check(at == 0, "linalg.cholesky: ", batch_element(x, k),
            "The factorization could not be completed because the input is not positive-definite (the leading minor of "
            "order ",
            at, " is not positive-definite).");
    }
    const int64_t n = x.size(-1);
    triangle_kernel.get(x.scalar_type())(static_cast<const char*>(y.impl()->data()),
                                         static_cast<char*>(y.impl()->data()), {matrix_count(x), n, n, 0, true});
    return y;
  }
  Grads<1> backward(const Tensor& g, const Needs<1>&, const Tensor& l) const {
    // P = the lower triangle of L^T g with its diagonal halved; dA = L^-T P L^-1, made symmetric.
    const Tensor m = matmul(transposed(l), g);
    const Tensor p = tril(m).sub(lampas::diag_embed(diagonal(m, 0, -2, -1)).mul(0.5));
    const Tensor lt = transposed(l);
    const Tensor left = linalg_solve_triangular(lt, p, true);         // L^-T P
    const Tensor s = linalg_solve_triangular(l, left, false, false);  // ... L^-1
    return {s.add(transposed(s)).mul(0.5)};
  }
};

/// L and U, and P as a matrix.
struct Lu {
  static constexpr auto name = "linalg_lu";
  using saves = Saves<OutAt<0>, OutAt<1>, OutAt<2>>;
  std::array<Tensor, 3> forward(const Tensor& x) const {
    detail::NoRecord off;
    const LuFactors f(x);
    const auto [p, l, u] = lu_unpack(as_matrices(f.lu), f.pivots);
    return {p, l, u};
  }
  Grads<1> backward(const Grads<3>& g, const Needs<1>&, const Tensor& p, const Tensor& l, const Tensor& u) const {
    check(l.size(-2) == u.size(-1), "linalg.lu: the derivative is only defined for square matrices, got ", l.size(-2),
          " by ", u.size(-1));
    Tensor middle;
    if (g[1].defined()) middle = tril(matmul(transposed(l), g[1]), -1);
    if (g[2].defined()) {
      const Tensor m = triu(matmul(g[2], transposed(u)));
      middle = middle.defined() ? middle.add(m) : m;
    }
    if (!middle.defined()) return {};
    const Tensor left = linalg_solve_triangular(transposed(l), middle, true, true, true);
    return {matmul(p, linalg_solve_triangular(transposed(u), left, false, false))};
  }
};

/// Operands with a common batch.
std::pair<Tensor, Tensor> same_batch(const char* op, const Tensor& a, const Tensor& b) {
  const Shape batch = broadcast_shapes(batch_sizes(a), batch_sizes(b), op);
  const auto expanded = [&](const Tensor& t) {
    Shape sizes(batch);
    sizes.push_back(t.size(-2));
    sizes.push_back(t.size(-1));
    return t.sizes() == IntArrayRef(sizes) ? t : t.expand(sizes);
  };
  return {expanded(a), expanded(b)};
}

}  // namespace

Tensor linalg_inv(const Tensor& x) {
  check_square("linalg.inv", x);
  return apply(Inverse{}, x);
}
Tensor inverse(const Tensor& x) { return linalg_inv(x); }

Tensor linalg_solve(const Tensor& a, const Tensor& b, bool left) {
  check_square("linalg.solve", a, "A");
  check(b.defined() && b.dim() >= 1, "linalg.solve: The B tensor must have at least 1 dimension, got ", b);
  check(a.scalar_type() == b.scalar_type(),
        "linalg.solve: Expected A and B to have the same dtype, but found A of type ", a.scalar_type(),
        " and B of type ", b.scalar_type());
  // Vectors: one, or one for each matrix.
  Shape one_each(a.sizes());
  one_each.erase(one_each.size() - 1);
  const bool vector = b.dim() == 1 || (b.dim() == a.dim() - 1 && b.sizes() == IntArrayRef(one_each));
  check(left || !vector, "linalg.solve: Vector broadcasting of the left hand side is not supported for left=False");
  Tensor rhs = vector ? b.unsqueeze(-1) : b;
  check_matrices("linalg.solve", rhs, "B");
  const int64_t n = a.size(-1), have = rhs.size(left ? -2 : -1);
  check(have == n, "linalg.solve: Incompatible shapes of A and B for the equation ", left ? "AX = B" : "XA = B", " (",
        a.size(-2), "x", n, " and ", rhs.size(-2), "x", rhs.size(-1), ")");
  if (!left) {
    const auto [p, q] = same_batch("linalg.solve", transposed(a), transposed(rhs));
    return transposed(apply(Solve{}, p, q));
  }
  const auto [p, q] = same_batch("linalg.solve", a, rhs);
  const Tensor y = apply(Solve{}, p, q);
  return vector ? y.squeeze(-1) : y;
}

Tensor linalg_solve_triangular(const Tensor& a, const Tensor& b, bool upper, bool left, bool unit) {
  const char* op = "linalg.solve_triangular";
  check_square(op, a, "A");
  check_matrices(op, b, "B");
  check(a.scalar_type() == b.scalar_type(), op, ": Expected A and B to have the same dtype, but found ",
        a.scalar_type(), " and ", b.scalar_type());
  check(b.size(left ? -2 : -1) == a.size(-1), op, ": Incompatible shapes of A and B for the equation ",
        left ? "AX = B" : "XA = B", " (", a.size(-2), "x", a.size(-1), " and ", b.size(-2), "x", b.size(-1), ")");
  if (left) {
    const auto [p, q] = same_batch(op, a, b);
    return apply(SolveTriangular{upper, unit}, p, q);
  }
  const auto [p, q] = same_batch(op, transposed(a), transposed(b));
  return transposed(apply(SolveTriangular{!upper, unit}, p, q));
}
std::tuple<Tensor, Tensor> triangular_solve(const Tensor& b, const Tensor& a, bool upper, bool transpose, bool unit) {
  check_square("triangular_solve", a, "A");
  check_matrices("triangular_solve", b, "b");
  const Tensor m = transpose ? transposed(a) : a;
  return {linalg_solve_triangular(m, b, transpose ? !upper : upper, true, unit), a.clone()};
}

Tensor linalg_det(const Tensor& x) {
  check_square("linalg.det", x, "A");
  return apply(Det{}, x);
}
Tensor det(const Tensor& x) { return linalg_det(x); }
std::tuple<Tensor, Tensor> linalg_slogdet(const Tensor& x) {
  check_square("linalg.slogdet", x, "A");
  auto y = apply(SlogDet{}, x);
  return {y[0].detach(), y[1]};
}
std::tuple<Tensor, Tensor> slogdet(const Tensor& x) { return linalg_slogdet(x); }
Tensor logdet(const Tensor& x) {
  const auto [sign, log] = linalg_slogdet(x);
  return log.masked_fill(sign.lt(0), std::numeric_limits<double>::quiet_NaN());
}

namespace {
Tensor cholesky_of(const Cholesky& op, const Tensor& x, bool upper) {
  check_square("linalg.cholesky", x, "A");
  return upper ? transposed(apply(op, transposed(x))) : apply(op, x);
}
}  // namespace
Tensor linalg_cholesky(const Tensor& x, bool upper) { return cholesky_of({}, x, upper); }
Tensor cholesky(const Tensor& x, bool upper) { return cholesky_of({"cholesky"}, x, upper); }
Tensor cholesky_inverse(const Tensor& factor, bool upper) {
  check_square("cholesky_inverse", factor);
  check(!factor.detach().diagonal(0, -2, -1).eq(0).any().item<bool>(),
        "cholesky_inverse: a diagonal element of the factor is zero, the inversion could not be completed because the "
        "input matrix is singular.");
  const Tensor l = upper ? transposed(factor) : factor;
  const Tensor one = eye(l.size(-1), TensorOptions(l.scalar_type())).expand(l.sizes());
  const Tensor inv = linalg_solve_triangular(l, one, false);
  return matmul(transposed(inv), inv);
}
Tensor cholesky_solve(const Tensor& b, const Tensor& factor, bool upper) {
  check_square("cholesky_solve", factor, "u");
  check_matrices("cholesky_solve", b, "b");
  const Tensor l = upper ? transposed(factor) : factor;
  return linalg_solve_triangular(transposed(l), linalg_solve_triangular(l, b, false), true);
}

std::tuple<Tensor, Tensor, Tensor> linalg_lu(const Tensor& x, bool pivot) {
  check_matrices("linalg.lu", x, "A");
  check(pivot, "linalg.lu: pivot=false is only available with an accelerator");
  auto y = apply(Lu{}, x);
  return {y[0].detach(), y[1], y[2]};
}
namespace {
/// Factors and pivots in LAPACK's form, and its reports: the first zero on the diagonal of U, or 0.
std::tuple<Tensor, Tensor, Tensor> lu_factored(const char* op, const Tensor& x, bool pivot, bool check_errors) {
  check_matrices(op, x, "A");
  check(pivot, op, ": pivot=false is only available with an accelerator");
  Tensor pivots, info;
  {
    NoGradGuard off;
    const LuFactors f(x);
    for (int64_t k = 0; check_errors && k < f.info.numel(); ++k)
      check(!f.singular(k), op, ": ", batch_element(x, k), "U has a zero on its diagonal, element ",
            f.info.impl()->data_as<int32_t>()[k],
            "; solving with it would divide by zero. linalg_lu_factor_ex gives the factors all the same.");
    pivots = f.pivots;
    info = f.info.reshape(batch_sizes(x));
    if (!x.requires_grad()) return {as_matrices(f.lu), pivots, info};
  }
  // With a derivative: the factors, put together again.
  const auto [p, l, u] = linalg_lu(x);
  const int64_t m = x.size(-2), n = x.size(-1), k = std::min(m, n);
  const Tensor below = tril(l, -1), above = triu(u);
  if (m == n) return {below.add(above), pivots, info};
  if (m > n) return {cat({narrow(below, -2, 0, k).add(above), narrow(below, -2, k, m - k)}, -2), pivots, info};
  return {cat({below.add(narrow(above, -1, 0, k)), narrow(above, -1, k, n - k)}, -1), pivots, info};
}
}  // namespace
std::tuple<Tensor, Tensor> linalg_lu_factor(const Tensor& x, bool pivot) {
  auto [lu, pivots, info] = lu_factored("linalg.lu_factor", x, pivot, true);
  return {std::move(lu), std::move(pivots)};
}
std::tuple<Tensor, Tensor, Tensor> linalg_lu_factor_ex(const Tensor& x, bool pivot, bool check_errors) {
  return lu_factored("linalg.lu_factor_ex", x, pivot, check_errors);
}
namespace {
/// Which row of the matrix each row of its factors was, from the row exchanges.
Tensor pivoted_rows(const char* op, const Tensor& lu, const Tensor& pivots) {
  check(pivots.defined() && pivots.scalar_type() == kInt, op, ": LU_pivots should be a Tensor of scalar type Int, got ",
        pivots);
  const int64_t m = lu.size(-2), n = std::min(m, lu.size(-1));
  check(pivots.sizes() == IntArrayRef(batch_sizes(lu, n)), op,
        ": number of pivots per batch should be same as the dimension of the matrix, got ", pivots.sizes(), " for ",
        lu.sizes());
  const Tensor given = plain(pivots);
  const auto* exchanges = given.impl()->data_as<int32_t>();
  Tensor order = empty_of(given, batch_sizes(lu, m), kLong);
  auto* rows = order.impl()->data_as<int64_t>();
  for (int64_t k = 0; k < given.numel() / std::max<int64_t>(n, 1); ++k) {
    for (int64_t i = 0; i < m; ++i) rows[k * m + i] = i;
    for (int64_t i = 0; i < n; ++i) {
      const int64_t with = exchanges[k * n + i] - 1;
      check(with >= 0 && with < m, op, ": Pivots given to ", op, " must all be greater or equal to 1 and at most ", m,
            ", got ", with + 1);
      std::swap(rows[k * m + i], rows[k * m + with]);
    }
  }
  return order;
}
}  // namespace

[[gnu::cold]] std::tuple<Tensor, Tensor, Tensor> lu_unpack(const Tensor& lu, const Tensor& pivots, bool data,
                                                           bool permutation) {
  check_matrices("lu_unpack", lu, "LU_data");
  const int64_t m = lu.size(-2), n = lu.size(-1), k = std::min(m, n);
  const Tensor none = empty({0}, TensorOptions(lu.scalar_type()));
  Tensor p = none, l = none, u = none;
  if (permutation) {
    p = zeros(batch_sizes(lu, m), TensorOptions(lu.scalar_type())).unsqueeze(-1).repeat_interleave(m, -1);
    // Without columns there are no exchanges.
    if (k > 0 && p.numel() > 0)
      p.scatter_(-2, pivoted_rows("lu_unpack", lu, pivots).unsqueeze(-2), 1);
    else if (p.numel() > 0)
      p.add_(eye(m, TensorOptions(lu.scalar_type())));
  }
  if (data) {
    l = tril(narrow(lu, -1, 0, k), -1).add(eye(m, k, TensorOptions(lu.scalar_type())));
    u = triu(narrow(lu, -2, 0, k)).contiguous();
  }
  return {p, l, u};
}
Tensor lu_solve(const Tensor& b, const Tensor& lu, const Tensor& pivots) {
  check_square("lu_solve", lu, "LU_data");
  check_matrices("lu_solve", b, "b");
  const int64_t n = lu.size(-1);
  const Tensor order = pivoted_rows("lu_solve", lu, pivots);
  check(b.size(-2) == n, "lu_solve: Incompatible matrix sizes for lu_solve: each A matrix is ", n, " by ", n,
        " but each b matrix is ", b.size(-2), " by ", b.size(-1));
  const auto [factors, rhs] = same_batch("lu_solve", lu, b);
  const Tensor permuted = take_along_dim(rhs, order.unsqueeze(-1), -2);
  return linalg_solve_triangular(factors, linalg_solve_triangular(factors, permuted, false, true, true), true);
}

Tensor Tensor::inverse() const { return lampas::inverse(*this); }
Tensor Tensor::det() const { return lampas::det(*this); }
Tensor Tensor::logdet() const { return lampas::logdet(*this); }
std::tuple<Tensor, Tensor> Tensor::slogdet() const { return lampas::slogdet(*this); }
Tensor Tensor::cholesky(bool upper) const { return lampas::cholesky(*this, upper); }
Tensor Tensor::cholesky_inverse(bool upper) const { return lampas::cholesky_inverse(*this, upper); }
Tensor Tensor::cholesky_solve(const Tensor& input2, bool upper) const {
  return lampas::cholesky_solve(*this, input2, upper);
}
std::tuple<Tensor, Tensor> Tensor::triangular_solve(const Tensor& A, bool upper, bool transpose, bool unit) const {
  return lampas::triangular_solve(*this, A, upper, transpose, unit);
}

}  // namespace lampas
