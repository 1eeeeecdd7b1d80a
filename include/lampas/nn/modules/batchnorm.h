#pragma once

#include <iosfwd>

#include "lampas/nn/cloneable.h"
#include "lampas/nn/options/batchnorm.h"
#include "lampas/nn/pimpl.h"

namespace lampas::nn {

/// What batch and instance normalisations share: weight (starts 1) and bias (0) if affine, running_mean (0),
/// running_var (1) and num_batches_tracked (0) if tracked, each undefined when switched off. Their saved state has
/// version 2; older state without num_batches_tracked loads as if it held 0.
template <size_t D, class Derived, class DerivedOptions>
class LAMPAS_API NormImplBase : public Cloneable<Derived> {
 public:
  explicit NormImplBase(const DerivedOptions& options_);
  void reset() override;
  void reset_running_stats();
  void reset_parameters();
  int64_t _version() const override;
  void _load_from_state_dict(StateDict& state_dict, const std::string& prefix,
                             const StateDict::LocalMetadata& local_metadata, bool strict,
                             std::vector<std::string>& missing_keys, std::vector<std::string>& unexpected_keys,
                             std::vector<std::string>& error_msgs) override;

  DerivedOptions options;
  Tensor weight;
  Tensor bias;
  Tensor running_mean;
  Tensor running_var;
  Tensor num_batches_tracked;
};

/// Normalises every channel over the batch.
template <size_t D, class Derived>
class LAMPAS_API BatchNormImplBase : public NormImplBase<D, Derived, BatchNormOptions> {
 public:
  using NormImplBase<D, Derived, BatchNormOptions>::NormImplBase;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
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

extern template class NormImplBase<1, BatchNorm1dImpl, BatchNormOptions>;
extern template class NormImplBase<2, BatchNorm2dImpl, BatchNormOptions>;
extern template class NormImplBase<3, BatchNorm3dImpl, BatchNormOptions>;
extern template class BatchNormImplBase<1, BatchNorm1dImpl>;
extern template class BatchNormImplBase<2, BatchNorm2dImpl>;
extern template class BatchNormImplBase<3, BatchNorm3dImpl>;

}  // namespace lampas::nn
