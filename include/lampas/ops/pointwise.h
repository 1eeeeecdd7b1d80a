#pragma once

#include "lampas/tensor/tensor.h"

/// Elementwise arithmetic. Inputs broadcast and promote as in PyTorch
/// (https://pytorch.org/docs/stable/torch.html#pointwise-ops); every op takes any layout and gives a tensor in the
/// memory order of its first dense full-sized input. Integer overflow wraps. Methods of the same names, and in-place
/// forms with an underscore, are on Tensor; `_out` forms write into `out`, resizing it.
namespace lampas {

/// a + alpha * b.
LAMPAS_API Tensor add(const Tensor& a, const Tensor& b, const Scalar& alpha = 1);
LAMPAS_API Tensor add(const Tensor& a, const Scalar& b, const Scalar& alpha = 1);
LAMPAS_API Tensor& add_out(Tensor& out, const Tensor& a, const Tensor& b, const Scalar& alpha = 1);
/// a - alpha * b. Not defined for bool.
LAMPAS_API Tensor sub(const Tensor& a, const Tensor& b, const Scalar& alpha = 1);
LAMPAS_API Tensor sub(const Tensor& a, const Scalar& b, const Scalar& alpha = 1);
LAMPAS_API Tensor& sub_out(Tensor& out, const Tensor& a, const Tensor& b, const Scalar& alpha = 1);
/// a * b.
LAMPAS_API Tensor mul(const Tensor& a, const Tensor& b);
LAMPAS_API Tensor mul(const Tensor& a, const Scalar& b);
LAMPAS_API Tensor& mul_out(Tensor& out, const Tensor& a, const Tensor& b);

}  // namespace lampas
