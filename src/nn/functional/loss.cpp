#include "lampas/nn/functional/loss.h"

#include <atomic>

#include "lampas/ops/distance.h"
#include "lampas/ops/loss.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/reduce.h"

namespace lampas::nn::functional {

namespace {
int64_t reduction_of(const LossReduction& r) { return static_cast<int64_t>(enumtype::reduction_get_enum(r)); }

void warn_sizes(const char* op, const Tensor& input, const Tensor& target) {
  if (!input.defined() || !target.defined() || LAMPAS_LIKELY(input.sizes() == target.sizes())) return;
  warn(str(op, ": using a target size (", target.sizes(), ") that is different to the input size (", input.sizes(),
           "). They are broadcast, which is likely to give wrong results: use tensors of one size."));
}
}  // namespace

Tensor l1_loss(const Tensor& input, const Tensor& target, const L1LossFuncOptions& o) {
  warn_sizes("l1_loss", input, target);
  return lampas::l1_loss(input, target, reduction_of(o.reduction()));
}
Tensor mse_loss(const Tensor& input, const Tensor& target, const MSELossFuncOptions& o) {
  warn_sizes("mse_loss", input, target);
  return lampas::mse_loss(input, target, reduction_of(o.reduction()));
}
Tensor smooth_l1_loss(const Tensor& input, const Tensor& target, const SmoothL1LossFuncOptions& o) {
  return smooth_l1_loss(input, target, o, o.beta());
}
Tensor smooth_l1_loss(const Tensor& input, const Tensor& target, const SmoothL1LossFuncOptions& o, double beta) {
  warn_sizes("smooth_l1_loss", input, target);
  return lampas::smooth_l1_loss(input, target, reduction_of(o.reduction()), beta);
}
Tensor huber_loss(const Tensor& input, const Tensor& target, const HuberLossFuncOptions& o) {
  warn_sizes("huber_loss", input, target);
  return lampas::huber_loss(input, target, reduction_of(o.reduction()), o.delta());
}
Tensor kl_div(const Tensor& input, const Tensor& target, const KLDivFuncOptions& o) {
  static std::atomic<bool> warned{false};
  if (enumtype::holds_alternative<enumtype::kMean>(o.reduction()) && !warned.exchange(true))
    warn(
        "kl_div: reduction kMean divides by the number of elements, not by the batch size as the divergence is "
        "defined; "
        "kBatchMean does.");
  if (!enumtype::holds_alternative<enumtype::kBatchMean>(o.reduction()))
    return lampas::kl_div(input, target, static_cast<int64_t>(enumtype::reduction_get_enum(o.reduction())),
                          o.log_target());
  const Tensor sum = lampas::kl_div(input, target, static_cast<int64_t>(Reduction::Sum), o.log_target());
  return input.dim() == 0 ? sum : sum.div(static_cast<double>(input.size(0)));
}
Tensor binary_cross_entropy(const Tensor& input, const Tensor& target, const BinaryCrossEntropyFuncOptions& o) {
  check(input.sizes() == target.sizes(), "binary_cross_entropy: Using a target size (", target.sizes(),
        ") that is different to the input size (", input.sizes(),
        ") is not supported. Target size must be the same as input size; please ensure they have the same size.");
  return lampas::binary_cross_entropy(input, target, o.weight(), reduction_of(o.reduction()));
}
Tensor binary_cross_entropy_with_logits(const Tensor& input, const Tensor& target,
                                        const BinaryCrossEntropyWithLogitsFuncOptions& o) {
  return lampas::binary_cross_entropy_with_logits(input, target, o.weight(), o.pos_weight(),
                                                  reduction_of(o.reduction()));
}
Tensor poisson_nll_loss(const Tensor& input, const Tensor& target, const PoissonNLLLossFuncOptions& o) {
  return lampas::poisson_nll_loss(input, target, o.log_input(), o.full(), o.eps(), reduction_of(o.reduction()));
}
Tensor gaussian_nll_loss(const Tensor& input, const Tensor& target, const Tensor& var,
                         const GaussianNLLLossFuncOptions& o) {
  return lampas::gaussian_nll_loss(input, target, var, o.full(), o.eps(), reduction_of(o.reduction()));
}
Tensor soft_margin_loss(const Tensor& input, const Tensor& target, const SoftMarginLossFuncOptions& o) {
  return lampas::soft_margin_loss(input, target, reduction_of(o.reduction()));
}
Tensor hinge_embedding_loss(const Tensor& input, const Tensor& target, const HingeEmbeddingLossFuncOptions& o) {
  return lampas::hinge_embedding_loss(input, target, o.margin(), reduction_of(o.reduction()));
}
Tensor margin_ranking_loss(const Tensor& input1, const Tensor& input2, const Tensor& target,
                           const MarginRankingLossFuncOptions& o) {
  return lampas::margin_ranking_loss(input1, input2, target, o.margin(), reduction_of(o.reduction()));
}
Tensor nll_loss(const Tensor& input, const Tensor& target, const NLLLossFuncOptions& o) {
  return lampas::nll_loss(input, target, o.weight(), reduction_of(o.reduction()), o.ignore_index());
}
Tensor cross_entropy(const Tensor& input, const Tensor& target, const CrossEntropyFuncOptions& o) {
  return lampas::cross_entropy_loss(input, target, o.weight(), reduction_of(o.reduction()), o.ignore_index(),
                                    o.label_smoothing());
}
Tensor multi_margin_loss(const Tensor& input, const Tensor& target, const MultiMarginLossFuncOptions& o) {
  return lampas::multi_margin_loss(input, target, o.p(), o.margin(), o.weight(), reduction_of(o.reduction()));
}
Tensor multilabel_margin_loss(const Tensor& input, const Tensor& target, const MultilabelMarginLossFuncOptions& o) {
  return lampas::multilabel_margin_loss(input, target, reduction_of(o.reduction()));
}
Tensor multilabel_soft_margin_loss(const Tensor& input, const Tensor& target,
                                   const MultilabelSoftMarginLossFuncOptions& o) {
  return lampas::multilabel_soft_margin_loss(input, target, o.weight(), reduction_of(o.reduction()));
}
Tensor cosine_embedding_loss(const Tensor& input1, const Tensor& input2, const Tensor& target,
                             const CosineEmbeddingLossFuncOptions& o) {
  return lampas::cosine_embedding_loss(input1, input2, target, o.margin(), reduction_of(o.reduction()));
}
Tensor triplet_margin_loss(const Tensor& anchor, const Tensor& positive, const Tensor& negative,
                           const TripletMarginLossFuncOptions& o) {
  return lampas::triplet_margin_loss(anchor, positive, negative, o.margin(), o.p(), o.eps(), o.swap(),
                                     reduction_of(o.reduction()));
}
Tensor triplet_margin_with_distance_loss(const Tensor& anchor, const Tensor& positive, const Tensor& negative,
                                         const TripletMarginWithDistanceLossFuncOptions& o) {
  const auto distance = [&](const Tensor& a, const Tensor& b) {
    return o.distance_function() ? (*o.distance_function())(a, b) : lampas::pairwise_distance(a, b);
  };
  const Tensor near = distance(anchor, positive);
  Tensor far = distance(anchor, negative);
  if (o.swap()) far = minimum(far, distance(positive, negative));
  const Tensor loss = near.sub(far).add(o.margin()).clamp_min(0);
  switch (reduction_of(o.reduction())) {
    case 0:
      return loss;
    case 1:
      return loss.mean();
    default:
      return loss.sum();
  }
}
Tensor ctc_loss(const Tensor& log_probs, const Tensor& targets, const Tensor& input_lengths,
                const Tensor& target_lengths, const CTCLossFuncOptions& o) {
  return lampas::ctc_loss(log_probs, targets, input_lengths, target_lengths, o.blank(), reduction_of(o.reduction()),
                          o.zero_infinity());
}

}  // namespace lampas::nn::functional
