#pragma once

#include "backend/kernel.h"

namespace lampas {

/// y[o][c][i] = sum of x[o][j][i] for j from c - before to c + after, as far as there are such channels; contiguous.
inline Kernel<void(const void* x, void* y, int64_t outer, int64_t channels, int64_t inner, int64_t before,
                   int64_t after)>
    channel_window_sum_kernel{"local_response_norm"};

}  // namespace lampas
