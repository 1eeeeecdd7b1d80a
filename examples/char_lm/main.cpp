// A character model: a two-layer LSTM reads a novel by truncated back-propagation through time and then writes on its
// own. See --help.
#include "training.h"

namespace {

using lampas::Tensor;
namespace nn = lampas::nn;

struct CharModel : LanguageModel {
  CharModel(const Options& o, int64_t characters)
      : embedding(characters, o.width / 2 + 1),
        lstm(nn::LSTMOptions(o.width / 2 + 1, o.width).num_layers(o.layers).dropout(o.layers > 1 ? o.dropout : 0)),
        drop(o.dropout),
        head(o.width, characters) {
    register_module("embedding", embedding);
    register_module("lstm", lstm);
    register_module("drop", drop);
    register_module("head", head);
  }
  Tensor scores(const Tensor& input) override {
    auto [output, last] = lstm->forward(embedding(input), state);
    // The next window starts from this state, but its gradient stops here.
    state = std::make_tuple(std::get<0>(last).detach(), std::get<1>(last).detach());
    return head(drop(output));
  }
  void restart() override { state.reset(); }
  Tensor next(const Tensor& text, int64_t fresh) override {
    return scores(text.narrow(0, text.numel() - fresh, fresh).unsqueeze(1)).select(0, -1).squeeze(0);
  }

  nn::Embedding embedding;
  nn::LSTM lstm;
  nn::Dropout drop;
  nn::Linear head;
  std::optional<std::tuple<Tensor, Tensor>> state;
};

std::shared_ptr<LanguageModel> make(const Options& o, int64_t characters) {
  return std::make_shared<CharModel>(o, characters);
}

}  // namespace

int main(int argc, char** argv) {
  Options o{};
  o.epochs = 5, o.batch_size = 32, o.steps = 64, o.width = 256, o.layers = 2;
  o.dropout = 0.2, o.lr = 0.003, o.clip = 1;
  o.out = "out/char_lm";
  return run_example(argc, argv, "char_lm", o, make);
}
