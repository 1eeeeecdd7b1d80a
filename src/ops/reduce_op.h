#pragma once

#include "autograd/op.h"
#include "backend/reduce.h"
#include "ops/copy.h"

/// What ops over dimensions share.
namespace lampas {

/// The dimensions of a reduction: wrapped, checked, as a list and a mask. Empty `dim` means all.
struct Dims {
  Shape list;
  uint64_t mask = 0;
  Dims(const Tensor& x, IntArrayRef dim, const char* op) {
    check(x.defined(), op, ": tensor is undefined");
    const int64_t rank = x.dim();
    if (dim.empty()) {
      for (int64_t d = 0; d < rank; ++d) list.push_back(d);
      mask = rank >= 64 ? ~uint64_t{0} : (uint64_t{1} << rank) - 1;
      return;
    }
    for (int64_t d : dim) {
      const int64_t w = wrap_dim(d, rank, op);
      check(!(mask >> w & 1), op, ": dim ", w, " appears multiple times in the list of dims ", dim);
      mask |= uint64_t{1} << w;
      if (rank) list.push_back(w);
    }
  }
  bool has(int64_t d) const { return mask >> d & 1; }
  int64_t count(const Tensor& x) const {
    int64_t n = 1;
    for (int64_t d : list) n *= x.impl()->sizes()[d];
    return n;
  }
};

inline Shape reduced_sizes(const TensorImpl& x, uint64_t mask, bool keepdim) {
  Shape sizes;
  for (int d = 0; d < x.ndim; ++d) {
    if (!(mask >> d & 1))
      sizes.push_back(x.sizes()[d]);
    else if (keepdim)
      sizes.push_back(1);
  }
  return sizes;
}

inline ReducePlan plan_of(const Tensor& x, const Shape& dims, bool ordered = false) {
  return plan_reduction(x.impl()->sizes_ref(), x.impl()->strides_ref(), dims, ordered);
}

/// A result with its reduced dimensions put back as ones, so that it broadcasts against the input.
inline Tensor restore_dims(const Tensor& t, const Shape& sizes, uint64_t mask, bool keepdim) {
  if (keepdim || sizes.empty()) return t;
  Shape full(sizes);
  for (size_t d = 0; d < full.size(); ++d)
    if (mask >> d & 1) full[d] = 1;
  return t.reshape(full);
}

/// A row-major tensor seen as outer x size x inner around one dimension (0-d: one element).
inline DimSpan span_around(const Tensor& x, int64_t dim) {
  DimSpan s;
  for (int64_t d = 0; d < x.dim(); ++d) (d < dim ? s.outer : d == dim ? s.size : s.inner) *= x.impl()->sizes()[d];
  return s;
}

inline Tensor converted(const Tensor& x, std::optional<ScalarType> dtype) {
  return dtype && *dtype != x.scalar_type() ? x.to(*dtype) : x;
}

/// The end of an `_out` function with values and indices.
std::tuple<Tensor&, Tensor&> results_out(const char* op, Tensor& a, Tensor& b, const std::tuple<Tensor, Tensor>& r);

}  // namespace lampas
