// Optimizers and schedulers against PyTorch's numbers (tools/goldens/optim.py).
#include <gtest/gtest.h>
#include <lampas/lampas.h>

#include <cmath>
#include <fstream>
#include <map>
#include <sstream>

using namespace lampas;
using namespace lampas::optim;

namespace {

using Rows = std::vector<std::vector<double>>;

/// Blocks of a name line and number lines.
std::map<std::string, Rows> read_blocks(const std::string& file) {
  std::ifstream in(std::string(LAMPAS_TEST_DATA) + "/optim/" + file);
  EXPECT_TRUE(in) << file;
  std::map<std::string, Rows> blocks;
  std::string line, name;
  while (std::getline(in, line)) {
    if (std::isalpha(static_cast<unsigned char>(line[0]))) {
      name = line;
      continue;
    }
    std::istringstream numbers(line);
    std::vector<double> row;
    for (double v; numbers >> v;) row.push_back(v);
    blocks[name].push_back(row);
  }
  return blocks;
}

struct Problem {
  Tensor p = tensor({1.5, -2.0, 0.5, 3.0}, kDouble).requires_grad_();
  Tensor a = arange(12, kDouble).reshape({3, 4}).clone(), b = tensor({0.1, -0.2, 0.3}, kDouble);
  Problem() {
    for (int64_t k = 0; k < 12; ++k) a.view({12})[k].fill_(std::sin(static_cast<double>(k)));
  }
  Tensor loss() const { return (matmul(a, p) - b).pow(4).sum() + (p * p).sum() * 0.01; }
};

using Make = std::function<std::unique_ptr<Optimizer>(std::vector<Tensor>)>;
const std::map<std::string, Make>& optimizers() {
  static const std::map<std::string, Make> all = {
      {"adagrad", [](auto p) { return std::make_unique<Adagrad>(p, AdagradOptions(0.3)); }},
      {"adagrad_decay",
       [](auto p) {
         return std::make_unique<Adagrad>(
             p, AdagradOptions(0.3).lr_decay(0.1).weight_decay(0.05).initial_accumulator_value(0.2));
       }},
      {"rmsprop", [](auto p) { return std::make_unique<RMSprop>(p, RMSpropOptions(0.05)); }},
      {"rmsprop_centered",
       [](auto p) {
         return std::make_unique<RMSprop>(p, RMSpropOptions(0.05).alpha(0.9).centered(true).weight_decay(0.1));
       }},
      {"rmsprop_momentum",
       [](auto p) { return std::make_unique<RMSprop>(p, RMSpropOptions(0.02).momentum(0.7).eps(1e-6)); }},
      {"rmsprop_all",
       [](auto p) { return std::make_unique<RMSprop>(p, RMSpropOptions(0.02).momentum(0.7).centered(true)); }},
      {"lbfgs", [](auto p) { return std::make_unique<LBFGS>(p, LBFGSOptions(0.5).max_iter(4).history_size(3)); }},
      {"lbfgs_wolfe",
       [](auto p) { return std::make_unique<LBFGS>(p, LBFGSOptions(1).max_iter(5).line_search_fn("strong_wolfe")); }},
      {"lbfgs_eval", [](auto p) { return std::make_unique<LBFGS>(p, LBFGSOptions(0.2).max_iter(10).max_eval(3)); }},
  };
  return all;
}

Tensor take_step(Optimizer& o, const Problem& problem) {
  return o.step([&] {
    o.zero_grad();
    Tensor l = problem.loss();
    l.backward();
    return l;
  });
}

template <class F>
std::string error_of(F f) {
  try {
    f();
  } catch (const std::exception& e) {
    return e.what();
  }
  return "no error";
}
#define EXPECT_ERROR(expr, phrase) \
  EXPECT_NE(error_of([&] { expr; }).find(phrase), std::string::npos) << error_of([&] { expr; })

}  // namespace

TEST(OptimGolden, Steps) {
  const auto golden = read_blocks("steps.txt");
  ASSERT_EQ(golden.size(), optimizers().size());
  for (const auto& [name, make] : optimizers()) {
    Problem problem;
    auto o = make({problem.p});
    const Rows& rows = golden.at(name);
    for (size_t k = 0; k < rows.size(); ++k) {
      take_step(*o, problem);
      for (size_t j = 0; j < 4; ++j)
        EXPECT_NEAR(problem.p.detach()[static_cast<int64_t>(j)].item<double>(), rows[k][j],
                    1e-9 * (1 + std::abs(rows[k][j])))
            << name << " step " << k << " element " << j;
    }
  }
}

namespace {
SparseAdamOptions sparse_options(const std::string& name) {
  if (name == "rows") return SparseAdamOptions(0.2).betas({0.8, 0.95}).eps(1e-4);
  if (name == "maximize") return SparseAdamOptions(0.05).maximize(true);
  return SparseAdamOptions(0.1);
}
/// Step k of the goldens.
void sparse_step(SparseAdam& o, const Tensor& weight, const std::string& name, int64_t k) {
  const Tensor rows = name == "rows" && k == 2 ? empty({0}, kLong) : tensor({3 * k % 4, k % 4, int64_t{3}});
  o.zero_grad();
  const Tensor y = embedding(weight, rows, -1, false, /*sparse=*/true);
  const Tensor c = arange(y.numel(), kDouble).cos().reshape(y.sizes());
  (c * y * y).sum().backward();
  EXPECT_TRUE(weight.grad().is_sparse());
  o.step();
}
Tensor sparse_weight() { return arange(8, kDouble).sin().reshape({4, 2}).requires_grad_(); }
}  // namespace

TEST(OptimGolden, SparseAdam) {
  const auto golden = read_blocks("sparse_adam.txt");
  ASSERT_EQ(golden.size(), 3u);
  for (const auto& [name, rows] : golden) {
    const Tensor weight = sparse_weight();
    auto o = std::make_unique<SparseAdam>(std::vector<Tensor>{weight}, sparse_options(name));
    for (size_t k = 0; k < rows.size(); ++k) {
      if (k == 3) {
        // Saved, and continued by another.
        std::stringstream stream;
        save(*o, stream);
        o = std::make_unique<SparseAdam>(std::vector<Tensor>{weight}, SparseAdamOptions(7));
        load(*o, stream);
      }
      sparse_step(*o, weight, name, static_cast<int64_t>(k));
      for (size_t j = 0; j < 8; ++j)
        EXPECT_NEAR(weight.detach().reshape({8})[static_cast<int64_t>(j)].item<double>(), rows[k][j], 1e-12)
            << name << " step " << k << " element " << j;
    }
  }
}

TEST(OptimGolden, SparseAdamErrors) {
  const Tensor p = ones({2, 2}).requires_grad_();
  EXPECT_ERROR(SparseAdam({p}, SparseAdamOptions(0)), "Invalid learning rate: 0");
  EXPECT_ERROR(SparseAdam({p}, SparseAdamOptions(1).eps(0)), "Invalid epsilon value: 0");
  EXPECT_ERROR(SparseAdam({p}, SparseAdamOptions(1).betas({1.0, 0.5})), "Invalid beta parameter at index 0: 1");
  EXPECT_ERROR(SparseAdam({p}, SparseAdamOptions(1).betas({0.5, -1.0})), "Invalid beta parameter at index 1: -1");
  SparseAdam o({p});
  (p * p).sum().backward();
  EXPECT_ERROR(o.step(), "SparseAdam does not support dense gradients, please consider Adam instead");
  EXPECT_TRUE(p.detach().equal(ones({2, 2})));
}

// A sparse gradient means that the rows it leaves out stay as they are, which these rules do not do.
TEST(OptimGolden, SparseGradientsAreRefusedWhereTheRuleTouchesEveryRow) {
  const Tensor dense = ones({3}).requires_grad_(), p = ones({4, 2}).requires_grad_();
  const auto step = [&](Optimizer& o) {
    o.zero_grad(/*set_to_none=*/true);
    (dense.sum() + embedding(p, tensor({1, 3, 1}), -1, false, /*sparse=*/true).sum()).backward();
    o.step();
  };
  Adam adam({dense, p});
  EXPECT_ERROR(step(adam), "Adam does not support sparse gradients, please consider SparseAdam instead");
  AdamW adamw({dense, p});
  EXPECT_ERROR(step(adamw), "AdamW does not support sparse gradients");
  RMSprop rmsprop({dense, p});
  EXPECT_ERROR(step(rmsprop), "RMSprop does not support sparse gradients");
  Adagrad decayed({dense, p}, AdagradOptions(0.1).weight_decay(0.1));
  EXPECT_ERROR(step(decayed), "weight_decay option is not compatible with sparse gradients");
  EXPECT_TRUE(dense.detach().equal(ones({3})));  // refused before anything is changed
  EXPECT_TRUE(p.detach().equal(ones({4, 2})));
  Adagrad adagrad({dense, p});
  step(adagrad);
  SGD sgd({dense, p}, SGDOptions(0.1).momentum(0.9));
  step(sgd);
  EXPECT_TRUE(p.detach()[0].equal(ones({2})));
  EXPECT_TRUE(p.detach()[1].lt(0.9).all().item<bool>());
}

TEST(OptimGolden, StateIsSavedAndContinued) {
  for (const auto& [name, make] : optimizers()) {
    Problem first, second;
    auto a = make({first.p});
    for (int k = 0; k < 3; ++k) take_step(*a, first);
    std::stringstream stream;
    save(*a, stream);
    second.p.set_data(first.p.detach().clone());
    auto b = make({second.p});
    load(*b, stream);
    for (int k = 0; k < 3; ++k) {
      take_step(*a, first);
      take_step(*b, second);
    }
    EXPECT_TRUE(first.p.detach().equal(second.p.detach())) << name;
  }
}

TEST(OptimGolden, FloatLayoutsAndHalf) {
  // A transposed parameter, and one of bfloat16, take the same steps as a plain one.
  for (bool rms : {false, true}) {
    auto run = [&](Tensor p) {
      std::unique_ptr<Optimizer> o;
      if (rms)
        o = std::make_unique<RMSprop>(std::vector<Tensor>{p}, RMSpropOptions(0.01).momentum(0.5).centered(true));
      else
        o = std::make_unique<Adagrad>(std::vector<Tensor>{p}, AdagradOptions(0.1));
      for (int k = 0; k < 3; ++k) {
        p.mutable_grad() = p.detach().mul(0.5).add(1);
        o->step();
      }
      return p.detach();
    };
    const Tensor start = arange(70, kFloat).reshape({7, 10}).mul(0.1);
    const Tensor plain = run(start.clone().requires_grad_());
    const Tensor turned = run(start.t().contiguous().t().requires_grad_());
    EXPECT_TRUE(plain.equal(turned.contiguous()));
    const Tensor narrow = run(start.to(kBFloat16).requires_grad_());
    EXPECT_TRUE(narrow.to(kFloat).allclose(plain, 0.03, 0.05));
  }
}

// PyTorch takes the start of the sums from the optimizer's own options, whatever a group says.
TEST(OptimGolden, AdagradStartsAllGroupsAlike) {
  const Tensor a = ones({2}).requires_grad_(), b = ones({2}).requires_grad_();
  std::vector<OptimizerParamGroup> groups{OptimizerParamGroup({a})};
  groups.emplace_back(std::vector<Tensor>{b}, std::make_unique<AdagradOptions>(0.1));
  Adagrad optimizer(std::move(groups), AdagradOptions(0.1).initial_accumulator_value(3));
  (a.sum() + b.sum()).backward();
  optimizer.step();
  EXPECT_TRUE(a.equal(b));
  EXPECT_NEAR(a[0].item<double>(), 1 - 0.1 / 2, 1e-6);  // 0.1 / sqrt(3 + 1)
}

TEST(OptimGolden, Misuse) {
  const std::vector<Tensor> p = {ones({2}).requires_grad_()};
  EXPECT_ERROR(Adagrad(p, AdagradOptions(-1)), "Adagrad: Invalid learning rate");
  EXPECT_ERROR(Adagrad(p, AdagradOptions().lr_decay(-1)), "Invalid lr_decay");
  EXPECT_ERROR(Adagrad(p, AdagradOptions().initial_accumulator_value(-1)), "Invalid initial_accumulator_value");
  EXPECT_ERROR(RMSprop(p, RMSpropOptions().alpha(-1)), "RMSprop: Invalid alpha");
  EXPECT_ERROR(RMSprop(p, RMSpropOptions().momentum(-1)), "Invalid momentum");
  EXPECT_ERROR(LBFGS(p, LBFGSOptions().line_search_fn("newton")), "only 'strong_wolfe' is supported");
  EXPECT_ERROR(LBFGS(p).step(nullptr), "needs a closure");
  EXPECT_ERROR(LBFGS(std::vector<OptimizerParamGroup>{OptimizerParamGroup(p), OptimizerParamGroup({ones({1})})}),
               "doesn't support per-parameter options");
}

TEST(SchedulerGolden, LearningRatesAndMomenta) {
  using MakeScheduler = std::function<std::shared_ptr<LRScheduler>(Optimizer&)>;
  const std::map<std::string, MakeScheduler> all = {
      {"lambda",
       [](auto& o) {
         return std::make_shared<LambdaLR>(o, [](int64_t e) { return std::pow(0.9, static_cast<double>(e)); });
       }},
      {"multiplicative",
       [](auto& o) { return std::make_shared<MultiplicativeLR>(o, [](int64_t e) { return e % 2 ? 0.95 : 0.9; }); }},
      {"step", [](auto& o) { return std::make_shared<StepLR>(o, 5, 0.3); }},
      {"multistep",
       [](auto& o) {
         return std::make_shared<MultiStepLR>(o, std::vector<int64_t>{3, 7, 7, 12}, 0.5);
       }},
      {"constant", [](auto& o) { return std::make_shared<ConstantLR>(o, 0.25, 6); }},
      {"linear", [](auto& o) { return std::make_shared<LinearLR>(o, 0.2, 0.9, 8); }},
      {"exponential", [](auto& o) { return std::make_shared<ExponentialLR>(o, 0.8); }},
      {"polynomial", [](auto& o) { return std::make_shared<PolynomialLR>(o, 8, 1.5); }},
      {"cosine", [](auto& o) { return std::make_shared<CosineAnnealingLR>(o, 7, 0.01); }},
      {"warm_restarts", [](auto& o) { return std::make_shared<CosineAnnealingWarmRestarts>(o, 4, 2, 0.02); }},
      {"cyclic",
       [](auto& o) {
         return std::make_shared<CyclicLR>(o, 0.01, 0.2, CyclicLROptions().step_size_up(4).step_size_down(6));
       }},
      {"cyclic2",
       [](auto& o) {
         return std::make_shared<CyclicLR>(
             o, 0.01, 0.2, CyclicLROptions().step_size_up(3).mode("triangular2").base_momentum(0.7).max_momentum(0.95));
       }},
      {"cyclic_exp",
       [](auto& o) {
         return std::make_shared<CyclicLR>(
             o, 0.01, 0.2, CyclicLROptions().step_size_up(3).mode("exp_range").gamma(0.97).cycle_momentum(false));
       }},
      {"one_cycle", [](auto& o) { return std::make_shared<OneCycleLR>(o, 0.3, OneCycleLROptions().total_steps(25)); }},
      {"one_cycle_linear",
       [](auto& o) {
         return std::make_shared<OneCycleLR>(o, 0.3,
                                             OneCycleLROptions()
                                                 .epochs(5)
                                                 .steps_per_epoch(5)
                                                 .anneal_strategy("linear")
                                                 .three_phase(true)
                                                 .div_factor(10)
                                                 .final_div_factor(50));
       }},
      {"sequential",
       [](auto& o) {
         std::vector<std::shared_ptr<LRScheduler>> parts = {std::make_shared<ConstantLR>(o, 0.1, 2),
                                                            std::make_shared<ExponentialLR>(o, 0.9),
                                                            std::make_shared<StepLR>(o, 2, 0.5)};
         return std::make_shared<SequentialLR>(o, parts, std::vector<int64_t>{4, 9});
       }},
      {"chained",
       [](auto& o) {
         std::vector<std::shared_ptr<LRScheduler>> parts = {std::make_shared<ConstantLR>(o, 0.1, 3),
                                                            std::make_shared<ExponentialLR>(o, 0.9)};
         return std::make_shared<ChainedScheduler>(parts);
       }},
  };
  const auto golden = read_blocks("schedulers.txt");
  for (const auto& [name, rows] : golden) {
    if (name == "plateau") continue;
    SGD sgd({ones({1}).requires_grad_()}, SGDOptions(0.5).momentum(0.9));
    ASSERT_TRUE(all.count(name)) << name;
    const auto scheduler = all.at(name)(sgd);
    for (size_t epoch = 0; epoch < rows[0].size(); ++epoch) {
      const auto& o = static_cast<const SGDOptions&>(sgd.param_groups()[0].options());
      EXPECT_NEAR(o.lr(), rows[0][epoch], 1e-12) << name << " epoch " << epoch;
      EXPECT_NEAR(o.momentum(), rows[1][epoch], 1e-12) << name << " epoch " << epoch;
      if (epoch + 1 < rows[0].size()) scheduler->step();
    }
  }
}

TEST(SchedulerGolden, ReduceOnPlateau) {
  const Rows rows = read_blocks("schedulers.txt").at("plateau");
  SGD sgd({ones({1}).requires_grad_()}, SGDOptions(0.5));
  ReduceLROnPlateau scheduler(
      sgd, ReduceLROnPlateauOptions().factor(0.4).patience(2).threshold(0.05).cooldown(2).min_lr({0.01}));
  for (size_t k = 1; k < rows[0].size(); ++k) {
    scheduler.step(rows[1][k]);
    EXPECT_NEAR(sgd.param_groups()[0].options().get_lr(), rows[0][k], 1e-12) << k;
  }
}

TEST(SchedulerGolden, AdamsBetaIsItsMomentum) {
  Adam adam({ones({1}).requires_grad_()}, AdamOptions(0.1));
  OneCycleLR scheduler(adam, 0.3, OneCycleLROptions().total_steps(4));
  EXPECT_DOUBLE_EQ(std::get<0>(static_cast<AdamOptions&>(adam.param_groups()[0].options()).betas()), 0.95);
  for (int k = 0; k < 4; ++k) scheduler.step();
  EXPECT_ERROR(scheduler.step(), "Tried to step 5 times. The specified number of total steps is 4");
}

TEST(SchedulerGolden, PositionsOfWarmRestarts) {
  SGD a({ones({1}).requires_grad_()}, SGDOptions(0.5)), b({ones({1}).requires_grad_()}, SGDOptions(0.5));
  CosineAnnealingWarmRestarts by_step(a, 3, 2), by_position(b, 3, 2);
  for (int epoch = 1; epoch < 20; ++epoch) {
    by_step.step();
    by_position.step(static_cast<double>(epoch));
    EXPECT_NEAR(a.param_groups()[0].options().get_lr(), b.param_groups()[0].options().get_lr(), 1e-14) << epoch;
  }
}

TEST(SchedulerGolden, Misuse) {
  SGD sgd({ones({1}).requires_grad_()}, SGDOptions(0.5));
  Adagrad adagrad({ones({1}).requires_grad_()});
  EXPECT_ERROR(LambdaLR(sgd, std::vector<LambdaLR::Function>(2)), "Expected 1 lr_lambdas, but got 2");
  EXPECT_ERROR(ConstantLR(sgd, 2), "factor expected to be in (0, 1]");
  EXPECT_ERROR(LinearLR(sgd, 0), "start_factor expected");
  EXPECT_ERROR(CosineAnnealingLR(sgd, 0), "T_max must be positive");
  EXPECT_ERROR(CosineAnnealingWarmRestarts(sgd, 0), "Expected positive integer T_0");
  EXPECT_ERROR(CyclicLR(adagrad, 0.1, 0.2), "must support momentum");
  EXPECT_ERROR(CyclicLR(sgd, 0.1, 0.2, CyclicLROptions().mode("square")), "mode is invalid");
  EXPECT_ERROR(OneCycleLR(sgd, 0.1, OneCycleLROptions()), "You must define either total_steps");
  EXPECT_ERROR(ReduceLROnPlateau(sgd, ReduceLROnPlateauOptions().factor(1)), "Factor should be < 1.0");
  auto one = std::make_shared<StepLR>(sgd, 1);
  EXPECT_ERROR(SequentialLR(sgd, {one}, {1}), "one more than the number of milestone points");
  auto other = std::make_shared<StepLR>(adagrad, 1);
  EXPECT_ERROR(ChainedScheduler({one, other}), "belong to the same optimizer");
}
