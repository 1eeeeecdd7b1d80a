// Arguments no layer accepts: undefined tensors name the op and the argument, numbers whose sums overflow are refused.
#include <climits>

#include "lampas/nn.h"
#include "lampas/ops.h"
#include "nn/support.h"

namespace lampas::nn {
namespace {

namespace F = functional;

constexpr int64_t kHuge = int64_t{1} << 62;

TEST(Misuse, UndefinedInputOfEveryLayerNamesTheOp) {
  const Tensor none;
  EXPECT_MESSAGE(Conv1d(2, 3, 1)(none), "conv1d: input is undefined");
  EXPECT_MESSAGE(Conv2d(Conv2dOptions(2, 3, 1).padding_mode(kReflect))(none), "conv2d: input is undefined");
  EXPECT_MESSAGE(ConvTranspose2d(2, 3, 1)(none), "conv_transpose2d: input is undefined");
  const std::array<int64_t, 2> size{4, 4};
  EXPECT_MESSAGE(ConvTranspose2d(2, 3, 1)->forward(none, IntArrayRef(size)), "ConvTranspose2d: input is undefined");
  EXPECT_MESSAGE(Unfold(2)(none), "unfold: input is undefined");
  EXPECT_MESSAGE(Fold(FoldOptions(4, 2))(none), "fold: input is undefined");
  EXPECT_MESSAGE(MaxPool1d(2)(none), "max_pool1d: input is undefined");
  EXPECT_MESSAGE(AvgPool3d(2)(none), "avg_pool3d: input is undefined");
  EXPECT_MESSAGE(LPPool2d(LPPool2dOptions(2, 2))(none), "lp_pool2d: input is undefined");
  EXPECT_MESSAGE(AdaptiveAvgPool2d(2)(none), "adaptive_avg_pool2d: input is undefined");
  EXPECT_MESSAGE(AdaptiveMaxPool1d(2)(none), "adaptive_max_pool1d: input is undefined");
  EXPECT_MESSAGE(FractionalMaxPool2d(FractionalMaxPool2dOptions(2).output_size(2))(none),
                 "fractional_max_pool2d: input is undefined");
  EXPECT_MESSAGE(MaxUnpool2d(2)(none, ones({1}, kLong)), "max_unpool2d: input is undefined");
  EXPECT_MESSAGE(MaxUnpool2d(2)(ones({1, 2, 2}), none), "max_unpool2d: indices is undefined");
  EXPECT_MESSAGE(ReflectionPad2d(1)(none), "pad2d: input is undefined");
  EXPECT_MESSAGE(ConstantPad1d(1, 2.)(none), "constant_pad_nd: input is undefined");
  EXPECT_MESSAGE(F::pad(none, F::PadFuncOptions({1, 1}).mode(kCircular)), "pad: input is undefined");
  EXPECT_MESSAGE(Hardtanh()(none), "hardtanh: input is undefined");
  EXPECT_MESSAGE(Softmax(0)(none), "softmax: input is undefined");
  EXPECT_MESSAGE(LogSoftmax(0)(none), "log_softmax: input is undefined");
  EXPECT_MESSAGE(Softmax2d()(none), "Softmax2d: input is undefined");
  EXPECT_MESSAGE(BatchNorm2d(2)(none), "BatchNorm2d: input is undefined");
  EXPECT_MESSAGE(F::batch_norm(none, none, none, F::BatchNormFuncOptions().training(true)),
                 "batch_norm: input is undefined");
  EXPECT_MESSAGE(RNN(2, 3)(none), "RNN: input is undefined");
  EXPECT_MESSAGE(LSTMCell(2, 3)(none), "LSTMCell: input is undefined");
  EXPECT_MESSAGE(Linear(2, 3)(none), "linear: input is undefined");
  EXPECT_MESSAGE(F::linear(ones({2}), none), "linear: weight is undefined");
  EXPECT_MESSAGE(Bilinear(2, 3, 4)(none, ones({3})), "bilinear: input1 is undefined");
  EXPECT_MESSAGE(Bilinear(2, 3, 4)(ones({2}), none), "bilinear: input2 is undefined");
  EXPECT_MESSAGE(Flatten()(none), "flatten: input is undefined");
  EXPECT_MESSAGE(Unflatten(UnflattenOptions(0, {1, 2}))(none), "Unflatten: input is undefined");
  EXPECT_MESSAGE(GLU()(none), "glu: input is undefined");
  EXPECT_MESSAGE(Tanhshrink()(none), "tanhshrink: input is undefined");
  EXPECT_MESSAGE(Dropout2d()(none), "dropout: input is undefined");
  EXPECT_MESSAGE(Embedding(2, 3)(none), "embedding: indices is undefined");
  EXPECT_MESSAGE(EmbeddingBag(2, 3)(none), "embedding_bag: input is undefined");
  EXPECT_MESSAGE(PixelShuffle(2)(none), "pixel_shuffle: input is undefined");
  EXPECT_MESSAGE(PixelUnshuffle(2)(none), "pixel_unshuffle: input is undefined");
  EXPECT_MESSAGE(F::interpolate(none, F::InterpolateFuncOptions().size(std::vector<int64_t>{2})),
                 "interpolate: input is undefined");
  EXPECT_MESSAGE(F::grid_sample(none, ones({1, 2, 2, 2})), "grid_sampler: input is undefined");
  EXPECT_MESSAGE(F::grid_sample(ones({1, 1, 2, 2}), none), "grid_sampler: grid is undefined");
  EXPECT_MESSAGE(F::affine_grid(none, {1, 1, 2, 2}), "affine_grid_generator: theta is undefined");
  const Tensor q = ones({2, 1, 4});
  EXPECT_MESSAGE(MultiheadAttention(4, 2)(none, q, q), "multi_head_attention_forward: query is undefined");
  EXPECT_MESSAGE(MultiheadAttention(4, 2)(q, none, q), "multi_head_attention_forward: key is undefined");
  EXPECT_MESSAGE(MultiheadAttention(4, 2)(q, q, none), "multi_head_attention_forward: value is undefined");
  EXPECT_MESSAGE(Transformer(TransformerOptions(4, 2, 1, 1))(none, q), "Transformer: src is undefined");
  for (const auto& fill : {init::xavier_uniform_, init::xavier_normal_, init::orthogonal_})
    EXPECT_MESSAGE(fill(none, 1.), "is undefined");
  EXPECT_MESSAGE(init::eye_(none), "init::eye_: tensor is undefined");
  EXPECT_MESSAGE(init::dirac_(none), "init::dirac_: tensor is undefined");
  EXPECT_MESSAGE(init::sparse_(none, 0.5), "init::sparse_: tensor is undefined");
}

TEST(Misuse, NumbersWhoseSumsOverflow) {
  const Tensor x = ones({1, 2, 5, 5});
  // Each of these once wrapped to a size that looked right.
  EXPECT_MESSAGE(Conv2d(Conv2dOptions(2, 3, 3).dilation(kHuge))(x), "conv2d: dilation is too large");
  EXPECT_MESSAGE(Conv2d(Conv2dOptions(2, 3, 3).padding(kHuge))(x), "conv2d: padding is too large");
  EXPECT_MESSAGE(ConvTranspose2d(ConvTranspose2dOptions(2, 3, 2).stride(kHuge))(x),
                 "conv_transpose2d: stride is too large");
  EXPECT_MESSAGE(ConvTranspose2d(ConvTranspose2dOptions(2, 3, 2).padding(kHuge))(x),
                 "conv_transpose2d: padding is too large");
  EXPECT_MESSAGE(MaxPool2d(MaxPool2dOptions(3).dilation(kHuge))(x), "max_pool2d: dilation is too large");
  EXPECT_MESSAGE(AvgPool2d(AvgPool2dOptions(kHuge))(x), "avg_pool2d: kernel_size is too large");
  EXPECT_MESSAGE(Fold(FoldOptions(4, kHuge))(ones({1, 4, 1})), "col2im: kernel_size is too large");
  EXPECT_MESSAGE(Unfold(UnfoldOptions(2).dilation(kHuge))(x), "im2col: dilation is too large");
  EXPECT_MESSAGE(ConstantPad1d(ConstantPad1dOptions({INT64_MIN, INT64_MIN}, 1.))(x),
                 "constant_pad_nd: padding is too large");
}

TEST(Misuse, ARefusedBatchLeavesNoTrace) {
  BatchNorm2d m(3);
  EXPECT_MESSAGE(m(ones({2, 4, 3, 3})), "should contain 4 elements not 3");
  EXPECT_MESSAGE(m(ones({2, 3, 3, 3}, kLong)), "batch_norm: ");
  EXPECT_MESSAGE(m(ones({1, 3, 1, 1})), "Expected more than 1 value per channel");
  EXPECT_EQ(m->num_batches_tracked.item<int64_t>(), 0);
  EXPECT_TRUE(m->running_mean.equal(zeros({3})) && m->running_var.equal(ones({3})));
  m(ones({2, 3, 3, 3}));
  EXPECT_EQ(m->num_batches_tracked.item<int64_t>(), 1);
}

TEST(Misuse, NegativeAndEmptySizes) {
  EXPECT_MESSAGE(Conv2d(-2, 3, 1), "Conv2d: in_channels (-2) and out_channels (3) must not be negative");
  EXPECT_MESSAGE(Conv1d(2, 3, -1), "Conv1d: kernel_size must not be negative");
  EXPECT_MESSAGE(ConvTranspose3d(2, -3, 1), "ConvTranspose3d: in_channels (2) and out_channels (-3)");
  EXPECT_MESSAGE(BatchNorm1d(-1), "num_features must not be negative, got -1");
  // The kernel reaches over the image that is not there: this divided by zero.
  EXPECT_MESSAGE(ConvTranspose3d(3, 4, ExpandingArray<3>({3, 1, 2}))(ones({5, 3, 0, 2, 1})), "is too small");
}

TEST(Misuse, FractionalPoolWithAWindowThatOverflows) {
  EXPECT_MESSAGE(
      fractional_max_pool2d(randn({1, 2, 8, 8}), IntArrayRef({INT64_MAX, 2}), IntArrayRef({3, 3}), rand({1, 2, 2})),
      "are too large relative to input size 8");
}

}  // namespace
}  // namespace lampas::nn
