#pragma once

#include "backend/kernel.h"
#include "backend/reduce.h"

namespace lampas {

/// Cross products along a dimension of three (span.size), all arrays row-major. Reduced floats compute in float32,
/// integers wrap.
inline Kernel<void(const DimSpan& span, const void* a, const void* b, void* out)> cross_kernel{"cross"};

}  // namespace lampas
