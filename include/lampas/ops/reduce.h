#pragma once

#include "lampas/tensor/tensor.h"

/// Reductions (https://pytorch.org/docs/stable/torch.html#reduction-ops). `dim` lists the dimensions to reduce (left
/// out or empty: all); reduced dimensions disappear, or stay with size one under keepdim. float32 sums are pairwise
/// (error grows with log n); float16 and bfloat16 accumulate in float32; the result is the same for every number of
/// threads. `_out` forms resize `out` to the result and are not recorded.
namespace lampas {

/// Integers and bool sum to int64; `dtype` converts before summing.
LAMPAS_API Tensor sum(const Tensor& x, std::optional<ScalarType> dtype = std::nullopt);
LAMPAS_API Tensor sum(const Tensor& x, OptionalIntArrayRef dim, bool keepdim = false,
                      std::optional<ScalarType> dtype = std::nullopt);
LAMPAS_API Tensor& sum_out(Tensor& out, const Tensor& x, OptionalIntArrayRef dim, bool keepdim = false,
                           std::optional<ScalarType> dtype = std::nullopt);
/// Of floating-point tensors; of nothing: NaN.
LAMPAS_API Tensor mean(const Tensor& x, std::optional<ScalarType> dtype = std::nullopt);
LAMPAS_API Tensor mean(const Tensor& x, OptionalIntArrayRef dim, bool keepdim = false,
                       std::optional<ScalarType> dtype = std::nullopt);
LAMPAS_API Tensor& mean_out(Tensor& out, const Tensor& x, OptionalIntArrayRef dim, bool keepdim = false,
                            std::optional<ScalarType> dtype = std::nullopt);
/// Sum and mean of the elements that are not NaN.
LAMPAS_API Tensor nansum(const Tensor& x, OptionalIntArrayRef dim = std::nullopt, bool keepdim = false,
                         std::optional<ScalarType> dtype = std::nullopt);
LAMPAS_API Tensor& nansum_out(Tensor& out, const Tensor& x, OptionalIntArrayRef dim = std::nullopt,
                              bool keepdim = false, std::optional<ScalarType> dtype = std::nullopt);
LAMPAS_API Tensor nanmean(const Tensor& x, OptionalIntArrayRef dim = std::nullopt, bool keepdim = false,
                          std::optional<ScalarType> dtype = std::nullopt);
/// Product; integers and bool multiply to int64. The derivative is exact where elements are zero, too.
LAMPAS_API Tensor prod(const Tensor& x, std::optional<ScalarType> dtype = std::nullopt);
LAMPAS_API Tensor prod(const Tensor& x, int64_t dim, bool keepdim = false,
                       std::optional<ScalarType> dtype = std::nullopt);
LAMPAS_API Tensor& prod_out(Tensor& out, const Tensor& x, int64_t dim, bool keepdim = false,
                            std::optional<ScalarType> dtype = std::nullopt);

/// Mean squared deviation, divided by max(0, n - correction): 1 when unbiased, else 0. std is its root.
LAMPAS_API Tensor var(const Tensor& x, bool unbiased = true);
LAMPAS_API Tensor var(const Tensor& x, OptionalIntArrayRef dim, bool unbiased = true, bool keepdim = false);
LAMPAS_API Tensor var(const Tensor& x, OptionalIntArrayRef dim, std::optional<int64_t> correction,
                      bool keepdim = false);
LAMPAS_API Tensor& var_out(Tensor& out, const Tensor& x, OptionalIntArrayRef dim, bool unbiased = true,
                           bool keepdim = false);
LAMPAS_API Tensor std(const Tensor& x, bool unbiased = true);
LAMPAS_API Tensor std(const Tensor& x, OptionalIntArrayRef dim, bool unbiased = true, bool keepdim = false);
LAMPAS_API Tensor std(const Tensor& x, OptionalIntArrayRef dim, std::optional<int64_t> correction,
                      bool keepdim = false);
LAMPAS_API Tensor& std_out(Tensor& out, const Tensor& x, OptionalIntArrayRef dim, bool unbiased = true,
                           bool keepdim = false);
/// The same together with the mean.
LAMPAS_API std::tuple<Tensor, Tensor> var_mean(const Tensor& x, bool unbiased = true);
LAMPAS_API std::tuple<Tensor, Tensor> var_mean(const Tensor& x, OptionalIntArrayRef dim, bool unbiased = true,
                                               bool keepdim = false);
LAMPAS_API std::tuple<Tensor, Tensor> var_mean(const Tensor& x, OptionalIntArrayRef dim,
                                               std::optional<int64_t> correction, bool keepdim = false);
LAMPAS_API std::tuple<Tensor, Tensor> std_mean(const Tensor& x, bool unbiased = true);
LAMPAS_API std::tuple<Tensor, Tensor> std_mean(const Tensor& x, OptionalIntArrayRef dim, bool unbiased = true,
                                               bool keepdim = false);
LAMPAS_API std::tuple<Tensor, Tensor> std_mean(const Tensor& x, OptionalIntArrayRef dim,
                                               std::optional<int64_t> correction, bool keepdim = false);

/// One dimension, `{1}` included: not taken for `unbiased`.
inline Tensor var(const Tensor& x, int dim) { return lampas::var(x, OptionalIntArrayRef(dim)); }
inline Tensor var(const Tensor& x, int64_t dim) { return lampas::var(x, OptionalIntArrayRef(dim)); }
inline Tensor std(const Tensor& x, int dim) { return lampas::std(x, OptionalIntArrayRef(dim)); }
inline Tensor std(const Tensor& x, int64_t dim) { return lampas::std(x, OptionalIntArrayRef(dim)); }
inline std::tuple<Tensor, Tensor> var_mean(const Tensor& x, int dim) {
  return lampas::var_mean(x, OptionalIntArrayRef(dim));
}
inline std::tuple<Tensor, Tensor> var_mean(const Tensor& x, int64_t dim) {
  return lampas::var_mean(x, OptionalIntArrayRef(dim));
}
inline std::tuple<Tensor, Tensor> std_mean(const Tensor& x, int dim) {
  return lampas::std_mean(x, OptionalIntArrayRef(dim));
}
inline std::tuple<Tensor, Tensor> std_mean(const Tensor& x, int64_t dim) {
  return lampas::std_mean(x, OptionalIntArrayRef(dim));
}
template <class I, std::enable_if_t<std::is_integral_v<I> && !std::is_same_v<I, bool>, int> = 0>
Tensor var(const Tensor& x, I dim) {
  return lampas::var(x, OptionalIntArrayRef(dim));
}
template <class I, std::enable_if_t<std::is_integral_v<I> && !std::is_same_v<I, bool>, int> = 0>
Tensor std(const Tensor& x, I dim) {
  return lampas::std(x, OptionalIntArrayRef(dim));
}
template <class I, std::enable_if_t<std::is_integral_v<I> && !std::is_same_v<I, bool>, int> = 0>
std::tuple<Tensor, Tensor> var_mean(const Tensor& x, I dim) {
  return lampas::var_mean(x, OptionalIntArrayRef(dim));
}
template <class I, std::enable_if_t<std::is_integral_v<I> && !std::is_same_v<I, bool>, int> = 0>
std::tuple<Tensor, Tensor> std_mean(const Tensor& x, I dim) {
  return lampas::std_mean(x, OptionalIntArrayRef(dim));
}

/// (sum |x|^p)^(1/p); p = 0 counts the elements that are not zero, infinity and -infinity give the largest and smallest
/// |x|. Without p: 2. Floating-point tensors; `dtype` converts first. The derivative is 0 where the norm is.
LAMPAS_API Tensor norm(const Tensor& x, const Scalar& p = 2);
LAMPAS_API Tensor norm(const Tensor& x, const std::optional<Scalar>& p, ScalarType dtype);
LAMPAS_API Tensor norm(const Tensor& x, const std::optional<Scalar>& p, IntArrayRef dim, bool keepdim = false);
LAMPAS_API Tensor norm(const Tensor& x, const std::optional<Scalar>& p, IntArrayRef dim, bool keepdim,
                       ScalarType dtype);
LAMPAS_API Tensor& norm_out(Tensor& out, const Tensor& x, const std::optional<Scalar>& p, IntArrayRef dim,
                            bool keepdim = false);
LAMPAS_API Tensor& norm_out(Tensor& out, const Tensor& x, const Scalar& p = 2);
LAMPAS_API Tensor frobenius_norm(const Tensor& x);
LAMPAS_API Tensor frobenius_norm(const Tensor& x, IntArrayRef dim, bool keepdim = false);
/// The p-norm of a - b, which broadcast.
LAMPAS_API Tensor dist(const Tensor& a, const Tensor& b, const Scalar& p = 2);
/// Scales down the slices along `dim` whose p-norm exceeds maxnorm, to that norm.
LAMPAS_API Tensor renorm(const Tensor& x, const Scalar& p, int64_t dim, const Scalar& maxnorm);
/// log(sum(exp(x))) without overflow.
LAMPAS_API Tensor logsumexp(const Tensor& x, IntArrayRef dim, bool keepdim = false);
LAMPAS_API Tensor& logsumexp_out(Tensor& out, const Tensor& x, IntArrayRef dim, bool keepdim = false);

/// Largest (smallest) value; NaN if there is one. Over everything, equal extremes share the gradient.
LAMPAS_API Tensor max(const Tensor& x);
LAMPAS_API Tensor min(const Tensor& x);
/// Values and int64 positions along one dimension (the first of equal ones), to which the gradient goes.
LAMPAS_API std::tuple<Tensor, Tensor> max(const Tensor& x, int64_t dim, bool keepdim = false);
LAMPAS_API std::tuple<Tensor, Tensor> min(const Tensor& x, int64_t dim, bool keepdim = false);
LAMPAS_API std::tuple<Tensor&, Tensor&> max_out(Tensor& values, Tensor& indices, const Tensor& x, int64_t dim,
                                                bool keepdim = false);
LAMPAS_API std::tuple<Tensor&, Tensor&> min_out(Tensor& values, Tensor& indices, const Tensor& x, int64_t dim,
                                                bool keepdim = false);
/// Values over several dimensions; equal extremes share the gradient.
LAMPAS_API Tensor amax(const Tensor& x, IntArrayRef dim = {}, bool keepdim = false);
LAMPAS_API Tensor amin(const Tensor& x, IntArrayRef dim = {}, bool keepdim = false);
LAMPAS_API Tensor& amax_out(Tensor& out, const Tensor& x, IntArrayRef dim = {}, bool keepdim = false);
LAMPAS_API Tensor& amin_out(Tensor& out, const Tensor& x, IntArrayRef dim = {}, bool keepdim = false);
LAMPAS_API std::tuple<Tensor, Tensor> aminmax(const Tensor& x, std::optional<int64_t> dim = std::nullopt,
                                              bool keepdim = false);
/// Position of the first extreme, of the flattened tensor without `dim`.
LAMPAS_API Tensor argmax(const Tensor& x, std::optional<int64_t> dim = std::nullopt, bool keepdim = false);
LAMPAS_API Tensor argmin(const Tensor& x, std::optional<int64_t> dim = std::nullopt, bool keepdim = false);
LAMPAS_API Tensor& argmax_out(Tensor& out, const Tensor& x, std::optional<int64_t> dim = std::nullopt,
                              bool keepdim = false);
LAMPAS_API Tensor& argmin_out(Tensor& out, const Tensor& x, std::optional<int64_t> dim = std::nullopt,
                              bool keepdim = false);
/// Whether all (any) elements are not zero.
LAMPAS_API Tensor all(const Tensor& x);
LAMPAS_API Tensor all(const Tensor& x, int64_t dim, bool keepdim = false);
LAMPAS_API Tensor& all_out(Tensor& out, const Tensor& x, int64_t dim, bool keepdim = false);
LAMPAS_API Tensor any(const Tensor& x);
LAMPAS_API Tensor any(const Tensor& x, int64_t dim, bool keepdim = false);
LAMPAS_API Tensor& any_out(Tensor& out, const Tensor& x, int64_t dim, bool keepdim = false);
/// Number of elements that are not zero, int64.
LAMPAS_API Tensor count_nonzero(const Tensor& x, std::optional<int64_t> dim = std::nullopt);
LAMPAS_API Tensor count_nonzero(const Tensor& x, IntArrayRef dim);

}  // namespace lampas
