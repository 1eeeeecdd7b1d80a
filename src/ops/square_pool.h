#pragma once

#include "lampas/tensor/tensor.h"

namespace lampas {

/// The root of the sum of the squares of each window of avg_pool1d or avg_pool2d without padding, in one pass; where it
/// is zero so is the gradient. Undefined for dtypes and layouts that other operations do better.
Tensor square_pool(const char* op, int dims, const Tensor& x, IntArrayRef kernel_size, IntArrayRef stride,
                   bool ceil_mode);

}  // namespace lampas
