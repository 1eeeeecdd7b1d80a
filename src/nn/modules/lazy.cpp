#include "lampas/nn/modules/lazy.h"

#include <type_traits>

#include "lampas/ops/factories.h"

namespace lampas::nn {

namespace detail {

template <class Base, class Derived, class Options_>
LazyImplBase<Base, Derived, Options_>::LazyImplBase(Options_ given, Options_ hollow) : Base(std::move(hollow)) {
  constexpr bool normalizes = std::is_same_v<Options_, BatchNormOptions>;
  if constexpr (!normalizes)
    if (given.bias()) {
      this->bias = empty({0}).requires_grad_();
      this->parameters_["bias"] = this->bias;
    }
  this->options = std::move(given);
}

template <class Base, class Derived, class Options_>
void LazyImplBase<Base, Derived, Options_>::materialize(const Options_& complete) {
  ready_ = true;
  this->options = complete;
  const Base eager(complete);
  // The tensors stay the ones that were registered, in the dtype and on the device they have been moved to.
  const auto fill = [](const Tensor& empty, const Tensor& full) {
    if (full.defined()) empty.set_data(full.detach().to(empty.options()));
  };
  fill(this->weight, eager.weight);
  fill(this->bias, eager.bias);
  if constexpr (std::is_same_v<Options_, BatchNormOptions>) {
    fill(this->running_mean, eager.running_mean);
    fill(this->running_var, eager.running_var);
  }
}

template <class Base, class Derived, class Options_>
int64_t LazyImplBase<Base, Derived, Options_>::features(const Tensor& input, int64_t dim, int64_t low,
                                                        int64_t high) const {
  check(input.dim() >= low && input.dim() <= high, this->name(), ": expected input of ", low, " to ", high,
        " dimensions to take a size from, got ", input.sizes());
  return input.size(dim);
}

template <class Base, class Derived, class Options_>
std::shared_ptr<Module> LazyImplBase<Base, Derived, Options_>::clone(const std::optional<Device>& device) const {
  if (ready_) return Base::clone(device);
  auto copy = std::make_shared<Derived>(this->options);
  copy->train(this->is_training());
  if (device) copy->to(*device);
  return copy;
}

}  // namespace detail

LazyLinearImpl::LazyLinearImpl(int64_t out_features, bool bias)
    : LazyLinearImpl(LinearOptions(0, out_features).bias(bias)) {}
LazyLinearImpl::LazyLinearImpl(const LinearOptions& o)
    : LazyImplBase(LinearOptions(o).in_features(0), LinearOptions(o).in_features(0).bias(false)) {}
Tensor LazyLinearImpl::forward(const Tensor& input) {
  if (has_uninitialized_params()) materialize(LinearOptions(options).in_features(features(input, -1, 1, kMaxDims)));
  return LinearImpl::forward(input);
}

LazyConv1dImpl::LazyConv1dImpl(int64_t out_channels, ExpandingArray<1> kernel_size)
    : LazyConv1dImpl(Conv1dOptions(0, out_channels, kernel_size)) {}
LazyConv1dImpl::LazyConv1dImpl(const Conv1dOptions& o)
    : LazyImplBase(Conv1dOptions(o).in_channels(0), Conv1dOptions(o).in_channels(0).bias(false)) {}
Tensor LazyConv1dImpl::forward(const Tensor& input) {
  if (has_uninitialized_params()) materialize(Conv1dOptions(options).in_channels(features(input, -2, 2, 3)));
  return Conv1dImpl::forward(input);
}
LazyConv2dImpl::LazyConv2dImpl(int64_t out_channels, ExpandingArray<2> kernel_size)
    : LazyConv2dImpl(Conv2dOptions(0, out_channels, kernel_size)) {}
LazyConv2dImpl::LazyConv2dImpl(const Conv2dOptions& o)
    : LazyImplBase(Conv2dOptions(o).in_channels(0), Conv2dOptions(o).in_channels(0).bias(false)) {}
Tensor LazyConv2dImpl::forward(const Tensor& input) {
  if (has_uninitialized_params()) materialize(Conv2dOptions(options).in_channels(features(input, -3, 3, 4)));
  return Conv2dImpl::forward(input);
}
LazyConv3dImpl::LazyConv3dImpl(int64_t out_channels, ExpandingArray<3> kernel_size)
    : LazyConv3dImpl(Conv3dOptions(0, out_channels, kernel_size)) {}
LazyConv3dImpl::LazyConv3dImpl(const Conv3dOptions& o)
    : LazyImplBase(Conv3dOptions(o).in_channels(0), Conv3dOptions(o).in_channels(0).bias(false)) {}
Tensor LazyConv3dImpl::forward(const Tensor& input) {
  if (has_uninitialized_params()) materialize(Conv3dOptions(options).in_channels(features(input, -4, 4, 5)));
  return Conv3dImpl::forward(input);
}
LazyConvTranspose1dImpl::LazyConvTranspose1dImpl(int64_t out_channels, ExpandingArray<1> kernel_size)
    : LazyConvTranspose1dImpl(ConvTranspose1dOptions(0, out_channels, kernel_size)) {}
LazyConvTranspose1dImpl::LazyConvTranspose1dImpl(const ConvTranspose1dOptions& o)
    : LazyImplBase(ConvTranspose1dOptions(o).in_channels(0), ConvTranspose1dOptions(o).in_channels(0).bias(false)) {}
Tensor LazyConvTranspose1dImpl::forward(const Tensor& input, const std::optional<IntArrayRef>& output_size) {
  if (has_uninitialized_params()) materialize(ConvTranspose1dOptions(options).in_channels(features(input, -2, 2, 3)));
  return ConvTranspose1dImpl::forward(input, output_size);
}
LazyConvTranspose2dImpl::LazyConvTranspose2dImpl(int64_t out_channels, ExpandingArray<2> kernel_size)
    : LazyConvTranspose2dImpl(ConvTranspose2dOptions(0, out_channels, kernel_size)) {}
LazyConvTranspose2dImpl::LazyConvTranspose2dImpl(const ConvTranspose2dOptions& o)
    : LazyImplBase(ConvTranspose2dOptions(o).in_channels(0), ConvTranspose2dOptions(o).in_channels(0).bias(false)) {}
Tensor LazyConvTranspose2dImpl::forward(const Tensor& input, const std::optional<IntArrayRef>& output_size) {
  if (has_uninitialized_params()) materialize(ConvTranspose2dOptions(options).in_channels(features(input, -3, 3, 4)));
  return ConvTranspose2dImpl::forward(input, output_size);
}
LazyConvTranspose3dImpl::LazyConvTranspose3dImpl(int64_t out_channels, ExpandingArray<3> kernel_size)
    : LazyConvTranspose3dImpl(ConvTranspose3dOptions(0, out_channels, kernel_size)) {}
LazyConvTranspose3dImpl::LazyConvTranspose3dImpl(const ConvTranspose3dOptions& o)
    : LazyImplBase(ConvTranspose3dOptions(o).in_channels(0), ConvTranspose3dOptions(o).in_channels(0).bias(false)) {}
Tensor LazyConvTranspose3dImpl::forward(const Tensor& input, const std::optional<IntArrayRef>& output_size) {
  if (has_uninitialized_params()) materialize(ConvTranspose3dOptions(options).in_channels(features(input, -4, 4, 5)));
  return ConvTranspose3dImpl::forward(input, output_size);
}
LazyBatchNorm1dImpl::LazyBatchNorm1dImpl() : LazyBatchNorm1dImpl(BatchNorm1dOptions(0)) {}
LazyBatchNorm1dImpl::LazyBatchNorm1dImpl(const BatchNorm1dOptions& o)
    : LazyImplBase(BatchNorm1dOptions(o).num_features(0), BatchNorm1dOptions(o).num_features(0)) {}
Tensor LazyBatchNorm1dImpl::forward(const Tensor& input) {
  if (has_uninitialized_params()) materialize(BatchNorm1dOptions(options).num_features(features(input, 1, 2, 3)));
  return BatchNorm1dImpl::forward(input);
}
LazyBatchNorm2dImpl::LazyBatchNorm2dImpl() : LazyBatchNorm2dImpl(BatchNorm2dOptions(0)) {}
LazyBatchNorm2dImpl::LazyBatchNorm2dImpl(const BatchNorm2dOptions& o)
    : LazyImplBase(BatchNorm2dOptions(o).num_features(0), BatchNorm2dOptions(o).num_features(0)) {}
Tensor LazyBatchNorm2dImpl::forward(const Tensor& input) {
  if (has_uninitialized_params()) materialize(BatchNorm2dOptions(options).num_features(features(input, 1, 4, 4)));
  return BatchNorm2dImpl::forward(input);
}
LazyBatchNorm3dImpl::LazyBatchNorm3dImpl() : LazyBatchNorm3dImpl(BatchNorm3dOptions(0)) {}
LazyBatchNorm3dImpl::LazyBatchNorm3dImpl(const BatchNorm3dOptions& o)
    : LazyImplBase(BatchNorm3dOptions(o).num_features(0), BatchNorm3dOptions(o).num_features(0)) {}
Tensor LazyBatchNorm3dImpl::forward(const Tensor& input) {
  if (has_uninitialized_params()) materialize(BatchNorm3dOptions(options).num_features(features(input, 1, 5, 5)));
  return BatchNorm3dImpl::forward(input);
}

}  // namespace lampas::nn
