#pragma once

#include <iosfwd>
#include <tuple>

#include "lampas/nn/cloneable.h"
#include "lampas/nn/options/pooling.h"
#include "lampas/nn/pimpl.h"

namespace lampas::nn {

/// Average over windows of (N, C, H, W) or (C, H, W).
class LAMPAS_API AvgPool2dImpl : public Cloneable<AvgPool2dImpl> {
 public:
  AvgPool2dImpl(ExpandingArray<2> kernel_size) : AvgPool2dImpl(AvgPool2dOptions(kernel_size)) {}
  explicit AvgPool2dImpl(const AvgPool2dOptions& options_);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  AvgPool2dOptions options;
};
LAMPAS_MODULE(AvgPool2d);

/// Maximum over windows of (N, C, H, W) or (C, H, W).
class LAMPAS_API MaxPool2dImpl : public Cloneable<MaxPool2dImpl> {
 public:
  MaxPool2dImpl(ExpandingArray<2> kernel_size) : MaxPool2dImpl(MaxPool2dOptions(kernel_size)) {}
  explicit MaxPool2dImpl(const MaxPool2dOptions& options_);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
  /// Also the position of each maximum in its H x W plane.
  std::tuple<Tensor, Tensor> forward_with_indices(const Tensor& input);

  MaxPool2dOptions options;
};
LAMPAS_MODULE(MaxPool2d);

}  // namespace lampas::nn
