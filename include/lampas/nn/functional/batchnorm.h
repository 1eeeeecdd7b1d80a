#pragma once

#include "lampas/nn/options/batchnorm.h"

namespace lampas::nn::functional {

/// Normalises every channel (dimension 1) of `input`, with the statistics of the batch when training and the running
/// ones otherwise.
LAMPAS_API Tensor batch_norm(const Tensor& input, const Tensor& running_mean, const Tensor& running_var,
                             const BatchNormFuncOptions& options = {});

}  // namespace lampas::nn::functional
