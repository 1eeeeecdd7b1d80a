#pragma once

#include <iosfwd>

#include "lampas/nn/cloneable.h"
#include "lampas/nn/options/pixelshuffle.h"
#include "lampas/nn/pimpl.h"

namespace lampas::nn {

/// (*, C r^2, H, W) to (*, C, H r, W r): channels become pixels.
class LAMPAS_API PixelShuffleImpl : public Cloneable<PixelShuffleImpl> {
 public:
  explicit PixelShuffleImpl(const PixelShuffleOptions& options_);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  PixelShuffleOptions options;
};
LAMPAS_LIBRARY_MODULE(PixelShuffle);

/// The inverse: pixels become channels.
class LAMPAS_API PixelUnshuffleImpl : public Cloneable<PixelUnshuffleImpl> {
 public:
  explicit PixelUnshuffleImpl(const PixelUnshuffleOptions& options_);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  PixelUnshuffleOptions options;
};
LAMPAS_LIBRARY_MODULE(PixelUnshuffle);

/// Interleaves the groups of channels of (N, C, *).
class LAMPAS_API ChannelShuffleImpl : public Cloneable<ChannelShuffleImpl> {
 public:
  explicit ChannelShuffleImpl(const ChannelShuffleOptions& options_);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  ChannelShuffleOptions options;
};
LAMPAS_LIBRARY_MODULE(ChannelShuffle);

}  // namespace lampas::nn
