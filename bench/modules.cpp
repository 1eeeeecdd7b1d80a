// What calling modules costs beside the computing: containers, and hooks where there are none and some.
#include <torch/torch.h>

#include <vector>

#include "harness.h"

namespace {
using bench::keep;
using bench::row;

constexpr int kReLUs = 20;

void containers() {
  row("modules/20 ReLU of 16, direct calls", [] {
    return [x = torch::rand({16}), relus = std::vector<torch::nn::ReLU>(kReLUs, torch::nn::ReLU())]() mutable {
      torch::NoGradGuard guard;
      torch::Tensor y = x;
      for (auto& relu : relus) y = relu->forward(y);
      keep(y);
    };
  });
  row("modules/20 ReLU of 16, called by their holders", [] {
    return [x = torch::rand({16}), relus = std::vector<torch::nn::ReLU>(kReLUs, torch::nn::ReLU())]() mutable {
      torch::NoGradGuard guard;
      torch::Tensor y = x;
      for (auto& relu : relus) y = relu(y);
      keep(y);
    };
  });
  row("modules/20 ReLU of 16, Sequential", [] {
    torch::nn::Sequential net;
    for (int k = 0; k < kReLUs; ++k) net->push_back(torch::nn::ReLU());
    return [net, x = torch::rand({16})]() mutable {
      torch::NoGradGuard guard;
      keep(net->forward(x));
    };
  });
  row("modules/AnyModule of a Linear(8, 8)", [] {
    return [any = torch::nn::AnyModule(torch::nn::Linear(8, 8)), x = torch::rand({1, 8})]() mutable {
      torch::NoGradGuard guard;
      keep(any.forward(x));
    };
  });
  row("modules/clip_grad_norm_, 50 parameters of 1000", [] {
    std::vector<torch::Tensor> ps;
    for (int k = 0; k < 50; ++k) {
      ps.push_back(torch::rand({1000}));
      ps.back().mutable_grad() = torch::rand({1000});
    }
    return [ps] { keep(torch::nn::utils::clip_grad_norm_(ps, 1e9)); };
  });
  row("modules/parameters() of 50 layers", [] {
    torch::nn::Sequential net;
    for (int k = 0; k < 50; ++k) net->push_back(torch::nn::Linear(4, 4));
    return [net] { keep(net->parameters()); };
  });
}

torch::nn::Sequential deep() {
  torch::nn::Sequential net;
  for (int k = 0; k < 50; ++k) net->push_back(torch::nn::Linear(64, 64));
  return net;
}

void hooks() {
  row("modules/50 Linear(64, 64), batch 64", [] {
    return [net = deep(), x = torch::rand({64, 64})]() mutable {
      torch::NoGradGuard guard;
      keep(net->forward(x));
    };
  });
#ifdef BENCH_LAMPAS
  row("modules/50 Linear(64, 64), batch 64, a forward hook each", [] {
    auto net = deep();
    for (const auto& m : net->children())
      m->register_forward_hook([](torch::nn::Module&, const torch::Tensor&, const torch::Tensor&) {});
    return [net, x = torch::rand({64, 64})]() mutable {
      torch::NoGradGuard guard;
      keep(net->forward(x));
    };
  });
#endif
}

const bench::Register all([] {
  containers();
  hooks();
});

}  // namespace
