#pragma once

#include <array>

#include "lampas/tensor/tensor.h"
#include "ops/attention.h"

namespace lampas {

/// Attention inside modules.
struct AttentionSettings {
  double scale = 1;
  bool causal = false;
  double dropout = 0;       // of the weights
  bool weights = false;     // return them
  bool mask_keeps = false;  // whether true in a bool mask keeps a score or drops it
};
/// Result (batch, heads, L, Ev) and weights (batch, heads, L, S; undefined unless wanted) of q (batch, heads, L, E), k
/// (batch, heads, S, E), v (batch, heads, S, Ev), all of one dtype. mask: undefined or expanded to (batch, heads, L,
/// S), of q's dtype or bool; padding: undefined or bool (batch, S), true drops a key. The result lies in memory in the
/// order of q's dimensions.
std::array<Tensor, 2> attention(const AttentionSettings& settings, const Tensor& q, const Tensor& k, const Tensor& v,
                                const Tensor& mask, const Tensor& padding);
/// The same for one tensor (L, batch, 3 * heads * E) that holds queries, keys and values side by side. The result is
/// (L, batch, heads * E).
std::array<Tensor, 2> packed_attention(const AttentionSettings& settings, const Tensor& qkv, int64_t heads,
                                       const Tensor& mask, const Tensor& padding);

}  // namespace lampas
