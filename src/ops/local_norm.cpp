// Local response normalisation.
#include "ops/local_norm.h"

#include <cmath>

#include "autograd/op.h"
#include "lampas/ops/norm.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/shape.h"
#include "ops/copy.h"

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

}  // namespace

Tensor nn::detail::local_response_norm(const char* op, const Tensor& input, int64_t size, int64_t before, int64_t after,
                                       double alpha, double beta, double k, bool keeps_first) {
  check(input.defined(), op, ": input is undefined");
  // Integers compute as the default float dtype.
  const Tensor x = is_integral(input.scalar_type(), false) ? input.to(get_default_dtype()) : input;
  check(is_floating_point(x.scalar_type()), op, ": expected a floating point or integral input, got ", x.scalar_type());
  check(size > 0, op, ": size must be positive, got ", size);
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
