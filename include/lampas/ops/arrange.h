#pragma once

#include "lampas/tensor/tensor.h"

/// Copies in another arrangement, and views that reorder dimensions
/// (https://pytorch.org/docs/stable/torch.html#indexing-slicing-joining-mutating-ops).
namespace lampas {

/// Tensors side by side: along dimension 0 for vectors and 1 for the rest; 0-d tensors count as vectors of one.
LAMPAS_API Tensor hstack(TensorList tensors);
/// Tensors below one another; vectors are rows.
LAMPAS_API Tensor vstack(TensorList tensors);
LAMPAS_API Tensor row_stack(TensorList tensors);
/// Tensors behind one another along dimension 2.
LAMPAS_API Tensor dstack(TensorList tensors);
/// Vectors as the columns of a matrix; matrices side by side.
LAMPAS_API Tensor column_stack(TensorList tensors);
/// At least that many dimensions, by adding some of size one.
LAMPAS_API Tensor atleast_1d(const Tensor& x);
LAMPAS_API Tensor atleast_2d(const Tensor& x);
LAMPAS_API Tensor atleast_3d(const Tensor& x);

/// Copies of x, repeats[d] of them one after another along dimension d. Extra leading repeats add dimensions.
LAMPAS_API Tensor repeat(const Tensor& x, IntArrayRef repeats);
/// As repeat, missing leading repeats being one.
LAMPAS_API Tensor tile(const Tensor& x, IntArrayRef repeats);
/// Every slice along `dim` (of the flattened x when not given) repeated in place: number k repeats[k] times, or all as
/// often.
LAMPAS_API Tensor repeat_interleave(const Tensor& x, const Tensor& repeats, std::optional<int64_t> dim = std::nullopt,
                                    std::optional<int64_t> output_size = std::nullopt);
LAMPAS_API Tensor repeat_interleave(const Tensor& x, int64_t repeats, std::optional<int64_t> dim = std::nullopt,
                                    std::optional<int64_t> output_size = std::nullopt);
/// The indices 0 ... n-1, number k repeats[k] times.
LAMPAS_API Tensor repeat_interleave(const Tensor& repeats, std::optional<int64_t> output_size = std::nullopt);
/// Slices moved forward along dimensions by shifts, those that leave coming in at the other end; without dims, of the
/// flattened x.
LAMPAS_API Tensor roll(const Tensor& x, IntArrayRef shifts, IntArrayRef dims = {});
/// Reverses the order along dimensions.
LAMPAS_API Tensor flip(const Tensor& x, IntArrayRef dims);
LAMPAS_API Tensor fliplr(const Tensor& x);
LAMPAS_API Tensor flipud(const Tensor& x);
/// Turns by k quarter turns from the first to the second of two dimensions.
LAMPAS_API Tensor rot90(const Tensor& x, int64_t k = 1, IntArrayRef dims = {0, 1});
/// Coordinates of a grid: result i varies along dimension i as vector i does. indexing "xy" swaps the first two
/// dimensions.
LAMPAS_API std::vector<Tensor> meshgrid(TensorList tensors, std::string_view indexing = "ij");

/// Moves dimensions to other places, the rest keeping their order. Views.
LAMPAS_API Tensor movedim(const Tensor& x, IntArrayRef source, IntArrayRef destination);
LAMPAS_API Tensor movedim(const Tensor& x, int64_t source, int64_t destination);
LAMPAS_API Tensor moveaxis(const Tensor& x, IntArrayRef source, IntArrayRef destination);
LAMPAS_API Tensor moveaxis(const Tensor& x, int64_t source, int64_t destination);
/// transpose under NumPy's names.
LAMPAS_API Tensor swapaxes(const Tensor& x, int64_t axis0, int64_t axis1);
LAMPAS_API Tensor swapdims(const Tensor& x, int64_t dim0, int64_t dim1);

/// The elements of matrices on and below (tril) or above (triu) the given diagonal, the others zero.
LAMPAS_API Tensor tril(const Tensor& x, int64_t diagonal = 0);
LAMPAS_API Tensor triu(const Tensor& x, int64_t diagonal = 0);
/// The diagonal of a matrix, or the matrix with a vector on its diagonal.
LAMPAS_API Tensor diag(const Tensor& x, int64_t diagonal = 0);
/// Matrices with the last dimension of x on their diagonal, in dimensions dim1 and dim2 of the result.
LAMPAS_API Tensor diag_embed(const Tensor& x, int64_t offset = 0, int64_t dim1 = -2, int64_t dim2 = -1);

/// The matrix with the elements of x on a diagonal.
LAMPAS_API Tensor diagflat(const Tensor& x, int64_t offset = 0);
/// Tensors of at most two dimensions as the blocks of a matrix along its diagonal.
LAMPAS_API Tensor block_diag(TensorList tensors);
/// All tuples with one element of each vector, one row each; a single vector as it is.
LAMPAS_API Tensor cartesian_prod(TensorList tensors);
/// All choices of r elements of a vector, one row each, in order.
LAMPAS_API Tensor combinations(const Tensor& x, int64_t r = 2, bool with_replacement = false);
/// Coordinates of the lower (upper) triangle of a matrix, (2, n).
LAMPAS_API Tensor tril_indices(int64_t row, int64_t col, int64_t offset = 0, const TensorOptions& options = kLong);
LAMPAS_API Tensor triu_indices(int64_t row, int64_t col, int64_t offset = 0, const TensorOptions& options = kLong);
/// Columns x^(N-1), ..., x, 1 of a vector (the other way round when increasing).
LAMPAS_API Tensor vander(const Tensor& x, std::optional<int64_t> N = std::nullopt, bool increasing = false);
/// gather along `dim` with broadcasting of the other dimensions; without `dim`, from the flattened x.
LAMPAS_API Tensor take_along_dim(const Tensor& x, const Tensor& indices, std::optional<int64_t> dim = std::nullopt);
/// Copies of x in which the part that slice, select, diagonal or as_strided names is replaced by `src`.
LAMPAS_API Tensor slice_scatter(const Tensor& x, const Tensor& src, int64_t dim = 0,
                                std::optional<int64_t> start = std::nullopt, std::optional<int64_t> end = std::nullopt,
                                int64_t step = 1);
LAMPAS_API Tensor select_scatter(const Tensor& x, const Tensor& src, int64_t dim, int64_t index);
LAMPAS_API Tensor diagonal_scatter(const Tensor& x, const Tensor& src, int64_t offset = 0, int64_t dim1 = 0,
                                   int64_t dim2 = 1);
LAMPAS_API Tensor as_strided_scatter(const Tensor& x, const Tensor& src, IntArrayRef sizes, IntArrayRef strides,
                                     std::optional<int64_t> storage_offset = std::nullopt);

}  // namespace lampas
