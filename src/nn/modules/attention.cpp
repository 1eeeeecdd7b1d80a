#include "lampas/nn/modules/attention.h"

#include "lampas/nn/functional/attention.h"
#include "lampas/nn/init.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/shape.h"

namespace lampas::nn {

MultiheadAttentionImpl::MultiheadAttentionImpl(int64_t embed_dim, int64_t num_heads)
    : MultiheadAttentionImpl(MultiheadAttentionOptions(embed_dim, num_heads)) {}
MultiheadAttentionImpl::MultiheadAttentionImpl(const MultiheadAttentionOptions& options_)
    : Module("torch::nn::MultiheadAttention"), options(options_) {
  MultiheadAttentionImpl::reset();
}

void MultiheadAttentionImpl::reset() {
  const int64_t width = options.embed_dim(), heads = options.num_heads();
  check(width > 0 && heads > 0, "MultiheadAttention: embed_dim (", width, ") and num_heads (", heads,
        ") must be positive");
  check(width % heads == 0, "MultiheadAttention: embed_dim must be divisible by num_heads, got ", width, " and ",
        heads);
  check(options.kdim() > 0 && options.vdim() > 0, "MultiheadAttention: kdim (", options.kdim(), ") and vdim (",
        options.vdim(), ") must be positive");
  head_dim = width / heads;
  _qkv_same_embed_dim = options.kdim() == width && options.vdim() == width;
  const auto optional = [&](const char* name, bool on, IntArrayRef sizes) {
    return register_parameter(name, on ? empty(sizes) : Tensor(), on);
  };
  q_proj_weight = optional("q_proj_weight", !_qkv_same_embed_dim, {width, width});
  k_proj_weight = optional("k_proj_weight", !_qkv_same_embed_dim, {width, options.kdim()});
  v_proj_weight = optional("v_proj_weight", !_qkv_same_embed_dim, {width, options.vdim()});
  in_proj_weight = optional("in_proj_weight", _qkv_same_embed_dim, {3 * width, width});
  in_proj_bias = optional("in_proj_bias", options.bias(), {3 * width});
  out_proj = register_module("out_proj", Linear(LinearOptions(width, width).bias(options.bias())));
  bias_k = optional("bias_k", options.add_bias_kv(), {1, 1, width});
  bias_v = optional("bias_v", options.add_bias_kv(), {1, 1, width});
  _reset_parameters();
}

void MultiheadAttentionImpl::_reset_parameters() {
  for (const Tensor* w : {&in_proj_weight, &q_proj_weight, &k_proj_weight, &v_proj_weight})
    if (w->defined()) init::xavier_uniform_(*w);
  if (in_proj_bias.defined()) {
    init::constant_(in_proj_bias, 0);
    init::constant_(out_proj->bias, 0);
  }
  if (bias_k.defined()) init::xavier_normal_(bias_k);
  if (bias_v.defined()) init::xavier_normal_(bias_v);
}

std::tuple<Tensor, Tensor> MultiheadAttentionImpl::forward(const Tensor& query, const Tensor& key, const Tensor& value,
                                                           const Tensor& key_padding_mask, bool need_weights,
                                                           const Tensor& attn_mask, bool average_attn_weights) {
  functional::MultiheadAttentionForwardFuncOptions o(options.embed_dim(), options.num_heads(), in_proj_weight,
                                                     in_proj_bias, bias_k, bias_v, options.add_zero_attn(),
                                                     options.dropout(), out_proj->weight, out_proj->bias);
  o.training(is_training()).key_padding_mask(key_padding_mask).need_weights(need_weights).attn_mask(attn_mask);
  o.average_attn_weights(average_attn_weights);
  if (!_qkv_same_embed_dim) {
    o.use_separate_proj_weight(true);
    o.q_proj_weight(q_proj_weight).k_proj_weight(k_proj_weight).v_proj_weight(v_proj_weight);
  }
  if (!options.batch_first() || query.dim() != 3) return functional::multi_head_attention_forward(query, key, value, o);
  check(key.dim() == 3 && value.dim() == 3, "MultiheadAttention: expected query, key and value of 3 dimensions, got ",
        query.sizes(), ", ", key.sizes(), " and ", value.sizes());
  // Whether it is self-attention must still be seen.
  const Tensor q = query.transpose(0, 1), k = key.is_same(query) ? q : key.transpose(0, 1),
               v = value.is_same(key) ? k : value.transpose(0, 1);
  const auto [y, w] = functional::multi_head_attention_forward(q, k, v, o);
  return {y.transpose(0, 1), w};
}

LAMPAS_FORWARD_DEFAULT_ARGS_DEFINITION(MultiheadAttentionImpl, {3, AnyValue(Tensor())}, {4, AnyValue(true)},
                                       {5, AnyValue(Tensor())}, {6, AnyValue(true)})

}  // namespace lampas::nn
