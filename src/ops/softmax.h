#pragma once

#include "backend/kernel.h"
#include "backend/reduce.h"

namespace lampas {

/// Softmax and its logarithm along the middle dimension of a contiguous array. y may be x.
using SoftmaxKernel = Kernel<void(const DimSpan& span, const void* x, void* y)>;
inline SoftmaxKernel softmax_kernel{"softmax"};
inline SoftmaxKernel log_softmax_kernel{"log_softmax"};

/// dx from the gradient g and the result y: y (g - sum(g y)) for softmax, g - exp(y) sum(g) for log_softmax. dx may be
/// g or y.
using SoftmaxBackwardKernel = Kernel<void(const DimSpan& span, const void* g, const void* y, void* dx)>;
inline SoftmaxBackwardKernel softmax_backward_kernel{"softmax_backward"};
inline SoftmaxBackwardKernel log_softmax_backward_kernel{"log_softmax_backward"};

}  // namespace lampas
