#pragma once

#include <iosfwd>
#include <optional>

#include "lampas/nn/absent.h"
#include "lampas/nn/any.h"
#include "lampas/nn/cloneable.h"
#include "lampas/nn/options/conv.h"
#include "lampas/nn/pimpl.h"

namespace lampas::nn {

/// What the transposed convolutions share. weight (in_channels, out_channels / groups, kernel...) and bias
/// (out_channels) start uniform in [-k, k], k = 1 / sqrt(out_channels / groups * product of the kernel's sizes).
template <size_t D, class Derived>
class LAMPAS_API ConvTransposeNdImpl : public Cloneable<Derived> {
 public:
  explicit ConvTransposeNdImpl(ConvTransposeOptions<D> options_);
  void reset() override;
  void reset_parameters();
  void pretty_print(std::ostream& stream) const override;

  ConvTransposeOptions<D> options;
  Tensor weight;
  Tensor bias;

 protected:
  /// Checks the padding mode. The output padding that gives `output_size`: the spatial sizes, alone or behind batch and
  /// channels.
  ExpandingArray<D> output_padding_for(const Tensor& input, std::optional<IntArrayRef> output_size) const;
};

/// Transposed convolution of (N, C, L) or (C, L): the derivative of a convolution towards its input. `output_size`
/// chooses among the sizes a convolution with these options maps to the input's.
class LAMPAS_API ConvTranspose1dImpl : public ConvTransposeNdImpl<1, ConvTranspose1dImpl> {
 public:
  ConvTranspose1dImpl(int64_t in_channels, int64_t out_channels, ExpandingArray<1> kernel_size);
  explicit ConvTranspose1dImpl(ConvTranspose1dOptions options_);
  Tensor forward(const Tensor& input, const std::optional<IntArrayRef>& output_size = detail::no_sizes);

 protected:
  LAMPAS_FORWARD_DEFAULT_ARGS_DECLARATION
};
LAMPAS_LIBRARY_MODULE(ConvTranspose1d);

/// Transposed convolution of (N, C, H, W) or (C, H, W): the derivative of a convolution towards its input.
/// `output_size` chooses among the sizes a convolution with these options maps to the input's.
class LAMPAS_API ConvTranspose2dImpl : public ConvTransposeNdImpl<2, ConvTranspose2dImpl> {
 public:
  ConvTranspose2dImpl(int64_t in_channels, int64_t out_channels, ExpandingArray<2> kernel_size);
  explicit ConvTranspose2dImpl(ConvTranspose2dOptions options_);
  Tensor forward(const Tensor& input, const std::optional<IntArrayRef>& output_size = detail::no_sizes);

 protected:
  LAMPAS_FORWARD_DEFAULT_ARGS_DECLARATION
};
LAMPAS_LIBRARY_MODULE(ConvTranspose2d);

/// Transposed convolution of (N, C, D, H, W) or (C, D, H, W): the derivative of a convolution towards its input.
/// `output_size` chooses among the sizes a convolution with these options maps to the input's.
class LAMPAS_API ConvTranspose3dImpl : public ConvTransposeNdImpl<3, ConvTranspose3dImpl> {
 public:
  ConvTranspose3dImpl(int64_t in_channels, int64_t out_channels, ExpandingArray<3> kernel_size);
  explicit ConvTranspose3dImpl(ConvTranspose3dOptions options_);
  Tensor forward(const Tensor& input, const std::optional<IntArrayRef>& output_size = detail::no_sizes);

 protected:
  LAMPAS_FORWARD_DEFAULT_ARGS_DECLARATION
};
LAMPAS_LIBRARY_MODULE(ConvTranspose3d);

extern template class ConvTransposeNdImpl<1, ConvTranspose1dImpl>;
extern template class ConvTransposeNdImpl<2, ConvTranspose2dImpl>;
extern template class ConvTransposeNdImpl<3, ConvTranspose3dImpl>;

}  // namespace lampas::nn
