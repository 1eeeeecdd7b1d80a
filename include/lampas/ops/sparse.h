#pragma once

#include "lampas/tensor/tensor.h"

/// Sparse tensors in coordinate form (https://pytorch.org/docs/stable/sparse.html): `indices` (sparse_dim, n) and
/// `values` (n, ...) say where elements (or slices of dense_dim dimensions) are not zero; a place that is named more
/// than once holds the sum. Addition, multiplication by numbers, conversion and what optimizers need work on this form;
/// any other op makes the dense elements, once, and works on them.
namespace lampas {

/// Without sizes: the smallest that hold the indices.
LAMPAS_API Tensor sparse_coo_tensor(const Tensor& indices, const Tensor& values, const TensorOptions& options = {});
LAMPAS_API Tensor sparse_coo_tensor(const Tensor& indices, const Tensor& values, IntArrayRef sizes,
                                    const TensorOptions& options = {});
/// All zero.
LAMPAS_API Tensor sparse_coo_tensor(IntArrayRef sizes, const TensorOptions& options);

}  // namespace lampas
