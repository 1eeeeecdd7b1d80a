#pragma once

#include <memory>
#include <optional>

#include "lampas/nn/modules/batchnorm.h"
#include "lampas/nn/modules/conv.h"
#include "lampas/nn/modules/conv_transpose.h"
#include "lampas/nn/modules/linear.h"

/// Modules that take the size of their input from the first one they see
/// (https://pytorch.org/docs/stable/generated/torch.nn.modules.lazy.LazyModuleMixin.html). Until then their parameters
/// are registered but empty; the first forward() fills them as the eager module would have been initialised at that
/// moment. An optimizer may be made before. Weights are loaded after the first forward().
namespace lampas::nn {

namespace detail {

/// `Base` with empty parameters until `materialize`.
template <class Base, class Derived, class Options_>
class LAMPAS_API LazyImplBase : public Base {
 public:
  /// Whether no input has been seen.
  bool has_uninitialized_params() const { return !ready_; }
  std::shared_ptr<Module> clone(const std::optional<Device>& device = std::nullopt) const override;

 protected:
  /// `given` has no input size; `hollow` is `given` without anything that would draw random numbers.
  LazyImplBase(Options_ given, Options_ hollow);
  /// Fills the parameters of a module with the given options.
  void materialize(const Options_& complete);
  /// Size `dim` of the input, whose rank lies in [low, high].
  int64_t features(const Tensor& input, int64_t dim, int64_t low, int64_t high) const;

 private:
  bool ready_ = false;
};

}  // namespace detail

/// Linear whose in_features is the size of the first input's last dimension.
class LAMPAS_API LazyLinearImpl : public detail::LazyImplBase<LinearImpl, LazyLinearImpl, LinearOptions> {
 public:
  explicit LazyLinearImpl(int64_t out_features, bool bias = true);
  explicit LazyLinearImpl(const LinearOptions& options_);
  Tensor forward(const Tensor& input);
};
using LazyLinear = ModuleHolder<LazyLinearImpl>;

/// Conv1d whose in_channels is the number of channels of the first input.
class LAMPAS_API LazyConv1dImpl : public detail::LazyImplBase<Conv1dImpl, LazyConv1dImpl, Conv1dOptions> {
 public:
  LazyConv1dImpl(int64_t out_channels, ExpandingArray<1> kernel_size);
  /// The in_channels of the options are ignored.
  explicit LazyConv1dImpl(const Conv1dOptions& options_);
  Tensor forward(const Tensor& input);
};
using LazyConv1d = ModuleHolder<LazyConv1dImpl>;

/// Conv2d whose in_channels is the number of channels of the first input.
class LAMPAS_API LazyConv2dImpl : public detail::LazyImplBase<Conv2dImpl, LazyConv2dImpl, Conv2dOptions> {
 public:
  LazyConv2dImpl(int64_t out_channels, ExpandingArray<2> kernel_size);
  /// The in_channels of the options are ignored.
  explicit LazyConv2dImpl(const Conv2dOptions& options_);
  Tensor forward(const Tensor& input);
};
using LazyConv2d = ModuleHolder<LazyConv2dImpl>;

/// Conv3d whose in_channels is the number of channels of the first input.
class LAMPAS_API LazyConv3dImpl : public detail::LazyImplBase<Conv3dImpl, LazyConv3dImpl, Conv3dOptions> {
 public:
  LazyConv3dImpl(int64_t out_channels, ExpandingArray<3> kernel_size);
  /// The in_channels of the options are ignored.
  explicit LazyConv3dImpl(const Conv3dOptions& options_);
  Tensor forward(const Tensor& input);
};
using LazyConv3d = ModuleHolder<LazyConv3dImpl>;

/// ConvTranspose1d whose in_channels is the number of channels of the first input.
class LAMPAS_API LazyConvTranspose1dImpl
    : public detail::LazyImplBase<ConvTranspose1dImpl, LazyConvTranspose1dImpl, ConvTranspose1dOptions> {
 public:
  LazyConvTranspose1dImpl(int64_t out_channels, ExpandingArray<1> kernel_size);
  /// The in_channels of the options are ignored.
  explicit LazyConvTranspose1dImpl(const ConvTranspose1dOptions& options_);
  Tensor forward(const Tensor& input, const std::optional<IntArrayRef>& output_size = detail::no_sizes);
};
using LazyConvTranspose1d = ModuleHolder<LazyConvTranspose1dImpl>;

/// ConvTranspose2d whose in_channels is the number of channels of the first input.
class LAMPAS_API LazyConvTranspose2dImpl
    : public detail::LazyImplBase<ConvTranspose2dImpl, LazyConvTranspose2dImpl, ConvTranspose2dOptions> {
 public:
  LazyConvTranspose2dImpl(int64_t out_channels, ExpandingArray<2> kernel_size);
  /// The in_channels of the options are ignored.
  explicit LazyConvTranspose2dImpl(const ConvTranspose2dOptions& options_);
  Tensor forward(const Tensor& input, const std::optional<IntArrayRef>& output_size = detail::no_sizes);
};
using LazyConvTranspose2d = ModuleHolder<LazyConvTranspose2dImpl>;

/// ConvTranspose3d whose in_channels is the number of channels of the first input.
class LAMPAS_API LazyConvTranspose3dImpl
    : public detail::LazyImplBase<ConvTranspose3dImpl, LazyConvTranspose3dImpl, ConvTranspose3dOptions> {
 public:
  LazyConvTranspose3dImpl(int64_t out_channels, ExpandingArray<3> kernel_size);
  /// The in_channels of the options are ignored.
  explicit LazyConvTranspose3dImpl(const ConvTranspose3dOptions& options_);
  Tensor forward(const Tensor& input, const std::optional<IntArrayRef>& output_size = detail::no_sizes);
};
using LazyConvTranspose3d = ModuleHolder<LazyConvTranspose3dImpl>;

/// BatchNorm1d whose num_features is the number of channels of the first input.
class LAMPAS_API LazyBatchNorm1dImpl
    : public detail::LazyImplBase<BatchNorm1dImpl, LazyBatchNorm1dImpl, BatchNorm1dOptions> {
 public:
  LazyBatchNorm1dImpl();
  /// The num_features of the options are ignored.
  explicit LazyBatchNorm1dImpl(const BatchNorm1dOptions& options_);
  Tensor forward(const Tensor& input);
};
using LazyBatchNorm1d = ModuleHolder<LazyBatchNorm1dImpl>;

/// BatchNorm2d whose num_features is the number of channels of the first input.
class LAMPAS_API LazyBatchNorm2dImpl
    : public detail::LazyImplBase<BatchNorm2dImpl, LazyBatchNorm2dImpl, BatchNorm2dOptions> {
 public:
  LazyBatchNorm2dImpl();
  /// The num_features of the options are ignored.
  explicit LazyBatchNorm2dImpl(const BatchNorm2dOptions& options_);
  Tensor forward(const Tensor& input);
};
using LazyBatchNorm2d = ModuleHolder<LazyBatchNorm2dImpl>;

/// BatchNorm3d whose num_features is the number of channels of the first input.
class LAMPAS_API LazyBatchNorm3dImpl
    : public detail::LazyImplBase<BatchNorm3dImpl, LazyBatchNorm3dImpl, BatchNorm3dOptions> {
 public:
  LazyBatchNorm3dImpl();
  /// The num_features of the options are ignored.
  explicit LazyBatchNorm3dImpl(const BatchNorm3dOptions& options_);
  Tensor forward(const Tensor& input);
};
using LazyBatchNorm3d = ModuleHolder<LazyBatchNorm3dImpl>;

}  // namespace lampas::nn
