#pragma once

#include "lampas/tensor/tensor.h"

/// Dropout (https://pytorch.org/docs/stable/nn.functional.html#dropout-functions): in training each element is zeroed
/// with probability p and the others are scaled by 1 / (1 - p); otherwise the identity. p in [0, 1]. Masks come from
/// the default generator.
namespace lampas {

LAMPAS_API Tensor dropout(const Tensor& x, double p, bool train);
LAMPAS_API Tensor& dropout_(Tensor& x, double p, bool train);
/// One draw per (sample, channel) of (N, C, ...).
LAMPAS_API Tensor feature_dropout(const Tensor& x, double p, bool train);
LAMPAS_API Tensor& feature_dropout_(Tensor& x, double p, bool train);

/// Dropout for self-normalising networks (https://arxiv.org/abs/1706.02515): dropped elements become a' = -scale *
/// alpha of SELU, and the affine map that restores mean 0 and variance 1 follows: a (x or a') + b, a = ((1 - p)(1 + p
/// a'^2))^
/// (-1/2), b = -a a' p. p = 1 gives zeros.
LAMPAS_API Tensor alpha_dropout(const Tensor& x, double p, bool train);
LAMPAS_API Tensor& alpha_dropout_(Tensor& x, double p, bool train);
/// One draw per (sample, channel) of (N, C, ...).
LAMPAS_API Tensor feature_alpha_dropout(const Tensor& x, double p, bool train);
LAMPAS_API Tensor& feature_alpha_dropout_(Tensor& x, double p, bool train);

}  // namespace lampas
