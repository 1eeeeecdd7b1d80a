#pragma once

#include "lampas/nn/options/conv.h"

namespace lampas::nn::functional {

/// Convolution of (N, C, spatial...) or (C, spatial...) with `weight` (out_channels, C / groups, kernel...).
LAMPAS_API Tensor conv1d(const Tensor& input, const Tensor& weight, const Conv1dFuncOptions& options = {});
LAMPAS_API Tensor conv2d(const Tensor& input, const Tensor& weight, const Conv2dFuncOptions& options = {});
LAMPAS_API Tensor conv3d(const Tensor& input, const Tensor& weight, const Conv3dFuncOptions& options = {});

/// Transposed convolution of (N, C, spatial...) or (C, spatial...) with `weight` (C, out_channels / groups, kernel...).
LAMPAS_API Tensor conv_transpose1d(const Tensor& input, const Tensor& weight,
                                   const ConvTranspose1dFuncOptions& options = {});
LAMPAS_API Tensor conv_transpose2d(const Tensor& input, const Tensor& weight,
                                   const ConvTranspose2dFuncOptions& options = {});
LAMPAS_API Tensor conv_transpose3d(const Tensor& input, const Tensor& weight,
                                   const ConvTranspose3dFuncOptions& options = {});

}  // namespace lampas::nn::functional
