#pragma once

#include "lampas/nn/modules/transformerlayer.h"

namespace lampas::nn {

struct LAMPAS_API TransformerEncoderOptions {
  /// Layers are copies of `encoder_layer`, which is kept as it is.
  TransformerEncoderOptions(TransformerEncoderLayer encoder_layer, int64_t num_layers);
  TransformerEncoderOptions(const TransformerEncoderLayerOptions& encoder_layer_options, int64_t num_layers);

  LAMPAS_LAZY_ARG(TransformerEncoderLayer, encoder_layer) = nullptr;
  LAMPAS_ARG(int64_t, num_layers);
  /// Applied to the result; none when empty.
  LAMPAS_LAZY_ARG(AnyModule, norm);
};

struct LAMPAS_API TransformerDecoderOptions {
  /// Layers are copies of `decoder_layer`, which is kept as it is.
  TransformerDecoderOptions(TransformerDecoderLayer decoder_layer, int64_t num_layers);
  TransformerDecoderOptions(const TransformerDecoderLayerOptions& decoder_layer_options, int64_t num_layers);

  LAMPAS_LAZY_ARG(TransformerDecoderLayer, decoder_layer) = nullptr;
  LAMPAS_ARG(int64_t, num_layers);
  /// Applied to the result; none when empty.
  LAMPAS_LAZY_ARG(AnyModule, norm);
};

}  // namespace lampas::nn
