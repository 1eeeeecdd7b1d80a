#pragma once

#include <iosfwd>

#include "lampas/nn/cloneable.h"
#include "lampas/nn/options/fold.h"
#include "lampas/nn/pimpl.h"

namespace lampas::nn {

/// Sums sliding blocks (N, C * prod(kernel_size), L) into an image (N, C, output_size).
class LAMPAS_API FoldImpl : public Cloneable<FoldImpl> {
 public:
  FoldImpl(ExpandingArray<2> output_size, ExpandingArray<2> kernel_size)
      : FoldImpl(FoldOptions(output_size, kernel_size)) {}
  explicit FoldImpl(const FoldOptions& options_);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  FoldOptions options;
};
LAMPAS_LIBRARY_MODULE(Fold);

/// The sliding blocks of (N, C, H, W) as columns (N, C * prod(kernel_size), L).
class LAMPAS_API UnfoldImpl : public Cloneable<UnfoldImpl> {
 public:
  UnfoldImpl(ExpandingArray<2> kernel_size) : UnfoldImpl(UnfoldOptions(kernel_size)) {}
  explicit UnfoldImpl(const UnfoldOptions& options_);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  UnfoldOptions options;
};
LAMPAS_LIBRARY_MODULE(Unfold);

}  // namespace lampas::nn
