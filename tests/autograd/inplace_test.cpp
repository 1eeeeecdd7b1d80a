#include <gtest/gtest.h>
#include <lampas/lampas.h>

#include <functional>
#include <vector>

#include "error_of.h"

using namespace lampas;

namespace {
Tensor leaf(std::vector<double> v) { return tensor(v, kDouble).requires_grad_(); }
}  // namespace

/// What an in-place function needs of the old value it keeps, on a whole tensor and on a part of one.
TEST(InPlace, KeepsTheOldValueItsDerivativeNeeds) {
  const Tensor at = tensor({{1, 0, 1}}), i = tensor({1}), other = full({1, 3}, 1.5, kDouble);
  using Form = std::function<Tensor(const Tensor&)>;
  const std::pair<Form, Form> forms[] = {
      {[](const Tensor& x) { return x.cumprod_(1); }, [](const Tensor& x) { return x.cumprod(1); }},
      {[](const Tensor& x) { return x.cumsum_(1); }, [](const Tensor& x) { return x.cumsum(1); }},
      {[](const Tensor& x) { return x.renorm_(2, 0, 1.0); }, [](const Tensor& x) { return x.renorm(2, 0, 1.0); }},
      {[](const Tensor& x) { return x.mvlgamma_(2); }, [](const Tensor& x) { return x.mvlgamma(2); }},
      {[&](const Tensor& x) { return x.scatter_reduce_(0, at, other, "prod"); },
       [&](const Tensor& x) { return x.scatter_reduce(0, at, other, "prod"); }},
      {[&](const Tensor& x) { return x.index_reduce_(0, i, other, "amax"); },
       [&](const Tensor& x) { return x.index_reduce(0, i, other, "amax"); }},
      {[&](const Tensor& x) {
         return x.addmm_(ones({2, 1}, kDouble), other, 2);
       },
       [&](const Tensor& x) {
         return x.addmm(ones({2, 1}, kDouble), other, 2);
       }},
  };
  const Tensor weights = arange(6.0).view({2, 3}).cos();
  for (const auto& [inplace, form] : forms) {
    const Tensor x = arange(1, 7, kDouble).view({2, 3}).requires_grad_();
    const Tensor expected = autograd::grad({form(x)}, {x}, {weights})[0];
    const Tensor y = x.clone();
    inplace(y);
    EXPECT_TRUE(allclose(autograd::grad({y}, {x}, {weights})[0], expected)) << y.grad_fn()->name();
    const Tensor wide = cat({x, x}, 1), part = wide.slice(1, 3, 6);
    inplace(part);
    const Tensor d = autograd::grad({wide}, {x}, {cat({zeros({2, 3}, kDouble), weights}, 1)})[0];
    EXPECT_TRUE(allclose(d, expected)) << wide.grad_fn()->name();
  }
}

TEST(Inplace, LeavesThatRequireGradAreProtected) {
  Tensor x = leaf({1, 2});
  EXPECT_ERROR(x.add_(1), "leaf Variable that requires grad");
  EXPECT_ERROR(x[0].add_(1), "view of a leaf");
  NoGradGuard off;
  x.add_(1);
  EXPECT_TRUE(x.detach().equal(tensor({2.0, 3.0}, kDouble)));
}

TEST(Inplace, SavedTensorsNoticeChanges) {
  Tensor x = leaf({1, 2});
  Tensor y = x * 2, z = y.exp();
  z.add_(1);
  EXPECT_ERROR(z.sum().backward(), "modified by an inplace operation");
  Tensor a = x * 2, b = a * a;
  a.mul_(3);
  EXPECT_ERROR(b.sum().backward(), "modified by an inplace operation");
}

TEST(Inplace, ChangesThroughViewsCount) {
  Tensor x = leaf({1, 2, 3});
  Tensor y = x * 1, z = y * y;
  y.slice(0, 0, 1).zero_();
  EXPECT_ERROR(z.sum().backward(), "modified by an inplace operation");
}

TEST(Inplace, DataHasItsOwnVersion) {
  Tensor x = leaf({1, 2});
  Tensor y = x * x;
  x.data().mul_(10);
  EXPECT_EQ(x._version(), 0);
  y.sum().backward();
  EXPECT_TRUE(x.grad().equal(tensor({20.0, 40.0}, kDouble)));
}

TEST(Inplace, PreallocatedBufferTakesHistory) {
  Tensor w = leaf({3.0});
  Tensor buffer = zeros({2, 2}, kDouble);
  for (int64_t k = 0; k < 2; ++k) buffer[k] = (w * static_cast<double>(k + 1)).expand({2});
  EXPECT_TRUE(buffer.requires_grad());
  (buffer * buffer).sum().backward();
  EXPECT_DOUBLE_EQ(w.grad().item<double>(), 2 * (2 * 3 + 2 * 6 * 2));
}

TEST(Inplace, SiblingViewsSeeTheChange) {
  Tensor x = leaf({1, 2, 3, 4});
  Tensor base = x * 1, left = base.slice(0, 0, 2), all = base.view({2, 2});
  left.mul_(10);
  EXPECT_EQ(all.grad_fn()->name(), "AsStridedBackward0");
  (all * tensor({{1.0, 2.0}, {3.0, 4.0}}, kDouble)).sum().backward();
  EXPECT_TRUE(x.grad().equal(tensor({10.0, 20.0, 3.0, 4.0}, kDouble)));
}

TEST(Inplace, ViewsMadeWithoutGradCannotRecord) {
  Tensor x = leaf({1, 2});
  Tensor y = x * 1, v;
  {
    NoGradGuard off;
    v = y[0];
  }
  EXPECT_ERROR(v.mul_(2), "no_grad");
}

TEST(Inplace, OneOfSeveralViewsIsNotWrittenWhereGradientsFlow) {
  const Tensor x = leaf({1, 2, 3, 4});
  const char* phrase = "output of a function that returns multiple views";
  const auto each = [&](auto check_one) {
    check_one([](const Tensor& t) { return t.chunk(2); });
    check_one([](const Tensor& t) { return t.split(2); });
    check_one([](const Tensor& t) { return t.split_with_sizes({1, 3}); });
    check_one([](const Tensor& t) { return t.unbind(); });
  };
  each([&](auto parts) {
    const Tensor y = x * 1;
    const std::vector<Tensor> p = parts(y);
    EXPECT_ERROR(p[0].mul_(2), phrase);
    EXPECT_ERROR(p[1].view({-1}).mul_(2), phrase);  // views of it neither
    {
      NoGradGuard off;
      EXPECT_TRUE(y.equal(x));
    }
    // The base may change: the parts follow it.
    y.mul_(2);
    EXPECT_TRUE(autograd::grad({p[0].sum()}, {x})[0].max().equal(scalar_tensor(2, kDouble)));
    EXPECT_ERROR(parts(y * 1)[1].add_(1), "output 1");
  });
  // A write that would start a history is refused before it happens; one that records nothing is free.
  each([&](auto parts) {
    const Tensor plain = ones({4}, kDouble);
    const std::vector<Tensor> p = parts(plain);
    EXPECT_ERROR(p[0].add_(leaf({1})[0]), phrase);
    EXPECT_TRUE(plain.equal(ones({4}, kDouble)));
    p[0].fill_(5);
    EXPECT_EQ(plain[0].item<double>(), 5);
  });
  // Parts that may be written to.
  const Tensor y = x * 1;
  y.tensor_split(2)[0].mul_(2);
  unsafe_chunk(y, 2)[1].mul_(3);
  unsafe_split(y, 3)[1].mul_(2);
  unsafe_split_with_sizes(y, {1, 3})[0].mul_(2);
  y.sum().backward();
  EXPECT_TRUE(x.grad().equal(tensor({4.0, 2.0, 3.0, 6.0}, kDouble)));
}

TEST(Inplace, PartsShareOneNode) {
  const Tensor x = leaf({1, 2, 3, 4, 5, 6});
  const Tensor m = x.view({2, 3});
  const auto rows = m.unbind(0), columns = m.unbind(1), parts = x.split(4), uneven = m.split_with_sizes({1, 2}, 1);
  EXPECT_EQ(rows[1].grad_fn()->name(), "UnbindBackward0");
  EXPECT_EQ(rows[1].output_nr(), 1);
  EXPECT_EQ(rows[0].grad_fn().get(), rows[1].grad_fn().get());
  EXPECT_EQ(parts[0].grad_fn()->name(), "SplitBackward0");
  EXPECT_EQ(uneven[0].grad_fn()->name(), "SplitWithSizesBackward0");
  // Parts nobody used count as zero; the last one alone is used here.
  const auto d = [&](const Tensor& y) { return autograd::grad({y.sum()}, {x})[0]; };
  EXPECT_TRUE(d(rows[1] * 2).equal(tensor({0.0, 0.0, 0.0, 2.0, 2.0, 2.0}, kDouble)));
  EXPECT_TRUE(d(columns[2] * 3).equal(tensor({0.0, 0.0, 3.0, 0.0, 0.0, 3.0}, kDouble)));
  EXPECT_TRUE(d(parts[1]).equal(tensor({0.0, 0.0, 0.0, 0.0, 1.0, 1.0}, kDouble)));
  EXPECT_TRUE(d(uneven[1]).equal(tensor({0.0, 1.0, 1.0, 0.0, 1.0, 1.0}, kDouble)));
  // Second derivative.
  const auto g = autograd::grad({(x.split(4)[0].pow(3)).sum()}, {x}, {}, std::nullopt, true)[0];
  EXPECT_TRUE(autograd::grad({g.sum()}, {x})[0].equal(tensor({6.0, 12.0, 18.0, 24.0, 0.0, 0.0}, kDouble)));
  // No parts, empty parts.
  EXPECT_TRUE(x.view({6, 1}).slice(0, 0, 0).unbind().empty());
  EXPECT_EQ(x.slice(0, 0, 0).chunk(3).size(), 3u);
  x.slice(0, 0, 0).chunk(3)[1].sum().backward();
  EXPECT_TRUE(x.grad().equal(zeros({6}, kDouble)));
}

TEST(Inplace, ViewsThatAreLeavesAreProtected) {
  const Tensor x = ones({4}, kDouble), y = x.view({2, 2});
  y.requires_grad_();
  EXPECT_ERROR(y.mul_(2), "a view of a leaf Variable that requires grad");
  x.mul_(2);
  EXPECT_TRUE(y.is_leaf());
}

TEST(Inplace, FailedCallsChangeNothing) {
  Tensor x = ones({2, 3}), before = x.clone();
  EXPECT_ERROR(x.add_(ones({4})), "must match");
  EXPECT_ERROR(x.add_(ones({2, 2, 3})), "doesn't match the broadcast shape");
  EXPECT_ERROR(x.to(kLong).add_(1.5), "can't be cast");
  EXPECT_ERROR(x.expand({4, 2, 3}).add_(1), "single memory location");
  Tensor long_x = arange(6);
  EXPECT_ERROR(long_x.slice(0, 1, 6).copy_(ones({7})), "broadcast");
  EXPECT_TRUE(x.equal(before));
  EXPECT_EQ(x._version(), 0);
}

TEST(Inplace, OverlappingSourceIsReadFirst) {
  Tensor x = arange(5, kFloat);
  x.slice(0, 1, 5).copy_(x.slice(0, 0, 4));
  EXPECT_TRUE(x.equal(tensor({0.f, 0.f, 1.f, 2.f, 3.f})));
}

TEST(Misuse, UndefinedTensorsAreErrors) {
  Tensor u, x = ones({2});
  EXPECT_ERROR(u.sizes(), "undefined");
  EXPECT_ERROR(u.add(x), "undefined");
  EXPECT_ERROR(x.add(u), "undefined");
  EXPECT_ERROR(x.add_(u), "undefined");
  EXPECT_ERROR(u.sum(), "undefined");
  EXPECT_ERROR(u.view({1}), "undefined");
  EXPECT_ERROR(u.backward(), "undefined");
  EXPECT_ERROR(u.item(), "undefined");
  EXPECT_ERROR(matmul(u, x), "undefined");
  EXPECT_ERROR(conv2d(u, u), "undefined");
  EXPECT_ERROR(cat({x, u}), "undefined");
  EXPECT_ERROR(u.requires_grad(), "undefined");
  EXPECT_ERROR(u.copy_(x), "undefined");
  EXPECT_ERROR(x.copy_(u), "undefined");
}

// Many ops give their result as a view of one in another shape; who gets it may detach it in place, as truncated
// backpropagation through time does with hidden states. A view of what somebody holds may not.
TEST(Inplace, ResultsThatAreViewsOfNothingElseDetach) {
  const Tensor w = leaf({1, 2, 3, 4}).detach().view({2, 2}).requires_grad_();
  Tensor h = tensor({1.0, -1.0}, kDouble);
  for (int step = 0; step < 3; ++step) {
    h = w.matmul(h);
    h.sum().backward();
    h.detach_();
    EXPECT_TRUE(h.is_leaf() && !h.requires_grad() && !h.is_view());
    h.mul_(0.5);
  }
  EXPECT_TRUE(h.equal(tensor({-2.125, -4.625}, kDouble))) << h;
  EXPECT_TRUE(w.grad().defined());

  nn::LSTM lstm(nn::LSTMOptions(3, 4).num_layers(2));
  std::tuple<Tensor, Tensor> state{zeros({2, 5, 4}), zeros({2, 5, 4})};
  for (int step = 0; step < 2; ++step) {
    const auto [out, next] = lstm->forward(ones({6, 5, 3}), state);
    state = next;
    out.sum().backward();
    std::get<0>(state).detach_();
    std::get<1>(state).detach_();
    EXPECT_TRUE(std::get<0>(state).is_leaf() && std::get<1>(state).is_leaf());
  }
  const Tensor base = w * 1, view = base.view({4});
  EXPECT_ERROR(view.detach_(), "Can't detach views in-place");
  EXPECT_TRUE(view.requires_grad());
}

// Changes of shape in place count as changes, as in PyTorch: backward notices those of what it saved.
TEST(Inplace, ChangesOfShapeAdvanceTheVersion) {
  Tensor t = ones({2, 3}), v = t.view({3, 2});
  int64_t version = t._version();
  for (const auto& change : std::vector<std::function<void()>>{[&] { t.t_(); }, [&] { t.unsqueeze_(0); },
                                                               [&] { t.squeeze_(); }, [&] { t.transpose_(0, 1); },
                                                               [&] {
                                                                 t.as_strided_({2, 2}, {2, 1});
                                                               },
                                                               [&] { t.resize_({6}); }, [&] { t.resize_({100}); }}) {
    change();
    EXPECT_GT(t._version(), version);
    version = t._version();
  }
  EXPECT_TRUE(t.slice(0, 0, 6).equal(ones({6})));
  t.resize_({100});  // nothing to change
  EXPECT_EQ(t._version(), version);

  Tensor x = leaf({1, 2, 3, 4}), h = x.view({2, 2}) * 1, y = h * h;
  h.t_();
  EXPECT_ERROR(y.sum().backward(), "has been modified by an inplace operation");
  Tensor g = x.view({2, 2}) * 1, row = g.select(0, 1);
  g.t_();
  row.mul_(3);
  (g * tensor({1.0, 2.0, 3.0, 4.0}, kDouble).view({2, 2})).sum().backward();
  EXPECT_TRUE(x.grad().equal(tensor({1.0, 3.0, 6.0, 12.0}, kDouble))) << x.grad();
}

TEST(Misuse, SizesAndIndices) {
  EXPECT_ERROR(empty({-1}), "empty");
  EXPECT_ERROR(zeros({int64_t{1} << 62, 8}), "zeros");
  EXPECT_ERROR(empty({int64_t{1} << 50}), "");
  Tensor x = ones({2, 3});
  EXPECT_ERROR(x.size(2), "out of range");
  EXPECT_ERROR(x.select(0, 2), "out of range");
  EXPECT_ERROR(x.narrow(1, 2, 2), "exceeds");
  EXPECT_ERROR(x.view({4}), "invalid for input of size 6");
  EXPECT_ERROR(x.t().view({6}), "Use .reshape");
  EXPECT_ERROR(x.permute({0, 0}), "repeated");
  EXPECT_ERROR(x.item(), "cannot be converted to Scalar");
  EXPECT_ERROR(x.data_ptr<double>(), "expected scalar type Double but found Float");
  EXPECT_ERROR((x.accessor<float, 1>()), "expected 1 dimensions but tensor has 2");
  EXPECT_ERROR(x.as_strided({4, 4}, {4, 1}), "out of bounds for storage");
  EXPECT_ERROR(x.sum({0, 0}), "multiple times");
  EXPECT_ERROR(x.sum({5}), "out of range");
  EXPECT_ERROR(zeros({0}).max(), "non-zero size");
  EXPECT_ERROR(mm(x, x), "cannot be multiplied");
  EXPECT_ERROR(mm(x, ones({3, 2}, kDouble)), "same dtype");
}
