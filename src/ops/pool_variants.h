#pragma once

#include "ops/pool.h"

namespace lampas {

/// y = 0, then y[indices[i]] = x[i] in order, plane by plane. Uses planes, in and out of the shape; indices must lie in
/// the output plane. Moves elements.
inline Kernel<void(const PoolShape& s, const void* x, const int64_t* indices, void* y)> max_unpool_kernel{"max_unpool"};
/// Windows of s.kernel at the places `samples` (planes x dims, of x's dtype) give. y and flat positions of the maxima.
inline Kernel<void(const PoolShape& s, const void* x, const void* samples, void* y, int64_t* indices)>
    fractional_max_pool_kernel{"fractional_max_pool"};

}  // namespace lampas
