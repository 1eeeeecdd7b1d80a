#pragma once

#include "backend/kernel.h"
#include "backend/reduce.h"

namespace lampas {

/// Running reductions along the middle dimension of a row-major array; `reverse` runs from the end. Slots are indexed
/// by the dtype, which input and output share.
struct Scan {
  DimSpan span;
  bool reverse = false;
};
using ScanKernel = Kernel<void(const Scan& scan, const void* x, void* y)>;

inline ScanKernel cumsum_kernel{"cumsum"};
inline ScanKernel cumprod_kernel{"cumprod"};
/// Floating point only.
inline ScanKernel logcumsumexp_kernel{"logcumsumexp"};
/// Values, and the position of the last element equal to each. The first NaN stays.
inline Kernel<void(const Scan& scan, const void* x, void* y, int64_t* indices)> cummax_kernel{"cummax"};
inline Kernel<void(const Scan& scan, const void* x, void* y, int64_t* indices)> cummin_kernel{"cummin"};
/// y[k] = a[k] y[k-1] + b[k] (reverse: y[k+1]), y before the first being 0. Floating point only.
inline Kernel<void(const Scan& scan, const void* a, const void* b, void* y)> recurrence_kernel{"linear_recurrence"};

}  // namespace lampas
