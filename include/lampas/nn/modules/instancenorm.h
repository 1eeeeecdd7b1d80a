#pragma once

#include <iosfwd>

#include "lampas/nn/modules/batchnorm.h"
#include "lampas/nn/options/instancenorm.h"

namespace lampas::nn {

/// Normalises every channel of every sample. num_batches_tracked is never counted, as in PyTorch.
template <size_t D, class Derived>
class LAMPAS_API InstanceNormImplBase : public NormImplBase<D, Derived, InstanceNormOptions> {
 public:
  using NormImplBase<D, Derived, InstanceNormOptions>::NormImplBase;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
  /// Whether evaluation uses the running statistics; they must be tracked.
  void use_running_stats(bool mode = true);

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

extern template class NormImplBase<1, InstanceNorm1dImpl, InstanceNormOptions>;
extern template class NormImplBase<2, InstanceNorm2dImpl, InstanceNormOptions>;
extern template class NormImplBase<3, InstanceNorm3dImpl, InstanceNormOptions>;
extern template class InstanceNormImplBase<1, InstanceNorm1dImpl>;
extern template class InstanceNormImplBase<2, InstanceNorm2dImpl>;
extern template class InstanceNormImplBase<3, InstanceNorm3dImpl>;

}  // namespace lampas::nn
