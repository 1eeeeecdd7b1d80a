// Hooks: forms, order, replacement, removal, global ones, containers, backward.
#include "lampas/nn/hooks.h"

#include "lampas/autograd/autograd.h"
#include "lampas/autograd/grad_mode.h"
#include "lampas/nn/modules.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/random.h"
#include "lampas/ops/reduce.h"
#include "nn/support.h"

namespace lampas::nn {
namespace {

using Strings = std::vector<std::string>;
using Tensors = std::vector<Tensor>;

struct DoubleImpl : Cloneable<DoubleImpl> {
  void reset() override {}
  Tensor forward(const Tensor& x) { return x * 2; }
};
LAMPAS_MODULE(Double);

/// Two tensors and a number in, a tuple out.
struct PairImpl : Module {
  std::tuple<Tensor, Tensor> forward(Tensor a, Tensor b, int k) { return {a * b * k, a + b}; }
};
LAMPAS_MODULE(Pair);

float value(const Tensor& t) { return t.item<float>(); }

TEST(ForwardPreHook, ReplacesTheInputInEveryForm) {
  Double m;
  m->register_forward_pre_hook([](Module&, const Tensor& x) { return x + 1; });
  m->register_forward_pre_hook([](Module&, const Tensors& x) { return Tensors{x[0] * 10}; });
  m->register_forward_pre_hook([](Module&, std::vector<AnyValue>& in) { in[0] = AnyValue(in[0].get<Tensor>() + 5); });
  m->register_forward_pre_hook([](Module&, const Tensor&) -> std::optional<Tensor> { return std::nullopt; });
  m->register_forward_pre_hook([](Module&, const Tensor&) {});
  EXPECT_EQ(value(m(ones(1))), 50);  // ((1 + 1) * 10 + 5) * 2: in the order of registration
  EXPECT_EQ(value(m->forward(ones(1))), 2) << "forward() runs no hook";
  EXPECT_EQ(value((*m)(ones(1))), 50) << "modules are called as their holders are";
  EXPECT_EQ(value(call(*m, ones(1))), 50);
}

TEST(ForwardHook, SeesInputsAndReplacesTheOutput) {
  Double m;
  Tensor seen;
  m->register_forward_hook([&](Module& self, const Tensor& x, const Tensor& y) {
    EXPECT_EQ(&self, m.get());
    seen = x;
    return y + 1;
  });
  m->register_forward_hook([](Module&, const Tensors& in, const Tensors& out) {
    EXPECT_EQ(in.size(), 1u);
    return Tensors{out[0] * 10};
  });
  m->register_forward_hook(
      [](Module&, std::vector<AnyValue>&, AnyValue& out) { out = AnyValue(out.get<Tensor>() - 3); });
  m->register_forward_hook([](Module&, const Tensor&, const Tensor&) { return Tensor(); });
  EXPECT_EQ(value(m(full(1, 4.0))), 87);  // (4 * 2 + 1) * 10 - 3
  EXPECT_EQ(value(seen), 4);
}

TEST(ForwardHook, ModulesOfSeveralArgumentsAndResults) {
  Pair m;
  const Tensor a = full(1, 3.0), b = full(1, 4.0);
  m->register_forward_pre_hook([](Module&, std::vector<AnyValue>& in) { in[2] = AnyValue(7); });
  m->register_forward_pre_hook([](Module&, const Tensors& in) { return Tensors{in[1], in[0] * 2}; });
  m->register_forward_hook([](Module&, const Tensors& in, const Tensors& out) {
    EXPECT_EQ(in.size(), 2u);
    EXPECT_EQ(value(in[0]), 4);
    return Tensors{out[1], out[0]};
  });
  const auto [x, y] = m(a, b, 1);
  EXPECT_EQ(value(x), 10);
  EXPECT_EQ(value(y), 4 * 6 * 7);
}

TEST(Hooks, RefuseWhatDoesNotFit) {
  Pair two;
  auto h = two->register_forward_pre_hook([](Module&, const Tensor&) {});
  EXPECT_MESSAGE(two(ones(1), ones(1), 1), "the module's inputs hold 2 tensors, and the hook takes one");
  h.remove();
  h = two->register_forward_pre_hook([](Module&, const Tensors&) { return Tensors{ones(1)}; });
  EXPECT_MESSAGE(two(ones(1), ones(1), 1), "forward pre-hook: returned 1 tensors in the place of 2");
  h.remove();
  h = two->register_forward_pre_hook([](Module&, std::vector<AnyValue>& in) { in[2] = AnyValue(2.5); });
  EXPECT_MESSAGE(two(ones(1), ones(1), 1), "argument #2 must stay of type int, but a hook made it a double");
  h.remove();
  h = two->register_forward_pre_hook([](Module&, std::vector<AnyValue>& in) { in.pop_back(); });
  EXPECT_MESSAGE(two(ones(1), ones(1), 1), "forward() takes 3 arguments, but a hook left 2");
  h.remove();
  h = two->register_forward_hook([](Module&, const Tensors&, const Tensor&) {});
  EXPECT_MESSAGE(two(ones(1), ones(1), 1), "not the tensor this hook takes");
  h.remove();
  h = two->register_forward_hook([](Module&, const Tensors&, AnyValue& out) { out = AnyValue(1); });
  EXPECT_MESSAGE(two(ones(1), ones(1), 1), "the output must stay of type");
}

TEST(Hooks, HandlesRemoveOnceAndOutliveTheModule) {
  RemovableHandle handle;
  {
    Double m;
    int calls = 0;
    handle = m->register_forward_hook([&](Module&, const Tensor&, const Tensor&) { ++calls; });
    auto other = m->register_forward_pre_hook([&](Module&, const Tensor&) { ++calls; });
    EXPECT_TRUE(m->has_hooks());
    m(ones(1));
    EXPECT_EQ(calls, 2);
    other.remove();
    other.remove();
    m(ones(1));
    EXPECT_EQ(calls, 3);
    handle.remove();
    EXPECT_FALSE(m->has_hooks());
    handle = m->register_forward_pre_hook([&](Module&, const Tensor&) { ++calls; });
  }
  handle.remove();
  RemovableHandle().remove();
}

TEST(Hooks, AHookMayRemoveItself) {
  Double m;
  int calls = 0;
  RemovableHandle once;
  once = m->register_forward_pre_hook([&](Module&, const Tensor&) {
    ++calls;
    once.remove();
  });
  m->register_forward_pre_hook([&](Module&, const Tensor&) { calls += 10; });
  m(ones(1));
  m(ones(1));
  EXPECT_EQ(calls, 21);
}

TEST(Hooks, RunInsideContainersAndOnThem) {
  Double a, b;
  Sequential inner(b), net(a, inner);
  Strings order;
  const auto log = [&](const char* name) {
    return [&order, name](Module&, const Tensor& x, const Tensor&) {
      order.push_back(std::string(name) + std::to_string(static_cast<int>(value(x))));
    };
  };
  a->register_forward_hook(log("a"));
  b->register_forward_hook(log("b"));
  inner->register_forward_hook(log("inner"));
  net->register_forward_hook(log("net"));
  EXPECT_EQ(value(net(ones(1))), 4);
  EXPECT_EQ(order, (Strings{"a1", "b2", "inner2", "net1"}));
  order.clear();
  AnyModule any(a);
  any.forward(ones(1));
  EXPECT_EQ(order, (Strings{"a1"}));
  inner->register_forward_pre_hook([](Module&, const Tensor& x) { return x + 1; });
  EXPECT_EQ(value(net(ones(1))), 6);
}

TEST(Hooks, GlobalOnesComeFirst) {
  Double m;
  Strings order;
  m->register_forward_pre_hook([&](Module&, const Tensor&) { order.push_back("own pre"); });
  m->register_forward_hook([&](Module&, const Tensor&, const Tensor&) { order.push_back("own"); });
  auto pre = register_module_forward_pre_hook([&](Module& self, const Tensor&) {
    EXPECT_EQ(&self, m.get());
    order.push_back("global pre");
  });
  auto post = register_module_forward_hook([&](Module&, const Tensor&, const Tensor& y) {
    order.push_back("global");
    return y + 1;
  });
  EXPECT_EQ(value(m(ones(1))), 3);
  EXPECT_EQ(order, (Strings{"global pre", "own pre", "global", "own"}));
  EXPECT_TRUE(Double()->has_hooks());
  pre.remove();
  post.remove();
  EXPECT_FALSE(Double()->has_hooks());
}

TEST(Hooks, ModulesOnTheStack) {
  DoubleImpl m;
  m.register_forward_pre_hook([](Module&, const Tensor& x) { return x + 1; });
  EXPECT_EQ(value(m(ones(1))), 4);
  struct Plain : Module {
    Tensor forward(Tensor x) { return x * 3; }
  } plain;
  plain.register_forward_hook([](Module&, const Tensor&, const Tensor& y) { return y + 1; });
  EXPECT_EQ(value(call(plain, ones(1))), 4);
}

TEST(Hooks, ClonesCallThemToo) {
  Double m;
  int calls = 0;
  auto handle = m->register_forward_pre_hook([&](Module&, const Tensor&) { ++calls; });
  auto copy = std::dynamic_pointer_cast<DoubleImpl>(m->clone());
  handle.remove();
  call(*copy, ones(1));
  m(ones(1));
  EXPECT_EQ(calls, 1);
  Sequential net{Double()};
  net->register_forward_pre_hook([&](Module&, const Tensor&) { ++calls; });
  call(std::dynamic_pointer_cast<SequentialImpl>(net->clone()), ones(1));
  EXPECT_EQ(calls, 2);
}

/// A module of several operations: y = tanh(x w) w.
struct CurveImpl : Module {
  explicit CurveImpl(Tensor w) : w(register_parameter("w", std::move(w))) {}
  Tensor forward(const Tensor& x) { return (x * w).tanh() * w; }
  Tensor w;
};
LAMPAS_MODULE(Curve);

TEST(BackwardHook, SeesTheGradientsOfTheWholeModule) {
  manual_seed(1);
  Curve m(randn({3}));
  const Tensor x = randn({3}).requires_grad_(), cotangent = randn({3});
  const auto plain = autograd::grad({m(x)}, {x, m->w}, {cotangent});
  int calls = 0;
  Tensor gi, go;
  m->register_full_backward_hook([&](Module& self, const Tensors& grad_input, const Tensors& grad_output) {
    EXPECT_EQ(&self, m.get());
    ++calls;
    gi = grad_input.at(0);
    go = grad_output.at(0);
  });
  const auto hooked = autograd::grad({m(x)}, {x, m->w}, {cotangent});
  EXPECT_EQ(calls, 1);
  EXPECT_TRUE(hooked[0].equal(plain[0]));
  EXPECT_TRUE(hooked[1].equal(plain[1]));
  EXPECT_TRUE(gi.equal(plain[0]));
  EXPECT_TRUE(go.equal(cotangent));
  NoGradGuard no_grad;
  m(x);
  EXPECT_EQ(calls, 1);
}

TEST(BackwardHook, ReplacesTheInputGradientInOrder) {
  Curve m(full(1, 2.0));
  const Tensor x = full(1, 0.0).requires_grad_();
  m->register_backward_hook([](Module&, const Tensor& gi, const Tensor&) { return gi + 1; });
  m->register_full_backward_hook([](Module&, const Tensors& gi, const Tensors&) { return Tensors{gi[0] * 10}; });
  auto global = register_module_full_backward_hook([](Module&, const Tensor& gi, const Tensor&) { return gi * 3; });
  m(x).backward();
  global.remove();
  EXPECT_EQ(value(x.grad()), 130);  // derivative 4: (4 * 3 + 1) * 10
  EXPECT_EQ(value(m->w.grad()), 0) << "parameters are left alone";
}

TEST(BackwardHook, SeveralInputsAndOutputs) {
  Pair m;
  const Tensor a = full(1, 3.0).requires_grad_(), b = full(1, 4.0);
  size_t ins = 0, outs = 0;
  bool second_in = true, second_out = true;
  m->register_full_backward_hook([&](Module&, const Tensors& gi, const Tensors& go) {
    ins = gi.size();
    outs = go.size();
    second_in = gi[1].defined();
    second_out = go[1].defined();
  });
  std::get<0>(m(a, b, 2)).backward();
  EXPECT_EQ(value(a.grad()), 8);
  EXPECT_EQ(ins, 2u);
  EXPECT_EQ(outs, 2u);
  EXPECT_FALSE(second_in) << "b requires no gradient";
  EXPECT_FALSE(second_out) << "the second output was not used";
}

TEST(BackwardHook, WithoutDifferentiableInputRunsAtTheOutput) {
  Curve m(full(1, 2.0));
  int calls = 0;
  auto handle = m->register_full_backward_hook([&](Module&, const Tensors& gi, const Tensors& go) {
    ++calls;
    EXPECT_FALSE(gi.at(0).defined());
    EXPECT_EQ(value(go.at(0)), 1);
  });
  m(ones(1)).backward();
  EXPECT_EQ(calls, 1);
  EXPECT_TRUE(m->w.grad().defined());
  handle.remove();
  m->register_full_backward_hook([](Module&, const Tensors&, const Tensors&) { return Tensors{ones(1)}; });
  const Tensor y = m(ones(1));
  EXPECT_MESSAGE(y.backward(), "no input of the module requires gradients, so the hook must return nothing");
}

TEST(BackwardHook, HigherDerivativesPass) {
  manual_seed(2);
  Curve m(randn({2}));
  const Tensor x = randn({2}).requires_grad_(), c = randn({2}).requires_grad_(), d = randn({2});
  const auto second = [&] {
    const Tensor g = autograd::grad({m(x)}, {x}, {c}, true, true)[0];
    return autograd::grad({g}, {x, c}, {d});
  };
  const auto plain = second();
  m->register_full_backward_hook([](Module&, const Tensors&, const Tensors&) {});
  const auto hooked = second();
  EXPECT_TRUE(hooked[0].allclose(plain[0]));
  EXPECT_TRUE(hooked[1].allclose(plain[1]));
}

TEST(BackwardHook, SharedModulesRunOncePerCall) {
  Double m;
  int calls = 0;
  m->register_full_backward_hook([&](Module&, const Tensor&, const Tensor&) { ++calls; });
  const Tensor x = ones(1).requires_grad_();
  m(m(x)).backward();
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(value(x.grad()), 4);
}

TEST(BackwardHook, InPlaceChangesThatCouldNotBeFollowedAreErrors) {
  struct InPlace : Module {
    Tensor forward(const Tensor& x) { return x.mul_(2); }
  };
  auto m = std::make_shared<InPlace>();
  m->register_full_backward_hook([](Module&, const Tensors&, const Tensors&) {});
  const Tensor x = ones(1).requires_grad_() * 1;
  EXPECT_MESSAGE(call(m, x), "is a view and is being modified inplace");
  Double twice;
  twice->register_full_backward_hook([](Module&, const Tensor&, const Tensor&) {});
  const Tensor leaf = ones(1).requires_grad_();
  Tensor y = twice(leaf);
  y.mul_(3);  // an output of its own may be changed
  y.backward();
  EXPECT_EQ(value(leaf.grad()), 6);
}

TEST(BackwardHook, AModuleThatIsGoneIsAnError) {
  Tensor y;
  const Tensor x = ones(1).requires_grad_();
  {
    DoubleImpl m;
    m.register_full_backward_hook([](Module&, const Tensor&, const Tensor&) {});
    y = m(x);
  }
  EXPECT_MESSAGE(y.backward(), "the module was destroyed before backward");
  {
    Double m;
    m->register_full_backward_hook([](Module&, const Tensor& gi, const Tensor&) { return gi * 2; });
    y = m(x);
  }
  y.backward();
  EXPECT_EQ(value(x.grad()), 4);
}

}  // namespace
}  // namespace lampas::nn
