#pragma once

#include <cstdint>

#include "backend/kernel.h"
#include "lampas/base/array_ref.h"

// Kernels over boolean masks (bytes 0 or 1), row-major. They copy bits.
namespace lampas {

/// The number of true elements. Registered for kBool.
inline Kernel<int64_t(const bool* mask, int64_t n)> mask_count_kernel{"nonzero"};
/// out[0], out[1], ... = x[i] for true mask[i], in order; `count` of them. Every dtype of x.
inline Kernel<void(const void* x, const bool* mask, int64_t n, void* out, int64_t count)> mask_compress_kernel{
    "masked_select"};
/// x[i] = source[0], source[1], ... for true mask[i], in order. Every dtype of x.
inline Kernel<void(void* x, const bool* mask, int64_t n, const void* source)> mask_expand_kernel{"masked_scatter_"};
/// Coordinates of the true elements, in row-major order: number j has out[j * row_step + d * column_step] along
/// dimension d. Registered for kBool. At least one dimension.
inline Kernel<void(const bool* mask, IntArrayRef sizes, int64_t* out, int64_t row_step, int64_t column_step)>
    mask_positions_kernel{"nonzero"};

}  // namespace lampas
