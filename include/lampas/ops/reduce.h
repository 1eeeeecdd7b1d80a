#pragma once

#include "lampas/tensor/tensor.h"

/// Reductions (https://pytorch.org/docs/stable/torch.html#reduction-ops). `dim` lists the dimensions to reduce (empty:
/// all); reduced dimensions disappear, or stay with size one under keepdim. float32 sums are pairwise (error grows with
/// log n); float16 and bfloat16 accumulate in float32; the result is the same for every number of threads.
namespace lampas {

/// Integers and bool sum to int64; `dtype` converts before summing.
LAMPAS_API Tensor sum(const Tensor& x, std::optional<ScalarType> dtype = std::nullopt);
LAMPAS_API Tensor sum(const Tensor& x, IntArrayRef dim, bool keepdim = false,
                      std::optional<ScalarType> dtype = std::nullopt);
/// Of floating-point tensors; of nothing: NaN.
LAMPAS_API Tensor mean(const Tensor& x, std::optional<ScalarType> dtype = std::nullopt);
LAMPAS_API Tensor mean(const Tensor& x, IntArrayRef dim, bool keepdim = false,
                       std::optional<ScalarType> dtype = std::nullopt);
/// Mean squared deviation, divided by n - 1 (unbiased) or n.
LAMPAS_API Tensor var(const Tensor& x, bool unbiased = true);
LAMPAS_API Tensor var(const Tensor& x, IntArrayRef dim, bool unbiased = true, bool keepdim = false);
LAMPAS_API Tensor std(const Tensor& x, bool unbiased = true);
LAMPAS_API Tensor std(const Tensor& x, IntArrayRef dim, bool unbiased = true, bool keepdim = false);
LAMPAS_API std::tuple<Tensor, Tensor> var_mean(const Tensor& x, IntArrayRef dim, bool unbiased = true,
                                               bool keepdim = false);
/// Largest (smallest) value; NaN if there is one. Over everything, equal extremes share the gradient.
LAMPAS_API Tensor max(const Tensor& x);
LAMPAS_API Tensor min(const Tensor& x);
/// Values and int64 positions along one dimension (the first of equal ones), to which the gradient goes.
LAMPAS_API std::tuple<Tensor, Tensor> max(const Tensor& x, int64_t dim, bool keepdim = false);
LAMPAS_API std::tuple<Tensor, Tensor> min(const Tensor& x, int64_t dim, bool keepdim = false);
/// Values over several dimensions; equal extremes share the gradient.
LAMPAS_API Tensor amax(const Tensor& x, IntArrayRef dim = {}, bool keepdim = false);
LAMPAS_API Tensor amin(const Tensor& x, IntArrayRef dim = {}, bool keepdim = false);
/// Position of the first extreme, of the flattened tensor without `dim`.
LAMPAS_API Tensor argmax(const Tensor& x, std::optional<int64_t> dim = std::nullopt, bool keepdim = false);
LAMPAS_API Tensor argmin(const Tensor& x, std::optional<int64_t> dim = std::nullopt, bool keepdim = false);
/// Whether all (any) elements are not zero.
LAMPAS_API Tensor all(const Tensor& x);
LAMPAS_API Tensor all(const Tensor& x, int64_t dim, bool keepdim = false);
LAMPAS_API Tensor any(const Tensor& x);
LAMPAS_API Tensor any(const Tensor& x, int64_t dim, bool keepdim = false);

}  // namespace lampas
