#pragma once

#include "lampas/core/scalar.h"
#include "lampas/tensor/tensor.h"

/// The dtype an arithmetic operation on two operands gives: tensors with dimensions outrank 0-d tensors, which outrank
/// numbers, unless the weaker one is of a higher kind (float over integer, integer over bool).
/// https://pytorch.org/docs/1.13/tensor_attributes.html#type-promotion-doc
namespace lampas {

LAMPAS_API ScalarType result_type(const Tensor& a, const Tensor& b);
LAMPAS_API ScalarType result_type(const Tensor& a, const Scalar& b);
LAMPAS_API ScalarType result_type(const Scalar& a, const Tensor& b);
LAMPAS_API ScalarType result_type(const Scalar& a, const Scalar& b);

/// What a tensor's dtype is.
inline bool is_floating_point(const Tensor& x) { return x.is_floating_point(); }
inline bool is_signed(const Tensor& x) { return x.is_signed(); }
inline bool is_complex(const Tensor& x) { return x.defined() && x.is_complex(); }

}  // namespace lampas
