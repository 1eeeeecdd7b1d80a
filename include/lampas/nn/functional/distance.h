#pragma once

#include "lampas/nn/options/distance.h"

namespace lampas::nn::functional {

/// x1 . x2 / (max(|x1|, eps) max(|x2|, eps)) along a dimension.
LAMPAS_API Tensor cosine_similarity(const Tensor& x1, const Tensor& x2,
                                    const CosineSimilarityFuncOptions& options = {});
/// The p-norm of x1 - x2 + eps over the last dimension.
LAMPAS_API Tensor pairwise_distance(const Tensor& x1, const Tensor& x2,
                                    const PairwiseDistanceFuncOptions& options = {});
/// The distances of all pairs of rows.
LAMPAS_API Tensor pdist(const Tensor& input, double p = 2.0);

}  // namespace lampas::nn::functional
