#include "lampas/nn/functional/loss.h"

#include "lampas/ops/loss.h"

namespace lampas::nn::functional {

namespace {
int64_t reduction_of(const LossReduction& r) { return static_cast<int64_t>(enumtype::reduction_get_enum(r)); }
}  // namespace

Tensor mse_loss(const Tensor& input, const Tensor& target, const MSELossFuncOptions& o) {
  if (input.sizes() != target.sizes())
    warn(str("mse_loss: using a target size (", target.sizes(), ") that is different to the input size (",
             input.sizes(), "). They are broadcast, which is likely to give wrong results: use tensors of one size."));
  return lampas::mse_loss(input, target, reduction_of(o.reduction()));
}
Tensor nll_loss(const Tensor& input, const Tensor& target, const NLLLossFuncOptions& o) {
  return lampas::nll_loss(input, target, o.weight(), reduction_of(o.reduction()), o.ignore_index());
}
Tensor cross_entropy(const Tensor& input, const Tensor& target, const CrossEntropyFuncOptions& o) {
  return lampas::cross_entropy_loss(input, target, o.weight(), reduction_of(o.reduction()), o.ignore_index(),
                                    o.label_smoothing());
}

}  // namespace lampas::nn::functional
