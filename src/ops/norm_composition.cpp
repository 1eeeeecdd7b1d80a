// The normalisations in simpler ops.
#include "ops/norm_composition.h"

#include "lampas/ops/activation.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/reduce.h"
#include "lampas/ops/shape.h"

namespace lampas::detail {

NormView norm_view(const NormPlan& p, const Tensor& x) {
  if (p.kind == NormPlan::rows)
    return {Shape{p.outer, p.channels_count}, Shape{1}, Shape{1, p.channels_count}, Shape{0}};
  if (p.kind == NormPlan::columns || p.over_batch) {
    const int64_t n = x.size(0), c = x.size(1), inner = n && c ? x.numel() / (n * c) : 0;
    return {Shape{n, c, inner}, Shape{0, 2}, Shape{1, c, 1}, Shape{0, 2}};
  }
  const int64_t groups = p.outer ? p.groups / p.outer : 1, each = groups ? p.channels_count / groups : 0;
  return {Shape{p.outer, groups, each, p.inner}, Shape{2, 3}, Shape{1, groups, each, 1}, Shape{0, 3}};
}

Tensor norm_composition(const NormPlan& p, const Tensor& x, const Tensor& weight, const Tensor& bias) {
  const NormView v = norm_view(p, x);
  const Tensor xv = x.reshape(v.sizes);
  Tensor y = xv.sub(xv.mean(v.stat_dims, true)).mul(xv.var(v.stat_dims, false, true).add(p.eps).rsqrt());
  if (weight.defined()) y = y.mul(weight.reshape(v.param_sizes));
  if (bias.defined()) y = y.add(bias.reshape(v.param_sizes));
  return (p.relu ? y.relu() : y).reshape(x.sizes());
}

}  // namespace lampas::detail
