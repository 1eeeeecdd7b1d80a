// name_out(out, ...) of ops/arrange.h, ops/shape.h, ops/index.h, ops/pad.h, ops/embedding.h.
#include "lampas/ops/arrange.h"
#include "lampas/ops/embedding.h"
#include "lampas/ops/index.h"
#include "lampas/ops/out.h"
#include "lampas/ops/pad.h"
#include "lampas/ops/shape.h"
#include "ops/out.h"

namespace lampas {

// ---- ops/arrange.h
Tensor& as_strided_scatter_out(Tensor& out, const Tensor& x, const Tensor& src, IntArrayRef sizes, IntArrayRef strides,
                               std::optional<int64_t> storage_offset) {
  return exact_out("as_strided_scatter", out, lampas::as_strided_scatter(x, src, sizes, strides, storage_offset));
}
Tensor& block_diag_out(Tensor& out, TensorList tensors) {
  return exact_out("block_diag", out, lampas::block_diag(tensors));
}
Tensor& column_stack_out(Tensor& out, TensorList tensors) {
  return exact_out("column_stack", out, lampas::column_stack(tensors));
}
Tensor& diag_out(Tensor& out, const Tensor& x, int64_t diagonal) {
  return exact_out("diag", out, lampas::diag(x, diagonal));
}
Tensor& diag_embed_out(Tensor& out, const Tensor& x, int64_t offset, int64_t dim1, int64_t dim2) {
  return exact_out("diag_embed", out, lampas::diag_embed(x, offset, dim1, dim2));
}
Tensor& diagonal_scatter_out(Tensor& out, const Tensor& x, const Tensor& src, int64_t offset, int64_t dim1,
                             int64_t dim2) {
  return exact_out("diagonal_scatter", out, lampas::diagonal_scatter(x, src, offset, dim1, dim2));
}
Tensor& dstack_out(Tensor& out, TensorList tensors) { return exact_out("dstack", out, lampas::dstack(tensors)); }
Tensor& flip_out(Tensor& out, const Tensor& x, IntArrayRef dims) {
  return exact_out("flip", out, lampas::flip(x, dims));
}
Tensor& hstack_out(Tensor& out, TensorList tensors) { return exact_out("hstack", out, lampas::hstack(tensors)); }
Tensor& repeat_out(Tensor& out, const Tensor& x, IntArrayRef repeats) {
  return exact_out("repeat", out, lampas::repeat(x, repeats));
}
Tensor& repeat_interleave_out(Tensor& out, const Tensor& repeats, std::optional<int64_t> output_size) {
  return exact_out("repeat_interleave", out, lampas::repeat_interleave(repeats, output_size));
}
Tensor& roll_out(Tensor& out, const Tensor& x, IntArrayRef shifts, IntArrayRef dims) {
  return exact_out("roll", out, lampas::roll(x, shifts, dims));
}
Tensor& row_stack_out(Tensor& out, TensorList tensors) {
  return exact_out("row_stack", out, lampas::row_stack(tensors));
}
Tensor& select_scatter_out(Tensor& out, const Tensor& x, const Tensor& src, int64_t dim, int64_t index) {
  return exact_out("select_scatter", out, lampas::select_scatter(x, src, dim, index));
}
Tensor& slice_scatter_out(Tensor& out, const Tensor& x, const Tensor& src, int64_t dim, std::optional<int64_t> start,
                          std::optional<int64_t> end, int64_t step) {
  return exact_out("slice_scatter", out, lampas::slice_scatter(x, src, dim, start, end, step));
}
Tensor& take_along_dim_out(Tensor& out, const Tensor& x, const Tensor& indices, std::optional<int64_t> dim) {
  return exact_out("take_along_dim", out, lampas::take_along_dim(x, indices, dim));
}
Tensor& tril_out(Tensor& out, const Tensor& x, int64_t diagonal) {
  return exact_out("tril", out, lampas::tril(x, diagonal));
}
Tensor& tril_indices_out(Tensor& out, int64_t row, int64_t col, int64_t offset) {
  return exact_out("tril_indices", out, lampas::tril_indices(row, col, offset, options_of("tril_indices", out)));
}
Tensor& triu_out(Tensor& out, const Tensor& x, int64_t diagonal) {
  return exact_out("triu", out, lampas::triu(x, diagonal));
}
Tensor& triu_indices_out(Tensor& out, int64_t row, int64_t col, int64_t offset) {
  return exact_out("triu_indices", out, lampas::triu_indices(row, col, offset, options_of("triu_indices", out)));
}
Tensor& vstack_out(Tensor& out, TensorList tensors) { return exact_out("vstack", out, lampas::vstack(tensors)); }

// ---- ops/shape.h
Tensor& clone_out(Tensor& out, const Tensor& x, std::optional<MemoryFormat> format) {
  return exact_out("clone", out, lampas::clone(x, format));
}
Tensor& concat_out(Tensor& out, TensorList tensors, int64_t dim) {
  return exact_out("concat", out, lampas::concat(tensors, dim));
}
Tensor& concatenate_out(Tensor& out, TensorList tensors, int64_t dim) {
  return exact_out("concatenate", out, lampas::concatenate(tensors, dim));
}
Tensor& narrow_copy_out(Tensor& out, const Tensor& x, int64_t dim, int64_t start, int64_t length) {
  return exact_out("narrow_copy", out, lampas::narrow_copy(x, dim, start, length));
}

// ---- ops/index.h
Tensor& index_add_out(Tensor& out, const Tensor& x, int64_t dim, const Tensor& index, const Tensor& source,
                      const Scalar& alpha) {
  return exact_out("index_add", out, lampas::index_add(x, dim, index, source, alpha));
}
Tensor& index_copy_out(Tensor& out, const Tensor& x, int64_t dim, const Tensor& index, const Tensor& source) {
  return exact_out("index_copy", out, lampas::index_copy(x, dim, index, source));
}
Tensor& index_fill_out(Tensor& out, const Tensor& x, int64_t dim, const Tensor& index, const Scalar& value) {
  return exact_out("index_fill", out, lampas::index_fill(x, dim, index, value));
}
Tensor& index_fill_out(Tensor& out, const Tensor& x, int64_t dim, const Tensor& index, const Tensor& value) {
  return exact_out("index_fill", out, lampas::index_fill(x, dim, index, value));
}
Tensor& index_reduce_out(Tensor& out, const Tensor& x, int64_t dim, const Tensor& index, const Tensor& source,
                         std::string_view reduce, bool include_self) {
  return exact_out("index_reduce", out, lampas::index_reduce(x, dim, index, source, reduce, include_self));
}
Tensor& masked_fill_out(Tensor& out, const Tensor& x, const Tensor& mask, const Scalar& value) {
  return exact_out("masked_fill", out, lampas::masked_fill(x, mask, value));
}
Tensor& masked_fill_out(Tensor& out, const Tensor& x, const Tensor& mask, const Tensor& value) {
  return exact_out("masked_fill", out, lampas::masked_fill(x, mask, value));
}
Tensor& masked_scatter_out(Tensor& out, const Tensor& x, const Tensor& mask, const Tensor& source) {
  return exact_out("masked_scatter", out, lampas::masked_scatter(x, mask, source));
}
Tensor& masked_select_out(Tensor& out, const Tensor& x, const Tensor& mask) {
  return exact_out("masked_select", out, lampas::masked_select(x, mask));
}
Tensor& nonzero_out(Tensor& out, const Tensor& x) { return exact_out("nonzero", out, lampas::nonzero(x)); }
Tensor& put_out(Tensor& out, const Tensor& x, const Tensor& index, const Tensor& source, bool accumulate) {
  return exact_out("put", out, lampas::put(x, index, source, accumulate));
}
Tensor& scatter_out(Tensor& out, const Tensor& x, int64_t dim, const Tensor& index, const Tensor& source) {
  return exact_out("scatter", out, lampas::scatter(x, dim, index, source));
}
Tensor& scatter_out(Tensor& out, const Tensor& x, int64_t dim, const Tensor& index, const Scalar& value) {
  return exact_out("scatter", out, lampas::scatter(x, dim, index, value));
}
Tensor& scatter_out(Tensor& out, const Tensor& x, int64_t dim, const Tensor& index, const Tensor& source,
                    std::string_view reduce) {
  return exact_out("scatter", out, lampas::scatter(x, dim, index, source, reduce));
}
Tensor& scatter_add_out(Tensor& out, const Tensor& x, int64_t dim, const Tensor& index, const Tensor& source) {
  return exact_out("scatter_add", out, lampas::scatter_add(x, dim, index, source));
}
Tensor& scatter_reduce_out(Tensor& out, const Tensor& x, int64_t dim, const Tensor& index, const Tensor& source,
                           std::string_view reduce, bool include_self) {
  return exact_out("scatter_reduce", out, lampas::scatter_reduce(x, dim, index, source, reduce, include_self));
}
Tensor& take_out(Tensor& out, const Tensor& x, const Tensor& index) {
  return exact_out("take", out, lampas::take(x, index));
}

// ---- ops/pad.h
Tensor& constant_pad_nd_out(Tensor& out, const Tensor& x, IntArrayRef pad, const Scalar& value) {
  return exact_out("constant_pad_nd", out, lampas::constant_pad_nd(x, pad, value));
}
Tensor& reflection_pad1d_out(Tensor& out, const Tensor& x, IntArrayRef padding) {
  return exact_out("reflection_pad1d", out, lampas::reflection_pad1d(x, padding));
}
Tensor& reflection_pad2d_out(Tensor& out, const Tensor& x, IntArrayRef padding) {
  return exact_out("reflection_pad2d", out, lampas::reflection_pad2d(x, padding));
}
Tensor& reflection_pad3d_out(Tensor& out, const Tensor& x, IntArrayRef padding) {
  return exact_out("reflection_pad3d", out, lampas::reflection_pad3d(x, padding));
}
Tensor& replication_pad1d_out(Tensor& out, const Tensor& x, IntArrayRef padding) {
  return exact_out("replication_pad1d", out, lampas::replication_pad1d(x, padding));
}
Tensor& replication_pad2d_out(Tensor& out, const Tensor& x, IntArrayRef padding) {
  return exact_out("replication_pad2d", out, lampas::replication_pad2d(x, padding));
}
Tensor& replication_pad3d_out(Tensor& out, const Tensor& x, IntArrayRef padding) {
  return exact_out("replication_pad3d", out, lampas::replication_pad3d(x, padding));
}

// ---- ops/embedding.h
Tensor& embedding_out(Tensor& out, const Tensor& weight, const Tensor& indices, int64_t padding_idx,
                      bool scale_grad_by_freq, bool sparse) {
  return exact_out("embedding", out, lampas::embedding(weight, indices, padding_idx, scale_grad_by_freq, sparse));
}

// ---- further forms
Tensor& index_out(Tensor& out, const Tensor& x, ArrayRef<TensorIndex> indices) {
  return exact_out("index", out, lampas::index(x, indices));
}
Tensor& index_put_out(Tensor& out, const Tensor& x, ArrayRef<TensorIndex> indices, const Tensor& value,
                      bool accumulate) {
  return exact_out("index_put", out, lampas::index_put(x, indices, value, accumulate));
}
Tensor& scatter_out(Tensor& out, const Tensor& x, int64_t dim, const Tensor& index, const Scalar& value,
                    std::string_view reduce) {
  return exact_out("scatter", out, x.scatter(dim, index, value, reduce));
}
namespace {
void parts_out(const char* op, TensorList out, const std::vector<Tensor>& parts) {
  check(out.size() == parts.size(), op, ": expected ", parts.size(), " tensors in out, got ", out.size());
  for (size_t k = 0; k < parts.size(); ++k) check_exact_out(op, out[k], parts[k]);
  for (size_t k = 0; k < parts.size(); ++k) {
    Tensor to = out[k];
    exact_out(op, to, parts[k].clone());
  }
}
}  // namespace
void unsafe_split_out(TensorList out, const Tensor& x, int64_t split_size, int64_t dim) {
  parts_out("unsafe_split", out, unsafe_split(x, split_size, dim));
}
void unsafe_split_with_sizes_out(TensorList out, const Tensor& x, IntArrayRef split_sizes, int64_t dim) {
  parts_out("unsafe_split_with_sizes", out, unsafe_split_with_sizes(x, split_sizes, dim));
}

}  // namespace lampas
