#pragma once

#include "lampas/tensor/tensor.h"

/// Elementwise ops. Inputs broadcast and promote as in PyTorch
/// (https://pytorch.org/docs/stable/torch.html#pointwise-ops); every op takes any layout and gives a tensor in the
/// memory order of its first dense full-sized input. Integer overflow wraps. Methods of the same names, and in-place
/// forms with an underscore, are on Tensor; `_out` forms write into `out`, resizing it.
namespace lampas {

// ---- arithmetic

/// a + alpha * b.
LAMPAS_API Tensor add(const Tensor& a, const Tensor& b, const Scalar& alpha = 1);
LAMPAS_API Tensor add(const Tensor& a, const Scalar& b, const Scalar& alpha = 1);
LAMPAS_API Tensor& add_out(Tensor& out, const Tensor& a, const Tensor& b, const Scalar& alpha = 1);
/// a - alpha * b. Not defined for two bools.
LAMPAS_API Tensor sub(const Tensor& a, const Tensor& b, const Scalar& alpha = 1);
LAMPAS_API Tensor sub(const Tensor& a, const Scalar& b, const Scalar& alpha = 1);
LAMPAS_API Tensor& sub_out(Tensor& out, const Tensor& a, const Tensor& b, const Scalar& alpha = 1);
/// b - alpha * a.
LAMPAS_API Tensor rsub(const Tensor& a, const Tensor& b, const Scalar& alpha = 1);
LAMPAS_API Tensor rsub(const Tensor& a, const Scalar& b, const Scalar& alpha = 1);
LAMPAS_API Tensor mul(const Tensor& a, const Tensor& b);
LAMPAS_API Tensor mul(const Tensor& a, const Scalar& b);
LAMPAS_API Tensor& mul_out(Tensor& out, const Tensor& a, const Tensor& b);
/// True division: integers give the default float dtype.
LAMPAS_API Tensor div(const Tensor& a, const Tensor& b);
LAMPAS_API Tensor div(const Tensor& a, const Scalar& b);
LAMPAS_API Tensor& div_out(Tensor& out, const Tensor& a, const Tensor& b);
/// x ** y. Integers to a negative number are an error.
LAMPAS_API Tensor pow(const Tensor& x, const Tensor& y);
LAMPAS_API Tensor pow(const Tensor& x, const Scalar& y);
LAMPAS_API Tensor pow(const Scalar& x, const Tensor& y);
LAMPAS_API Tensor& pow_out(Tensor& out, const Tensor& x, const Tensor& y);
/// NaN where either is; equal elements share the gradient.
LAMPAS_API Tensor maximum(const Tensor& a, const Tensor& b);
LAMPAS_API Tensor minimum(const Tensor& a, const Tensor& b);
LAMPAS_API Tensor max(const Tensor& a, const Tensor& b);
LAMPAS_API Tensor min(const Tensor& a, const Tensor& b);
LAMPAS_API Tensor neg(const Tensor& x);
LAMPAS_API Tensor abs(const Tensor& x);
LAMPAS_API Tensor& abs_(Tensor& x);
/// -1, 0 or 1.
LAMPAS_API Tensor sign(const Tensor& x);
LAMPAS_API Tensor sqrt(const Tensor& x);
LAMPAS_API Tensor& sqrt_(Tensor& x);
LAMPAS_API Tensor rsqrt(const Tensor& x);
LAMPAS_API Tensor reciprocal(const Tensor& x);
LAMPAS_API Tensor square(const Tensor& x);
/// x + value * a * b, and x + value * a / b.
LAMPAS_API Tensor addcmul(const Tensor& x, const Tensor& a, const Tensor& b, const Scalar& value = 1);
LAMPAS_API Tensor addcdiv(const Tensor& x, const Tensor& a, const Tensor& b, const Scalar& value = 1);
/// a + weight * (b - a).
LAMPAS_API Tensor lerp(const Tensor& a, const Tensor& b, const Scalar& weight);

// ---- exponentials and activations

LAMPAS_API Tensor exp(const Tensor& x);
LAMPAS_API Tensor& exp_(Tensor& x);
LAMPAS_API Tensor log(const Tensor& x);
LAMPAS_API Tensor& log_(Tensor& x);
LAMPAS_API Tensor tanh(const Tensor& x);
LAMPAS_API Tensor& tanh_(Tensor& x);
/// 1 / (1 + exp(-x)).
LAMPAS_API Tensor sigmoid(const Tensor& x);
LAMPAS_API Tensor& sigmoid_(Tensor& x);
/// max(x, 0).
LAMPAS_API Tensor relu(const Tensor& x);
LAMPAS_API Tensor& relu_(Tensor& x);

// ---- selection

/// a where condition, else b. condition: bool.
LAMPAS_API Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b);
LAMPAS_API Tensor where(const Tensor& condition, const Scalar& a, const Tensor& b);
LAMPAS_API Tensor where(const Tensor& condition, const Tensor& a, const Scalar& b);
LAMPAS_API Tensor where(const Tensor& condition, const Scalar& a, const Scalar& b);
/// min(max(x, min), max); one bound may be missing. The gradient passes on the closed range.
LAMPAS_API Tensor clamp(const Tensor& x, const std::optional<Scalar>& min = std::nullopt,
                        const std::optional<Scalar>& max = std::nullopt);
LAMPAS_API Tensor clamp_min(const Tensor& x, const Scalar& min);
LAMPAS_API Tensor clamp_max(const Tensor& x, const Scalar& max);

// ---- comparison and logic: bool results, no gradients

LAMPAS_API Tensor eq(const Tensor& a, const Tensor& b);
LAMPAS_API Tensor eq(const Tensor& a, const Scalar& b);
LAMPAS_API Tensor ne(const Tensor& a, const Tensor& b);
LAMPAS_API Tensor ne(const Tensor& a, const Scalar& b);
LAMPAS_API Tensor lt(const Tensor& a, const Tensor& b);
LAMPAS_API Tensor lt(const Tensor& a, const Scalar& b);
LAMPAS_API Tensor le(const Tensor& a, const Tensor& b);
LAMPAS_API Tensor le(const Tensor& a, const Scalar& b);
LAMPAS_API Tensor gt(const Tensor& a, const Tensor& b);
LAMPAS_API Tensor gt(const Tensor& a, const Scalar& b);
LAMPAS_API Tensor ge(const Tensor& a, const Tensor& b);
LAMPAS_API Tensor ge(const Tensor& a, const Scalar& b);
/// Of elements read as "not zero".
LAMPAS_API Tensor logical_and(const Tensor& a, const Tensor& b);
LAMPAS_API Tensor logical_or(const Tensor& a, const Tensor& b);
LAMPAS_API Tensor logical_xor(const Tensor& a, const Tensor& b);
LAMPAS_API Tensor logical_not(const Tensor& x);
/// Integers and bool.
LAMPAS_API Tensor bitwise_not(const Tensor& x);
LAMPAS_API Tensor isnan(const Tensor& x);
LAMPAS_API Tensor isinf(const Tensor& x);
LAMPAS_API Tensor isfinite(const Tensor& x);
/// |a - b| <= atol + rtol * |b|, or equal (also infinities; NaNs with equal_nan).
LAMPAS_API Tensor isclose(const Tensor& a, const Tensor& b, double rtol = 1e-05, double atol = 1e-08,
                          bool equal_nan = false);
LAMPAS_API bool allclose(const Tensor& a, const Tensor& b, double rtol = 1e-05, double atol = 1e-08,
                         bool equal_nan = false);
/// Same sizes and elements (NaN differs from itself).
LAMPAS_API bool equal(const Tensor& a, const Tensor& b);

// ---- operators

inline Tensor operator+(const Tensor& a, const Tensor& b) { return add(a, b); }
inline Tensor operator+(const Tensor& a, const Scalar& b) { return add(a, b); }
inline Tensor operator-(const Tensor& a, const Tensor& b) { return sub(a, b); }
inline Tensor operator-(const Tensor& a, const Scalar& b) { return sub(a, b); }
inline Tensor operator*(const Tensor& a, const Tensor& b) { return mul(a, b); }
inline Tensor operator*(const Tensor& a, const Scalar& b) { return mul(a, b); }
inline Tensor operator/(const Tensor& a, const Tensor& b) { return div(a, b); }
inline Tensor operator/(const Tensor& a, const Scalar& b) { return div(a, b); }
inline Tensor operator+(const Scalar& a, const Tensor& b) { return add(b, a); }
inline Tensor operator-(const Scalar& a, const Tensor& b) { return rsub(b, a); }
inline Tensor operator*(const Scalar& a, const Tensor& b) { return mul(b, a); }
inline Tensor operator/(const Scalar& a, const Tensor& b) { return mul(reciprocal(b), a); }
inline Tensor operator<(const Tensor& a, const Tensor& b) { return lt(a, b); }
inline Tensor operator<(const Tensor& a, const Scalar& b) { return lt(a, b); }
inline Tensor operator<(const Scalar& a, const Tensor& b) { return gt(b, a); }
inline Tensor operator<=(const Tensor& a, const Tensor& b) { return le(a, b); }
inline Tensor operator<=(const Tensor& a, const Scalar& b) { return le(a, b); }
inline Tensor operator<=(const Scalar& a, const Tensor& b) { return ge(b, a); }
inline Tensor operator>(const Tensor& a, const Tensor& b) { return gt(a, b); }
inline Tensor operator>(const Tensor& a, const Scalar& b) { return gt(a, b); }
inline Tensor operator>(const Scalar& a, const Tensor& b) { return lt(b, a); }
inline Tensor operator>=(const Tensor& a, const Tensor& b) { return ge(a, b); }
inline Tensor operator>=(const Tensor& a, const Scalar& b) { return ge(a, b); }
inline Tensor operator>=(const Scalar& a, const Tensor& b) { return le(b, a); }
inline Tensor operator==(const Tensor& a, const Tensor& b) { return eq(a, b); }
inline Tensor operator==(const Tensor& a, const Scalar& b) { return eq(a, b); }
inline Tensor operator==(const Scalar& a, const Tensor& b) { return eq(b, a); }
inline Tensor operator!=(const Tensor& a, const Tensor& b) { return ne(a, b); }
inline Tensor operator!=(const Tensor& a, const Scalar& b) { return ne(a, b); }
inline Tensor operator!=(const Scalar& a, const Tensor& b) { return ne(b, a); }

}  // namespace lampas
