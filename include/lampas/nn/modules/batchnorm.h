#pragma once

#include <iosfwd>

#include "lampas/nn/cloneable.h"
#include "lampas/nn/options/batchnorm.h"
#include "lampas/nn/pimpl.h"

namespace lampas::nn {

/// What the batch normalisations share: weight (starts 1) and bias (0), running_mean (0), running_var (1) and
/// num_batches_tracked, each undefined when switched off.
template <size_t D, class Derived>
class LAMPAS_API BatchNormImplBase : public Cloneable<Derived> {
 public:
  explicit BatchNormImplBase(const BatchNormOptions& options_);
  void reset() override;
  void reset_running_stats();
  void reset_parameters();
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
  /// Version 2 has num_batches_tracked; older state without it, or without a version, loads as if it held 0.
  int64_t _version() const override;
  void _load_from_state_dict(StateDict& state_dict, const std::string& prefix,
                             const StateDict::LocalMetadata& local_metadata, bool strict,
                             std::vector<std::string>& missing_keys, std::vector<std::string>& unexpected_keys,
                             std::vector<std::string>& error_msgs) override;

  BatchNormOptions options;
  Tensor weight;
  Tensor bias;
  Tensor running_mean;
  Tensor running_var;
  Tensor num_batches_tracked;
};

/// y = (x - mean) / sqrt(var + eps) * weight + bias for every channel of (N, C) or (N, C, L).
class LAMPAS_API BatchNorm1dImpl : public BatchNormImplBase<1, BatchNorm1dImpl> {
 public:
  using BatchNormImplBase<1, BatchNorm1dImpl>::BatchNormImplBase;
};
LAMPAS_LIBRARY_MODULE(BatchNorm1d);

/// y = (x - mean) / sqrt(var + eps) * weight + bias for every channel of (N, C, H, W).
class LAMPAS_API BatchNorm2dImpl : public BatchNormImplBase<2, BatchNorm2dImpl> {
 public:
  using BatchNormImplBase<2, BatchNorm2dImpl>::BatchNormImplBase;
};
LAMPAS_LIBRARY_MODULE(BatchNorm2d);

/// y = (x - mean) / sqrt(var + eps) * weight + bias for every channel of (N, C, D, H, W).
class LAMPAS_API BatchNorm3dImpl : public BatchNormImplBase<3, BatchNorm3dImpl> {
 public:
  using BatchNormImplBase<3, BatchNorm3dImpl>::BatchNormImplBase;
};
LAMPAS_LIBRARY_MODULE(BatchNorm3d);

extern template class BatchNormImplBase<1, BatchNorm1dImpl>;
extern template class BatchNormImplBase<2, BatchNorm2dImpl>;
extern template class BatchNormImplBase<3, BatchNorm3dImpl>;

}  // namespace lampas::nn
