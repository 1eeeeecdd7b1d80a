// Local response normalisation.
#include "ops/local_norm.h"

#include <cmath>

#include "autograd/op.h"
#include "lampas/ops/norm.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/shape.h"
#include "ops/channels_last.h"
#include "ops/copy.h"
#include "ops/elementwise.h"

namespace lampas {

namespace {

/// Linear; its transpose looks the other way.
struct ChannelWindowSum {
  static constexpr auto name = "channel_window_sum";
  using saves = Saves<>;
  int64_t before, after;
  Tensor forward(const Tensor& x) const {
    const Tensor xd = plain(x);
    Tensor y = empty_of(x, x.sizes());
    int64_t inner = 1;
    for (int64_t d = 2; d < x.dim(); ++d) inner *= x.size(d);
    if (x.numel())
      channel_window_sum_kernel.get(x.scalar_type())(xd.impl()->data(), y.impl()->data(), x.size(0), x.size(1), inner,
                                                     before, after);
    return y;
  }
  Grads<1> backward(const Tensor& g, const Needs<1>&) const { return {apply(ChannelWindowSum{after, before}, g)}; }
};

LocalNorm sized(LocalNorm n, const Tensor& x) {
  n.outer = x.size(0);
  n.channels = x.size(1);
  n.inner = 1;
  for (int64_t d = 2; d < x.dim(); ++d) n.inner *= x.size(d);
  return n;
}
Tensor run_kernel(const LocalNorm& n, const Tensor& x, const Tensor& g) {
  const Tensor xd = plain(x), gd = g.defined() ? plain(g) : g;
  Tensor y = empty_of(x, x.sizes());
  if (x.numel())
    local_norm_kernel.get(x.scalar_type())(sized(n, x), xd.impl()->data(), gd.defined() ? gd.impl()->data() : nullptr,
                                           y.impl()->data());
  return as_image(y, x);
}

/// With p = b^-0.75, q = p / b and W the sum over a window: g p - 1.5 scale x W'(g x q).
struct LocalNormGradient {
  static constexpr auto name = "local_response_norm_backward";
  using saves = Saves<In<0>, In<1>>;
  LocalNorm norm;
  Tensor forward(const Tensor& g, const Tensor& x) const { return run_kernel(norm, x, g); }
  Grads<2> backward(const Tensor& v, const Needs<2>& need, const Tensor& g, const Tensor& x) const {
    const auto windows = [&](const Tensor& t) { return apply(ChannelWindowSum{norm.before, norm.after}, t); };
    const auto transposed = [&](const Tensor& t) { return apply(ChannelWindowSum{norm.after, norm.before}, t); };
    const Tensor b = windows(x.square()).mul(norm.scale).add(norm.k), p = b.pow(-0.75), q = p.div(b);
    const Tensor u = windows(v.mul(x)), slope = wrapped_scalar(-1.5 * norm.scale);
    Grads<2> d;
    if (need[0]) d[0] = v.mul(p).add(x.mul(q).mul(u).mul(slope));
    if (need[1]) {
      const Tensor gq = g.mul(q), far = transposed(u.mul(x).mul(gq).div(b)).mul(x);
      const Tensor near = x.mul(transposed(v.mul(gq))).add(v.mul(transposed(gq.mul(x)))).add(u.mul(gq));
      d[1] = near.sub(far.mul(3.5 * norm.scale)).mul(slope);
    }
    return d;
  }
};
struct LocalNormOp {
  static constexpr auto name = "local_response_norm";
  using saves = Saves<In<0>>;
  LocalNorm norm;
  Tensor forward(const Tensor& x) const { return run_kernel(norm, x, Tensor()); }
  Grads<1> backward(const Tensor& g, const Needs<1>&, const Tensor& x) const {
    return {apply(LocalNormGradient{norm}, g, x)};
  }
};

}  // namespace

Tensor nn::detail::local_response_norm(const char* op, const Tensor& input, int64_t size, int64_t before, int64_t after,
                                       double alpha, double beta, double k, bool keeps_first) {
  check(input.defined(), op, ": input is undefined");
  // Integers compute as the default float dtype.
  const Tensor x = is_integral(input.scalar_type(), false) ? input.to(get_default_dtype()) : input;
  check(is_floating_point(x.scalar_type()), op, ": expected a floating point or integral input, got ", x.scalar_type());
  check(size > 0, op, ": size must be positive, got ", size);
  if (!keeps_first && beta == 0.75 && before + after < kMaxChannelWindow &&
      local_norm_kernel.has(kCPU, x.scalar_type()))
    return apply(LocalNormOp{{1, 1, 1, before, after, alpha / static_cast<double>(size), k}}, x);
  const Tensor square = x.square();
  Tensor sum = apply(ChannelWindowSum{before, after}, square);
  if (keeps_first && x.size(1) > before + 1) {
    const Tensor near = sum.narrow(1, 0, before + 1), far = sum.narrow(1, before + 1, x.size(1) - before - 1);
    sum = cat({near, far.add(square.narrow(1, 0, 1))}, 1);
  }
  const Tensor base = sum.mul(alpha / static_cast<double>(size)).add(k);
  if (beta == 0.75) {
    // The usual exponent, by square roots.
    const Tensor r = base.rsqrt();
    return x.mul(r).mul(r.sqrt());
  }
  if (beta == std::floor(2 * beta) / 2) return x.div(base.pow(beta));
  // A power of what is positive (or else NaN), a few times as fast as pow.
  return x.mul(base.log().mul(-beta).exp());
}

}  // namespace lampas
