#pragma once

#include "lampas/nn/modules/attention.h"
#include "lampas/nn/modules/dropout.h"
#include "lampas/nn/modules/linear.h"
#include "lampas/nn/modules/normalization.h"
#include "lampas/nn/options/transformer.h"

namespace lampas::nn {

/// Self-attention and two linear maps, each with dropout, a residual connection and layer normalisation ("Attention Is
/// All You Need", arXiv:1706.03762).
class LAMPAS_API TransformerEncoderLayerImpl : public Cloneable<TransformerEncoderLayerImpl> {
 public:
  TransformerEncoderLayerImpl(int64_t d_model, int64_t nhead);
  explicit TransformerEncoderLayerImpl(TransformerEncoderLayerOptions options_);
  /// src (S, N, d_model), src_mask as attn_mask and src_key_padding_mask as key_padding_mask of MultiheadAttention.
  Tensor forward(const Tensor& src, const Tensor& src_mask = {}, const Tensor& src_key_padding_mask = {});
  void reset() override;
  void reset_parameters();

  TransformerEncoderLayerOptions options;
  MultiheadAttention self_attn{nullptr};
  Linear linear1{nullptr};
  Dropout dropout{nullptr};
  Linear linear2{nullptr};
  LayerNorm norm1{nullptr}, norm2{nullptr};
  Dropout dropout1{nullptr}, dropout2{nullptr};

 protected:
  LAMPAS_FORWARD_DEFAULT_ARGS_DECLARATION
};
LAMPAS_LIBRARY_MODULE(TransformerEncoderLayer);

/// As the encoder's, with attention to the encoder's result between the two.
class LAMPAS_API TransformerDecoderLayerImpl : public Cloneable<TransformerDecoderLayerImpl> {
 public:
  TransformerDecoderLayerImpl(int64_t d_model, int64_t nhead);
  explicit TransformerDecoderLayerImpl(TransformerDecoderLayerOptions options_);
  void reset() override;
  void reset_parameters();
  /// tgt (T, N, d_model), memory (S, N, d_model); masks as those of MultiheadAttention.
  Tensor forward(Tensor tgt, const Tensor& memory, const Tensor& tgt_mask = {}, const Tensor& memory_mask = {},
                 const Tensor& tgt_key_padding_mask = {}, const Tensor& memory_key_padding_mask = {});

  TransformerDecoderLayerOptions options;
  MultiheadAttention self_attn{nullptr};
  Dropout dropout1{nullptr};
  LayerNorm norm1{nullptr};
  MultiheadAttention multihead_attn{nullptr};
  Dropout dropout2{nullptr};
  LayerNorm norm2{nullptr};
  Linear linear1{nullptr};
  Dropout dropout{nullptr};
  Linear linear2{nullptr};
  Dropout dropout3{nullptr};
  LayerNorm norm3{nullptr};

 protected:
  LAMPAS_FORWARD_DEFAULT_ARGS_DECLARATION
  Tensor activation(const Tensor& input);
};
LAMPAS_LIBRARY_MODULE(TransformerDecoderLayer);

}  // namespace lampas::nn
