#pragma once

#include <iosfwd>

#include "lampas/nn/cloneable.h"
#include "lampas/nn/options/loss.h"
#include "lampas/nn/pimpl.h"

namespace lampas::nn {

/// (input - target)^2.
class LAMPAS_API MSELossImpl : public Cloneable<MSELossImpl> {
 public:
  explicit MSELossImpl(const MSELossOptions& options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& target);

  MSELossOptions options;
};
LAMPAS_MODULE(MSELoss);

/// Negative log-likelihood: `input` (N, C, ...) holds log-probabilities, `target` (N, ...) class indices.
class LAMPAS_API NLLLossImpl : public Cloneable<NLLLossImpl> {
 public:
  explicit NLLLossImpl(NLLLossOptions options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& target);

  NLLLossOptions options;
  /// (C), a buffer; undefined: all classes weigh the same.
  Tensor weight;
};
LAMPAS_MODULE(NLLLoss);

/// Negative log-likelihood of log_softmax(input); `target` holds class indices or probabilities.
class LAMPAS_API CrossEntropyLossImpl : public Cloneable<CrossEntropyLossImpl> {
 public:
  explicit CrossEntropyLossImpl(const CrossEntropyLossOptions& options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& target);

  CrossEntropyLossOptions options;
  /// (C), a buffer; undefined: all classes weigh the same.
  Tensor weight;
};
LAMPAS_MODULE(CrossEntropyLoss);

}  // namespace lampas::nn
