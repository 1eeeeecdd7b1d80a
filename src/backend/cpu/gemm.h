#pragma once

#include "backend/gemm.h"

namespace lampas::cpu {

/// The matrix product behind `gemm_kernel`, for kernels that need one inside (convolutions, recurrent layers).
/// T: float, double, Half, BFloat16, uint8_t, int8_t, int16_t, int32_t or int64_t. Called from inside a parallel region
/// it runs on one thread.
template <class T>
void gemm(const Gemm& g);

}  // namespace lampas::cpu
