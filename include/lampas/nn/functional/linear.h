#pragma once

#include "lampas/ops/matmul.h"

namespace lampas::nn::functional {

/// y = x W^T + b over the last dimension.
using lampas::linear;

}  // namespace lampas::nn::functional
