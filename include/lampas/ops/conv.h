#pragma once

#include "lampas/tensor/tensor.h"

/// Convolutions (cross-correlations; https://pytorch.org/docs/stable/nn.functional.html#convolution-functions). Input
/// (N, C, spatial...) or (C, spatial...); stride, padding and dilation take one entry, or one per spatial dimension.
/// Output size per dimension floor((L + 2 padding - dilation (kernel - 1) - 1) / stride + 1). float32 3x3 filters of
/// stride 1 between many channels are applied by minimal filtering, whose rounding errors are smaller than a direct
/// sum's; an infinite element may make its window's results NaN there.
namespace lampas {

/// weight (out_channels, in_channels / groups, kernel...), bias (out_channels) or undefined.
LAMPAS_API Tensor conv1d(const Tensor& input, const Tensor& weight, const Tensor& bias = {}, IntArrayRef stride = 1,
                         IntArrayRef padding = 0, IntArrayRef dilation = 1, int64_t groups = 1);
LAMPAS_API Tensor conv2d(const Tensor& input, const Tensor& weight, const Tensor& bias = {}, IntArrayRef stride = 1,
                         IntArrayRef padding = 0, IntArrayRef dilation = 1, int64_t groups = 1);
LAMPAS_API Tensor conv3d(const Tensor& input, const Tensor& weight, const Tensor& bias = {}, IntArrayRef stride = 1,
                         IntArrayRef padding = 0, IntArrayRef dilation = 1, int64_t groups = 1);

/// The derivative of conv2d towards its input of shape `input_sizes`, applied to `grad` (also: a transposed
/// convolution).
LAMPAS_API Tensor conv2d_input(IntArrayRef input_sizes, const Tensor& weight, const Tensor& grad,
                               IntArrayRef stride = 1, IntArrayRef padding = 0, IntArrayRef dilation = 1,
                               int64_t groups = 1);
/// The derivative of conv2d towards its weight of shape `weight_sizes`, applied to `grad`.
LAMPAS_API Tensor conv2d_weight(const Tensor& input, IntArrayRef weight_sizes, const Tensor& grad,
                                IntArrayRef stride = 1, IntArrayRef padding = 0, IntArrayRef dilation = 1,
                                int64_t groups = 1);

/// weight (in_channels, out_channels / groups, kernel...). Output size (L - 1) stride - 2 padding + dilation (kernel -
/// 1) + output_padding + 1; output_padding must be smaller than stride or dilation.
LAMPAS_API Tensor conv_transpose1d(const Tensor& input, const Tensor& weight, const Tensor& bias = {},
                                   IntArrayRef stride = 1, IntArrayRef padding = 0, IntArrayRef output_padding = 0,
                                   int64_t groups = 1, IntArrayRef dilation = 1);
LAMPAS_API Tensor conv_transpose2d(const Tensor& input, const Tensor& weight, const Tensor& bias = {},
                                   IntArrayRef stride = 1, IntArrayRef padding = 0, IntArrayRef output_padding = 0,
                                   int64_t groups = 1, IntArrayRef dilation = 1);
LAMPAS_API Tensor conv_transpose3d(const Tensor& input, const Tensor& weight, const Tensor& bias = {},
                                   IntArrayRef stride = 1, IntArrayRef padding = 0, IntArrayRef output_padding = 0,
                                   int64_t groups = 1, IntArrayRef dilation = 1);

}  // namespace lampas
