#pragma once

#include "lampas/nn/options/loss.h"

namespace lampas::nn::functional {

/// (input - target)^2.
LAMPAS_API Tensor mse_loss(const Tensor& input, const Tensor& target, const MSELossFuncOptions& options = {});
/// -weight[target] * input[target]: `input` (N, C, ...) holds log-probabilities, `target` (N, ...) class indices. The
/// mean divides by the sum of the weights.
LAMPAS_API Tensor nll_loss(const Tensor& input, const Tensor& target, const NLLLossFuncOptions& options = {});
/// nll_loss of log_softmax(input); `target` holds class indices or, in the shape of `input`, probabilities.
LAMPAS_API Tensor cross_entropy(const Tensor& input, const Tensor& target, const CrossEntropyFuncOptions& options = {});

}  // namespace lampas::nn::functional
