#pragma once

#include <iosfwd>

#include "lampas/nn/cloneable.h"
#include "lampas/nn/options/normalization.h"
#include "lampas/nn/pimpl.h"

namespace lampas::nn {

/// (x - mean) / sqrt(var + eps) * weight + bias over the trailing dimensions normalized_shape. weight (starts 1) and
/// bias (0) have that shape.
class LAMPAS_API LayerNormImpl : public Cloneable<LayerNormImpl> {
 public:
  LayerNormImpl(std::vector<int64_t> normalized_shape);
  explicit LayerNormImpl(const LayerNormOptions& options_);
  void reset() override;
  void reset_parameters();
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  LayerNormOptions options;
  Tensor weight;
  Tensor bias;
};
LAMPAS_LIBRARY_MODULE(LayerNorm);

/// (x - mean) / sqrt(var + eps) * weight + bias over each sample's groups of channels of (N, C, ...). weight (starts 1)
/// and bias (0) are (C).
class LAMPAS_API GroupNormImpl : public Cloneable<GroupNormImpl> {
 public:
  GroupNormImpl(int64_t num_groups, int64_t num_channels);
  explicit GroupNormImpl(const GroupNormOptions& options_);
  void reset() override;
  void reset_parameters();
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  GroupNormOptions options;
  Tensor weight;
  Tensor bias;
};
LAMPAS_LIBRARY_MODULE(GroupNorm);

/// x / (k + alpha / size * sum of the squares of `size` channels around)^beta for (N, C, d1, ...).
class LAMPAS_API LocalResponseNormImpl : public Cloneable<LocalResponseNormImpl> {
 public:
  LocalResponseNormImpl(int64_t size);
  explicit LocalResponseNormImpl(const LocalResponseNormOptions& options_);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  LocalResponseNormOptions options;
};
LAMPAS_LIBRARY_MODULE(LocalResponseNorm);

/// The older form of LocalResponseNorm, for (N, C, H, W): an even size counts as the odd one below, but for the
/// divisor, and the first channel counts in the sums of all that follow, as in PyTorch.
class LAMPAS_API CrossMapLRN2dImpl : public Cloneable<CrossMapLRN2dImpl> {
 public:
  CrossMapLRN2dImpl(int64_t size);
  explicit CrossMapLRN2dImpl(const CrossMapLRN2dOptions& options_);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  CrossMapLRN2dOptions options;
};
LAMPAS_LIBRARY_MODULE(CrossMapLRN2d);

}  // namespace lampas::nn
