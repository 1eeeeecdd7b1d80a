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
/// fold_kernel's work on one float plane where both strides are 1; null where vectors have one lane.
inline void (*fold_unit_plane)(const FoldShape& s, const float* y, float* x) = nullptr;
/// y[p, 2i + u, 2j + v] = x[p, 2u + v, i, j] for p < planes, i < height, j < width; or, `apart`, back. Registered for
/// kFloat; moves elements.
inline Kernel<void(bool apart, int64_t planes, int64_t height, int64_t width, const void* x, void* y)>
    pixel_pairs_kernel{"pixel_shuffle"};

}  // namespace lampas
