#pragma once

#include "backend/kernel.h"

namespace lampas {

/// Sliding blocks over `planes` dense planes of height x width; row-major grid of blocks[0] x blocks[1].
struct FoldShape {
  int64_t planes = 0;
  int64_t in[2], blocks[2], kernel[2], stride[2], padding[2], dilation[2];
};
/// y[(plane, u, v), block] = x[plane, block * stride - padding + dilation * (u, v)], zero outside. Moves elements.
inline Kernel<void(const FoldShape& s, const void* x, void* y)> unfold_kernel{"im2col"};
/// The transposed map: the sum of all block values landing on an element.
inline Kernel<void(const FoldShape& s, const void* y, void* x)> fold_kernel{"col2im"};

}  // namespace lampas
