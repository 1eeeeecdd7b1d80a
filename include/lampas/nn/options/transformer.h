#pragma once

#include <functional>
#include <variant>

#include "lampas/base/arg.h"
#include "lampas/base/boxed.h"
#include "lampas/nn/any.h"
#include "lampas/nn/enum.h"

namespace lampas::nn {

/// The function between the two linear maps of a transformer layer.
using activation_t = std::variant<enumtype::kReLU, enumtype::kGELU, std::function<Tensor(const Tensor&)>>;

struct TransformerEncoderLayerOptions {
  TransformerEncoderLayerOptions(int64_t d_model, int64_t nhead) : d_model_(d_model), nhead_(nhead) {}

  /// Features of input and output.
  LAMPAS_ARG(int64_t, d_model);
  /// Attention heads.
  LAMPAS_ARG(int64_t, nhead);
  /// Features between the two linear maps.
  LAMPAS_ARG(int64_t, dim_feedforward) = 2048;
  LAMPAS_ARG(double, dropout) = 0.1;
  LAMPAS_BOXED_ARG(activation_t, activation);
  /// Added to the variance in layer normalisation.
  LAMPAS_ARG(double, layer_norm_eps) = 1e-5;
  /// Tensors are (batch, length, features) instead of (length, batch, features).
  LAMPAS_ARG(bool, batch_first) = false;
  /// Layer normalisation comes before attention and linear maps instead of after.
  LAMPAS_ARG(bool, norm_first) = false;
};

struct TransformerDecoderLayerOptions {
  TransformerDecoderLayerOptions(int64_t d_model, int64_t nhead) : d_model_(d_model), nhead_(nhead) {}

  /// Features of input and output.
  LAMPAS_ARG(int64_t, d_model);
  /// Attention heads.
  LAMPAS_ARG(int64_t, nhead);
  /// Features between the two linear maps.
  LAMPAS_ARG(int64_t, dim_feedforward) = 2048;
  LAMPAS_ARG(double, dropout) = 0.1;
  LAMPAS_BOXED_ARG(activation_t, activation);
  /// Added to the variance in layer normalisation.
  LAMPAS_ARG(double, layer_norm_eps) = 1e-5;
  /// Tensors are (batch, length, features) instead of (length, batch, features).
  LAMPAS_ARG(bool, batch_first) = false;
  /// Layer normalisation comes before attention and linear maps instead of after.
  LAMPAS_ARG(bool, norm_first) = false;
};

struct TransformerOptions {
  TransformerOptions() = default;
  TransformerOptions(int64_t d_model, int64_t nhead) : d_model_(d_model), nhead_(nhead) {}
  TransformerOptions(int64_t d_model, int64_t nhead, int64_t num_encoder_layers, int64_t num_decoder_layers)
      : d_model_(d_model),
        nhead_(nhead),
        num_encoder_layers_(num_encoder_layers),
        num_decoder_layers_(num_decoder_layers) {}

  /// Features of input and output.
  LAMPAS_ARG(int64_t, d_model) = 512;
  /// Attention heads.
  LAMPAS_ARG(int64_t, nhead) = 8;
  LAMPAS_ARG(int64_t, num_encoder_layers) = 6;
  LAMPAS_ARG(int64_t, num_decoder_layers) = 6;
  /// Features between the two linear maps of a layer.
  LAMPAS_ARG(int64_t, dim_feedforward) = 2048;
  LAMPAS_ARG(double, dropout) = 0.1;
  LAMPAS_BOXED_ARG(activation_t, activation);
  /// Modules to use instead; their forward() takes what TransformerEncoder's and TransformerDecoder's take.
  LAMPAS_LAZY_ARG(AnyModule, custom_encoder);
  LAMPAS_LAZY_ARG(AnyModule, custom_decoder);
  /// Added to the variance in layer normalisation.
  LAMPAS_ARG(double, layer_norm_eps) = 1e-5;
  /// Tensors are (batch, length, features) instead of (length, batch, features).
  LAMPAS_ARG(bool, batch_first) = false;
  /// Layer normalisation comes before attention and linear maps instead of after.
  LAMPAS_ARG(bool, norm_first) = false;
};

}  // namespace lampas::nn
