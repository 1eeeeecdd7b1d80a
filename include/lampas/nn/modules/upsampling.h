#pragma once

#include <iosfwd>

#include "lampas/nn/cloneable.h"
#include "lampas/nn/options/upsampling.h"
#include "lampas/nn/pimpl.h"

namespace lampas::nn {

/// Resamples the spatial dimensions of (N, C, L), (N, C, H, W) or (N, C, D, H, W).
class LAMPAS_API UpsampleImpl : public Cloneable<UpsampleImpl> {
 public:
  explicit UpsampleImpl(const UpsampleOptions& options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  UpsampleOptions options;
};
LAMPAS_LIBRARY_MODULE(Upsample);

}  // namespace lampas::nn
