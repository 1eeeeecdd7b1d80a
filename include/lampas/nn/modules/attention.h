#pragma once

#include <tuple>

#include "lampas/nn/any.h"
#include "lampas/nn/cloneable.h"
#include "lampas/nn/modules/linear.h"
#include "lampas/nn/options/attention.h"
#include "lampas/nn/pimpl.h"

namespace lampas::nn {

/// Several attentions side by side over projections of queries, keys and values
/// (https://pytorch.org/docs/stable/generated/torch.nn.MultiheadAttention.html). Parameters in_proj_weight (3 *
/// embed_dim, embed_dim), or q_proj_weight, k_proj_weight and v_proj_weight when keys or values have other features;
/// all Xavier-uniform; in_proj_bias (3 * embed_dim) and the bias of out_proj zero; bias_k and bias_v (1, 1, embed_dim)
/// Xavier-normal.
class LAMPAS_API MultiheadAttentionImpl : public Cloneable<MultiheadAttentionImpl> {
 public:
  MultiheadAttentionImpl(int64_t embed_dim, int64_t num_heads);
  explicit MultiheadAttentionImpl(const MultiheadAttentionOptions& options_);
  /// functional::multi_head_attention_forward says what shapes and masks may be.
  std::tuple<Tensor, Tensor> forward(const Tensor& query, const Tensor& key, const Tensor& value,
                                     const Tensor& key_padding_mask = {}, bool need_weights = true,
                                     const Tensor& attn_mask = {}, bool average_attn_weights = true);
  void reset() override;
  void _reset_parameters();

  MultiheadAttentionOptions options;
  bool _qkv_same_embed_dim = true;
  Tensor in_proj_weight, in_proj_bias, bias_k, bias_v;
  Linear out_proj{nullptr};
  Tensor q_proj_weight, k_proj_weight, v_proj_weight;
  int64_t head_dim = 0;

 protected:
  LAMPAS_FORWARD_DEFAULT_ARGS_DECLARATION
};
LAMPAS_LIBRARY_MODULE(MultiheadAttention);

}  // namespace lampas::nn
