// A dataset of our own with a module holder, cross entropy, and a checkpoint in memory, in LibTorch's spelling.
#include <torch/torch.h>

#include <cmath>
#include <cstdio>
#include <sstream>

struct Spiral : torch::data::datasets::Dataset<Spiral> {
  torch::data::Example<> get(size_t index) override {
    const double t = static_cast<double>(index) / 300 * 6 + 0.5, turn = index % 2 ? 3.14159265 : 0;
    return {torch::tensor({t * std::cos(t + turn), t * std::sin(t + turn)}, torch::kFloat32),
            torch::tensor(static_cast<int64_t>(index % 2))};
  }
  torch::optional<size_t> size() const override { return 300; }
};

struct ClassifierImpl : torch::nn::Module {
  explicit ClassifierImpl(int64_t hidden)
      : first(register_module("first", torch::nn::Linear(2, hidden))),
        second(register_module("second", torch::nn::Linear(hidden, hidden))),
        last(register_module("last", torch::nn::Linear(hidden, 2))) {}
  torch::Tensor forward(const torch::Tensor& x) { return last(torch::tanh(second(torch::tanh(first(x))))); }
  torch::nn::Linear first, second, last;
};
TORCH_MODULE(Classifier);

int main() {
  torch::manual_seed(7);
  Classifier net(32);
  auto loader = torch::data::make_data_loader(Spiral().map(torch::data::transforms::Stack<>()),
                                              torch::data::DataLoaderOptions().batch_size(60));
  torch::optim::Adam optimizer(net->parameters(), torch::optim::AdamOptions(0.01));
  torch::nn::CrossEntropyLoss criterion;
  for (int epoch = 0; epoch < 150; ++epoch)
    for (auto& batch : *loader) {
      optimizer.zero_grad();
      criterion(net(batch.data), batch.target).backward();
      optimizer.step();
    }
  std::stringstream stream;
  torch::save(net, stream);
  Classifier copy(32);
  torch::load(copy, stream);
  torch::NoGradGuard no_grad;
  int64_t right = 0;
  bool same = true;
  for (size_t k = 0; k < 300; ++k) {
    auto example = Spiral().get(k);
    auto score = copy(example.data.unsqueeze(0));
    same = same && score.equal(net(example.data.unsqueeze(0)));
    right += score.argmax(1).item<int64_t>() == example.target.item<int64_t>();
  }
  std::printf("%lld of 300 right, copy %s\n", static_cast<long long>(right), same ? "identical" : "differs");
  return right > 270 && same ? 0 : 1;
}
