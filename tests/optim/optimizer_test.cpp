#include "lampas/optim/optimizer.h"

#include <cmath>
#include <sstream>

#include "lampas/backend/cpu/threads.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/pointwise.h"
#include "lampas/optim.h"
#include "lampas/serialize/archive.h"
#include "nn/support.h"

namespace lampas::optim {
namespace {

/// A fixed sequence of gradients: values in [-1, 1) that differ by element and step.
double gradient(int64_t element, int64_t step) { return std::sin(static_cast<double>(1 + element * 7 + step * 13)); }

Tensor ramp(IntArrayRef sizes, Dtype dtype) {
  const Tensor t = empty(sizes, kDouble);
  for (int64_t k = 0; k < t.numel(); ++k) t.data_ptr<double>()[k] = 0.1 * static_cast<double>(k % 11) - 0.4;
  return t.to(dtype);
}

void set_gradient(const Tensor& p, int64_t step) {
  const Tensor g = empty(p.sizes(), kDouble);
  for (int64_t k = 0; k < g.numel(); ++k) g.data_ptr<double>()[k] = gradient(k, step);
  p.mutable_grad() = g.to(p.scalar_type());
}

/// Runs 5 steps on a parameter of n elements and compares with `reference(element)`, computed in double from the start.
template <class Make, class Reference>
void expect_steps(Dtype dtype, double tolerance, const Make& make, const Reference& reference) {
  for (const int64_t n : {1, 3, 16, 67, 300}) {
    const Tensor p = ramp({n}, dtype).requires_grad_();
    const Tensor start = p.detach().to(kDouble, false, true);
    auto optimizer = make(p);
    for (int64_t step = 1; step <= 5; ++step) {
      set_gradient(p, step);
      optimizer.step();
    }
    const Tensor end = p.detach().to(kDouble);
    for (int64_t k = 0; k < n; ++k) {
      const double expected = reference(start.data_ptr<double>()[k], k);
      ASSERT_NEAR(end.data_ptr<double>()[k], expected, tolerance) << "n=" << n << " element " << k;
    }
  }
}

void expect_sgd(const SGDOptions& o, Dtype dtype = kFloat, double tolerance = 2e-6) {
  expect_steps(
      dtype, tolerance, [&](const Tensor& p) { return SGD({p}, o); },
      [&](double p, int64_t k) {
        double b = 0;
        for (int64_t step = 1; step <= 5; ++step) {
          double g = gradient(k, step) + o.weight_decay() * p;
          if (o.momentum() != 0) {
            b = step == 1 ? g : o.momentum() * b + (1 - o.dampening()) * g;
            g = o.nesterov() ? g + o.momentum() * b : b;
          }
          p -= o.lr() * g;
        }
        return p;
      });
}

TEST(SGD, FollowsTheFormula) {
  expect_sgd(SGDOptions(0.1));
  expect_sgd(SGDOptions(0.1).weight_decay(0.05));
  expect_sgd(SGDOptions(0.1).momentum(0.9));
  expect_sgd(SGDOptions(0.1).momentum(0.9).dampening(0.3).weight_decay(0.01));
  expect_sgd(SGDOptions(0.1).momentum(0.9).nesterov(true).weight_decay(0.01));
  expect_sgd(SGDOptions(0.1).momentum(0.9).nesterov(true), kDouble, 1e-14);
  expect_sgd(SGDOptions(0.1).momentum(0.9), kBFloat16, 0.03);
  expect_sgd(SGDOptions(0.1).momentum(0.9), kHalf, 0.004);
}

template <class Optimizer, class Options>
void expect_adam(const Options& o, bool decoupled, Dtype dtype = kFloat, double tolerance = 1e-5) {
  expect_steps(
      dtype, tolerance, [&](const Tensor& p) { return Optimizer({p}, o); },
      [&](double p, int64_t k) {
        const auto [b1, b2] = o.betas();
        double m = 0, v = 0, largest = 0;
        for (int64_t step = 1; step <= 5; ++step) {
          double g = gradient(k, step);
          if (decoupled)
            p *= 1 - o.lr() * o.weight_decay();
          else
            g += o.weight_decay() * p;
          m = b1 * m + (1 - b1) * g;
          v = b2 * v + (1 - b2) * g * g;
          largest = std::max(largest, v);
          const double second = (o.amsgrad() ? largest : v) / (1 - std::pow(b2, step));
          p -= o.lr() * m / (1 - std::pow(b1, step)) / (std::sqrt(second) + o.eps());
        }
        return p;
      });
}

TEST(Adam, FollowsTheFormula) {
  expect_adam<Adam>(AdamOptions(0.1), false);
  expect_adam<Adam>(AdamOptions(0.1).weight_decay(0.1).betas({0.5, 0.6}), false);
  expect_adam<Adam>(AdamOptions(0.1).amsgrad(true).betas({0.8, 0.3}), false);
  expect_adam<Adam>(AdamOptions(0.1).eps(1e-3), false, kDouble, 1e-14);
  expect_adam<AdamW>(AdamWOptions(0.1).weight_decay(0.2), true);
  expect_adam<AdamW>(AdamWOptions(0.1).amsgrad(true), true, kDouble, 1e-14);
  expect_adam<AdamW>(AdamWOptions(0.1), true, kBFloat16, 0.05);
}

TEST(Optimizer, UpdatesAnyMemoryOrder) {
  // A transposed parameter, a gradient in another order, a sliced (not dense) parameter: the values are those of plain
  // ones.
  const auto run = [](const Tensor& p, const Tensor& g) {
    const Tensor leaf = p.detach().requires_grad_();
    Adam adam({leaf}, AdamOptions(0.1));
    for (int step = 0; step < 2; ++step) {
      leaf.mutable_grad() = g;
      adam.step();
    }
    return leaf.detach().contiguous();
  };
  const Tensor p = ramp({6, 10}, kFloat), g = ramp({6, 10}, kFloat) * 3;
  const Tensor expected = run(p.clone(), g);
  const Tensor transposed = p.t().contiguous().t();
  EXPECT_TRUE(run(transposed, g).equal(expected));
  const Tensor wide = zeros({6, 20});
  const Tensor sliced = wide.slice(1, 0, 20, 2);
  sliced.copy_(p);
  EXPECT_TRUE(run(sliced, g).equal(expected));
  EXPECT_TRUE(run(p.clone(), g.t().contiguous().t()).equal(expected));
  EXPECT_EQ(wide.slice(1, 1, 20, 2).sum().item<float>(), 0) << "what lies between is untouched";
}

TEST(Optimizer, ResultsDoNotDependOnThreads) {
  const int before = get_num_threads();
  const auto run = [](int threads) {
    set_num_threads(threads);
    const Tensor p = ramp({100003}, kFloat).requires_grad_();
    AdamW optimizer({p});
    set_gradient(p, 1);
    optimizer.step();
    return p.detach();
  };
  EXPECT_TRUE(run(1).equal(run(2)));
  set_num_threads(before);
}

TEST(Optimizer, GroupsHaveTheirOwnOptions) {
  const Tensor a = zeros(1).requires_grad_(), b = zeros(1).requires_grad_(), c = zeros(1).requires_grad_();
  SGD sgd({OptimizerParamGroup({a}), OptimizerParamGroup({b}, std::make_unique<SGDOptions>(0.5))}, SGDOptions(1.0));
  sgd.add_param_group(OptimizerParamGroup({c}, std::make_unique<SGDOptions>(0.25)));
  EXPECT_MESSAGE(sgd.add_param_group(OptimizerParamGroup({a})),
                 "some parameters appear in more than one parameter group");
  for (const Tensor& p : {a, b, c}) p.mutable_grad() = ones(1);
  sgd.step();
  EXPECT_EQ(a.item<float>(), -1);
  EXPECT_EQ(b.item<float>(), -0.5);
  EXPECT_EQ(c.item<float>(), -0.25);
  EXPECT_TRUE(static_cast<SGDOptions&>(sgd.defaults()) == SGDOptions(1.0));
  EXPECT_EQ(sgd.param_groups().size(), 3u);
  sgd.param_groups()[0].options().set_lr(2);
  sgd.step();
  EXPECT_EQ(a.item<float>(), -3);
}

TEST(Optimizer, RefusesWhatItCannotOptimize) {
  const Tensor a = zeros(1).requires_grad_();
  EXPECT_MESSAGE(SGD({a * 2}, 0.1), "can't optimize a non-leaf Tensor");
  EXPECT_MESSAGE(SGD({a, a}, 0.1), "appears more than once");
  EXPECT_MESSAGE(SGD({a}, -0.1), "SGD: Invalid learning rate: -0.1");
  EXPECT_MESSAGE(SGD({a}, SGDOptions(0.1).nesterov(true)), "Nesterov momentum requires a momentum and zero dampening");
  EXPECT_MESSAGE(Adam({a}, AdamOptions().betas({1.0, 0.5})), "Adam: Invalid beta parameter at index 0: 1");
  EXPECT_MESSAGE(AdamW({a}, AdamWOptions().eps(-1)), "AdamW: Invalid epsilon value: -1");
}

TEST(Optimizer, ZeroGradAndSkippedParameters) {
  const Tensor a = zeros(1).requires_grad_(), b = ones(1).requires_grad_();
  SGD sgd({a, b}, SGDOptions(1.0).momentum(0.9));
  a.mutable_grad() = ones(1);
  sgd.step();
  EXPECT_EQ(b.item<float>(), 1) << "no gradient, no update";
  EXPECT_EQ(sgd.state().size(), 1u);
  sgd.zero_grad();
  EXPECT_EQ(a.grad().item<float>(), 0);
  EXPECT_FALSE(b.grad().defined());
  sgd.zero_grad(/*set_to_none=*/true);
  EXPECT_FALSE(a.grad().defined());
}

TEST(Optimizer, StepIsSeenByAutogradVersions) {
  const Tensor a = ones(2).requires_grad_();
  const Tensor y = (a * a).sum();
  a.mutable_grad() = ones(2);
  SGD({a}, 0.1).step();
  EXPECT_MESSAGE(y.backward(), "modified by an inplace operation");
}

TEST(Optimizer, ClosureRunsWithGradients) {
  const Tensor a = ones(1).requires_grad_();
  SGD sgd({a}, 0.5);
  NoGradGuard no_grad;
  const Tensor loss = sgd.step([&] {
    sgd.zero_grad();
    const Tensor l = a * a;
    l.backward();
    return l;
  });
  EXPECT_EQ(loss.item<float>(), 1);
  EXPECT_EQ(a.item<float>(), 0);
}

TEST(Optimizer, StateDictContinuesExactly) {
  const auto train = [](Adam& adam, const Tensor& p, int64_t from, int64_t to) {
    for (int64_t step = from; step < to; ++step) {
      set_gradient(p, step);
      adam.step();
    }
  };
  const Tensor p = ramp({20}, kFloat).requires_grad_();
  Adam adam({p}, AdamOptions(0.05).amsgrad(true).betas({0.7, 0.8}));
  train(adam, p, 0, 3);
  const auto state = adam.state_dict();
  EXPECT_EQ(state.keys(), (std::vector<std::string>{"param_groups.0.lr", "param_groups.0.betas", "param_groups.0.eps",
                                                    "param_groups.0.weight_decay", "param_groups.0.amsgrad",
                                                    "param_groups.0.params", "state.0.step", "state.0.exp_avg",
                                                    "state.0.exp_avg_sq", "state.0.max_exp_avg_sq"}));
  const Tensor q = p.detach().clone().requires_grad_();
  Adam other({q});
  other.load_state_dict(state);
  EXPECT_TRUE(static_cast<AdamOptions&>(other.param_groups()[0].options()) ==
              AdamOptions(0.05).amsgrad(true).betas({0.7, 0.8}));
  EXPECT_TRUE(static_cast<AdamParamState&>(*other.state().at(q.impl())) ==
              static_cast<AdamParamState&>(*adam.state().at(p.impl())));
  train(adam, p, 3, 6);
  train(other, q, 3, 6);
  EXPECT_TRUE(p.equal(q));
}

TEST(Optimizer, LoadRefusesWhatDoesNotFitAndChangesNothing) {
  const Tensor p = ones(2).requires_grad_(), q = ones(3).requires_grad_(), r = ones(2).requires_grad_();
  SGD from({p}, SGDOptions(0.1).momentum(0.9));
  p.mutable_grad() = ones(2);
  from.step();
  auto state = from.state_dict();
  SGD two({q, r}, SGDOptions(0.2));
  EXPECT_MESSAGE(two.load_state_dict(state), "different size (1) than the optimizer's parameter group (2)");
  SGD other({q}, SGDOptions(0.2));
  EXPECT_MESSAGE(other.load_state_dict(state), "'state.0.momentum_buffer' has size [2] but its parameter has [3]");
  EXPECT_EQ(other.param_groups()[0].options().get_lr(), 0.2);
  state.erase("param_groups.0.lr");
  SGD same({r}, SGDOptions(0.2));
  EXPECT_MESSAGE(same.load_state_dict(state), "'param_groups.0.lr' is missing");
  EXPECT_MESSAGE(same.load_state_dict({}), "a different number of parameter groups (0) than the optimizer (1)");
}

TEST(Optimizer, UserDefinedOptimizersWork) {
  struct Options : OptimizerCloneableOptions<Options> {
    Options(double lr = 1.0) : lr_(lr) {}
    LAMPAS_ARG(double, lr) = 1.0;
  };
  struct Sign : Optimizer {
    explicit Sign(std::vector<Tensor> params, Options defaults = {})
        : Optimizer({OptimizerParamGroup(std::move(params))}, std::make_unique<Options>(defaults)) {}
    Tensor step(LossClosure closure = nullptr) override {
      NoGradGuard no_grad;
      for (auto& group : param_groups())
        for (auto& p : group.params()) p.sub_(p.grad() * static_cast<Options&>(group.options()).lr());
      return {};
    }
  };
  const Tensor a = ones(1).requires_grad_();
  a.mutable_grad() = ones(1);
  Sign(std::vector<Tensor>{a}, Options(0.5)).step();
  EXPECT_EQ(a.item<float>(), 0.5);
}

/// Neither says what to save, as many of LibTorch's programs.
struct SignOptions : OptimizerCloneableOptions<SignOptions> {
  double lr = 0.5;
  double get_lr() const override { return lr; }
  void set_lr(double v) override { lr = v; }
};
struct SignState : OptimizerCloneableParamState<SignState> {
  Tensor momentum;
};
struct Sign : Optimizer {
  explicit Sign(std::vector<Tensor> params) : Optimizer(std::move(params), std::make_unique<SignOptions>()) {}
  Tensor step(LossClosure = nullptr) override {
    for (const Tensor& p : param_groups_[0].params()) state_[ParamKey(p.impl())] = std::make_unique<SignState>();
    return {};
  }
};
TEST(Optimizer, OnesThatDoNotSayWhatToSaveKeepTheirRate) {
  const Tensor p = ones({2}).requires_grad_();
  Sign sign({p}), other({p});
  sign.step();
  sign.param_groups()[0].options().set_lr(0.25);
  std::vector<std::string> told;
  static std::vector<std::string>* sink;
  sink = &told;
  set_warning_handler([](const std::string& text) { sink->push_back(text); });
  std::stringstream file;
  save(sign, file);
  load(other, file);
  set_warning_handler(nullptr);
  EXPECT_EQ(other.param_groups()[0].options().get_lr(), 0.25);
  ASSERT_GE(told.size(), 2U);
  EXPECT_NE(told[0].find("only the learning rate is saved"), std::string::npos) << told[0];
  EXPECT_NE(told[1].find("optimizer state: it is not saved"), std::string::npos) << told[1];
}

TEST(Optimizer, OptionsAndStatesOfTheLibrarySerializeThemselves) {
  const Tensor p = ones({2}).requires_grad_();
  Adam adam({p}, AdamOptions(0.25).betas({0.5, 0.75}).amsgrad(true));
  set_gradient(p, 1);
  adam.step();
  serialize::OutputArchive out, state;
  adam.param_groups()[0].options().serialize(out);
  adam.state().begin()->second->serialize(state);
  out.write("state", state);
  std::stringstream file;
  out.save_to(file);
  serialize::InputArchive in, nested;
  in.load_from(file);
  AdamOptions options;
  options.serialize(in);
  EXPECT_TRUE(options.lr() == 0.25 && options.betas() == std::make_tuple(0.5, 0.75) && options.amsgrad());
  AdamParamState again;
  in.read("state", nested);
  again.serialize(nested);
  const auto& was = static_cast<const AdamParamState&>(*adam.state().begin()->second);
  EXPECT_TRUE(again.step() == 1 && again.exp_avg().equal(was.exp_avg()) && again.max_exp_avg_sq().defined());
}

TEST(StepLR, DecaysEveryStepSizeEpochs) {
  const Tensor a = zeros(1).requires_grad_();
  Adam adam({a}, AdamOptions(1.0));
  StepLR scheduler(adam, 3, 0.5);
  std::vector<double> rates;
  for (int epoch = 0; epoch < 7; ++epoch) {
    rates.push_back(adam.param_groups()[0].options().get_lr());
    scheduler.step();
  }
  EXPECT_EQ(rates, (std::vector<double>{1, 1, 1, 0.5, 0.5, 0.5, 0.25}));
  EXPECT_MESSAGE(StepLR(adam, 0), "step_size must be positive");
}

}  // namespace
}  // namespace lampas::optim
