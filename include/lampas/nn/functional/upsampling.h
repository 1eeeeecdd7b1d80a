#pragma once

#include "lampas/nn/options/upsampling.h"
#include "lampas/tensor/tensor.h"

namespace lampas::nn::functional {

/// Resamples the spatial dimensions of (N, C, L), (N, C, H, W) or (N, C, D, H, W). kLinear takes 3-D input, kBilinear
/// and kBicubic 4-D, kTrilinear 5-D; kNearest, kNearestExact and kArea any.
LAMPAS_API Tensor interpolate(const Tensor& input, const InterpolateFuncOptions& options = {});

}  // namespace lampas::nn::functional
