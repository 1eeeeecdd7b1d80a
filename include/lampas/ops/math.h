#pragma once

#include "lampas/ops/forms.h"

/// Elementary and special functions of one input (https://pytorch.org/docs/stable/torch.html#pointwise-ops). Integers
/// and bool give the default float dtype unless stated otherwise; float16 and bfloat16 are computed in float32 and
/// rounded once. Outside its domain a function is NaN. Every function has derivatives of every order.
namespace lampas {

// ---- exponentials and logarithms

LAMPAS_UNARY_FORMS(exp);
/// 2 ** x.
LAMPAS_UNARY_FORMS(exp2);
/// exp(x) - 1, accurate near 0.
LAMPAS_UNARY_FORMS(expm1);
LAMPAS_UNARY_FORMS(log);
LAMPAS_UNARY_FORMS(log2);
LAMPAS_UNARY_FORMS(log10);
/// log(1 + x), accurate near 0.
LAMPAS_UNARY_FORMS(log1p);
/// 1 / (1 + exp(-x)).
LAMPAS_UNARY_FORMS(sigmoid);
/// log(x / (1 - x)). With `eps`, x is first clamped to [eps, 1 - eps].
LAMPAS_API Tensor logit(const Tensor& x, std::optional<double> eps = std::nullopt);
LAMPAS_API Tensor& logit_(Tensor& x, std::optional<double> eps = std::nullopt);
LAMPAS_API Tensor& logit_out(Tensor& out, const Tensor& x, std::optional<double> eps = std::nullopt);

// ---- trigonometric and hyperbolic functions; the names with arc are the same functions

LAMPAS_UNARY_FORMS(sin);
LAMPAS_UNARY_FORMS(cos);
LAMPAS_UNARY_FORMS(tan);
LAMPAS_UNARY_FORMS(asin);
LAMPAS_UNARY_FORMS(arcsin);
LAMPAS_UNARY_FORMS(acos);
LAMPAS_UNARY_FORMS(arccos);
LAMPAS_UNARY_FORMS(atan);
LAMPAS_UNARY_FORMS(arctan);
LAMPAS_UNARY_FORMS(sinh);
LAMPAS_UNARY_FORMS(cosh);
LAMPAS_UNARY_FORMS(tanh);
LAMPAS_UNARY_FORMS(asinh);
LAMPAS_UNARY_FORMS(arcsinh);
LAMPAS_UNARY_FORMS(acosh);
LAMPAS_UNARY_FORMS(arccosh);
LAMPAS_UNARY_FORMS(atanh);
LAMPAS_UNARY_FORMS(arctanh);
/// sin(pi x) / (pi x), 1 at 0.
LAMPAS_UNARY_FORMS(sinc);
/// Degrees to radians, and back.
LAMPAS_UNARY_FORMS(deg2rad);
LAMPAS_UNARY_FORMS(rad2deg);

// ---- special functions

/// 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x; 1 - erf(x); the inverse of erf on [-1, 1].
LAMPAS_UNARY_FORMS(erf);
LAMPAS_UNARY_FORMS(erfc);
LAMPAS_UNARY_FORMS(erfinv);
/// log |gamma(x)|.
LAMPAS_UNARY_FORMS(lgamma);
/// The derivative of lgamma.
LAMPAS_UNARY_FORMS(digamma);
/// The n-th derivative of digamma, n >= 0.
LAMPAS_API Tensor polygamma(int64_t n, const Tensor& x);
LAMPAS_API Tensor& polygamma_out(Tensor& out, int64_t n, const Tensor& x);
/// Logarithm of the multivariate gamma function of dimension p >= 1: p (p - 1) / 4 log(pi) + sum over j < p of
/// lgamma(x - j / 2). Every x must exceed (p - 1) / 2.
LAMPAS_API Tensor mvlgamma(const Tensor& x, int64_t p);
LAMPAS_API Tensor& mvlgamma_out(Tensor& out, const Tensor& x, int64_t p);
/// Modified Bessel functions of the first kind, of order 0 and 1.
LAMPAS_UNARY_FORMS(i0);
LAMPAS_API Tensor special_i1(const Tensor& x);
LAMPAS_API Tensor& special_i1_out(Tensor& out, const Tensor& x);

}  // namespace lampas
