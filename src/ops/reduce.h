#pragma once

#include "backend/kernel.h"
#include "backend/reduce.h"

namespace lampas {

/// Reductions: `plan` describes the strided input (src/backend/reduce.h); the output is contiguous over the kept
/// dimensions. Slots are indexed by the input's dtype. The output has the input's dtype unless stated otherwise.
using ReduceKernel = Kernel<void(const ReducePlan& plan, const void* in, void* out)>;

/// Sum; of nothing: 0. Integer and bool inputs give int64 (wrapping around).
inline ReduceKernel sum_kernel{"sum"};
/// Sum of what is not NaN, floating point only.
inline ReduceKernel nansum_kernel{"nansum"};
/// Sum divided by the count, floating point only; of nothing: NaN.
inline ReduceKernel mean_kernel{"mean"};
/// Product; of nothing: 1. Integer and bool inputs give int64 (wrapping around).
inline ReduceKernel prod_kernel{"prod"};
/// Largest and smallest value; NaN if any element is. The caller refuses an empty reduction.
inline ReduceKernel amax_kernel{"amax"};
inline ReduceKernel amin_kernel{"amin"};
/// Whether any element, or all, differ from zero (NaN does), as bool. Of nothing: false, true.
inline ReduceKernel any_kernel{"any"};
inline ReduceKernel all_kernel{"all"};
/// Number of elements that differ from zero, as int64.
inline ReduceKernel count_nonzero_kernel{"count_nonzero"};
/// The extreme value and its position: the first of equal ones, the first NaN if there is one. `plan` must be ordered;
/// a position is the row-major index within the reduced dimensions. `values` may be null (argmax, argmin). The caller
/// refuses an empty reduction.
using ReduceIndexKernel = Kernel<void(const ReducePlan& plan, const void* in, void* values, int64_t* indices)>;
inline ReduceIndexKernel max_index_kernel{"max"};
inline ReduceIndexKernel min_index_kernel{"min"};

/// Variance sum((x - mean)^2) / max(0, count - correction), or its root, and the mean, floating point only. `var` or
/// `mean` may be null. Of nothing, or when count <= correction: NaN variance for 0/0, inf never hides a NaN.
struct VarParams {
  double correction = 1;
  bool root = false;  // standard deviation
};
inline Kernel<void(const ReducePlan& plan, const void* in, void* var, void* mean, const VarParams& params)> var_kernel{
    "var"};

/// (sum |x|^p)^(1/p), floating point only; p = 0 counts non-zero elements, p = inf and -inf give the largest and
/// smallest |x|. Of nothing: 0 for p >= 0; for p < 0 and p = inf the caller refuses it.
inline Kernel<void(const ReducePlan& plan, const void* in, void* out, double p)> norm_kernel{"norm"};

}  // namespace lampas
