// graph::saved_tensors_hooks: what is saved for backward goes through a pair of functions.
#include <cmath>

#include "lampas/autograd/saved_tensors_hooks.h"
#include "support.h"

using namespace lampas;
using autograd::graph::saved_tensors_hooks;

namespace {

struct Counts {
  int packed = 0, unpacked = 0;
};
/// Hooks that keep the tensor and count.
saved_tensors_hooks::Pack counting_pack(Counts& c) {
  return [&c](const Tensor& t) -> std::any {
    EXPECT_FALSE(GradMode::is_enabled());
    ++c.packed;
    return t.clone();
  };
}
saved_tensors_hooks::Unpack counting_unpack(Counts& c) {
  return [&c](const std::any& a) {
    ++c.unpacked;
    return std::any_cast<Tensor>(a);
  };
}

struct Cube : autograd::Function<Cube> {
  static Tensor forward(autograd::AutogradContext* ctx, const Tensor& x) {
    ctx->save_for_backward({x});
    return x * x * x;
  }
  static variable_list backward(autograd::AutogradContext* ctx, variable_list g) {
    const Tensor x = ctx->get_saved_variables()[0];
    return {g[0] * 3 * x * x};
  }
};

}  // namespace

TEST(SavedHooks, GradientsAreTheSame) {
  const auto f = [](const Tensor& x) { return (x.exp() * x.sin() + x.pow(3) + Cube::apply(x)).mul(x).sum(); };
  const Tensor plain = leaf({0.5, -1.5, 2.0}), hooked = leaf({0.5, -1.5, 2.0});
  f(plain).backward();
  Counts c;
  Tensor y;
  {
    const saved_tensors_hooks hooks(counting_pack(c), counting_unpack(c));
    y = f(hooked);
  }
  EXPECT_GE(c.packed, 7);
  EXPECT_EQ(c.unpacked, 0);
  const int packed = c.packed;
  y.backward();
  EXPECT_EQ(c.packed, packed) << "outside the scope nothing is packed";
  EXPECT_EQ(c.unpacked, packed);
  EXPECT_TRUE(hooked.grad().allclose(plain.grad(), 1e-14, 1e-14));
}

TEST(SavedHooks, HigherDerivatives) {
  Counts c;
  const Tensor x = leaf({0.5, -1.5});
  const saved_tensors_hooks hooks(counting_pack(c), counting_unpack(c));
  const Tensor y = x.exp() * x.pow(3);  // inputs and outputs are saved
  const Tensor g = autograd::grad({y.sum()}, {x}, {}, true, true)[0];
  const Tensor h = autograd::grad({g.sum()}, {x})[0];
  const Tensor d = x.detach();
  EXPECT_TRUE(h.allclose(d.exp() * (d.pow(3) + 6 * d.pow(2) + 6 * d), 1e-12, 1e-12));
}

TEST(SavedHooks, CompressionAndNesting) {
  const Tensor x = tensor({1.0, 1.0 / 3}, kFloat).requires_grad_();
  Counts c;
  const saved_tensors_hooks outer(counting_pack(c), counting_unpack(c));
  Tensor y;
  {
    const saved_tensors_hooks half([](const Tensor& t) -> std::any { return t.to(kHalf); },
                                   [](const std::any& a) { return std::any_cast<Tensor>(a).to(kFloat); });
    y = (x * x).sum();
  }
  EXPECT_EQ(c.packed, 0) << "the innermost hooks count";
  y.backward();
  EXPECT_TRUE(x.grad().equal(2 * x.detach().to(kHalf).to(kFloat)));
  (x * x).sum();
  EXPECT_GT(c.packed, 0);
}

TEST(SavedHooks, MemoryIsFreedWithTheGraph) {
  std::weak_ptr<int> kept;
  const Tensor x = leaf({2.0});
  {
    Tensor y;
    {
      const saved_tensors_hooks hooks(
          [&](const Tensor& t) -> std::any {
            auto p = std::make_shared<int>(1);
            kept = p;
            return std::make_pair(p, t);
          },
          [](const std::any& a) { return std::any_cast<std::pair<std::shared_ptr<int>, Tensor>>(a).second; });
      y = x.exp();
    }
    EXPECT_FALSE(kept.expired());
    y.backward(ones({1}, kDouble));
    EXPECT_TRUE(kept.expired());
    EXPECT_ERROR(y.backward(ones({1}, kDouble)), "second time");
  }
}

TEST(SavedHooks, Errors) {
  const Tensor x = leaf({2.0, 3.0});
  EXPECT_ERROR(saved_tensors_hooks(nullptr, [](const std::any&) { return Tensor(); }), "expected two functions");
  {
    const saved_tensors_hooks hooks([](const Tensor& t) -> std::any { return t.add_(1); },
                                    [](const std::any& a) { return std::any_cast<Tensor>(a); });
    EXPECT_ERROR(x.exp(), "modifying its input in place");
  }
  for (const Tensor& wrong : {Tensor(), ones({3}, kDouble), ones({2}, kFloat)}) {
    Tensor y;
    {
      const saved_tensors_hooks hooks([](const Tensor& t) -> std::any { return t; },
                                      [wrong](const std::any&) { return wrong; });
      y = x.exp().sum();
    }
    EXPECT_ERROR(y.backward(), "expected unpack to return a tensor [2] Double");
  }
  // Exceptions of the hooks reach the caller, and the scope is left in order.
  try {
    const saved_tensors_hooks hooks([](const Tensor&) -> std::any { throw std::runtime_error("full"); },
                                    [](const std::any& a) { return std::any_cast<Tensor>(a); });
    x.exp();
    ADD_FAILURE();
  } catch (const std::runtime_error& e) {
    EXPECT_STREQ(e.what(), "full");
  }
  const Tensor fresh = leaf({1.0});
  fresh.exp().backward(ones({1}, kDouble));
  EXPECT_NEAR(fresh.grad().item<double>(), M_E, 1e-12);
}
