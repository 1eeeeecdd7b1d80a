#pragma once

#include "backend/conv_shape.h"
#include "backend/kernel.h"

namespace lampas {

/// Pooling windows over `planes` (batch times channels) dense planes of `dims` spatial dimensions, outermost first.
/// Window o covers o * stride - padding + dilation * [0, kernel); the parts outside the plane never count as elements.
/// `out` decides the number of windows (floor or ceil mode is the caller's affair); each must touch the plane or its
/// padding.
struct PoolShape {
  int dims = 2;
  int64_t planes = 0;
  int64_t in[kMaxSpatial] = {1, 1, 1}, out[kMaxSpatial] = {1, 1, 1}, kernel[kMaxSpatial] = {1, 1, 1};
  int64_t stride[kMaxSpatial] = {1, 1, 1}, padding[kMaxSpatial] = {0, 0, 0}, dilation[kMaxSpatial] = {1, 1, 1};
  bool count_include_pad = true;  // average pools: divide by the window's length with padding
  int64_t divisor = 0;            // average pools: divide by this instead, if not 0
};

/// y = maximum of each window; `indices` (may be null) = its flat position in the plane, the first one on ties. A NaN
/// in the window wins (the first one). A window with no element gives -inf and index -1.
inline Kernel<void(const PoolShape& s, const void* x, void* y, int64_t* indices)> max_pool_kernel{"max_pool"};
/// The same, and which of the window's taps (row-major, counting those outside the plane) is the maximum: all that
/// backward needs, in an eighth of the memory. Windows of at most kNoTap taps.
inline constexpr uint8_t kNoTap = 255;  // no element
inline Kernel<void(const PoolShape& s, const void* x, void* y, uint8_t* taps)> max_pool_taps_kernel{"max_pool_taps"};
inline Kernel<void(const PoolShape& s, const void* dy, const uint8_t* taps, void* dx)> max_pool_taps_backward_kernel{
    "max_pool_taps_backward"};
/// Taps as `indices`.
inline Kernel<void(const PoolShape& s, const uint8_t* taps, int64_t* indices)> max_pool_tap_positions_kernel{
    "max_pool_tap_positions"};
/// dx = 0, then dx[indices[o]] += dy[o] plane by plane. Uses only planes, in and out. Also serves adaptive and
/// fractional pools.
inline Kernel<void(const PoolShape& s, const void* dy, const int64_t* indices, void* dx)> max_pool_backward_kernel{
    "max_pool_backward"};
/// y[o] = x[indices[o]]: the derivative of max_pool_backward, and of max_unpool. An index of -1 gives 0.
inline Kernel<void(const PoolShape& s, const void* x, const int64_t* indices, void* y)> max_pool_gather_kernel{
    "max_pool_gather"};

inline Kernel<void(const PoolShape& s, const void* x, void* y)> avg_pool_kernel{"avg_pool"};
/// Every element of dx is written.
inline Kernel<void(const PoolShape& s, const void* dy, void* dx)> avg_pool_backward_kernel{"avg_pool_backward"};

/// y = the root of the sum of the squares of each window. Float32 only.
inline Kernel<void(const PoolShape& s, const void* x, void* y)> square_pool_kernel{"square_pool"};

/// Window o = [floor(o * in / out), ceil((o + 1) * in / out)). Use only planes, in and out of the shape.
inline Kernel<void(const PoolShape& s, const void* x, void* y)> adaptive_avg_pool_kernel{"adaptive_avg_pool"};
inline Kernel<void(const PoolShape& s, const void* dy, void* dx)> adaptive_avg_pool_backward_kernel{
    "adaptive_avg_pool_backward"};
inline Kernel<void(const PoolShape& s, const void* x, void* y, int64_t* indices)> adaptive_max_pool_kernel{
    "adaptive_max_pool"};

// Float32 images in blocks of channels (ImageLayout::Blocked8, Blocked16): `planes` counts the blocks, each position
// holds `block` channels. Same definitions; indices lie in the same blocks.
inline Kernel<void(const PoolShape& s, int64_t block, const void* x, void* y, int64_t* indices)>
    max_pool_blocked_kernel{"max_pool_blocked"};
inline Kernel<void(const PoolShape& s, int64_t block, const void* dy, const int64_t* indices, void* dx)>
    max_pool_backward_blocked_kernel{"max_pool_backward_blocked"};
inline Kernel<void(const PoolShape& s, int64_t block, const void* x, void* y)> avg_pool_blocked_kernel{
    "avg_pool_blocked"};
inline Kernel<void(const PoolShape& s, int64_t block, const void* dy, void* dx)> avg_pool_backward_blocked_kernel{
    "avg_pool_backward_blocked"};

}  // namespace lampas
