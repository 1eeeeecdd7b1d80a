#include "lampas/nn/modules/batchnorm.h"

#include <ostream>

#include "lampas/ops/norm.h"
#include "nn/batch_norm_check.h"
#include "nn/modules/norm_base.h"

namespace lampas::nn {

template <size_t D, class Derived>
void BatchNormImplBase<D, Derived>::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::BatchNorm" << D << "d(" << this->options.num_features() << ", eps=" << this->options.eps()
         << ", momentum=";
  if (this->options.momentum())
    stream << *this->options.momentum();
  else
    stream << "None";
  stream << ", affine=" << (this->options.affine() ? "true" : "false")
         << ", track_running_stats=" << (this->options.track_running_stats() ? "true" : "false") << ')';
}

template <size_t D, class Derived>
Tensor BatchNormImplBase<D, Derived>::forward(const Tensor& input) {
  const auto rank = input.dim();
  if constexpr (D == 1)
    check(rank == 2 || rank == 3, "BatchNorm1d: expected 2D or 3D input (got ", rank, "D input)");
  else
    check(rank == static_cast<int64_t>(D) + 2, "BatchNorm", D, "d: expected ", D + 2, "D input (got ", rank,
          "D input)");
  const bool batch = this->is_training() || !this->options.track_running_stats();
  if (batch) nn::detail::check_batch(input);
  double factor = this->options.momentum().value_or(0);
  if (this->is_training() && this->num_batches_tracked.defined()) {
    this->num_batches_tracked.add_(1);
    if (!this->options.momentum()) factor = 1 / static_cast<double>(this->num_batches_tracked.template item<int64_t>());
  }
  return lampas::batch_norm(input, this->weight, this->bias, this->running_mean, this->running_var, batch, factor,
                            this->options.eps(), false);
}

template class NormImplBase<1, BatchNorm1dImpl, BatchNormOptions>;
template class NormImplBase<2, BatchNorm2dImpl, BatchNormOptions>;
template class NormImplBase<3, BatchNorm3dImpl, BatchNormOptions>;
template class BatchNormImplBase<1, BatchNorm1dImpl>;
template class BatchNormImplBase<2, BatchNorm2dImpl>;
template class BatchNormImplBase<3, BatchNorm3dImpl>;

}  // namespace lampas::nn
