#pragma once

#include "lampas/nn/options/instancenorm.h"
#include "lampas/nn/options/normalization.h"

namespace lampas::nn::functional {

/// input / max(|input|_p, eps) along a dimension.
LAMPAS_API Tensor normalize(const Tensor& input, NormalizeFuncOptions options = {});
/// Normalises over the trailing dimensions.
LAMPAS_API Tensor layer_norm(const Tensor& input, const LayerNormFuncOptions& options);
/// Normalises each sample's groups of channels.
LAMPAS_API Tensor group_norm(const Tensor& input, const GroupNormFuncOptions& options);
/// Divides by a power of the sum of squares of neighbouring channels; input of 3 or more dimensions.
LAMPAS_API Tensor local_response_norm(const Tensor& input, const LocalResponseNormFuncOptions& options);
/// Normalises each channel of each sample, whose statistics need more than one element.
LAMPAS_API Tensor instance_norm(const Tensor& input, const InstanceNormFuncOptions& options = {});

}  // namespace lampas::nn::functional
