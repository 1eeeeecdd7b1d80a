// The smallest program that does something: a model, a forward and a backward pass. bench/footprint.py measures what it
// costs.
#include <torch/torch.h>

#include <cstdio>

int main() {
  torch::nn::Sequential net(torch::nn::Linear(8, 16), torch::nn::ReLU(), torch::nn::Linear(16, 1));
  auto loss = net->forward(torch::randn({4, 8})).pow(2).mean();
  loss.backward();
  std::printf("loss %.4f, gradient %.4f\n", loss.item<float>(), net->parameters()[0].grad().abs().sum().item<float>());
}
