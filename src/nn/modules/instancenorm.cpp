#include "lampas/nn/modules/instancenorm.h"

#include <ostream>

#include "lampas/nn/functional/normalization.h"
#include "lampas/nn/init.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/norm.h"
#include "lampas/ops/shape.h"
#include "nn/batch_norm_check.h"

namespace lampas::nn {

template <size_t D, class Derived>
InstanceNormImplBase<D, Derived>::InstanceNormImplBase(const InstanceNormOptions& options_) : options(options_) {
  InstanceNormImplBase::reset();
}

template <size_t D, class Derived>
void InstanceNormImplBase<D, Derived>::reset() {
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
void InstanceNormImplBase<D, Derived>::reset_running_stats() {
  if (!options.track_running_stats()) return;
  running_mean.zero_();
  running_var.fill_(1);
  num_batches_tracked.zero_();
}

template <size_t D, class Derived>
void InstanceNormImplBase<D, Derived>::reset_parameters() {
  reset_running_stats();
  if (!options.affine()) return;
  init::ones_(weight);
  init::zeros_(bias);
}

template <size_t D, class Derived>
void InstanceNormImplBase<D, Derived>::use_running_stats(bool mode) {
  check(!mode || options.track_running_stats(), "InstanceNorm", D,
        "d: use_running_stats needs running statistics; construct with track_running_stats(true)");
  use_running_ = mode;
}

template <size_t D, class Derived>
void InstanceNormImplBase<D, Derived>::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::InstanceNorm" << D << "d(" << options.num_features() << ", eps=" << options.eps()
         << ", momentum=" << options.momentum() << ", affine=" << (options.affine() ? "true" : "false")
         << ", track_running_stats=" << (options.track_running_stats() ? "true" : "false") << ')';
}

template <size_t D, class Derived>
Tensor InstanceNormImplBase<D, Derived>::forward(const Tensor& input) {
  constexpr int64_t rank = D + 2;
  check(input.defined(), "InstanceNorm", D, "d: input is undefined");
  check(input.dim() == rank || input.dim() == rank - 1, "InstanceNorm", D, "d: expected ", rank - 1, "D or ", rank,
        "D input (got ", input.dim(), "D input)");
  const bool batch = input.dim() == rank;
  check(input.size(batch ? 1 : 0) == options.num_features(), "InstanceNorm", D, "d: expected ", options.num_features(),
        " channels (num_features), got input ", input.sizes());
  const bool own = this->is_training() || !options.track_running_stats() || !use_running_;
  // Statistics are only kept in training.
  const bool keep = this->is_training() || !own;
  const Tensor y =
      functional::instance_norm(batch ? input : input.unsqueeze(0), functional::InstanceNormFuncOptions()
                                                                        .running_mean(keep ? running_mean : Tensor())
                                                                        .running_var(keep ? running_var : Tensor())
                                                                        .weight(weight)
                                                                        .bias(bias)
                                                                        .use_input_stats(own)
                                                                        .momentum(options.momentum())
                                                                        .eps(options.eps()));
  return batch ? y : y.squeeze(0);
}

template <size_t D, class Derived>
int64_t InstanceNormImplBase<D, Derived>::_version() const {
  return nn::detail::kNormVersion;
}
template <size_t D, class Derived>
void InstanceNormImplBase<D, Derived>::_load_from_state_dict(StateDict& state_dict, const std::string& prefix,
                                                             const StateDict::LocalMetadata& local_metadata,
                                                             bool strict, std::vector<std::string>& missing_keys,
                                                             std::vector<std::string>& unexpected_keys,
                                                             std::vector<std::string>& error_msgs) {
  if (options.track_running_stats()) nn::detail::add_batches_tracked(state_dict, prefix, local_metadata);
  Module::_load_from_state_dict(state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs);
}

template class InstanceNormImplBase<1, InstanceNorm1dImpl>;
template class InstanceNormImplBase<2, InstanceNorm2dImpl>;
template class InstanceNormImplBase<3, InstanceNorm3dImpl>;

}  // namespace lampas::nn
