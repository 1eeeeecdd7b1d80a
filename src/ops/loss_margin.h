#pragma once

#include "backend/kernel.h"

namespace lampas {

/// multilabel_margin_loss of `samples` rows of x and int64 targets: one loss per row, and the loss's derivative by x,
/// which does not depend on x where it is smooth. Returns the first element of `target` that is not a class (a
/// negative one ends its row), or -1. float32 and float64.
inline Kernel<int64_t(const void* x, const int64_t* target, int64_t samples, int64_t classes, void* loss, void* slope)>
    multilabel_margin_kernel{"multilabel_margin_loss"};

}  // namespace lampas
