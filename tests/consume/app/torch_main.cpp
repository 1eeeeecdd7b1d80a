#include <torch/torch.h>

#include <cstdio>

int main() {
  torch::nn::Sequential net(torch::nn::Linear(4, 3), torch::nn::ReLU(),
                            torch::nn::Linear(torch::nn::LinearOptions(3, 2).bias(false)));
  net->forward(torch::ones({5, 4})).sum().backward();
  int with_gradient = 0;
  for (const auto& p : net->parameters()) with_gradient += p.grad().defined();
  std::printf("lampas: %d parameters have gradients\n", with_gradient);
  return with_gradient == 3 ? 0 : 1;
}
