// An op of one's own with a straight-through gradient, trained with RMSprop under a schedule; hooks, LBFGS and
// archives, in LibTorch's spelling.
#include <torch/torch.h>

#include <cmath>
#include <cstdio>
#include <sstream>

using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

/// sign(x) forward; backward passes the gradient where |x| <= limit.
struct Binarize : torch::autograd::Function<Binarize> {
  static torch::Tensor forward(AutogradContext* ctx, torch::Tensor x, double limit) {
    ctx->save_for_backward({x});
    ctx->saved_data["limit"] = limit;
    return x.sign();
  }
  static tensor_list backward(AutogradContext* ctx, tensor_list g) {
    auto x = ctx->get_saved_variables()[0];
    return {g[0] * (x.abs() <= ctx->saved_data["limit"].toDouble()).to(torch::kFloat), torch::Tensor()};
  }
};

int main() {
  torch::manual_seed(0);
  // Binary weights that reproduce a pattern.
  const auto truth = torch::tensor({1.f, -1.f, -1.f, 1.f, 1.f, -1.f});
  auto w = (torch::randn({6}) * 0.1).set_requires_grad(true);
  torch::optim::RMSprop optimizer({w}, torch::optim::RMSpropOptions(0.05));
  torch::optim::StepLR schedule(optimizer, 50, 0.5);
  double largest = 0;
  w.register_hook([&](torch::Tensor g) { largest = std::max(largest, g.abs().max().item<double>()); });
  for (int step = 0; step < 150; ++step) {
    auto x = torch::randn({32, 6});
    auto loss = torch::mse_loss(x.mv(Binarize::apply(w, 1.0)), x.mv(truth));
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
    schedule.step();
  }
  if (!torch::equal(w.detach().sign(), truth) || !(largest > 0)) return 1;

  // A quadratic bowl, exactly, with LBFGS; its state goes through a stream.
  auto p = torch::full({4}, 3.0, torch::kDouble).set_requires_grad(true);
  torch::optim::LBFGS lbfgs({p}, torch::optim::LBFGSOptions(1).line_search_fn("strong_wolfe"));
  auto closure = [&] {
    lbfgs.zero_grad();
    auto loss = ((p - 1) * torch::arange(1, 5, torch::kDouble)).pow(2).sum();
    loss.backward();
    return loss;
  };
  lbfgs.step(closure);
  std::stringstream stream;
  torch::save(lbfgs, stream);
  torch::load(lbfgs, stream);
  lbfgs.step(closure);
  const double error = (p.detach() - 1).abs().max().item<double>();
  std::printf("largest gradient %.3f, error %.1e\n", largest, error);
  return error < 1e-6 ? 0 : 1;
}
