#pragma once

#include <tuple>

#include "lampas/nn/options/pooling.h"
#include "lampas/tensor/tensor.h"

namespace lampas::nn::functional {

/// Average over windows of (N, C, H, W) or (C, H, W).
LAMPAS_API Tensor avg_pool2d(const Tensor& input, const AvgPool2dFuncOptions& options);
/// Maximum over windows of (N, C, H, W) or (C, H, W).
LAMPAS_API Tensor max_pool2d(const Tensor& input, const MaxPool2dFuncOptions& options);
/// Also the position of each maximum in its H x W plane, as int64.
LAMPAS_API std::tuple<Tensor, Tensor> max_pool2d_with_indices(const Tensor& input, const MaxPool2dFuncOptions& options);

}  // namespace lampas::nn::functional
