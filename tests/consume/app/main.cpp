#include <lampas/lampas.h>

#include <cstdio>

int main() {
  lampas::nn::Sequential net(lampas::nn::Linear(4, 3), lampas::nn::ReLU(),
                             lampas::nn::Linear(lampas::nn::LinearOptions(3, 2).bias(false)));
  net->forward(lampas::ones({5, 4})).sum().backward();
  int with_gradient = 0;
  for (const auto& p : net->parameters()) with_gradient += p.grad().defined();
  std::printf("lampas: %d parameters have gradients\n", with_gradient);
  return with_gradient == 3 ? 0 : 1;
}
