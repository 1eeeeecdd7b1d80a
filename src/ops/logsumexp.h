#pragma once

#include "backend/kernel.h"
#include "backend/reduce.h"

namespace lampas {

/// y = log(sum(exp(x))) along the middle dimension of row-major x; of nothing: -inf.
inline Kernel<void(const DimSpan& span, const void* x, void* y)> logsumexp_kernel{"logsumexp"};

}  // namespace lampas
