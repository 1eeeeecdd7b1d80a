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

/// Airy's function of the first kind. Without a derivative, as in PyTorch.
LAMPAS_SPECIAL_FORMS(special_airy_ai);

// ---- orthogonal polynomials of degree n, which is cut to an integer (below 0: the result is 0); without derivatives,
// as in PyTorch. Degrees above a million give NaN.

namespace detail {
enum class Polynomial { t, u, v, w, shifted_t, shifted_u, shifted_v, shifted_w, h, he, l, p };
LAMPAS_API Tensor polynomial(Polynomial which, const Tensor& x, const Tensor& n);
LAMPAS_API Tensor polynomial(Polynomial which, const Tensor& x, const Scalar& n);
LAMPAS_API Tensor polynomial(Polynomial which, const Scalar& x, const Tensor& n);
LAMPAS_API Tensor& polynomial_out(Polynomial which, Tensor& out, const Tensor& result);
}  // namespace detail

// Inline: one function in the library instead of six for each.
#define LAMPAS_POLYNOMIAL(fn, which)                                                                                 \
  inline Tensor fn(const Tensor& x, const Tensor& n) { return detail::polynomial(detail::Polynomial::which, x, n); } \
  inline Tensor fn(const Tensor& x, const Scalar& n) { return detail::polynomial(detail::Polynomial::which, x, n); } \
  inline Tensor fn(const Scalar& x, const Tensor& n) { return detail::polynomial(detail::Polynomial::which, x, n); } \
  inline Tensor& fn##_out(Tensor& out, const Tensor& x, const Tensor& n) {                                           \
    return detail::polynomial_out(detail::Polynomial::which, out, fn(x, n));                                         \
  }                                                                                                                  \
  inline Tensor& fn##_out(Tensor& out, const Tensor& x, const Scalar& n) {                                           \
    return detail::polynomial_out(detail::Polynomial::which, out, fn(x, n));                                         \
  }                                                                                                                  \
  inline Tensor& fn##_out(Tensor& out, const Scalar& x, const Tensor& n) {                                           \
    return detail::polynomial_out(detail::Polynomial::which, out, fn(x, n));                                         \
  }
LAMPAS_POLYNOMIAL(special_chebyshev_polynomial_t, t)
LAMPAS_POLYNOMIAL(special_chebyshev_polynomial_u, u)
LAMPAS_POLYNOMIAL(special_chebyshev_polynomial_v, v)
LAMPAS_POLYNOMIAL(special_chebyshev_polynomial_w, w)
LAMPAS_POLYNOMIAL(special_shifted_chebyshev_polynomial_t, shifted_t)
LAMPAS_POLYNOMIAL(special_shifted_chebyshev_polynomial_u, shifted_u)
LAMPAS_POLYNOMIAL(special_shifted_chebyshev_polynomial_v, shifted_v)
LAMPAS_POLYNOMIAL(special_shifted_chebyshev_polynomial_w, shifted_w)
LAMPAS_POLYNOMIAL(special_hermite_polynomial_h, h)
LAMPAS_POLYNOMIAL(special_hermite_polynomial_he, he)
LAMPAS_POLYNOMIAL(special_laguerre_polynomial_l, l)
LAMPAS_POLYNOMIAL(special_legendre_polynomial_p, p)
#undef LAMPAS_POLYNOMIAL

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
