// nll_loss and cross_entropy_loss.
#include "ops/loss_class.h"

#include "autograd/op.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/index.h"
#include "lampas/ops/loss.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/shape.h"
#include "lampas/ops/softmax.h"
#include "ops/copy.h"
#include "ops/elementwise.h"
#include "ops/loss_common.h"

namespace lampas {

namespace {

/// Where the classes lie in a tensor of scores: (C), (N, C) or (N, C, d1, ...).
int64_t class_dim(const Tensor& x) { return x.dim() == 1 ? 0 : 1; }
ScalarType compute_dtype(const Tensor& x) { return x.scalar_type() == kDouble ? kDouble : kFloat; }

struct ClassParams {
  int64_t ignored, reduction;
  double smoothing = 0;

  ClassLoss problem(const Tensor& x, const Tensor& target, const Tensor& weight) const {
    const int64_t dim = class_dim(x);
    ClassLoss c{};
    c.outer = dim ? x.size(0) : 1;
    c.classes = x.size(dim);
    c.inner = 1;
    for (int64_t d = dim + 1; d < x.dim(); ++d) c.inner *= x.size(d);
    c.target = target.defined() ? target.impl()->data_as<int64_t>() : nullptr;
    c.weight = weight.defined() ? weight.impl()->data() : nullptr;
    c.ignored = ignored;
    c.smoothing = smoothing;
    return c;
  }
  void check_target(const char* op, const ClassLoss& c, const ClassSums& s) const {
    check_index(s.bad < 0, op, ": Target ", s.bad < 0 ? 0 : c.target[s.bad], " is out of bounds for ", c.classes,
                " classes (position ", s.bad, ")");
  }
};

Tensor plain_weight(const Tensor& weight, const Tensor& x) {
  return weight.defined() ? plain(weight.scalar_type() == compute_dtype(x) ? weight : weight.to(compute_dtype(x)))
                          : weight;
}
Tensor number(ScalarType dtype, double value) { return full({}, value, TensorOptions(dtype)); }
/// The result of a reduced loss.
Tensor reduced(const ClassParams& p, const ClassSums& s, const Tensor& x) {
  return number(x.scalar_type(), p.reduction == kMeanReduction ? s.loss / s.weight : s.loss);
}
Shape target_sizes(const Tensor& x) {
  Shape s(x.sizes());
  s.erase(static_cast<size_t>(class_dim(x)));
  return s;
}
/// The gradient of each position's loss, from that of the (reduced) result.
Tensor position_gradient(const ClassParams& p, const Tensor& g, const Tensor& total) {
  return p.reduction == kMeanReduction ? g.div(total) : g;
}
/// The targets' weights, 0 where ignored, and indices that are possible everywhere; with the class dimension.
std::pair<Tensor, Tensor> weights_and_indices(const ClassParams& p, const Tensor& x, const Tensor& target,
                                              const Tensor& weight) {
  const Tensor counted = target.ne(p.ignored), safe = lampas::where(counted, target, zeros_like(target));
  Tensor w = counted.to(x.scalar_type());
  if (weight.defined()) w = w.mul(weight.to(x.scalar_type()).index_select(0, safe.reshape({-1})).reshape(safe.sizes()));
  return {w.unsqueeze(class_dim(x)), safe.unsqueeze(class_dim(x))};
}

/// g is one per position or a single number; the result has x's sizes. Linear in g and independent of x's values.
struct NllBackward {
  static constexpr auto name = "nll_loss_backward";
  using saves = Saves<In<1>, In<2>, In<3>>;
  ClassParams p;
  Tensor forward(const Tensor& g, const Tensor& x, const Tensor& target, const Tensor& weight) const {
    const Tensor gd = plain(g), w = plain_weight(weight, x), t = plain(target);
    Tensor dx = empty_of(x, x.sizes());
    if (dx.numel())
      nll_backward_kernel.get(x.scalar_type())(p.problem(x, t, w), gd.impl()->data(), p.reduction != kNoReduction,
                                               dx.impl()->data());
    return dx;
  }
  Grads<4> backward(const Tensor& v, const Needs<4>& need, const Tensor& x, const Tensor& target,
                    const Tensor& weight) const {
    if (!need[0]) return {};
    const auto [w, at] = weights_and_indices(p, x, target, weight);
    const Tensor d = v.gather(class_dim(x), at).mul(w).neg().squeeze(class_dim(x));
    return {p.reduction == kNoReduction ? d : d.sum(), Tensor(), Tensor(), Tensor()};
  }
};

struct Nll {
  static constexpr auto name = "nll_loss";
  static constexpr int visible = 1;
  using saves = Saves<In<0>, In<1>, In<2>, OutAt<1>>;
  ClassParams p;
  const char* label;  // nll_loss, or nll_loss2d of images
  /// The loss and, hidden, the sum of the weights.
  std::array<Tensor, 2> forward(const Tensor& x, const Tensor& target, const Tensor& weight) const {
    const Tensor xd = plain(x), w = plain_weight(weight, x), t = plain(target);
    const ClassLoss c = p.problem(x, t, w);
    Tensor y;
    if (p.reduction == kNoReduction) y = empty_of(x, target_sizes(x));
    const ClassSums s = nll_kernel.get(x.scalar_type())(c, xd.impl()->data(), y.defined() ? y.impl()->data() : nullptr);
    p.check_target(name, c, s);
    if (!y.defined()) y = reduced(p, s, x);
    return {std::move(y), number(x.scalar_type(), s.weight)};
  }
  Grads<3> backward(const Grads<2>& g, const Needs<3>& need, const Tensor& x, const Tensor& target,
                    const Tensor& weight, const Tensor& total) const {
    if (!need[0] || !g[0].defined()) return {};
    return {apply(NllBackward{p}, position_gradient(p, g[0], total.detach()), x, target, weight), Tensor(), Tensor()};
  }
};

struct CrossEntropyBackward {
  static constexpr auto name = "cross_entropy_loss_backward";
  using saves = Saves<In<0>, In<1>, In<2>, In<3>>;
  ClassParams p;
  Tensor forward(const Tensor& g, const Tensor& x, const Tensor& target, const Tensor& weight,
                 const Tensor& lse) const {
    const Tensor gd = plain(g), xd = plain(x), w = plain_weight(weight, x), t = plain(target);
    Tensor dx = empty_of(x, x.sizes());
    if (dx.numel())
      cross_entropy_backward_kernel.get(x.scalar_type())(p.problem(x, t, w), gd.impl()->data(),
                                                         p.reduction != kNoReduction, xd.impl()->data(),
                                                         lse.impl()->data(), dx.impl()->data());
    return dx;
  }
  /// dx = g (a softmax(x) - b), where a and b do not depend on x and a is b's sum over the classes.
  Grads<5> backward(const Tensor& v, const Needs<5>& need, const Tensor& g, const Tensor& x, const Tensor& target,
                    const Tensor& weight) const {
    const int64_t dim = class_dim(x), classes = x.size(dim);
    const auto [w, at] = weights_and_indices(p, x, target, weight);
    Tensor b = zeros(x.sizes(), x.options()).scatter(dim, at, w.mul(1 - p.smoothing));
    if (p.smoothing != 0) {
      Shape ones_shape(static_cast<size_t>(x.dim()), 1);
      ones_shape[static_cast<size_t>(dim)] = classes;
      const Tensor each = weight.defined() ? weight.to(x.scalar_type()).reshape(ones_shape) : ones({}, x.options());
      const Tensor counted = target.ne(p.ignored).to(x.scalar_type()).unsqueeze(dim);
      b = b.add(counted.mul(each).mul(p.smoothing / static_cast<double>(classes)));
    }
    const Tensor a = b.sum({dim}, true), y = softmax(x, dim);
    Grads<5> d;
    if (need[0]) {
      d[0] = v.mul(a.mul(y).sub(b)).sum({dim});
      if (p.reduction != kNoReduction) d[0] = d[0].sum();
    }
    if (need[1]) {
      const Tensor gi = p.reduction == kNoReduction ? g.unsqueeze(dim) : g;
      d[1] = gi.mul(a).mul(y).mul(v.sub(v.mul(y).sum({dim}, true)));
    }
    return d;
  }
};

struct CrossEntropy {
  static constexpr auto name = "cross_entropy_loss";
  static constexpr int visible = 1;
  using saves = Saves<In<0>, In<1>, In<2>, OutAt<1>, OutAt<2>>;
  ClassParams p;
  /// The loss and, hidden, the sum of the weights and every position's log sum exp.
  std::array<Tensor, 3> forward(const Tensor& x, const Tensor& target, const Tensor& weight) const {
    const Tensor xd = plain(x), w = plain_weight(weight, x), t = plain(target);
    const ClassLoss c = p.problem(x, t, w);
    Tensor y, lse = empty_of(x, Shape{c.positions()}, compute_dtype(x));
    if (p.reduction == kNoReduction) y = empty_of(x, target_sizes(x));
    const ClassSums s = cross_entropy_kernel.get(x.scalar_type())(
        c, xd.impl()->data(), y.defined() ? y.impl()->data() : nullptr, lse.impl()->data());
    p.check_target(name, c, s);
    if (!y.defined()) y = reduced(p, s, x);
    return {std::move(y), number(x.scalar_type(), s.weight), std::move(lse)};
  }
  Grads<3> backward(const Grads<3>& g, const Needs<3>& need, const Tensor& x, const Tensor& target,
                    const Tensor& weight, const Tensor& total, const Tensor& lse) const {
    if (!need[0] || !g[0].defined()) return {};
    return {apply(CrossEntropyBackward{p}, position_gradient(p, g[0], total.detach()), x, target, weight, lse.detach()),
            Tensor(), Tensor()};
  }
};

/// Checks all but the targets' values, which the kernels look at; returns the targets as int64.
Tensor checked_target(const char* op, const Tensor& x, const Tensor& target, const Tensor& weight) {
  check(target.scalar_type() == kLong || target.scalar_type() == kByte, op, ": expected scalar type Long but found ",
        target.scalar_type(), " for target");
  const Shape expected = target_sizes(x);
  check(target.sizes() == IntArrayRef(expected), op, ": expected target of size ", IntArrayRef(expected), " for input ",
        x.sizes(), ", got ", target.sizes());
  if (weight.defined()) {
    const int64_t classes = x.size(class_dim(x));
    check(weight.dim() == 1 && weight.numel() == classes, op, ": weight tensor should be defined either for all ",
          classes, " classes or no classes but got weight tensor of shape: ", weight.sizes());
    check(weight.scalar_type() == x.scalar_type(), op, ": expected weight of dtype ", x.scalar_type(), ", got ",
          weight.scalar_type());
  }
  return target.scalar_type() == kLong ? target : target.to(kLong);
}
void check_scores(const char* op, const Tensor& x, const Tensor& target) {
  check_floating(op, "input", x);
  check(target.defined(), op, ": target is undefined");
  check(x.dim() >= 1, op, ": input tensor should be 1D or larger, got ", x.sizes());
}

/// Of class probabilities q: with z = log_softmax(x), y = exp(z), k = (1 - smoothing) weight, a = k q + weight
/// smoothing / classes and m its sum over the classes: dx = g (m y - a), dq = -g k z.
struct SoftCrossEntropyBackward {
  static constexpr auto name = "cross_entropy_loss_backward";
  using saves = Saves<In<0>, In<1>, In<2>, In<3>>;
  ClassParams p;
  bool want_x, want_q;
  std::array<Tensor, 2> forward(const Tensor& g, const Tensor& x, const Tensor& q, const Tensor& weight,
                                const Tensor& lse, const Tensor& mass) const {
    const Tensor gd = plain(g), xd = plain(x), qd = plain(q), w = plain_weight(weight, x);
    std::array<Tensor, 2> d;
    if (want_x) d[0] = empty_of(x, x.sizes());
    if (want_q) d[1] = empty_of(x, x.sizes());
    if (x.numel())
      soft_cross_entropy_backward_kernel.get(x.scalar_type())(
          p.problem(x, {}, w), {gd.impl()->data(), xd.impl()->data(), qd.impl()->data(), lse.impl()->data(),
                                mass.impl()->data(), want_x ? d[0].impl()->data() : nullptr,
                                want_q ? d[1].impl()->data() : nullptr, p.reduction != kNoReduction});
    return d;
  }
  Grads<6> backward(const Grads<2>& v, const Needs<6>& need, const Tensor& g, const Tensor& x, const Tensor& q,
                    const Tensor& weight) const {
    const int64_t dim = class_dim(x);
    const Tensor z = log_softmax(x, dim), y = z.exp();
    Tensor w = ones({}, x.options().requires_grad(false));
    if (weight.defined()) {
      Shape shape(static_cast<size_t>(x.dim()), 1);
      shape[static_cast<size_t>(dim)] = x.size(dim);
      w = weight.detach().to(x.scalar_type()).reshape(shape);
    }
    const Tensor k = w.mul(1 - p.smoothing);
    const Tensor a = q.mul(k).add(w.mul(p.smoothing / static_cast<double>(x.size(dim))));
    const Tensor m = a.sum({dim}, true), gi = p.reduction == kNoReduction ? g.unsqueeze(dim) : g;
    const auto plus = [](const Tensor& s, const Tensor& t) { return s.defined() ? s.add(t) : t; };
    Grads<6> d;
    if (v[0].defined()) {
      const Tensor vy = v[0].mul(y).sum({dim}, true);
      if (need[0]) d[0] = v[0].mul(m.mul(y).sub(a)).sum({dim});
      if (need[1]) d[1] = gi.mul(m).mul(y).mul(v[0].sub(vy));
      if (need[2]) d[2] = gi.mul(k).mul(vy.sub(v[0]));
    }
    if (v[1].defined()) {
      const Tensor ku = v[1].mul(k);
      if (need[0]) d[0] = plus(d[0], ku.mul(z).sum({dim}).neg());
      if (need[1]) d[1] = plus(d[1], gi.mul(y.mul(ku.sum({dim}, true)).sub(ku)));
    }
    if (need[0] && d[0].defined() && p.reduction != kNoReduction) d[0] = d[0].sum();
    return d;
  }
};

struct SoftCrossEntropy {
  static constexpr auto name = "cross_entropy_loss";
  static constexpr int visible = 1;
  using saves = Saves<In<0>, In<1>, In<2>, OutAt<1>, OutAt<2>>;
  ClassParams p;
  /// The loss and, hidden, every position's log sum exp and sum of targets. Mean divides by the number of positions.
  std::array<Tensor, 3> forward(const Tensor& x, const Tensor& q, const Tensor& weight) const {
    const Tensor xd = plain(x), qd = plain(q), w = plain_weight(weight, x);
    const ClassLoss c = p.problem(x, {}, w);
    const Shape positions{c.positions()};
    Tensor y, lse = empty_of(x, positions, compute_dtype(x)), mass = empty_of(x, positions, compute_dtype(x));
    if (p.reduction == kNoReduction) y = empty_of(x, target_sizes(x));
    double sum = soft_cross_entropy_kernel.get(x.scalar_type())(c, xd.impl()->data(), qd.impl()->data(),
                                                                y.defined() ? y.impl()->data() : nullptr,
                                                                lse.impl()->data(), mass.impl()->data());
    if (p.reduction == kMeanReduction) sum /= static_cast<double>(c.positions());
    if (!y.defined()) y = number(x.scalar_type(), sum);
    return {std::move(y), std::move(lse), std::move(mass)};
  }
  Grads<3> backward(const Grads<3>& g, const Needs<3>& need, const Tensor& x, const Tensor& q, const Tensor& weight,
                    const Tensor& lse, const Tensor& mass) const {
    if (!g[0].defined()) return {};
    const int64_t classes = x.size(class_dim(x));
    const Tensor each =
        p.reduction == kMeanReduction && classes ? g[0].div(static_cast<double>(x.numel() / classes)) : g[0];
    auto [dx, dq] =
        apply(SoftCrossEntropyBackward{p, need[0], need[1]}, each, x, q, weight, lse.detach(), mass.detach());
    return {dx, dq, Tensor()};
  }
};

}  // namespace

Tensor nll_loss(const Tensor& x, const Tensor& target, const Tensor& weight, int64_t reduction, int64_t ignore_index) {
  constexpr const char* op = "nll_loss";
  check_reduction(op, reduction);
  check_scores(op, x, target);
  const char* label = x.dim() > 2 ? "nll_loss2d" : op;
  return apply(Nll{{ignore_index, reduction}, label}, x, checked_target(op, x, target, weight), weight);
}
Tensor nll_loss2d(const Tensor& x, const Tensor& target, const Tensor& weight, int64_t reduction,
                  int64_t ignore_index) {
  check(x.defined() && x.dim() == 4, "nll_loss2d: expected 4D input (N, C, H, W), got ",
        x.defined() ? x.sizes() : IntArrayRef());
  return nll_loss(x, target, weight, reduction, ignore_index);
}
Tensor nll_loss_nd(const Tensor& x, const Tensor& target, const Tensor& weight, int64_t reduction,
                   int64_t ignore_index) {
  return nll_loss(x, target, weight, reduction, ignore_index);
}

Tensor cross_entropy_loss(const Tensor& x, const Tensor& target, const Tensor& weight, int64_t reduction,
                          int64_t ignore_index, double label_smoothing) {
  constexpr const char* op = "cross_entropy_loss";
  check_reduction(op, reduction);
  check(label_smoothing >= 0 && label_smoothing <= 1, op,
        ": label_smoothing must be between 0.0 and 1.0. Got: ", label_smoothing);
  check_scores(op, x, target);
  if (is_floating_point(target.scalar_type()) && x.sizes() == target.sizes()) {
    check(ignore_index < 0, op, ": ignore_index is not supported for floating point target, got ", ignore_index);
    const int64_t classes = x.size(class_dim(x));
    check(!weight.defined() || (weight.dim() == 1 && weight.numel() == classes), op,
          ": weight must have one entry per class (", classes, "), got ",
          weight.defined() ? weight.sizes() : IntArrayRef());
    const ScalarType dtype = x.scalar_type();
    if (dtype != kFloat && dtype != kDouble)  // computes in float32 anyway
      return cross_entropy_loss(x.to(kFloat), target.to(dtype), weight, reduction, ignore_index, label_smoothing)
          .to(dtype);
    const Tensor q = target.scalar_type() == dtype ? target : target.to(dtype);
    const Tensor w = weight.defined() ? weight.detach() : weight;
    return apply(SoftCrossEntropy{{ignore_index, reduction, label_smoothing}}, x, q, w);
  }
  return apply(CrossEntropy{{ignore_index, reduction, label_smoothing}}, x, checked_target(op, x, target, weight),
               weight);
}

}  // namespace lampas
