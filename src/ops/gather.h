#pragma once

#include "ops/index.h"

namespace lampas {

/// gather and scatter: for every position p of `sizes`, with q equal to p but q[dim] = index[p], `selected` is
/// addressed by q and `plain` by p. Strides in bytes. An index must be in [0, bound).
/// `near`, where it is not null, is room for the indices in 16 bits, in row-major order: bound is at most 2^16 and the
/// index contiguous. The check writes it, and what scatters then reads it in place of the index.
struct GatherWalk {
  const char* index;  // int64
  char* selected;
  char* plain;
  IntArrayRef sizes, index_stride, selected_stride, plain_stride;
  int dim;
  int64_t bound;
  uint16_t* near = nullptr;
};

using GatherFn = BadIndex(const GatherWalk& w);
/// Whether n adjacent indices lie in [0, bound); copied to `near` unless that is null. Registered for kLong.
inline Kernel<bool(const int64_t* index, int64_t n, int64_t bound, uint16_t* near)> inside_kernel{"gather"};
/// Looks at every index, writes at most `near`. Registered for kLong.
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

/// Whether a scatter reads the index, which it must have checked to its end before it writes, from `near` the second
/// time: it is large (the copy, a quarter of it, may still lie in the L2 cache), and the kernel's loop knows both.
inline bool scatters_from_near(bool adds, ScalarType dtype, int64_t numel, int64_t bound) {
  constexpr int64_t kLarge = 1 << 17;
  return numel >= kLarge && bound <= 1 << 16 && (adds ? dtype == kFloat : element_size(dtype) == 4);
}

}  // namespace lampas
