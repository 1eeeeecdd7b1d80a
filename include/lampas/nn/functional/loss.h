#pragma once

#include "lampas/nn/options/loss.h"

/// The losses of lampas/ops/loss.h, with options. Where input and target are meant to have one size and do not, they
/// broadcast, with a warning.
namespace lampas::nn::functional {

/// |input - target|.
LAMPAS_API Tensor l1_loss(const Tensor& input, const Tensor& target, const L1LossFuncOptions& options = {});
/// (input - target)^2.
LAMPAS_API Tensor mse_loss(const Tensor& input, const Tensor& target, const MSELossFuncOptions& options = {});
/// Quadratic below beta, linear above. The options' beta counts; the overload's last argument replaces it.
LAMPAS_API Tensor smooth_l1_loss(const Tensor& input, const Tensor& target,
                                 const SmoothL1LossFuncOptions& options = {});
LAMPAS_API Tensor smooth_l1_loss(const Tensor& input, const Tensor& target, const SmoothL1LossFuncOptions& options,
                                 double beta);
/// Quadratic up to delta, linear above.
LAMPAS_API Tensor huber_loss(const Tensor& input, const Tensor& target, const HuberLossFuncOptions& options = {});
/// target (log target - input): `input` holds log-probabilities.
LAMPAS_API Tensor kl_div(const Tensor& input, const Tensor& target, const KLDivFuncOptions& options = {});
/// Cross entropy of two classes; `input` holds probabilities.
LAMPAS_API Tensor binary_cross_entropy(const Tensor& input, const Tensor& target,
                                       const BinaryCrossEntropyFuncOptions& options = {});
/// The same of sigmoid(input).
LAMPAS_API Tensor binary_cross_entropy_with_logits(const Tensor& input, const Tensor& target,
                                                   const BinaryCrossEntropyWithLogitsFuncOptions& options = {});
/// Negative log-likelihood of counts under a Poisson distribution of rate exp(input), or input.
LAMPAS_API Tensor poisson_nll_loss(const Tensor& input, const Tensor& target,
                                   const PoissonNLLLossFuncOptions& options = {});
/// Negative log-likelihood under normal distributions of mean `input` and variance `var`.
LAMPAS_API Tensor gaussian_nll_loss(const Tensor& input, const Tensor& target, const Tensor& var,
                                    const GaussianNLLLossFuncOptions& options = {});
/// log(1 + exp(-target input)).
LAMPAS_API Tensor soft_margin_loss(const Tensor& input, const Tensor& target,
                                   const SoftMarginLossFuncOptions& options = {});
/// input where target is 1, max(0, margin - input) where it is -1.
LAMPAS_API Tensor hinge_embedding_loss(const Tensor& input, const Tensor& target,
                                       const HingeEmbeddingLossFuncOptions& options = {});
/// max(0, -target (input1 - input2) + margin).
LAMPAS_API Tensor margin_ranking_loss(const Tensor& input1, const Tensor& input2, const Tensor& target,
                                      const MarginRankingLossFuncOptions& options = {});
/// -weight[target] * input[target]: `input` (N, C, ...) holds log-probabilities, `target` (N, ...) class indices. The
/// mean divides by the sum of the weights.
LAMPAS_API Tensor nll_loss(const Tensor& input, const Tensor& target, const NLLLossFuncOptions& options = {});
/// nll_loss of log_softmax(input); `target` holds class indices or, in the shape of `input`, probabilities.
LAMPAS_API Tensor cross_entropy(const Tensor& input, const Tensor& target, const CrossEntropyFuncOptions& options = {});
/// Hinge loss of the target class against every other.
LAMPAS_API Tensor multi_margin_loss(const Tensor& input, const Tensor& target,
                                    const MultiMarginLossFuncOptions& options = {});
/// Hinge loss of every target class, those before the first -1, against every other class.
LAMPAS_API Tensor multilabel_margin_loss(const Tensor& input, const Tensor& target,
                                         const MultilabelMarginLossFuncOptions& options = {});
/// Mean over classes of binary_cross_entropy_with_logits.
LAMPAS_API Tensor multilabel_soft_margin_loss(const Tensor& input, const Tensor& target,
                                              const MultilabelSoftMarginLossFuncOptions& options = {});
/// 1 - cos(input1, input2) where target is 1, max(0, cos - margin) where it is -1.
LAMPAS_API Tensor cosine_embedding_loss(const Tensor& input1, const Tensor& input2, const Tensor& target,
                                        const CosineEmbeddingLossFuncOptions& options = {});
/// max(0, d(anchor, positive) - d(anchor, negative) + margin).
LAMPAS_API Tensor triplet_margin_loss(const Tensor& anchor, const Tensor& positive, const Tensor& negative,
                                      const TripletMarginLossFuncOptions& options = {});
/// The same with a distance of the caller's.
LAMPAS_API Tensor triplet_margin_with_distance_loss(const Tensor& anchor, const Tensor& positive,
                                                    const Tensor& negative,
                                                    const TripletMarginWithDistanceLossFuncOptions& options = {});
/// Connectionist temporal classification of log-probabilities (T, N, C).
LAMPAS_API Tensor ctc_loss(const Tensor& log_probs, const Tensor& targets, const Tensor& input_lengths,
                           const Tensor& target_lengths, const CTCLossFuncOptions& options = {});

}  // namespace lampas::nn::functional
