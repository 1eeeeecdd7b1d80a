#include "lampas/nn/modules/transformer.h"

#include <limits>

#include "lampas/nn/init.h"
#include "lampas/ops/arrange.h"
#include "lampas/ops/factories.h"
#include "nn/transformer_layer.h"
#include "ops/defined.h"

namespace lampas::nn {

namespace {

/// `count` copies of a layer, registered under "layers".
template <class Layer>
ModuleList copies(const char* op, const Layer& layer, int64_t count) {
  check(count >= 0, op, ": num_layers must not be negative, got ", count);
  check(!layer.is_empty(), op, ": the layer to copy is null");
  const detail::KeepRandomState keep;
  ModuleList layers;
  for (int64_t k = 0; k < count; ++k) layers->push_back(layer->clone());
  return layers;
}

AnyModule copy_of(const AnyModule& module) {
  const detail::KeepRandomState keep;
  return module.clone();
}

}  // namespace

TransformerEncoderImpl::TransformerEncoderImpl(TransformerEncoderOptions options_) : options(std::move(options_)) {
  TransformerEncoderImpl::reset();
}

void TransformerEncoderImpl::reset() {
  layers = register_module("layers", copies("TransformerEncoder", options.encoder_layer(), options.num_layers()));
  norm = copy_of(options.norm());
  if (!norm.is_empty()) register_module("norm", norm.ptr());
}

void TransformerEncoderImpl::reset_parameters() {
  for (size_t k = 0; k < layers->size(); ++k) layers->at<TransformerEncoderLayerImpl>(k).reset_parameters();
  if (!norm.is_empty()) unregister_module("norm");
  norm = copy_of(options.norm());
  if (!norm.is_empty()) register_module("norm", norm.ptr());
}

Tensor TransformerEncoderImpl::forward(const Tensor& src, const Tensor& src_mask, const Tensor& src_key_padding_mask) {
  Tensor x = src;
  for (size_t k = 0; k < layers->size(); ++k)
    x = layers->at<TransformerEncoderLayerImpl>(k).forward(x, src_mask, src_key_padding_mask);
  return norm.is_empty() ? x : norm.forward<Tensor>(x);
}

TransformerDecoderImpl::TransformerDecoderImpl(TransformerDecoderOptions options_) : options(std::move(options_)) {
  TransformerDecoderImpl::reset();
}

void TransformerDecoderImpl::reset() {
  layers = register_module("layers", copies("TransformerDecoder", options.decoder_layer(), options.num_layers()));
  norm = copy_of(options.norm());
  if (!norm.is_empty()) register_module("norm", norm.ptr());
}

void TransformerDecoderImpl::reset_parameters() {
  for (size_t k = 0; k < layers->size(); ++k) layers->at<TransformerDecoderLayerImpl>(k).reset_parameters();
  if (!norm.is_empty()) unregister_module("norm");
  norm = copy_of(options.norm());
  if (!norm.is_empty()) register_module("norm", norm.ptr());
}

Tensor TransformerDecoderImpl::forward(const Tensor& tgt, const Tensor& memory, const Tensor& tgt_mask,
                                       const Tensor& memory_mask, const Tensor& tgt_key_padding_mask,
                                       const Tensor& memory_key_padding_mask) {
  Tensor x = tgt;
  for (size_t k = 0; k < layers->size(); ++k)
    x = layers->at<TransformerDecoderLayerImpl>(k).forward(x, memory, tgt_mask, memory_mask, tgt_key_padding_mask,
                                                           memory_key_padding_mask);
  return norm.is_empty() ? x : norm.forward<Tensor>(x);
}

TransformerImpl::TransformerImpl() : TransformerImpl(TransformerOptions()) {}
TransformerImpl::TransformerImpl(TransformerOptions options_) : options(std::move(options_)) {
  TransformerImpl::reset();
}

void TransformerImpl::reset() {
  const auto with_settings = [&](auto layer) {
    layer.dim_feedforward(options.dim_feedforward()).dropout(options.dropout()).activation(options.activation());
    layer.layer_norm_eps(options.layer_norm_eps()).batch_first(options.batch_first()).norm_first(options.norm_first());
    return layer;
  };
  const LayerNorm norm(LayerNormOptions({options.d_model()}).eps(options.layer_norm_eps()));
  if (options.custom_encoder().is_empty())
    encoder = AnyModule(TransformerEncoder(
        TransformerEncoderOptions(with_settings(TransformerEncoderLayerOptions(options.d_model(), options.nhead())),
                                  options.num_encoder_layers())
            .norm(AnyModule(norm))));
  else
    encoder = copy_of(options.custom_encoder());
  register_module("encoder", encoder.ptr());
  if (options.custom_decoder().is_empty())
    decoder = AnyModule(TransformerDecoder(
        TransformerDecoderOptions(with_settings(TransformerDecoderLayerOptions(options.d_model(), options.nhead())),
                                  options.num_decoder_layers())
            .norm(AnyModule(norm))));
  else
    decoder = copy_of(options.custom_decoder());
  register_module("decoder", decoder.ptr());
  reset_parameters();
}

void TransformerImpl::reset_parameters() {
  for (const Tensor& p : parameters())
    if (p.dim() > 1) init::xavier_uniform_(p);
}

Tensor TransformerImpl::forward(const Tensor& src, const Tensor& tgt, const Tensor& src_mask, const Tensor& tgt_mask,
                                const Tensor& memory_mask, const Tensor& src_key_padding_mask,
                                const Tensor& tgt_key_padding_mask, const Tensor& memory_key_padding_mask) {
  check_defined("Transformer", src, "src");
  check_defined("Transformer", tgt, "tgt");
  check((src.dim() == 3 || src.dim() == 2) && src.dim() == tgt.dim(),
        "Transformer: src and tgt should have 3 dimensions (2 without batch), but got ", src.dim(), " and ", tgt.dim());
  if (src.dim() == 3) {
    const int64_t batch = options.batch_first() ? 0 : 1;
    check(src.size(batch) == tgt.size(batch), "Transformer: src and tgt should have equal batch size, got ",
          src.size(batch), " and ", tgt.size(batch));
  }
  check(src.size(-1) == options.d_model() && tgt.size(-1) == options.d_model(),
        "Transformer: src and tgt should have same feature size as d_model (", options.d_model(), "), got ",
        src.size(-1), " and ", tgt.size(-1));
  const Tensor memory = encoder.forward<Tensor>(src, src_mask, src_key_padding_mask);
  return decoder.forward<Tensor>(tgt, memory, tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask);
}

Tensor TransformerImpl::generate_square_subsequent_mask(int64_t sz) {
  check(sz >= 0, "generate_square_subsequent_mask: input size has to be greater than or equal to 0, but got ", sz);
  return full({sz, sz}, -std::numeric_limits<float>::infinity(), TensorOptions(kFloat)).triu(1);
}

LAMPAS_FORWARD_DEFAULT_ARGS_DEFINITION(TransformerEncoderImpl, {1, AnyValue(Tensor())}, {2, AnyValue(Tensor())})
LAMPAS_FORWARD_DEFAULT_ARGS_DEFINITION(TransformerDecoderImpl, {2, AnyValue(Tensor())}, {3, AnyValue(Tensor())},
                                       {4, AnyValue(Tensor())}, {5, AnyValue(Tensor())})

LAMPAS_FORWARD_DEFAULT_ARGS_DEFINITION(TransformerImpl, {2, AnyValue(Tensor())}, {3, AnyValue(Tensor())},
                                       {4, AnyValue(Tensor())}, {5, AnyValue(Tensor())}, {6, AnyValue(Tensor())},
                                       {7, AnyValue(Tensor())})

TransformerEncoderOptions::TransformerEncoderOptions(TransformerEncoderLayer encoder_layer, int64_t num_layers)
    : encoder_layer_(std::move(encoder_layer)), num_layers_(num_layers) {}
TransformerEncoderOptions::TransformerEncoderOptions(const TransformerEncoderLayerOptions& encoder_layer_options,
                                                     int64_t num_layers)
    : encoder_layer_(TransformerEncoderLayer(encoder_layer_options)), num_layers_(num_layers) {}
TransformerEncoderImpl::TransformerEncoderImpl(TransformerEncoderLayer encoder_layer, int64_t num_layers)
    : TransformerEncoderImpl(TransformerEncoderOptions(std::move(encoder_layer), num_layers)) {}
TransformerDecoderOptions::TransformerDecoderOptions(TransformerDecoderLayer decoder_layer, int64_t num_layers)
    : decoder_layer_(std::move(decoder_layer)), num_layers_(num_layers) {}
TransformerDecoderOptions::TransformerDecoderOptions(const TransformerDecoderLayerOptions& decoder_layer_options,
                                                     int64_t num_layers)
    : decoder_layer_(TransformerDecoderLayer(decoder_layer_options)), num_layers_(num_layers) {}
TransformerDecoderImpl::TransformerDecoderImpl(TransformerDecoderLayer decoder_layer, int64_t num_layers)
    : TransformerDecoderImpl(TransformerDecoderOptions(std::move(decoder_layer), num_layers)) {}

}  // namespace lampas::nn
