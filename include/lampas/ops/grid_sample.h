#pragma once

#include "lampas/tensor/tensor.h"

/// Sampling images at given places (https://pytorch.org/docs/stable/nn.functional.html#vision-functions).
namespace lampas {

/// x (N, C, IH, IW) at grid (N, OH, OW, 2): (N, C, OH, OW); or x (N, C, ID, IH, IW) at grid (N, OD, OH, OW, 3). The
/// grid's last dimension is (x, y) or (x, y, z): -1 and 1 are the centres of the border elements when corners are
/// aligned, else their outer edges. mode 0 linear, 1 nearest, 2 bicubic (4-D only). Places outside: padding 0 zeros, 1
/// the border's value, 2 mirrored at the border.
LAMPAS_API Tensor grid_sampler(const Tensor& x, const Tensor& grid, int64_t interpolation_mode, int64_t padding_mode,
                               bool align_corners);
LAMPAS_API Tensor grid_sampler_2d(const Tensor& x, const Tensor& grid, int64_t interpolation_mode, int64_t padding_mode,
                                  bool align_corners);
LAMPAS_API Tensor grid_sampler_3d(const Tensor& x, const Tensor& grid, int64_t interpolation_mode, int64_t padding_mode,
                                  bool align_corners);
/// The grid theta maps the output's positions to: theta (N, 2, 3) and size (N, C, H, W) to (N, H, W, 2), theta (N, 3,
/// 4) and size (N, C, D, H, W) to (N, D, H, W, 3).
LAMPAS_API Tensor affine_grid_generator(const Tensor& theta, IntArrayRef size, bool align_corners);

}  // namespace lampas
