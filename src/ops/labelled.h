#pragma once

#include "lampas/core/scalar.h"
#include "lampas/tensor/tensor.h"

/// Operations that other functions are made of, recorded under the name of that function: `label` is what the node is
/// called by (autograd/op.h), messages stay as they are.
namespace lampas {

Tensor mul_as(const char* label, const Tensor& a, const Tensor& b);
Tensor& mul_inplace_as(const char* label, const Tensor& a, const Tensor& b);
Tensor leaky_relu_as(const char* label, const Tensor& x, double slope);
Tensor& leaky_relu_inplace_as(const char* label, Tensor& x, double slope);
Tensor masked_select_as(const char* label, const Tensor& x, const Tensor& mask);
void masked_fill_as(const char* label, const Tensor& self, const Tensor& mask, const Tensor& value);
/// The p-norm over `dim`, over all dimensions where it is empty.
Tensor norm_as(const char* label, const char* op, const Tensor& x, double p, IntArrayRef dim, bool keepdim);
Tensor dot_as(const char* label, const Tensor& a, const Tensor& b);
/// A view of what nobody else holds.
Tensor unsafe_view(const Tensor& x, IntArrayRef sizes);
Tensor transpose_as(const char* label, const Tensor& x, int64_t dim0, int64_t dim1);
Tensor t_as(const char* label, const Tensor& x);
Tensor squeeze_as(const char* label, const Tensor& x);
Tensor squeeze_as(const char* label, const Tensor& x, int64_t dim);
Tensor unsqueeze_as(const char* label, const Tensor& x, int64_t dim);
Tensor as_strided_as(const char* label, const Tensor& x, IntArrayRef sizes, IntArrayRef strides,
                     std::optional<int64_t> offset);

}  // namespace lampas
