#include <lampas/lampas.h>

#include <iostream>

int main() {
  lampas::manual_seed(0);
  auto x = lampas::linspace(-2, 2, 200).unsqueeze(1), y = x.pow(3) - x;  // the curve to learn
  lampas::nn::Sequential net(lampas::nn::Linear(1, 64), lampas::nn::ReLU(), lampas::nn::Linear(64, 1));
  lampas::optim::Adam adam(net->parameters(), lampas::optim::AdamOptions(0.01));
  for (int step = 1; step <= 1000; ++step) {
    adam.zero_grad();
    auto loss = lampas::nn::functional::mse_loss(net->forward(x), y);
    loss.backward();
    adam.step();
    if (step % 250 == 0) std::cout << "step " << step << ": loss " << loss.item<float>() << '\n';
  }
  lampas::save(net, "curve.safetensors");
}
