#pragma once

#include "lampas/tensor/tensor.h"

/// Distances and similarities of vectors. Derivatives of every order; where a norm is not differentiable (equal vectors
/// for p <= 1 or p = 2) its derivative is taken as 0.
namespace lampas {

/// x1 . x2 / (max(|x1|, eps) max(|x2|, eps)) along `dim` of the broadcast inputs; the result lacks that dimension.
LAMPAS_API Tensor cosine_similarity(const Tensor& x1, const Tensor& x2, int64_t dim = 1, double eps = 1e-08);
/// (sum |x1 - x2 + eps|^p)^(1/p) over the last dimension of the broadcast inputs.
LAMPAS_API Tensor pairwise_distance(const Tensor& x1, const Tensor& x2, double p = 2, double eps = 1e-06,
                                    bool keepdim = false);
/// The p-norm distance of every pair of rows of x1 (..., P, M) and x2 (..., R, M): (..., P, R). `compute_mode` is
/// accepted and has no effect: distances are computed as they are defined.
LAMPAS_API Tensor cdist(const Tensor& x1, const Tensor& x2, double p = 2,
                        std::optional<int64_t> compute_mode = std::nullopt);
/// The p-norm distances of the rows i < j of x (N, M), in the order (0, 1), (0, 2), ..., (1, 2), ...: N (N - 1) / 2.
LAMPAS_API Tensor pdist(const Tensor& x, double p = 2);

namespace nn::detail {
/// x / max(|x|_p, eps) along `dim` (nn::functional::normalize).
LAMPAS_API Tensor normalize(const Tensor& x, double p, int64_t dim, double eps);
}  // namespace nn::detail

}  // namespace lampas
