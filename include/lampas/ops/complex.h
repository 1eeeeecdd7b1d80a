#pragma once

#include "lampas/tensor/tensor.h"

/// Complex numbers (https://pytorch.org/docs/stable/complex_numbers.html), complex64 and complex128. Besides what
/// stands here they have sums, products and quotients, neg, abs, sgn, square, sqrt, rsqrt, reciprocal, exp, log, sin,
/// cos, tan, sinh, cosh, tanh, sum, mean, and products of matrices and vectors. The gradient of a real function with
/// respect to z = x + iy is d/dx + i d/dy, as in PyTorch, and every one of these has derivatives of every order.
namespace lampas {

/// (re, -im), a new tensor; a real tensor is returned as it is.
LAMPAS_API Tensor conj(const Tensor& x);
LAMPAS_API Tensor conj_physical(const Tensor& x);
LAMPAS_API Tensor& conj_physical_out(Tensor& out, const Tensor& x);
/// A view of the real parts; a real tensor itself.
LAMPAS_API Tensor real(const Tensor& x);
/// A view of the imaginary parts; throws for a real tensor.
LAMPAS_API Tensor imag(const Tensor& x);
/// In (-pi, pi]; of real numbers 0, pi for negative ones, NaN for NaN. Integers give the default float dtype.
LAMPAS_API Tensor angle(const Tensor& x);
LAMPAS_API Tensor& angle_out(Tensor& out, const Tensor& x);
/// A view of complex numbers as pairs (re, im) in one more dimension, and back. view_as_complex takes float32 and
/// float64 whose last dimension has size 2 and stride 1, the other strides and the offset being even.
LAMPAS_API Tensor view_as_real(const Tensor& x);
LAMPAS_API Tensor view_as_complex(const Tensor& x);
/// re + i im of two real tensors of one dtype, which broadcast. (LibTorch's name for it, complex, is a class here; the
/// forwarding headers have torch::complex.)
LAMPAS_API Tensor complex_of(const Tensor& re, const Tensor& im);
/// abs (cos(angle) + i sin(angle)) of two real tensors of one dtype, which broadcast.
LAMPAS_API Tensor polar(const Tensor& abs, const Tensor& angle);
LAMPAS_API Tensor& polar_out(Tensor& out, const Tensor& abs, const Tensor& angle);

}  // namespace lampas
