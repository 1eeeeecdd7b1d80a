#pragma once

#include "lampas/tensor/tensor.h"

/// Normalisations of floating-point tensors: y = (x - mean) / sqrt(var + eps) * weight + bias, with the biased variance
/// of each set of elements that has statistics of its own. Parameters may be undefined; they have x's dtype (or float32
/// for float16 and bfloat16 inputs, which compute in float32). Derivatives of every order. `cudnn_enabled` has no
/// meaning on the CPU. Each throws Error for parameters whose size does not fit.
namespace lampas {

/// One set per channel of (N, C, ...) (https://arxiv.org/abs/1502.03167); weight, bias (C). In training the statistics
/// are the batch's, and running statistics (if defined) move in place by `momentum` towards the mean and the unbiased
/// variance; otherwise the running statistics are used.
LAMPAS_API Tensor batch_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, const Tensor& running_mean,
                             const Tensor& running_var, bool training, double momentum, double eps,
                             bool cudnn_enabled = true);

/// One set per channel of each sample of (N, C, ...) (https://arxiv.org/abs/1607.08022); weight, bias (C). Running
/// statistics move towards the samples' average; without `use_input_stats` they are used instead.
LAMPAS_API Tensor instance_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, const Tensor& running_mean,
                                const Tensor& running_var, bool use_input_stats, double momentum, double eps,
                                bool cudnn_enabled = true);

/// One set per sample and group of C / num_groups channels of (N, C, ...) (https://arxiv.org/abs/1803.08494); weight,
/// bias (C). Throws when num_groups does not divide C.
LAMPAS_API Tensor group_norm(const Tensor& x, int64_t num_groups, const Tensor& weight = {}, const Tensor& bias = {},
                             double eps = 1e-05, bool cudnn_enabled = true);

/// One set for each index of the leading dimensions, over the trailing ones, which must be `normalized_shape`
/// (https://arxiv.org/abs/1607.06450); weight, bias of that shape.
LAMPAS_API Tensor layer_norm(const Tensor& x, IntArrayRef normalized_shape, const Tensor& weight = {},
                             const Tensor& bias = {}, double eps = 1e-05, bool cudnn_enable = true);

namespace nn::detail {
/// x / (k + alpha / size * sum of the squares of the channels from c - before to c + after)^beta. keeps_first: channel
/// 0 counts in the sums of all channels after it.
LAMPAS_API Tensor local_response_norm(const char* op, const Tensor& x, int64_t size, int64_t before, int64_t after,
                                      double alpha, double beta, double k, bool keeps_first = false);
}  // namespace nn::detail

}  // namespace lampas
