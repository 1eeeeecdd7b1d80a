#include "lampas/ops/loss.h"

#include "lampas/autograd/grad_mode.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/index.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/reduce.h"
#include "lampas/ops/softmax.h"

namespace lampas {

namespace {

enum : int64_t { kNoReduction = 0, kMeanReduction = 1, kSumReduction = 2 };

void check_reduction(const char* op, int64_t reduction) {
  check(reduction >= kNoReduction && reduction <= kSumReduction, op,
        ": reduction must be none (0), mean (1) or sum (2), got ", reduction);
}

Tensor reduce(const Tensor& loss, int64_t reduction) {
  return reduction == kMeanReduction ? loss.mean() : reduction == kSumReduction ? loss.sum() : loss;
}

struct Classes {
  int64_t dim, count;
};

/// Checks input, index targets and weight against one another.
Classes check_classes(const char* op, const Tensor& x, const Tensor& target, const Tensor& weight,
                      int64_t ignore_index) {
  check(x.dim() >= 1, op, ": input tensor should be 1D or larger, got ", x.sizes());
  check(is_floating_point(x.scalar_type()), op, ": expected a floating point input, got ", x.scalar_type());
  const int64_t dim = x.dim() == 1 ? 0 : 1, count = x.size(dim);
  check(target.scalar_type() == kLong || target.scalar_type() == kByte, op, ": expected scalar type Long but found ",
        target.scalar_type(), " for target");
  Shape expected(x.sizes());
  expected.erase(static_cast<size_t>(dim));
  check(target.sizes() == IntArrayRef(expected), op, ": expected target of size ", IntArrayRef(expected), " for input ",
        x.sizes(), ", got ", target.sizes());
  if (weight.defined()) {
    check(weight.dim() == 1 && weight.numel() == count, op, ": weight tensor should be defined either for all ", count,
          " classes or no classes but got weight tensor of shape: ", weight.sizes());
    check(weight.scalar_type() == x.scalar_type(), op, ": expected weight of dtype ", x.scalar_type(), ", got ",
          weight.scalar_type());
  }
  const Tensor t = target.to(kLong).contiguous();
  const auto* p = t.const_data_ptr<int64_t>();
  for (int64_t k = 0; k < t.numel(); ++k)
    check_index(p[k] == ignore_index || (p[k] >= 0 && p[k] < count), op, ": Target ", p[k], " is out of bounds for ",
                count, " classes (position ", k, ")");
  return {dim, count};
}

/// The weight of each position, 0 where ignored, and targets with a valid index everywhere.
std::pair<Tensor, Tensor> position_weights(const Tensor& x, const Tensor& target, const Tensor& weight,
                                           int64_t ignore_index) {
  NoGradGuard off;
  const Tensor index = target.to(kLong), counted = index.ne(ignore_index),
               safe = lampas::where(counted, index, zeros_like(index));
  Tensor w = counted.to(x.scalar_type());
  if (weight.defined()) w = w.mul(weight.index_select(0, safe.reshape({-1})).reshape(safe.sizes()));
  return {w, safe};
}

Tensor nll(const Tensor& x, const Tensor& target, const Tensor& weight, int64_t reduction, int64_t ignore_index,
           int64_t dim) {
  const auto [w, safe] = position_weights(x, target, weight, ignore_index);
  // An ignored position gives exactly 0, also where x is infinite.
  const Tensor picked = x.gather(dim, safe.unsqueeze(dim)).squeeze(dim);
  const Tensor loss =
      lampas::where(w.eq(0).logical_and(target.eq(ignore_index)), zeros({}, x.options()), picked.mul(w).neg());
  if (reduction == kNoReduction) return loss;
  return reduction == kSumReduction ? loss.sum() : loss.sum().div(w.sum());
}

}  // namespace

Tensor nll_loss(const Tensor& x, const Tensor& target, const Tensor& weight, int64_t reduction, int64_t ignore_index) {
  check_reduction("nll_loss", reduction);
  const Classes c = check_classes("nll_loss", x, target, weight, ignore_index);
  return nll(x, target, weight, reduction, ignore_index, c.dim);
}

Tensor cross_entropy_loss(const Tensor& x, const Tensor& target, const Tensor& weight, int64_t reduction,
                          int64_t ignore_index, double label_smoothing) {
  constexpr const char* op = "cross_entropy_loss";
  check_reduction(op, reduction);
  check(label_smoothing >= 0 && label_smoothing <= 1, op,
        ": label_smoothing must be between 0.0 and 1.0. Got: ", label_smoothing);
  check(x.dim() >= 1, op, ": input must have at least one dimension, got ", x.sizes());
  const int64_t dim = x.dim() == 1 ? 0 : 1, classes = x.size(dim);
  if (x.sizes() == target.sizes() && is_floating_point(target.scalar_type())) {
    // Class probabilities.
    Tensor p = target;
    if (label_smoothing > 0) p = p.mul(1 - label_smoothing).add(label_smoothing / static_cast<double>(classes));
    Tensor l = log_softmax(x, dim).mul(p);
    if (weight.defined()) {
      check(weight.dim() == 1 && weight.numel() == classes, op, ": weight must have one entry per class (", classes,
            "), got ", weight.sizes());
      Shape ones(static_cast<size_t>(x.dim()), 1);
      ones[static_cast<size_t>(dim)] = classes;
      l = l.mul(weight.reshape(ones));
    }
    const Tensor loss = l.sum({dim}).neg();
    if (reduction != kMeanReduction) return reduce(loss, reduction);
    return loss.sum().div(static_cast<double>(x.numel() / std::max<int64_t>(classes, 1)));
  }
  check_classes(op, x, target, weight, ignore_index);
  const Tensor logp = log_softmax(x, dim), hard = nll(logp, target, weight, reduction, ignore_index, dim);
  if (label_smoothing == 0) return hard;
  const auto [w, safe] = position_weights(x, target, Tensor(), ignore_index);
  Tensor each = logp;
  if (weight.defined()) {
    Shape ones(static_cast<size_t>(x.dim()), 1);
    ones[static_cast<size_t>(dim)] = classes;
    each = each.mul(weight.reshape(ones));
  }
  Tensor smooth = each.sum({dim}).neg().mul(w);
  if (reduction == kSumReduction) smooth = smooth.sum();
  if (reduction == kMeanReduction)
    smooth = smooth.sum().div(position_weights(x, target, weight, ignore_index).first.sum());
  return hard.mul(1 - label_smoothing).add(smooth, label_smoothing / static_cast<double>(classes));
}

Tensor mse_loss(const Tensor& x, const Tensor& target, int64_t reduction) {
  check_reduction("mse_loss", reduction);
  return reduce(x.sub(target).square(), reduction);
}

Tensor l1_loss(const Tensor& x, const Tensor& target, int64_t reduction) {
  check_reduction("l1_loss", reduction);
  return reduce(x.sub(target).abs(), reduction);
}

}  // namespace lampas
