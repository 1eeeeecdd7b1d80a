#pragma once

#include "lampas/tensor/tensor.h"

/// Sliding blocks and rearranged channels of images of a floating dtype
/// (https://pytorch.org/docs/stable/nn.html#vision-layers).
namespace lampas {

/// The blocks of (N, C, H, W) or (C, H, W) as columns: (N, C * prod(kernel), blocks), blocks in row-major order, as
/// many as prod floor((S + 2 padding - dilation (kernel - 1) - 1) / stride + 1). Sizes have two entries.
LAMPAS_API Tensor im2col(const Tensor& x, IntArrayRef kernel_size, IntArrayRef dilation, IntArrayRef padding,
                         IntArrayRef stride);
/// The sum of all columns' values at their places in an image of output_size: (N, C * prod(kernel), blocks) or without
/// N to (N, C, H, W).
LAMPAS_API Tensor col2im(const Tensor& x, IntArrayRef output_size, IntArrayRef kernel_size, IntArrayRef dilation,
                         IntArrayRef padding, IntArrayRef stride);

/// (*, C r^2, H, W) to (*, C, H r, W r): channel c r^2 + i r + j goes to row offset i, column offset j. Any dtype.
LAMPAS_API Tensor pixel_shuffle(const Tensor& x, int64_t upscale_factor);
/// The inverse.
LAMPAS_API Tensor pixel_unshuffle(const Tensor& x, int64_t downscale_factor);
/// (N, C, *): channel k C/groups + c goes to c groups + k. Any dtype.
LAMPAS_API Tensor channel_shuffle(const Tensor& x, int64_t groups);

/// y_k = x1^T A_k x2 + b_k over the last dimensions: x1 (*, in1), x2 (*, in2) of equal leading sizes, weight (out, in1,
/// in2), bias (out) or undefined.
LAMPAS_API Tensor bilinear(const Tensor& x1, const Tensor& x2, const Tensor& weight, const Tensor& bias = {});

}  // namespace lampas
