#pragma once

#include "lampas/tensor/tensor.h"

/// Running reductions along a dimension (https://pytorch.org/docs/stable/torch.html#other-operations): element k of the
/// result is made from elements 0 ... k. Sums and products of float16, bfloat16 and float32 are accumulated in float64
/// and rounded once for each element; integers and bool give int64.
namespace lampas {

LAMPAS_API Tensor cumsum(const Tensor& x, int64_t dim, std::optional<ScalarType> dtype = std::nullopt);
LAMPAS_API Tensor& cumsum_out(Tensor& out, const Tensor& x, int64_t dim,
                              std::optional<ScalarType> dtype = std::nullopt);
/// The derivative is exact where elements are zero, too.
LAMPAS_API Tensor cumprod(const Tensor& x, int64_t dim, std::optional<ScalarType> dtype = std::nullopt);
LAMPAS_API Tensor& cumprod_out(Tensor& out, const Tensor& x, int64_t dim,
                               std::optional<ScalarType> dtype = std::nullopt);
LAMPAS_API Tensor logcumsumexp(const Tensor& x, int64_t dim);
LAMPAS_API Tensor& logcumsumexp_out(Tensor& out, const Tensor& x, int64_t dim);
/// Largest (smallest) value so far and its position: the last of equal ones. NaN once there was one.
LAMPAS_API std::tuple<Tensor, Tensor> cummax(const Tensor& x, int64_t dim);
LAMPAS_API std::tuple<Tensor, Tensor> cummin(const Tensor& x, int64_t dim);
LAMPAS_API std::tuple<Tensor&, Tensor&> cummax_out(Tensor& values, Tensor& indices, const Tensor& x, int64_t dim);
LAMPAS_API std::tuple<Tensor&, Tensor&> cummin_out(Tensor& values, Tensor& indices, const Tensor& x, int64_t dim);
/// Differences of neighbours, taken n times; prepend and append extend x first.
LAMPAS_API Tensor diff(const Tensor& x, int64_t n = 1, int64_t dim = -1, const std::optional<Tensor>& prepend = {},
                       const std::optional<Tensor>& append = {});
/// Integral by the trapezoidal rule along `dim`, with spacing dx or at positions x.
LAMPAS_API Tensor trapezoid(const Tensor& y, const Scalar& dx = 1, int64_t dim = -1);
LAMPAS_API Tensor trapezoid(const Tensor& y, const Tensor& x, int64_t dim = -1);
LAMPAS_API Tensor trapz(const Tensor& y, double dx = 1, int64_t dim = -1);
LAMPAS_API Tensor trapz(const Tensor& y, const Tensor& x, int64_t dim = -1);
/// The integrals up to every point but the first.
LAMPAS_API Tensor cumulative_trapezoid(const Tensor& y, const Scalar& dx = 1, int64_t dim = -1);
LAMPAS_API Tensor cumulative_trapezoid(const Tensor& y, const Tensor& x, int64_t dim = -1);
/// Derivatives along `dim` (along every dimension without, one result each), from second-order accurate differences of
/// neighbours, one-sided and of order edge_order (1 or 2) at the ends. spacing: one distance of neighbours for all
/// dimensions or one for each, or the coordinates of the points, a vector for each dimension.
LAMPAS_API std::vector<Tensor> gradient(const Tensor& x, const std::optional<Scalar>& spacing = std::nullopt,
                                        std::optional<int64_t> dim = std::nullopt, int64_t edge_order = 1);
LAMPAS_API std::vector<Tensor> gradient(const Tensor& x, const Scalar& spacing, IntArrayRef dim,
                                        int64_t edge_order = 1);
LAMPAS_API std::vector<Tensor> gradient(const Tensor& x, IntArrayRef dim, int64_t edge_order = 1);
LAMPAS_API std::vector<Tensor> gradient(const Tensor& x, ArrayRef<Scalar> spacing,
                                        std::optional<int64_t> dim = std::nullopt, int64_t edge_order = 1);
LAMPAS_API std::vector<Tensor> gradient(const Tensor& x, ArrayRef<Scalar> spacing, IntArrayRef dim,
                                        int64_t edge_order = 1);
LAMPAS_API std::vector<Tensor> gradient(const Tensor& x, TensorList spacing, std::optional<int64_t> dim = std::nullopt,
                                        int64_t edge_order = 1);
LAMPAS_API std::vector<Tensor> gradient(const Tensor& x, TensorList spacing, IntArrayRef dim, int64_t edge_order = 1);

}  // namespace lampas
