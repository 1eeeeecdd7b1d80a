#pragma once

#include "lampas/ops/fold.h"
#include "lampas/ops/matmul.h"

namespace lampas::nn::functional {

/// y = x W^T + b over the last dimension.
using lampas::linear;
/// y_k = x1^T A_k x2 + b_k over the last dimensions.
using lampas::bilinear;

}  // namespace lampas::nn::functional
