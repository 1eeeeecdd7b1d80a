#pragma once

#include "lampas/nn/options/fold.h"
#include "lampas/tensor/tensor.h"

namespace lampas::nn::functional {

/// Sums the blocks (N, C * prod(kernel_size), L) into an image (N, C, output_size). N may be missing.
LAMPAS_API Tensor fold(const Tensor& input, const FoldFuncOptions& options);
/// The sliding blocks of (N, C, H, W) as columns: (N, C * prod(kernel_size), L).
LAMPAS_API Tensor unfold(const Tensor& input, const UnfoldFuncOptions& options);

}  // namespace lampas::nn::functional
