#include <ostream>

#include "lampas/nn/functional/fold.h"
#include "lampas/nn/functional/pixelshuffle.h"
#include "lampas/nn/functional/upsampling.h"
#include "lampas/nn/modules/fold.h"
#include "lampas/nn/modules/pixelshuffle.h"
#include "lampas/nn/modules/upsampling.h"

namespace lampas::nn {

FoldImpl::FoldImpl(const FoldOptions& options_) : options(options_) {}
void FoldImpl::reset() {}
void FoldImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::Fold(output_size=" << options.output_size() << ", kernel_size=" << options.kernel_size()
         << ", dilation=" << options.dilation() << ", padding=" << options.padding() << ", stride=" << options.stride()
         << ')';
}
Tensor FoldImpl::forward(const Tensor& input) { return functional::fold(input, options); }

UnfoldImpl::UnfoldImpl(const UnfoldOptions& options_) : options(options_) {}
void UnfoldImpl::reset() {}
void UnfoldImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::Unfold(kernel_size=" << options.kernel_size() << ", dilation=" << options.dilation()
         << ", padding=" << options.padding() << ", stride=" << options.stride() << ')';
}
Tensor UnfoldImpl::forward(const Tensor& input) { return functional::unfold(input, options); }

PixelShuffleImpl::PixelShuffleImpl(const PixelShuffleOptions& options_) : options(options_) {}
void PixelShuffleImpl::reset() {}
void PixelShuffleImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::PixelShuffle(upscale_factor=" << options.upscale_factor() << ')';
}
Tensor PixelShuffleImpl::forward(const Tensor& input) { return functional::pixel_shuffle(input, options); }

PixelUnshuffleImpl::PixelUnshuffleImpl(const PixelUnshuffleOptions& options_) : options(options_) {}
void PixelUnshuffleImpl::reset() {}
void PixelUnshuffleImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::PixelUnshuffle(downscale_factor=" << options.downscale_factor() << ')';
}
Tensor PixelUnshuffleImpl::forward(const Tensor& input) { return functional::pixel_unshuffle(input, options); }

ChannelShuffleImpl::ChannelShuffleImpl(const ChannelShuffleOptions& options_) : options(options_) {}
void ChannelShuffleImpl::reset() {}
void ChannelShuffleImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::ChannelShuffle(groups=" << options.groups() << ')';
}
Tensor ChannelShuffleImpl::forward(const Tensor& input) { return functional::channel_shuffle(input, options); }

UpsampleImpl::UpsampleImpl(const UpsampleOptions& options_) : options(options_) {}
void UpsampleImpl::reset() {}
void UpsampleImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::Upsample(";
  const auto list = [&](const auto& values) {
    stream << '[';
    for (size_t k = 0; k < values.size(); ++k) stream << (k ? ", " : "") << values[k];
    stream << ']';
  };
  if (options.scale_factor()) {
    stream << "scale_factor=";
    list(*options.scale_factor());
    stream << ", ";
  } else if (options.size()) {
    stream << "size=";
    list(*options.size());
    stream << ", ";
  }
  stream << "mode=" << enumtype::get_enum_name(options.mode()) << ')';
}
Tensor UpsampleImpl::forward(const Tensor& input) {
  return functional::interpolate(input, functional::InterpolateFuncOptions()
                                            .size(options.size())
                                            .scale_factor(options.scale_factor())
                                            .mode(options.mode())
                                            .align_corners(options.align_corners()));
}

}  // namespace lampas::nn
