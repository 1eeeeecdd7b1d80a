#include "ops/fold.h"

#include "autograd/op.h"
#include "lampas/ops/fold.h"
#include "lampas/ops/matmul.h"
#include "lampas/ops/shape.h"
#include "ops/channels_last.h"
#include "ops/copy.h"
#include "ops/defined.h"

namespace lampas {

namespace {

/// Linear; the two are each other's derivative.
struct Fold;
struct Unfold {
  static constexpr auto name = "im2col";
  using saves = Saves<>;
  FoldShape s;
  Shape x_sizes, y_sizes;
  Tensor forward(const Tensor& x) const {
    const Tensor in = plain(x);
    Tensor y = empty_of(x, y_sizes);
    if (y.numel()) unfold_kernel.get(x.scalar_type())(s, in.impl()->data(), y.impl()->data());
    return y;
  }
  Grads<1> backward(const Tensor& g, const Needs<1>&) const;
};
struct Fold {
  static constexpr auto name = "col2im";
  using saves = Saves<>;
  FoldShape s;
  Shape x_sizes, y_sizes;
  Tensor forward(const Tensor& y) const {
    const Tensor in = plain(y);
    Tensor x = empty_of(y, x_sizes);
    if (x.numel()) fold_kernel.get(y.scalar_type())(s, in.impl()->data(), x.impl()->data());
    return x;
  }
  Grads<1> backward(const Tensor& v, const Needs<1>&) const { return {apply(Unfold{s, x_sizes, y_sizes}, v)}; }
};
Grads<1> Unfold::backward(const Tensor& g, const Needs<1>&) const { return {apply(Fold{s, x_sizes, y_sizes}, g)}; }

/// Pixel shuffling by two and back, of row-major float images: others are views and a copy.
struct PixelPairs {
  static constexpr auto name = "pixel_shuffle";
  using saves = Saves<>;
  bool apart;
  Shape x_sizes, y_sizes;
  friend const char* label_of(const PixelPairs& op) { return op.apart ? "pixel_unshuffle" : name; }
  static bool serves(const Tensor& x, int64_t r) {
    return r == 2 && x.scalar_type() == kFloat && x.is_contiguous() && x.numel() > 0;
  }
  Tensor forward(const Tensor& x) const {
    const Tensor in = plain(x);
    Tensor y = empty_of(x, y_sizes);
    const Shape& quarters = apart ? y_sizes : x_sizes;
    const int64_t h = quarters[quarters.size() - 2], w = quarters[quarters.size() - 1];
    pixel_pairs_kernel.get(kFloat)(apart, x.numel() / (4 * h * w), h, w, in.impl()->data(), y.impl()->data());
    return y;
  }
  Grads<1> backward(const Tensor& g, const Needs<1>&) const { return {apply(PixelPairs{!apart, y_sizes, x_sizes}, g)}; }
};

void fill_pair(const char* op, const char* what, IntArrayRef from, int64_t low, int64_t* to) {
  check(from.size() == 2, op, ": It is expected ", what, " equals to 2, but got size ", from.size());
  for (size_t d = 0; d < 2; ++d) {
    to[d] = from[d];
    check(to[d] >= low, op, ": ", what, " should be ", low ? "greater than zero" : "non-negative", ", but got ", from);
    check(to[d] <= INT32_MAX, op, ": ", what, " is too large, got ", from);  // sizes computed from it do not overflow
  }
}

FoldShape shape_of(const char* op, IntArrayRef in, IntArrayRef kernel, IntArrayRef dilation, IntArrayRef padding,
                   IntArrayRef stride) {
  FoldShape s;
  fill_pair(op, "kernel_size", kernel, 1, s.kernel);
  fill_pair(op, "dilation", dilation, 1, s.dilation);
  fill_pair(op, "padding", padding, 0, s.padding);
  fill_pair(op, "stride", stride, 1, s.stride);
  for (int d = 0; d < 2; ++d) {
    s.in[d] = in[static_cast<size_t>(d)];
    const int64_t room = s.in[d] + 2 * s.padding[d] - s.dilation[d] * (s.kernel[d] - 1) - 1;
    s.blocks[d] = room < 0 ? 0 : room / s.stride[d] + 1;
  }
  return s;
}

}  // namespace

Tensor im2col(const Tensor& x, IntArrayRef kernel, IntArrayRef dilation, IntArrayRef padding, IntArrayRef stride) {
  constexpr auto op = "im2col";
  check_defined(op, x);
  check(is_floating_point(x.scalar_type()), op, ": expected a floating point input, got ", x.scalar_type());
  const bool batched = x.dim() == 4;
  check((batched || x.dim() == 3) && x.size(-1) > 0 && x.size(-2) > 0 && x.size(-3) > 0, op,
        ": Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, "
        "but got: ",
        x.sizes());
  FoldShape s = shape_of(op, {x.size(-2), x.size(-1)}, kernel, dilation, padding, stride);
  check(s.blocks[0] > 0 && s.blocks[1] > 0, op, ": Given input with spatial size (", s.in[0], ", ", s.in[1],
        "), kernel_size=(", s.kernel[0], ", ", s.kernel[1], "), dilation=(", s.dilation[0], ", ", s.dilation[1],
        "), padding=(", s.padding[0], ", ", s.padding[1], "), calculated shape of the array of sliding blocks as (",
        s.blocks[0], ", ", s.blocks[1], "), but its components must be at least one.");
  s.planes = (batched ? x.size(0) : 1) * x.size(-3);
  Shape sizes{x.size(-3) * s.kernel[0] * s.kernel[1], s.blocks[0] * s.blocks[1]};
  if (batched) sizes = {x.size(0), sizes[0], sizes[1]};
  checked_numel(sizes, static_cast<size_t>(x.element_size()), op);
  return apply(Unfold{s, Shape(x.sizes()), sizes}, x);
}

Tensor col2im(const Tensor& x, IntArrayRef output_size, IntArrayRef kernel, IntArrayRef dilation, IntArrayRef padding,
              IntArrayRef stride) {
  constexpr auto op = "col2im";
  check_defined(op, x);
  check(is_floating_point(x.scalar_type()), op, ": expected a floating point input, got ", x.scalar_type());
  const bool batched = x.dim() == 3;
  check((batched || x.dim() == 2) && x.size(-1) > 0 && x.size(-2) > 0, op,
        ": Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero dimensions, but "
        "got: ",
        x.sizes());
  int64_t out[2];
  fill_pair(op, "output_size", output_size, 1, out);
  FoldShape s = shape_of(op, output_size, kernel, dilation, padding, stride);
  const int64_t taps = s.kernel[0] * s.kernel[1], rows = x.size(-2), blocks = s.blocks[0] * s.blocks[1];
  check(rows % taps == 0, op, ": Expected size of input's dimension ", batched ? 1 : 0,
        " to be divisible by the product of kernel_size, but got input ", x.sizes(), " and kernel_size=", kernel);
  check(blocks == x.size(-1), op, ": Given output_size=", output_size, ", kernel_size=", kernel,
        ", dilation=", dilation, ", padding=", padding, ", stride=", stride, ", expected size of input's dimension ",
        batched ? 2 : 1, " to match the calculated number of sliding blocks ", s.blocks[0], " * ", s.blocks[1], " = ",
        blocks, ", but got input ", x.sizes());
  s.planes = (batched ? x.size(0) : 1) * (rows / taps);
  Shape sizes{rows / taps, out[0], out[1]};
  if (batched) sizes = {x.size(0), rows / taps, out[0], out[1]};
  checked_numel(sizes, static_cast<size_t>(x.element_size()), op);
  return apply(Fold{s, sizes, Shape(x.sizes())}, x);
}

Tensor pixel_shuffle(const Tensor& x, int64_t r) {
  check_defined("pixel_shuffle", x);
  check(x.dim() >= 3, "pixel_shuffle: expects input to have at least 3 dimensions, but got input with ", x.dim(),
        " dimension(s)");
  check(r > 0, "pixel_shuffle: expects a positive upscale_factor, but got ", r);
  check(r <= 1 << 20, "pixel_shuffle: expects an upscale_factor of at most ", 1 << 20, ", but got ", r);
  const int64_t c = x.size(-3), h = x.size(-2), w = x.size(-1), rank = x.dim();
  check(c % (r * r) == 0,
        "pixel_shuffle: expects its input's 'channel' dimension to be divisible by the square of upscale_factor, but "
        "input.size(-3)=",
        c, " is not divisible by ", r * r);
  Shape split(x.sizes().begin(), x.sizes().end() - 3), order, joined(split);
  for (int64_t d = 0; d < rank - 3; ++d) order.push_back(d);
  for (const int64_t n : {c / (r * r), r, r, h, w}) split.push_back(n);
  for (const int64_t d : {0, 3, 1, 4, 2}) order.push_back(rank - 3 + d);
  for (const int64_t n : {c / (r * r), h * r, w * r}) joined.push_back(n);
  if (PixelPairs::serves(x, r)) return apply(PixelPairs{false, Shape(x.sizes()), joined}, x);
  return as_image(x.reshape(split).permute(order).reshape(joined), x);
}

Tensor pixel_unshuffle(const Tensor& x, int64_t r) {
  check_defined("pixel_unshuffle", x);
  check(x.dim() >= 3, "pixel_unshuffle: expects input to have at least 3 dimensions, but got input with ", x.dim(),
        " dimension(s)");
  check(r > 0, "pixel_unshuffle: expects a positive downscale_factor, but got ", r);
  check(r <= 1 << 20, "pixel_unshuffle: expects a downscale_factor of at most ", 1 << 20, ", but got ", r);
  const int64_t c = x.size(-3), h = x.size(-2), w = x.size(-1), rank = x.dim();
  check(h % r == 0, "pixel_unshuffle: expects height to be divisible by downscale_factor, but input.size(-2)=", h,
        " is not divisible by ", r);
  check(w % r == 0, "pixel_unshuffle: expects width to be divisible by downscale_factor, but input.size(-1)=", w,
        " is not divisible by ", r);
  Shape split(x.sizes().begin(), x.sizes().end() - 3), order, joined(split);
  for (int64_t d = 0; d < rank - 3; ++d) order.push_back(d);
  for (const int64_t n : {c, h / r, r, w / r, r}) split.push_back(n);
  for (const int64_t d : {0, 2, 4, 1, 3}) order.push_back(rank - 3 + d);
  for (const int64_t n : {c * r * r, h / r, w / r}) joined.push_back(n);
  if (PixelPairs::serves(x, r)) return apply(PixelPairs{true, Shape(x.sizes()), joined}, x);
  return as_image(x.reshape(split).permute(order).reshape(joined), x);
}

Tensor channel_shuffle(const Tensor& x, int64_t groups) {
  check_defined("channel_shuffle", x);
  check(x.dim() > 2, "channel_shuffle: expects input with > 2 dims, but got input with sizes ", x.sizes());
  check(groups > 0,
        "channel_shuffle: Number of groups to divide channels in must be positive. Value of groups:", groups);
  check(x.size(1) % groups == 0, "channel_shuffle: Number of channels must be divisible by groups. Got ", x.size(1),
        " channels and ", groups, " groups.");
  Shape split{x.size(0), groups, x.size(1) / groups};
  for (int64_t d = 2; d < x.dim(); ++d) split.push_back(x.size(d));
  return as_image(x.reshape(split).transpose(1, 2).reshape(x.sizes()), x);
}

Tensor bilinear(const Tensor& x1, const Tensor& x2, const Tensor& weight, const Tensor& bias) {
  constexpr auto op = "bilinear";
  check_defined(op, x1, "input1");
  check_defined(op, x2, "input2");
  check_defined(op, weight, "weight");
  check(weight.dim() == 3, op, ": expected weight (out, in1, in2), got ", weight.sizes());
  check(x1.dim() >= 1 && x1.dim() == x2.dim(), op, "(): input dimensions do not match: got ", x1.dim(), " and ",
        x2.dim());
  for (int64_t d = 0; d < x1.dim() - 1; ++d)
    check(x1.size(d) == x2.size(d), op, "(): input batch dimensions do not match at dim ", d, ": got ", x1.size(d),
          " and ", x2.size(d));
  check(x1.size(-1) == weight.size(1), op, "(): input1 size does not match weight size: got ", x1.size(-1),
        " but expected ", weight.size(1));
  check(x2.size(-1) == weight.size(2), op, "(): input2 size does not match weight size: got ", x2.size(-1),
        " but expected ", weight.size(2));
  const int64_t out = weight.size(0), in1 = weight.size(1), in2 = weight.size(2);
  check(!bias.defined() || (bias.dim() == 1 && bias.size(0) == out), op,
        "(): bias size does not match weight size: got ", bias.defined() ? bias.numel() : 0, " but expected ", out);
  int64_t n = 1;
  for (int64_t d = 0; d < x1.dim() - 1; ++d) n *= x1.size(d);
  Shape sizes(x1.sizes());
  sizes[sizes.size() - 1] = out;
  // x1 meets the weight in one product; what is left is one inner product with x2 for each output.
  const Tensor half = mm(x1.reshape({n, in1}), weight.transpose(0, 1).reshape({in1, out * in2})).view({n, out, in2});
  const Tensor y = bmm(half, x2.reshape({n, in2, 1})).view(sizes);
  return bias.defined() ? y.add(bias) : y;
}

}  // namespace lampas
