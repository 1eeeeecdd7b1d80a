#pragma once

#include "backend/kernel.h"

namespace lampas {

/// y[o][c][i] = sum of x[o][j][i] for j from c - before to c + after, as far as there are such channels; contiguous.
inline Kernel<void(const void* x, void* y, int64_t outer, int64_t channels, int64_t inner, int64_t before,
                   int64_t after)>
    channel_window_sum_kernel{"local_response_norm"};

/// With b = k + scale times the sum of x^2 over the window and p = b^-0.75: y = x p (`g` null), or its derivative
/// dx[j] = g[j] p[j] - 1.5 scale x[j] sum of g x p / b over the channels whose window holds j. float32 and float64,
/// windows of at most kMaxChannelWindow channels.
struct LocalNorm {
  int64_t outer, channels, inner, before, after;
  double scale, k;
};
inline constexpr int64_t kMaxChannelWindow = 16;
inline Kernel<void(const LocalNorm& n, const void* x, const void* g, void* out)> local_norm_kernel{
    "local_response_norm"};

}  // namespace lampas
