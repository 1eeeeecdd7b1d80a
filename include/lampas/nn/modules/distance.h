#pragma once

#include <iosfwd>

#include "lampas/nn/cloneable.h"
#include "lampas/nn/options/distance.h"
#include "lampas/nn/pimpl.h"

namespace lampas::nn {

/// x1 . x2 / (max(|x1|, eps) max(|x2|, eps)) along `dim`.
class LAMPAS_API CosineSimilarityImpl : public Cloneable<CosineSimilarityImpl> {
 public:
  explicit CosineSimilarityImpl(const CosineSimilarityOptions& options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input1, const Tensor& input2);

  CosineSimilarityOptions options;
};
LAMPAS_LIBRARY_MODULE(CosineSimilarity);

/// The p-norm of input1 - input2 + eps over the last dimension.
class LAMPAS_API PairwiseDistanceImpl : public Cloneable<PairwiseDistanceImpl> {
 public:
  explicit PairwiseDistanceImpl(const PairwiseDistanceOptions& options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input1, const Tensor& input2);

  PairwiseDistanceOptions options;
};
LAMPAS_LIBRARY_MODULE(PairwiseDistance);

}  // namespace lampas::nn
