#pragma once

#include "ops/index.h"

namespace lampas {

/// gather and scatter: for every position p of `sizes`, with q equal to p but q[dim] = index[p], `selected` is
/// addressed by q and `plain` by p. Strides in bytes. An index must be in [0, bound).
struct GatherWalk {
  const char* index;  // int64
  char* selected;
  char* plain;
  IntArrayRef sizes, index_stride, selected_stride, plain_stride;
  int dim;
  int64_t bound;
};

using GatherFn = BadIndex(const GatherWalk& w);
/// Looks at every index, writes nothing. Registered for kLong.
inline Kernel<GatherFn> gather_check_kernel{"gather"};
/// plain[p] = selected[q]. Checks the indices; stops at a bad one having written part of `plain`. Every dtype; copies
/// bits.
inline Kernel<GatherFn> gather_kernel{"gather"};
/// selected[q] = plain[p], in the order of p along `dim`: of equal indices the last wins. The indices must have been
/// checked. Strides of `plain` may be 0. Every dtype; copies bits.
inline Kernel<GatherFn> scatter_kernel{"scatter_"};
/// selected[q] += plain[p] in the order of p along `dim`; arithmetic as index_add_kernel. The indices must have been
/// checked.
inline Kernel<GatherFn> scatter_add_kernel{"scatter_add_"};
/// selected[q] *= plain[p]; likewise. bool is `and`.
inline Kernel<GatherFn> scatter_multiply_kernel{"scatter_ with reduce multiply"};
/// selected[q] = the larger (smaller) of it and plain[p], NaN if one is. Not complex.
inline Kernel<GatherFn> scatter_amax_kernel{"scatter_reduce_ with reduce amax"};
inline Kernel<GatherFn> scatter_amin_kernel{"scatter_reduce_ with reduce amin"};

}  // namespace lampas
