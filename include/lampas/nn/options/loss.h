#pragma once

#include <functional>
#include <optional>
#include <variant>

#include "lampas/base/arg.h"
#include "lampas/base/boxed.h"
#include "lampas/nn/enum.h"
#include "lampas/tensor/tensor.h"

/// The field `reduction` of a loss's options, and the pair of booleans it had before (kept for old programs): `reduce`
/// false is kNone, otherwise `size_average` chooses between kMean and kSum.
#define LAMPAS_LOSS_REDUCTION(Options)                                                                   \
 public:                                                                                                 \
  [[deprecated("use reduction")]] Options& size_average(bool value) {                                    \
    size_average_ = value;                                                                               \
    return set_old_reduction();                                                                          \
  }                                                                                                      \
  [[deprecated("use reduction")]] Options& reduce(bool value) {                                          \
    reduce_ = value;                                                                                     \
    return set_old_reduction();                                                                          \
  }                                                                                                      \
                                                                                                         \
 private:                                                                                                \
  Options& set_old_reduction() {                                                                         \
    reduction_ = !reduce_ ? reduction_t(kNone) : size_average_ ? reduction_t(kMean) : reduction_t(kSum); \
    return *this;                                                                                        \
  }                                                                                                      \
  bool size_average_ = true, reduce_ = true;                                                             \
  LAMPAS_ARG(reduction_t, reduction) = kMean

namespace lampas::nn {

/// What a loss does with its values: kNone keeps them, kMean averages, kSum adds.
using LossReduction = enumtype::OneOf<enumtype::kNone, enumtype::kMean, enumtype::kSum>;

// ---- elements

struct L1LossOptions {
  using reduction_t = LossReduction;
  LAMPAS_OPTIONS_FROM_CHOICE3(L1LossOptions, reduction, kNone, kMean, kSum)
  LAMPAS_LOSS_REDUCTION(L1LossOptions);
};

struct MSELossOptions {
  using reduction_t = LossReduction;
  LAMPAS_OPTIONS_FROM_CHOICE3(MSELossOptions, reduction, kNone, kMean, kSum)
  LAMPAS_LOSS_REDUCTION(MSELossOptions);
};

struct SmoothL1LossOptions {
  using reduction_t = LossReduction;
  LAMPAS_OPTIONS_FROM_CHOICE3(SmoothL1LossOptions, reduction, kNone, kMean, kSum)
  LAMPAS_LOSS_REDUCTION(SmoothL1LossOptions);
  /// Difference from which on the loss is linear; not negative.
  LAMPAS_ARG(double, beta) = 1.0;
};

struct HuberLossOptions {
  using reduction_t = LossReduction;
  LAMPAS_OPTIONS_FROM_CHOICE3(HuberLossOptions, reduction, kNone, kMean, kSum)
  LAMPAS_LOSS_REDUCTION(HuberLossOptions);
  /// Difference from which on the loss is linear; positive.
  LAMPAS_ARG(double, delta) = 1.0;
};

struct KLDivLossOptions {
  using reduction_t = enumtype::OneOf<enumtype::kNone, enumtype::kBatchMean, enumtype::kSum, enumtype::kMean>;
  LAMPAS_OPTIONS_FROM_CHOICE4(KLDivLossOptions, reduction, kNone, kBatchMean, kSum, kMean)
  /// kMean divides by the number of elements, kBatchMean (the divergence as it is defined) by the batch size.
  LAMPAS_LOSS_REDUCTION(KLDivLossOptions);
  /// Whether the target holds logarithms of probabilities.
  LAMPAS_ARG(bool, log_target) = false;
};

struct BCELossOptions {
  using reduction_t = LossReduction;
  /// Multiplies the elements' losses; broadcast, or undefined.
  LAMPAS_LAZY_ARG(Tensor, weight) = {};
  LAMPAS_LOSS_REDUCTION(BCELossOptions);
};

struct BCEWithLogitsLossOptions {
  using reduction_t = LossReduction;
  /// Multiplies the elements' losses; broadcast, or undefined.
  LAMPAS_LAZY_ARG(Tensor, weight) = {};
  LAMPAS_LOSS_REDUCTION(BCEWithLogitsLossOptions);
  /// Multiplies the loss of positive targets; broadcast, or undefined.
  LAMPAS_LAZY_ARG(Tensor, pos_weight) = {};
};

struct PoissonNLLLossOptions {
  using reduction_t = LossReduction;
  /// Whether the input is the logarithm of the rate.
  LAMPAS_ARG(bool, log_input) = true;
  /// Whether Stirling's approximation of log(target!) is added.
  LAMPAS_ARG(bool, full) = false;
  /// Added to a rate before its logarithm is taken.
  LAMPAS_ARG(double, eps) = 1e-8;
  LAMPAS_LOSS_REDUCTION(PoissonNLLLossOptions);
};

struct GaussianNLLLossOptions {
  using reduction_t = LossReduction;
  /// Whether the constant log(2 pi) / 2 is added.
  LAMPAS_ARG(bool, full) = false;
  /// Smallest variance.
  LAMPAS_ARG(double, eps) = 1e-6;
  LAMPAS_LOSS_REDUCTION(GaussianNLLLossOptions);
};

struct SoftMarginLossOptions {
  using reduction_t = LossReduction;
  LAMPAS_OPTIONS_FROM_CHOICE3(SoftMarginLossOptions, reduction, kNone, kMean, kSum)
  LAMPAS_LOSS_REDUCTION(SoftMarginLossOptions);
};

struct HingeEmbeddingLossOptions {
  using reduction_t = LossReduction;
  LAMPAS_ARG(double, margin) = 1.0;
  LAMPAS_LOSS_REDUCTION(HingeEmbeddingLossOptions);
};

struct MarginRankingLossOptions {
  using reduction_t = LossReduction;
  LAMPAS_ARG(double, margin) = 0;
  LAMPAS_LOSS_REDUCTION(MarginRankingLossOptions);
};

// ---- classes

struct NLLLossOptions {
  using reduction_t = LossReduction;
  /// (C): a weight for each class, or undefined.
  LAMPAS_LAZY_ARG(Tensor, weight) = {};
  /// Targets of this value do not count.
  LAMPAS_ARG(int64_t, ignore_index) = -100;
  LAMPAS_LOSS_REDUCTION(NLLLossOptions);
};

struct CrossEntropyLossOptions {
  using reduction_t = LossReduction;
  /// (C): a weight for each class, or undefined.
  LAMPAS_LAZY_ARG(Tensor, weight) = {};
  /// Targets of this value do not count; class indices only.
  LAMPAS_ARG(int64_t, ignore_index) = -100;
  LAMPAS_LOSS_REDUCTION(CrossEntropyLossOptions);
  /// Mixture of the target with the uniform distribution, in [0, 1].
  LAMPAS_ARG(double, label_smoothing) = 0.0;
};

struct MultiMarginLossOptions {
  using reduction_t = LossReduction;
  /// Power of a violated margin: 1 or 2.
  LAMPAS_ARG(int64_t, p) = 1;
  LAMPAS_ARG(double, margin) = 1.0;
  /// (C): a weight for each class, or undefined.
  LAMPAS_LAZY_ARG(Tensor, weight) = Tensor();
  LAMPAS_LOSS_REDUCTION(MultiMarginLossOptions);
};

struct MultiLabelMarginLossOptions {
  using reduction_t = LossReduction;
  LAMPAS_OPTIONS_FROM_CHOICE3(MultiLabelMarginLossOptions, reduction, kNone, kMean, kSum)
  LAMPAS_LOSS_REDUCTION(MultiLabelMarginLossOptions);
};

struct MultiLabelSoftMarginLossOptions {
  using reduction_t = LossReduction;
  /// (C): a weight for each class, or undefined.
  LAMPAS_LAZY_ARG(Tensor, weight) = Tensor();
  LAMPAS_LOSS_REDUCTION(MultiLabelSoftMarginLossOptions);
};

// ---- vectors

struct CosineEmbeddingLossOptions {
  using reduction_t = LossReduction;
  /// In [-1, 1].
  LAMPAS_ARG(double, margin) = 0.0;
  LAMPAS_LOSS_REDUCTION(CosineEmbeddingLossOptions);
};

struct TripletMarginLossOptions {
  using reduction_t = LossReduction;
  LAMPAS_ARG(double, margin) = 1.0;
  /// Norm of the distance.
  LAMPAS_ARG(double, p) = 2.0;
  /// Added to every difference.
  LAMPAS_ARG(double, eps) = 1e-6;
  /// Whether the positive may stand in for the anchor where it is closer to the negative.
  LAMPAS_ARG(bool, swap) = false;
  LAMPAS_LOSS_REDUCTION(TripletMarginLossOptions);
};

struct TripletMarginWithDistanceLossOptions {
  using reduction_t = LossReduction;
  using distance_function_t = std::function<Tensor(const Tensor&, const Tensor&)>;
  /// Distance of two batches of vectors; none: pairwise_distance.
  LAMPAS_BOXED_ARG(std::optional<distance_function_t>, distance_function);
  LAMPAS_ARG(double, margin) = 1.0;
  /// Whether the positive may stand in for the anchor where it is closer to the negative.
  LAMPAS_ARG(bool, swap) = false;
  LAMPAS_LOSS_REDUCTION(TripletMarginWithDistanceLossOptions);
};

// ---- sequences

struct CTCLossOptions {
  using reduction_t = LossReduction;
  /// The class that stands for no label.
  LAMPAS_ARG(int64_t, blank) = 0;
  LAMPAS_LOSS_REDUCTION(CTCLossOptions);
  /// Whether targets too long for their input count 0 instead of infinity.
  LAMPAS_ARG(bool, zero_infinity) = false;
};

namespace functional {
using L1LossFuncOptions = L1LossOptions;
using MSELossFuncOptions = MSELossOptions;
using SmoothL1LossFuncOptions = SmoothL1LossOptions;
using HuberLossFuncOptions = HuberLossOptions;
using KLDivFuncOptions = KLDivLossOptions;
using BinaryCrossEntropyFuncOptions = BCELossOptions;
using BinaryCrossEntropyWithLogitsFuncOptions = BCEWithLogitsLossOptions;
using PoissonNLLLossFuncOptions = PoissonNLLLossOptions;
using GaussianNLLLossFuncOptions = GaussianNLLLossOptions;
using SoftMarginLossFuncOptions = SoftMarginLossOptions;
using HingeEmbeddingLossFuncOptions = HingeEmbeddingLossOptions;
using MarginRankingLossFuncOptions = MarginRankingLossOptions;
using NLLLossFuncOptions = NLLLossOptions;
using CrossEntropyFuncOptions = CrossEntropyLossOptions;
using MultiMarginLossFuncOptions = MultiMarginLossOptions;
using MultilabelMarginLossFuncOptions = MultiLabelMarginLossOptions;
using MultilabelSoftMarginLossFuncOptions = MultiLabelSoftMarginLossOptions;
using CosineEmbeddingLossFuncOptions = CosineEmbeddingLossOptions;
using TripletMarginLossFuncOptions = TripletMarginLossOptions;
using TripletMarginWithDistanceLossFuncOptions = TripletMarginWithDistanceLossOptions;
using CTCLossFuncOptions = CTCLossOptions;
}  // namespace functional

}  // namespace lampas::nn
