#include "lampas/nn/modules/batchnorm.h"

#include <ostream>

#include "lampas/nn/init.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/norm.h"
#include "nn/batch_norm_check.h"

namespace lampas::nn {

template <size_t D, class Derived>
BatchNormImplBase<D, Derived>::BatchNormImplBase(const BatchNormOptions& options_) : options(options_) {
  BatchNormImplBase::reset();
}

template <size_t D, class Derived>
void BatchNormImplBase<D, Derived>::reset() {
  const int64_t c = options.num_features();
  const bool affine = options.affine(), track = options.track_running_stats();
  weight = this->register_parameter("weight", affine ? empty(c) : Tensor(), affine);
  bias = this->register_parameter("bias", affine ? empty(c) : Tensor(), affine);
  running_mean = this->register_buffer("running_mean", track ? zeros(c) : Tensor());
  running_var = this->register_buffer("running_var", track ? ones(c) : Tensor());
  num_batches_tracked = this->register_buffer("num_batches_tracked", track ? zeros({}, kLong) : Tensor());
  reset_parameters();
}

template <size_t D, class Derived>
void BatchNormImplBase<D, Derived>::reset_running_stats() {
  if (!options.track_running_stats()) return;
  running_mean.zero_();
  running_var.fill_(1);
  num_batches_tracked.zero_();
}

template <size_t D, class Derived>
void BatchNormImplBase<D, Derived>::reset_parameters() {
  reset_running_stats();
  if (!options.affine()) return;
  init::ones_(weight);
  init::zeros_(bias);
}

template <size_t D, class Derived>
void BatchNormImplBase<D, Derived>::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::BatchNorm" << D << "d(" << options.num_features() << ", eps=" << options.eps() << ", momentum=";
  if (options.momentum())
    stream << *options.momentum();
  else
    stream << "None";
  stream << ", affine=" << (options.affine() ? "true" : "false")
         << ", track_running_stats=" << (options.track_running_stats() ? "true" : "false") << ')';
}

template <size_t D, class Derived>
Tensor BatchNormImplBase<D, Derived>::forward(const Tensor& input) {
  const auto rank = input.dim();
  if constexpr (D == 1)
    check(rank == 2 || rank == 3, "BatchNorm1d: expected 2D or 3D input (got ", rank, "D input)");
  else
    check(rank == static_cast<int64_t>(D) + 2, "BatchNorm", D, "d: expected ", D + 2, "D input (got ", rank,
          "D input)");
  const bool batch = this->is_training() || !options.track_running_stats();
  if (batch) nn::detail::check_batch(input);
  double factor = options.momentum().value_or(0);
  if (this->is_training() && num_batches_tracked.defined()) {
    num_batches_tracked.add_(1);
    if (!options.momentum()) factor = 1 / static_cast<double>(num_batches_tracked.template item<int64_t>());
  }
  return lampas::batch_norm(input, weight, bias, running_mean, running_var, batch, factor, options.eps(), false);
}

template <size_t D, class Derived>
int64_t BatchNormImplBase<D, Derived>::_version() const {
  return nn::detail::kNormVersion;
}
template <size_t D, class Derived>
void BatchNormImplBase<D, Derived>::_load_from_state_dict(StateDict& state_dict, const std::string& prefix,
                                                          const StateDict::LocalMetadata& local_metadata, bool strict,
                                                          std::vector<std::string>& missing_keys,
                                                          std::vector<std::string>& unexpected_keys,
                                                          std::vector<std::string>& error_msgs) {
  if (options.track_running_stats()) nn::detail::add_batches_tracked(state_dict, prefix, local_metadata);
  Module::_load_from_state_dict(state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs);
}

template class BatchNormImplBase<1, BatchNorm1dImpl>;
template class BatchNormImplBase<2, BatchNorm2dImpl>;
template class BatchNormImplBase<3, BatchNorm3dImpl>;

}  // namespace lampas::nn
