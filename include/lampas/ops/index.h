#pragma once

#include "lampas/tensor/indexing.h"

/// Reading and writing elements by position
/// (https://pytorch.org/docs/stable/torch.html#indexing-slicing-joining-mutating-ops). Index tensors are int64 unless
/// said otherwise. Every position is checked before anything is written: a call that throws leaves its arguments as
/// they were. Where a position is written more than once, the last in the order of the index stays; sums are taken in
/// that order, so results do not depend on the number of threads.
namespace lampas {

/// x[indices], as NumPy and PyTorch define it: integers, slices, None and Ellipsis give a view, tensors a copy. Tensors
/// of int64 or int32 (negative positions count from the end) broadcast together; masks (bool, or uint8 with a warning)
/// stand for the positions of their true elements. The dimensions indexed by tensors are replaced in place when they
/// are adjacent, else they come first.
LAMPAS_API Tensor index(const Tensor& x, ArrayRef<TensorIndex> indices);
LAMPAS_API Tensor index(const Tensor& x, std::initializer_list<TensorIndex> indices);
/// x[indices] = value, or += value with `accumulate`. The value broadcasts; its leading dimensions of size one are
/// dropped.
LAMPAS_API Tensor& index_put_(Tensor& x, ArrayRef<TensorIndex> indices, const Tensor& value, bool accumulate = false);
LAMPAS_API Tensor& index_put_(Tensor& x, std::initializer_list<TensorIndex> indices, const Tensor& value,
                              bool accumulate = false);
LAMPAS_API Tensor index_put(const Tensor& x, ArrayRef<TensorIndex> indices, const Tensor& value,
                            bool accumulate = false);
LAMPAS_API Tensor index_put(const Tensor& x, std::initializer_list<TensorIndex> indices, const Tensor& value,
                            bool accumulate = false);

/// The slices x[..., index[k], ...] along `dim`. index: int64 or int32, at most 1-d, not negative.
LAMPAS_API Tensor index_select(const Tensor& x, int64_t dim, const Tensor& index);
LAMPAS_API Tensor& index_select_out(Tensor& out, const Tensor& x, int64_t dim, const Tensor& index);
/// Slice index[k] of the result is that of x plus alpha * slice k of `source` (added up where positions repeat).
LAMPAS_API Tensor index_add(const Tensor& x, int64_t dim, const Tensor& index, const Tensor& source,
                            const Scalar& alpha = 1);
/// Slice index[k] replaced by slice k of `source`.
LAMPAS_API Tensor index_copy(const Tensor& x, int64_t dim, const Tensor& index, const Tensor& source);
/// Slices index[k] filled with a value (a number or a 0-d tensor). Negative positions count from the end.
LAMPAS_API Tensor index_fill(const Tensor& x, int64_t dim, const Tensor& index, const Scalar& value);
LAMPAS_API Tensor index_fill(const Tensor& x, int64_t dim, const Tensor& index, const Tensor& value);

/// y[i][j]... = x[index[i][j]...][j]... for dim 0, and so on. The index has the rank of x and no larger sizes but along
/// `dim`. sparse_grad: the gradient of x is a sparse tensor, of an element for each of the index.
LAMPAS_API Tensor gather(const Tensor& x, int64_t dim, const Tensor& index, bool sparse_grad = false);
LAMPAS_API Tensor& gather_out(Tensor& out, const Tensor& x, int64_t dim, const Tensor& index, bool sparse_grad = false);
/// The reverse: y[index[i][j]...][j]... = source[i][j]... on a copy of x. reduce: "add" or "multiply" (not
/// differentiable).
LAMPAS_API Tensor scatter(const Tensor& x, int64_t dim, const Tensor& index, const Tensor& source);
LAMPAS_API Tensor scatter(const Tensor& x, int64_t dim, const Tensor& index, const Scalar& value);
LAMPAS_API Tensor scatter(const Tensor& x, int64_t dim, const Tensor& index, const Tensor& source,
                          std::string_view reduce);
LAMPAS_API Tensor scatter(const Tensor& x, int64_t dim, const Tensor& index, const Scalar& value,
                          std::string_view reduce);
/// Values combined into positions: reduce is "sum", "prod", "mean", "amax" or "amin"; without `include_self` what was
/// there takes no part.
LAMPAS_API Tensor scatter_reduce(const Tensor& x, int64_t dim, const Tensor& index, const Tensor& source,
                                 std::string_view reduce, bool include_self = true);
/// The same for slices, index 1-d: reduce is "prod", "mean", "amax" or "amin".
LAMPAS_API Tensor index_reduce(const Tensor& x, int64_t dim, const Tensor& index, const Tensor& source,
                               std::string_view reduce, bool include_self = true);
LAMPAS_API Tensor scatter_add(const Tensor& x, int64_t dim, const Tensor& index, const Tensor& source);
/// Runs of rows along `axis` combined into one each: reduce is "sum", "prod", "mean", "max" or "min". The runs are told
/// by `lengths`, or by `offsets`, where each begins and the last ends; they have as many dimensions as come before
/// `axis`, and one. `initial` takes part; without it an empty run gives 0, 1, NaN, -inf or inf.
LAMPAS_API Tensor segment_reduce(const Tensor& data, std::string_view reduce, const std::optional<Tensor>& lengths = {},
                                 const std::optional<Tensor>& indices = {}, const std::optional<Tensor>& offsets = {},
                                 int64_t axis = 0, bool unsafe = false,
                                 const std::optional<Scalar>& initial = std::nullopt);

/// Elements of the flattened x. Negative positions count from the end. The result has the sizes of `index`.
LAMPAS_API Tensor take(const Tensor& x, const Tensor& index);
/// Elements of the flattened x replaced by (or, with `accumulate`, increased by) those of `source`.
LAMPAS_API Tensor put(const Tensor& x, const Tensor& index, const Tensor& source, bool accumulate = false);

/// x, with `value` (a number or a 0-d tensor) where the mask is true. x and mask broadcast together.
LAMPAS_API Tensor masked_fill(const Tensor& x, const Tensor& mask, const Scalar& value);
LAMPAS_API Tensor masked_fill(const Tensor& x, const Tensor& mask, const Tensor& value);
/// The elements where the mask is true, as a vector. x and mask broadcast together.
LAMPAS_API Tensor masked_select(const Tensor& x, const Tensor& mask);
/// x, with the elements of `source` in order where the mask is true.
LAMPAS_API Tensor masked_scatter(const Tensor& x, const Tensor& mask, const Tensor& source);
/// Coordinates of the elements that are not zero, one row each, in row-major order.
LAMPAS_API Tensor nonzero(const Tensor& x);
LAMPAS_API Tensor argwhere(const Tensor& x);
/// The same as one tensor for each dimension: what x[mask] uses.
LAMPAS_API std::vector<Tensor> where(const Tensor& condition);

}  // namespace lampas
