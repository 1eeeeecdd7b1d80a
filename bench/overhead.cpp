// What a call costs when there is next to nothing to compute.
#include <torch/torch.h>

#include "harness.h"

namespace {
using bench::keep;
using bench::row;
namespace F = torch::nn::functional;

auto grad(bool on) { return torch::TensorOptions().requires_grad(on); }

void views() {
  row("overhead/empty", [] { return [] { keep(torch::empty({10})); }; });
  row("overhead/zeros", [] { return [] { keep(torch::zeros({10})); }; });
  row("overhead/view", [] { return [x = torch::ones({2, 6})] { keep(x.view({3, 4})); }; });
  row("overhead/transpose", [] { return [x = torch::ones({2, 6})] { keep(x.transpose(0, 1)); }; });
  row("overhead/select", [] { return [x = torch::ones({2, 6})] { keep(x.select(0, 1)); }; });
  row("overhead/narrow", [] { return [x = torch::ones({2, 6})] { keep(x.narrow(1, 2, 3)); }; });
  row("overhead/permute", [] { return [x = torch::ones({2, 3, 4})] { keep(x.permute({2, 0, 1})); }; });
  row("overhead/item", [] { return [x = torch::ones({})] { keep(x.item<float>()); }; });
  row("overhead/copy of a handle", [] { return [x = torch::ones({10})] { keep(torch::Tensor(x)); }; });
}

void small_ops() {
  row("overhead/add 10", [] { return [a = torch::ones({10}), b = torch::ones({10})] { keep(a + b); }; });
  row("overhead/add 10, recorded",
      [] { return [a = torch::ones({10}, grad(true)), b = torch::ones({10})] { keep(a + b); }; });
  row("overhead/add_ 10", [] { return [a = torch::ones({10}), b = torch::ones({10})]() mutable { keep(a.add_(b)); }; });
  row("overhead/add 10, number", [] { return [a = torch::ones({10})] { keep(a + 1.5); }; });
  row("overhead/mul 10, broadcast", [] { return [a = torch::ones({2, 5}), b = torch::ones({5})] { keep(a * b); }; });
  row("overhead/relu 10", [] { return [a = torch::ones({10})] { keep(torch::relu(a)); }; });
  row("overhead/exp 10", [] { return [a = torch::ones({10})] { keep(a.exp()); }; });
  row("overhead/sum 10", [] { return [a = torch::ones({10})] { keep(a.sum()); }; });
  row("overhead/sum 10, recorded", [] { return [a = torch::ones({10}, grad(true))] { keep(a.sum()); }; });
  row("overhead/mean over a dim", [] { return [a = torch::ones({4, 5})] { keep(a.mean(1)); }; });
  row("overhead/argmax 10", [] { return [a = torch::rand({10})] { keep(a.argmax()); }; });
  row("overhead/softmax 10", [] { return [a = torch::rand({10})] { keep(torch::softmax(a, 0)); }; });
  row("overhead/cat 2x10", [] { return [a = torch::ones({10}), b = torch::ones({10})] { keep(torch::cat({a, b})); }; });
  row("overhead/where 10", [] {
    return
        [a = torch::ones({10}), b = torch::zeros({10}), m = torch::rand({10}) > 0.5] { keep(torch::where(m, a, b)); };
  });
  row("overhead/gt 10", [] { return [a = torch::rand({10})] { keep(a > 0.5); }; });
  row("overhead/to double 10", [] { return [a = torch::rand({10})] { keep(a.to(torch::kDouble)); }; });
  row("overhead/contiguous of a transpose", [] { return [a = torch::rand({4, 4}).t()] { keep(a.contiguous()); }; });
  row("overhead/index_select 4 of 10",
      [] { return [a = torch::rand({10}), i = torch::arange(4)] { keep(a.index_select(0, i)); }; });
  row("overhead/rand 10", [] { return [] { keep(torch::rand({10})); }; });
  for (int n : {4, 16, 32}) {
    row("overhead/matmul " + std::to_string(n),
        [n] {
          return [a = torch::rand({n, n}), b = torch::rand({n, n})] { keep(torch::matmul(a, b)); };
        },
        {2.0 * n * n * n});
  }
  row("overhead/bmm 8 of 4x4", [] {
    return [a = torch::rand({8, 4, 4}), b = torch::rand({8, 4, 4})] { keep(torch::bmm(a, b)); };
  });
}

void modules() {
  row("overhead/Linear(8, 8) batch 1, no grad", [] {
    return [net = torch::nn::Linear(8, 8), x = torch::rand({1, 8})]() mutable {
      torch::NoGradGuard guard;
      keep(net->forward(x));
    };
  });
  row("overhead/Linear(8, 8) batch 1, recorded", [] {
    return [net = torch::nn::Linear(8, 8), x = torch::rand({1, 8})]() mutable { keep(net->forward(x)); };
  });
  row("overhead/Linear(8, 8) batch 1, forward and backward", [] {
    return [net = torch::nn::Linear(8, 8), x = torch::rand({1, 8}), g = torch::rand({1, 8})]() mutable {
      net->forward(x).backward(g);
    };
  });
  row("overhead/Sequential of 3, batch 1, no grad", [] {
    return [net = torch::nn::Sequential(torch::nn::Linear(8, 8), torch::nn::ReLU(), torch::nn::Linear(8, 8)),
            x = torch::rand({1, 8})]() mutable {
      torch::NoGradGuard guard;
      keep(net->forward(x));
    };
  });
  row("overhead/cross_entropy 4x10", [] {
    return [x = torch::rand({4, 10}), t = torch::arange(4)] { keep(F::cross_entropy(x, t)); };
  });
  row("overhead/conv2d 1x1x5x5, 3x3", [] {
    return [x = torch::rand({1, 1, 5, 5}), w = torch::rand({1, 1, 3, 3})] { keep(F::conv2d(x, w)); };
  });
  row("overhead/SGD step, 4 small parameters", [] {
    torch::nn::Sequential net(torch::nn::Linear(8, 8), torch::nn::Linear(8, 8));
    net->forward(torch::rand({1, 8})).sum().backward();
    auto opt = std::make_shared<torch::optim::SGD>(net->parameters(), torch::optim::SGDOptions(1e-6).momentum(0.9));
    return [net, opt] { opt->step(); };
  });
  row("overhead/Adam step, 4 small parameters", [] {
    torch::nn::Sequential net(torch::nn::Linear(8, 8), torch::nn::Linear(8, 8));
    net->forward(torch::rand({1, 8})).sum().backward();
    auto opt = std::make_shared<torch::optim::Adam>(net->parameters(), torch::optim::AdamOptions(1e-9));
    return [net, opt] { opt->step(); };
  });
}

template <class Optimizer, class Options>
void step_rows(const std::string& name, const Options& options) {
  for (int64_t n : {8, 1024})
    row("overhead/" + name + " step, 4 parameters of width " + std::to_string(n), [n, options] {
      torch::nn::Sequential net(torch::nn::Linear(n, n), torch::nn::Linear(n, n));
      net->forward(torch::rand({1, n})).sum().backward();
      auto opt = std::make_shared<Optimizer>(net->parameters(), options);
      return [net, opt] { opt->step(); };
    });
}

void more_optimizers() {
  step_rows<torch::optim::Adagrad>("Adagrad", torch::optim::AdagradOptions(1e-6));
  step_rows<torch::optim::RMSprop>("RMSprop", torch::optim::RMSpropOptions(1e-6).momentum(0.9).centered(true));
}

struct Cube : torch::autograd::Function<Cube> {
  static torch::Tensor forward(torch::autograd::AutogradContext* ctx, torch::Tensor x) {
    ctx->save_for_backward({x});
    return x * x * x;
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* ctx,
                                                 torch::autograd::variable_list g) {
    auto x = ctx->get_saved_variables()[0];
    return {g[0] * x * x * 3};
  }
};

void custom_function() {
  row("overhead/custom Function of 10, forward and backward",
      [] { return [x = torch::ones({10}, grad(true)), g = torch::ones({10})] { Cube::apply(x).backward(g); }; });
}

/// A chain of `n` small additions, recorded once and run backward again and again.
void backward_nodes() {
  constexpr int n = 100;
  auto chain = [](const torch::Tensor& x) {
    torch::Tensor y = x;
    for (int i = 0; i < n; ++i) y = y + 1;
    return y;
  };
  row("overhead/record a node (chain of 100)",
      [chain] { return [chain, x = torch::ones({10}, grad(true))] { keep(chain(x)); }; }, {0, 0, n});
  row("overhead/backward through a node (chain of 100)",
      [chain] {
        auto x = torch::ones({10}, grad(true));
        return [x, y = chain(x), g = torch::ones({10})] { keep(torch::autograd::grad({y}, {x}, {g}, true)); };
      },
      {0, 0, n});
  row("overhead/backward through a mul node (chain of 100)",
      [] {
        auto x = torch::ones({10}, grad(true)), w = torch::ones({10});
        torch::Tensor y = x;
        for (int i = 0; i < n; ++i) y = y * w;
        return [x, y, g = torch::ones({10})] { keep(torch::autograd::grad({y}, {x}, {g}, true)); };
      },
      {0, 0, n});
}

const bench::Register all([] {
  views();
  small_ops();
  modules();
  backward_nodes();
  more_optimizers();
  custom_function();
});

}  // namespace
