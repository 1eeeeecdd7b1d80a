#include <functional>
#include <memory>

#include "expressions.h"

namespace expressions {

using namespace torch;

#define INIT(call, ...)                       \
  EXPRESSION([&] {                            \
    torch::NoGradGuard off;                   \
    const auto t = torch::empty(__VA_ARGS__); \
    call;                                     \
    return t;                                 \
  }())

/// Initialisers, and parameters after some steps of each optimizer.
void training(Lines& lines) {
  torch::manual_seed(8);
  INIT(nn::init::uniform_(t, -1, 2), {3, 4});
  INIT(nn::init::normal_(t, 1, 2), {3, 4});
  INIT(nn::init::constant_(t, 3), {3, 4});
  INIT(nn::init::eye_(t), {3, 4});
  INIT(nn::init::dirac_(t), {4, 3, 3, 2});
  INIT(nn::init::xavier_uniform_(t, 2.), {3, 4, 2});
  INIT(nn::init::xavier_normal_(t), {3, 4});
  INIT(nn::init::kaiming_uniform_(t, 0.3), {3, 4});
  INIT(nn::init::kaiming_normal_(t, 0, torch::kFanOut, torch::kReLU), {3, 4, 5});
  INIT(nn::init::orthogonal_(t, 1.5), {5, 3});
  INIT(nn::init::orthogonal_(t), {3, 2, 4});
  INIT(nn::init::sparse_(t, 0.3, 0.02), {6, 4});
  INIT(nn::init::ones_(t), {2});
  INIT(nn::init::zeros_(t), {2});

  using Make = std::function<std::unique_ptr<optim::Optimizer>(std::vector<Tensor>)>;
  const auto steps = [&](const std::string& name, const Make& make) {
    run(lines, name, [&] {
      torch::manual_seed(9);
      const auto w = torch::randn({4, 3}, torch::kDouble).requires_grad_();
      const auto optimizer = make({w});
      for (int k = 0; k < 5; ++k)
        optimizer->step([&] {
          optimizer->zero_grad();
          const auto loss = (w * w * torch::arange(1, 13).view({4, 3})).sum() + w.sin().sum();
          loss.backward();
          return loss;
        });
      return w;
    });
  };
#define OPTIMIZER(Kind, options) \
  steps(#Kind " " #options, [](std::vector<Tensor> w) { return std::make_unique<optim::Kind>(std::move(w), options); })
  OPTIMIZER(SGD, optim::SGDOptions(0.1).momentum(0.9).nesterov(true).weight_decay(0.01));
  OPTIMIZER(SGD, optim::SGDOptions(0.1).momentum(0.9).dampening(0.3));
  OPTIMIZER(Adam, optim::AdamOptions(0.01).amsgrad(true).weight_decay(0.1));
  OPTIMIZER(AdamW, optim::AdamWOptions(0.01));
  OPTIMIZER(RMSprop, optim::RMSpropOptions(0.01).centered(true).momentum(0.5));
  OPTIMIZER(RMSprop, optim::RMSpropOptions());
  OPTIMIZER(Adagrad, optim::AdagradOptions(0.1).lr_decay(0.1).initial_accumulator_value(0.2));
  OPTIMIZER(LBFGS, optim::LBFGSOptions(0.5).max_iter(5).line_search_fn("strong_wolfe"));
  OPTIMIZER(LBFGS, optim::LBFGSOptions());
}

}  // namespace expressions
