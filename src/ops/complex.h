#pragma once

#include "lampas/ops/complex.h"
#include "lampas/ops/promotion.h"

/// Complex numbers by their parts, for ops whose kernels know real numbers only.
namespace lampas {

/// The complex dtype of numbers with parts of real dtype `t`.
constexpr ScalarType complex_dtype(ScalarType t) { return t == kFloat ? kComplexFloat : kComplexDouble; }
/// x, or whether its complex elements are other than zero.
Tensor truth(const Tensor& x);
/// |x|.
Tensor complex_abs(const Tensor& x);
/// x / |x|, 0 where x is.
Tensor complex_sgn(const Tensor& x);

/// Of a function f(a, b) of real tensors, linear in both: that function of complex ones, of which one may be real.
template <class F>
Tensor complex_bilinear(const Tensor& a, const Tensor& b, const F& f) {
  if (!is_complex(a)) return complex_of(f(a, real(b)), f(a, imag(b)));
  if (!is_complex(b)) return complex_of(f(real(a), b), f(imag(a), b));
  const Tensor ar = real(a), ai = imag(a), br = real(b), bi = imag(b);
  return complex_of(f(ar, br).sub(f(ai, bi)), f(ar, bi).add(f(ai, br)));
}
/// Of a function of a real tensor with a trailing dimension that it leaves alone.
template <class F>
Tensor complex_linear(const Tensor& x, const F& f) {
  return view_as_complex(f(view_as_real(x)));
}

}  // namespace lampas
