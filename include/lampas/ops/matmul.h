#pragma once

#include "lampas/tensor/tensor.h"

/// Matrix products (https://pytorch.org/docs/stable/torch.html#blas-and-lapack-operations). Operands have one dtype;
/// any layout; float16 and bfloat16 accumulate in float32; integers wrap. Empty inner dimensions give zeros.
namespace lampas {

/// (n, k) x (k, m) -> (n, m).
LAMPAS_API Tensor mm(const Tensor& a, const Tensor& b);
/// (b, n, k) x (b, k, m) -> (b, n, m).
LAMPAS_API Tensor bmm(const Tensor& a, const Tensor& b);
/// Products of the last two dimensions with broadcasting over the others; vectors act as rows (left) or columns (right)
/// and their dimension is dropped from the result.
LAMPAS_API Tensor matmul(const Tensor& a, const Tensor& b);
/// beta * input + alpha * (mat1 x mat2); `input` broadcasts to (n, m) and is not read when beta is 0.
LAMPAS_API Tensor addmm(const Tensor& input, const Tensor& mat1, const Tensor& mat2, const Scalar& beta = 1,
                        const Scalar& alpha = 1);
/// (n, m) x (m) -> (n).
LAMPAS_API Tensor mv(const Tensor& matrix, const Tensor& vec);
/// Inner product of two vectors of one length, 0-d.
LAMPAS_API Tensor dot(const Tensor& a, const Tensor& b);
/// y = x W^T + b over the last dimension: x (*, in), weight (out, in) or (in), bias (out) or undefined.
LAMPAS_API Tensor linear(const Tensor& input, const Tensor& weight, const Tensor& bias = {});
LAMPAS_API Tensor& linear_out(Tensor& out, const Tensor& input, const Tensor& weight, const Tensor& bias = {});

}  // namespace lampas
