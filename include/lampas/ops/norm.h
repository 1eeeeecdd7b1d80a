#pragma once

#include "lampas/tensor/tensor.h"

namespace lampas {

/// Batch normalisation of (N, C, ...) (https://arxiv.org/abs/1502.03167): y = (x - mean) / sqrt(var + eps) * weight +
/// bias per channel. In training mean and biased variance are the batch's, and running statistics (if defined) move by
/// `momentum` towards the mean and the unbiased variance; otherwise the running statistics are used. weight, bias (C)
/// may be undefined. `cudnn_enabled` has no meaning on the CPU.
LAMPAS_API Tensor batch_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, const Tensor& running_mean,
                             const Tensor& running_var, bool training, double momentum, double eps,
                             bool cudnn_enabled = true);

}  // namespace lampas
