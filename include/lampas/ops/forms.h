#pragma once

#include "lampas/tensor/tensor.h"

/// Declarations of the forms an elementwise op comes in. `fn_` works in place and returns its first argument; `fn_out`
/// writes into `out`, resizing it, and is not recorded. Each form is a method of Tensor, too, but `fn_out`.

/// Of one input: fn(x), fn_(x), fn_out(out, x).
#define LAMPAS_UNARY_FORMS(fn)           \
  LAMPAS_API Tensor fn(const Tensor& x); \
  LAMPAS_API Tensor& fn##_(Tensor& x);   \
  LAMPAS_API Tensor& fn##_out(Tensor& out, const Tensor& x)
/// Of two tensors: fn(a, b), fn_out(out, a, b). In-place forms are methods.
#define LAMPAS_BINARY_FORMS(fn)                           \
  LAMPAS_API Tensor fn(const Tensor& a, const Tensor& b); \
  LAMPAS_API Tensor& fn##_out(Tensor& out, const Tensor& a, const Tensor& b)
/// The same with a number on the right.
#define LAMPAS_BINARY_SCALAR_FORMS(fn)                    \
  LAMPAS_BINARY_FORMS(fn);                                \
  LAMPAS_API Tensor fn(const Tensor& a, const Scalar& b); \
  LAMPAS_API Tensor& fn##_out(Tensor& out, const Tensor& a, const Scalar& b)
/// The same with a number on either side.
#define LAMPAS_BINARY_SCALARS_FORMS(fn)                   \
  LAMPAS_BINARY_SCALAR_FORMS(fn);                         \
  LAMPAS_API Tensor fn(const Scalar& a, const Tensor& b); \
  LAMPAS_API Tensor& fn##_out(Tensor& out, const Scalar& a, const Tensor& b)
