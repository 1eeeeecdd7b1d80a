// Padding, pooling, transposed convolution and vision layers: documented examples, printed forms, errors.
#include <cmath>
#include <limits>

#include "lampas/autograd/autograd.h"
#include "lampas/autograd/gradcheck.h"
#include "lampas/nn.h"
#include "lampas/ops.h"
#include "nn/support.h"

namespace lampas::nn {
namespace {

namespace F = functional;

Tensor ramp(IntArrayRef sizes) { return arange(numel_of(sizes), kFloat).reshape(sizes); }
IntArrayRef shape(const Tensor& t) { return t.sizes(); }

TEST(Padding, DocumentedReflection) {
  EXPECT_TRUE(ReflectionPad1d(2)(ramp({1, 2, 4}))
                  .equal(tensor({2., 1., 0., 1., 2., 3., 2., 1., 6., 5., 4., 5., 6., 7., 6., 5.}).reshape({1, 2, 8})));
  EXPECT_TRUE(ReflectionPad1d(ReflectionPad1dOptions({3, 1}))(ramp({1, 2, 4}))
                  .equal(tensor({3., 2., 1., 0., 1., 2., 3., 2., 7., 6., 5., 4., 5., 6., 7., 6.}).reshape({1, 2, 8})));
  EXPECT_TRUE(ReflectionPad2d(ReflectionPad2dOptions({1, 1, 2, 0}))(ramp({1, 1, 3, 3}))
                  .equal(tensor({7., 6., 7., 8., 7., 4., 3., 4., 5., 4., 1., 0., 1.,
                                 2., 1., 4., 3., 4., 5., 4., 7., 6., 7., 8., 7.})
                             .reshape({1, 1, 5, 5})));
  const Tensor wide = ReflectionPad2d(2)(ramp({1, 1, 3, 3}));
  EXPECT_TRUE(wide.select(2, 0).flatten().equal(tensor({8., 7., 6., 7., 8., 7., 6.})));
  EXPECT_TRUE(wide.select(2, 6).flatten().equal(tensor({2., 1., 0., 1., 2., 1., 0.})));
}

TEST(Padding, DocumentedReplication) {
  EXPECT_TRUE(ReplicationPad1d(ReplicationPad1dOptions({3, 1}))(ramp({1, 2, 4}))
                  .equal(tensor({0., 0., 0., 0., 1., 2., 3., 3., 4., 4., 4., 4., 5., 6., 7., 7.}).reshape({1, 2, 8})));
  EXPECT_TRUE(ReplicationPad2d(ReplicationPad2dOptions({1, 1, 2, 0}))(ramp({1, 1, 3, 3}))
                  .equal(tensor({0., 0., 1., 2., 2., 0., 0., 1., 2., 2., 0., 0., 1.,
                                 2., 2., 3., 3., 4., 5., 5., 6., 6., 7., 8., 8.})
                             .reshape({1, 1, 5, 5})));
  EXPECT_EQ(shape(ReplicationPad3d(ReplicationPad3dOptions({3, 3, 6, 6, 1, 1}))(ramp({1, 2, 4, 5, 6}))),
            IntArrayRef({1, 2, 6, 17, 12}));
}

TEST(Padding, DocumentedConstant) {
  const Tensor x = tensor({1.6585, 0.4320, -0.8701, -0.4649}).to(kFloat).reshape({1, 2, 2});
  const Tensor y = ConstantPad2d(ConstantPad2dOptions({3, 0, 2, 1}, 3.5))(x);
  EXPECT_EQ(shape(y), IntArrayRef({1, 5, 5}));
  EXPECT_TRUE(y.slice(1, 2, 4).slice(2, 3).equal(x));
  EXPECT_EQ(y.eq(3.5).sum().item<int64_t>(), 21);
  const Tensor z = ZeroPad2d(ZeroPad2dOptions({1, 1, 2, 0}))(ramp({1, 1, 3, 3}) + 1);
  EXPECT_TRUE(z.select(2, 2).flatten().equal(tensor({0., 1., 2., 3., 0.})));
  EXPECT_TRUE(z.slice(2, 0, 2).eq(0).all().item<bool>());
  EXPECT_EQ(shape(F::pad(ramp({3, 3, 4, 2}), F::PadFuncOptions({1, 1}))), IntArrayRef({3, 3, 4, 4}));
  EXPECT_EQ(shape(F::pad(ramp({3, 3, 4, 2}), F::PadFuncOptions({1, 1, 2, 2}))), IntArrayRef({3, 3, 8, 4}));
  EXPECT_EQ(shape(F::pad(ramp({3, 3, 4, 2}), F::PadFuncOptions({0, 1, 2, 1, 3, 3}))), IntArrayRef({3, 9, 7, 3}));
  EXPECT_EQ(shape(ConstantPad3d(ConstantPad3dOptions({3, 3, 6, 6, 0, 1}, 3.5))(ramp({2, 3, 4, 5, 6}))),
            IntArrayRef({2, 3, 5, 17, 12}));
  // Integers and booleans pad, too; a pad of nothing is a copy.
  EXPECT_TRUE(constant_pad_nd(tensor({1, 2}), {1, 0}, 7).equal(tensor({7, 1, 2})));
  EXPECT_TRUE(constant_pad_nd(tensor({true}), {0, 1}, 0).equal(tensor({true, false})));
  const Tensor whole = ramp({2, 2});
  EXPECT_FALSE(constant_pad_nd(whole, {0, 0}).is_same(whole));
}

TEST(Padding, ZeroSizeBatch) {
  EXPECT_EQ(shape(ReflectionPad2d(1)(empty({0, 2, 3, 4}))), IntArrayRef({0, 2, 5, 6}));
  EXPECT_EQ(shape(ReplicationPad1d(1)(empty({0, 2, 3}))), IntArrayRef({0, 2, 5}));
  EXPECT_EQ(shape(ZeroPad2d(1)(empty({0, 2, 3, 4}))), IntArrayRef({0, 2, 5, 6}));
}

TEST(Padding, Errors) {
  EXPECT_MESSAGE(F::pad(ramp({1, 2}), F::PadFuncOptions({1})), "Padding length must be divisible by 2");
  EXPECT_MESSAGE(F::pad(ramp({2}), F::PadFuncOptions({1, 1, 1, 1})), "Padding length too large");
  EXPECT_MESSAGE(F::pad(ramp({1, 2, 3, 4}), F::PadFuncOptions({1, 1}).mode(kReflect)),
                 "Only 2D, 3D, 4D, 5D padding with non-constant padding are supported for now");
  EXPECT_MESSAGE(pad(ramp({1, 2, 3}), {1, 1}, "mirror"), "Unrecognised padding mode mirror");
  EXPECT_MESSAGE(pad(ramp({1, 2, 3}), {1, 1}, "reflect", 2.0), "doesn't take in value argument");
  EXPECT_MESSAGE(ReflectionPad1d(4)(ramp({1, 2, 4})),
                 "Padding size should be less than the corresponding input dimension");
  EXPECT_MESSAGE(ReflectionPad2d(1)(ramp({4})), "Expected 3D or 4D");
  EXPECT_MESSAGE(ReplicationPad1d(ReplicationPad1dOptions({-2, -2}))(ramp({1, 2, 4})), "is too small");
  EXPECT_MESSAGE(ZeroPad2d(-2)(ramp({1, 1, 4, 4})), "resulted in a negative output size");
  EXPECT_MESSAGE(F::pad(ramp({1, 1, 3}), F::PadFuncOptions({4, 0}).mode(kCircular)), "wrapping around more than once");
}

TEST(Padding, Prints) {
  EXPECT_EQ(printed(ReflectionPad1d(2)), "torch::nn::ReflectionPad1d(padding=[2, 2])");
  EXPECT_EQ(printed(ReflectionPad3d(1)), "torch::nn::ReflectionPad3d(padding=[1, 1, 1, 1, 1, 1])");
  EXPECT_EQ(printed(ReplicationPad2d(ReplicationPad2dOptions({1, 2, 3, 4}))),
            "torch::nn::ReplicationPad2d(padding=[1, 2, 3, 4])");
  EXPECT_EQ(printed(ZeroPad2d(2)), "torch::nn::ZeroPad2d(padding=[2, 2, 2, 2])");
  EXPECT_EQ(printed(ConstantPad1d(2, 3.5)), "torch::nn::ConstantPad1d(padding=[2, 2], value=3.5)");
}

TEST(Conv, OfIntegers) {
  for (ScalarType t : {kLong, kInt, kShort, kByte}) {
    const Tensor x = ramp({2, 3, 6, 5}).to(t), w = ramp({4, 3, 3, 3}).remainder(3).to(t),
                 b = tensor({1, 2, 3, 4}).to(t);
    const auto o = F::Conv2dFuncOptions().padding(1).stride(2);
    auto with_bias = o, wide = o;
    with_bias.bias(b), wide.bias(b.to(kDouble));
    const Tensor y = F::conv2d(x, w, with_bias);
    EXPECT_EQ(y.scalar_type(), t);
    EXPECT_TRUE(y.equal(F::conv2d(x.to(kDouble), w.to(kDouble), wide).to(kLong).to(t)));  // bytes wrap around
    EXPECT_TRUE(F::conv_transpose2d(x, w.transpose(0, 1).contiguous())
                    .equal(F::conv_transpose2d(x.to(kDouble), w.transpose(0, 1).to(kDouble)).to(kLong).to(t)));
  }
  EXPECT_TRUE(F::conv1d(tensor({{{1, 0, 3}}}), ones({1, 1, 2}, kLong)).equal(tensor({{{1, 3}}})));
}

TEST(ConvTranspose, DocumentedSizes) {
  EXPECT_EQ(shape(ConvTranspose2d(ConvTranspose2dOptions(16, 33, 3).stride(2))(empty({2, 16, 50, 100}).fill_(1))),
            IntArrayRef({2, 33, 101, 201}));
  EXPECT_EQ(shape(ConvTranspose2d(ConvTranspose2dOptions(16, 33, {3, 5}).stride({2, 1}).padding({4, 2}))(
                ones({2, 16, 50, 100}))),
            IntArrayRef({2, 33, 93, 100}));
  EXPECT_EQ(shape(ConvTranspose3d(ConvTranspose3dOptions(4, 3, {3, 5, 2}).stride({2, 1, 1}).padding({0, 4, 2}))(
                ones({1, 4, 10, 50, 100}))),
            IntArrayRef({1, 3, 21, 46, 97}));
  Conv2d down(Conv2dOptions(16, 16, 3).stride(2).padding(1));
  ConvTranspose2d up(ConvTranspose2dOptions(16, 16, 3).stride(2).padding(1));
  const Tensor h = down(ones({1, 16, 12, 12}));
  EXPECT_EQ(shape(h), IntArrayRef({1, 16, 6, 6}));
  const std::vector<int64_t> full = {1, 16, 12, 12}, spatial = {12, 12};
  EXPECT_EQ(shape(up(h, IntArrayRef(full))), IntArrayRef(full));
  EXPECT_EQ(shape(up(h, IntArrayRef(spatial))), IntArrayRef(full));
  EXPECT_EQ(shape(up(h)), IntArrayRef({1, 16, 11, 11}));
}

TEST(ConvTranspose, OutputSizeCountsTheDilation) {
  ConvTranspose1d up(ConvTranspose1dOptions(1, 1, 3).stride(2).dilation(3));
  const Tensor x = ones({1, 1, 4});
  // (4 - 1) 2 + 3 (3 - 1) + 1 = 13
  const std::vector<int64_t> low = {13}, high = {14}, above = {15}, below = {12}, ranks = {1, 2, 3, 4};
  EXPECT_EQ(shape(up(x, IntArrayRef(low))), IntArrayRef({1, 1, 13}));
  EXPECT_EQ(shape(up(x, IntArrayRef(high))), IntArrayRef({1, 1, 14}));
  EXPECT_MESSAGE(up(x, IntArrayRef(above)),
                 "requested an output size of [15], but valid sizes range from [13] to [14]");
  EXPECT_MESSAGE(up(x, IntArrayRef(below)), "valid sizes range from [13] to [14]");
  EXPECT_MESSAGE(up(x, IntArrayRef(ranks)), "output_size must have 1 or 3 elements (got 4)");
}

TEST(ConvTranspose, ChecksAndPrints) {
  EXPECT_MESSAGE(ConvTranspose1d(ConvTranspose1dOptions(2, 4, 3).groups(3)), "in_channels (2) must be divisible");
  EXPECT_MESSAGE(ConvTranspose2d(ConvTranspose2dOptions(2, 3, 3).groups(2)), "out_channels (3) must be divisible");
  EXPECT_MESSAGE(ConvTranspose1d(ConvTranspose1dOptions(2, 4, 3).padding_mode(kReflect))(ones({1, 2, 4})),
                 "Only `zeros` padding mode is supported for ConvTranspose1d");
  EXPECT_MESSAGE(ConvTranspose1d(ConvTranspose1dOptions(2, 4, 3).output_padding(1))(ones({1, 2, 4})),
                 "output padding must be smaller than either stride or dilation");
  EXPECT_MESSAGE(ConvTranspose1d(2, 4, 3)(ones({1, 3, 4})), "to have 2 channels, but got 3 channels");
  EXPECT_EQ(printed(ConvTranspose1d(2, 4, 3)), "torch::nn::ConvTranspose1d(2, 4, kernel_size=3, stride=1)");
  EXPECT_EQ(
      printed(ConvTranspose2d(
          ConvTranspose2dOptions(2, 4, 3).stride(2).padding(1).output_padding(1).groups(2).dilation(2).bias(false))),
      "torch::nn::ConvTranspose2d(2, 4, kernel_size=[3, 3], stride=[2, 2], padding=[1, 1], dilation=[2, 2], "
      "output_padding=[1, 1], groups=2, bias=false)");
  Sequential net(ConvTranspose1d(2, 4, 3), ConvTranspose1d(4, 1, 2));
  EXPECT_EQ(shape(net->forward(ones({1, 2, 5}))), IntArrayRef({1, 1, 8}));
}

TEST(Pooling, DocumentedSizes) {
  const Tensor x1 = ones({2, 4, 50}), x2 = ones({2, 4, 50, 32}), x3 = ones({1, 2, 50, 44, 31});
  EXPECT_EQ(shape(MaxPool1d(MaxPool1dOptions(3).stride(2))(x1)), IntArrayRef({2, 4, 24}));
  EXPECT_EQ(shape(AvgPool2d(AvgPool2dOptions({3, 2}).stride({2, 1}))(x2)), IntArrayRef({2, 4, 24, 31}));
  EXPECT_EQ(shape(MaxPool3d(MaxPool3dOptions({3, 2, 2}).stride({2, 1, 2}))(x3)), IntArrayRef({1, 2, 24, 43, 15}));
  EXPECT_EQ(shape(FractionalMaxPool2d(FractionalMaxPool2dOptions(3).output_size(ExpandingArray<2>({13, 12})))(x2)),
            IntArrayRef({2, 4, 13, 12}));
  EXPECT_EQ(
      shape(FractionalMaxPool2d(FractionalMaxPool2dOptions(3).output_ratio(ExpandingArray<2, double>({0.5, 0.5})))(x2)),
      IntArrayRef({2, 4, 25, 16}));
  EXPECT_EQ(shape(LPPool1d(LPPool1dOptions(2, 3).stride(2))(x1)), IntArrayRef({2, 4, 24}));
  EXPECT_EQ(shape(LPPool2d(LPPool2dOptions(1.2, {3, 2}).stride({2, 1}))(x2)), IntArrayRef({2, 4, 24, 31}));
  EXPECT_EQ(shape(AdaptiveMaxPool2d(AdaptiveMaxPool2dOptions({std::nullopt, 7}))(ones({1, 4, 10, 9}))),
            IntArrayRef({1, 4, 10, 7}));
  EXPECT_EQ(shape(AdaptiveAvgPool3d(AdaptiveAvgPool3dOptions({7, std::nullopt, std::nullopt}))(ones({1, 4, 10, 9, 8}))),
            IntArrayRef({1, 4, 7, 9, 8}));
  EXPECT_TRUE(
      AvgPool1d(AvgPool1dOptions(3).stride(2))(ramp({1, 1, 7}) + 1).equal(tensor({2., 4., 6.}).reshape({1, 1, 3})));
}

TEST(Pooling, UnpoolExamples) {
  MaxPool1d pool(MaxPool1dOptions(2).stride(2));
  MaxUnpool1d unpool(MaxUnpool1dOptions(2).stride(2));
  const auto [y, at] = pool->forward_with_indices(ramp({1, 1, 9}) + 1);
  EXPECT_TRUE(y.equal(tensor({2., 4., 6., 8.}).reshape({1, 1, 4})));
  EXPECT_TRUE(at.equal(tensor({1, 3, 5, 7}).reshape({1, 1, 4})));
  EXPECT_TRUE(unpool(y, at).equal(tensor({0., 2., 0., 4., 0., 6., 0., 8.}).reshape({1, 1, 8})));
  const Tensor nine = tensor({0., 2., 0., 4., 0., 6., 0., 8., 0.}).reshape({1, 1, 9});
  EXPECT_TRUE(unpool(y, at, std::vector<int64_t>{1, 1, 9}).equal(nine));
  EXPECT_TRUE(unpool(y, at, std::vector<int64_t>{9}).equal(nine));
  // Less than a stride away from the default of 8.
  EXPECT_MESSAGE(unpool(y, at, std::vector<int64_t>{10}), "invalid output_size [10] (dim 0 must be between 6 and 10)");
  EXPECT_MESSAGE(unpool(y, at, std::vector<int64_t>{6}), "must be between 6 and 10");
  EXPECT_MESSAGE(unpool(y, at, std::vector<int64_t>{9, 9}), "output_size should be a sequence containing 1 or 3");
  EXPECT_MESSAGE(unpool(y, at.slice(2, 1)), "Expected shape of indices to be: [1, 1, 4] but got: [1, 1, 3]");
  EXPECT_MESSAGE(unpool(y, at + 1), "Found an invalid max index: 8");
  EXPECT_MESSAGE(unpool(y, at.to(kInt)), "type int64");
  MaxPool2d pool2(MaxPool2dOptions(2).stride(2));
  const auto [y2, at2] = pool2->forward_with_indices(ramp({1, 1, 4, 4}) + 1);
  const Tensor five = MaxUnpool2d(MaxUnpool2dOptions(2).stride(2))(y2, at2, std::vector<int64_t>{1, 1, 5, 5});
  EXPECT_EQ(five.flatten()[5].item<float>(), 6);
  EXPECT_EQ(five.flatten()[15].item<float>(), 16);
  EXPECT_EQ(five.sum().item<float>(), 44);
}

TEST(Pooling, LpSpecialExponents) {
  const double inf = std::numeric_limits<double>::infinity();
  const Tensor x = tensor({-3., 1., 2., 5., -1.}).reshape({1, 1, 5});
  EXPECT_TRUE(LPPool1d(LPPool1dOptions(inf, 2))(x).equal(tensor({1., 5.}).reshape({1, 1, 2})));
  EXPECT_TRUE(LPPool1d(LPPool1dOptions(1, 2))(x).equal(tensor({-2., 7.}).reshape({1, 1, 2})));
  // The partial window of ceil mode holds one element.
  EXPECT_TRUE(LPPool1d(LPPool1dOptions(2, 2).ceil_mode(true))(x).allclose(
      tensor({std::sqrt(10.), std::sqrt(29.), 1.}).reshape({1, 1, 3})));
  const Tensor zero = zeros({1, 1, 2}, kDouble).requires_grad_();
  LPPool1d(LPPool1dOptions(2, 2))(zero).backward(ones({1, 1, 1}, kDouble));
  EXPECT_TRUE(zero.grad().eq(0).all().item<bool>());
}

/// The one pass over float32 squares against powers, averages and roots in float64, up to the second derivative.
TEST(Pooling, LpOfSquares) {
  for (bool ceil : {false, true}) {
    const auto derivatives = [&](const Tensor& values, bool last) {
      const Tensor x = values.clone().requires_grad_();
      const Tensor in = last ? x.contiguous(MemoryFormat::ChannelsLast) : x;
      const Tensor y = LPPool2d(LPPool2dOptions(2, {3, 2}).stride({2, 3}).ceil_mode(ceil))(in);
      const Tensor line =
          LPPool1d(LPPool1dOptions(2, 3).stride(1))(x.flatten(0, 1).slice(0, 0, 4).reshape({4, 11, 13})[0]);
      const Tensor g = sin(arange(y.numel(), y.options()).reshape(y.sizes()));
      const Tensor dx = autograd::grad({(y * g).sum() + line.pow(3).sum()}, {x}, {}, true, true)[0];
      const Tensor dx2 = autograd::grad({(dx * cos(values)).sum()}, {x})[0];
      return std::vector<Tensor>{y.detach(), line.detach(), dx.detach(), dx2};
    };
    Tensor values = sin(arange(2 * 8 * 11 * 13, kDouble) * 0.7).reshape({2, 8, 11, 13});
    values.slice(2, 0, 4).slice(3, 0, 4).zero_();
    const auto want = derivatives(values, false);
    for (bool last : {false, true}) {
      const auto got = derivatives(values.to(kFloat), last);
      for (size_t k = 0; k < want.size(); ++k)
        EXPECT_TRUE(got[k].to(kDouble).allclose(want[k], 1e-4, 1e-4)) << k << (last ? " channels last" : "");
    }
  }
}

TEST(Pooling, Errors) {
  EXPECT_MESSAGE(MaxPool1d(MaxPool1dOptions(2).padding(2))(ones({1, 1, 4})), "pad should be at most half");
  EXPECT_MESSAGE(AvgPool3d(AvgPool3dOptions(2).divisor_override(0))(ones({1, 1, 4, 4, 4})), "divisor must be not zero");
  EXPECT_MESSAGE(AvgPool1d(5)(ones({1, 1, 4})), "Output size is too small");
  EXPECT_MESSAGE(AvgPool1d(2)(ones({4})), "Expected 2D or 3D");
  EXPECT_MESSAGE(AdaptiveAvgPool2d(-1)(ones({1, 1, 4, 4})), "must be greater than or equal to 0");
  EXPECT_MESSAGE(AdaptiveMaxPool1d(2)(ones({1, 1, 0})), "non-zero size for non-batch dimensions");
  EXPECT_MESSAGE(AdaptiveAvgPool1d(2)(ones({4})), "Expected 2D or 3D");
  EXPECT_MESSAGE(FractionalMaxPool2d(3), "requires specifying either an output_size, or a pooling_ratio");
  EXPECT_MESSAGE(
      FractionalMaxPool2d(FractionalMaxPool2dOptions(3).output_size(2).output_ratio(ExpandingArray<2, double>(0.5))),
      "only one of output_size and output_ratio may be specified");
  EXPECT_MESSAGE(FractionalMaxPool2d(FractionalMaxPool2dOptions(3).output_ratio(ExpandingArray<2, double>(1.5))),
                 "output_ratio must be between 0 and 1");
  // The functional checks what the module does.
  EXPECT_MESSAGE(F::fractional_max_pool2d(ones({1, 1, 5, 5}), F::FractionalMaxPool2dFuncOptions(3)),
                 "requires specifying either an output_size");
  EXPECT_MESSAGE(F::fractional_max_pool2d(ones({1, 1, 5, 5}), F::FractionalMaxPool2dFuncOptions(3).output_size(4)),
                 "too large relative to input size 5");
  EXPECT_MESSAGE(F::lp_pool1d(ones({1, 1, 5}), F::LPPool1dFuncOptions(0, 2)), "norm_type must not be zero");
}

TEST(Pooling, ZeroSizeBatch) {
  EXPECT_EQ(shape(AdaptiveAvgPool2d(3)(empty({0, 2, 5, 5}))), IntArrayRef({0, 2, 3, 3}));
  EXPECT_EQ(shape(AdaptiveMaxPool1d(3)(empty({0, 2, 5}))), IntArrayRef({0, 2, 3}));
  EXPECT_EQ(shape(MaxPool3d(2)(empty({0, 2, 4, 4, 4}))), IntArrayRef({0, 2, 2, 2, 2}));
  EXPECT_EQ(shape(LPPool2d(LPPool2dOptions(2, 2))(empty({0, 2, 4, 4}))), IntArrayRef({0, 2, 2, 2}));
}

TEST(Pooling, Prints) {
  EXPECT_EQ(printed(AvgPool3d(3)), "torch::nn::AvgPool3d(kernel_size=[3, 3, 3], stride=[3, 3, 3], padding=[0, 0, 0])");
  EXPECT_EQ(printed(MaxPool1d(3)),
            "torch::nn::MaxPool1d(kernel_size=3, stride=3, padding=0, dilation=1, ceil_mode=false)");
  EXPECT_EQ(printed(AdaptiveAvgPool1d(5)), "torch::nn::AdaptiveAvgPool1d(output_size=5)");
  EXPECT_EQ(printed(AdaptiveMaxPool3d(AdaptiveMaxPool3dOptions({5, std::nullopt, 2}))),
            "torch::nn::AdaptiveMaxPool3d(output_size=[5, None, 2])");
  EXPECT_EQ(printed(MaxUnpool2d(MaxUnpool2dOptions(3).stride(2).padding(1))),
            "torch::nn::MaxUnpool2d(kernel_size=[3, 3], stride=[2, 2], padding=[1, 1])");
  EXPECT_EQ(printed(FractionalMaxPool2d(FractionalMaxPool2dOptions(3).output_size(2))),
            "torch::nn::FractionalMaxPool2d()");
  EXPECT_EQ(printed(LPPool2d(LPPool2dOptions(1.5, {3, 2}).ceil_mode(true))),
            "torch::nn::LPPool2d(norm_type=1.5, kernel_size=[3, 2], stride=[3, 2], ceil_mode=true)");
}

TEST(Vision, UpsampleExamples) {
  const Tensor x = tensor({1., 2., 3., 4.}).reshape({1, 1, 2, 2});
  const std::vector<double> two = {2.0};  // one entry stands for both dimensions
  const Tensor aligned = tensor({1.0000, 1.3333, 1.6667, 2.0000, 1.6667, 2.0000, 2.3333, 2.6667, 2.3333, 2.6667, 3.0000,
                                 3.3333, 3.0000, 3.3333, 3.6667, 4.0000})
                             .reshape({1, 1, 4, 4});
  const Tensor near = tensor({1., 1., 2., 2., 1., 1., 2., 2., 3., 3., 4., 4., 3., 3., 4., 4.}).reshape({1, 1, 4, 4});
  EXPECT_TRUE(
      Upsample(UpsampleOptions().scale_factor(two).mode(kBilinear).align_corners(true))(x).allclose(aligned, 0, 5e-5));
  EXPECT_TRUE(Upsample(UpsampleOptions().scale_factor(two))(x).equal(near));
  EXPECT_TRUE(Upsample(UpsampleOptions().scale_factor(two).mode(kBilinear).align_corners(false))(x).equal(
      tensor({1.00, 1.25, 1.75, 2.00, 1.50, 1.75, 2.25, 2.50, 2.50, 2.75, 3.25, 3.50, 3.00, 3.25, 3.75, 4.00})
          .reshape({1, 1, 4, 4})));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  EXPECT_TRUE(UpsamplingNearest2d(UpsampleOptions().scale_factor(two))(x).equal(near));
  EXPECT_TRUE(UpsamplingBilinear2d(UpsampleOptions().scale_factor(two))(x).allclose(aligned, 0, 5e-5));
  EXPECT_TRUE(F::upsample(x, F::InterpolateFuncOptions().scale_factor(two).mode(kBilinear)).allclose(aligned, 0, 5e-5));
  EXPECT_TRUE(F::upsample_nearest(x, F::InterpolateFuncOptions().scale_factor(two)).equal(near));
  EXPECT_TRUE(F::upsample_bilinear(x, F::InterpolateFuncOptions().scale_factor(two)).allclose(aligned, 0, 5e-5));
  EXPECT_MESSAGE(F::upsample_bilinear(ones({1, 1, 2})), "expected 4-D input");
#pragma GCC diagnostic pop
  // Pixels of other dtypes move, too.
  EXPECT_TRUE(upsample_nearest1d(tensor({1, 2}).reshape({1, 1, 2}), 4).equal(tensor({1, 1, 2, 2}).reshape({1, 1, 4})));
}

TEST(Vision, InterpolateErrors) {
  const Tensor x = ones({1, 1, 4, 4});
  const auto o = [] { return F::InterpolateFuncOptions(); };
  const std::vector<int64_t> size = {2};
  const std::vector<double> scale = {2.0};
  EXPECT_MESSAGE(F::interpolate(x, o()), "either size or scale_factor should be defined");
  EXPECT_MESSAGE(F::interpolate(x, o().size(size).scale_factor(scale)),
                 "only one of size or scale_factor should be defined");
  EXPECT_MESSAGE(F::interpolate(x, o().size(size).mode(kLinear)), "Got 4D input, but linear mode needs 3D input");
  EXPECT_MESSAGE(F::interpolate(ones({1, 1, 4}), o().size(size).mode(kTrilinear)),
                 "Got 3D input, but trilinear mode needs 5D input");
  EXPECT_MESSAGE(F::interpolate(x, o().size(size).align_corners(true)), "align_corners option can only be set");
  EXPECT_MESSAGE(F::interpolate(ones({4, 4}), o().size(size)),
                 "Input Error: Only 3D, 4D and 5D input Tensors supported (got 2D) for the modes: nearest | linear | "
                 "bilinear | bicubic | trilinear (got kNearest)");
  EXPECT_MESSAGE(F::interpolate(ones({1, 1, 4}), o().scale_factor(std::vector<double>{3., 2.})),
                 "scale_factor shape must match input shape. Input is 1D, scale_factor size is [3, 2]");
  EXPECT_MESSAGE(F::interpolate(x, o().size(size).antialias(true)),
                 "Anti-alias option is only supported for bilinear and bicubic modes");
  EXPECT_MESSAGE(F::interpolate(x, o().scale_factor(std::vector<double>{0.1})), "should be greater than 0");
  EXPECT_MESSAGE(F::interpolate(x, o().size(size).recompute_scale_factor(true)),
                 "not meaningful with an explicit size");
}

TEST(Vision, ShuffleFoldAndGridErrors) {
  EXPECT_MESSAGE(PixelShuffle(2)(ones({1, 5, 2, 2})), "divisible by the square of upscale_factor");
  EXPECT_MESSAGE(PixelShuffle(0)(ones({1, 4, 2, 2})), "expects a positive upscale_factor, but got 0");
  EXPECT_MESSAGE(PixelShuffle(2)(ones({4, 4})), "at least 3 dimensions");
  EXPECT_MESSAGE(PixelUnshuffle(2)(ones({1, 1, 3, 4})), "expects height to be divisible by downscale_factor");
  EXPECT_MESSAGE(ChannelShuffle(3)(ones({1, 4, 2, 2})), "must be divisible by groups");
  EXPECT_MESSAGE(Fold(2, 2)(ones({1, 5, 2})), "to be divisible by the product of kernel_size");
  EXPECT_MESSAGE(Fold(2, 2)(ones({1, 4, 2})), "calculated number of sliding blocks 1 * 1 = 1");
  EXPECT_MESSAGE(Unfold(2)(ones({1, 4, 4})), "Input Error: Only 4D input Tensors are supported (got 3D)");
  EXPECT_MESSAGE(im2col(ones({4, 4}), {2, 2}, {1, 1}, {0, 0}, {1, 1}), "Expected 3D or 4D");
  EXPECT_MESSAGE(Fold(2, 2)(ones({1, 4, 1, 1})),
                 "Only unbatched (2D) or batched (3D) input Tensors are supported (got 4D)");
  EXPECT_MESSAGE(Unfold(2)(ones({1, 1, 1, 1})), "its components must be at least one");
  EXPECT_MESSAGE(F::grid_sample(ones({1, 1, 2, 2}), ones({2, 2, 2, 2})),
                 "expected grid and input to have same batch size");
  EXPECT_MESSAGE(F::grid_sample(ones({1, 1, 2, 2}), ones({1, 2, 2, 3})),
                 "expected grid to have size 2 in last dimension");
  EXPECT_MESSAGE(F::grid_sample(ones({1, 2, 2}), ones({1, 2, 2})), "expected 4D or 5D input and grid");
  EXPECT_MESSAGE(F::affine_grid(ones({1, 2, 2}), IntArrayRef({1, 1, 2, 2})),
                 "Expected a batch of 2D affine matrices of shape Nx2x3");
  EXPECT_MESSAGE(F::affine_grid(ones({1, 2, 3}), IntArrayRef({1, 1, 0, 2})), "Expected non-zero, positive output size");
  EXPECT_MESSAGE(F::affine_grid(ones({1, 2, 3}, kLong), IntArrayRef({1, 1, 2, 2})),
                 "Expected theta to have floating point type, but got long");
  EXPECT_MESSAGE(F::affine_grid(ones({1, 2, 3}), IntArrayRef({1, 1, 2})), "affine_grid only supports 4D and 5D sizes");
  // Places that are not numbers read nothing and crash nothing.
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(F::grid_sample(ones({1, 1, 2, 2}, kDouble), full({1, 1, 1, 2}, nan, kDouble)).item<double>(), 0);
  // Padding that always finds an element finds the first, as for a coordinate of -1.
  const Tensor count = arange(1, 7, kDouble).reshape({1, 1, 2, 3});
  for (const bool reflect : {false, true})
    for (const bool nearest : {false, true}) {
      F::GridSampleFuncOptions options;
      options.align_corners(true);
      if (reflect)
        options.padding_mode(lampas::kReflection);
      else
        options.padding_mode(lampas::kBorder);
      if (nearest) options.mode(lampas::kNearest);
      for (const ScalarType dtype : {kFloat, kDouble}) {
        const Tensor places = tensor({nan, nan, 0.0, nan}, dtype).reshape({1, 1, 2, 2});
        const Tensor image = count.clone().to(dtype).requires_grad_();
        const Tensor read = F::grid_sample(image, places, options);
        EXPECT_EQ(read.flatten()[0].item<double>(), 1);
        EXPECT_EQ(read.flatten()[1].item<double>(), 2);
        read.sum().backward();
        EXPECT_EQ(image.grad().sum().item<double>(), 2);
      }
    }
  // Elements that are not reached do no harm, whatever they hold.
  const Tensor bad = full({1, 1, 2, 2}, std::numeric_limits<double>::infinity(), kDouble);
  bad[0][0][1][1] = 3;
  const Tensor at = tensor({1.25, 1.25}, kDouble).reshape({1, 1, 1, 2}).requires_grad_();
  const Tensor y = F::grid_sample(bad, at);
  EXPECT_EQ(y.item<double>(), 3 * 0.25 * 0.25);
  y.backward();
  EXPECT_TRUE(at.grad().isfinite().all().item<bool>());
  // No channels: nothing depends on the grid. No points: nothing depends on the image.
  const Tensor places = zeros({2, 3, 3, 2}).requires_grad_(), image = ones({2, 3, 4, 4}).requires_grad_();
  F::grid_sample(zeros({2, 0, 4, 4}), places).backward(zeros({2, 0, 3, 3}));
  EXPECT_TRUE(places.grad().equal(zeros({2, 3, 3, 2})));
  F::grid_sample(image, zeros({2, 0, 3, 2})).backward(zeros({2, 3, 0, 3}));
  EXPECT_TRUE(image.grad().equal(zeros({2, 3, 4, 4})));
}

TEST(Vision, PixelShuffleByTwoAgreesInEveryDtype) {
  const Tensor x = ramp({2, 8, 3, 5}), g = ramp({2, 2, 6, 10}).mul(0.5);
  const auto both = [](const Tensor& in, const Tensor& out, ScalarType t) {
    const Tensor a = in.to(t).clone().requires_grad_(), b = out.to(t).clone().requires_grad_();
    const Tensor up = pixel_shuffle(a, 2), down = pixel_unshuffle(b, 2);
    up.backward(out.to(t));
    down.backward(in.to(t));
    return std::vector<Tensor>{up, down, a.grad(), b.grad()};
  };
  const std::vector<Tensor> one = both(x, g, kFloat), other = both(x, g, kDouble);
  for (size_t i = 0; i < one.size(); ++i) EXPECT_TRUE(one[i].to(kDouble).equal(other[i])) << i;
}

TEST(Vision, UnfoldThenFoldIsAConvolution) {
  manual_seed(0);
  const Tensor x = randn({1, 3, 10, 12}), w = randn({2, 3, 4, 5});
  const Tensor columns = F::unfold(x, F::UnfoldFuncOptions({4, 5}));
  EXPECT_EQ(shape(columns), IntArrayRef({1, 60, 56}));
  const Tensor y = columns.transpose(1, 2).matmul(w.view({2, -1}).t()).transpose(1, 2);
  const Tensor image = F::fold(y, F::FoldFuncOptions({7, 8}, {1, 1}));
  EXPECT_TRUE(image.equal(y.reshape({1, 2, 7, 8})));
  EXPECT_TRUE(image.allclose(conv2d(x, w), 1e-4, 1e-4));
  EXPECT_EQ(shape(Unfold(ExpandingArray<2>({2, 3}))(ones({2, 5, 3, 4}))), IntArrayRef({2, 30, 4}));
  EXPECT_EQ(shape(Fold(ExpandingArray<2>({4, 5}), 2)(ones({1, 12, 12}))), IntArrayRef({1, 3, 4, 5}));
  EXPECT_EQ(shape(PixelShuffle(3)(ones({1, 9, 4, 4}))), IntArrayRef({1, 1, 12, 12}));
}

TEST(Vision, Prints) {
  EXPECT_EQ(printed(PixelShuffle(3)), "torch::nn::PixelShuffle(upscale_factor=3)");
  EXPECT_EQ(printed(PixelUnshuffle(3)), "torch::nn::PixelUnshuffle(downscale_factor=3)");
  EXPECT_EQ(printed(Fold(ExpandingArray<2>({4, 5}), 2)),
            "torch::nn::Fold(output_size=[4, 5], kernel_size=[2, 2], dilation=[1, 1], padding=[0, 0], stride=[1, 1])");
  EXPECT_EQ(printed(Unfold(UnfoldOptions({2, 3}).padding(1))),
            "torch::nn::Unfold(kernel_size=[2, 3], dilation=[1, 1], padding=[1, 1], stride=[1, 1])");
  EXPECT_EQ(printed(Upsample(UpsampleOptions().scale_factor(std::vector<double>({2, 3})))),
            "torch::nn::Upsample(scale_factor=[2, 3], mode=kNearest)");
  EXPECT_EQ(printed(Upsample(UpsampleOptions().size(std::vector<int64_t>({2, 3})).mode(kBilinear))),
            "torch::nn::Upsample(size=[2, 3], mode=kBilinear)");
}

// With dilation, output padding may reach the stride: then one window more has room in the result than made it.
TEST(ConvTranspose, GradientWhereOutputPaddingReachesTheStride) {
  manual_seed(3);
  for (const bool one_row : {false, true}) {
    ConvTranspose2d m(ConvTranspose2dOptions(2, 4, 3).dilation(2).groups(2).padding(1).output_padding({1, 0}));
    m->to(kDouble);
    const Tensor x = randn({2, 2, one_row ? 1 : 4, 5}, kDouble).requires_grad_();
    EXPECT_EQ(shape(m(x)), IntArrayRef({2, 4, one_row ? 4 : 7, 7}));
    const auto f = [&](const std::vector<Tensor>& in) {
      return std::vector<Tensor>{conv_transpose2d(in[0], in[1], in[2], {1, 1}, {1, 1}, {1, 0}, 2, {2, 2})};
    };
    EXPECT_NO_THROW(autograd::gradcheck(f, {x, m->weight, m->bias}));
    EXPECT_NO_THROW(autograd::gradgradcheck(f, {x, m->weight, m->bias}));
  }
}

TEST(FractionalMaxPool, SamplesAreABuffer) {
  const Tensor u = tensor({0.1, 0.9, 0.5, 0.3}).to(kFloat).reshape({1, 2, 2});
  FractionalMaxPool2d m(FractionalMaxPool2dOptions(2).output_size(2)._random_samples(u));
  ASSERT_EQ(m->named_buffers().keys(), std::vector<std::string>{"_random_samples"});
  EXPECT_TRUE(m->named_buffers()["_random_samples"].equal(u));
  EXPECT_TRUE(FractionalMaxPool2d(FractionalMaxPool2dOptions(2).output_size(2))->named_buffers().is_empty());
  const Tensor x = ramp({1, 2, 5, 5}).sin();
  const Tensor y = m(x);
  EXPECT_TRUE(m(x).equal(y));
  m->to(kDouble);  // the buffer follows
  EXPECT_TRUE(m(x.to(kDouble)).equal(y.to(kDouble)));
  FractionalMaxPool3d m3(FractionalMaxPool3dOptions(1).output_size(1)._random_samples(ones({1, 2, 3}) / 2));
  EXPECT_EQ(m3->named_buffers().size(), 1u);
}

}  // namespace
}  // namespace lampas::nn
