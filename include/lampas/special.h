#pragma once

#include "lampas/ops/math.h"
#include "lampas/ops/special.h"

/// torch.special's names: lampas::special::erf is special_erf.
namespace lampas::special {

#define LAMPAS_SPECIAL_NAME(fn)                                  \
  template <class... A>                                          \
  auto fn(const A&... a)->decltype(lampas::special_##fn(a...)) { \
    return lampas::special_##fn(a...);                           \
  }                                                              \
  template <class... A>                                          \
  Tensor& fn##_out(Tensor& out, const A&... a) {                 \
    return lampas::special_##fn##_out(out, a...);                \
  }

LAMPAS_SPECIAL_NAME(airy_ai)
LAMPAS_SPECIAL_NAME(bessel_j0)
LAMPAS_SPECIAL_NAME(bessel_j1)
LAMPAS_SPECIAL_NAME(bessel_y0)
LAMPAS_SPECIAL_NAME(bessel_y1)
LAMPAS_SPECIAL_NAME(chebyshev_polynomial_t)
LAMPAS_SPECIAL_NAME(chebyshev_polynomial_u)
LAMPAS_SPECIAL_NAME(chebyshev_polynomial_v)
LAMPAS_SPECIAL_NAME(chebyshev_polynomial_w)
LAMPAS_SPECIAL_NAME(digamma)
LAMPAS_SPECIAL_NAME(entr)
LAMPAS_SPECIAL_NAME(erf)
LAMPAS_SPECIAL_NAME(erfc)
LAMPAS_SPECIAL_NAME(erfcx)
LAMPAS_SPECIAL_NAME(erfinv)
LAMPAS_SPECIAL_NAME(exp2)
LAMPAS_SPECIAL_NAME(expit)
LAMPAS_SPECIAL_NAME(expm1)
LAMPAS_SPECIAL_NAME(gammainc)
LAMPAS_SPECIAL_NAME(gammaincc)
LAMPAS_SPECIAL_NAME(gammaln)
LAMPAS_SPECIAL_NAME(hermite_polynomial_h)
LAMPAS_SPECIAL_NAME(hermite_polynomial_he)
LAMPAS_SPECIAL_NAME(i0)
LAMPAS_SPECIAL_NAME(i0e)
LAMPAS_SPECIAL_NAME(i1)
LAMPAS_SPECIAL_NAME(i1e)
LAMPAS_SPECIAL_NAME(laguerre_polynomial_l)
LAMPAS_SPECIAL_NAME(legendre_polynomial_p)
LAMPAS_SPECIAL_NAME(log1p)
LAMPAS_SPECIAL_NAME(log_ndtr)
LAMPAS_SPECIAL_NAME(logit)
LAMPAS_SPECIAL_NAME(modified_bessel_i0)
LAMPAS_SPECIAL_NAME(modified_bessel_i1)
LAMPAS_SPECIAL_NAME(modified_bessel_k0)
LAMPAS_SPECIAL_NAME(modified_bessel_k1)
LAMPAS_SPECIAL_NAME(multigammaln)
LAMPAS_SPECIAL_NAME(ndtr)
LAMPAS_SPECIAL_NAME(ndtri)
LAMPAS_SPECIAL_NAME(polygamma)
LAMPAS_SPECIAL_NAME(psi)
LAMPAS_SPECIAL_NAME(round)
LAMPAS_SPECIAL_NAME(scaled_modified_bessel_k0)
LAMPAS_SPECIAL_NAME(scaled_modified_bessel_k1)
LAMPAS_SPECIAL_NAME(shifted_chebyshev_polynomial_t)
LAMPAS_SPECIAL_NAME(shifted_chebyshev_polynomial_u)
LAMPAS_SPECIAL_NAME(shifted_chebyshev_polynomial_v)
LAMPAS_SPECIAL_NAME(shifted_chebyshev_polynomial_w)
LAMPAS_SPECIAL_NAME(sinc)
LAMPAS_SPECIAL_NAME(spherical_bessel_j0)
LAMPAS_SPECIAL_NAME(xlog1py)
LAMPAS_SPECIAL_NAME(xlogy)
LAMPAS_SPECIAL_NAME(zeta)

#undef LAMPAS_SPECIAL_NAME

inline Tensor logsumexp(const Tensor& x, IntArrayRef dim, bool keepdim = false) {
  return special_logsumexp(x, dim, keepdim);
}
inline Tensor& logsumexp_out(Tensor& out, const Tensor& x, IntArrayRef dim, bool keepdim = false) {
  return special_logsumexp_out(out, x, dim, keepdim);
}
inline Tensor softmax(const Tensor& x, int64_t dim, std::optional<ScalarType> dtype = std::nullopt) {
  return special_softmax(x, dim, dtype);
}
inline Tensor log_softmax(const Tensor& x, int64_t dim, std::optional<ScalarType> dtype = std::nullopt) {
  return special_log_softmax(x, dim, dtype);
}

}  // namespace lampas::special
