#pragma once

#include "backend/kernel.h"

namespace lampas {

/// multilabel_margin_loss of `samples` rows of x and int64 targets: one loss per row, and the loss's derivative by x,
/// which does not depend on x where it is smooth. Returns the first element of `target` that is not a class (a
/// negative one ends its row), or -1. float32 and float64.
inline Kernel<int64_t(const void* x, const int64_t* target, int64_t samples, int64_t classes, void* loss, void* slope)>
    multilabel_margin_kernel{"multilabel_margin_loss"};

/// multi_margin_loss: with z = max(0, margin + x[j] - x[t]), the sum over j other than t of z, or z^2 (`square`), times
/// weight[t] / classes. Targets are in range; `weight` is of x's dtype or null. float32 and float64, sums in float64.
struct MultiMargin {
  int64_t samples, classes;
  const int64_t* target;
  const void* weight;
  double margin;
  bool square;
};
inline Kernel<void(const MultiMargin& m, const void* x, void* loss)> multi_margin_kernel{"multi_margin_loss"};
/// Its derivative, `g` being one number a sample. Where z is 0 the derivative is.
inline Kernel<void(const MultiMargin& m, const void* g, const void* x, void* dx)> multi_margin_backward_kernel{
    "multi_margin_loss"};

}  // namespace lampas
