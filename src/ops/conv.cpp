// Convolution, its two derivatives and transposed convolution. Convolution is bilinear: forward, derivative towards the
// input and derivative towards the weight are closed under differentiation, so every order needs no further kernel.
#include "ops/conv.h"

#include "autograd/op.h"
#include "lampas/ops/conv.h"
#include "ops/channels_last.h"
#include "ops/copy.h"
#include "ops/defined.h"
#include "ops/pack.h"
#include "ops/packed_image.h"

namespace lampas {

namespace {

struct Geometry {
  int dims;
  int64_t stride[kMaxSpatial], padding[kMaxSpatial], dilation[kMaxSpatial], groups;
};

/// `t` dense in the wanted layout, without history.
Tensor dense(const Tensor& t, bool last, int dims) { return last ? t.contiguous(last_format(dims)) : plain(t); }

ConvShape shape_of(const Geometry& p, IntArrayRef x, IntArrayRef w, IntArrayRef y, bool last) {
  ConvShape s;
  s.dims = p.dims;
  s.batch = x[0], s.in_channels = x[1], s.out_channels = w[0], s.groups = p.groups;
  for (int d = 0; d < p.dims; ++d) {
    s.in[d] = x[2 + d], s.out[d] = y[2 + d], s.kernel[d] = w[2 + d];
    s.stride[d] = p.stride[d], s.padding[d] = p.padding[d], s.dilation[d] = p.dilation[d];
  }
  s.x_layout = s.y_layout = last ? ImageLayout::ChannelsLast : ImageLayout::ChannelsFirst;
  return s;
}

/// The layouts to keep images in for this call, if any is worth a packed image; `a` and `b` are x and y or their
/// gradients.
ConvLayouts packed_layouts(ConvDirection direction, const ConvShape& s, bool bias, const Tensor& a, int64_t b_numel) {
  if (s.x_layout != ImageLayout::ChannelsFirst || a.scalar_type() != kFloat) return {};
  if (a.numel() < kPackedNumel && b_numel < kPackedNumel) return {};
  return conv_layouts_kernel.get(kFloat)(direction, s, bias, maybe_packed(*a.impl()));
}

/// An image a kernel reads: its blocks if it has the ones the kernel wants, else dense elements.
struct Source {
  Tensor dense_image;
  PackedImage packed;
  ImageLayout layout;
  const void* data;
  Source(const Tensor& t, ImageLayout wanted, bool last, int dims)
      : layout(last ? ImageLayout::ChannelsLast : ImageLayout::ChannelsFirst) {
    if (channel_block(wanted)) packed = packed_image(t);
    if (packed && packed.layout() == wanted) {
      layout = wanted;
      data = packed.data();
      return;
    }
    dense_image = dense(t, last, dims);
    data = dense_image.impl()->data();
  }
};

/// An image a kernel writes: in the blocks it likes to write if the image is large, else plain or channels-last.
struct Target {
  Tensor image;
  PackedImage packed;
  ImageLayout layout;
  void* data;
  Target(const Tensor& like, IntArrayRef sizes, ImageLayout wanted, bool last)
      : layout(last ? ImageLayout::ChannelsLast : ImageLayout::ChannelsFirst) {
    if (channel_block(wanted) && numel_of(sizes) >= kPackedNumel) {
      image = empty_packed(sizes, wanted, like.scalar_type());
      packed = packed_image(image);
      layout = wanted;
      data = packed.data();
      return;
    }
    image = empty_image(like, sizes, last);
    data = image.impl()->data();
  }
};

Shape output_sizes(const Geometry& p, IntArrayRef x, IntArrayRef w) {
  Shape y{x[0], w[0]};
  for (int d = 0; d < p.dims; ++d)
    y.push_back((x[2 + d] + 2 * p.padding[d] - p.dilation[d] * (w[2 + d] - 1) - 1) / p.stride[d] + 1);
  return y;
}

Tensor convolution(const Geometry& p, const Tensor& x, const Tensor& w, const Tensor& bias);
Tensor convolution_input(const Geometry& p, const Tensor& g, const Tensor& w, const Tensor& bias, IntArrayRef x_sizes,
                         const char* label = "convolution_input");
std::array<Tensor, 2> convolution_weight(const Geometry& p, const Tensor& g, const Tensor& x, IntArrayRef w_sizes,
                                         bool bias);

/// The part of a convolution that has these sizes: a transposed convolution whose output padding reaches its stride
/// (dilation allows it) made an image in which one window more has room than it was made of.
Tensor convolution_of_sizes(const Geometry& p, const Tensor& x, const Tensor& w, const Tensor& bias,
                            IntArrayRef sizes) {
  Tensor y = convolution(p, x, w, bias);
  for (int d = 0; d < p.dims; ++d)
    if (y.size(2 + d) > sizes[2 + d]) y = y.narrow(2 + d, 0, sizes[2 + d]);
  return y;
}

Shape all_but_channels(const Tensor& t) {
  Shape dims{0};
  for (int64_t d = 2; d < t.dim(); ++d) dims.push_back(d);
  return dims;
}

struct Conv {
  static constexpr auto name = "convolution";
  using saves = Saves<In<0, 1>, In<1, 0>>;
  Geometry p;
  Tensor forward(const Tensor& x, const Tensor& w, const Tensor& bias) const {
    const bool last = x_last || channels_last(w);
    const Shape sizes = output_sizes(p, x.sizes(), w.sizes());
    if (numel_of(sizes) == 0) return empty_image(x, sizes, last);
    ConvShape s = shape_of(p, x.sizes(), w.sizes(), sizes, last);
    const ConvLayouts want = packed_layouts(ConvDirection::Forward, s, bias.defined(), x, numel_of(sizes));
    const Source in(x, want.x, last, p.dims);
    Target out(x, sizes, want.y, last);
    s.x_layout = in.layout, s.y_layout = out.layout;
    const Tensor wd = plain(w), bd = bias.defined() ? plain(bias) : bias;
    conv_kernel.get(x.scalar_type())(s, in.data, wd.impl()->data(), bd.defined() ? bd.impl()->data() : nullptr,
                                     out.data, pack_key(wd));
    return std::move(out.image);
  }
  Grads<3> backward(const Tensor& grad, const Needs<3>& need, const Tensor& x, const Tensor& w) const {
    Grads<3> d;
    // A channels-last input gets a channels-last gradient.
    const Tensor g = x_last               ? grad.contiguous(last_format(p.dims))
                     : need[0] && need[1] ? packed_once(grad, need[2])
                                          : grad;
    if (need[0]) d[0] = convolution_input(p, g, w, {}, x_sizes);
    if (need[1]) {
      auto wb = convolution_weight(p, g, x, w_sizes, need[2]);
      d[1] = std::move(wb[0]);
      d[2] = std::move(wb[1]);
    } else if (need[2]) {
      d[2] = g.sum(all_but_channels(g));
    }
    return d;
  }
  /// Both derivatives read dy: where they want the same blocks, it is brought into them once.
  Tensor packed_once(const Tensor& g, bool bias) const {
    if (detail::thread_state.grad_mode || g.numel() < kPackedNumel || channels_last(g) || maybe_packed(*g.impl()))
      return g;
    const ConvShape s = shape_of(p, x_sizes, w_sizes, g.sizes(), false);
    const ConvLayouts a = packed_layouts(ConvDirection::Input, s, false, g, g.numel());
    if (!channel_block(a.y)) return g;
    return a.y == packed_layouts(ConvDirection::Weight, s, bias, g, g.numel()).y ? packed_in(g, a.y) : g;
  }
  Shape x_sizes, w_sizes;
  bool x_last;  // x itself is not kept where the weight needs no gradient
};

/// Derivative towards the input; with a bias over its channels, transposed convolution.
struct ConvInput {
  static constexpr auto name = "convolution_input";
  using saves = Saves<In<0, 1>, In<1, 0>>;
  Geometry p;
  Shape x_sizes, w_sizes, g_sizes;
  const char* label = name;
  Tensor forward(const Tensor& g, const Tensor& w, const Tensor& bias) const {
    const bool last = channels_last(g);
    if (numel_of(x_sizes) == 0) return empty_image(g, x_sizes, last);
    ConvShape s = shape_of(p, x_sizes, w_sizes, g.sizes(), last);
    const ConvLayouts want = packed_layouts(ConvDirection::Input, s, false, g, numel_of(x_sizes));
    const Source in(g, want.y, last, p.dims);
    Target out(g, x_sizes, want.x, last);
    s.x_layout = out.layout, s.y_layout = in.layout;
    const Tensor wd = plain(w), bd = bias.defined() ? plain(bias) : bias;
    conv_input_kernel.get(g.scalar_type())(s, in.data, wd.impl()->data(), bd.defined() ? bd.impl()->data() : nullptr,
                                           out.data, pack_key(wd));
    return std::move(out.image);
  }
  Grads<3> backward(const Tensor& v, const Needs<3>& need, const Tensor& g, const Tensor& w) const {
    return {need[0] ? convolution_of_sizes(p, v, w, {}, g_sizes) : Tensor(),
            need[1] ? convolution_weight(p, g, v, w_sizes, false)[0] : Tensor(),
            need[2] ? v.sum(all_but_channels(v)) : Tensor()};
  }
};

/// Derivatives towards weight and (on request) bias.
struct ConvWeight {
  static constexpr auto name = "convolution_weight";
  using saves = Saves<In<0, 1>, In<1, 0>>;
  Geometry p;
  Shape w_sizes;
  bool bias;
  std::array<Tensor, 2> forward(const Tensor& g, const Tensor& x) const {
    const bool last = channels_last(x) || channels_last(g);
    Tensor dw = empty_of(x, w_sizes), db = bias ? empty_of(x, {w_sizes[0]}) : Tensor();
    if (dw.numel() == 0 && !bias) return {dw, db};
    ConvShape s = shape_of(p, x.sizes(), w_sizes, g.sizes(), last);
    const ConvLayouts want = packed_layouts(ConvDirection::Weight, s, bias, x, g.numel());
    const Source xs(x, want.x, last, p.dims), gs(g, want.y, last, p.dims);
    s.x_layout = xs.layout, s.y_layout = gs.layout;
    conv_weight_kernel.get(x.scalar_type())(s, xs.data, gs.data, dw.impl()->data(), bias ? db.impl()->data() : nullptr);
    return {dw, db};
  }
  Grads<2> backward(const Grads<2>& v, const Needs<2>& need, const Tensor& g, const Tensor& x) const {
    Grads<2> d;
    if (v[0].defined()) {
      if (need[0]) d[0] = convolution_of_sizes(p, x, v[0], v[1], g_sizes);
      if (need[1]) d[1] = convolution_input(p, g, v[0], {}, x_sizes);
    } else if (need[0]) {
      Shape ones(g_sizes.size(), 1);
      ones[1] = g_sizes[1];
      d[0] = v[1].reshape(ones).expand(g_sizes);
    }
    return d;
  }
  Shape x_sizes, g_sizes;
};

/// Integers are convolved in float64: exactly while sums stay below 2^48.
bool is_whole(const Tensor& x) { return is_integral(x.scalar_type()) && x.scalar_type() != kBool; }
Tensor widened(const Tensor& x) { return x.defined() ? x.to(kDouble) : x; }
Tensor as_whole(const Tensor& y, ScalarType dtype) { return y.round().to(kLong).to(dtype); }

Tensor convolution(const Geometry& p, const Tensor& x, const Tensor& w, const Tensor& bias) {
  if (is_whole(x)) return as_whole(convolution(p, widened(x), widened(w), widened(bias)), x.scalar_type());
  return apply(Conv{p, Shape(x.sizes()), Shape(w.sizes()), channels_last(x)}, x, w, bias);
}
Tensor convolution_input(const Geometry& p, const Tensor& g, const Tensor& w, const Tensor& bias, IntArrayRef x_sizes,
                         const char* label) {
  if (is_whole(g))
    return as_whole(convolution_input(p, widened(g), widened(w), widened(bias), x_sizes, label), g.scalar_type());
  return apply(ConvInput{p, Shape(x_sizes), Shape(w.sizes()), Shape(g.sizes()), label}, g, w, bias);
}
std::array<Tensor, 2> convolution_weight(const Geometry& p, const Tensor& g, const Tensor& x, IntArrayRef w_sizes,
                                         bool bias) {
  return apply(ConvWeight{p, Shape(w_sizes), bias, Shape(x.sizes()), Shape(g.sizes())}, g, x);
}

void fill_entries(const char* op, const char* what, IntArrayRef from, int dims, int64_t low, int64_t* to) {
  check(from.size() == 1 || static_cast<int>(from.size()) == dims, op, ": ", what, " must have 1 or ", dims,
        " entries, got ", from);
  for (int d = 0; d < dims; ++d) {
    to[d] = from[from.size() == 1 ? 0 : static_cast<size_t>(d)];
    check(to[d] >= low, op, ": ", low == 0 ? "negative " : "non-positive ", what, " is not supported, got ", from);
    check(to[d] <= INT32_MAX, op, ": ", what, " is too large, got ", from);  // sizes computed from it do not overflow
  }
}

Geometry geometry(const char* op, int dims, IntArrayRef stride, IntArrayRef padding, IntArrayRef dilation,
                  int64_t groups) {
  Geometry p{};
  p.dims = dims;
  p.groups = groups;
  fill_entries(op, "stride", stride, dims, 1, p.stride);
  fill_entries(op, "padding", padding, dims, 0, p.padding);
  fill_entries(op, "dilation", dilation, dims, 1, p.dilation);
  check(groups > 0, op, ": expected groups to be greater than 0, but got groups=", groups);
  return p;
}

void check_dtypes(const char* op, const Tensor& x, const Tensor& w, const Tensor& bias) {
  check(x.scalar_type() == w.scalar_type(), op, ": input type (", x.scalar_type(), ") and weight type (",
        w.scalar_type(), ") should be the same");
  check(!bias.defined() || bias.scalar_type() == x.scalar_type(), op, ": input type (", x.scalar_type(),
        ") and bias type (", bias.defined() ? bias.scalar_type() : kFloat, ") should be the same");
}

Tensor conv_nd(const char* op, int dims, const Tensor& input, const Tensor& w, const Tensor& bias, IntArrayRef stride,
               IntArrayRef padding, IntArrayRef dilation, int64_t groups) {
  const Geometry p = geometry(op, dims, stride, padding, dilation, groups);
  check_defined(op, input);
  check_defined(op, w, "weight");
  check(w.dim() == dims + 2, op, ": expected ", dims + 2,
        "-dimensional weight (out_channels, in_channels / groups, kernel...), got ", w.sizes());
  check(input.dim() == dims + 2 || input.dim() == dims + 1, op, ": Expected ", dims + 1, "D (unbatched) or ", dims + 2,
        "D (batched) input to ", op, ", but got input of size: ", input.sizes());
  check_dtypes(op, input, w, bias);
  const Tensor x = input.dim() == dims + 1 ? input.unsqueeze(0) : input;
  check(x.size(1) == w.size(1) * groups, op, ": Given groups=", groups, ", weight of size ", w.sizes(),
        ", expected input", x.sizes(), " to have ", w.size(1) * groups, " channels, but got ", x.size(1),
        " channels instead");
  check(w.size(0) > 0 && w.size(0) % groups == 0, op, ": Given groups=", groups,
        ", expected weight to be divisible by ", groups, " at dimension 0, but got weight of size ", w.sizes(),
        " instead");
  check(!bias.defined() || (bias.dim() == 1 && bias.size(0) == w.size(0)), op, ": Given weight of size ", w.sizes(),
        ", expected bias to be 1-dimensional with ", w.size(0), " elements, but got bias ", bias, " instead");
  for (int d = 0; d < dims; ++d) {
    const int64_t k = p.dilation[d] * (w.size(2 + d) - 1) + 1, have = x.size(2 + d) + 2 * p.padding[d];
    check(w.size(2 + d) > 0, op, ": kernel size must be positive, got weight ", w.sizes());
    check(k <= have, op, ": Calculated padded input size per channel: ", have, " is smaller than kernel size ", k,
          " (kernel size can't be greater than actual input size) in spatial dimension ", d, " of input ",
          input.sizes(), ", weight ", w.sizes());
  }
  const Tensor y = convolution(p, x, w, bias);
  return input.dim() == dims + 1 ? y.squeeze(0) : y;
}

Tensor conv_transpose_nd(const char* op, int dims, const Tensor& input, const Tensor& w, const Tensor& bias,
                         IntArrayRef stride, IntArrayRef padding, IntArrayRef output_padding, int64_t groups,
                         IntArrayRef dilation) {
  const Geometry p = geometry(op, dims, stride, padding, dilation, groups);
  int64_t extra[kMaxSpatial];
  fill_entries(op, "output_padding", output_padding, dims, 0, extra);
  check_defined(op, input);
  check_defined(op, w, "weight");
  check(w.dim() == dims + 2, op, ": expected ", dims + 2,
        "-dimensional weight (in_channels, out_channels / groups, kernel...), got ", w.sizes());
  check(input.dim() == dims + 2 || input.dim() == dims + 1, op, ": Expected ", dims + 1, "D (unbatched) or ", dims + 2,
        "D (batched) input to ", op, ", but got input of size: ", input.sizes());
  check_dtypes(op, input, w, bias);
  const Tensor x = input.dim() == dims + 1 ? input.unsqueeze(0) : input;
  check(x.size(1) == w.size(0), op, ": Given transposed=1, weight of size ", w.sizes(), ", expected input", x.sizes(),
        " to have ", w.size(0), " channels, but got ", x.size(1), " channels instead");
  check(w.size(0) % groups == 0, op, ": in_channels ", w.size(0), " must be divisible by groups ", groups);
  const int64_t channels = w.size(1) * groups;
  check(!bias.defined() || (bias.dim() == 1 && bias.size(0) == channels), op, ": Given weight of size ", w.sizes(),
        ", expected bias to be 1-dimensional with ", channels, " elements, but got bias ", bias, " instead");
  Shape sizes{x.size(0), channels};
  for (int d = 0; d < dims; ++d) {
    check(extra[d] < std::max(p.stride[d], p.dilation[d]), op,
          ": output padding must be smaller than either stride or dilation, but got output_padding ", output_padding,
          ", stride ", stride, ", dilation ", dilation);
    check(w.size(2 + d) > 0, op, ": kernel size must be positive, got weight ", w.sizes());
    const int64_t n =
        (x.size(2 + d) - 1) * p.stride[d] - 2 * p.padding[d] + p.dilation[d] * (w.size(2 + d) - 1) + extra[d] + 1;
    check(x.size(2 + d) > 0 && n > 0, op, ": Given input ", input.sizes(), " and weight ", w.sizes(),
          ", the calculated output size ", n, " in spatial dimension ", d, " is too small");
    sizes.push_back(n);
  }
  const Tensor y = convolution_input(p, x, w, bias, sizes, Conv::name);
  return input.dim() == dims + 1 ? y.squeeze(0) : y;
}

}  // namespace

Tensor conv1d(const Tensor& x, const Tensor& w, const Tensor& b, IntArrayRef s, IntArrayRef p, IntArrayRef d,
              int64_t g) {
  return conv_nd("conv1d", 1, x, w, b, s, p, d, g);
}
Tensor conv2d(const Tensor& x, const Tensor& w, const Tensor& b, IntArrayRef s, IntArrayRef p, IntArrayRef d,
              int64_t g) {
  return conv_nd("conv2d", 2, x, w, b, s, p, d, g);
}
Tensor conv3d(const Tensor& x, const Tensor& w, const Tensor& b, IntArrayRef s, IntArrayRef p, IntArrayRef d,
              int64_t g) {
  return conv_nd("conv3d", 3, x, w, b, s, p, d, g);
}

Tensor conv2d_input(IntArrayRef sizes, const Tensor& w, const Tensor& g, IntArrayRef stride, IntArrayRef padding,
                    IntArrayRef dilation, int64_t groups) {
  const Geometry p = geometry("conv2d_input", 2, stride, padding, dilation, groups);
  check(sizes.size() == 4 && w.dim() == 4 && g.dim() == 4,
        "conv2d_input: expected 4-dimensional input sizes, weight and grad, got ", sizes, ", ", w.sizes(), " and ",
        g.sizes());
  check_dtypes("conv2d_input", g, w, {});
  checked_numel(sizes, g.element_size(), "conv2d_input");
  check(sizes[1] == w.size(1) * groups && w.size(0) % groups == 0, "conv2d_input: input sizes ", sizes,
        " do not fit weight ", w.sizes(), " with groups ", groups);
  check(IntArrayRef(output_sizes(p, sizes, w.sizes())) == g.sizes(), "conv2d_input: grad ", g.sizes(),
        " is not the output shape of input ", sizes, " and weight ", w.sizes(), ": expected ",
        IntArrayRef(output_sizes(p, sizes, w.sizes())));
  return convolution_input(p, g, w, {}, sizes);
}

Tensor conv2d_weight(const Tensor& x, IntArrayRef sizes, const Tensor& g, IntArrayRef stride, IntArrayRef padding,
                     IntArrayRef dilation, int64_t groups) {
  const Geometry p = geometry("conv2d_weight", 2, stride, padding, dilation, groups);
  check(sizes.size() == 4 && x.dim() == 4 && g.dim() == 4,
        "conv2d_weight: expected 4-dimensional input, weight sizes and grad, got ", x.sizes(), ", ", sizes, " and ",
        g.sizes());
  check_dtypes("conv2d_weight", x, g, {});
  checked_numel(sizes, x.element_size(), "conv2d_weight");
  check(x.size(1) == sizes[1] * groups && sizes[0] % groups == 0, "conv2d_weight: weight sizes ", sizes,
        " do not fit input ", x.sizes(), " with groups ", groups);
  check(IntArrayRef(output_sizes(p, x.sizes(), sizes)) == g.sizes(), "conv2d_weight: grad ", g.sizes(),
        " is not the output shape of input ", x.sizes(), " and weight ", sizes, ": expected ",
        IntArrayRef(output_sizes(p, x.sizes(), sizes)));
  return convolution_weight(p, g, x, sizes, false)[0];
}

Tensor conv_transpose1d(const Tensor& x, const Tensor& w, const Tensor& b, IntArrayRef s, IntArrayRef p, IntArrayRef o,
                        int64_t g, IntArrayRef d) {
  return conv_transpose_nd("conv_transpose1d", 1, x, w, b, s, p, o, g, d);
}
Tensor conv_transpose2d(const Tensor& x, const Tensor& w, const Tensor& b, IntArrayRef s, IntArrayRef p, IntArrayRef o,
                        int64_t g, IntArrayRef d) {
  return conv_transpose_nd("conv_transpose2d", 2, x, w, b, s, p, o, g, d);
}
Tensor conv_transpose3d(const Tensor& x, const Tensor& w, const Tensor& b, IntArrayRef s, IntArrayRef p, IntArrayRef o,
                        int64_t g, IntArrayRef d) {
  return conv_transpose_nd("conv_transpose3d", 3, x, w, b, s, p, o, g, d);
}

}  // namespace lampas
