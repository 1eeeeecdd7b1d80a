#include "lampas/core/shape.h"

namespace lampas {

int64_t wrap_dim(int64_t dim, int64_t rank, const char* op) {
  const int64_t range = rank > 0 ? rank : 1;
  check_index(dim >= -range && dim < range, op, ": Dimension out of range (expected to be in range of [", -range, ", ",
              range - 1, "], but got ", dim, ")");
  return dim < 0 ? dim + range : dim;
}

int64_t checked_numel(IntArrayRef sizes, size_t item, const char* op) {
  bool empty = false, overflow = false;
  int64_t bytes = static_cast<int64_t>(item), n = 1;
  for (int64_t s : sizes) {
    check(s >= 0, op, ": Trying to create tensor with negative dimension ", s, ": ", sizes);
    empty |= s == 0;
    overflow |= __builtin_mul_overflow(bytes, s, &bytes) || __builtin_mul_overflow(n, s, &n);
  }
  if (empty) return 0;  // whatever the other sizes are, nothing is stored
  check(!overflow, op, ": Storage size calculation overflowed with sizes=", sizes, " and ", item, " bytes per element");
  return n;
}

Shape contiguous_strides(IntArrayRef sizes) {
  Shape strides(sizes.size());
  // Unsigned: an empty tensor may have other sizes whose product wraps, and its strides mean nothing.
  uint64_t step = 1;
  for (size_t i = sizes.size(); i-- > 0;) {
    strides[i] = static_cast<int64_t>(step);
    step *= static_cast<uint64_t>(sizes[i] > 1 ? sizes[i] : 1);
  }
  return strides;
}

Shape broadcast_shapes(IntArrayRef a, IntArrayRef b, const char* op) {
  const size_t rank = a.size() > b.size() ? a.size() : b.size();
  Shape out(rank);
  for (size_t i = 0; i < rank; ++i) {  // from the last dimension to the first
    const int64_t x = i < a.size() ? a[a.size() - 1 - i] : 1, y = i < b.size() ? b[b.size() - 1 - i] : 1;
    check(x == y || x == 1 || y == 1, op, ": The size of tensor a (", x, ") must match the size of tensor b (", y,
          ") at non-singleton dimension ", rank - 1 - i, ": shapes ", a, " and ", b, " do not broadcast");
    out[rank - 1 - i] = x == 1 ? y : x;
  }
  return out;
}

Shape infer_size(IntArrayRef sizes, int64_t numel, const char* op) {
  Shape out(sizes);
  int64_t known = 1, unknown = -1;
  bool overflow = false, empty = false;
  for (size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] == -1) {
      check(unknown < 0, op, ": only one dimension can be inferred, got ", sizes);
      unknown = static_cast<int64_t>(i);
      continue;
    }
    check(sizes[i] >= 0, op, ": invalid shape dimension ", sizes[i], " in ", sizes);
    empty |= sizes[i] == 0;
    overflow |= __builtin_mul_overflow(known, sizes[i], &known);
  }
  if (empty) {
    known = 0;
    overflow = false;
  }
  if (unknown >= 0 && known == 0)
    check(numel != 0, op, ": cannot reshape tensor of 0 elements into shape ", sizes,
          " because the unspecified dimension size -1 can be any value and is ambiguous");
  const bool fits = !overflow && (unknown < 0 ? known == numel : known != 0 && numel % known == 0);
  check(fits, op, ": shape '", sizes, "' is invalid for input of size ", numel);
  if (unknown >= 0) out[static_cast<size_t>(unknown)] = numel / known;
  return out;
}

bool view_strides(IntArrayRef sizes, IntArrayRef strides, IntArrayRef new_sizes, Shape& out) {
  const size_t rank = sizes.size(), new_rank = new_sizes.size();
  bool empty = false;
  for (int64_t s : sizes) empty |= s == 0;
  if (empty) {  // no element, no constraint
    out = sizes == new_sizes ? Shape(strides) : contiguous_strides(new_sizes);
    return true;
  }
  out.resize(new_rank);
  // Both shapes are walked from the last dimension. Old dimensions are gathered into runs that step through memory
  // uniformly; each run must be filled exactly by whole new dimensions.
  size_t j = new_rank;
  int64_t run = 1, step = rank ? strides[rank - 1] : 1;
  const auto fill_run = [&] {
    int64_t filled = 1;
    for (; j > 0 && (filled < run || new_sizes[j - 1] == 1); --j) {
      out[j - 1] = filled * step;
      filled *= new_sizes[j - 1];
    }
    return filled == run;
  };
  for (size_t i = rank; i-- > 0;) {
    run *= sizes[i];
    if (i > 0 && (sizes[i - 1] == 1 || strides[i - 1] == run * step)) continue;
    if (!fill_run()) return false;
    if (i > 0) step = strides[i - 1];
    run = 1;
  }
  return fill_run() && j == 0;
}

}  // namespace lampas
