#pragma once

#include <tuple>

#include "lampas/nn/options/attention.h"
#include "lampas/ops/attention.h"

namespace lampas::nn::functional {

/// softmax(scale * query key^T + mask) value.
using lampas::scaled_dot_product_attention;

/// Projects query (L, N, E), key (S, N, kdim) and value (S, N, vdim), splits the features among the heads, attends with
/// every head, joins and projects. Without N for inputs without batch. Returns the result (L, N, E) and, when wanted,
/// the weights (N, L, S), or (N, heads, L, S) when they are not averaged. The matrices of weights are only made when
/// they are wanted.
LAMPAS_API std::tuple<Tensor, Tensor> multi_head_attention_forward(const Tensor& query, const Tensor& key,
                                                                   const Tensor& value,
                                                                   const MultiheadAttentionForwardFuncOptions& options);

}  // namespace lampas::nn::functional
