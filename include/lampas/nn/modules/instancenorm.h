#pragma once

#include <iosfwd>

#include "lampas/nn/cloneable.h"
#include "lampas/nn/options/instancenorm.h"
#include "lampas/nn/pimpl.h"

namespace lampas::nn {

/// What the instance normalisations share: weight (starts 1) and bias (0) if affine, running_mean (0), running_var (1)
/// and num_batches_tracked (never counted, as in PyTorch) if tracked.
template <size_t D, class Derived>
class LAMPAS_API InstanceNormImplBase : public Cloneable<Derived> {
 public:
  explicit InstanceNormImplBase(const InstanceNormOptions& options_);
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
  /// Whether evaluation uses the running statistics; they must be tracked.
  void use_running_stats(bool mode = true);

  InstanceNormOptions options;
  Tensor weight;
  Tensor bias;
  Tensor running_mean;
  Tensor running_var;
  Tensor num_batches_tracked;

 private:
  bool use_running_ = true;
};

/// (x - mean) / sqrt(var + eps) * weight + bias for every channel of every sample of (N, C, L), or of (C, L).
class LAMPAS_API InstanceNorm1dImpl : public InstanceNormImplBase<1, InstanceNorm1dImpl> {
 public:
  using InstanceNormImplBase<1, InstanceNorm1dImpl>::InstanceNormImplBase;
};
LAMPAS_LIBRARY_MODULE(InstanceNorm1d);

/// (x - mean) / sqrt(var + eps) * weight + bias for every channel of every sample of (N, C, H, W), or of (C, H, W).
class LAMPAS_API InstanceNorm2dImpl : public InstanceNormImplBase<2, InstanceNorm2dImpl> {
 public:
  using InstanceNormImplBase<2, InstanceNorm2dImpl>::InstanceNormImplBase;
};
LAMPAS_LIBRARY_MODULE(InstanceNorm2d);

/// (x - mean) / sqrt(var + eps) * weight + bias for every channel of every sample of (N, C, D, H, W), or of (C, D, H,
/// W).
class LAMPAS_API InstanceNorm3dImpl : public InstanceNormImplBase<3, InstanceNorm3dImpl> {
 public:
  using InstanceNormImplBase<3, InstanceNorm3dImpl>::InstanceNormImplBase;
};
LAMPAS_LIBRARY_MODULE(InstanceNorm3d);

extern template class InstanceNormImplBase<1, InstanceNorm1dImpl>;
extern template class InstanceNormImplBase<2, InstanceNorm2dImpl>;
extern template class InstanceNormImplBase<3, InstanceNorm3dImpl>;

}  // namespace lampas::nn
