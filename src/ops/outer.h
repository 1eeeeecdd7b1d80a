#pragma once

#include "backend/kernel.h"

namespace lampas {

/// out[i * n + j] = a[i] * b[j] for i < m, j < n; contiguous, n >= 64. float32 only: other types take mul.
inline Kernel<void(const void* a, const void* b, void* out, int64_t m, int64_t n)> outer_kernel{"outer"};

}  // namespace lampas
