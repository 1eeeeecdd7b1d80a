#pragma once

#include "backend/conv_shape.h"
#include "lampas/tensor/tensor.h"

// Layouts kept across layers. Convolutions work in blocks of 8 or 16 channels; reordering every result to (N, C,
// spatial...) and back before the next layer costs more than a small convolution itself. So a large image may stay as
// the kernel left it: a tensor with a *packed image* claims plain contiguous sizes and strides, and its storage holds
// the blocks. Ops that can work on blocks (convolutions, pools, elementwise ops) ask `packed_image` for them and make
// packed results with `empty_packed`. Everybody else calls TensorImpl::data(), as always, which unpacks first.
//
// What makes this safe:
// - A storage is born packed, and unpacking is final: whoever holds an address holds the elements' only place.
// - Writes go through data() (which unpacks) or through a PackedImage (the one place then); either way the caller
//   advances the storage's version. Views share the storage, so they see one another's writes.
// - Only a tensor that is the whole storage, row-major, gets its blocks; any other view gets plain data.
// - A PackedImage keeps the blocks alive: another thread may unpack while a kernel reads them.
namespace lampas {

/// Tensors below this many elements are never packed: they are reordered in less time than it takes to decide.
inline constexpr int64_t kPackedNumel = 16384;

/// The packed elements of a tensor, held during use. Channels are a multiple of the block, so no padding lies between.
class PackedImage {
 public:
  PackedImage() = default;
  explicit operator bool() const { return static_cast<bool>(held_); }
  ImageLayout layout() const { return layout_; }
  int64_t block() const { return channel_block(layout_); }
  /// (batch, channels / block, spatial..., block) elements of the tensor's dtype.
  void* data() const { return data_; }

 private:
  friend PackedImage packed_image(const TensorImpl& x);
  PackedPtr held_;
  ImageLayout layout_ = ImageLayout::ChannelsFirst;
  void* data_ = nullptr;
};

/// What packed_image does when there is something to find out.
PackedImage packed_image(const TensorImpl& x);
/// Whether x's storage is packed at present (no promise that x may use it).
inline bool maybe_packed(const TensorImpl& x) { return x.storage->packed.load(std::memory_order_relaxed) != nullptr; }
/// The blocks x consists of; none if it is not packed or only a part or rearrangement of what is.
inline PackedImage packed_image(const Tensor& x) {
  return LAMPAS_LIKELY(!maybe_packed(*x.impl())) ? PackedImage() : packed_image(*x.impl());
}

/// An uninitialised packed tensor; `sizes` are (batch, channels, spatial...), channels a multiple of the layout's
/// block.
Tensor empty_packed(IntArrayRef sizes, ImageLayout layout, ScalarType dtype);
/// x in the given blocked layout: x itself if it has that already, else a copy. No history.
Tensor packed_in(const Tensor& x, ImageLayout layout);
/// Unpacks a result too small to stay packed; returns it.
Tensor settle_packed(Tensor y);

}  // namespace lampas
