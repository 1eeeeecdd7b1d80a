#pragma once

#include "lampas/ops/forms.h"

/// Comparisons, logic and bits. Inputs broadcast and promote. Results of comparisons and logic are bool and have no
/// gradient; their in-place forms (methods ending in an underscore) store 0 and 1 in the tensor's dtype.
namespace lampas {

// ---- comparisons; a comparison with NaN is false, ne true

LAMPAS_BINARY_SCALAR_FORMS(eq);
LAMPAS_BINARY_SCALAR_FORMS(ne);
LAMPAS_BINARY_SCALAR_FORMS(lt);
LAMPAS_BINARY_SCALAR_FORMS(le);
LAMPAS_BINARY_SCALAR_FORMS(gt);
LAMPAS_BINARY_SCALAR_FORMS(ge);
LAMPAS_BINARY_SCALAR_FORMS(not_equal);
LAMPAS_BINARY_SCALAR_FORMS(less);
LAMPAS_BINARY_SCALAR_FORMS(less_equal);
LAMPAS_BINARY_SCALAR_FORMS(greater);
LAMPAS_BINARY_SCALAR_FORMS(greater_equal);

// ---- logic, of elements read as "not zero"

LAMPAS_BINARY_FORMS(logical_and);
LAMPAS_BINARY_FORMS(logical_or);
LAMPAS_BINARY_FORMS(logical_xor);
LAMPAS_API Tensor logical_not(const Tensor& x);
LAMPAS_API Tensor& logical_not_out(Tensor& out, const Tensor& x);

// ---- classes of numbers; integers are finite

LAMPAS_API Tensor isnan(const Tensor& x);
LAMPAS_API Tensor& isnan_out(Tensor& out, const Tensor& x);
LAMPAS_API Tensor isinf(const Tensor& x);
LAMPAS_API Tensor& isinf_out(Tensor& out, const Tensor& x);
LAMPAS_API Tensor isfinite(const Tensor& x);
LAMPAS_API Tensor isposinf(const Tensor& x);
LAMPAS_API Tensor& isposinf_out(Tensor& out, const Tensor& x);
LAMPAS_API Tensor isneginf(const Tensor& x);
LAMPAS_API Tensor& isneginf_out(Tensor& out, const Tensor& x);
/// Whether the imaginary part is 0: true for every dtype but the complex ones.
LAMPAS_API Tensor isreal(const Tensor& x);
/// Whether the sign bit is set: also of -0 and of NaNs that have it.
LAMPAS_API Tensor signbit(const Tensor& x);
LAMPAS_API Tensor& signbit_out(Tensor& out, const Tensor& x);
/// |a - b| <= atol + rtol * |b|, or equal (also infinities; NaNs with equal_nan).
LAMPAS_API Tensor isclose(const Tensor& a, const Tensor& b, double rtol = 1e-05, double atol = 1e-08,
                          bool equal_nan = false);
LAMPAS_API bool allclose(const Tensor& a, const Tensor& b, double rtol = 1e-05, double atol = 1e-08,
                         bool equal_nan = false);
/// Same sizes and elements (NaN differs from itself).
LAMPAS_API bool equal(const Tensor& a, const Tensor& b);

// ---- bits, of integers; and, or, xor and not also of bool

LAMPAS_BINARY_SCALARS_FORMS(bitwise_and);
LAMPAS_BINARY_SCALARS_FORMS(bitwise_or);
LAMPAS_BINARY_SCALARS_FORMS(bitwise_xor);
LAMPAS_API Tensor bitwise_not(const Tensor& x);
LAMPAS_API Tensor& bitwise_not_out(Tensor& out, const Tensor& x);
/// A count that is negative or not below the width shifts everything out: 0, or the sign to the right of a signed type.
LAMPAS_BINARY_SCALARS_FORMS(bitwise_left_shift);
LAMPAS_BINARY_SCALARS_FORMS(bitwise_right_shift);
LAMPAS_API Tensor __and__(const Tensor& a, const Tensor& b);
LAMPAS_API Tensor __and__(const Tensor& a, const Scalar& b);
LAMPAS_API Tensor __or__(const Tensor& a, const Tensor& b);
LAMPAS_API Tensor __or__(const Tensor& a, const Scalar& b);
LAMPAS_API Tensor __xor__(const Tensor& a, const Tensor& b);
LAMPAS_API Tensor __xor__(const Tensor& a, const Scalar& b);
LAMPAS_API Tensor __lshift__(const Tensor& a, const Tensor& b);
LAMPAS_API Tensor __lshift__(const Tensor& a, const Scalar& b);
LAMPAS_API Tensor __rshift__(const Tensor& a, const Tensor& b);
LAMPAS_API Tensor __rshift__(const Tensor& a, const Scalar& b);

/// Whether the one element differs from zero.
LAMPAS_API bool is_nonzero(const Tensor& x);
/// Whether a and b have the same sizes.
LAMPAS_API bool is_same_size(const Tensor& a, const Tensor& b);

}  // namespace lampas
