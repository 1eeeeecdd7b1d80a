#pragma once

#include "lampas/base/arg.h"
#include "lampas/tensor/tensor.h"

namespace lampas::nn {

struct MultiheadAttentionOptions {
  MultiheadAttentionOptions(int64_t embed_dim, int64_t num_heads)
      : embed_dim_(embed_dim), num_heads_(num_heads), kdim_(embed_dim), vdim_(embed_dim) {}

  /// Features of queries and results, divided evenly among the heads.
  LAMPAS_ARG(int64_t, embed_dim);
  /// Attentions computed side by side.
  LAMPAS_ARG(int64_t, num_heads);
  /// Probability of dropping an attention weight in training.
  LAMPAS_ARG(double, dropout) = 0.0;
  /// Biases in the projections.
  LAMPAS_ARG(bool, bias) = true;
  /// A learned row more in the projected keys and values.
  LAMPAS_ARG(bool, add_bias_kv) = false;
  /// A row of zeros more in the projected keys and values.
  LAMPAS_ARG(bool, add_zero_attn) = false;
  /// Features of the keys; default embed_dim.
  LAMPAS_ARG(int64_t, kdim);
  /// Features of the values; default embed_dim.
  LAMPAS_ARG(int64_t, vdim);
  /// Inputs and result are (batch, length, features) instead of (length, batch, features).
  LAMPAS_ARG(bool, batch_first) = false;
};

namespace functional {
struct MultiheadAttentionForwardFuncOptions {
  MultiheadAttentionForwardFuncOptions(int64_t embed_dim_to_check, int64_t num_heads, Tensor in_proj_weight,
                                       Tensor in_proj_bias, Tensor bias_k, Tensor bias_v, bool add_zero_attn,
                                       double dropout_p, Tensor out_proj_weight, Tensor out_proj_bias)
      : embed_dim_to_check_(embed_dim_to_check),
        num_heads_(num_heads),
        in_proj_weight_(std::move(in_proj_weight)),
        in_proj_bias_(std::move(in_proj_bias)),
        bias_k_(std::move(bias_k)),
        bias_v_(std::move(bias_v)),
        add_zero_attn_(add_zero_attn),
        dropout_p_(dropout_p),
        out_proj_weight_(std::move(out_proj_weight)),
        out_proj_bias_(std::move(out_proj_bias)) {}

  LAMPAS_ARG(int64_t, embed_dim_to_check);
  LAMPAS_ARG(int64_t, num_heads);
  /// (3 * embed_dim, embed_dim): projections of queries, keys and values; see use_separate_proj_weight.
  LAMPAS_LAZY_ARG(Tensor, in_proj_weight);
  /// (3 * embed_dim), or undefined.
  LAMPAS_LAZY_ARG(Tensor, in_proj_bias);
  /// (1, 1, embed_dim) or undefined, both.
  LAMPAS_LAZY_ARG(Tensor, bias_k);
  LAMPAS_LAZY_ARG(Tensor, bias_v);
  LAMPAS_ARG(bool, add_zero_attn);
  LAMPAS_ARG(double, dropout_p);
  LAMPAS_LAZY_ARG(Tensor, out_proj_weight);
  LAMPAS_LAZY_ARG(Tensor, out_proj_bias);
  LAMPAS_ARG(bool, training) = true;
  /// (batch, S), or (S) without batch: true, or any nonzero byte, leaves the key out; a float mask is added.
  LAMPAS_LAZY_ARG(Tensor, key_padding_mask) = {};
  LAMPAS_ARG(bool, need_weights) = true;
  /// (L, S) or (batch * heads, L, S): true, or any nonzero byte, leaves the pair out; a float mask is added.
  LAMPAS_LAZY_ARG(Tensor, attn_mask) = {};
  /// q_proj_weight (embed_dim, embed_dim), k_proj_weight (embed_dim, kdim) and v_proj_weight (embed_dim, vdim) are used
  /// instead of in_proj_weight.
  LAMPAS_ARG(bool, use_separate_proj_weight) = false;
  LAMPAS_LAZY_ARG(Tensor, q_proj_weight) = {};
  LAMPAS_LAZY_ARG(Tensor, k_proj_weight) = {};
  LAMPAS_LAZY_ARG(Tensor, v_proj_weight) = {};
  /// Projected keys and values to use, (batch * heads, S, embed_dim / heads).
  LAMPAS_LAZY_ARG(Tensor, static_k) = {};
  LAMPAS_LAZY_ARG(Tensor, static_v) = {};
  /// Weights are the mean over the heads.
  LAMPAS_ARG(bool, average_attn_weights) = true;
};
}  // namespace functional

}  // namespace lampas::nn
