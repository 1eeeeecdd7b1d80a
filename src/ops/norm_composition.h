#pragma once

#include "lampas/tensor/tensor.h"
#include "ops/norm.h"

namespace lampas::detail {

/// What a normalisation looks like to the ops it can be composed of: the input seen with `sizes`, statistics over
/// `stat_dims`, parameters of `param_sizes` that broadcast, whose gradients are sums over `param_dims`.
struct NormView {
  Shape sizes, stat_dims, param_sizes, param_dims;
};
NormView norm_view(const NormPlan& p, const Tensor& x);

/// The fused normalisation's definition in simpler ops, differentiable any number of times: oracle of its tests.
Tensor norm_composition(const NormPlan& p, const Tensor& x, const Tensor& weight, const Tensor& bias);

}  // namespace lampas::detail
