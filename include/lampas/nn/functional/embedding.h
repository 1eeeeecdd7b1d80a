#pragma once

#include "lampas/nn/options/embedding.h"
#include "lampas/ops/embedding.h"

namespace lampas::nn::functional {

/// int64 zeros (x..., num_classes) with a one at each class; num_classes -1 means the largest class plus one.
using lampas::one_hot;

/// Rows of `weight` (rows, dim) for indices of any shape. With max_norm, `weight` itself is changed.
LAMPAS_API Tensor embedding(const Tensor& input, const Tensor& weight, const EmbeddingFuncOptions& options = {});
/// Sums, means or maxima of rows over the bags of a 1-D input with offsets, or over the rows of a 2-D input. An empty
/// bag gives zeros.
LAMPAS_API Tensor embedding_bag(const Tensor& input, const Tensor& weight, const EmbeddingBagFuncOptions& options = {});

}  // namespace lampas::nn::functional
