#pragma once

#include "lampas/tensor/tensor.h"
#include "ops/index.h"

namespace lampas {

/// Which dimensions of x index tensors replace: dimension dims[k] of x by row k of an int64 matrix that holds the
/// positions, one column for each element of `shape`.
struct IndexPlan {
  const char* op;  // for messages
  Shape dims;      // ascending
  Shape shape;     // of the index
  Shape sizes;     // of x
  bool negatives = true;

  /// Where `shape` stands in the result: in place of the dimensions if they are adjacent, else in front.
  int64_t position() const {
    return dims[dims.size() - 1] - dims[0] + 1 == static_cast<int64_t>(dims.size()) ? dims[0] : 0;
  }
  bool indexes(int64_t d) const {
    for (int64_t k : dims)
      if (k == d) return true;
    return false;
  }
  Shape result_sizes() const;
};

/// A plan for one dimension and an index vector of n entries.
IndexPlan plan_of(const char* op, const Tensor& x, int64_t dim, int64_t n, bool negatives);
/// The index as an int64 row-major matrix of one row. Takes int64 and int32, at most 1-d.
Tensor index_vector(const char* op, const Tensor& index);

/// x[index]. Recorded.
Tensor index_get(const IndexPlan& plan, const Tensor& x, const Tensor& index);
/// x[index] = value (or += value) in place; `value` broadcasts to the plan's result. Recorded. Checks everything first.
void index_put(const IndexPlan& plan, const Tensor& x, const Tensor& index, const Tensor& value, bool accumulate);

/// The pieces, without history, for ops that record themselves.
/// With `keep_order`, dimensions lie in the order x's have in memory.
Tensor read_index(const IndexPlan& plan, const Tensor& x, const Tensor& index, bool keep_order = false);
void check_index_values(const IndexPlan& plan, const Tensor& index);
void write_index(const IndexPlan& plan, const Tensor& x, const Tensor& index, const Tensor& value, bool accumulate);

/// A value for an in-place write of `x`: itself, or a copy when it shares memory with x.
Tensor apart_from(const Tensor& value, const Tensor& x);
/// Throws unless `t` may be written element by element.
void check_writable(const char* op, const Tensor& t);
/// The same for writes of one value, which may write an element several times unless gradients flow.
void check_fillable(const char* op, const Tensor& t, const Tensor& value);

}  // namespace lampas
