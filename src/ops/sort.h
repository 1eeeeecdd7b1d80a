#pragma once

#include "backend/kernel.h"
#include "backend/reduce.h"

namespace lampas {

/// Order along the middle dimension of a row-major array: NaN counts as larger than every number, -0 as equal to 0,
/// and of equal elements the first comes first. Values are copied bit for bit. Slots are indexed by the dtype.

/// Everything, ascending or descending. `values` may be null.
inline Kernel<void(const DimSpan& span, bool descending, const void* x, void* values, int64_t* indices)> sort_kernel{
    "sort"};
/// The first k of that order; outputs have size k in the middle. 0 < k <= size.
inline Kernel<void(const DimSpan& span, int64_t k, bool largest, const void* x, void* values, int64_t* indices)>
    topk_kernel{"topk"};
/// One element of the ascending order (outputs have size 1 in the middle): number k; the lower middle, or the first
/// NaN; the lower middle of what is not NaN. size > 0.
enum class Pick : uint8_t { kth, median, nanmedian };
inline Kernel<void(const DimSpan& span, Pick pick, int64_t k, const void* x, void* values, int64_t* indices)>
    pick_kernel{"kthvalue"};
/// The smallest of the most frequent values and its last position. size > 0.
inline Kernel<void(const DimSpan& span, const void* x, void* values, int64_t* indices)> mode_kernel{"mode"};
/// For each of `count` values the number of elements of an ascending sequence that are less (right: or equal).
/// Sequence k of `length` elements belongs to `count / sequences` values; `order` (or null) sorts a sequence.
struct SearchSpan {
  int64_t sequences, length, count;
  bool right;
};
inline Kernel<void(const SearchSpan& span, const void* sequence, const int64_t* order, const void* values,
                   int64_t* positions)>
    search_kernel{"searchsorted"};
/// counts[k] = number of the n elements in part k of `bins` equal parts of [min, max].
inline Kernel<void(const void* x, int64_t n, int64_t bins, double min, double max, int64_t* counts)> histogram_kernel{
    "histc"};

}  // namespace lampas
