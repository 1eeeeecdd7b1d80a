#pragma once

#include "lampas/nn/functional/upsampling.h"
#include "lampas/nn/modules/loss.h"
#include "lampas/nn/modules/upsampling.h"

/// Names of PyTorch 0.3 (https://pytorch.org/docs/0.3.0/nn.html) with the behaviour they had. New programs use what the
/// messages name.
namespace lampas::nn {

using NLLLoss2dImpl [[deprecated("use NLLLoss: it takes targets of any rank")]] = NLLLossImpl;
using NLLLoss2d [[deprecated("use NLLLoss: it takes targets of any rank")]] = NLLLoss;

/// Upsample with kNearest.
class LAMPAS_API UpsamplingNearest2dImpl : public UpsampleImpl {
 public:
  explicit UpsamplingNearest2dImpl(const UpsampleOptions& options_)
      : UpsampleImpl(UpsampleOptions(options_).mode(kNearest)) {}
};
class [[deprecated("use Upsample")]] UpsamplingNearest2d : public ModuleHolder<UpsamplingNearest2dImpl> {
 public:
  using ModuleHolder<UpsamplingNearest2dImpl>::ModuleHolder;
  using Impl [[maybe_unused]] = UpsamplingNearest2dImpl;
};

/// Upsample with kBilinear and aligned corners.
class LAMPAS_API UpsamplingBilinear2dImpl : public UpsampleImpl {
 public:
  explicit UpsamplingBilinear2dImpl(const UpsampleOptions& options_)
      : UpsampleImpl(UpsampleOptions(options_).mode(kBilinear).align_corners(true)) {}
};
class [[deprecated("use Upsample")]] UpsamplingBilinear2d : public ModuleHolder<UpsamplingBilinear2dImpl> {
 public:
  using ModuleHolder<UpsamplingBilinear2dImpl>::ModuleHolder;
  using Impl [[maybe_unused]] = UpsamplingBilinear2dImpl;
};

namespace functional {

/// interpolate; the linear modes align corners unless told otherwise.
[[deprecated("use interpolate")]] LAMPAS_API Tensor upsample(const Tensor& input,
                                                             const InterpolateFuncOptions& options = {});
/// interpolate with kNearest of 4-D or 5-D input.
[[deprecated("use interpolate")]] LAMPAS_API Tensor upsample_nearest(const Tensor& input,
                                                                     const InterpolateFuncOptions& options = {});
/// interpolate with kBilinear and aligned corners of 4-D input.
[[deprecated("use interpolate")]] LAMPAS_API Tensor upsample_bilinear(const Tensor& input,
                                                                      const InterpolateFuncOptions& options = {});

}  // namespace functional

}  // namespace lampas::nn
