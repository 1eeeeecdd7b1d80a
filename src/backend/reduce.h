#pragma once

#include <cstdint>

#include "lampas/base/small_vector.h"
#include "lampas/core/dtype.h"

namespace lampas {

/// A contiguous array seen as outer x size x inner, the op working along `size`.
struct DimSpan {
  int64_t outer = 1, size = 1, inner = 1;
};

/// Strides in elements. A reduced dimension has no output stride.
struct ReduceDim {
  int64_t size, in_stride, out_stride;
};

/// A strided array of which some dimensions are reduced, in canonical form: size-1 dimensions are dropped, dimensions
/// that can be walked as one are merged, and the innermost comes first. The output is contiguous over the kept
/// dimensions in their original order.
struct ReducePlan {
  int64_t kept = 1, reduced = 1;  // elements of the output; elements each of them is made from
  SmallVector<ReduceDim, 6> kept_dims, reduced_dims;
};

/// Describes the reduction of an array with `sizes` and element `strides` over `dims` (each in [0, rank), none twice).
/// `ordered` keeps the reduced dimensions in row-major order, as results that are positions need it: the position of an
/// element is its row-major index within the reduced dimensions.
ReducePlan plan_reduction(IntArrayRef sizes, IntArrayRef strides, IntArrayRef dims, bool ordered = false);
/// The reduction of a contiguous array along one dimension.
ReducePlan plan_reduction(const DimSpan& span);

/// `count` accumulators inside a larger block: each consists of some fields, and field f of all accumulators is one
/// array of `capacity` words of 8 bytes, of which this part starts at `offset`. A field's lanes may be smaller than a
/// word.
struct Accumulators {
  void* data;
  int64_t capacity, offset;
  template <class A>
  A* field(int f) const {
    static_assert(sizeof(A) <= 8);
    return reinterpret_cast<A*>(static_cast<char*>(data) + f * capacity * 8) + offset;
  }
  Accumulators at(int64_t i) const { return {data, capacity, offset + i}; }
};

/// Accumulators a kernel gets at most in one `take_columns` (2 KiB of a row of floats).
inline constexpr int64_t kMaxReduceColumns = 512;

/// Elements for `n` accumulators: accumulator i takes `length` elements, `step` apart, starting `i * next` after `in`.
/// `first` is the position of the first of them within the reduced dimensions.
struct ReduceRun {
  const void* in;
  int64_t n, next, length, step, first;
};

/// What a reduction kernel supplies. The driver calls `take_rows` with step 1 or next != 1, `take_columns` with the
/// smaller distance in `next` (usually 1); each accumulator's result must depend only on its own elements and the runs
/// they come in.
struct ReduceFns {
  int fields;      // words of an accumulator
  bool positions;  // the result depends on `first`
  void (*init)(Accumulators a, int64_t n);
  void (*take_rows)(const ReduceRun& run, Accumulators a, const void* params);
  void (*take_columns)(const ReduceRun& run, Accumulators a, const void* params);
  /// a[i] = a[i] combined with b[i], whose elements come after a's.
  void (*combine)(Accumulators a, Accumulators b, int64_t n);
  /// Writes the results of n accumulators to out[0][i * stride] (and out[1]), having moved both by `start` elements.
  void (*finish)(Accumulators a, int64_t n, int64_t reduced, void* const out[2], int64_t start, int64_t stride,
                 const void* params);
  int cost = 1;  // time of an element, in that of a sum's
};

/// Elements of 16 bits (float16, bfloat16) for kernels of float32: runs pass through a buffer in the L1 cache, results
/// are rounded once more. Only float32 kernels then need to be compiled. `positions` tells whether out[1] holds
/// positions (int64) or elements.
void run_narrow_reduction(const ReducePlan& plan, const ReduceFns& of_float, const void* in, ScalarType dtype,
                          void* const out[2], const void* params);

/// Runs a reduction. Large ones are split over threads, single large results too: how depends only on the plan, so the
/// result is bitwise the same for every number of threads. `item` is the input's element size.
void run_reduction(const ReducePlan& plan, const ReduceFns& fns, const void* in, int64_t item, void* const out[2],
                   const void* params);

/// Of elements of another type than the kernel's: float16 or bfloat16, for a kernel of float32.
inline void run_reduction_of(ScalarType dtype, const ReducePlan& plan, const ReduceFns& fns, const void* in,
                             int64_t item, void* const out[2], const void* params) {
  if (dtype == kHalf || dtype == kBFloat16)
    run_narrow_reduction(plan, fns, in, dtype, out, params);
  else
    run_reduction(plan, fns, in, item, out, params);
}

}  // namespace lampas
