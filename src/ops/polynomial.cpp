// The orthogonal polynomials of torch.special, and Airy's function: no derivatives, as in PyTorch.
#include "lampas/ops/special.h"
#include "ops/elementwise.h"
#include "ops/out.h"
#include "ops/special.h"

namespace lampas {
namespace {

constexpr const char* kNames[] = {"special_chebyshev_polynomial_t",         "special_chebyshev_polynomial_u",
                                  "special_chebyshev_polynomial_v",         "special_chebyshev_polynomial_w",
                                  "special_shifted_chebyshev_polynomial_t", "special_shifted_chebyshev_polynomial_u",
                                  "special_shifted_chebyshev_polynomial_v", "special_shifted_chebyshev_polynomial_w",
                                  "special_hermite_polynomial_h",           "special_hermite_polynomial_he",
                                  "special_laguerre_polynomial_l",          "special_legendre_polynomial_p"};

}  // namespace

namespace detail {

Tensor polynomial(Polynomial which, const Tensor& x, const Tensor& n) {
  const char* name = kNames[static_cast<int>(which)];
  check(x.defined() && n.defined(), name, ": tensor is undefined");
  const PolynomialParams p{static_cast<int>(which)};
  return elementwise({name, polynomial_kernel, Elementwise::floating, 100}, &p, {}, {&x, &n});
}
Tensor polynomial(Polynomial which, const Tensor& x, const Scalar& n) {
  return polynomial(which, x, wrapped_scalar(n));
}
Tensor polynomial(Polynomial which, const Scalar& x, const Tensor& n) {
  return polynomial(which, wrapped_scalar(x), n);
}
Tensor& polynomial_out(Polynomial which, Tensor& out, const Tensor& result) {
  return result_out(kNames[static_cast<int>(which)], out, result);
}

}  // namespace detail

Tensor special_airy_ai(const Tensor& x) {
  check(x.defined(), "special_airy_ai: tensor is undefined");
  return elementwise({"special_airy_ai", airy_ai_kernel, Elementwise::floating, 100}, nullptr, {}, {&x});
}
Tensor& special_airy_ai_out(Tensor& out, const Tensor& x) {
  return result_out("special_airy_ai", out, special_airy_ai(x));
}

}  // namespace lampas
