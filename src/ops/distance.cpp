// cosine_similarity, pairwise_distance, cdist, pdist, normalize.
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
#include "ops/elementwise.h"
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

void check_floating(const char* op, const char* what, const Tensor& x) {
  check(x.defined(), op, ": ", what, " is undefined");
  check(is_floating_point(x.scalar_type()), op, ": expected a floating point ", what, ", got ", x.scalar_type());
}
void check_p(const char* op, double p) { check(p >= 0, op, ": only supports non-negative p values, got ", p); }

}  // namespace

Tensor cosine_similarity(const Tensor& x1, const Tensor& x2, int64_t dim_, double eps) {
  constexpr const char* op = "cosine_similarity";
  check_floating(op, "x1", x1);
  check_floating(op, "x2", x2);
  const Shape sizes = broadcast_shapes(x1.sizes(), x2.sizes(), op);
  const int64_t dim = wrap_dim(dim_, static_cast<int64_t>(sizes.size()), op);
  const auto whole = [&](const Tensor& x) { return x.sizes() == IntArrayRef(sizes) ? x : x.expand(sizes); };
  const Tensor a = whole(x1), b = whole(x2);
  if (sizes.empty()) return cosine_similarity(a.unsqueeze(0), b.unsqueeze(0), 0, eps);
  const Tensor dot = a.mul(b).sum({dim}), na = vector_norm(a, 2, dim), nb = vector_norm(b, 2, dim);
  return dot.div(na.clamp_min(eps).mul(nb.clamp_min(eps)).squeeze(dim));
}

Tensor pairwise_distance(const Tensor& x1, const Tensor& x2, double p, double eps, bool keepdim) {
  constexpr const char* op = "pairwise_distance";
  check_floating(op, "x1", x1);
  check_floating(op, "x2", x2);
  check_p(op, p);
  const Shape sizes = broadcast_shapes(x1.sizes(), x2.sizes(), op);
  check(!sizes.empty(), op, ": expected inputs of at least one dimension, got 0-d tensors");
  const Tensor y = vector_norm(x1.sub(x2).add(eps), p, static_cast<int64_t>(sizes.size()) - 1);
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
  return x.div(vector_norm(x, p, dim).clamp_min(eps));
}

}  // namespace lampas
