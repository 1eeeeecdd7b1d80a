#pragma once

#include <optional>

#include "lampas/tensor/tensor.h"

/// Attention (https://pytorch.org/docs/stable/generated/torch.nn.functional.scaled_dot_product_attention.html).
namespace lampas {

/// softmax(scale * query key^T + mask, last dimension) value for query (..., L, E), key (..., S, E) and value (..., S,
/// Ev), whose leading dimensions broadcast; scale defaults to 1 / sqrt(E). attn_mask broadcasts to (..., L, S): a float
/// mask is added to the scores, a bool mask keeps the scores where it is true. is_causal keeps key j for query i only
/// if j <= i. float32 and float64; float16 and bfloat16 by way of float32. A query without any key left gives NaN.
///
/// Computed in blocks, so that the L x S matrix of weights never exists (unless a mask needs a gradient). Dropout draws
/// one number for each of its elements, in PyTorch's order.
LAMPAS_API Tensor scaled_dot_product_attention(const Tensor& query, const Tensor& key, const Tensor& value,
                                               const Tensor& attn_mask = {}, double dropout_p = 0.0,
                                               bool is_causal = false, std::optional<double> scale = std::nullopt);

}  // namespace lampas
