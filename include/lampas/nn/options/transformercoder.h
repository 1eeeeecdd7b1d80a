#pragma once

#include "lampas/nn/modules/transformerlayer.h"

namespace lampas::nn {

struct TransformerEncoderOptions {
  /// Layers are copies of `encoder_layer`, which is kept as it is.
  TransformerEncoderOptions(TransformerEncoderLayer encoder_layer, int64_t num_layers)
      : encoder_layer_(std::move(encoder_layer)), num_layers_(num_layers) {}
  TransformerEncoderOptions(const TransformerEncoderLayerOptions& encoder_layer_options, int64_t num_layers)
      : encoder_layer_(TransformerEncoderLayer(encoder_layer_options)), num_layers_(num_layers) {}

  LAMPAS_ARG(TransformerEncoderLayer, encoder_layer) = nullptr;
  LAMPAS_ARG(int64_t, num_layers);
  /// Applied to the result; none when empty.
  LAMPAS_ARG(AnyModule, norm);
};

struct TransformerDecoderOptions {
  /// Layers are copies of `decoder_layer`, which is kept as it is.
  TransformerDecoderOptions(TransformerDecoderLayer decoder_layer, int64_t num_layers)
      : decoder_layer_(std::move(decoder_layer)), num_layers_(num_layers) {}
  TransformerDecoderOptions(const TransformerDecoderLayerOptions& decoder_layer_options, int64_t num_layers)
      : decoder_layer_(TransformerDecoderLayer(decoder_layer_options)), num_layers_(num_layers) {}

  LAMPAS_ARG(TransformerDecoderLayer, decoder_layer) = nullptr;
  LAMPAS_ARG(int64_t, num_layers);
  /// Applied to the result; none when empty.
  LAMPAS_ARG(AnyModule, norm);
};

}  // namespace lampas::nn
