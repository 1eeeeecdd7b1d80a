#pragma once

#include <cstdint>

#include "backend/kernel.h"

namespace lampas {

/// Cross products of dense (outer, 3, inner) operands. Reduced floats compute in float32, integers wrap.
inline Kernel<void(int64_t outer, int64_t inner, const void* a, const void* b, void* y)> cross_kernel{"cross"};

}  // namespace lampas
