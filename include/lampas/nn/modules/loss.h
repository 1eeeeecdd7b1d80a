#pragma once

#include <iosfwd>

#include "lampas/nn/cloneable.h"
#include "lampas/nn/options/loss.h"
#include "lampas/nn/pimpl.h"

/// The losses of lampas/ops/loss.h as modules.
namespace lampas::nn {

namespace detail {
/// What loss modules share: options, and nothing to reset.
template <class Derived, class Options>
class LossImpl : public Cloneable<Derived> {
 public:
  explicit LossImpl(const Options& options_ = {}) : options(options_) {}
  void reset() override {}

  Options options;
};
}  // namespace detail

/// |input - target|.
class LAMPAS_API L1LossImpl : public detail::LossImpl<L1LossImpl, L1LossOptions> {
 public:
  using LossImpl::LossImpl;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& target);
};
LAMPAS_LIBRARY_MODULE(L1Loss);

/// (input - target)^2.
class LAMPAS_API MSELossImpl : public detail::LossImpl<MSELossImpl, MSELossOptions> {
 public:
  using LossImpl::LossImpl;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& target);
};
LAMPAS_LIBRARY_MODULE(MSELoss);

/// d^2 / (2 beta) for d = |input - target| below beta, else d - beta / 2.
class LAMPAS_API SmoothL1LossImpl : public detail::LossImpl<SmoothL1LossImpl, SmoothL1LossOptions> {
 public:
  using LossImpl::LossImpl;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& target);
};
LAMPAS_LIBRARY_MODULE(SmoothL1Loss);

/// d^2 / 2 for d = |input - target| up to delta, else delta (d - delta / 2).
class LAMPAS_API HuberLossImpl : public detail::LossImpl<HuberLossImpl, HuberLossOptions> {
 public:
  using LossImpl::LossImpl;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& target);
};
LAMPAS_LIBRARY_MODULE(HuberLoss);

/// target (log target - input): Kullback-Leibler divergence of the distribution whose logarithm is `input`.
class LAMPAS_API KLDivLossImpl : public detail::LossImpl<KLDivLossImpl, KLDivLossOptions> {
 public:
  using LossImpl::LossImpl;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& target);
};
LAMPAS_LIBRARY_MODULE(KLDivLoss);

/// Cross entropy of two classes; `input` holds probabilities.
class LAMPAS_API BCELossImpl : public detail::LossImpl<BCELossImpl, BCELossOptions> {
 public:
  explicit BCELossImpl(const BCELossOptions& options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& target);

  /// Buffer; undefined: all weigh the same.
  Tensor weight;
};
LAMPAS_LIBRARY_MODULE(BCELoss);

/// Cross entropy of two classes of the probability sigmoid(input), without overflow.
class LAMPAS_API BCEWithLogitsLossImpl : public detail::LossImpl<BCEWithLogitsLossImpl, BCEWithLogitsLossOptions> {
 public:
  explicit BCEWithLogitsLossImpl(const BCEWithLogitsLossOptions& options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& target);

  /// Buffer; undefined: all weigh the same.
  Tensor weight;
  /// Buffer: weight of positive targets, or undefined.
  Tensor pos_weight;
};
LAMPAS_LIBRARY_MODULE(BCEWithLogitsLoss);

/// Negative log-likelihood of counts under a Poisson distribution of rate exp(log_input), or log_input.
class LAMPAS_API PoissonNLLLossImpl : public detail::LossImpl<PoissonNLLLossImpl, PoissonNLLLossOptions> {
 public:
  using LossImpl::LossImpl;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& log_input, const Tensor& targets);
};
LAMPAS_LIBRARY_MODULE(PoissonNLLLoss);

/// Negative log-likelihood under normal distributions of mean `input` and variance `var`.
class LAMPAS_API GaussianNLLLossImpl : public detail::LossImpl<GaussianNLLLossImpl, GaussianNLLLossOptions> {
 public:
  using LossImpl::LossImpl;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& target, const Tensor& var);
};
LAMPAS_LIBRARY_MODULE(GaussianNLLLoss);

/// log(1 + exp(-target input)), target 1 or -1.
class LAMPAS_API SoftMarginLossImpl : public detail::LossImpl<SoftMarginLossImpl, SoftMarginLossOptions> {
 public:
  using LossImpl::LossImpl;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& target);
};
LAMPAS_LIBRARY_MODULE(SoftMarginLoss);

/// input where target is 1, max(0, margin - input) where it is -1.
class LAMPAS_API HingeEmbeddingLossImpl : public detail::LossImpl<HingeEmbeddingLossImpl, HingeEmbeddingLossOptions> {
 public:
  using LossImpl::LossImpl;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& target);
};
LAMPAS_LIBRARY_MODULE(HingeEmbeddingLoss);

/// max(0, -target (input1 - input2) + margin).
class LAMPAS_API MarginRankingLossImpl : public detail::LossImpl<MarginRankingLossImpl, MarginRankingLossOptions> {
 public:
  using LossImpl::LossImpl;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input1, const Tensor& input2, const Tensor& target);
};
LAMPAS_LIBRARY_MODULE(MarginRankingLoss);

/// Negative log-likelihood: `input` (N, C, ...) holds log-probabilities, `target` (N, ...) class indices.
class LAMPAS_API NLLLossImpl : public detail::LossImpl<NLLLossImpl, NLLLossOptions> {
 public:
  explicit NLLLossImpl(const NLLLossOptions& options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& target);

  /// Buffer; undefined: all weigh the same.
  Tensor weight;
};
LAMPAS_LIBRARY_MODULE(NLLLoss);

/// Negative log-likelihood of log_softmax(input); `target` holds class indices or probabilities.
class LAMPAS_API CrossEntropyLossImpl : public detail::LossImpl<CrossEntropyLossImpl, CrossEntropyLossOptions> {
 public:
  explicit CrossEntropyLossImpl(const CrossEntropyLossOptions& options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& target);

  /// Buffer; undefined: all weigh the same.
  Tensor weight;
};
LAMPAS_LIBRARY_MODULE(CrossEntropyLoss);

/// sum over i != target of weight[target] max(0, margin - input[target] + input[i])^p / C.
class LAMPAS_API MultiMarginLossImpl : public detail::LossImpl<MultiMarginLossImpl, MultiMarginLossOptions> {
 public:
  explicit MultiMarginLossImpl(const MultiMarginLossOptions& options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& target);

  /// Buffer; undefined: all weigh the same.
  Tensor weight;
};
LAMPAS_LIBRARY_MODULE(MultiMarginLoss);

/// sum over targets j (those before the first -1) and other classes i of max(0, 1 - (input[j] - input[i])) / C.
class LAMPAS_API MultiLabelMarginLossImpl
    : public detail::LossImpl<MultiLabelMarginLossImpl, MultiLabelMarginLossOptions> {
 public:
  using LossImpl::LossImpl;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& target);
};
LAMPAS_LIBRARY_MODULE(MultiLabelMarginLoss);

/// Mean over classes of the cross entropy of sigmoid(input).
class LAMPAS_API MultiLabelSoftMarginLossImpl
    : public detail::LossImpl<MultiLabelSoftMarginLossImpl, MultiLabelSoftMarginLossOptions> {
 public:
  explicit MultiLabelSoftMarginLossImpl(const MultiLabelSoftMarginLossOptions& options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& target);

  /// Buffer; undefined: all weigh the same.
  Tensor weight;
};
LAMPAS_LIBRARY_MODULE(MultiLabelSoftMarginLoss);

/// 1 - cos(input1, input2) where target is 1, max(0, cos - margin) where it is -1.
class LAMPAS_API CosineEmbeddingLossImpl
    : public detail::LossImpl<CosineEmbeddingLossImpl, CosineEmbeddingLossOptions> {
 public:
  using LossImpl::LossImpl;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input1, const Tensor& input2, const Tensor& target);
};
LAMPAS_LIBRARY_MODULE(CosineEmbeddingLoss);

/// max(0, d(anchor, positive) - d(anchor, negative) + margin).
class LAMPAS_API TripletMarginLossImpl : public detail::LossImpl<TripletMarginLossImpl, TripletMarginLossOptions> {
 public:
  using LossImpl::LossImpl;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& anchor, const Tensor& positive, const Tensor& negative);
};
LAMPAS_LIBRARY_MODULE(TripletMarginLoss);

/// The same with a distance of the caller's.
class LAMPAS_API TripletMarginWithDistanceLossImpl
    : public detail::LossImpl<TripletMarginWithDistanceLossImpl, TripletMarginWithDistanceLossOptions> {
 public:
  using LossImpl::LossImpl;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& anchor, const Tensor& positive, const Tensor& negative);
};
LAMPAS_LIBRARY_MODULE(TripletMarginWithDistanceLoss);

/// Connectionist temporal classification of log-probabilities (T, N, C) or (T, C).
class LAMPAS_API CTCLossImpl : public detail::LossImpl<CTCLossImpl, CTCLossOptions> {
 public:
  using LossImpl::LossImpl;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& log_probs, const Tensor& targets, const Tensor& input_lengths,
                 const Tensor& target_lengths);
};
LAMPAS_LIBRARY_MODULE(CTCLoss);

}  // namespace lampas::nn
