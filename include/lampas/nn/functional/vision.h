#pragma once

#include "lampas/nn/options/vision.h"
#include "lampas/tensor/tensor.h"

namespace lampas::nn::functional {

/// The sampling grid (N, H, W, 2) of the affine maps theta (N, 2, 3) for images of `size` (N, C, H, W); (N, D, H, W, 3)
/// for theta (N, 3, 4) and size (N, C, D, H, W).
LAMPAS_API Tensor affine_grid(const Tensor& theta, const IntArrayRef& size, bool align_corners = false);
/// Samples `input` (N, C, H, W) at `grid` (N, OH, OW, 2), whose entries are (x, y) in [-1, 1]; or (N, C, D, H, W) at
/// (N, OD, OH, OW, 3).
LAMPAS_API Tensor grid_sample(const Tensor& input, const Tensor& grid, const GridSampleFuncOptions& options = {});

}  // namespace lampas::nn::functional
