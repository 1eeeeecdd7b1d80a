#pragma once

#include <cstdint>

namespace lampas {

/// Spatial dimensions of the library's convolutions and pools.
inline constexpr int kMaxSpatial = 3;

/// Where the channel dimension lies: (N, C, spatial...), (N, spatial..., C), or in blocks (N, C / 8, spatial..., 8) and
/// (N, C / 16, spatial..., 16), for which C must be a multiple of the block.
enum class ImageLayout : int8_t { ChannelsFirst, ChannelsLast, Blocked8, Blocked16 };

/// Channels that lie side by side in a blocked layout; 0 for the others.
constexpr int64_t channel_block(ImageLayout l) {
  return l == ImageLayout::Blocked8 ? 8 : l == ImageLayout::Blocked16 ? 16 : 0;
}

/// A cross-correlation of `dims` spatial dimensions (1 to 3; arrays hold that many entries, outermost first).
/// x: (batch, in_channels, in...), weight: (out_channels, in_channels / groups, kernel...), y: (batch, out_channels,
/// out...), all dense in row-major order of their layout (the weight is always channels-first). `padding` is the zero
/// padding before the first element and may be negative (a crop); what is needed after the last one follows from `out`,
/// so asymmetric padding needs no field of its own. x positions no window covers are ignored.
struct ConvShape {
  int dims = 2;
  int64_t batch = 0, in_channels = 0, out_channels = 0, groups = 1;
  int64_t in[kMaxSpatial] = {1, 1, 1}, out[kMaxSpatial] = {1, 1, 1}, kernel[kMaxSpatial] = {1, 1, 1};
  int64_t stride[kMaxSpatial] = {1, 1, 1}, padding[kMaxSpatial] = {0, 0, 0}, dilation[kMaxSpatial] = {1, 1, 1};
  ImageLayout x_layout = ImageLayout::ChannelsFirst, y_layout = ImageLayout::ChannelsFirst;

  bool operator==(const ConvShape&) const = default;
};

/// Whether each result sees the one position it stands at: a product of filters and images.
inline bool is_pointwise(const ConvShape& s) {
  for (int d = 0; d < s.dims; ++d)
    if (s.kernel[d] != 1 || s.stride[d] != 1 || s.padding[d] != 0 || s.in[d] != s.out[d]) return false;
  return true;
}

/// A convolution, its derivative towards the input, and towards weight and bias.
enum class ConvDirection : int8_t { Forward, Input, Weight };

/// The layouts a kernel would like x and y (or their gradients) to have.
struct ConvLayouts {
  ImageLayout x = ImageLayout::ChannelsFirst, y = ImageLayout::ChannelsFirst;
};

}  // namespace lampas
