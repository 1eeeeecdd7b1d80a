// Losses over vectors: multi_margin, multilabel_margin, multilabel_soft_margin, cosine_embedding, triplet_margin.
#include "ops/loss_margin.h"

#include <cmath>

#include "autograd/op.h"
#include "lampas/ops/distance.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/index.h"
#include "lampas/ops/loss.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/shape.h"
#include "ops/copy.h"
#include "ops/elementwise.h"
#include "ops/loss_common.h"

namespace lampas {

namespace {

struct MultilabelMargin {
  static constexpr auto name = "multilabel_margin_loss";
  static constexpr int visible = 1;
  using saves = Saves<OutAt<1>>;
  /// One loss per row and, hidden, the derivative.
  std::array<Tensor, 2> forward(const Tensor& x, const Tensor& target) const {
    const Tensor xd = plain(x), td = plain(target);
    const int64_t samples = x.size(0), classes = x.size(1);
    Tensor loss = empty_of(x, Shape{samples}), slope = empty_of(x, x.sizes());
    const int64_t bad = multilabel_margin_kernel.get(x.scalar_type())(
        xd.impl()->data(), td.impl()->data_as<int64_t>(), samples, classes, loss.impl()->data(), slope.impl()->data());
    check_index(bad < 0, name, ": target is out of range: ", bad < 0 ? 0 : td.impl()->data_as<int64_t>()[bad], " for ",
                classes, " classes");
    return {std::move(loss), std::move(slope)};
  }
  Grads<2> backward(const Grads<2>& g, const Needs<2>&, const Tensor& slope) const {
    return {g[0].defined() ? slope.detach().mul(g[0].unsqueeze(1)) : Tensor(), Tensor()};
  }
};

MultiMargin sized(MultiMargin m, const Tensor& x, const Tensor& target, const Tensor& weight) {
  m.samples = x.size(0);
  m.classes = x.size(1);
  m.target = target.impl()->data_as<int64_t>();
  m.weight = weight.defined() ? weight.impl()->data() : nullptr;
  return m;
}
/// Of row-major target and weight.
struct MultiMarginGradient {
  static constexpr auto name = "multi_margin_loss_backward";
  using saves = Saves<In<0>, In<1>, In<2>, In<3>>;
  MultiMargin loss;
  Tensor forward(const Tensor& g, const Tensor& x, const Tensor& target, const Tensor& weight) const {
    const Tensor gd = plain(g), xd = plain(x);
    Tensor dx = empty_of(x, x.sizes());
    multi_margin_backward_kernel.get(x.scalar_type())(sized(loss, x, target, weight), gd.impl()->data(),
                                                      xd.impl()->data(), dx.impl()->data());
    return dx;
  }
  Grads<4> backward(const Tensor& v, const Needs<4>& need, const Tensor& g, const Tensor& x, const Tensor& target,
                    const Tensor& weight) const {
    Grads<4> d;
    // Linear in g.
    if (need[0]) d[0] = v.mul(apply(MultiMarginGradient{loss}, ones_like(g), x, target, weight)).sum({1});
    if (need[1] && loss.square) {
      // g w / classes where z > 0, but for the target: the derivative of the loss that is not squared.
      MultiMargin plain_loss = loss;
      plain_loss.square = false;
      const Tensor t = target.unsqueeze(1), slope = apply(MultiMarginGradient{plain_loss}, g, x, target, weight);
      const Tensor s = slope.scatter(1, t, 0).mul(v.sub(v.gather(1, t))).mul(2);
      d[1] = s.scatter(1, t, s.sum({1}, true).neg());
    }
    return d;
  }
};
struct MultiMarginOp {
  static constexpr auto name = "multi_margin_loss";
  using saves = Saves<In<0>, In<1>, In<2>>;
  MultiMargin loss;
  Tensor forward(const Tensor& x, const Tensor& target, const Tensor& weight) const {
    const Tensor xd = plain(x);
    Tensor y = empty_of(x, Shape{x.size(0)});
    multi_margin_kernel.get(x.scalar_type())(sized(loss, x, target, weight), xd.impl()->data(), y.impl()->data());
    return y;
  }
  Grads<3> backward(const Tensor& g, const Needs<3>&, const Tensor& x, const Tensor& target,
                    const Tensor& weight) const {
    return {apply(MultiMarginGradient{loss}, g, x, target, weight), Tensor(), Tensor()};
  }
};

}  // namespace

Tensor multilabel_margin_loss(const Tensor& x, const Tensor& target, int64_t reduction) {
  constexpr const char* op = "multilabel_margin_loss";
  check_reduction(op, reduction);
  check_floating(op, "input", x);
  check(target.defined() && target.scalar_type() == kLong, op, ": expected scalar type Long for target, got ",
        target.defined() ? target.scalar_type() : ScalarType::Undefined);
  check(x.dim() <= 2, op, ": Expected non-empty vector or matrix with optional 0-dim batch size, but got: ", x.sizes());
  check(x.sizes() == target.sizes(), op, ": inconsistent size ", target.sizes(), " for target, the input's is ",
        x.sizes());
  const int64_t classes = x.dim() ? x.size(-1) : 1;
  check(classes > 0, op, ": Expected non-empty vector or matrix with optional 0-dim batch size, but got: ", x.sizes());
  const bool batch = x.dim() == 2;
  // Counts of pairs do not fit the 16-bit types.
  const ScalarType dtype = x.scalar_type();
  if (dtype != kFloat && dtype != kDouble) return multilabel_margin_loss(x.to(kFloat), target, reduction).to(dtype);
  const Tensor loss =
      apply(MultilabelMargin{}, batch ? x : x.reshape({1, classes}), batch ? target : target.reshape({1, classes}));
  return reduce_loss(batch ? loss : loss.squeeze(0), reduction);
}

Tensor multi_margin_loss(const Tensor& x, const Tensor& target, const Scalar& p_, const Scalar& margin,
                         const Tensor& weight, int64_t reduction) {
  constexpr const char* op = "multi_margin_loss";
  check_reduction(op, reduction);
  check_floating(op, "input", x);
  check(target.defined() && target.scalar_type() == kLong, op, ": expected scalar type Long for target, got ",
        target.defined() ? target.scalar_type() : ScalarType::Undefined);
  const double p = p_.toDouble();
  check(p == 1 || p == 2, op, ": only p == 1 and p == 2 supported, got ", p);
  check(x.dim() <= 2 && (x.dim() == 0 || x.size(-1) > 0), op,
        ": Expected non-empty vector or matrix with optional 0-dim batch size, but got: ", x.sizes());
  const int64_t classes = x.dim() ? x.size(-1) : 1, samples = x.dim() == 2 ? x.size(0) : 1;
  check(target.dim() <= 1 && target.numel() == samples, op, ": inconsistent target size, expected ", samples,
        " but got ", target.sizes());
  check(!weight.defined() || (weight.dim() == 1 && weight.numel() == classes), op,
        ": inconsistent weight size, expected ", classes, " but got ",
        weight.defined() ? weight.sizes() : IntArrayRef());
  // The 16-bit types compute in float32.
  const ScalarType dtype = x.scalar_type();
  if (dtype != kFloat && dtype != kDouble)
    return multi_margin_loss(x.to(kFloat), target, p_, margin, weight, reduction).to(dtype);
  const Tensor t = target.reshape({samples}).contiguous();
  const auto* at = t.const_data_ptr<int64_t>();
  for (int64_t k = 0; k < samples; ++k)
    check_index(at[k] >= 0 && at[k] < classes, op, ": target out of range: ", at[k], " for ", classes, " classes");
  // A weight that takes a gradient multiplies the sums.
  const bool outside = weight.defined() && weight.requires_grad();
  const Tensor w = weight.defined() && !outside ? weight.to(dtype).contiguous() : Tensor();
  Tensor loss =
      apply(MultiMarginOp{{0, 0, nullptr, nullptr, margin.toDouble(), p == 2}}, x.reshape({samples, classes}), t, w);
  if (outside) loss = loss.mul(weight.index_select(0, t));
  return reduce_loss(reduction == kNoReduction && x.dim() < 2 && target.dim() == 0 ? loss.squeeze(0) : loss, reduction);
}

Tensor multilabel_soft_margin_loss(const Tensor& x, const Tensor& target, const Tensor& weight, int64_t reduction) {
  constexpr const char* op = "multilabel_soft_margin_loss";
  check_reduction(op, reduction);
  check_floating(op, "input", x);
  check(target.defined() && x.sizes() == target.sizes(), op, ": expected a target of the input's size ", x.sizes(),
        ", got ", target.defined() ? target.sizes() : IntArrayRef());
  check(x.dim() >= 1, op, ": expected an input of at least one dimension, got a 0-d tensor");
  // Each class is a decision of its own.
  if (reduction == kMeanReduction) return binary_cross_entropy_with_logits(x, target, weight);
  if (reduction == kSumReduction)
    return binary_cross_entropy_with_logits(x, target, weight, {}, reduction).div(static_cast<double>(x.size(-1)));
  return binary_cross_entropy_with_logits(x, target, weight, {}, reduction).mean({-1});
}

Tensor cosine_embedding_loss(const Tensor& input1, const Tensor& input2, const Tensor& target, double margin,
                             int64_t reduction) {
  constexpr const char* op = "cosine_embedding_loss";
  check_reduction(op, reduction);
  // Integers compute as the default float dtype.
  const auto floating = [](const Tensor& x) {
    return x.defined() && is_integral(x.scalar_type(), false) ? x.to(get_default_dtype()) : x;
  };
  const Tensor x1 = floating(input1), x2 = floating(input2);
  check_floating(op, "input1", x1);
  check_floating(op, "input2", x2);
  check(target.defined(), op, ": target is undefined");
  check(target.dim() <= 1, op, ": 0D or 1D target tensor expected, multi-target not supported, got target of size ",
        target.sizes());
  check(x1.dim() == target.dim() + 1 && x2.dim() == target.dim() + 1, op, ": ", target.dim(),
        "D target tensor expects ", target.dim() + 1, "D input tensors, but found inputs with sizes ", x1.sizes(),
        " and ", x2.sizes());
  constexpr double kTiny = 1e-12;
  const ScalarType dtype = result_type({&x1, &x2});
  const auto fitted = [&](const Tensor& x, const Tensor& like) {
    const Tensor y = x.scalar_type() == dtype ? x : x.to(dtype);
    return y.sizes() == like.sizes() ? y : y.expand(broadcast_shapes(x.sizes(), like.sizes(), op));
  };
  const Tensor sums = row_products(fitted(x1, x2), fitted(x2, x1)), lengths = sums.narrow(-1, 1, 2).add(kTiny);
  const Tensor cosine = sums.select(-1, 0).div(lengths.select(-1, 0).mul(lengths.select(-1, 1)).sqrt()).to(dtype);
  const Tensor zero = wrapped_scalar(0.0);
  const Tensor near = lampas::where(target.eq(1), cosine.neg().add(1), zero);
  const Tensor far = lampas::where(target.eq(-1), cosine.sub(margin).clamp_min(0), zero);
  return reduce_loss(near.add(far), reduction);
}

Tensor triplet_margin_loss(const Tensor& anchor, const Tensor& positive, const Tensor& negative, double margin,
                           double p, double eps, bool swap, int64_t reduction) {
  constexpr const char* op = "triplet_margin_loss";
  check_reduction(op, reduction);
  check_floating(op, "anchor", anchor);
  check_floating(op, "positive", positive);
  check_floating(op, "negative", negative);
  check(anchor.dim() == positive.dim() && positive.dim() == negative.dim(), op,
        ": All inputs should have same dimension but got ", anchor.dim(), "D, ", positive.dim(), "D and ",
        negative.dim(), "D inputs.");
  const Tensor near = pairwise_distance(anchor, positive, p, eps);
  Tensor far = pairwise_distance(anchor, negative, p, eps);
  if (swap) far = minimum(far, pairwise_distance(positive, negative, p, eps));
  return reduce_loss(near.sub(far).add(margin).clamp_min(0), reduction);
}

}  // namespace lampas
