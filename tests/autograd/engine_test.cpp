#include <gtest/gtest.h>
#include <lampas/autograd/gradcheck.h>
#include <lampas/lampas.h>

#include <functional>
#include <limits>
#include <thread>

#include "error_of.h"

using namespace lampas;
using lampas::autograd::grad;

namespace {

Tensor leaf(std::vector<double> v) { return tensor(v, kDouble).requires_grad_(); }

}  // namespace

TEST(Engine, AccumulatesIntoLeaves) {
  Tensor x = leaf({1, 2, 3});
  (x * x).sum().backward();
  EXPECT_TRUE(x.grad().equal(tensor({2.0, 4.0, 6.0}, kDouble)));
  (x * 2).sum().backward();
  EXPECT_TRUE(x.grad().equal(tensor({4.0, 6.0, 8.0}, kDouble)));
}

TEST(Engine, SharedSubexpressionIsDifferentiatedOnce) {
  Tensor x = leaf({2.0});
  Tensor y = x * x, z = y * y + y;  // x^4 + x^2
  z.backward();
  EXPECT_DOUBLE_EQ(x.grad().item<double>(), 4 * 8 + 2 * 2);
}

TEST(Engine, SeveralRootsAddUp) {
  Tensor x = leaf({1, 2});
  Tensor a = x * 3, b = x * x;
  autograd::backward({a, b}, {ones({2}, kDouble), tensor({10.0, 100.0}, kDouble)});
  EXPECT_TRUE(x.grad().equal(tensor({3.0 + 20, 3.0 + 400}, kDouble)));
}

TEST(Engine, OneRootMayFeedAnother) {
  Tensor x = leaf({3.0});
  Tensor a = x * x, b = a * 2;
  autograd::backward({a, b});
  EXPECT_DOUBLE_EQ(x.grad().item<double>(), 6 + 12);
}

TEST(Engine, SecondBackwardNeedsRetainGraph) {
  Tensor x = leaf({1, 2});
  Tensor y = x.exp().sum();
  y.backward({}, true);
  y.backward();
  EXPECT_ERROR(y.backward(), "a second time");
}

TEST(Engine, NothingIsFreedWhereOnlyNumbersAreKept) {
  Tensor x = leaf({1, 2});
  Tensor y = (x * 2 - 1 / tensor({4.0, 8.0}, kDouble)).sum();
  y.backward();
  y.backward();
  EXPECT_TRUE(x.grad().equal(tensor({4.0, 4.0}, kDouble)));
}

TEST(Engine, OutputsThatNothingUsesAreUndefined) {
  Tensor x = leaf({1, 5, 3});
  auto [values, indices] = x.max(0);
  EXPECT_FALSE(indices.requires_grad());
  values.backward();
  EXPECT_TRUE(x.grad().equal(tensor({0.0, 1.0, 0.0}, kDouble)));
}

TEST(Engine, HigherOrders) {
  Tensor x = leaf({2.0});
  Tensor y = x.pow(4);
  Tensor g1 = grad({y}, {x}, {}, std::nullopt, true)[0], g2 = grad({g1}, {x}, {}, std::nullopt, true)[0];
  Tensor g3 = grad({g2}, {x}, {}, std::nullopt, true)[0];
  EXPECT_DOUBLE_EQ(g1.item<double>(), 32);
  EXPECT_DOUBLE_EQ(g2.item<double>(), 48);
  EXPECT_DOUBLE_EQ(g3.item<double>(), 48);
}

TEST(Engine, GradLeavesGradUntouched) {
  Tensor x = leaf({3.0}), w = leaf({5.0});
  Tensor y = x * w;
  auto g = grad({y}, {x, w});
  EXPECT_DOUBLE_EQ(g[0].item<double>(), 5);
  EXPECT_DOUBLE_EQ(g[1].item<double>(), 3);
  EXPECT_FALSE(x.grad().defined());
}

TEST(Engine, GradOfIntermediateAndUnused) {
  Tensor x = leaf({3.0}), unused = leaf({1.0});
  Tensor y = x * x, z = y * 4;
  EXPECT_DOUBLE_EQ(grad({z}, {y}, {}, true)[0].item<double>(), 4);
  EXPECT_ERROR(grad({z}, {unused}, {}, true), "appears to not have been used in the graph");
  EXPECT_FALSE(grad({z}, {unused}, {}, true, false, true)[0].defined());
}

// Ops with flat slopes leave second derivatives out; whoever asks gets zeros, as from PyTorch.
TEST(Engine, FlatSecondDerivativesAreZeros) {
  const std::vector<std::function<Tensor(const Tensor&)>> ops{
      [](const Tensor& x) { return relu(x); },
      [](const Tensor& x) { return leaky_relu(x, 0.1); },
      [](const Tensor& x) { return hardtanh(x); },
      [](const Tensor& x) { return threshold(x, 0.1, 3); },
      [](const Tensor& x) { return hardshrink(x); },
      [](const Tensor& x) { return softshrink(x); },
      [](const Tensor& x) { return prelu(x, full({1}, 0.25, kDouble)); },
      [](const Tensor& x) { return l1_loss(x, zeros_like(x)); },
      [](const Tensor& x) { return x.abs(); },
      [](const Tensor& x) { return x.pow(1); },
      [](const Tensor& x) { return x.norm(std::numeric_limits<double>::infinity()); },
  };
  for (size_t k = 0; k < ops.size(); ++k) {
    SCOPED_TRACE(k);
    Tensor x = leaf({-2, 0.3, 1.5}), h = x * 1;
    const Tensor g = grad({ops[k](h).sum()}, {h}, {}, true, true)[0];
    const Tensor at_h = grad({g.sum()}, {h}, {}, true)[0];
    EXPECT_TRUE(at_h.equal(zeros({3}, kDouble)));
    EXPECT_FALSE(at_h.requires_grad());
    EXPECT_TRUE(grad({g.sum()}, {x}, {}, true)[0].equal(zeros({3}, kDouble)));
    g.sum().backward({}, true);
    EXPECT_TRUE(x.grad().equal(zeros({3}, kDouble)));
    h.retain_grad();
    g.sum().backward({}, true, false, std::vector<Tensor>{h});
    EXPECT_TRUE(h.grad().equal(zeros({3}, kDouble)));
  }
  // What nothing leads to stays without a gradient, and what arrives by another path is all there is.
  Tensor x = leaf({-2, 0.3}), unused = leaf({1, 2});
  const Tensor g = grad({(x.relu() + x * x).sum()}, {x}, {}, true, true)[0];
  EXPECT_FALSE(grad({g.sum()}, {unused}, {}, true, false, true)[0].defined());
  g.sum().backward();
  EXPECT_TRUE(x.grad().equal(full({2}, 2, kDouble)));
  EXPECT_FALSE(unused.grad().defined());
}

TEST(Engine, BackwardWithInputsTouchesOnlyThem) {
  Tensor x = leaf({3.0}), w = leaf({5.0});
  Tensor y = x * w, z = y * y;
  z.backward({}, true, false, std::vector<Tensor>{w});
  EXPECT_FALSE(x.grad().defined());
  EXPECT_DOUBLE_EQ(w.grad().item<double>(), 2 * 15 * 3);
  z.backward({}, std::nullopt, false, std::vector<Tensor>{y});
  EXPECT_DOUBLE_EQ(y.grad().item<double>(), 30);
}

TEST(Engine, Errors) {
  Tensor x = leaf({1, 2}), plain = ones({2}, kDouble);
  EXPECT_ERROR((x * 2).backward(), "grad can be implicitly created only for scalar outputs");
  EXPECT_ERROR((x * 2).backward(ones({3}, kDouble)), "Mismatch in shape");
  EXPECT_ERROR(plain.sum().backward(), "does not require grad and does not have a grad_fn");
  EXPECT_ERROR(grad({x.sum()}, {}), "non-empty inputs");
  EXPECT_ERROR(grad({x.sum()}, {plain}), "does not require grad");
  EXPECT_ERROR(ones({2}, kLong).requires_grad_(), "Only Tensors of floating point");
  Tensor y = x * 2;
  EXPECT_ERROR(y.requires_grad_(false), "leaf variables");
}

TEST(Engine, NoGradRecordsNothing) {
  Tensor x = leaf({1.0});
  {
    NoGradGuard off;
    EXPECT_FALSE((x * 2).requires_grad());
    AutoGradMode on(true);
    EXPECT_TRUE((x * 2).requires_grad());
  }
  EXPECT_TRUE(GradMode::is_enabled());
}

TEST(Engine, AMillionOpsNeitherRecurseNorLeak) {
  Tensor x = leaf({1.0});
  Tensor y = x;
  for (int k = 0; k < 1000000; ++k) y = y * 1.0000001;
  y.backward();
  EXPECT_NEAR(x.grad().item<double>(), y.item<double>(), 1e-9);
  y = Tensor();
}

TEST(Engine, DetachSharesMemoryWithoutHistory) {
  Tensor x = leaf({1, 2});
  Tensor y = x * 2, d = y.detach();
  EXPECT_FALSE(d.requires_grad());
  EXPECT_TRUE(d.is_leaf());
  EXPECT_TRUE(d.is_alias_of(y));
  d[0].fill_(7);
  EXPECT_DOUBLE_EQ(y[0].item<double>(), 7);
  EXPECT_EQ(y.grad_fn()->name(), "MulBackward1");
}

TEST(Engine, HookExceptionLeavesTheGraphUsable) {
  Tensor x = leaf({2.0});
  Tensor y = x * x;
  bool fail_now = true;
  y.register_hook([&](const Tensor&) {
    if (fail_now) throw std::runtime_error("hook");
  });
  Tensor z = y * 3 + y;
  EXPECT_THROW(z.backward({}, true), std::runtime_error);
  EXPECT_TRUE(GradMode::is_enabled());
  fail_now = false;
  z.backward();
  EXPECT_DOUBLE_EQ(x.grad().item<double>(), 16);
}

TEST(Hooks, ReplaceInOrderAndRemove) {
  Tensor x = leaf({1.0});
  Tensor y = x * 5;
  y.register_hook([](const Tensor& g) { return g * 2; });
  unsigned second = y.register_hook([](const Tensor& g) { return g + 1; });
  y.backward({}, true);
  EXPECT_DOUBLE_EQ(x.grad().item<double>(), 15);
  y.remove_hook(second);
  x.mutable_grad() = Tensor();
  y.backward();
  EXPECT_DOUBLE_EQ(x.grad().item<double>(), 10);
  EXPECT_ERROR(y.remove_hook(second), "no hook");
  EXPECT_ERROR(ones({1}).register_hook([](const Tensor&) {}), "doesn't require gradient");
}

TEST(Hooks, ReplacementsKeepShapeAndType) {
  const Tensor x = leaf({1, 2});
  const Tensor y = x * 2;
  const unsigned shape = y.register_hook([](const Tensor&) { return ones({3}, kDouble); });
  EXPECT_ERROR(y.sum().backward({}, true), "a hook replaced a gradient of shape [2] by one of shape [3]");
  y.remove_hook(shape);
  y.register_hook([](const Tensor& g) { return g.to(kFloat); });
  EXPECT_ERROR(y.sum().backward({}, true), "a hook replaced a gradient of Double by one of Float");
}

TEST(Hooks, OnLeavesAndAfterAccumulation) {
  Tensor x = leaf({1.0});
  int calls = 0;
  x.register_hook([](const Tensor& g) { return g * 10; });
  x.register_post_accumulate_grad_hook([&](const Tensor& t) {
    ++calls;
    EXPECT_DOUBLE_EQ(t.grad().item<double>(), 20 * calls);
  });
  (x * 2).backward();
  (x * 2).backward();
  EXPECT_EQ(calls, 2);
}

TEST(Hooks, RetainGrad) {
  Tensor x = leaf({3.0});
  Tensor y = x * x;
  y.retain_grad();
  EXPECT_TRUE(y.retains_grad());
  (y * 7).backward();
  EXPECT_DOUBLE_EQ(y.grad().item<double>(), 7);
  Tensor gone = x * 2;
  gone.retain_grad();
  Tensor z = gone * 2;
  gone = Tensor();
  z.backward();
  EXPECT_DOUBLE_EQ(x.grad().item<double>(), 42 + 4);
}

TEST(Threads, ConcurrentBackwardOnOneGraph) {
  Tensor x = ones({64}, kDouble).requires_grad_();
  Tensor y = x;
  for (int k = 0; k < 50; ++k) y = (y * 1.01).exp().log();
  Tensor z = y.sum();
  const Tensor want = grad({z}, {x}, {}, true)[0];
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int k = 0; k < 50; ++k)
        if (!grad({z}, {x}, {}, true)[0].equal(want)) ++wrong;
    });
  for (auto& t : threads) t.join();
  EXPECT_EQ(wrong, 0);
}

TEST(Threads, SharedLeafSumsEveryContribution) {
  Tensor w = zeros({8}, kDouble).requires_grad_();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int k = 0; k < 200; ++k) (w * 2).sum().backward();
    });
  for (auto& t : threads) t.join();
  EXPECT_TRUE(w.grad().equal(full({8}, 1600.0, kDouble)));
}

TEST(Threads, EightTrainTheirOwnModels) {
  auto train = [](int id) {
    Tensor w = arange(12, kFloat).mul(0.1 * (id + 1)).reshape({3, 4}).clone().requires_grad_();
    Tensor x = arange(20, kFloat).mul(0.05).reshape({5, 4});
    for (int k = 0; k < 40; ++k) {
      Tensor loss = (linear(x, w).tanh() - 0.3).square().mean();
      w.mutable_grad() = Tensor();
      loss.backward();
      NoGradGuard off;
      w.sub_(w.grad(), 0.1);
    }
    return w.detach().clone();
  };
  std::vector<Tensor> alone, together(8);
  for (int id = 0; id < 8; ++id) alone.push_back(train(id));
  std::vector<std::thread> threads;
  for (int id = 0; id < 8; ++id) threads.emplace_back([&, id] { together[static_cast<size_t>(id)] = train(id); });
  for (auto& t : threads) t.join();
  for (size_t id = 0; id < 8; ++id) EXPECT_TRUE(alone[id].equal(together[id])) << id;
}

TEST(Engine, NestedBackwardInsideAHook) {
  Tensor x = leaf({2.0}), w = leaf({3.0});
  Tensor y = x * w;
  y.register_hook([&](const Tensor&) {
    AutoGradMode on(true);  // off during backward without create_graph
    (w * w).backward();
  });
  (y * 1).backward();
  EXPECT_DOUBLE_EQ(x.grad().item<double>(), 3);
  EXPECT_DOUBLE_EQ(w.grad().item<double>(), 2 + 6);
}

TEST(Gradcheck, CatchesAWrongDerivative) {
  Tensor x = leaf({0.5, 0.7});
  auto wrong = [](const variable_list& a) -> variable_list { return {a[0] * a[0].detach()}; };
  EXPECT_ERROR(autograd::gradcheck(wrong, {x}), "does not agree with finite differences");
  autograd::GradcheckOptions quiet;
  quiet.raise = false;
  EXPECT_FALSE(autograd::gradcheck(wrong, {x}, quiet));
  auto second_wrong = [](const variable_list& a) -> variable_list {
    // First derivative right, second not: x^2 + (x^3 - its detached tangent).
    return {a[0] * a[0].detach() * 2 - (a[0] * a[0]).detach()};
  };
  EXPECT_FALSE(autograd::gradgradcheck(second_wrong, {x}, quiet));
}
