#pragma once

#include "lampas/tensor/tensor.h"

/// Shape operations (https://pytorch.org/docs/stable/torch.html#indexing-slicing-joining-mutating-ops). All but repeat,
/// cat, stack and (where memory does not allow) reshape and flatten return views: they share memory with their input,
/// and in-place changes show on both sides.
namespace lampas {

/// The same elements in row-major order under other sizes; one size may be -1. A view when strides allow, else a copy.
LAMPAS_API Tensor reshape(const Tensor& x, IntArrayRef sizes);
/// Dimensions [start_dim, end_dim] merged into one.
LAMPAS_API Tensor flatten(const Tensor& x, int64_t start_dim = 0, int64_t end_dim = -1);
/// Dimension `dim` split into `sizes` (one may be -1).
LAMPAS_API Tensor unflatten(const Tensor& x, int64_t dim, IntArrayRef sizes);
/// Dimension k of the result is dimension dims[k] of `x`.
LAMPAS_API Tensor permute(const Tensor& x, IntArrayRef dims);
LAMPAS_API Tensor transpose(const Tensor& x, int64_t dim0, int64_t dim1);
/// Transpose of a matrix (rank at most 2).
LAMPAS_API Tensor t(const Tensor& x);
LAMPAS_API Tensor select(const Tensor& x, int64_t dim, int64_t index);
/// Elements start, start + step, ... below end along `dim`; indices are clamped as in Python. step > 0.
LAMPAS_API Tensor slice(const Tensor& x, int64_t dim = 0, std::optional<int64_t> start = std::nullopt,
                        std::optional<int64_t> end = std::nullopt, int64_t step = 1);
LAMPAS_API Tensor narrow(const Tensor& x, int64_t dim, int64_t start, int64_t length);
/// Drops dimensions of size one: all, or `dim` if it has size one.
LAMPAS_API Tensor squeeze(const Tensor& x);
LAMPAS_API Tensor squeeze(const Tensor& x, int64_t dim);
LAMPAS_API Tensor unsqueeze(const Tensor& x, int64_t dim);
/// Any geometry over the storage of `x`, in elements; must stay inside it.
LAMPAS_API Tensor as_strided(const Tensor& x, IntArrayRef sizes, IntArrayRef strides,
                             std::optional<int64_t> storage_offset = std::nullopt);
LAMPAS_API std::vector<Tensor> unbind(const Tensor& x, int64_t dim = 0);
LAMPAS_API std::vector<Tensor> split(const Tensor& x, int64_t split_size, int64_t dim = 0);
LAMPAS_API std::vector<Tensor> split(const Tensor& x, IntArrayRef split_sizes, int64_t dim = 0);
LAMPAS_API std::vector<Tensor> split_with_sizes(const Tensor& x, IntArrayRef split_sizes, int64_t dim = 0);
LAMPAS_API std::vector<Tensor> chunk(const Tensor& x, int64_t chunks, int64_t dim = 0);
LAMPAS_API Tensor diagonal(const Tensor& x, int64_t offset = 0, int64_t dim1 = 0, int64_t dim2 = 1);
/// Concatenates along an existing dimension; other sizes must agree. Empty 1-d tensors are skipped.
LAMPAS_API Tensor cat(TensorList tensors, int64_t dim = 0);
LAMPAS_API Tensor& cat_out(Tensor& out, TensorList tensors, int64_t dim = 0);
/// Concatenates along a new dimension; all sizes must agree.
LAMPAS_API Tensor stack(TensorList tensors, int64_t dim = 0);
LAMPAS_API Tensor& stack_out(Tensor& out, TensorList tensors, int64_t dim = 0);
/// as_strided within what x covers, for callers that know it does.
LAMPAS_API Tensor _reshape_alias(const Tensor& x, IntArrayRef sizes, IntArrayRef strides);
/// Methods as functions.
LAMPAS_API Tensor clone(const Tensor& x, std::optional<MemoryFormat> format = std::nullopt);
LAMPAS_API Tensor detach(const Tensor& x);
LAMPAS_API Tensor concat(TensorList tensors, int64_t dim = 0);
LAMPAS_API Tensor concatenate(TensorList tensors, int64_t dim = 0);
LAMPAS_API std::vector<Tensor> broadcast_tensors(TensorList tensors);
LAMPAS_API Tensor broadcast_to(const Tensor& x, IntArrayRef sizes);
LAMPAS_API std::vector<Tensor> unsafe_chunk(const Tensor& x, int64_t chunks, int64_t dim = 0);
LAMPAS_API std::vector<Tensor> unsafe_split(const Tensor& x, int64_t split_size, int64_t dim = 0);
LAMPAS_API std::vector<Tensor> unsafe_split_with_sizes(const Tensor& x, IntArrayRef split_sizes, int64_t dim = 0);
/// As many nearly equal parts as asked for, or parts that end before the given positions.
LAMPAS_API std::vector<Tensor> tensor_split(const Tensor& x, int64_t sections, int64_t dim = 0);
LAMPAS_API std::vector<Tensor> tensor_split(const Tensor& x, IntArrayRef indices, int64_t dim = 0);
LAMPAS_API std::vector<Tensor> tensor_split(const Tensor& x, const Tensor& indices_or_sections, int64_t dim = 0);
/// The same along dimension 1 (0 of a vector), 0 and 2; a number of parts must divide the size.
LAMPAS_API std::vector<Tensor> hsplit(const Tensor& x, int64_t sections);
LAMPAS_API std::vector<Tensor> hsplit(const Tensor& x, IntArrayRef indices);
LAMPAS_API std::vector<Tensor> vsplit(const Tensor& x, int64_t sections);
LAMPAS_API std::vector<Tensor> vsplit(const Tensor& x, IntArrayRef indices);
LAMPAS_API std::vector<Tensor> dsplit(const Tensor& x, int64_t sections);
LAMPAS_API std::vector<Tensor> dsplit(const Tensor& x, IntArrayRef indices);
LAMPAS_API Tensor ravel(const Tensor& x);
LAMPAS_API Tensor narrow(const Tensor& x, int64_t dim, const Tensor& start, int64_t length);
LAMPAS_API Tensor narrow_copy(const Tensor& x, int64_t dim, int64_t start, int64_t length);
/// Windows of `size` elements along a dimension, `step` apart, in a new last dimension. A view.
LAMPAS_API Tensor unfold(const Tensor& x, int64_t dimension, int64_t size, int64_t step);
/// The transpose of the last two dimensions.
LAMPAS_API Tensor adjoint(const Tensor& x);

}  // namespace lampas
