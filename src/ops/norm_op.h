#pragma once

#include "lampas/tensor/tensor.h"

namespace lampas::detail {

/// lampas::batch_norm; with `relu`, then a ReLU in the same pass, forward and backward.
Tensor batch_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, const Tensor& running_mean,
                  const Tensor& running_var, bool training, double momentum, double eps, bool relu);

}  // namespace lampas::detail
