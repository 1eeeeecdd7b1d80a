#pragma once

#include <cstdint>

#include "backend/kernel.h"
#include "lampas/base/array_ref.h"

// Slots of the kernels that move elements to and from positions given by index tensors. The slot's dtype is that of the
// elements. Moving kernels look at the element size only and hold for every dtype; they copy bits, so NaN payloads
// survive. Adding kernels add in the order of the index, whatever the number of threads: results are bitwise
// reproducible. They compute in the slot's dtype: float16 and bfloat16 round after every addition (ops that add much
// give float32), integers wrap, bool is `or`.
namespace lampas {

/// The first index found out of bounds; dim < 0: there is none.
struct BadIndex {
  int dim = -1;  // which index tensor
  int64_t value = 0;
};

/// Positions in several dimensions at once: entry b lies at sum_k wrap(index[k][b]) * stride[k] bytes, where wrap(i) is
/// i, or i + size[k] for a negative i. A valid i is in [-size[k], size[k]).
struct IndexedDims {
  ArrayRef<const int64_t*> index;  // each with `count` entries
  int64_t count = 0;
  IntArrayRef size;
  IntArrayRef stride;     // bytes, not negative
  bool negatives = true;  // false: a valid i is in [0, size[k])
};

/// `indexed` is the tensor with the indexed dimensions; `plain` has one element or block for each entry of the index.
/// Strides are in bytes. Dimensions that are not indexed come before (outer) or after (inner) the index in `plain`.
struct IndexWalk {
  char* indexed;
  char* plain;
  int64_t plain_step;  // from one entry of the index to the next in `plain`; 0: the same value for all
  IntArrayRef outer, outer_indexed, outer_plain;  // sizes, strides, strides
  IntArrayRef inner, inner_indexed, inner_plain;
};

/// Looks at every index, writes nothing. Registered for kLong.
inline Kernel<BadIndex(const IndexedDims& at)> index_check_kernel{"index"};

using IndexMoveFn = BadIndex(const IndexWalk& w, const IndexedDims& at);
/// plain = indexed[at]. Checks the indices; stops at a bad one having written part of `plain`.
inline Kernel<IndexMoveFn> index_get_kernel{"index"};
/// indexed[at] = plain in the order of the index: of equal entries the last wins. The indices must have been checked.
inline Kernel<IndexMoveFn> index_set_kernel{"index_put_"};
/// indexed[at] += plain. The indices must have been checked.
inline Kernel<IndexMoveFn> index_add_kernel{"index_put_ with accumulate"};

}  // namespace lampas
