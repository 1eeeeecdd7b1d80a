// Losses that are sums of terms l(x, t) over elements. Each is a struct of its kernels and its second derivatives; one
// op runs the terms and their sum in one pass, another their gradients.
#include <cmath>

#include "autograd/op.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/loss.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/shape.h"
#include "ops/copy.h"
#include "ops/elementwise.h"
#include "ops/loss_common.h"
#include "ops/loss_terms.h"

namespace lampas {

namespace {

/// Second derivatives: by x twice, by x and t, by t twice. Undefined is zero.
struct Seconds {
  Tensor xx, xt, tt;
};
Tensor as(const Tensor& condition, const Tensor& like) { return condition.to(like.scalar_type()); }

struct MseTerms {
  static constexpr auto name = "mse_loss";
  static constexpr const LossTerms& terms = mse_terms;
  static constexpr int cost = 1;
  static Seconds seconds(const LossParams&, const Tensor& x, const Tensor&) {
    const Tensor two = full({}, 2, x.options());
    return {two, two.neg(), two};
  }
};
struct L1Terms {
  static constexpr auto name = "l1_loss";
  static constexpr const LossTerms& terms = l1_terms;
  static constexpr int cost = 1;
  static Seconds seconds(const LossParams&, const Tensor&, const Tensor&) { return {}; }
};
struct SmoothL1Terms {
  static constexpr auto name = "smooth_l1_loss";
  static constexpr const LossTerms& terms = smooth_l1_terms;
  static constexpr int cost = 2;
  static Seconds seconds(const LossParams& p, const Tensor& x, const Tensor& t) {
    if (p.a == 0) return {};
    const Tensor s = as(x.sub(t).abs().lt(p.a), x).div(p.a);
    return {s, s.neg(), s};
  }
};
struct HuberTerms {
  static constexpr auto name = "huber_loss";
  static constexpr const LossTerms& terms = huber_terms;
  static constexpr int cost = 2;
  static Seconds seconds(const LossParams& p, const Tensor& x, const Tensor& t) {
    const Tensor s = as(x.sub(t).abs().lt(p.a), x);
    return {s, s.neg(), s};
  }
};
struct BceTerms {
  static constexpr auto name = "binary_cross_entropy";
  static constexpr const LossTerms& terms = bce_terms;
  static constexpr int cost = 8;
  static Seconds seconds(const LossParams&, const Tensor& x, const Tensor& t) {
    const Tensor u = x.neg().add(1), both = x.mul(u).clamp_min(1e-12);
    // (x - t) / both by x, as one fraction.
    return {both.sub(x.sub(t).mul(u.sub(x))).div(both.square()), both.reciprocal().neg(), Tensor()};
  }
};
struct BceLogitsTerms {
  static constexpr auto name = "binary_cross_entropy_with_logits";
  static constexpr const LossTerms& terms = bce_logits_terms;
  static constexpr int cost = 8;
  static Seconds seconds(const LossParams&, const Tensor& x, const Tensor&) {
    const Tensor s = x.sigmoid();
    return {s.mul(s.neg().add(1)), full({}, -1, x.options()), Tensor()};
  }
};
struct KlDivTerms {
  static constexpr auto name = "kl_div";
  static constexpr const LossTerms& terms = kl_div_terms;
  static constexpr int cost = 5;
  static Seconds seconds(const LossParams& p, const Tensor& x, const Tensor& t) {
    if (p.flag) {
      const Tensor e = t.exp();
      return {Tensor(), e.neg(), e.mul(t.sub(x).add(2))};
    }
    const Tensor counted = t.gt(0);
    return {Tensor(), as(counted, x).neg(), as(counted, x).div(lampas::where(counted, t, wrapped_scalar(1.0)))};
  }
};
/// The curvature of Stirling's approximation of log t!, where it is added.
Tensor stirling_second(const LossParams& p, const Tensor& t) {
  if (!p.flag) return {};
  const Tensor big = t.gt(1), s = lampas::where(big, t, wrapped_scalar(1.0)), r = s.reciprocal();
  return as(big, t).mul(r.sub(r.square().mul(0.5)));
}
struct PoissonLogTerms {
  static constexpr auto name = "poisson_nll_loss";
  static constexpr const LossTerms& terms = poisson_log_terms;
  static constexpr int cost = 6;
  static Seconds seconds(const LossParams& p, const Tensor& x, const Tensor& t) {
    return {x.exp(), full({}, -1, x.options()), stirling_second(p, t)};
  }
};
struct PoissonTerms {
  static constexpr auto name = "poisson_nll_loss";
  static constexpr const LossTerms& terms = poisson_terms;
  static constexpr int cost = 6;
  static Seconds seconds(const LossParams& p, const Tensor& x, const Tensor& t) {
    const Tensor r = x.add(p.a).reciprocal();
    return {t.mul(r.square()), r.neg(), stirling_second(p, t)};
  }
};
struct SoftMarginTerms {
  static constexpr auto name = "soft_margin_loss";
  static constexpr const LossTerms& terms = soft_margin_terms;
  static constexpr int cost = 8;
  static Seconds seconds(const LossParams&, const Tensor& x, const Tensor& t) {
    const Tensor s = x.mul(t).neg().sigmoid(), slope = s.mul(s.neg().add(1));
    return {t.square().mul(slope), x.mul(t).mul(slope).sub(s), x.square().mul(slope)};
  }
};
struct HingeEmbeddingTerms {
  static constexpr auto name = "hinge_embedding_loss";
  static constexpr const LossTerms& terms = hinge_embedding_terms;
  static constexpr int cost = 2;
  static Seconds seconds(const LossParams&, const Tensor&, const Tensor&) { return {}; }
};
struct HingeTerms {
  static constexpr auto name = "margin_ranking_loss";
  static constexpr const LossTerms& terms = hinge_terms;
  static constexpr int cost = 2;
  static Seconds seconds(const LossParams& p, const Tensor& x, const Tensor& t) {
    return {Tensor(), as(t.mul(x).le(p.a), x).neg(), Tensor()};
  }
};

/// g dl/dx (kTarget: g dl/dt) of every element; g may be one number for all.
template <class L, bool kTarget>
struct TermGradient {
  static constexpr auto name = L::name;
  static constexpr bool broadcasts = true;
  using saves = Saves<In<0, 1, 2>, In<1>, In<2>>;
  LossParams params;
  Tensor forward(const Tensor& g, const Tensor& x, const Tensor& t) const {
    return elementwise({name, kTarget ? L::terms.gradient_t : L::terms.gradient_x, Elementwise::same, L::cost}, &params,
                       {}, {&g, &x, &t});
  }
  Grads<3> backward(const Tensor& v, const Needs<3>& need, const Tensor& g, const Tensor& x, const Tensor& t) const {
    Grads<3> d;
    if (need[0]) d[0] = apply(TermGradient{params}, v, x, t);
    if (!need[1] && !need[2]) return d;
    const Seconds s = L::seconds(params, x, t);
    const Tensor vg = v.mul(g), &by_x = kTarget ? s.xt : s.xx, &by_t = kTarget ? s.tt : s.xt;
    if (need[1] && by_x.defined()) d[1] = vg.mul(by_x);
    if (need[2] && by_t.defined()) d[2] = vg.mul(by_t);
    return d;
  }
};

/// The loss of tensors of one shape and dtype.
template <class L>
struct TermLoss {
  static constexpr auto name = L::name;
  using saves = Saves<In<0>, In<1>>;
  LossParams params;
  int64_t reduction;

  Tensor forward(const Tensor& x, const Tensor& t) const {
    if (reduction == kNoReduction)
      return elementwise({name, L::terms.value, Elementwise::same, L::cost}, &params, {}, {&x, &t});
    const ScalarType dtype = x.scalar_type(), compute = dtype == kDouble ? kDouble : kFloat;
    L::terms.value.get(dtype);  // the error, if the dtype has none, names the loss
    // Any order of the elements will do, as long as it is one for both.
    const bool same = x.impl()->strides_ref() == t.impl()->strides_ref() && x.is_non_overlapping_and_dense();
    const Tensor xd = same ? x : plain(x), td = same ? t : plain(t);
    const int64_t n = x.numel();
    double sum =
        n ? loss_sum_kernel.get(dtype)(L::terms.value.get(compute), xd.impl()->data(), td.impl()->data(), n, &params)
          : 0;
    if (reduction == kMeanReduction) sum /= static_cast<double>(n);
    return one_value(x, sum);
  }
  Grads<2> backward(const Tensor& g, const Needs<2>& need, const Tensor& x, const Tensor& t) const {
    const Tensor each = reduction == kMeanReduction ? g.div(static_cast<double>(x.numel())) : g;
    Grads<2> d;
    if (need[0]) d[0] = apply(TermGradient<L, false>{params}, each, x, t);
    if (need[1] && L::terms.gradient_t.has(kCPU, x.scalar_type()))
      d[1] = apply(TermGradient<L, true>{params}, each, x, t);
    return d;
  }
  static Tensor one_value(const Tensor& like, double value) {
    Tensor y = empty_of(like, {});
    switch (like.scalar_type()) {
      case kDouble:
        *y.impl()->data_as<double>() = value;
        break;
      case kFloat:
        *y.impl()->data_as<float>() = static_cast<float>(value);
        break;
      case kHalf:
        *y.impl()->data_as<Half>() = Half(static_cast<float>(value));
        break;
      default:
        *y.impl()->data_as<BFloat16>() = BFloat16(static_cast<float>(value));
    }
    return y;
  }
};

template <class L>
Tensor term_loss(const Tensor& x, const Tensor& t, int64_t reduction, const LossParams& params = {}) {
  check(x.defined() && t.defined(), L::name, ": ", x.defined() ? "target" : "input", " is undefined");
  check_reduction(L::name, reduction);
  const TermLoss<L> op{params, reduction};
  if (LAMPAS_LIKELY(x.sizes() == t.sizes() && x.scalar_type() == t.scalar_type())) return apply(op, x, t);
  const Shape sizes = broadcast_shapes(x.sizes(), t.sizes(), L::name);
  const ScalarType dtype = result_type({&x, &t});
  const auto fitted = [&](const Tensor& a) {
    const Tensor b = a.scalar_type() == dtype ? a : a.to(dtype);
    return b.sizes() == IntArrayRef(sizes) ? b : b.expand(sizes);
  };
  return apply(op, fitted(x), fitted(t));
}

/// A weight multiplies the terms before they are reduced.
template <class L>
Tensor weighted_loss(const Tensor& x, const Tensor& t, const Tensor& weight, int64_t reduction) {
  if (!weight.defined()) return term_loss<L>(x, t, reduction);
  check_reduction(L::name, reduction);
  return reduce_loss(term_loss<L>(x, t, kNoReduction).mul(weight), reduction);
}

void check_same_size(const char* op, const Tensor& x, const Tensor& t) {
  check_floating(op, "input", x);
  check(t.defined(), op, ": target is undefined");
  check(x.sizes() == t.sizes(), op, ": Using a target size (", t.sizes(), ") that is different to the input size (",
        x.sizes(),
        ") is not supported. Target size must be the same as input size; please ensure they have the same size.");
}

}  // namespace

Tensor mse_loss(const Tensor& x, const Tensor& target, int64_t reduction) {
  return term_loss<MseTerms>(x, target, reduction);
}
Tensor l1_loss(const Tensor& x, const Tensor& target, int64_t reduction) {
  if (x.defined() && target.defined() && is_integral(x.scalar_type()) && is_integral(target.scalar_type())) {
    check_reduction("l1_loss", reduction);
    return reduce_loss(x.sub(target).abs(), reduction);
  }
  return term_loss<L1Terms>(x, target, reduction);
}
Tensor smooth_l1_loss(const Tensor& x, const Tensor& target, int64_t reduction, double beta) {
  check(beta >= 0, "smooth_l1_loss: smooth_l1_loss does not support negative values for beta, got ", beta);
  return beta == 0 ? l1_loss(x, target, reduction) : term_loss<SmoothL1Terms>(x, target, reduction, {beta});
}
Tensor huber_loss(const Tensor& x, const Tensor& target, int64_t reduction, double delta) {
  check(delta > 0, "huber_loss: huber_loss does not support non-positive values for delta, got ", delta);
  return term_loss<HuberTerms>(x, target, reduction, {delta});
}
Tensor binary_cross_entropy(const Tensor& x, const Tensor& given, const Tensor& weight, int64_t reduction) {
  constexpr const char* op = "binary_cross_entropy";
  // LibTorch overlooks dimensions of size 1 here (its functional form does not).
  const Tensor target = x.defined() && given.defined() && x.sizes() != given.sizes() && x.numel() == given.numel() &&
                                x.squeeze().sizes() == given.squeeze().sizes()
                            ? given.reshape(x.sizes())
                            : given;
  check_same_size(op, x, target);
  check(x.scalar_type() == target.scalar_type(), op, ": expected a target of the input's dtype: Found dtype ",
        target.scalar_type(), " but expected ", x.scalar_type());
  const Tensor loss = weighted_loss<BceTerms>(x, target, weight, reduction), seen = loss.detach();
  // A probability outside [0, 1], or none at all, makes the loss NaN: only then is it worth looking for one.
  if (x.numel() && std::isnan((seen.dim() ? seen.sum() : seen).item<double>())) {
    const Tensor p = x.detach(), outside = p.masked_select(p.clamp(0, 1).ne(p));
    check(outside.numel() == 0, op, ": all elements of input should be between 0 and 1, got ",
          outside.numel() ? outside[0].item<double>() : 0);
  }
  return loss;
}
Tensor binary_cross_entropy_with_logits(const Tensor& x, const Tensor& target, const Tensor& weight,
                                        const Tensor& pos_weight, int64_t reduction) {
  constexpr const char* op = "binary_cross_entropy_with_logits";
  check_floating(op, "input", x);
  check(target.defined() && x.sizes() == target.sizes(), op, ": Target size (",
        target.defined() ? target.sizes() : IntArrayRef(), ") must be the same as input size (", x.sizes(), ")");
  check_reduction(op, reduction);
  if (!pos_weight.defined()) return weighted_loss<BceLogitsTerms>(x, target, weight, reduction);
  // (1 - t) x + (1 + (p - 1) t) log(1 + exp(-x)), whose logarithm is the loss of a positive.
  const Tensor negative = target.neg().add(1).mul(x);
  const Tensor positive =
      pos_weight.sub(1).mul(target).add(1).mul(term_loss<BceLogitsTerms>(x, ones_like(x.detach()), kNoReduction));
  const Tensor loss = negative.add(positive);
  return reduce_loss(weight.defined() ? loss.mul(weight) : loss, reduction);
}
Tensor kl_div(const Tensor& x, const Tensor& target, int64_t reduction, bool log_target) {
  return term_loss<KlDivTerms>(x, target, reduction, {1, log_target});
}
Tensor poisson_nll_loss(const Tensor& x, const Tensor& target, bool log_input, bool full, double eps,
                        int64_t reduction) {
  const LossParams p{eps, full};
  return log_input ? term_loss<PoissonLogTerms>(x, target, reduction, p)
                   : term_loss<PoissonTerms>(x, target, reduction, p);
}
Tensor soft_margin_loss(const Tensor& x, const Tensor& target, int64_t reduction) {
  return term_loss<SoftMarginTerms>(x, target, reduction);
}
Tensor hinge_embedding_loss(const Tensor& x, const Tensor& target, double margin, int64_t reduction) {
  return term_loss<HingeEmbeddingTerms>(x, target, reduction, {margin});
}
Tensor margin_ranking_loss(const Tensor& x1, const Tensor& x2, const Tensor& target, double margin, int64_t reduction) {
  constexpr const char* op = "margin_ranking_loss";
  const auto defined = [op](const Tensor& x, const char* what) { check(x.defined(), op, ": ", what, " is undefined"); };
  defined(x1, "input1"), defined(x2, "input2"), defined(target, "target");
  check(x1.dim() == x2.dim() && x1.dim() == target.dim(), op,
        ": All input tensors should have same dimension but got sizes: input1: ", x1.sizes(), ", input2: ", x2.sizes(),
        ", target: ", target.sizes());
  const Tensor difference = x1.sub(x2);
  const bool whole = is_integral(difference.scalar_type());  // until the margin is added
  if (!whole) return term_loss<HingeTerms>(difference, target, reduction, {margin});
  return term_loss<HingeTerms>(difference.to(get_default_dtype()), target.to(get_default_dtype()), reduction, {margin});
}

Tensor gaussian_nll_loss(const Tensor& x, const Tensor& target, const Tensor& var_, bool full, double eps,
                         int64_t reduction) {
  constexpr const char* op = "gaussian_nll_loss";
  check_floating(op, "input", x);
  check(target.defined() && var_.defined(), op, ": ", target.defined() ? "var" : "target", " is undefined");
  check_reduction(op, reduction);
  check(eps > 0, op, ": eps must be positive, got ", eps);
  // One variance for each element, or for each vector along the last dimension, which may be written without it.
  Tensor var = var_;
  if (var.sizes() != x.sizes()) {
    const IntArrayRef s = x.sizes(), v = var.sizes();
    const bool missing = x.dim() >= 1 && v == IntArrayRef(s.data(), s.size() - 1);
    const bool one = v.size() == s.size() && !s.empty() && v.back() == 1 &&
                     IntArrayRef(v.data(), v.size() - 1) == IntArrayRef(s.data(), s.size() - 1);
    check(missing || one, op, ": var is of incorrect size: expected ", s,
          ", or the same with the last dimension 1 or left out, got ", v);
    if (missing) var = var.unsqueeze(-1);
  }
  if (var.numel()) check(!(var.detach().min().item<double>() < 0), op, ": var has negative entry/entries");
  // The clamp is no part of the derivative: the gradient reaches entries below eps.
  const Tensor v = var.add(var.detach().clamp_min(eps).sub(var.detach()));
  Tensor loss = v.log().add(x.sub(target).square().div(v)).mul(0.5);
  if (full) loss = loss.add(0.5 * std::log(6.283185307179586477));
  return reduce_loss(loss, reduction);
}

}  // namespace lampas
