// A LibTorch-style trainer: a module as a struct, a data loader with transforms, SGD, evaluation, save and load. The
// digits are synthetic, so that the program needs no files: class k is a bar in row 2k + 4.
#include <torch/torch.h>

#include <cstdio>
#include <sstream>

struct Net : torch::nn::Module {
  Net()
      : conv1(torch::nn::Conv2dOptions(1, 10, /*kernel_size=*/5)),
        conv2(torch::nn::Conv2dOptions(10, 20, 5)),
        fc1(320, 50),
        fc2(50, 10) {
    register_module("conv1", conv1);
    register_module("conv2", conv2);
    register_module("conv2_drop", conv2_drop);
    register_module("fc1", fc1);
    register_module("fc2", fc2);
  }
  torch::Tensor forward(torch::Tensor x) {
    x = torch::relu(torch::max_pool2d(conv1->forward(x), 2));
    x = torch::relu(torch::max_pool2d(conv2_drop->forward(conv2->forward(x)), 2));
    x = x.view({-1, 320});
    x = torch::relu(fc1->forward(x));
    x = torch::dropout(x, /*p=*/0.5, /*train=*/is_training());
    x = fc2->forward(x);
    return torch::log_softmax(x, /*dim=*/1);
  }
  torch::nn::Conv2d conv1, conv2;
  torch::nn::Dropout2d conv2_drop;
  torch::nn::Linear fc1, fc2;
};

class Bars : public torch::data::datasets::Dataset<Bars> {
 public:
  explicit Bars(size_t n) : n_(n) {}
  torch::data::Example<> get(size_t index) override {
    const int64_t label = static_cast<int64_t>(index % 10);
    torch::Tensor image = torch::zeros({1, 28, 28});
    image.slice(1, 2 * label + 4, 2 * label + 6).fill_(1.0);
    return {image, torch::tensor(label, torch::kInt64)};
  }
  torch::optional<size_t> size() const override { return n_; }

 private:
  size_t n_;
};

int main() {
  torch::manual_seed(1);
  torch::Device device(torch::kCPU);
  Net model;
  model.to(device);
  auto train =
      Bars(640).map(torch::data::transforms::Normalize<>(0.1307, 0.3081)).map(torch::data::transforms::Stack<>());
  auto loader = torch::data::make_data_loader<torch::data::samplers::RandomSampler>(std::move(train), 32);
  torch::optim::SGD optimizer(model.parameters(), torch::optim::SGDOptions(0.05).momentum(0.5));
  double last = 0;
  for (int epoch = 0; epoch < 6; ++epoch) {
    model.train();
    for (auto& batch : *loader) {
      auto data = batch.data.to(device), targets = batch.target.to(device);
      optimizer.zero_grad();
      auto loss = torch::nll_loss(model.forward(data), targets);
      loss.backward();
      optimizer.step();
      last = loss.template item<float>();
    }
  }
  torch::NoGradGuard no_grad;
  model.eval();
  int64_t correct = 0, seen = 0;
  auto test = torch::data::make_data_loader(
      Bars(100).map(torch::data::transforms::Normalize<>(0.1307, 0.3081)).map(torch::data::transforms::Stack<>()),
      torch::data::DataLoaderOptions().batch_size(50).workers(1));
  for (const auto& batch : *test) {
    auto prediction = model.forward(batch.data).argmax(1);
    correct += prediction.eq(batch.target).sum().template item<int64_t>();
    seen += batch.target.size(0);
  }
  std::printf("loss %.4f, %lld of %lld right\n", last, static_cast<long long>(correct), static_cast<long long>(seen));
  return correct == seen && seen == 100 ? 0 : 1;
}
