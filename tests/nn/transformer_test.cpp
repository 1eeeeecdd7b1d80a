#include <gtest/gtest.h>

#include <limits>

#include "lampas/autograd/autograd.h"
#include "lampas/nn.h"
#include "lampas/ops.h"
#include "nn/digest.h"
#include "nn/masks.h"
#include "nn/support.h"

namespace lampas::nn {
namespace {

template <class Layer>
Layer with_settings(const digest::Case& c, Layer o) {
  o.dim_feedforward(c["ff"]).dropout(static_cast<double>(c["dropout"]) / 10).batch_first(c["batch_first"]);
  o.norm_first(c["norm_first"]);
  if (c["gelu"]) o.activation(kGELU);
  return o;
}

void run(const digest::Case& c, ScalarType dtype, double tolerance) {
  const int64_t d = c["d"], heads = c["heads"], steps = c["steps"], targets = c["targets"];
  const int64_t batch = c["unbatched"] ? 1 : c["batch"];
  const auto encoder_layer = [&] { return with_settings(c, TransformerEncoderLayerOptions(d, heads)); };
  const auto decoder_layer = [&] { return with_settings(c, TransformerDecoderLayerOptions(d, heads)); };
  const auto with_norm = [&](auto o) {
    if (c["norm"]) o.norm(AnyModule(LayerNorm(LayerNormOptions({d}))));
    return o;
  };
  manual_seed(1);
  AnyModule net;
  if (c.kind == "TransformerEncoderLayer") net = AnyModule(TransformerEncoderLayer(encoder_layer()));
  if (c.kind == "TransformerDecoderLayer") net = AnyModule(TransformerDecoderLayer(decoder_layer()));
  if (c.kind == "TransformerEncoder")
    net = AnyModule(TransformerEncoder(with_norm(TransformerEncoderOptions(encoder_layer(), c["layers"]))));
  if (c.kind == "TransformerDecoder")
    net = AnyModule(TransformerDecoder(with_norm(TransformerDecoderOptions(decoder_layer(), c["layers"]))));
  if (c.kind == "Transformer")
    net = AnyModule(Transformer(with_settings(c, TransformerOptions(d, heads, c["layers"], c["decoders"]))));
  Module& module = *net.ptr();
  digest::expect_parameters(c, module, 1e-6);
  module.to(dtype);
  const auto sized = [&](int64_t length) {
    return c["unbatched"]     ? digest::leaf({length, d}, dtype)
           : c["batch_first"] ? digest::leaf({batch, length, d}, dtype)
                              : digest::leaf({length, batch, d}, dtype);
  };
  const Tensor x = sized(steps), t = sized(targets), none;
  manual_seed(2);
  const Tensor padding = masks::make_padding(c["padding"], batch, steps, c["unbatched"]);
  const Tensor own = masks::make_mask(c["mask"], steps, steps, 0, dtype);
  const Tensor others = masks::make_mask(c["mask"], targets, steps, 0, dtype);
  const Tensor causal = c["mask"] ? TransformerImpl::generate_square_subsequent_mask(targets).to(dtype) : none;
  Tensor y;
  std::vector<Tensor> inputs{x};
  if (c.kind.find("Encoder") != std::string::npos) {
    y = net.forward(x, own, padding);
  } else {
    inputs = {t, x};
    if (c.kind == "Transformer") {
      inputs = {x, t};
      y = net.forward(x, t, own, causal, others, padding, none, padding);
    } else {
      y = net.forward(t, x, causal, others, none, padding);
    }
  }
  digest::expect_backward(c, {y}, inputs, module, tolerance);
}

TEST(Transformer, ComputesAndDifferentiatesAsPyTorch) {
  for (const digest::Case& c : digest::cases_of(LAMPAS_TEST_DATA "/nn/transformer.txt")) {
    run(c, kDouble, 1e-9);
    run(c, kFloat, 2e-5);
  }
}

TEST(Transformer, CallsAFunctionAsActivation) {
  manual_seed(3);
  TransformerEncoderLayer layer(TransformerEncoderLayerOptions(4, 2).dim_feedforward(6).dropout(0));
  const Tensor x = randn({3, 2, 4}), relu = layer(x);
  int calls = 0;
  layer->options.activation([&](const Tensor& t) {
    ++calls;
    return t.relu();
  });
  EXPECT_TRUE(layer(x).equal(relu));
  EXPECT_EQ(calls, 1);
  layer->options.activation(std::function<Tensor(const Tensor&)>());
  EXPECT_MESSAGE(layer(x), "the activation is an empty function");
}

TEST(Transformer, CopiesLayersAndCustomParts) {
  manual_seed(4);
  const auto options = TransformerOptions(4, 2, 2, 1).dim_feedforward(6).dropout(0);
  Transformer net(options);
  EXPECT_EQ(net->named_parameters().keys()[0], "encoder.layers.0.self_attn.in_proj_weight");
  const Tensor src = randn({3, 2, 4}), tgt = randn({5, 2, 4});
  auto with_parts = options;
  with_parts.custom_encoder(net->encoder).custom_decoder(net->decoder);
  Transformer custom(with_parts);
  EXPECT_EQ(custom->parameters().size(), net->parameters().size());
  {
    NoGradGuard no_grad;
    for (size_t k = 0; k < net->parameters().size(); ++k) custom->parameters()[k].copy_(net->parameters()[k]);
  }
  EXPECT_TRUE(custom(src, tgt).equal(net(src, tgt)));
  Transformer copy = std::dynamic_pointer_cast<TransformerImpl>(net->clone());
  EXPECT_TRUE(copy(src, tgt).equal(net(src, tgt)));
  {
    NoGradGuard no_grad;
    copy->parameters()[0].add_(1);
  }
  EXPECT_FALSE(copy(src, tgt).equal(net(src, tgt)));
  // Copies use up no random numbers.
  manual_seed(5);
  TransformerEncoderLayer layer(4, 2);
  const Tensor after = rand(3);
  manual_seed(5);
  TransformerEncoder(TransformerEncoderOptions(TransformerEncoderLayerOptions(4, 2), 3));
  EXPECT_TRUE(rand(3).equal(after));
  net->encoder.get<TransformerEncoderImpl>().reset_parameters();
  EXPECT_FALSE(custom(src, tgt).equal(net(src, tgt)));
}

TEST(Transformer, MasksAndRefuses) {
  const Tensor m = TransformerImpl::generate_square_subsequent_mask(3);
  const float lowest = -std::numeric_limits<float>::infinity();
  EXPECT_TRUE(m.equal(tensor({{0.f, lowest, lowest}, {0.f, 0.f, lowest}, {0.f, 0.f, 0.f}})));
  EXPECT_MESSAGE(TransformerImpl::generate_square_subsequent_mask(-1), "greater than or equal to 0, but got -1");
  Transformer net(TransformerOptions(4, 2, 1, 1).dim_feedforward(6));
  EXPECT_MESSAGE(net(randn({2, 3, 4}), randn({3, 2, 4})), "src and tgt should have equal batch size, got 3 and 2");
  EXPECT_MESSAGE(net(randn({2, 3, 4}), randn({2, 3, 3})), "src and tgt should have same feature size as d_model (4)");
  EXPECT_MESSAGE(net(randn({2, 3}), randn({2, 3, 4})), "src and tgt should have 3 dimensions");
  EXPECT_MESSAGE(TransformerEncoder(TransformerEncoderLayer(nullptr), 2), "the layer to copy is null");
  EXPECT_MESSAGE(TransformerEncoderLayer(5, 2), "embed_dim must be divisible by num_heads");
}

}  // namespace
}  // namespace lampas::nn
