// QR, singular values, symmetric eigenvalues, and what is made of them: pinv, matrix_rank, lstsq, matrix norms, exp.
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
#include "ops/elementwise.h"
#include "ops/labelled.h"
#include "ops/linalg.h"
#include "ops/linalg_op.h"

namespace lampas {

namespace {

int32_t rows_of(const Tensor& x) { return static_cast<int32_t>(x.size(-2)); }
int32_t cols_of(const Tensor& x) { return static_cast<int32_t>(x.size(-1)); }
double epsilon(const Tensor& x) {
  return x.scalar_type() == kFloat ? std::numeric_limits<float>::epsilon() : std::numeric_limits<double>::epsilon();
}

void check_converged(const char* op, const Tensor& x, const Tensor& info) {
  for (int64_t k = 0; k < info.numel(); ++k)
    check(info.impl()->data_as<int32_t>()[k] == 0, op, ": ", batch_element(x, k),
          "The algorithm failed to converge because the input matrix is ill-conditioned, has too many repeated values, "
          "or holds NaN or infinity (error code: ",
          info.impl()->data_as<int32_t>()[k], ").");
}

/// Q with `complete` or min(m, n) columns, and R.
struct Qr {
  static constexpr auto name = "linalg_qr";
  using saves = Saves<OutAt<0>, OutAt<1>>;
  bool complete;
  std::array<Tensor, 2> forward(const Tensor& x) const {
    const int64_t m = x.size(-2), n = x.size(-1), columns = complete ? m : std::min(m, n);
    const Tensor a = columns_of(x), q = column_matrices(x, m, columns);
    if (x.numel())
      qr_kernel.get(x.scalar_type())(matrix_count(x), rows_of(x), cols_of(x), static_cast<int32_t>(columns),
                                     a.impl()->data(), q.impl()->data());
    else if (q.numel())  // no columns: Q is the identity
      copy_elements(q, eye(m, TensorOptions(x.scalar_type())));
    detail::NoRecord off;
    // R column-major too, as LAPACK's and so PyTorch's.
    return {as_matrices(q), transposed(tril(transposed(narrow(as_matrices(a), -2, 0, columns))))};
  }
  Grads<1> backward(const Grads<2>& g, const Needs<1>&, const Tensor& q, const Tensor& r) const {
    const int64_t m = q.size(-2), k = q.size(-1), n = r.size(-1);
    check(!complete || m <= n,
          "linalg.qr: the derivative of mode='complete' is only defined for matrices with no more "
          "rows than columns, got ",
          m, " by ", n);
    const Tensor first = narrow(r, -1, 0, k);
    Tensor gq = g[0];
    Tensor gfirst, grest;
    if (g[1].defined()) {
      gfirst = narrow(g[1], -1, 0, k);
      if (n > k) {
        // The columns beyond the square part are Q times something.
        grest = narrow(g[1], -1, k, n - k);
        const Tensor more = matmul(matmul(q, narrow(r, -1, k, n - k)), transposed(grest));
        gq = gq.defined() ? gq.add(more) : more;
      }
    }
    // M = R gR^T - gQ^T Q; dA = (gQ + Q copy(M)) R^-T, copy() mirroring the lower triangle.
    Tensor mid;
    if (gfirst.defined()) mid = matmul(first, transposed(gfirst));
    if (gq.defined()) {
      const Tensor t = matmul(transposed(gq), q);
      mid = mid.defined() ? mid.sub(t) : t.neg();
    }
    if (!mid.defined()) return {};
    const Tensor low = tril(mid, -1);
    const Tensor mirrored = low.add(transposed(low)).add(lampas::diag_embed(diagonal(mid, 0, -2, -1)));
    Tensor left = matmul(q, mirrored);
    if (gq.defined()) left = left.add(gq);
    Tensor d = linalg_solve_triangular(transposed(first), left, false, false);
    if (n > k) {
      Shape sizes(d.sizes());
      sizes.back() = n - k;
      d = cat({d, grest.defined() ? matmul(q, grest) : d.new_zeros(sizes)}, -1);
    }
    return {d};
  }
};

/// 1 / (b_j - b_i), 0 on the diagonal.
Tensor gaps(const Tensor& values) {
  const Tensor one = eye(values.size(-1), TensorOptions(values.scalar_type())).ne(0);
  const Tensor difference = values.unsqueeze(-2).sub(values.unsqueeze(-1));
  return difference.masked_fill(one, std::numeric_limits<double>::infinity()).reciprocal();
}
Tensor skew(const Tensor& x) { return x.sub(transposed(x)); }

/// U, S and V^T, square or with min(m, n) columns and rows.
struct Svd {
  static constexpr auto name = "linalg_svd";
  using saves = Saves<OutAt<0>, OutAt<1>, OutAt<2>>;
  bool full;
  std::array<Tensor, 3> forward(const Tensor& x) const {
    const Tensor tall = tall_of(x);
    const int64_t m = tall.size(-2), n = tall.size(-1), lefts = full ? m : n;
    const Tensor u = column_matrices(x, m, lefts), v = column_matrices(x, n, n), s = empty_of(x, batch_sizes(x, n));
    if (x.numel()) {
      decompose(tall, lefts, u.impl()->data(), s, v.impl()->data());
    } else {
      for (const Tensor& t : {u, v})
        if (t.numel()) copy_elements(t, eye(t.size(-1), TensorOptions(x.scalar_type())));
    }
    // The rows of u and v are the vectors.
    if (x.size(-2) >= x.size(-1)) return {as_matrices(u), s, v};
    return {as_matrices(v), s, u};
  }
  /// No more columns than rows: x or its transpose.
  static Tensor tall_of(const Tensor& x) { return x.size(-2) >= x.size(-1) ? x : transposed(x); }
  static void decompose(const Tensor& tall, int64_t lefts, void* u, const Tensor& s, void* v) {
    check_finite("linalg.svd", tall);
    const Tensor a = columns_of(tall), info = empty_of(tall, {matrix_count(tall)}, kInt);
    svd_kernel.get(tall.scalar_type())(matrix_count(tall), rows_of(tall), cols_of(tall), static_cast<int32_t>(lefts),
                                       a.impl()->data(), u, s.impl()->data(), v, info.impl()->data_as<int32_t>());
    check_converged("linalg.svd", tall, info);
  }
  Grads<1> backward(const Grads<3>& g, const Needs<1>&, const Tensor& u, const Tensor& s, const Tensor& vt) const {
    if (!g[0].defined() && !g[1].defined() && !g[2].defined()) return {};
    const int64_t m = u.size(-2), n = vt.size(-1), k = s.size(-1);
    check(!full || m == n || (!g[0].defined() && !g[2].defined()),
          "linalg.svd: the singular vectors of full_matrices=true have no derivative for matrices that are not square; "
          "use full_matrices=false");
    const Tensor p = narrow(u, -1, 0, k), qt = narrow(vt, -2, 0, k);
    if (!g[0].defined() && !g[2].defined()) return {matmul(p.mul(g[1].unsqueeze(-2)), qt)};
    const Tensor row = s.unsqueeze(-2), col = s.unsqueeze(-1), e = gaps(s.mul(s));
    Tensor inner;
    const auto add = [&](const Tensor& t) { inner = inner.defined() ? inner.add(t) : t; };
    if (g[0].defined()) add(skew(matmul(transposed(p), g[0])).mul(e).mul(row));
    if (g[2].defined()) add(skew(matmul(qt, transposed(g[2]))).mul(e).mul(col));
    if (g[1].defined()) add(lampas::diag_embed(g[1]));
    Tensor d = matmul(p, matmul(inner, qt));
    if (m > k && g[0].defined()) {
      const Tensor gu = g[0].div(row);
      d = d.add(matmul(gu.sub(matmul(p, matmul(transposed(p), gu))), qt));
    }
    if (n > k && g[2].defined()) {
      const Tensor gv = g[2].div(col);
      d = d.add(matmul(p, gv.sub(matmul(matmul(gv, transposed(qt)), qt))));
    }
    return {d};
  }
};

struct SvdValues {
  static constexpr auto name = "linalg_svdvals";
  using saves = Saves<In<0>>;
  Tensor forward(const Tensor& x) const {
    const Tensor tall = Svd::tall_of(x), s = empty_of(x, batch_sizes(x, tall.size(-1)));
    if (x.numel()) Svd::decompose(tall, tall.size(-1), nullptr, s, nullptr);
    return s;
  }
  Grads<1> backward(const Tensor& g, const Needs<1>&, const Tensor& x) const {
    const auto [u, s, vt] = linalg_svd(x, false);
    return {matmul(u.mul(g.unsqueeze(-2)), vt)};
  }
};

/// Ascending eigenvalues and eigenvectors of one triangle, or only the former: without derivative.
struct Eigh {
  static constexpr auto name = "linalg_eigh";
  using saves = Saves<OutAt<0>, OutAt<1>>;
  bool upper, vectors;
  std::array<Tensor, 2> forward(const Tensor& x) const {
    const Tensor a = columns_of(x), w = empty_of(x, batch_sizes(x, x.size(-1))),
                 info = empty_of(x, {matrix_count(x)}, kInt);
    if (x.numel()) {
      eigh_kernel.get(x.scalar_type())(matrix_count(x), rows_of(x), vectors, upper, a.impl()->data(), w.impl()->data(),
                                       info.impl()->data_as<int32_t>());
      check_converged("linalg.eigh", x, info);
    }
    return {w, vectors ? as_matrices(a) : empty_of(x, {0})};
  }
  Grads<1> backward(const Grads<2>& g, const Needs<1>&, const Tensor& w, const Tensor& v) const {
    Tensor inner;
    if (g[1].defined()) inner = matmul(transposed(v), g[1]).mul(gaps(w));
    if (g[0].defined()) {
      const Tensor d = lampas::diag_embed(g[0]);
      inner = inner.defined() ? inner.add(d) : d;
    }
    if (!inner.defined()) return {};
    return {matmul(v, matmul(inner, transposed(v)))};
  }
};

/// U, S and V^T without a derivative, those singular values that count as zero marked.
struct Spectrum {
  Tensor u, s, vt, zero;
  Spectrum(const Tensor& x, double atol, double rtol) {
    NoGradGuard off;
    std::tie(u, s, vt) = linalg_svd(x.detach(), false);
    if (s.size(-1) == 0)
      zero = s.ne(s);
    else
      zero = s.le(s.amax({-1}, true).mul(rtol).clamp_min(atol));
  }
};

/// Moore-Penrose inverse; its derivative as Golub and Pereyra give it.
struct Pinv {
  static constexpr auto name = "linalg_pinv";
  using saves = Saves<In<0>, Out>;
  double atol, rtol;
  Tensor forward(const Tensor& x) const {
    const Spectrum p(x, atol, rtol);
    const Tensor inverse = p.s.reciprocal().masked_fill(p.zero, 0);
    return matmul(transposed(p.vt).mul(inverse.unsqueeze(-2)), transposed(p.u));
  }
  Grads<1> backward(const Tensor& g, const Needs<1>&, const Tensor& a, const Tensor& y) const {
    const Tensor yt = transposed(y), gt = transposed(g);
    Tensor d = matmul(yt, matmul(g, yt)).neg();
    const Tensor right = matmul(gt, matmul(y, yt));  // (I - A Y) g^T Y Y^T
    d = d.add(right.sub(matmul(a, matmul(y, right))));
    const Tensor left = matmul(matmul(yt, y), gt);  // Y^T Y g^T (I - Y A)
    return {d.add(left.sub(matmul(matmul(left, y), a)))};
  }
};

/// Tolerances as given, or the customary relative one.
std::pair<double, double> tolerances(const Tensor& x, std::optional<double> atol, std::optional<double> rtol) {
  const double usual = static_cast<double>(std::max(x.size(-1), x.size(-2))) * epsilon(x);
  return {atol.value_or(0), rtol ? *rtol : atol && *atol > 0 ? 0 : usual};
}

/// Of what is called hermitian the lower triangle counts.
Tensor symmetric(const char* op, const Tensor& x) {
  check_square(op, x);
  return x.tril().add(transposed(x.tril(-1)));
}

bool is_upper(const char* op, std::string_view uplo) {
  check(uplo == "L" || uplo == "U" || uplo == "l" || uplo == "u", op,
        ": Expected UPLO argument to be 'L' or 'U', but got ", std::string(uplo));
  return uplo == "U" || uplo == "u";
}
void check_driver(const std::optional<std::string_view>& driver) {
  check(!driver || driver->empty(), "linalg.svd: keyword argument `driver=` is only supported on CUDA, got ",
        driver ? std::string(*driver) : "");
}

}  // namespace

std::tuple<Tensor, Tensor> linalg_qr(const Tensor& x, std::string_view mode) {
  check_matrices("linalg.qr", x, "A");
  check(mode == "reduced" || mode == "complete" || mode == "r", "linalg.qr: received unrecognized mode '",
        std::string(mode), "' but expected one of 'reduced' (default), 'r', or 'complete'");
  auto y = apply(Qr{mode == "complete"}, x);
  return {mode == "r" ? empty_of(x, {0}) : y[0], y[1]};
}
std::tuple<Tensor, Tensor> qr(const Tensor& x, bool some) { return linalg_qr(x, some ? "reduced" : "complete"); }

std::tuple<Tensor, Tensor, Tensor> linalg_svd(const Tensor& x, bool full_matrices,
                                              std::optional<std::string_view> driver) {
  check_matrices("linalg.svd", x, "A");
  check_driver(driver);
  auto y = apply(Svd{full_matrices}, x);
  return {y[0], y[1], y[2]};
}
std::tuple<Tensor, Tensor, Tensor> svd(const Tensor& x, bool some, bool compute_uv) {
  check_matrices("svd", x);
  if (compute_uv) {
    auto [u, s, vt] = linalg_svd(x, !some);
    return {u, s, transposed(vt)};
  }
  const int64_t m = x.size(-2), n = x.size(-1);
  const auto zero = [&](int64_t k) {
    Shape sizes = batch_sizes(x, k);
    sizes.push_back(k);
    return zeros(sizes, TensorOptions(x.scalar_type()));
  };
  return {zero(m), linalg_svdvals(x), zero(n)};
}
Tensor linalg_svdvals(const Tensor& x, std::optional<std::string_view> driver) {
  check_matrices("linalg.svdvals", x, "A");
  check_driver(driver);
  return apply(SvdValues{}, x);
}

std::tuple<Tensor, Tensor> linalg_eigh(const Tensor& x, std::string_view uplo) {
  check_square("linalg.eigh", x, "A");
  auto y = apply(Eigh{is_upper("linalg.eigh", uplo), true}, x);
  return {y[0], y[1]};
}
Tensor linalg_eigvalsh(const Tensor& x, std::string_view uplo) {
  check_square("linalg.eigh", x, "A");
  // The derivative needs the eigenvectors.
  return apply(Eigh{is_upper("linalg.eigh", uplo), detail::thread_state.grad_mode && detail::tracked(x)}, x)[0];
}
std::tuple<Tensor, Tensor> symeig(const Tensor& x, bool eigenvectors, bool upper) {
  const auto [w, v] = linalg_eigh(x, upper ? "U" : "L");
  return {w, eigenvectors ? v : empty_of(x, {0})};
}

Tensor linalg_pinv(const Tensor& x, std::optional<double> atol, std::optional<double> rtol, bool hermitian) {
  check_matrices("linalg.pinv", x);
  const auto [a, r] = tolerances(x, atol, rtol);
  return apply(Pinv{a, r}, hermitian ? symmetric("linalg.pinv", x) : x);
}
Tensor linalg_pinv(const Tensor& x, double rcond, bool hermitian) {
  return linalg_pinv(x, 0.0, std::optional<double>(rcond), hermitian);
}
Tensor linalg_pinv(const Tensor& x) { return linalg_pinv(x, std::nullopt, std::nullopt, false); }
Tensor pinverse(const Tensor& x, double rcond) { return linalg_pinv(x, rcond, false); }

Tensor linalg_matrix_rank(const Tensor& x, std::optional<double> atol, std::optional<double> rtol, bool hermitian) {
  check_matrices("linalg.matrix_rank", x);
  const auto [a, r] = tolerances(x, atol, rtol);
  NoGradGuard off;
  const Tensor s = linalg_svdvals(hermitian ? symmetric("linalg.matrix_rank", x.detach()) : x.detach());
  if (s.size(-1) == 0) return zeros(batch_sizes(x), kLong);
  return s.gt(s.amax({-1}, true).mul(r).clamp_min(a)).sum(-1);
}
Tensor linalg_matrix_rank(const Tensor& x, double tol, bool hermitian) {
  return linalg_matrix_rank(x, std::optional<double>(tol), 0.0, hermitian);
}
Tensor linalg_matrix_rank(const Tensor& x) { return linalg_matrix_rank(x, std::nullopt, std::nullopt, false); }

std::tuple<Tensor, Tensor, Tensor, Tensor> linalg_lstsq(const Tensor& a, const Tensor& b, std::optional<double> rcond,
                                                        std::optional<std::string_view> name) {
  const char* op = "linalg.lstsq";
  check_matrices(op, a);
  check(b.defined() && b.dim() >= 1, op, ": other must have at least 1 dimension");
  check(a.scalar_type() == b.scalar_type(), op, ": Expected input and other to have the same dtype, but got ",
        a.scalar_type(), " and ", b.scalar_type());
  LstsqDriver driver = LstsqDriver::gelsy;
  const std::string_view which = name.value_or("gelsy");
  if (which == "gels")
    driver = LstsqDriver::gels;
  else if (which == "gelsd")
    driver = LstsqDriver::gelsd;
  else if (which == "gelss")
    driver = LstsqDriver::gelss;
  else
    check(which == "gelsy", op, ": parameter `driver` should be one of (gels, gelsy, gelsd, gelss), got ",
          std::string(which));
  const int64_t m = a.size(-2), n = a.size(-1);
  const bool vector = b.dim() == a.dim() - 1;
  const Tensor given = vector ? b.unsqueeze(-1) : b;
  check(given.dim() >= 2 && given.size(-2) == m, op, ": input.size(-2) should match other.size(", vector ? -1 : -2,
        "), got ", a.sizes(), " and ", b.sizes());
  const Shape batch = broadcast_shapes(batch_sizes(a), batch_sizes(given), op);
  const auto expanded = [&](const Tensor& t) {
    Shape sizes(batch);
    sizes.push_back(t.size(-2));
    sizes.push_back(t.size(-1));
    return t.expand(sizes);
  };
  const Tensor x = expanded(a), rhs = expanded(given);
  const double limit = rcond.value_or(epsilon(a) * static_cast<double>(std::max(m, n)));
  const int64_t columns = rhs.size(-1), tall = std::max(m, n), count = matrix_count(x);
  const bool has_values = driver == LstsqDriver::gelsd || driver == LstsqDriver::gelss;
  Tensor s = empty_of(x, has_values ? batch_sizes(x, std::min(m, n)) : Shape{0});
  Tensor rank = empty_of(x, batch_sizes(x), kLong), solution, residuals = empty_of(x, {0});
  {
    NoGradGuard off;
    const Tensor matrices = columns_of(x), sides = column_matrices(x, tall, columns), info = empty_of(x, {count}, kInt);
    std::fill_n(info.impl()->data_as<int32_t>(), count, 0);
    std::fill_n(rank.impl()->data_as<int64_t>(), count, std::min(m, n));
    sides.fill_(0);
    copy_elements(narrow(sides, -1, 0, m), transposed(rhs.detach()));
    check_finite(op, a);
    check_finite(op, b);
    if (x.numel() && columns)
      lstsq_kernel.get(x.scalar_type())(count, rows_of(x), cols_of(x), static_cast<int32_t>(columns), driver, limit,
                                        matrices.impl()->data(), sides.impl()->data(),
                                        has_values ? s.impl()->data() : nullptr, rank.impl()->data_as<int64_t>(),
                                        info.impl()->data_as<int32_t>());
    check_converged(op, x, info);
    solution = transposed(narrow(sides, -1, 0, n)).contiguous();
    const bool full_rank = driver == LstsqDriver::gels || rank.eq(std::min(m, n)).all().item<bool>();
    if (m > n && full_rank && driver != LstsqDriver::gelsy)
      residuals = transposed(narrow(sides, -1, n, m - n)).square().sum(-2);
    else if (m > n && full_rank)
      residuals = matmul(x.detach(), solution).sub(rhs.detach()).square().sum(-2);
  }
  // With a derivative, by way of the pseudo-inverse.
  if (detail::thread_state.grad_mode && (detail::tracked(a) || detail::tracked(b)))
    solution = matmul(linalg_pinv(x, 0.0, limit, false), rhs);
  if (driver == LstsqDriver::gels) rank = empty_of(x, {0}, kLong);
  return {vector ? solution.squeeze(-1) : solution, residuals, rank, s};
}

Tensor linalg_matrix_exp(const Tensor& x) {
  check_square("linalg.matrix_exp", x, "A");
  const Tensor one = eye(x.size(-1), TensorOptions(x.scalar_type())).expand(x.sizes());
  if (x.numel() == 0) return x.clone();
  // exp(x) = exp(x / 2^s)^(2^s), the inner one by its Taylor series: with a norm of at most 1/2, 18 terms are exact.
  double norm;
  {
    NoGradGuard off;
    norm = x.detach().abs().sum(-2).max().item<double>();
  }
  check(std::isfinite(norm), "linalg.matrix_exp: A holds NaN or infinity");
  const int squarings = norm > 0.5 ? static_cast<int>(std::ceil(std::log2(norm / 0.5))) : 0;
  const Tensor a = x.mul(std::ldexp(1.0, -squarings));
  Tensor y = one;
  for (int k = 18; k >= 1; --k) y = one.add(matmul(a, y).mul(1.0 / k));
  for (int k = 0; k < squarings; ++k) y = matmul(y, y);
  return y;
}
Tensor matrix_exp(const Tensor& x) { return linalg_matrix_exp(x); }
Tensor linalg_diagonal(const Tensor& x, int64_t offset, int64_t dim1, int64_t dim2) {
  return diagonal(x, offset, dim1, dim2);
}

Tensor linalg_vector_norm(const Tensor& x, const Scalar& ord, OptionalIntArrayRef dim, bool keepdim,
                          std::optional<ScalarType> dtype) {
  const double p = ord.toDouble();
  if (LAMPAS_UNLIKELY(x.defined() && x.numel() == 0 && (p < 0 || std::isinf(p)))) {
    check(!dim.dims().empty(), "linalg.vector_norm cannot compute the ", p,
          " norm on an empty tensor because the operation does not have an identity");
    for (const int64_t d : dim.dims())
      check(x.size(d) != 0, "linalg.vector_norm cannot compute the ", p, " norm on the dimension ", d,
            " because this dimension is empty and the operation does not have an identity");
  }
  check(x.defined(), "norm: tensor is undefined");
  return norm_as("linalg_vector_norm", "norm", dtype ? x.to(*dtype) : x, p, dim.dims(), keepdim);
}

namespace {

struct MatrixDims {
  int64_t row, col;
  MatrixDims(const Tensor& x, IntArrayRef dim) {
    const char* op = "linalg.matrix_norm";
    check(x.defined() && is_floating_point(x.scalar_type()), op, ": expected a floating point tensor, got ", x);
    check(dim.size() == 2, op, ": dim must be a 2-tuple. Got ", dim);
    check(x.dim() >= 2, op, ": The input tensor A must have at least 2 dimensions, got ", x.sizes());
    row = wrap_dim(dim[0], x.dim(), op);
    col = wrap_dim(dim[1], x.dim(), op);
    check(row != col, op, ": dims must be different. Got ", dim);
  }
  /// x with the two dimensions last.
  Tensor last(const Tensor& x) const { return movedim(x, {row, col}, {-2, -1}); }
  Tensor restored(const Tensor& y, bool keepdim) const {
    if (!keepdim) return y;
    return y.unsqueeze(std::min(row, col)).unsqueeze(std::max(row, col));
  }
};

}  // namespace

Tensor linalg_matrix_norm(const Tensor& given, const Scalar& ord, IntArrayRef dim, bool keepdim,
                          std::optional<ScalarType> dtype) {
  const MatrixDims d(given, dim);
  const Tensor x = dtype ? given.to(*dtype) : given;
  const double p = ord.toDouble(), size = std::abs(p);
  check(size == 1 || size == 2 || std::isinf(p), "linalg.matrix_norm: Order ", ord, " not supported.");
  if (size == 2) {
    const Tensor s = linalg_svdvals(d.last(x));
    return d.restored(p > 0 ? s.amax({-1}) : s.amin({-1}), keepdim);
  }
  // Sums of |x| over columns (1) or rows (infinity), then the extreme one.
  const int64_t summed = size == 1 ? d.row : d.col, other = size == 1 ? d.col : d.row;
  const Tensor sums = x.abs().sum(summed, true);
  const Tensor y = p > 0 ? sums.amax({other}, true) : sums.amin({other}, true);
  if (keepdim) return y;
  return y.squeeze(std::max(d.row, d.col)).squeeze(std::min(d.row, d.col));
}
Tensor linalg_matrix_norm(const Tensor& given, std::string_view ord, IntArrayRef dim, bool keepdim,
                          std::optional<ScalarType> dtype) {
  const MatrixDims d(given, dim);
  const Tensor x = dtype ? given.to(*dtype) : given;
  if (ord == "fro") return norm_as("linalg_vector_norm", "norm", x, 2, {d.row, d.col}, keepdim);
  check(ord == "nuc", "linalg.matrix_norm: Order ", std::string(ord), " not supported.");
  return d.restored(linalg_svdvals(d.last(x)).sum(-1), keepdim);
}
Tensor linalg_norm(const Tensor& x, const std::optional<Scalar>& ord, OptionalIntArrayRef dim, bool keepdim,
                   std::optional<ScalarType> dtype) {
  check(x.defined(), "linalg.norm: tensor is undefined");
  if (dim.has_value())
    check(dim.dims().size() == 1 || dim.dims().size() == 2,
          "linalg.norm: If dim is specified, it must be of length 1 or 2. Got ", dim.dims());
  else if (ord)
    check(x.dim() == 1 || x.dim() == 2,
          "linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got ", x.dim(), "D.");
  if (ord && (dim.has_value() ? dim.dims().size() == 2 : x.dim() == 2)) {
    const int64_t both[] = {-2, -1};
    return linalg_matrix_norm(x, *ord, dim.has_value() ? dim.dims() : IntArrayRef(both), keepdim, dtype);
  }
  return linalg_vector_norm(x, ord.value_or(2), dim, keepdim, dtype);
}
Tensor linalg_norm(const Tensor& x, std::string_view ord, OptionalIntArrayRef dim, bool keepdim,
                   std::optional<ScalarType> dtype) {
  check(x.defined(), "linalg.norm: tensor is undefined");
  check(dim.has_value() || x.dim() == 1 || x.dim() == 2,
        "linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got ", x.dim(), "D.");
  const int64_t both[] = {-2, -1};
  return linalg_matrix_norm(x, ord, dim.has_value() ? dim.dims() : IntArrayRef(both), keepdim, dtype);
}
Tensor nuclear_norm(const Tensor& x, bool keepdim) {
  check(x.defined() && x.dim() == 2, "nuclear_norm: Expected a tensor with 2 dimensions, but got ", x);
  return linalg_matrix_norm(x, std::string_view("nuc"), {-2, -1}, keepdim);
}

Tensor Tensor::pinverse(double rcond) const { return lampas::pinverse(*this, rcond); }
std::tuple<Tensor, Tensor> Tensor::qr(bool some) const { return lampas::qr(*this, some); }
std::tuple<Tensor, Tensor, Tensor> Tensor::svd(bool some, bool compute_uv) const {
  return lampas::svd(*this, some, compute_uv);
}
std::tuple<Tensor, Tensor> Tensor::symeig(bool eigenvectors, bool upper) const {
  return lampas::symeig(*this, eigenvectors, upper);
}

}  // namespace lampas
