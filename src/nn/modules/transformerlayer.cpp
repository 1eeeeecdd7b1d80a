#include "lampas/nn/modules/transformerlayer.h"

#include "lampas/ops/pointwise.h"
#include "nn/transformer_layer.h"

namespace lampas::nn {

namespace {

template <class Options>
MultiheadAttention make_attention(const Options& o) {
  return MultiheadAttention(
      MultiheadAttentionOptions(o.d_model(), o.nhead()).dropout(o.dropout()).batch_first(o.batch_first()));
}
template <class Options>
LayerNorm make_norm(const Options& o) {
  return LayerNorm(LayerNormOptions({o.d_model()}).eps(o.layer_norm_eps()));
}

Tensor attended(MultiheadAttention& attention, const Tensor& query, const Tensor& memory, const Tensor& mask,
                const Tensor& padding) {
  return std::get<0>(attention->forward(query, memory, memory, padding, /*need_weights=*/false, mask));
}

}  // namespace

TransformerEncoderLayerImpl::TransformerEncoderLayerImpl(int64_t d_model, int64_t nhead)
    : TransformerEncoderLayerImpl(TransformerEncoderLayerOptions(d_model, nhead)) {}
TransformerEncoderLayerImpl::TransformerEncoderLayerImpl(TransformerEncoderLayerOptions options_)
    : options(std::move(options_)) {
  TransformerEncoderLayerImpl::reset();
}

void TransformerEncoderLayerImpl::reset() {
  self_attn = register_module("self_attn", make_attention(options));
  linear1 = register_module("linear1", Linear(options.d_model(), options.dim_feedforward()));
  dropout = register_module("dropout", Dropout(options.dropout()));
  linear2 = register_module("linear2", Linear(options.dim_feedforward(), options.d_model()));
  norm1 = register_module("norm1", make_norm(options));
  norm2 = register_module("norm2", make_norm(options));
  dropout1 = register_module("dropout1", Dropout(options.dropout()));
  dropout2 = register_module("dropout2", Dropout(options.dropout()));
}

void TransformerEncoderLayerImpl::reset_parameters() {
  self_attn->_reset_parameters();
  linear1->reset_parameters();
  linear2->reset_parameters();
  norm1->reset_parameters();
  norm2->reset_parameters();
}

Tensor TransformerEncoderLayerImpl::forward(const Tensor& src, const Tensor& src_mask,
                                            const Tensor& src_key_padding_mask) {
  const auto attention = [&](const Tensor& x) {
    return dropout1->forward(attended(self_attn, x, x, src_mask, src_key_padding_mask));
  };
  const auto maps = [&](const Tensor& x) {
    return dropout2->forward(
        linear2->forward(dropout->forward(detail::activate(options.activation(), linear1->forward(x)))));
  };
  if (options.norm_first()) {
    const Tensor x = src + attention(norm1->forward(src));
    return x + maps(norm2->forward(x));
  }
  const Tensor x = norm1->forward(src + attention(src));
  return norm2->forward(x + maps(x));
}

TransformerDecoderLayerImpl::TransformerDecoderLayerImpl(int64_t d_model, int64_t nhead)
    : TransformerDecoderLayerImpl(TransformerDecoderLayerOptions(d_model, nhead)) {}
TransformerDecoderLayerImpl::TransformerDecoderLayerImpl(TransformerDecoderLayerOptions options_)
    : options(std::move(options_)) {
  TransformerDecoderLayerImpl::reset();
}

void TransformerDecoderLayerImpl::reset() {
  self_attn = register_module("self_attn", make_attention(options));
  multihead_attn = register_module("multihead_attn", make_attention(options));
  linear1 = register_module("linear1", Linear(options.d_model(), options.dim_feedforward()));
  dropout = register_module("dropout", Dropout(options.dropout()));
  linear2 = register_module("linear2", Linear(options.dim_feedforward(), options.d_model()));
  norm1 = register_module("norm1", make_norm(options));
  norm2 = register_module("norm2", make_norm(options));
  norm3 = register_module("norm3", make_norm(options));
  dropout1 = register_module("dropout1", Dropout(options.dropout()));
  dropout2 = register_module("dropout2", Dropout(options.dropout()));
  dropout3 = register_module("dropout3", Dropout(options.dropout()));
}

void TransformerDecoderLayerImpl::reset_parameters() {
  self_attn->_reset_parameters();
  multihead_attn->_reset_parameters();
  linear1->reset_parameters();
  linear2->reset_parameters();
  norm1->reset_parameters();
  norm2->reset_parameters();
  norm3->reset_parameters();
}

Tensor TransformerDecoderLayerImpl::activation(const Tensor& input) {
  return detail::activate(options.activation(), input);
}

Tensor TransformerDecoderLayerImpl::forward(Tensor tgt, const Tensor& memory, const Tensor& tgt_mask,
                                            const Tensor& memory_mask, const Tensor& tgt_key_padding_mask,
                                            const Tensor& memory_key_padding_mask) {
  const auto own = [&](const Tensor& x) {
    return dropout1->forward(attended(self_attn, x, x, tgt_mask, tgt_key_padding_mask));
  };
  const auto others = [&](const Tensor& x) {
    return dropout2->forward(attended(multihead_attn, x, memory, memory_mask, memory_key_padding_mask));
  };
  const auto maps = [&](const Tensor& x) {
    return dropout3->forward(linear2->forward(dropout->forward(activation(linear1->forward(x)))));
  };
  if (options.norm_first()) {
    Tensor x = tgt + own(norm1->forward(tgt));
    x = x + others(norm2->forward(x));
    return x + maps(norm3->forward(x));
  }
  Tensor x = norm1->forward(tgt + own(tgt));
  x = norm2->forward(x + others(x));
  return norm3->forward(x + maps(x));
}

LAMPAS_FORWARD_DEFAULT_ARGS_DEFINITION(TransformerEncoderLayerImpl, {1, AnyValue(Tensor())}, {2, AnyValue(Tensor())})
LAMPAS_FORWARD_DEFAULT_ARGS_DEFINITION(TransformerDecoderLayerImpl, {2, AnyValue(Tensor())}, {3, AnyValue(Tensor())},
                                       {4, AnyValue(Tensor())}, {5, AnyValue(Tensor())})

}  // namespace lampas::nn
