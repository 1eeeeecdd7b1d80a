#pragma once

#include "lampas/nn/options/activation.h"
#include "lampas/tensor/tensor.h"

namespace lampas::nn::functional {

/// max(x, 0).
LAMPAS_API Tensor relu(Tensor input, const ReLUFuncOptions& options = {});
/// exp(x) / sum exp(x) along a dimension.
LAMPAS_API Tensor softmax(const Tensor& input, const SoftmaxFuncOptions& options);
/// log(softmax(x)), computed without overflow.
LAMPAS_API Tensor log_softmax(const Tensor& input, const LogSoftmaxFuncOptions& options);
/// softmax(-x).
LAMPAS_API Tensor softmin(const Tensor& input, const SoftminFuncOptions& options);

}  // namespace lampas::nn::functional
