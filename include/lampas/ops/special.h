#pragma once

#include "lampas/ops/forms.h"

/// Special functions under the names of torch.special (https://pytorch.org/docs/stable/special.html), elementwise.
/// Integers and bool give the default float dtype; all but those of math.h are computed in float64 and rounded once.
/// Derivatives of every order, unless stated otherwise. namespace lampas::special has them without the prefix.
namespace lampas {

/// The regularised incomplete gamma functions of shape a and x, neither negative: the integral of t^(a-1) e^-t /
/// gamma(a) from 0 to x, and from x on. With a gradient for x, none for a: asking for it is an error, as in PyTorch.
LAMPAS_BINARY_FORMS(igamma);
LAMPAS_BINARY_FORMS(igammac);

#define LAMPAS_SPECIAL_FORMS(fn)         \
  LAMPAS_API Tensor fn(const Tensor& x); \
  LAMPAS_API Tensor& fn##_out(Tensor& out, const Tensor& x)

/// -x log(x); 0 at 0, -inf below.
LAMPAS_SPECIAL_FORMS(special_entr);
/// exp(x^2) erfc(x).
LAMPAS_SPECIAL_FORMS(special_erfcx);
/// The normal distribution function, its logarithm (also where it underflows), and its inverse on [0, 1].
LAMPAS_SPECIAL_FORMS(special_ndtr);
LAMPAS_SPECIAL_FORMS(special_log_ndtr);
LAMPAS_SPECIAL_FORMS(special_ndtri);
/// i0 and i1 times exp(-|x|).
LAMPAS_SPECIAL_FORMS(special_i0e);
LAMPAS_SPECIAL_FORMS(special_i1e);
/// Bessel functions of the first and second kind, modified ones of the second kind and those times exp(x), sin(x) / x.
LAMPAS_SPECIAL_FORMS(special_bessel_j0);
LAMPAS_SPECIAL_FORMS(special_bessel_j1);
LAMPAS_SPECIAL_FORMS(special_bessel_y0);
LAMPAS_SPECIAL_FORMS(special_bessel_y1);
LAMPAS_SPECIAL_FORMS(special_modified_bessel_k0);
LAMPAS_SPECIAL_FORMS(special_modified_bessel_k1);
LAMPAS_SPECIAL_FORMS(special_scaled_modified_bessel_k0);
LAMPAS_SPECIAL_FORMS(special_scaled_modified_bessel_k1);
LAMPAS_SPECIAL_FORMS(special_spherical_bessel_j0);
/// a * log1p(b); 0 where a is 0, unless b is NaN.
LAMPAS_BINARY_SCALARS_FORMS(special_xlog1py);
/// Hurwitz's zeta function: the sum over k >= 0 of (q + k)^-x. With a gradient for q, none for x.
LAMPAS_BINARY_SCALARS_FORMS(special_zeta);

// ---- other names of functions above and in math.h, pointwise.h, reduce.h and softmax.h

LAMPAS_SPECIAL_FORMS(special_digamma);
LAMPAS_SPECIAL_FORMS(special_erf);
LAMPAS_SPECIAL_FORMS(special_erfc);
LAMPAS_SPECIAL_FORMS(special_erfinv);
LAMPAS_SPECIAL_FORMS(special_exp2);
LAMPAS_SPECIAL_FORMS(special_expit);  // sigmoid
LAMPAS_SPECIAL_FORMS(special_expm1);
LAMPAS_SPECIAL_FORMS(special_gammaln);  // lgamma
LAMPAS_SPECIAL_FORMS(special_i0);
LAMPAS_SPECIAL_FORMS(special_log1p);
LAMPAS_SPECIAL_FORMS(special_modified_bessel_i0);
LAMPAS_SPECIAL_FORMS(special_modified_bessel_i1);
LAMPAS_SPECIAL_FORMS(special_psi);  // digamma
LAMPAS_SPECIAL_FORMS(special_sinc);
LAMPAS_BINARY_FORMS(special_gammainc);   // igamma
LAMPAS_BINARY_FORMS(special_gammaincc);  // igammac
LAMPAS_BINARY_SCALARS_FORMS(special_xlogy);
LAMPAS_API Tensor special_logit(const Tensor& x, std::optional<double> eps = std::nullopt);
LAMPAS_API Tensor& special_logit_out(Tensor& out, const Tensor& x, std::optional<double> eps = std::nullopt);
LAMPAS_API Tensor special_round(const Tensor& x, int64_t decimals = 0);
LAMPAS_API Tensor& special_round_out(Tensor& out, const Tensor& x, int64_t decimals = 0);
LAMPAS_API Tensor special_polygamma(int64_t n, const Tensor& x);
LAMPAS_API Tensor& special_polygamma_out(Tensor& out, int64_t n, const Tensor& x);
LAMPAS_API Tensor special_multigammaln(const Tensor& x, int64_t p);  // mvlgamma
LAMPAS_API Tensor& special_multigammaln_out(Tensor& out, const Tensor& x, int64_t p);
LAMPAS_API Tensor special_logsumexp(const Tensor& x, IntArrayRef dim, bool keepdim = false);
LAMPAS_API Tensor& special_logsumexp_out(Tensor& out, const Tensor& x, IntArrayRef dim, bool keepdim = false);
LAMPAS_API Tensor special_softmax(const Tensor& x, int64_t dim, std::optional<ScalarType> dtype = std::nullopt);
LAMPAS_API Tensor special_log_softmax(const Tensor& x, int64_t dim, std::optional<ScalarType> dtype = std::nullopt);

#undef LAMPAS_SPECIAL_FORMS

}  // namespace lampas
