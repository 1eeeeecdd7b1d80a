#pragma once

#include "lampas/nn/modulelist.h"
#include "lampas/nn/options/transformercoder.h"

namespace lampas::nn {

/// A stack of encoder layers.
class LAMPAS_API TransformerEncoderImpl : public Cloneable<TransformerEncoderImpl> {
 public:
  TransformerEncoderImpl(TransformerEncoderLayer encoder_layer, int64_t num_layers);
  explicit TransformerEncoderImpl(TransformerEncoderOptions options_);
  Tensor forward(const Tensor& src, const Tensor& src_mask = {}, const Tensor& src_key_padding_mask = {});
  void reset() override;
  /// Resets every layer and takes a new copy of the normalisation.
  void reset_parameters();

  TransformerEncoderOptions options;
  ModuleList layers{nullptr};
  AnyModule norm;

 protected:
  LAMPAS_FORWARD_DEFAULT_ARGS_DECLARATION
};
LAMPAS_LIBRARY_MODULE(TransformerEncoder);

/// A stack of decoder layers.
class LAMPAS_API TransformerDecoderImpl : public Cloneable<TransformerDecoderImpl> {
 public:
  TransformerDecoderImpl(TransformerDecoderLayer decoder_layer, int64_t num_layers);
  explicit TransformerDecoderImpl(TransformerDecoderOptions options_);
  void reset() override;
  /// Resets every layer and takes a new copy of the normalisation.
  void reset_parameters();
  Tensor forward(const Tensor& tgt, const Tensor& memory, const Tensor& tgt_mask = {}, const Tensor& memory_mask = {},
                 const Tensor& tgt_key_padding_mask = {}, const Tensor& memory_key_padding_mask = {});

  TransformerDecoderOptions options;
  ModuleList layers{nullptr};
  AnyModule norm;

 protected:
  LAMPAS_FORWARD_DEFAULT_ARGS_DECLARATION
};
LAMPAS_LIBRARY_MODULE(TransformerDecoder);

}  // namespace lampas::nn
