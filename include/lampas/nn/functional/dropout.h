#pragma once

#include "lampas/nn/options/dropout.h"
#include "lampas/tensor/tensor.h"

namespace lampas::nn::functional {

/// In training, zeroes each element with probability p and divides the others by 1 - p.
LAMPAS_API Tensor dropout(Tensor input, const DropoutFuncOptions& options = {});
/// The same for whole channels of (N, C, H, W).
LAMPAS_API Tensor dropout2d(Tensor input, const Dropout2dFuncOptions& options = {});
/// The same for whole channels of (N, C, D, H, W).
LAMPAS_API Tensor dropout3d(Tensor input, const Dropout3dFuncOptions& options = {});

/// In training, sets elements to the negative saturation value of SELU with probability p and restores mean 0 and
/// variance 1.
LAMPAS_API Tensor alpha_dropout(Tensor input, const AlphaDropoutFuncOptions& options = {});
/// The same for whole channels of (N, C, ...).
LAMPAS_API Tensor feature_alpha_dropout(Tensor input, const FeatureAlphaDropoutFuncOptions& options = {});

/// The same with plain arguments.
namespace detail {
LAMPAS_API Tensor dropout(Tensor input, double p, bool training, bool inplace);
LAMPAS_API Tensor dropout2d(Tensor input, double p, bool training, bool inplace);
LAMPAS_API Tensor dropout3d(Tensor input, double p, bool training, bool inplace);
LAMPAS_API Tensor alpha_dropout(Tensor input, double p, bool training, bool inplace);
LAMPAS_API Tensor feature_alpha_dropout(Tensor input, double p, bool training, bool inplace);
}  // namespace detail

}  // namespace lampas::nn::functional
