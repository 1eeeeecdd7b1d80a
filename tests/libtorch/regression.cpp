// Polynomial regression with a linear layer, mean squared error and Adam, in LibTorch's spelling.
#include <torch/torch.h>

#include <cmath>
#include <cstdio>

int main() {
  torch::manual_seed(0);
  const auto truth = torch::tensor({{1.5}, {-2.0}, {0.5}});
  auto features = [](torch::Tensor x) { return torch::cat({x, x.pow(2), x.pow(3)}, 1); };
  torch::nn::Sequential net(torch::nn::Linear(3, 1));
  torch::optim::Adam optimizer(net->parameters(), torch::optim::AdamOptions(0.05));
  for (int step = 0; step < 800; ++step) {
    auto x = torch::rand({64, 1}) * 2 - 1;
    auto y = features(x).mm(truth) + 0.25;
    optimizer.zero_grad();
    auto loss = torch::mse_loss(net->forward(features(x)), y);
    loss.backward();
    optimizer.step();
  }
  auto weight = net->parameters()[0].detach(), bias = net->parameters()[1].detach();
  const double error = (weight.t() - truth).abs().max().item<double>() + std::abs(bias.item<double>() - 0.25);
  std::printf("error %.4f\n", error);
  return error < 0.05 ? 0 : 1;
}
