#include "lampas/nn/functional/fold.h"

#include "lampas/nn/functional/pixelshuffle.h"
#include "lampas/ops/fold.h"
#include "ops/defined.h"

namespace lampas::nn::functional {

Tensor fold(const Tensor& input, const FoldFuncOptions& o) {
  check_defined("fold", input);
  check(input.dim() == 2 || input.dim() == 3,
        "fold: Input Error: Only unbatched (2D) or batched (3D) input Tensors are supported (got ", input.dim(), "D)");
  return col2im(input, o.output_size(), o.kernel_size(), o.dilation(), o.padding(), o.stride());
}
Tensor unfold(const Tensor& input, const UnfoldFuncOptions& o) {
  check_defined("unfold", input);
  check(input.dim() == 4, "unfold: Input Error: Only 4D input Tensors are supported (got ", input.dim(), "D)");
  return im2col(input, o.kernel_size(), o.dilation(), o.padding(), o.stride());
}
Tensor pixel_shuffle(const Tensor& input, const PixelShuffleFuncOptions& o) {
  return lampas::pixel_shuffle(input, o.upscale_factor());
}
Tensor pixel_unshuffle(const Tensor& input, const PixelUnshuffleFuncOptions& o) {
  return lampas::pixel_unshuffle(input, o.downscale_factor());
}
Tensor channel_shuffle(const Tensor& input, const ChannelShuffleFuncOptions& o) {
  return lampas::channel_shuffle(input, o.groups());
}

}  // namespace lampas::nn::functional
