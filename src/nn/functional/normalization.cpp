#include "lampas/nn/functional/normalization.h"

#include "lampas/autograd/grad_mode.h"
#include "lampas/nn/functional/distance.h"
#include "lampas/ops/distance.h"
#include "lampas/ops/norm.h"

namespace lampas::nn::functional {

Tensor normalize(const Tensor& input, NormalizeFuncOptions o) {
  if (!o.out()) return nn::detail::normalize(input, o.p(), o.dim(), o.eps());
  check(!(input.requires_grad() || o.out()->requires_grad()) || !GradMode::is_enabled(),
        "normalize: functions with out=... arguments don't support automatic differentiation, but one of the arguments "
        "requires grad.");
  const Tensor y = nn::detail::normalize(input, o.p(), o.dim(), o.eps());
  o.out()->resize_(y.sizes());
  o.out()->copy_(y);
  return *o.out();
}
Tensor layer_norm(const Tensor& input, const LayerNormFuncOptions& o) {
  return lampas::layer_norm(input, o.normalized_shape(), o.weight(), o.bias(), o.eps());
}
Tensor group_norm(const Tensor& input, const GroupNormFuncOptions& o) {
  return lampas::group_norm(input, o.num_groups(), o.weight(), o.bias(), o.eps());
}
Tensor local_response_norm(const Tensor& input, const LocalResponseNormFuncOptions& o) {
  check(input.defined() && input.dim() >= 3, "local_response_norm: Expected 3D or higher dimensionality input (got ",
        input.defined() ? input.dim() : 0, " dimensions)");
  const int64_t size = o.size();
  return nn::detail::local_response_norm("local_response_norm", input, size, size / 2, (size - 1) / 2, o.alpha(),
                                         o.beta(), o.k());
}
Tensor instance_norm(const Tensor& input, const InstanceNormFuncOptions& o) {
  if (o.use_input_stats() && input.defined() && input.dim() >= 2 && input.numel()) {
    int64_t spatial = 1;
    for (int64_t d = 2; d < input.dim(); ++d) spatial *= input.size(d);
    check(spatial != 1, "instance_norm: Expected more than 1 spatial element when training, got input size ",
          input.sizes());
  }
  return lampas::instance_norm(input, o.weight(), o.bias(), o.running_mean(), o.running_var(), o.use_input_stats(),
                               o.momentum(), o.eps());
}

Tensor cosine_similarity(const Tensor& x1, const Tensor& x2, const CosineSimilarityFuncOptions& o) {
  return lampas::cosine_similarity(x1, x2, o.dim(), o.eps());
}
Tensor pairwise_distance(const Tensor& x1, const Tensor& x2, const PairwiseDistanceFuncOptions& o) {
  return lampas::pairwise_distance(x1, x2, o.p(), o.eps(), o.keepdim());
}
Tensor pdist(const Tensor& input, double p) { return lampas::pdist(input, p); }

}  // namespace lampas::nn::functional
