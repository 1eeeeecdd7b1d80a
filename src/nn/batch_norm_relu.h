#pragma once

#include "lampas/nn/modules/batchnorm.h"

namespace lampas::nn::detail {

/// relu(m.forward(input)) in one pass, forward and backward; nothing is kept for the ReLU.
Tensor batch_norm_relu(BatchNorm1dImpl& m, const Tensor& input);
Tensor batch_norm_relu(BatchNorm2dImpl& m, const Tensor& input);
Tensor batch_norm_relu(BatchNorm3dImpl& m, const Tensor& input);

}  // namespace lampas::nn::detail
