// One training step of a LeNet on a batch of MNIST's shape: forward, loss, backward, SGD.
#include <torch/torch.h>

#include "harness.h"

namespace {

struct NetImpl : torch::nn::Module {
  torch::nn::Conv2d conv1{nullptr}, conv2{nullptr};
  torch::nn::Linear fc1{nullptr}, fc2{nullptr};
  NetImpl() {
    conv1 = register_module("conv1", torch::nn::Conv2d(1, 10, 5));
    conv2 = register_module("conv2", torch::nn::Conv2d(10, 20, 5));
    fc1 = register_module("fc1", torch::nn::Linear(320, 50));
    fc2 = register_module("fc2", torch::nn::Linear(50, 10));
  }
  torch::Tensor forward(torch::Tensor x) {
    x = torch::relu(torch::max_pool2d(conv1->forward(x), 2));
    x = torch::relu(torch::max_pool2d(conv2->forward(x), 2));
    x = torch::relu(fc1->forward(x.view({-1, 320})));
    return torch::log_softmax(fc2->forward(x), 1);
  }
};
TORCH_MODULE(Net);

const bench::Register all([] {
  for (int64_t batch : {1, 64}) {
    const std::string suffix = " batch " + std::to_string(batch);
    bench::row("lenet/training step" + suffix, [batch] {
      Net net;
      auto opt = std::make_shared<torch::optim::SGD>(net->parameters(), torch::optim::SGDOptions(0.01).momentum(0.5));
      return [net, opt, x = torch::rand({batch, 1, 28, 28}), t = torch::randint(10, {batch}, torch::kLong)]() mutable {
        opt->zero_grad();
        torch::nll_loss(net->forward(x), t).backward();
        opt->step();
      };
    });
    bench::row("lenet/inference" + suffix, [batch] {
      Net net;
      net->eval();
      return [net, x = torch::rand({batch, 1, 28, 28})]() mutable {
        torch::NoGradGuard guard;
        bench::keep(net->forward(x));
      };
    });
  }
});

}  // namespace
