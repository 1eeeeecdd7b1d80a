// cosine_similarity, pairwise_distance, cdist, pdist, normalize: over rows in memory by kernels that read each once,
// else composed of vector norms.
#include "lampas/ops/distance.h"

#include <cmath>
#include <limits>

#include "autograd/op.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/index.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/reduce.h"
#include "lampas/ops/shape.h"
#include "ops/copy.h"
#include "ops/distance.h"
#include "ops/elementwise.h"
#include "ops/loss_common.h"
#include "ops/reduce.h"

namespace lampas {

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

/// The p-norm along one dimension, kept as 1. Its derivative is 0 where the norm is.
struct VectorNorm {
  static constexpr auto name = "vector_norm";
  using saves = Saves<In<0>, Out>;
  double p;
  int64_t dim;

  Tensor forward(const Tensor& x) const {
    Shape sizes(x.sizes());
    sizes[static_cast<size_t>(dim)] = 1;
    Tensor y = empty_of(x, sizes);
    if (x.size(dim) == 0) {
      y.zero_();
    } else if (y.numel()) {
      norm_kernel.get(x.scalar_type())(plan_reduction(x.impl()->sizes_ref(), x.impl()->strides_ref(), Shape{dim}),
                                       x.impl()->data(), y.impl()->data(), p);
    }
    return y;
  }
  Grads<1> backward(const Tensor& g, const Needs<1>&, const Tensor& x, const Tensor& y) const {
    if (p == 0) return {zeros_like(x)};
    const auto per_norm = [&](const Tensor& t) {
      const Tensor flat = y.eq(0);
      return lampas::where(flat, wrapped_scalar(0.0), t.div(lampas::where(flat, wrapped_scalar(1.0), y)));
    };
    if (p == 2) return {per_norm(x).mul(g)};
    if (p == 1) return {x.sign().mul(g)};
    if (std::isinf(p)) {
      // Shared by the elements that are as large.
      const Tensor top = x.abs().eq(y).to(x.scalar_type()).mul(x.sign());
      return {g.mul(top.div(top.abs().sum({dim}, true).clamp_min(1)))};
    }
    // sign(x) (|x| / y)^(p - 1), and 0 at x = 0, where the power may be infinite.
    const Tensor zero = x.eq(0), a = lampas::where(zero, wrapped_scalar(1.0), x.abs());
    const Tensor ratio = lampas::where(zero, wrapped_scalar(0.0), per_norm(a));
    const Tensor safe = lampas::where(ratio.eq(0), wrapped_scalar(1.0), ratio);
    return {g.mul(x.sign()).mul(lampas::where(ratio.eq(0), wrapped_scalar(0.0), safe.pow(p - 1)))};
  }
};
Tensor vector_norm(const Tensor& x, double p, int64_t dim) { return apply(VectorNorm{p, dim}, x); }

/// Whether there are kernels for rows of `x` (and `y`, if of the same shape and dtype).
bool have_rows(const Tensor& x, int64_t dim) {
  return dim == x.dim() - 1 && x.numel() && row_pairs_kernel.has(kCPU, x.scalar_type());
}
bool have_rows(const Tensor& x, const Tensor& y, int64_t dim) {
  return have_rows(x, dim) && x.scalar_type() == y.scalar_type() && x.sizes() == y.sizes();
}
RowPairs rows_of(RowPairs::Kind kind, double eps, const Tensor& a, const Tensor& b) {
  const int64_t n = a.size(-1);
  return {kind, a.numel() / n, n, eps, a.impl()->data(), b.impl()->data()};
}
Shape row_sizes(const Tensor& a, int64_t last) {
  Shape sizes(a.sizes());
  sizes.back() = last;
  return sizes;
}
void* data_or_null(const Tensor& t) { return t.defined() ? t.impl()->data() : nullptr; }
/// u + v and u v, where either (or u) may be missing.
Tensor plus(const Tensor& u, const Tensor& v) { return !u.defined() ? v : !v.defined() ? u : u.add(v); }
Tensor times(const Tensor& u, const Tensor& v) { return u.defined() ? u.mul(v) : u; }
Tensor dot(const Tensor& u, const Tensor& v) { return u.mul(v).sum({-1}, true); }

/// The derivatives of RowPairsOp: see row_pairs_backward_kernel.
struct RowPairsGradient {
  static constexpr auto name = "row_pairs_backward";
  using saves = Saves<In<0>, In<1>, In<2>>;
  RowPairs::Kind kind;
  double eps;
  bool want_a, want_b;
  std::array<Tensor, 2> forward(const Tensor& s, const Tensor& a, const Tensor& b) const {
    const Tensor sd = plain(s), ad = plain(a), bd = plain(b);
    std::array<Tensor, 2> out;
    if (want_a) out[0] = empty_of(a, a.sizes());
    if (want_b) out[1] = empty_of(a, a.sizes());
    row_pairs_backward_kernel.get(a.scalar_type())(rows_of(kind, eps, ad, bd), sd.impl()->data(), data_or_null(out[0]),
                                                   data_or_null(out[1]));
    return out;
  }
  Grads<3> backward(const Grads<2>& v, const Needs<3>& need, const Tensor& s, const Tensor& a, const Tensor& b) const {
    Grads<3> d;
    if (kind == RowPairs::products) {
      const auto column = [&](int64_t k) { return s.narrow(-1, k, 1).to(a.scalar_type()); };
      const Tensor none = zeros(row_sizes(a, 1), s.options());
      const auto sum = [&](const Tensor& x, const Tensor& y) {
        return x.defined() ? x.mul(y).sum({-1}, true, kDouble) : none;
      };
      if (need[0]) d[0] = cat({sum(v[0], b).add(sum(v[1], a)), sum(v[0], a).mul(2), sum(v[1], b).mul(2)}, -1);
      if (need[1]) d[1] = plus(times(v[0], column(1).mul(2)), times(v[1], column(0)));
      if (need[2]) d[2] = plus(times(v[0], column(0)), times(v[1], column(2).mul(2)));
    } else if (kind == RowPairs::distance) {
      const Tensor u = plus(v[0], times(v[1], wrapped_scalar(-1.0)));
      if (!u.defined()) return d;
      if (need[0]) d[0] = dot(u, a.sub(b).add(eps));
      d[1] = u.mul(s);
      if (need[2]) d[2] = d[1].neg();
    } else if (v[0].defined()) {
      const Tensor &u = v[0], length = vector_norm(a, 2, a.dim() - 1), r = length.clamp_min(eps).reciprocal();
      if (need[0]) d[0] = apply(*this, u, a, b)[0];
      if (need[1]) {
        const Tensor h = a.mul(r), uh = dot(u, h), sh = dot(s, h);
        const Tensor t = h.mul(uh.mul(sh).mul(3).sub(dot(u, s))).sub(u.mul(sh)).sub(s.mul(uh)).mul(r.square());
        d[1] = lampas::where(length.lt(eps), wrapped_scalar(0.0), t);
      }
    }
    return d;
  }
};
/// What row_pairs_kernel makes of rows of one shape and dtype; b is a where only one matters. A distance's derivative
/// is 0 where it is.
struct RowPairsOp {
  static constexpr auto name = "row_pairs";
  using saves = Saves<In<0>, In<1>, Out>;
  RowPairs::Kind kind;
  double eps;
  Tensor forward(const Tensor& a, const Tensor& b) const {
    const Tensor ad = plain(a), bd = plain(b);
    Tensor y = kind == RowPairs::products   ? empty_of(a, row_sizes(a, 3), kDouble)
               : kind == RowPairs::distance ? empty_of(a, row_sizes(a, 1))
                                            : empty_of(a, a.sizes());
    row_pairs_kernel.get(a.scalar_type())(rows_of(kind, eps, ad, bd), y.impl()->data());
    return y;
  }
  Grads<2> backward(const Tensor& g, const Needs<2>& need, const Tensor& a, const Tensor& b, const Tensor& y) const {
    Tensor s = g;
    if (kind == RowPairs::distance) {
      const Tensor flat = y.eq(0);
      s = lampas::where(flat, wrapped_scalar(0.0), g.div(lampas::where(flat, wrapped_scalar(1.0), y)));
    }
    const bool one = kind == RowPairs::normalize;
    auto [da, db] = apply(RowPairsGradient{kind, eps, one || need[0], !one && need[1]}, s, a, b);
    return {da, db};
  }
};
Tensor row_pairs(RowPairs::Kind kind, const Tensor& a, const Tensor& b, double eps = 0) {
  return apply(RowPairsOp{kind, eps}, a, b);
}

void check_p(const char* op, double p) { check(p >= 0, op, ": only supports non-negative p values, got ", p); }

}  // namespace

Tensor row_products(const Tensor& a, const Tensor& b) {
  if (have_rows(a, b, a.dim() - 1)) return row_pairs(RowPairs::products, a, b);
  const auto sum = [](const Tensor& x, const Tensor& y) { return x.mul(y).sum({-1}, true, kDouble); };
  return cat({sum(a, b), sum(a, a), sum(b, b)}, -1);
}

Tensor cosine_similarity(const Tensor& x1, const Tensor& x2, int64_t dim_, double eps) {
  constexpr const char* op = "cosine_similarity";
  if (LAMPAS_UNLIKELY(x1.defined() && x2.defined() && x1.scalar_type() != x2.scalar_type())) {
    const ScalarType t = result_type({&x1, &x2});
    return cosine_similarity(x1.to(t), x2.to(t), dim_, eps);
  }
  check_floating(op, "x1", x1);
  check_floating(op, "x2", x2);
  const Shape sizes = broadcast_shapes(x1.sizes(), x2.sizes(), op);
  const int64_t dim = wrap_dim(dim_, static_cast<int64_t>(sizes.size()), op);
  const auto whole = [&](const Tensor& x) { return x.sizes() == IntArrayRef(sizes) ? x : x.expand(sizes); };
  const Tensor a = whole(x1), b = whole(x2);
  if (sizes.empty()) return cosine_similarity(a.unsqueeze(0), b.unsqueeze(0), 0, eps);
  if (have_rows(a, b, dim)) {
    const Tensor sums = row_pairs(RowPairs::products, a, b);
    const Tensor lengths = sums.narrow(-1, 1, 2).clamp_min(eps * eps).sqrt();
    return sums.select(-1, 0).div(lengths.select(-1, 0).mul(lengths.select(-1, 1))).to(a.scalar_type());
  }
  const Tensor dot = a.mul(b).sum({dim}), na = vector_norm(a, 2, dim), nb = vector_norm(b, 2, dim);
  return dot.div(na.clamp_min(eps).mul(nb.clamp_min(eps)).squeeze(dim));
}

Tensor pairwise_distance(const Tensor& x1, const Tensor& x2, double p, double eps, bool keepdim) {
  constexpr const char* op = "pairwise_distance";
  check(x1.defined() && x2.defined(), op, ": ", x1.defined() ? "x2" : "x1", " is undefined");
  if (!is_integral(x1.scalar_type(), true)) check_floating(op, "x1", x1);
  if (!is_integral(x2.scalar_type(), true)) check_floating(op, "x2", x2);
  const Shape sizes = broadcast_shapes(x1.sizes(), x2.sizes(), op);
  check(!sizes.empty(), op, ": expected inputs of at least one dimension, got 0-d tensors");
  const int64_t dim = static_cast<int64_t>(sizes.size()) - 1;
  Tensor y;
  if (p == 2 && have_rows(x1, x2, dim)) {
    y = row_pairs(RowPairs::distance, x1, x2, eps);
  } else {
    // A difference of integers is one, too; what is added to it makes it a floating-point number.
    y = vector_norm(x1.sub(x2).add(eps), p, dim);
  }
  return keepdim ? y : y.squeeze(-1);
}

Tensor cdist(const Tensor& x1, const Tensor& x2, double p, std::optional<int64_t> mode) {
  constexpr const char* op = "cdist";
  check_floating(op, "X1", x1);
  check_floating(op, "X2", x2);
  check(x1.dim() >= 2 && x2.dim() >= 2, op, ": only supports at least 2D tensors, got X1 ", x1.sizes(), " and X2 ",
        x2.sizes());
  check(x1.size(-1) == x2.size(-1), op, ": X1 and X2 must have the same number of columns. X1: ", x1.size(-1),
        " X2: ", x2.size(-1));
  check_p(op, p);
  check(!mode || (*mode >= 0 && *mode <= 2), op, ": possible modes are: 0, 1, 2, but was: ", mode.value_or(0));
  const Tensor difference = x1.unsqueeze(-2).sub(x2.unsqueeze(-3));
  return vector_norm(difference, p, difference.dim() - 1).squeeze(-1);
}

Tensor pdist(const Tensor& x, double p) {
  constexpr const char* op = "pdist";
  check_floating(op, "input", x);
  check(x.dim() == 2, op, ": only supports 2D tensors, got: ", x.dim(), "D");
  check_p(op, p);
  const int64_t n = x.size(0), pairs = n * (n - 1) / 2;
  const Tensor first = empty({pairs}, kLong), second = empty({pairs}, kLong);
  int64_t *a = first.data_ptr<int64_t>(), *b = second.data_ptr<int64_t>();
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = i + 1; j < n; ++j) *a++ = i, *b++ = j;
  return vector_norm(x.index_select(0, first).sub(x.index_select(0, second)), p, 1).squeeze(1);
}

Tensor nn::detail::normalize(const Tensor& x, double p, int64_t dim_, double eps) {
  constexpr const char* op = "normalize";
  check_floating(op, "input", x);
  const int64_t dim = wrap_dim(dim_, x.dim(), op);
  if (x.dim() == 0) return normalize(x.unsqueeze(0), p, 0, eps).squeeze(0);
  if (p == 2 && eps > 0 && have_rows(x, dim)) return row_pairs(RowPairs::normalize, x, x.detach(), eps);
  return x.div(vector_norm(x, p, dim).clamp_min(eps));
}

}  // namespace lampas
