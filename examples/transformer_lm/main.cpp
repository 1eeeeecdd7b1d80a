// A character model: a causal Transformer reads windows of a novel and then writes on its own. See --help.
#include "training.h"

namespace {

using lampas::Tensor;
namespace nn = lampas::nn;

struct TransformerModel : LanguageModel {
  TransformerModel(const Options& o, int64_t characters)
      : embedding(characters, o.width),
        position(o.steps, o.width),
        drop(o.dropout),
        encoder(nn::TransformerEncoderOptions(nn::TransformerEncoderLayerOptions(o.width, o.heads)
                                                  .dim_feedforward(4 * o.width)
                                                  .dropout(o.dropout)
                                                  .activation(lampas::kGELU)
                                                  .norm_first(true),
                                              o.layers)
                    .norm(nn::AnyModule(nn::LayerNorm(nn::LayerNormOptions({o.width}))))),
        head(o.width, characters),
        steps(o.steps) {
    register_module("embedding", embedding);
    register_module("position", position);
    register_module("drop", drop);
    register_module("encoder", encoder);
    register_module("head", head);
    lampas::NoGradGuard no_grad;
    embedding->weight.mul_(0.02);
    position->weight.mul_(0.02);
  }
  Tensor scores(const Tensor& input) override {
    const int64_t n = input.size(0);
    const Tensor places = position(lampas::arange(n, lampas::kLong)).unsqueeze(1);
    const Tensor causal = nn::TransformerImpl::generate_square_subsequent_mask(n);
    return head(encoder(drop(embedding(input) + places), causal));
  }
  void restart() override {}
  Tensor next(const Tensor& text, int64_t) override {
    const int64_t n = std::min(steps, text.numel());
    return scores(text.narrow(0, text.numel() - n, n).unsqueeze(1)).select(0, -1).squeeze(0);
  }

  nn::Embedding embedding, position;
  nn::Dropout drop;
  nn::TransformerEncoder encoder;
  nn::Linear head;
  int64_t steps;
};

std::shared_ptr<LanguageModel> make(const Options& o, int64_t characters) {
  return std::make_shared<TransformerModel>(o, characters);
}

}  // namespace

int main(int argc, char** argv) {
  Options o{};
  o.epochs = 5, o.batch_size = 16, o.steps = 128, o.width = 128, o.layers = 4, o.heads = 4;
  o.dropout = 0.1, o.lr = 0.001, o.clip = 1;
  o.out = "out/transformer_lm";
  return run_example(argc, argv, "transformer_lm", o, make);
}
