#include <limits>

#include "expressions.h"

namespace expressions {

using namespace torch;

namespace {

/// What is left of `x` after `f` wrote to it.
template <class F>
Tensor written(Tensor x, F f) {
  f(x);
  return x;
}
Tensor expanded() { return torch::arange(3, kFloat).view({3, 1}).expand({3, 4}); }

/// Writing to tensors whose elements share memory, and the memory order results take.
void layouts(Lines& lines) {
  const auto mask = torch::tensor({1, 0, 0, 1}).to(kBool), at = torch::tensor({1});
  EXPRESSION(written(expanded(), [&](Tensor& x) { x.masked_fill_(mask, 7); }));
  EXPRESSION(written(expanded(), [&](Tensor& x) { x.masked_fill_(mask.slice(0, 1, 4).unsqueeze(1), 7); }));
  EXPRESSION(written(expanded(), [&](Tensor& x) { x.masked_fill_(mask, torch::tensor(2.5)); }));
  EXPRESSION(written(expanded(), [&](Tensor& x) { x.index_fill_(0, at, 7); }));
  EXPRESSION(written(expanded(), [&](Tensor& x) { x.index_fill_(1, at, 7); }));
  EXPRESSION(written(expanded(), [&](Tensor& x) { x.index_put_({at}, torch::tensor(7.f)); }));
  EXPRESSION(written(expanded(), [&](Tensor& x) { x.index_put_({at}, torch::ones({4})); }));
  EXPRESSION(written(expanded(), [&](Tensor& x) { x.index_put_({torch::ones({3, 4}, kBool)}, 7); }));
  EXPRESSION(written(expanded(), [&](Tensor& x) { x.index_put_({1}, 7); }));
  EXPRESSION(written(expanded(), [&](Tensor& x) { x.fill_(torch::tensor(7)); }));
  EXPRESSION(written(expanded(), [&](Tensor& x) { x.add_(1); }));
  EXPRESSION(written(expanded(), [&](Tensor& x) { x.copy_(torch::ones({3, 4})); }));
  EXPRESSION(written(expanded(), [&](Tensor& x) { x.index_add_(0, at, torch::ones({1, 4})); }));

  const auto last = torch::randn({2, 3, 4, 5}).contiguous(MemoryFormat::ChannelsLast);
  const auto thinned = last.slice(2, 0, 4, 2), turned = torch::randn({4, 3}).t(), wide = torch::randn({2, 1, 4, 1});
  EXPRESSION(thinned.clone().strides().vec());
  EXPRESSION((thinned * 2).strides().vec());
  EXPRESSION((thinned + thinned.contiguous()).strides().vec());
  EXPRESSION((thinned.contiguous() + thinned).strides().vec());
  EXPRESSION((wide.expand({2, 3, 4, 5}) + last).strides().vec());
  EXPRESSION((wide.expand({2, 3, 4, 5}) * 2).strides().vec());
  EXPRESSION(torch::zeros_like(thinned).strides().vec());
  EXPRESSION(torch::zeros_like(turned.expand({2, 3, 4})).strides().vec());
  EXPRESSION(turned.expand({2, 3, 4}).clone().strides().vec());
  EXPRESSION((turned + torch::randn({4})).strides().vec());
  EXPRESSION((torch::randn({4}) + turned).strides().vec());
  EXPRESSION((turned.unsqueeze(1) + torch::randn({2, 4})).strides().vec());
  EXPRESSION(thinned.exp());
  EXPRESSION(torch::cat({thinned, thinned}, 1).strides().vec());
  EXPRESSION(torch::cat({thinned, thinned}, 3));
  const auto format = [](const Tensor& x) { return static_cast<int>(x.suggest_memory_format()); };
  EXPRESSION(format(last));
  EXPRESSION(format(thinned));
  EXPRESSION(format(last.slice(1, 0, 2)));
  EXPRESSION(format(last.slice(1, 0, 1)));
  EXPRESSION(format(last.transpose(2, 3)));
  EXPRESSION(format(last.permute({0, 2, 3, 1})));
  EXPRESSION(format(last.expand({2, 3, 4, 5}).slice(0, 0, 1)));
  EXPRESSION(format(torch::randn({2, 1, 4, 5}).slice(3, 0, 4)));
  EXPRESSION(format(torch::randn({2, 3, 1, 1}).slice(0, 0, 2, 2)));
  EXPRESSION(format(torch::randn({1, 3, 1, 1}).expand({2, 3, 4, 5})));
  EXPRESSION(format(torch::randn({2, 3, 4, 5, 6}).contiguous(MemoryFormat::ChannelsLast3d).slice(3, 1, 4)));
  EXPRESSION(thinned.to(kDouble) + turned.sum());
}

/// A number that does not fit where it is written.
void numbers(Lines& lines) {
  const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  const auto yes = torch::ones({2}, kBool), bytes = torch::tensor({1, 200}, kByte), halves = torch::ones({2}, kHalf);
  const auto integers = torch::tensor({3, 4}, kInt);
  EXPRESSION(torch::full({2}, 300, kByte));
  EXPRESSION(torch::full({2}, -1, kByte));
  EXPRESSION(torch::full({2}, -256, kByte));
  EXPRESSION(torch::full({2}, -1.5, kByte));
  EXPRESSION(torch::full({2}, 2.7, kByte));
  EXPRESSION(torch::full({2}, 300, kBool));
  EXPRESSION(torch::full({2}, -129, kChar));
  EXPRESSION(torch::full({2}, nan, kInt));
  EXPRESSION(torch::full({2}, inf, kLong));
  EXPRESSION(torch::full({2}, 1e39));
  EXPRESSION(torch::full({2}, inf));
  EXPRESSION(torch::full({2}, 70000, kHalf));
  EXPRESSION(torch::full({2}, 1e39, kDouble));
  EXPRESSION(torch::full_like(bytes, 300));
  EXPRESSION(bytes.new_full({2}, 300));
  EXPRESSION(bytes.clone().fill_(300));
  EXPRESSION(halves.masked_fill(yes, -1e9));
  EXPRESSION(halves.masked_fill(yes, -inf));
  EXPRESSION(bytes.masked_fill(yes, torch::tensor(300)));
  EXPRESSION(bytes.masked_fill(yes, 2.7));
  EXPRESSION(bytes.index_fill(0, torch::tensor({0}), 300));
  EXPRESSION(bytes.scatter(0, torch::tensor({0}), 300));
  EXPRESSION(torch::constant_pad_nd(bytes, {1, 1}, 300));
  EXPRESSION(torch::where(yes, bytes, 300));
  EXPRESSION(torch::where(yes, 2.5, bytes));
  EXPRESSION(bytes.add(bytes, 300));
  EXPRESSION(bytes.add(300));
  EXPRESSION(bytes.mul(300));
  EXPRESSION(bytes.clamp(0, 300));
  EXPRESSION(bytes.clamp(-1, 255));
  EXPRESSION(bytes.clamp_max(-1));
  EXPRESSION(bytes.clamp(1.5, 300));
  EXPRESSION(torch::ones({2}).clamp_max(1e39));
  EXPRESSION(bytes.pow(300));
  EXPRESSION(torch::linspace(0, 300, 4, kByte));
  EXPRESSION(integers.addcmul(integers, integers, 2.5));
  EXPRESSION(integers.addcmul(integers, integers, -1));
  EXPRESSION(bytes.addcmul(bytes, bytes, 300));
}

/// Operands of different dtypes, and of none the op would choose.
void dtypes(Lines& lines) {
  const auto x = torch::tensor({0.5, 0., 2.}), n = torch::tensor({3, 0, 5}), z = torch::complex(x, x.flip({0}) - 0.5);
  EXPRESSION(torch::logical_and(z, n));
  EXPRESSION(torch::logical_or(x, z));
  EXPRESSION(torch::logical_xor(z, z));
  EXPRESSION(n.clone().logical_and_(z));
  EXPRESSION(z.clone().logical_or_(n));
  EXPRESSION(torch::equal(n, n.to(kInt)));
  EXPRESSION(torch::equal(n, n.to(kFloat)));
  EXPRESSION(torch::equal(n, x));
  EXPRESSION(torch::pairwise_distance(n.unsqueeze(0), n.flip({0}).unsqueeze(0)));
  EXPRESSION(torch::pairwise_distance(n.unsqueeze(0), x.unsqueeze(0), 1));
  EXPRESSION(torch::pairwise_distance(x.unsqueeze(0), x.unsqueeze(0) + 1, -1));
  EXPRESSION(torch::cosine_similarity(n, x, 0));
  EXPRESSION(torch::cosine_similarity(x, x.sum().to(kDouble), 0));
  EXPRESSION(torch::isin(n, 3));
  EXPRESSION(torch::isin(n, 5, false, true));
  EXPRESSION(torch::isin(x, 2));
  EXPRESSION(torch::isin(0, n));
  EXPRESSION(torch::isin(1.5, x));
  EXPRESSION(torch::is_floating_point(x));
  EXPRESSION(torch::is_floating_point(n));
  EXPRESSION(torch::is_complex(z));
  EXPRESSION(torch::is_signed(n.to(kByte)));
}

/// Norms of nothing.
void norms(Lines& lines) {
  const auto none = torch::empty({2, 0, 3}), vector = torch::empty({0});
  for (const double p : {0., 1., 2., std::numeric_limits<double>::infinity(), -1.}) {
    EXPRESSION(none.norm(p));
    EXPRESSION(none.norm(p, 1));
    EXPRESSION(none.norm(p, 0));
    EXPRESSION(vector.norm(p, 0));
    EXPRESSION(torch::dist(vector, vector, p));
    EXPRESSION(torch::linalg_vector_norm(none, p));
    EXPRESSION(torch::linalg_vector_norm(none, p, {1}));
    EXPRESSION(torch::linalg_vector_norm(none, p, {0}));
    EXPRESSION(torch::linalg_norm(torch::empty({0, 3}), p));
  }
  EXPRESSION(torch::linalg_cond(torch::empty({0, 0})));
  EXPRESSION(torch::linalg_cond(torch::empty({2, 0, 0})));
}

/// First and second derivatives where a function bends, and of NaN.
void bends(Lines& lines) {
  const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  const auto derivatives = [](Tensor x, auto f) {
    x = x.clone().requires_grad_();
    const auto g = torch::autograd::grad({f(x).sum()}, {x}, {}, true, true)[0];
    const auto second = (g * g).sum();
    return std::vector<Tensor>{g.detach(), torch::autograd::grad({second}, {x}, {}, true, false, true)[0]};
  };
  const auto at = torch::tensor({-3., -1., 0., 1., 3.}, kDouble), beyond = torch::tensor({-inf, inf, nan}, kDouble);
  EXPRESSION(derivatives(at, [](const Tensor& x) { return torch::elu(x); }));
  EXPRESSION(derivatives(at, [](const Tensor& x) { return torch::celu(x, 0.5); }));
  EXPRESSION(derivatives(at, [](const Tensor& x) { return torch::selu(x); }));
  EXPRESSION(derivatives(at, [](const Tensor& x) { return torch::hardswish(x); }));
  EXPRESSION(derivatives(at, [](const Tensor& x) { return torch::huber_loss(x, torch::zeros_like(x)); }));
  EXPRESSION(derivatives(at, [](const Tensor& x) { return torch::smooth_l1_loss(x, torch::zeros_like(x)); }));
  EXPRESSION(derivatives(at, [](const Tensor& x) { return torch::pow(x, 0) * x; }));
  const auto derivative = [](Tensor x, auto f) {
    x = x.clone().requires_grad_();
    f(x).sum().backward();
    return x.grad();
  };
  EXPRESSION(derivative(at, [](const Tensor& x) { return torch::pow(x, 0); }));
  for (const auto dtype : {kFloat, kDouble}) {
    const auto b = beyond.to(dtype);
    EXPRESSION(derivative(b, [](const Tensor& x) { return torch::clamp(x, 0, 1); }));
    EXPRESSION(derivative(b, [](const Tensor& x) { return torch::clamp_min(x, 0); }));
    EXPRESSION(derivative(b, [](const Tensor& x) { return torch::huber_loss(x, torch::zeros_like(x)); }));
    EXPRESSION(derivative(b, [](const Tensor& x) { return torch::smooth_l1_loss(x, torch::zeros_like(x)); }));
    EXPRESSION(derivative(b, [](const Tensor& x) { return torch::l1_loss(x, torch::zeros_like(x)); }));
  }
}

}  // namespace

/// Where a result is written, in which order, and what a number becomes there.
void written_and_converted(Lines& lines) {
  torch::manual_seed(10);
  layouts(lines);
  numbers(lines);
  dtypes(lines);
  norms(lines);
  bends(lines);
}

}  // namespace expressions
