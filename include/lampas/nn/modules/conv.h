#pragma once

#include <iosfwd>

#include "lampas/nn/cloneable.h"
#include "lampas/nn/options/conv.h"
#include "lampas/nn/pimpl.h"

namespace lampas::nn {

/// What the convolutions share. weight (out_channels, in_channels / groups, kernel...) and bias (out_channels) start
/// uniform in [-k, k], k = 1 / sqrt(in_channels / groups * product of the kernel's sizes).
template <size_t D, class Derived>
class LAMPAS_API ConvNdImpl : public Cloneable<Derived> {
 public:
  explicit ConvNdImpl(ConvOptions<D> options_);
  void reset() override;
  void reset_parameters();
  void pretty_print(std::ostream& stream) const override;

  ConvOptions<D> options;
  Tensor weight;
  Tensor bias;
};

/// Convolution of (N, C, L) or (C, L).
class LAMPAS_API Conv1dImpl : public ConvNdImpl<1, Conv1dImpl> {
 public:
  Conv1dImpl(int64_t in_channels, int64_t out_channels, ExpandingArray<1> kernel_size);
  explicit Conv1dImpl(Conv1dOptions options_);
  Tensor forward(const Tensor& input);
};
LAMPAS_LIBRARY_MODULE(Conv1d);

/// Convolution of (N, C, H, W) or (C, H, W).
class LAMPAS_API Conv2dImpl : public ConvNdImpl<2, Conv2dImpl> {
 public:
  Conv2dImpl(int64_t in_channels, int64_t out_channels, ExpandingArray<2> kernel_size);
  explicit Conv2dImpl(Conv2dOptions options_);
  Tensor forward(const Tensor& input);
};
LAMPAS_LIBRARY_MODULE(Conv2d);

/// Convolution of (N, C, D, H, W) or (C, D, H, W).
class LAMPAS_API Conv3dImpl : public ConvNdImpl<3, Conv3dImpl> {
 public:
  Conv3dImpl(int64_t in_channels, int64_t out_channels, ExpandingArray<3> kernel_size);
  explicit Conv3dImpl(Conv3dOptions options_);
  Tensor forward(const Tensor& input);
};
LAMPAS_LIBRARY_MODULE(Conv3d);

extern template class ConvNdImpl<1, Conv1dImpl>;
extern template class ConvNdImpl<2, Conv2dImpl>;
extern template class ConvNdImpl<3, Conv3dImpl>;

}  // namespace lampas::nn
