#include "lampas/nn/modules/batchnorm.h"

#include <ostream>

#include "lampas/ops/norm.h"
#include "nn/batch_norm_check.h"
#include "nn/batch_norm_relu.h"
#include "nn/modules/norm_base.h"
#include "ops/norm_op.h"

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

namespace {

/// The batch norm `m` of `input`, and a ReLU after it.
template <size_t D, class Derived>
Tensor normalise(BatchNormImplBase<D, Derived>& m, const Tensor& input, bool relu) {
  check(input.defined(), "BatchNorm", D, "d: input is undefined");
  const auto rank = input.dim();
  if constexpr (D == 1)
    check(rank == 2 || rank == 3, "BatchNorm1d: expected 2D or 3D input (got ", rank, "D input)");
  else
    check(rank == static_cast<int64_t>(D) + 2, "BatchNorm", D, "d: expected ", D + 2, "D input (got ", rank,
          "D input)");
  const bool batch = m.is_training() || !m.options.track_running_stats();
  if (batch) nn::detail::check_batch(input);
  double factor = m.options.momentum().value_or(0);
  const bool counts = m.is_training() && m.num_batches_tracked.defined();
  if (counts && !m.options.momentum())
    factor = 1 / static_cast<double>(m.num_batches_tracked.template item<int64_t>() + 1);
  Tensor y = lampas::detail::batch_norm(input, m.weight, m.bias, m.running_mean, m.running_var, batch, factor,
                                        m.options.eps(), relu);
  if (counts) m.num_batches_tracked.add_(1);  // not before: a batch that was refused is not counted
  return y;
}

}  // namespace

template <size_t D, class Derived>
Tensor BatchNormImplBase<D, Derived>::forward(const Tensor& input) {
  return normalise(*this, input, false);
}

namespace detail {
Tensor batch_norm_relu(BatchNorm1dImpl& m, const Tensor& input) { return normalise(m, input, true); }
Tensor batch_norm_relu(BatchNorm2dImpl& m, const Tensor& input) { return normalise(m, input, true); }
Tensor batch_norm_relu(BatchNorm3dImpl& m, const Tensor& input) { return normalise(m, input, true); }
}  // namespace detail

template class NormImplBase<1, BatchNorm1dImpl, BatchNormOptions>;
template class NormImplBase<2, BatchNorm2dImpl, BatchNormOptions>;
template class NormImplBase<3, BatchNorm3dImpl, BatchNormOptions>;
template class BatchNormImplBase<1, BatchNorm1dImpl>;
template class BatchNormImplBase<2, BatchNorm2dImpl>;
template class BatchNormImplBase<3, BatchNorm3dImpl>;

}  // namespace lampas::nn
