// Writes tests/data/serialize/libtorch_*.pt with LibTorch: the argument is the directory.
#include <torch/torch.h>

struct Net : torch::nn::Module {
  torch::nn::Linear fc{nullptr};
  torch::nn::BatchNorm1d bn{nullptr};
  Net() {
    fc = register_module("fc", torch::nn::Linear(3, 2));
    bn = register_module("bn", torch::nn::BatchNorm1d(2));
  }
};

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::string directory = argv[1];
  torch::manual_seed(0);
  torch::save(torch::arange(6, torch::kFloat).reshape({2, 3}).t(), directory + "/libtorch_tensor.pt");
  torch::save(std::vector<torch::Tensor>{torch::arange(3), torch::ones({2}, torch::kDouble)},
              directory + "/libtorch_vector.pt");
  auto net = std::make_shared<Net>();
  torch::save(net, directory + "/libtorch_module.pt");
  torch::optim::Adam adam(net->parameters(), torch::optim::AdamOptions(0.01));
  net->fc->forward(torch::ones({1, 3})).sum().backward();
  adam.step();
  torch::save(adam, directory + "/libtorch_adam.pt");
}
