#pragma once

#include <string_view>

#include "lampas/ops/activation.h"
#include "lampas/ops/compare.h"
#include "lampas/ops/forms.h"
#include "lampas/ops/math.h"

/// Elementwise ops: arithmetic, roundings, selection and operators here; elementary functions in math.h, comparisons,
/// logic and bits in compare.h, activations in activation.h. Inputs broadcast and promote as in PyTorch
/// (https://pytorch.org/docs/stable/torch.html#pointwise-ops); every op takes any layout and gives a tensor in the
/// memory order of its first dense full-sized input. Integer overflow wraps. Methods of the same names, and in-place
/// forms with an underscore, are on Tensor; `_out` forms write into `out`, resizing it.
namespace lampas {

// ---- sums and products

/// a + alpha * b.
LAMPAS_API Tensor add(const Tensor& a, const Tensor& b, const Scalar& alpha = 1);
LAMPAS_API Tensor add(const Tensor& a, const Scalar& b, const Scalar& alpha = 1);
LAMPAS_API Tensor& add_out(Tensor& out, const Tensor& a, const Tensor& b, const Scalar& alpha = 1);
LAMPAS_API Tensor& add_out(Tensor& out, const Tensor& a, const Scalar& b, const Scalar& alpha = 1);
/// a - alpha * b. Not defined for bool.
LAMPAS_API Tensor sub(const Tensor& a, const Tensor& b, const Scalar& alpha = 1);
LAMPAS_API Tensor sub(const Tensor& a, const Scalar& b, const Scalar& alpha = 1);
LAMPAS_API Tensor& sub_out(Tensor& out, const Tensor& a, const Tensor& b, const Scalar& alpha = 1);
LAMPAS_API Tensor& sub_out(Tensor& out, const Tensor& a, const Scalar& b, const Scalar& alpha = 1);
LAMPAS_API Tensor subtract(const Tensor& a, const Tensor& b, const Scalar& alpha = 1);
LAMPAS_API Tensor subtract(const Tensor& a, const Scalar& b, const Scalar& alpha = 1);
LAMPAS_API Tensor& subtract_out(Tensor& out, const Tensor& a, const Tensor& b, const Scalar& alpha = 1);
/// b - alpha * a.
LAMPAS_API Tensor rsub(const Tensor& a, const Tensor& b, const Scalar& alpha = 1);
LAMPAS_API Tensor rsub(const Tensor& a, const Scalar& b, const Scalar& alpha = 1);
LAMPAS_BINARY_SCALAR_FORMS(mul);
LAMPAS_BINARY_SCALAR_FORMS(multiply);
/// x + value * a * b, and x + value * a / b. addcdiv wants a floating point a or b.
LAMPAS_API Tensor addcmul(const Tensor& x, const Tensor& a, const Tensor& b, const Scalar& value = 1);
LAMPAS_API Tensor& addcmul_out(Tensor& out, const Tensor& x, const Tensor& a, const Tensor& b, const Scalar& value = 1);
LAMPAS_API Tensor addcdiv(const Tensor& x, const Tensor& a, const Tensor& b, const Scalar& value = 1);
LAMPAS_API Tensor& addcdiv_out(Tensor& out, const Tensor& x, const Tensor& a, const Tensor& b, const Scalar& value = 1);
/// a + weight * (b - a), exact at weight 0 and 1. Floating point tensors of one dtype.
LAMPAS_API Tensor lerp(const Tensor& a, const Tensor& b, const Scalar& weight);
LAMPAS_API Tensor lerp(const Tensor& a, const Tensor& b, const Tensor& weight);
LAMPAS_API Tensor& lerp_out(Tensor& out, const Tensor& a, const Tensor& b, const Scalar& weight);
LAMPAS_API Tensor& lerp_out(Tensor& out, const Tensor& a, const Tensor& b, const Tensor& weight);

// ---- quotients and remainders

/// True division: integers give the default float dtype.
LAMPAS_BINARY_SCALAR_FORMS(div);
LAMPAS_BINARY_SCALAR_FORMS(divide);
LAMPAS_BINARY_SCALAR_FORMS(true_divide);
/// `rounding_mode` "trunc" rounds the quotient toward zero, "floor" down; nothing is true division. Rounded quotients
/// have the inputs' dtype; integers divided by zero are an error ("ZeroDivisionError").
LAMPAS_API Tensor div(const Tensor& a, const Tensor& b, std::optional<std::string_view> rounding_mode);
LAMPAS_API Tensor div(const Tensor& a, const Scalar& b, std::optional<std::string_view> rounding_mode);
LAMPAS_API Tensor& div_out(Tensor& out, const Tensor& a, const Tensor& b,
                           std::optional<std::string_view> rounding_mode);
LAMPAS_API Tensor& div_out(Tensor& out, const Tensor& a, const Scalar& b,
                           std::optional<std::string_view> rounding_mode);
LAMPAS_API Tensor divide(const Tensor& a, const Tensor& b, std::optional<std::string_view> rounding_mode);
LAMPAS_API Tensor divide(const Tensor& a, const Scalar& b, std::optional<std::string_view> rounding_mode);
LAMPAS_API Tensor& divide_out(Tensor& out, const Tensor& a, const Tensor& b,
                              std::optional<std::string_view> rounding_mode);
/// div with "floor".
LAMPAS_BINARY_SCALAR_FORMS(floor_divide);
/// a - b * trunc(a / b): the sign of a, exact. Integers with b = 0 are an error.
LAMPAS_BINARY_SCALAR_FORMS(fmod);
/// a - b * floor(a / b): the sign of b. Integers with b = 0 are an error.
LAMPAS_BINARY_SCALARS_FORMS(remainder);
/// Greatest common divisor and least common multiple of integers, never negative; gcd(0, 0) = 0.
LAMPAS_BINARY_FORMS(gcd);
LAMPAS_API Tensor& gcd_(Tensor& a, const Tensor& b);
LAMPAS_BINARY_FORMS(lcm);
LAMPAS_API Tensor& lcm_(Tensor& a, const Tensor& b);

// ---- signs, roots and roundings

LAMPAS_UNARY_FORMS(neg);
LAMPAS_UNARY_FORMS(negative);
/// x itself. Not defined for bool.
LAMPAS_API Tensor positive(const Tensor& x);
LAMPAS_UNARY_FORMS(abs);
LAMPAS_API Tensor absolute(const Tensor& x);
LAMPAS_API Tensor& absolute_out(Tensor& out, const Tensor& x);
/// -1, 0 or 1; 0 for NaN. sgn is the same for real numbers.
LAMPAS_API Tensor sign(const Tensor& x);
LAMPAS_API Tensor& sign_out(Tensor& out, const Tensor& x);
LAMPAS_API Tensor sgn(const Tensor& x);
LAMPAS_API Tensor& sgn_out(Tensor& out, const Tensor& x);
LAMPAS_UNARY_FORMS(square);
/// Integers give the default float dtype.
LAMPAS_UNARY_FORMS(sqrt);
LAMPAS_UNARY_FORMS(rsqrt);
LAMPAS_UNARY_FORMS(reciprocal);
/// Integers stay as they are. Halves round to even.
LAMPAS_UNARY_FORMS(ceil);
LAMPAS_UNARY_FORMS(floor);
LAMPAS_UNARY_FORMS(trunc);
LAMPAS_UNARY_FORMS(fix);
LAMPAS_UNARY_FORMS(round);
/// Rounds to `decimals` digits after the point, or to -decimals zeros before it.
LAMPAS_API Tensor round(const Tensor& x, int64_t decimals);
LAMPAS_API Tensor& round_(Tensor& x, int64_t decimals);
LAMPAS_API Tensor& round_out(Tensor& out, const Tensor& x, int64_t decimals);
/// x - trunc(x). Floating point.
LAMPAS_UNARY_FORMS(frac);
/// NaN, inf and -inf replaced by numbers: 0 and the dtype's largest and lowest unless given.
LAMPAS_API Tensor nan_to_num(const Tensor& x, std::optional<double> nan = std::nullopt,
                             std::optional<double> posinf = std::nullopt, std::optional<double> neginf = std::nullopt);
LAMPAS_API Tensor& nan_to_num_(Tensor& x, std::optional<double> nan = std::nullopt,
                               std::optional<double> posinf = std::nullopt,
                               std::optional<double> neginf = std::nullopt);
LAMPAS_API Tensor& nan_to_num_out(Tensor& out, const Tensor& x, std::optional<double> nan = std::nullopt,
                                  std::optional<double> posinf = std::nullopt,
                                  std::optional<double> neginf = std::nullopt);

/// x = mantissa * 2^exponent, the mantissa in [1/2, 1) but for its sign; the exponents are int32 (0 for what is 0 or
/// not finite). Floating point.
LAMPAS_API std::tuple<Tensor, Tensor> frexp(const Tensor& x);
LAMPAS_API std::tuple<Tensor&, Tensor&> frexp_out(Tensor& mantissa, Tensor& exponent, const Tensor& x);

// ---- powers and functions of two inputs

/// x ** y. Integers to a negative number are an error.
LAMPAS_BINARY_SCALARS_FORMS(pow);
/// x ** y in float64.
LAMPAS_BINARY_SCALARS_FORMS(float_power);
/// The angle of the point (b, a); integers give the default float dtype.
LAMPAS_BINARY_FORMS(atan2);
LAMPAS_BINARY_FORMS(arctan2);
/// sqrt(a^2 + b^2) without overflow. Floating point.
LAMPAS_BINARY_FORMS(hypot);
/// log(exp(a) + exp(b)) and log2(2^a + 2^b) without overflow. Floating point.
LAMPAS_BINARY_FORMS(logaddexp);
LAMPAS_BINARY_FORMS(logaddexp2);
/// a * log(b); 0 where a is 0, unless b is NaN. Integers give the default float dtype.
LAMPAS_BINARY_SCALARS_FORMS(xlogy);
LAMPAS_API Tensor& xlogy_(Tensor& a, const Tensor& b);
LAMPAS_API Tensor& xlogy_(Tensor& a, const Scalar& b);
/// |a| with the sign of b (also of -0 and NaN). Integers give the default float dtype.
LAMPAS_BINARY_SCALAR_FORMS(copysign);
/// The floating point number next to a in the direction of b.
LAMPAS_BINARY_FORMS(nextafter);
/// 0 where x < 0, `values` where x = 0, 1 where x > 0; NaN stays. Both of one dtype; no gradient.
LAMPAS_BINARY_FORMS(heaviside);
/// a * 2^b. Integers give the default float dtype.
LAMPAS_BINARY_FORMS(ldexp);
LAMPAS_API Tensor& ldexp_(Tensor& a, const Tensor& b);

// ---- extremes and bounds

/// NaN where either is; equal elements share the gradient.
LAMPAS_BINARY_FORMS(maximum);
LAMPAS_BINARY_FORMS(minimum);
/// The other one where one is NaN. The gradient goes to a where it is taken, also when both are equal.
LAMPAS_BINARY_FORMS(fmax);
LAMPAS_BINARY_FORMS(fmin);
LAMPAS_BINARY_FORMS(max);
LAMPAS_BINARY_FORMS(min);
/// min(max(x, min), max); one bound may be missing. The gradient passes on the closed range. A floating bound of an
/// integer tensor promotes it.
LAMPAS_API Tensor clamp(const Tensor& x, const std::optional<Scalar>& min,
                        const std::optional<Scalar>& max = std::nullopt);
LAMPAS_API Tensor& clamp_(Tensor& x, const std::optional<Scalar>& min, const std::optional<Scalar>& max = std::nullopt);
LAMPAS_API Tensor& clamp_out(Tensor& out, const Tensor& x, const std::optional<Scalar>& min,
                             const std::optional<Scalar>& max = std::nullopt);
LAMPAS_API Tensor clamp_min(const Tensor& x, const Scalar& min);
LAMPAS_API Tensor& clamp_min_(Tensor& x, const Scalar& min);
LAMPAS_API Tensor& clamp_min_out(Tensor& out, const Tensor& x, const Scalar& min);
LAMPAS_API Tensor clamp_max(const Tensor& x, const Scalar& max);
LAMPAS_API Tensor& clamp_max_(Tensor& x, const Scalar& max);
LAMPAS_API Tensor& clamp_max_out(Tensor& out, const Tensor& x, const Scalar& max);
/// The same with bounds that broadcast against x and get the gradient where they are taken. Where min exceeds max the
/// result is max.
LAMPAS_API Tensor clamp(const Tensor& x, const std::optional<Tensor>& min = {}, const std::optional<Tensor>& max = {});
LAMPAS_API Tensor& clamp_(Tensor& x, const std::optional<Tensor>& min = {}, const std::optional<Tensor>& max = {});
LAMPAS_API Tensor& clamp_out(Tensor& out, const Tensor& x, const std::optional<Tensor>& min = {},
                             const std::optional<Tensor>& max = {});
LAMPAS_API Tensor clamp_min(const Tensor& x, const Tensor& min);
LAMPAS_API Tensor& clamp_min_(Tensor& x, const Tensor& min);
LAMPAS_API Tensor& clamp_min_out(Tensor& out, const Tensor& x, const Tensor& min);
LAMPAS_API Tensor clamp_max(const Tensor& x, const Tensor& max);
LAMPAS_API Tensor& clamp_max_(Tensor& x, const Tensor& max);
LAMPAS_API Tensor& clamp_max_out(Tensor& out, const Tensor& x, const Tensor& max);
/// clamp.
LAMPAS_API Tensor clip(const Tensor& x, const std::optional<Scalar>& min,
                       const std::optional<Scalar>& max = std::nullopt);
LAMPAS_API Tensor& clip_(Tensor& x, const std::optional<Scalar>& min, const std::optional<Scalar>& max = std::nullopt);
LAMPAS_API Tensor& clip_out(Tensor& out, const Tensor& x, const std::optional<Scalar>& min,
                            const std::optional<Scalar>& max = std::nullopt);
LAMPAS_API Tensor clip(const Tensor& x, const std::optional<Tensor>& min = {}, const std::optional<Tensor>& max = {});
LAMPAS_API Tensor& clip_(Tensor& x, const std::optional<Tensor>& min = {}, const std::optional<Tensor>& max = {});
LAMPAS_API Tensor& clip_out(Tensor& out, const Tensor& x, const std::optional<Tensor>& min = {},
                            const std::optional<Tensor>& max = {});

// ---- selection

/// a where condition, else b. condition: bool (or uint8). All three broadcast.
LAMPAS_API Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b);
LAMPAS_API Tensor where(const Tensor& condition, const Scalar& a, const Tensor& b);
LAMPAS_API Tensor where(const Tensor& condition, const Tensor& a, const Scalar& b);
LAMPAS_API Tensor where(const Tensor& condition, const Scalar& a, const Scalar& b);
LAMPAS_API Tensor& where_out(Tensor& out, const Tensor& condition, const Tensor& a, const Tensor& b);

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
inline Tensor operator%(const Tensor& a, const Tensor& b) { return remainder(a, b); }
inline Tensor operator%(const Tensor& a, const Scalar& b) { return remainder(a, b); }
inline Tensor operator%(const Scalar& a, const Tensor& b) { return remainder(a, b); }
inline Tensor operator&(const Tensor& a, const Tensor& b) { return bitwise_and(a, b); }
inline Tensor operator&(const Tensor& a, const Scalar& b) { return bitwise_and(a, b); }
inline Tensor operator&(const Scalar& a, const Tensor& b) { return bitwise_and(b, a); }
inline Tensor operator|(const Tensor& a, const Tensor& b) { return bitwise_or(a, b); }
inline Tensor operator|(const Tensor& a, const Scalar& b) { return bitwise_or(a, b); }
inline Tensor operator|(const Scalar& a, const Tensor& b) { return bitwise_or(b, a); }
inline Tensor operator^(const Tensor& a, const Tensor& b) { return bitwise_xor(a, b); }
inline Tensor operator^(const Tensor& a, const Scalar& b) { return bitwise_xor(a, b); }
inline Tensor operator^(const Scalar& a, const Tensor& b) { return bitwise_xor(b, a); }
inline Tensor operator<<(const Tensor& a, const Tensor& b) { return bitwise_left_shift(a, b); }
inline Tensor operator<<(const Tensor& a, const Scalar& b) { return bitwise_left_shift(a, b); }
inline Tensor operator>>(const Tensor& a, const Tensor& b) { return bitwise_right_shift(a, b); }
inline Tensor operator>>(const Tensor& a, const Scalar& b) { return bitwise_right_shift(a, b); }
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
