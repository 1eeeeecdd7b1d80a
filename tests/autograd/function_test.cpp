#include <stdexcept>
#include <thread>

#include "support.h"

using namespace lampas;
using autograd::AutogradContext;
using autograd::Function;
using autograd::Variable;

namespace {

struct Cube : Function<Cube> {
  static Tensor forward(AutogradContext* ctx, Tensor x) {
    EXPECT_FALSE(GradMode::is_enabled());
    ctx->save_for_backward({x});
    return x * x * x;
  }
  static variable_list backward(AutogradContext* ctx, variable_list g) {
    const Tensor x = ctx->get_saved_variables()[0];
    return {g[0] * 3 * x * x};
  }
};

/// Saves its own output.
struct Exp : Function<Exp> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x) {
    Tensor y = x.exp();
    ctx->save_for_backward({y});
    return y;
  }
  static variable_list backward(AutogradContext* ctx, variable_list g) {
    return {g[0] * ctx->get_saved_variables()[0]};
  }
};

struct ScaleAndAdd : Function<ScaleAndAdd> {
  static Tensor forward(AutogradContext* ctx, const Tensor& a, double factor, std::string, const Tensor& b) {
    ctx->saved_data["factor"] = factor;
    return a * factor + b;
  }
  static variable_list backward(AutogradContext* ctx, variable_list g) {
    return {ctx->needs_input_grad(0) ? g[0] * ctx->saved_data["factor"].toDouble() : Tensor(), Tensor(), Tensor(),
            g[0]};
  }
};

}  // namespace

TEST(Function, EveryOrderOfDerivative) {
  Tensor x = leaf({0.3, -1.2, 2.0});
  auto cube = [](const variable_list& a) -> variable_list { return {Cube::apply(a[0])}; };
  EXPECT_TRUE(autograd::gradcheck(cube, {x}));
  EXPECT_TRUE(autograd::gradgradcheck(cube, {x}));
  auto exp = [](const variable_list& a) -> variable_list { return {Exp::apply(a[0])}; };
  EXPECT_TRUE(autograd::gradcheck(exp, {x}));
  EXPECT_TRUE(autograd::gradgradcheck(exp, {x}));
  Tensor y = Cube::apply(x);
  EXPECT_EQ(y.grad_fn()->name(), "Cube");
  EXPECT_EQ(y.grad_fn()->next_edges().size(), 1u);
}

TEST(Function, OtherArgumentsAndNeeds) {
  Tensor a = leaf({1, 2}), b = leaf({3, 4});
  ScaleAndAdd::apply(a, 2.5, "text", b).sum().backward();
  EXPECT_TRUE(a.grad().equal(tensor({2.5, 2.5}, kDouble)));
  EXPECT_TRUE(b.grad().equal(ones({2}, kDouble)));
  auto g = autograd::grad({ScaleAndAdd::apply(a.detach(), 2.5, "text", b).sum()}, {b});
  EXPECT_TRUE(g[0].equal(ones({2}, kDouble)));
}

TEST(Function, WithoutRecordingNothingIsKept) {
  Tensor x = leaf({1.0});
  {
    NoGradGuard off;
    EXPECT_FALSE(Cube::apply(x).requires_grad());
    EXPECT_FALSE(GradMode::is_enabled());
  }
  EXPECT_FALSE(Cube::apply(x.detach()).requires_grad());
  EXPECT_TRUE(GradMode::is_enabled());
}

TEST(Function, MutedOutputsAndMaterializedGradients) {
  struct Two : Function<Two> {
    static variable_list forward(AutogradContext* ctx, const Tensor& x, bool materialize) {
      ctx->set_materialize_grads(materialize);
      ctx->saved_data["materialize"] = materialize;
      Tensor index = x > 0, a = x * 2, b = x * 3;
      ctx->mark_non_differentiable({index});
      return {a, b, index};
    }
    static variable_list backward(AutogradContext* ctx, variable_list g) {
      EXPECT_EQ(g.size(), 3u);
      EXPECT_EQ(g[0].defined(), ctx->saved_data["materialize"].toBool());
      if (g[0].defined()) {
        EXPECT_TRUE(g[0].equal(zeros({2}, kDouble)));
      }
      return {g[1] * 3, Tensor()};
    }
  };
  Tensor x = leaf({1, -2});
  for (bool materialize : {true, false}) {
    auto y = Two::apply(x, materialize);
    EXPECT_FALSE(y[2].requires_grad());
    EXPECT_TRUE(y[0].requires_grad());
    auto g = autograd::grad({y[1]}, {x}, {tensor({5.0, 7.0}, kDouble)});
    EXPECT_TRUE(g[0].equal(tensor({15.0, 21.0}, kDouble)));
  }
}

TEST(Function, DirtyInputs) {
  struct Double_ : Function<Double_> {
    static Tensor forward(AutogradContext* ctx, Tensor x) {
      x.mul_(2);
      ctx->mark_dirty({x});
      return x;
    }
    static variable_list backward(AutogradContext*, variable_list g) { return {g[0] * 2}; }
  };
  struct Forgets : Function<Forgets> {
    static Tensor forward(AutogradContext* ctx, Tensor x) {
      ctx->mark_dirty({x});
      return x + 1;
    }
    static variable_list backward(AutogradContext*, variable_list g) { return g; }
  };
  Tensor x = leaf({1, 2}), y = x * 3;
  const int64_t version = y._version();
  Tensor z = Double_::apply(y);
  EXPECT_TRUE(z.is_same(y));
  EXPECT_GT(y._version(), version);
  y.sum().backward();
  EXPECT_TRUE(x.grad().equal(tensor({6.0, 6.0}, kDouble)));
  EXPECT_ERROR(Double_::apply(x), "leaf Variable that requires grad");
  EXPECT_ERROR(Forgets::apply(x * 1), "must all be outputs");
  // Through a view the change reaches the base.
  x.mutable_grad().reset();
  Tensor base = x * 1;
  Double_::apply(base.slice(0, 1, 2));
  base.sum().backward();
  EXPECT_TRUE(x.grad().equal(tensor({1.0, 2.0}, kDouble)));
}

TEST(Function, PassingAnInputThroughGivesItANewHistory) {
  struct Twice : Function<Twice> {
    static Tensor forward(AutogradContext*, Tensor x) { return x; }
    static variable_list backward(AutogradContext*, variable_list g) { return {g[0] * 2}; }
  };
  Tensor x = leaf({1.0}), y = Twice::apply(x);
  EXPECT_FALSE(y.is_same(x));
  EXPECT_TRUE(x.is_leaf());
  y.backward();
  EXPECT_DOUBLE_EQ(x.grad().item<double>(), 2);
}

TEST(Function, ListsAndOptionalTensors) {
  struct Sum : Function<Sum> {
    static Tensor forward(AutogradContext*, TensorList list, const std::optional<Tensor>& extra) {
      Tensor y = list[0] + list[1];
      return extra ? y + *extra : y;
    }
    static variable_list backward(AutogradContext*, variable_list g) { return {g[0], g[0] * 2, g[0] * 3}; }
  };
  variable_list in = {leaf({1.0}), leaf({2.0})};
  std::optional<Tensor> extra = leaf({3.0});
  Sum::apply(TensorList(in), extra).backward();
  EXPECT_DOUBLE_EQ(in[1].grad().item<double>(), 2);
  EXPECT_DOUBLE_EQ(extra->grad().item<double>(), 3);
}

TEST(Function, Misuse) {
  struct Wrong : Function<Wrong> {
    static Tensor forward(AutogradContext* ctx, const Tensor& x, int mode) {
      ctx->saved_data["mode"] = mode;
      return x * 1;
    }
    static variable_list backward(AutogradContext* ctx, variable_list g) {
      switch (ctx->saved_data["mode"].toInt()) {
        case 0:
          return {g[0]};
        case 1:
          return {g[0], g[0]};
        case 2:
          return {g[0].new_zeros({7}), Tensor()};
        case 3:
          throw std::runtime_error("my own");
        case 4:
          ctx->needs_input_grad(1);
          break;
        case 5:
          return {g[0].new_ones({4, 2}), Tensor()};  // broadcast over a dimension: summed
        default:
          break;
      }
      return {g[0], Tensor(), Tensor()};
    }
  };
  Tensor x = leaf({1, 2});
  EXPECT_ERROR(Wrong::apply(x, 0).sum().backward(), "incorrect number of gradients (expected 2, got 1)");
  EXPECT_ERROR(Wrong::apply(x, 1).sum().backward(), "gradient different from None at position 2");
  EXPECT_ERROR(Wrong::apply(x, 2).sum().backward(), "expected shape compatible with [2]");
  EXPECT_THROW(Wrong::apply(x, 3).sum().backward(), std::runtime_error);
  EXPECT_ERROR(Wrong::apply(x, 4).sum().backward(), "index 1 is out of range for 1 tensor inputs");
  EXPECT_FALSE(x.grad().defined());
  Wrong::apply(x, 5).sum().backward();
  EXPECT_TRUE(x.grad().equal(tensor({4.0, 4.0}, kDouble)));
  Wrong::apply(x, 6).sum().backward();  // more than enough, undefined: accepted
  AutogradContext lonely;
  EXPECT_ERROR(lonely.get_saved_variables(), "in backward only");
}

TEST(Function, SavedTensorsAreFreedAndChecked) {
  Tensor x = leaf({1, 2}), h = x * 1, y = Cube::apply(h).sum();
  y.backward();
  EXPECT_ERROR(y.backward(), "a second time");
  Tensor k = x * 1, z = Cube::apply(k).sum();
  k.add_(1);
  EXPECT_ERROR(z.backward(), "modified by an inplace operation");
}

TEST(Function, ForwardExceptionsRestoreTheMode) {
  struct Throws : Function<Throws> {
    static Tensor forward(AutogradContext*, const Tensor&) { throw std::logic_error("forward"); }
    static variable_list backward(AutogradContext*, variable_list g) { return g; }
  };
  EXPECT_THROW(Throws::apply(leaf({1.0})), std::logic_error);
  EXPECT_TRUE(GradMode::is_enabled());
}

TEST(Function, NestedBackwardDoesNotExhaustTheStack) {
  struct Deep : Function<Deep> {
    static Tensor forward(AutogradContext* ctx, const Tensor& x) {
      AutoGradMode on(true);
      ctx->saved_data["x"] = x.detach().requires_grad_() - 1;
      return ctx->saved_data["x"].toTensor().detach();
    }
    static variable_list backward(AutogradContext* ctx, variable_list g) {
      const Tensor x = ctx->saved_data["x"].toTensor();
      if (x.item<double>() == 0) return g;
      AutoGradMode on(true);
      apply(x)[0].backward();
      return g;
    }
  };
  Tensor v = leaf({3000});
  Deep::apply(v).sum().backward();
  EXPECT_TRUE(v.grad().defined());
}
