#pragma once

#include "backend/gemm.h"
#include "backend/kernel.h"

namespace lampas {

/// Matrix product for float32, float64, float16, bfloat16 and the integer dtypes (which wrap around).
inline Kernel<void(const Gemm&)> gemm_kernel{"gemm"};

}  // namespace lampas
