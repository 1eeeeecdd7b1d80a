#pragma once

#include "lampas/nn/options/conv.h"

namespace lampas::nn::detail {

/// Convolution with every kind of padding the options know. `mode` kZeros leaves it to the op.
template <size_t D>
Tensor convolve(const Tensor& input, const Tensor& weight, const Tensor& bias, const ExpandingArray<D>& stride,
                const conv_padding_t<D>& padding, const ExpandingArray<D>& dilation, int64_t groups,
                const conv_padding_mode_t& mode = kZeros);

extern template Tensor convolve<1>(const Tensor&, const Tensor&, const Tensor&, const ExpandingArray<1>&,
                                   const conv_padding_t<1>&, const ExpandingArray<1>&, int64_t,
                                   const conv_padding_mode_t&);
extern template Tensor convolve<2>(const Tensor&, const Tensor&, const Tensor&, const ExpandingArray<2>&,
                                   const conv_padding_t<2>&, const ExpandingArray<2>&, int64_t,
                                   const conv_padding_mode_t&);
extern template Tensor convolve<3>(const Tensor&, const Tensor&, const Tensor&, const ExpandingArray<3>&,
                                   const conv_padding_t<3>&, const ExpandingArray<3>&, int64_t,
                                   const conv_padding_mode_t&);

}  // namespace lampas::nn::detail
