#include "lampas/nn/modules/instancenorm.h"

#include <ostream>

#include "lampas/nn/functional/normalization.h"
#include "lampas/ops/norm.h"
#include "lampas/ops/shape.h"
#include "nn/modules/norm_base.h"

namespace lampas::nn {

template <size_t D, class Derived>
void InstanceNormImplBase<D, Derived>::use_running_stats(bool mode) {
  check(!mode || this->options.track_running_stats(), "InstanceNorm", D,
        "d: use_running_stats needs running statistics; construct with track_running_stats(true)");
  use_running_ = mode;
}

template <size_t D, class Derived>
void InstanceNormImplBase<D, Derived>::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::InstanceNorm" << D << "d(" << this->options.num_features() << ", eps=" << this->options.eps()
         << ", momentum=" << this->options.momentum() << ", affine=" << (this->options.affine() ? "true" : "false")
         << ", track_running_stats=" << (this->options.track_running_stats() ? "true" : "false") << ')';
}

template <size_t D, class Derived>
Tensor InstanceNormImplBase<D, Derived>::forward(const Tensor& input) {
  constexpr int64_t rank = D + 2;
  check(input.defined(), "InstanceNorm", D, "d: input is undefined");
  check(input.dim() == rank || input.dim() == rank - 1, "InstanceNorm", D, "d: expected ", rank - 1, "D or ", rank,
        "D input (got ", input.dim(), "D input)");
  const bool batch = input.dim() == rank;
  check(input.size(batch ? 1 : 0) == this->options.num_features(), "InstanceNorm", D, "d: expected ",
        this->options.num_features(), " channels (num_features), got input ", input.sizes());
  const bool own = this->is_training() || !this->options.track_running_stats() || !use_running_;
  // Statistics are only kept in training.
  const bool keep = this->is_training() || !own;
  const Tensor y = functional::instance_norm(batch ? input : input.unsqueeze(0),
                                             functional::InstanceNormFuncOptions()
                                                 .running_mean(keep ? this->running_mean : Tensor())
                                                 .running_var(keep ? this->running_var : Tensor())
                                                 .weight(this->weight)
                                                 .bias(this->bias)
                                                 .use_input_stats(own)
                                                 .momentum(this->options.momentum())
                                                 .eps(this->options.eps()));
  return batch ? y : y.squeeze(0);
}

template class NormImplBase<1, InstanceNorm1dImpl, InstanceNormOptions>;
template class NormImplBase<2, InstanceNorm2dImpl, InstanceNormOptions>;
template class NormImplBase<3, InstanceNorm3dImpl, InstanceNormOptions>;
template class InstanceNormImplBase<1, InstanceNorm1dImpl>;
template class InstanceNormImplBase<2, InstanceNorm2dImpl>;
template class InstanceNormImplBase<3, InstanceNorm3dImpl>;

}  // namespace lampas::nn
