#pragma once

#include "lampas/nn/options/pixelshuffle.h"
#include "lampas/tensor/tensor.h"

namespace lampas::nn::functional {

/// (*, C r^2, H, W) to (*, C, H r, W r).
LAMPAS_API Tensor pixel_shuffle(const Tensor& input, const PixelShuffleFuncOptions& options);
/// (*, C, H r, W r) to (*, C r^2, H, W).
LAMPAS_API Tensor pixel_unshuffle(const Tensor& input, const PixelUnshuffleFuncOptions& options);
/// Interleaves the groups of channels of (N, C, *).
LAMPAS_API Tensor channel_shuffle(const Tensor& input, const ChannelShuffleFuncOptions& options);

}  // namespace lampas::nn::functional
