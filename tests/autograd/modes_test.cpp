// Anomaly mode, inference mode, checkpoints, retained gradients, several roots and hooks across in-place writes.
#include <thread>

#include "support.h"

using namespace lampas;
using autograd::DetectAnomalyGuard;

TEST(Anomaly, NamesTheForwardOfTheFailure) {
  DetectAnomalyGuard guard;
  Warnings warnings;
  Tensor x = leaf({5}), y = x * x, z = y * y;
  y.add_(1);
  EXPECT_ERROR(z.backward(), "inplace");
  EXPECT_NE(warnings.all().find("Error detected in MulBackward0"), std::string::npos);
  EXPECT_NE(warnings.all().find("Traceback of forward call that caused the error"), std::string::npos);
}

TEST(Anomaly, FindsNanAndTheGraphItCameFrom) {
  Tensor x = leaf({0.0});
  {
    DetectAnomalyGuard guard;
    Tensor g = autograd::grad({x.pow(1.5)}, {x}, {}, true, true)[0];
    Warnings warnings;
    EXPECT_ERROR(autograd::grad({g}, {x}, {zeros({1}, kDouble)}), "returned nan values in its");
    ASSERT_EQ(Warnings::list().size(), 2u);
    EXPECT_NE(Warnings::list()[1].find("induced the previous calculation"), std::string::npos);
    DetectAnomalyGuard lenient(/*check_nan=*/false);
    EXPECT_FALSE(autograd::AnomalyMode::should_check_nan());
    Tensor g2 = autograd::grad({x.pow(1.5)}, {x}, {}, true, true)[0];
    autograd::grad({g2}, {x}, {zeros({1}, kDouble)});
  }
  EXPECT_FALSE(autograd::AnomalyMode::is_enabled());
  Warnings warnings;
  Tensor before = x.sqrt();  // recorded while off
  DetectAnomalyGuard guard;
  EXPECT_ERROR(autograd::grad({before}, {x}, {zeros({1}, kDouble)}), "returned nan");
  EXPECT_NE(warnings.all().find("No forward pass information"), std::string::npos);
}

TEST(Inference, TensorsAndTheirLimits) {
  Tensor normal = leaf({1, 2}), w = leaf({3, 4}), made, view, plain = normal * 1;
  {
    InferenceMode guard;
    EXPECT_TRUE(InferenceMode::is_enabled());
    EXPECT_FALSE(GradMode::is_enabled());
    made = normal * 2;
    EXPECT_TRUE(made.is_inference());
    EXPECT_FALSE(made.requires_grad());
    made.mul_(2);  // allowed here
    view = plain.view({2, 1});
    EXPECT_FALSE(view.is_inference());
    {
      InferenceMode outside(false);
      EXPECT_TRUE((normal * 2).requires_grad());
      EXPECT_FALSE((normal * 2).is_inference());
    }
    AutoGradMode on(true);
    EXPECT_FALSE((normal * 2).requires_grad());
  }
  EXPECT_TRUE(GradMode::is_enabled());
  EXPECT_FALSE((normal * 2).is_inference());
  EXPECT_ERROR(made.add_(1), "Inplace update to inference tensor outside InferenceMode is not allowed");
  EXPECT_ERROR(made * w, "Inference tensors cannot be saved for backward");
  EXPECT_ERROR(made.requires_grad_(), "outside InferenceMode is not allowed");
  EXPECT_ERROR(made._version(), "Inference tensors do not track version counter");
  EXPECT_ERROR(view.mul_(2), "A view was created in inference mode and is being modified inplace");
  (made.clone() * w).sum().backward();  // a clone is a normal tensor
  EXPECT_TRUE(w.grad().equal(tensor({4.0, 8.0}, kDouble)));
}

TEST(NoGradViews, SayTheyRequireGradAndLeadNowhere) {
  Tensor x = leaf({1, 2}), v;
  {
    NoGradGuard off;
    v = x.view({2, 1});
  }
  EXPECT_TRUE(v.requires_grad());
  EXPECT_TRUE(v.is_leaf());
  (v * v).sum().backward();
  EXPECT_FALSE(x.grad().defined());
  EXPECT_FALSE(v.grad().defined());
  EXPECT_ERROR(v.mul_(2), "A view was created in no_grad mode and is being modified inplace");
}

TEST(Checkpoint, SameGradientsAndRandomNumbers) {
  Tensor x = leaf({0.5, -1, 2}), w = leaf({1, 2, 3});
  int runs = 0;
  auto body = [&](const Tensor& a) {
    ++runs;
    return (a * w).tanh() * rand({3}, kDouble);
  };
  manual_seed(5);
  body(x).sum().backward();
  const Tensor gx = x.grad().clone(), gw = w.grad().clone();
  x.mutable_grad().reset();
  w.mutable_grad().reset();
  runs = 0;
  manual_seed(5);
  Tensor y = utils::checkpoint(body, x);
  EXPECT_EQ(runs, 1);
  const Tensor after = rand({2});
  y.sum().backward();
  EXPECT_EQ(runs, 2);
  EXPECT_TRUE(x.grad().equal(gx));
  EXPECT_TRUE(w.grad().equal(gw));
  // The generator is where it was.
  const Tensor next = rand({2});
  manual_seed(5);
  rand({3}, kDouble);
  EXPECT_TRUE(rand({2}).equal(after));
  EXPECT_TRUE(rand({2}).equal(next));
}

TEST(Checkpoint, Misuse) {
  Tensor x = leaf({1, 2});
  auto square = [](const Tensor& a) { return a * a; };
  EXPECT_ERROR(autograd::grad({utils::checkpoint(square, x).sum()}, {x}), "not compatible with grad()");
  EXPECT_ERROR(utils::checkpoint(square, x).sum().backward({}, std::nullopt, true), "create_graph is not supported");
  EXPECT_ERROR(utils::checkpoint(std::function<Tensor(const Tensor&)>(), x), "empty");
  auto forgets = [](const Tensor& a) { return a.detach() * 2; };
  EXPECT_ERROR(utils::checkpoint(forgets, x).sum().backward(), "not necessary");
  Warnings warnings;
  EXPECT_FALSE(utils::checkpoint(square, x.detach()).requires_grad());
  EXPECT_NE(warnings.all().find("None of the inputs"), std::string::npos);
  Tensor h = x * 1, y = utils::checkpoint(square, h);
  h.add_(1);
  EXPECT_ERROR(y.sum().backward(), "modified by an inplace operation");
}

TEST(Hooks, StayWithTheValueTheyWereSetOn) {
  Tensor a = leaf({1, 1}).clone();
  std::vector<double> seen;
  a.register_hook([&](const Tensor& g) { seen.push_back(g[0].item<double>()); });
  a.retain_grad();
  a.mul_(2);
  a.mul_(3);
  a.register_hook([&](const Tensor& g) { seen.push_back(g[0].item<double>()); });
  (a + 1).sum().backward();
  EXPECT_EQ(seen, (std::vector<double>{1, 6}));
  EXPECT_TRUE(a.retains_grad());
  EXPECT_TRUE(a.grad().equal(ones({2}, kDouble)));  // of the value now
}

TEST(Hooks, ViewsThatRetainTheirGradient) {
  Tensor x = leaf({1, 2, 3}), base = x * 1, v = base.slice(0, 0, 2);
  v.retain_grad();
  base.mul_(2);  // v gets a new history
  (v * tensor({5.0, 7.0}, kDouble)).sum().backward();
  EXPECT_TRUE(v.grad().equal(tensor({5.0, 7.0}, kDouble)));
  EXPECT_TRUE(x.grad().equal(tensor({10.0, 14.0, 0.0}, kDouble)));
}

TEST(Grad, WarnsOnNonLeaves) {
  Tensor x = leaf({1.0}), y = x * 2;
  Warnings warnings;
  y.grad();
  EXPECT_NE(warnings.all().find("is not a leaf"), std::string::npos);
  Warnings::list().clear();
  y.retain_grad();
  y.grad();
  x.grad();
  EXPECT_TRUE(Warnings::list().empty());
}

TEST(Grad, CreateGraphWarnsOnceUnlessAlways) {
  set_warn_always(true);
  Tensor x = leaf({1.0});
  {
    Warnings warnings;
    (x * x).backward({}, std::nullopt, true);
    EXPECT_NE(warnings.all().find("Using backward() with create_graph=True"), std::string::npos);
  }
  set_warn_always(false);
  x.mutable_grad().reset();
  Warnings warnings;
  (x * x).backward({}, std::nullopt, true);
  EXPECT_TRUE(Warnings::list().empty());
  x.mutable_grad().reset();
}

TEST(Grad, TargetsInTheMiddleCutTheRest) {
  // Nodes that do not lead to a target do not run.
  struct Bomb : autograd::Function<Bomb> {
    static Tensor forward(autograd::AutogradContext*, const Tensor& x) { return x * 1; }
    static variable_list backward(autograd::AutogradContext*, variable_list) { throw std::runtime_error("ran"); }
  };
  Tensor x = leaf({2.0}), w = leaf({3.0}), y = Bomb::apply(x) * w, unused = leaf({1.0});
  EXPECT_DOUBLE_EQ(autograd::grad({y}, {w}, {}, true)[0].item<double>(), 2);
  EXPECT_FALSE(autograd::grad({Bomb::apply(x)}, {unused}, {}, true, false, true)[0].defined());
  EXPECT_THROW(autograd::grad({y}, {x}, {}, true), std::runtime_error);
  // After the failure the graph can be used again.
  EXPECT_DOUBLE_EQ(autograd::grad({y}, {w})[0].item<double>(), 2);
}

TEST(Grad, DeepGraphWithTargetsNeitherRecursesNorHashes) {
  Tensor x = leaf({1.0}), y = x;
  for (int k = 0; k < 300000; ++k) y = y * 1.0000001;
  EXPECT_NEAR(autograd::grad({y}, {x})[0].item<double>(), y.item<double>(), 1e-9);
  // A wide lattice: each node reached twice.
  Tensor z = x;
  for (int k = 0; k < 1000; ++k) z = z * 0.5 + z * 0.5;
  EXPECT_NEAR(autograd::grad({z}, {x})[0].item<double>(), 1, 1e-9);
}

TEST(Detach, InPlaceAndSetData) {
  Tensor x = leaf({1, 2}), y = x * 2;
  y.detach_();
  EXPECT_TRUE(y.is_leaf());
  EXPECT_FALSE(y.requires_grad());
  Tensor v = (x * 1).slice(0, 0, 1);
  EXPECT_ERROR(v.detach_(), "Can't detach views in-place");
  Tensor p = leaf({1, 2});
  p.set_data(tensor({5.0, 6.0, 7.0}, kDouble));
  EXPECT_TRUE(p.requires_grad());
  p.sum().backward();
  EXPECT_TRUE(p.grad().equal(ones({3}, kDouble)));
  EXPECT_ERROR(p.set_data(ones({2}, kLong)), "must be floating point");
}

TEST(Node, SharedPointersAndEdges) {
  Tensor x = leaf({1.0}), y = x * 2 + x;
  std::shared_ptr<Node> fn = y.grad_fn();
  y = Tensor();
  EXPECT_EQ(fn->name(), "AddBackward0");
  ASSERT_EQ(fn->next_edges().size(), 2u);
  EXPECT_EQ(fn->next_edge(0).function->name(), "MulBackward1");
  EXPECT_EQ(fn->next_edge(1).function->name(), "AccumulateGrad");
  EXPECT_EQ(std::shared_ptr<Node>(x.grad_fn()), nullptr);
}

TEST(Threads, SharedLeafWhileEachHasItsOwnGraph) {
  // Runs meet at the leaf only: none may lose a contribution or wait for another's whole graph.
  Tensor w = zeros({4}, kDouble).requires_grad_();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int k = 0; k < 100; ++k) {
        Tensor y = w;
        for (int j = 0; j < 20; ++j) y = y + 0.5;
        y.sum().backward();
      }
    });
  for (auto& t : threads) t.join();
  EXPECT_TRUE(w.grad().equal(full({4}, 400.0, kDouble)));
}

// Weights are often read and given their shape where nothing is recorded; they learn like any other.
TEST(GradMode, UnrecordedViewOfAPlainTensorIsALeaf) {
  Tensor w;
  {
    NoGradGuard no_grad;
    w = ones({6}).view({2, 3});
  }
  w.requires_grad_();
  EXPECT_TRUE(w.is_leaf());
  (w * 2).sum().backward();
  ASSERT_TRUE(w.grad().defined());
  EXPECT_TRUE(w.grad().equal(full({2, 3}, 2.0)));
}
