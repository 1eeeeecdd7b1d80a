#include <cmath>

#include "lampas/autograd/gradcheck.h"
#include "lampas/nn.h"
#include "lampas/ops.h"
#include "nn/support.h"

namespace lampas::nn {
namespace {

namespace F = functional;

Tensor ramp(IntArrayRef sizes) { return arange(numel_of(sizes), kFloat).reshape(sizes) / 10 - 1; }

TEST(Linear, ComputesAndPrints) {
  Linear fc(3, 2);
  EXPECT_EQ(fc->weight.sizes(), IntArrayRef({2, 3}));
  const Tensor x = ramp({4, 3});
  EXPECT_TRUE(fc(x).allclose(mm(x, fc->weight.t()) + fc->bias, 1e-5, 1e-6));
  EXPECT_EQ(fc(ramp({5, 4, 3})).sizes(), IntArrayRef({5, 4, 2}));
  EXPECT_EQ(fc(ramp({3})).sizes(), IntArrayRef({2}));
  EXPECT_EQ(printed(fc), "torch::nn::Linear(in_features=3, out_features=2, bias=true)");
  Linear bare(LinearOptions(3, 2).bias(false));
  EXPECT_FALSE(bare->bias.defined());
  EXPECT_EQ(bare->parameters().size(), 1u);
  EXPECT_EQ(printed(bare), "torch::nn::Linear(in_features=3, out_features=2, bias=false)");
  Linear copy = std::dynamic_pointer_cast<LinearImpl>(bare->clone());
  EXPECT_TRUE(copy->weight.equal(bare->weight));
  EXPECT_FALSE(copy->bias.defined());
}

TEST(Identity, ReturnsItsInput) {
  const Tensor x = ones(2);
  EXPECT_TRUE(Identity()(x).is_same(x));
  EXPECT_TRUE(Identity(54, "unused")(x).is_same(x));
  EXPECT_EQ(printed(Identity()), "torch::nn::Identity()");
}

TEST(Flatten, MergesAndUnflattenSplits) {
  const Tensor x = ramp({2, 3, 4, 5});
  EXPECT_EQ(Flatten()(x).sizes(), IntArrayRef({2, 60}));
  EXPECT_EQ(Flatten(FlattenOptions().start_dim(2).end_dim(3))(x).sizes(), IntArrayRef({2, 3, 20}));
  EXPECT_EQ(Unflatten(1, std::vector<int64_t>{3, -1})(Flatten()(x)).sizes(), IntArrayRef({2, 3, 20}));
  EXPECT_EQ(printed(Flatten(FlattenOptions().start_dim(2).end_dim(4))), "torch::nn::Flatten(start_dim=2, end_dim=4)");
  EXPECT_EQ(printed(Unflatten(UnflattenOptions(0, {2, 2}))), "torch::nn::Unflatten(dim=0, unflattened_size={2, 2})");
}

TEST(Conv, ComputesWhatTheOpDoes) {
  Conv2d conv(Conv2dOptions(2, 4, {3, 2}).stride({1, 2}).padding(1).dilation({2, 1}).groups(2));
  const Tensor x = ramp({2, 2, 6, 7});
  EXPECT_TRUE(conv(x).equal(conv2d(x, conv->weight, conv->bias, {1, 2}, {1, 1}, {2, 1}, 2)));
  EXPECT_TRUE(
      F::conv2d(x, conv->weight, F::Conv2dFuncOptions().stride({1, 2}).padding({1, 1}).dilation({2, 1}).groups(2))
          .equal(conv2d(x, conv->weight, {}, {1, 2}, {1, 1}, {2, 1}, 2)));
  Conv1d one(2, 3, 2);
  EXPECT_TRUE(one(ramp({1, 2, 5})).equal(conv1d(ramp({1, 2, 5}), one->weight, one->bias)));
  Conv3d three(1, 2, 2);
  EXPECT_TRUE(three(ramp({1, 1, 3, 3, 3})).equal(conv3d(ramp({1, 1, 3, 3, 3}), three->weight, three->bias)));
}

/// Nobody keeps the input where only it, or only the bias, needs a gradient.
TEST(Conv, FrozenParameters) {
  for (const bool last : {false, true}) {
    auto x = ramp({2, 3, 5, 4});
    if (last) x = x.contiguous(MemoryFormat::ChannelsLast);
    x.requires_grad_();
    Conv2d conv(Conv2dOptions(3, 4, 3).padding(1));
    conv(x).square().sum().backward();
    const Tensor dx = x.grad(), db = conv->bias.grad();
    x.mutable_grad() = {}, conv->bias.mutable_grad() = {};
    conv->weight.requires_grad_(false);
    conv(x).square().sum().backward();
    EXPECT_TRUE(x.grad().allclose(dx)) << last;
    EXPECT_TRUE(conv->bias.grad().allclose(db)) << last;
    EXPECT_EQ(x.grad().is_contiguous(MemoryFormat::ChannelsLast), last);
    conv->bias.mutable_grad() = {};
    conv(x.detach()).square().sum().backward();
    EXPECT_TRUE(conv->bias.grad().allclose(db)) << last;
    conv->bias.requires_grad_(false);
    x.mutable_grad() = {};
    conv(x).square().sum().backward();
    EXPECT_TRUE(x.grad().allclose(dx)) << last;
  }
}

TEST(Conv, SamePaddingKeepsSizesAlsoForEvenKernels) {
  for (const int64_t k : {1, 2, 3, 4}) {
    Conv2d same(Conv2dOptions(1, 1, {k, 3}).padding(kSame).dilation({1, 2}).bias(false));
    const Tensor x = ramp({1, 1, 6, 7});
    const Tensor y = same(x);
    EXPECT_EQ(y.sizes(), x.sizes());
    // The definition: zeros added, one more behind than in front where their number is odd.
    const int64_t before = (k - 1) / 2, after = k - 1 - before;
    const Tensor padded = cat(
        {zeros({1, 1, before, 11}), cat({zeros({1, 1, 6, 2}), x, zeros({1, 1, 6, 2})}, 3), zeros({1, 1, after, 11})},
        2);
    EXPECT_TRUE(y.allclose(conv2d(padded, same->weight, {}, 1, 0, {1, 2}), 1e-5, 1e-5)) << k;
  }
  Conv2d valid(Conv2dOptions(1, 1, 3).padding(kValid));
  EXPECT_EQ(valid(ramp({1, 1, 6, 7})).sizes(), IntArrayRef({1, 1, 4, 5}));
  EXPECT_MESSAGE(Conv2d(Conv2dOptions(1, 1, 3).padding(kSame).stride(2)),
                 "padding='same' is not supported for strided");
}

TEST(Conv, PaddingModes) {
  const Tensor x = tensor({1., 2., 3., 4.}).reshape({1, 1, 4});
  const auto padded = [&](detail::conv_padding_mode_t mode) {
    Conv1d conv(Conv1dOptions(1, 1, 1).padding(2).padding_mode(mode).bias(false));
    NoGradGuard no_grad;
    conv->weight.fill_(1);
    return conv(x).flatten();
  };
  EXPECT_TRUE(padded(kZeros).equal(tensor({0., 0., 1., 2., 3., 4., 0., 0.})));
  EXPECT_TRUE(padded(kReflect).equal(tensor({3., 2., 1., 2., 3., 4., 3., 2.})));
  EXPECT_TRUE(padded(kReplicate).equal(tensor({1., 1., 1., 2., 3., 4., 4., 4.})));
  EXPECT_TRUE(padded(kCircular).equal(tensor({3., 4., 1., 2., 3., 4., 1., 2.})));
  EXPECT_MESSAGE(Conv1d(Conv1dOptions(1, 1, 1).padding(4).padding_mode(kReflect))(x),
                 "Padding size should be less than the corresponding input dimension");
  const Tensor input = ramp({1, 1, 4, 4}).to(kDouble).requires_grad_();
  Conv2d conv(Conv2dOptions(1, 1, 3).padding(1).padding_mode(kReflect));
  conv->to(kDouble);
  EXPECT_TRUE(autograd::gradcheck([&](const variable_list& in) { return variable_list{conv(in[0])}; }, {input}));
}

TEST(Conv, ChecksAndPrints) {
  EXPECT_MESSAGE(Conv2d(Conv2dOptions(3, 4, 3).groups(2)), "in_channels (3) must be divisible by groups (2)");
  EXPECT_MESSAGE(Conv2d(Conv2dOptions(4, 3, 3).groups(2)), "out_channels (3) must be divisible by groups (2)");
  EXPECT_EQ(printed(Conv1d(3, 4, 5)), "torch::nn::Conv1d(3, 4, kernel_size=5, stride=1)");
  EXPECT_EQ(
      printed(Conv2d(
          Conv2dOptions(4, 6, 5).stride(2).padding({1, 0}).dilation(2).groups(2).bias(false).padding_mode(kCircular))),
      "torch::nn::Conv2d(4, 6, kernel_size=[5, 5], stride=[2, 2], padding=[1, 0], dilation=[2, 2], groups=2, "
      "bias=false, padding_mode=kCircular)");
  EXPECT_EQ(printed(Conv2d(Conv2dOptions(1, 1, 3).padding(kSame))),
            "torch::nn::Conv2d(1, 1, kernel_size=[3, 3], stride=[1, 1], padding='same')");
}

TEST(Pooling, ComputesWhatTheOpsDo) {
  const Tensor x = ramp({2, 3, 6, 7});
  EXPECT_TRUE(MaxPool2d(2)(x).equal(max_pool2d(x, {2, 2})));
  MaxPool2d pool(MaxPool2dOptions({3, 2}).stride(1).padding(1).ceil_mode(true));
  EXPECT_TRUE(pool(x).equal(max_pool2d(x, {3, 2}, 1, 1, 1, true)));
  const auto [values, indices] = pool->forward_with_indices(x);
  EXPECT_TRUE(values.equal(pool(x)));
  EXPECT_EQ(indices.scalar_type(), kLong);
  AvgPool2d avg(AvgPool2dOptions(3).stride(2).padding(1).count_include_pad(false));
  EXPECT_TRUE(avg(x).equal(avg_pool2d(x, 3, 2, 1, false, false)));
  EXPECT_TRUE(
      F::avg_pool2d(x, F::AvgPool2dFuncOptions(2).divisor_override(3)).equal(avg_pool2d(x, 2, 2, 0, false, true, 3)));
  EXPECT_EQ(
      printed(MaxPool2d(5)),
      "torch::nn::MaxPool2d(kernel_size=[5, 5], stride=[5, 5], padding=[0, 0], dilation=[1, 1], ceil_mode=false)");
  EXPECT_EQ(printed(AvgPool2d(5)), "torch::nn::AvgPool2d(kernel_size=[5, 5], stride=[5, 5], padding=[0, 0])");
}

TEST(BatchNorm, TrainsAndEvaluates) {
  BatchNorm2d norm(3);
  const Tensor x = ramp({2, 3, 2, 2});
  const Tensor y = norm(x);
  EXPECT_TRUE(y.mean({0, 2, 3}).allclose(zeros(3), 0, 1e-5));
  EXPECT_TRUE(y.var({0, 2, 3}, false).allclose(ones(3), 1e-3, 1e-3));
  EXPECT_EQ(norm->num_batches_tracked.item<int64_t>(), 1);
  EXPECT_TRUE(norm->running_mean.allclose(x.mean({0, 2, 3}) * 0.1, 1e-5, 1e-6));
  EXPECT_TRUE(norm->running_var.allclose(x.var({0, 2, 3}) * 0.1 + 0.9, 1e-5, 1e-6));
  norm->eval();
  const Tensor shift =
      (x - norm->running_mean.view({1, 3, 1, 1})) / (norm->running_var.view({1, 3, 1, 1}) + 1e-5).sqrt();
  EXPECT_TRUE(norm(x).allclose(shift, 1e-5, 1e-5));
  EXPECT_EQ(norm->num_batches_tracked.item<int64_t>(), 1);
}

TEST(BatchNorm, CumulativeAverageAndNoStatistics) {
  BatchNorm1d average(BatchNorm1dOptions(2).momentum(std::nullopt).affine(false));
  const Tensor a = ramp({4, 2}), b = ramp({4, 2}) * 3;
  average(a);
  average(b);
  EXPECT_TRUE(average->running_mean.allclose((a.mean(IntArrayRef(0)) + b.mean(IntArrayRef(0))) / 2, 1e-5, 1e-6));
  EXPECT_TRUE(average->parameters().empty());
  BatchNorm1d none(BatchNorm1dOptions(2).track_running_stats(false));
  none->eval();
  EXPECT_TRUE(none(a).mean(IntArrayRef(0)).allclose(zeros(2), 0, 1e-5)) << "the batch's own statistics";
  EXPECT_TRUE(none->buffers().empty());
}

TEST(BatchNorm, ChecksAndPrints) {
  EXPECT_MESSAGE(BatchNorm2d(3)(ones({2, 3})), "expected 4D input (got 2D input)");
  EXPECT_MESSAGE(BatchNorm1d(3)(ones({2, 3, 1, 1})), "expected 2D or 3D input (got 4D input)");
  EXPECT_MESSAGE(BatchNorm3d(3)(ones({2, 3, 1, 1})), "expected 5D input (got 4D input)");
  EXPECT_MESSAGE(BatchNorm2d(3)(ones({1, 3, 1, 1})),
                 "Expected more than 1 value per channel when training, got input size");
  EXPECT_EQ(printed(BatchNorm2d(BatchNorm2dOptions(4).eps(0.5).momentum(0.1).affine(false))),
            "torch::nn::BatchNorm2d(4, eps=0.5, momentum=0.1, affine=false, track_running_stats=true)");
  EXPECT_EQ(printed(BatchNorm1d(BatchNorm1dOptions(4).momentum(std::nullopt))),
            "torch::nn::BatchNorm1d(4, eps=1e-05, momentum=None, affine=true, track_running_stats=true)");
}

TEST(BatchNorm, HalfPrecisionCastKeepsTheCounter) {
  BatchNorm2d norm(3);
  norm->to(kDouble);
  EXPECT_EQ(norm->running_var.scalar_type(), kDouble);
  EXPECT_EQ(norm->num_batches_tracked.scalar_type(), kLong);
}

TEST(Activation, ComputesAndPrints) {
  const Tensor x = ramp({3, 7});
  EXPECT_TRUE(ReLU()(x).equal(x.relu()));
  const Tensor inplace = x.clone();
  EXPECT_TRUE(ReLU(true)(inplace).is_same(inplace));
  EXPECT_TRUE(inplace.equal(x.relu()));
  EXPECT_TRUE(Sigmoid()(x).equal(x.sigmoid()));
  EXPECT_TRUE(Tanh()(x).equal(x.tanh()));
  EXPECT_TRUE(Softmax(1)(x).equal(softmax(x, 1)));
  EXPECT_TRUE(LogSoftmax(0)(x).equal(log_softmax(x, 0)));
  EXPECT_TRUE(Softmin(1)(x).equal(softmax(-x, 1)));
  EXPECT_EQ(F::softmax(x, F::SoftmaxFuncOptions(1).dtype(kDouble)).scalar_type(), kDouble);
  EXPECT_EQ(printed(ReLU()), "torch::nn::ReLU()");
  EXPECT_EQ(printed(ReLU(true)), "torch::nn::ReLU(inplace=true)");
  EXPECT_EQ(printed(Softmax(1)), "torch::nn::Softmax(dim=1)");
  EXPECT_EQ(printed(LogSoftmax(1)), "torch::nn::LogSoftmax(dim=1)");
  EXPECT_EQ(printed(Tanh()) + printed(Sigmoid()), "torch::nn::Tanh()torch::nn::Sigmoid()");
}

TEST(Dropout, DropsInTrainingOnly) {
  manual_seed(1);
  Dropout drop(0.25);
  const Tensor x = ones(10000);
  const Tensor y = drop(x);
  const double kept = y.ne(0).to(kFloat).mean().item<double>();
  EXPECT_NEAR(kept, 0.75, 0.02);
  EXPECT_NEAR(y.max().item<float>(), 1 / 0.75, 1e-6);
  drop->eval();
  EXPECT_TRUE(drop(x).equal(x));
  const Tensor channels = Dropout2d(0.5)(ones({20, 10, 3, 3})).sum({2, 3});
  EXPECT_TRUE((channels.eq(0) + channels.eq(18)).to(kBool).all().item<bool>()) << "whole channels";
  // Without a batch: the first dimension holds the channels.
  for (const bool over : {false, true}) {
    const Tensor volumes = ones({40, 2, 3, 4});
    const Tensor dropped = Dropout3d(Dropout3dOptions(0.5).inplace(over))(volumes), sums = dropped.sum({1, 2, 3});
    EXPECT_TRUE((sums.eq(0) + sums.eq(48)).to(kBool).all().item<bool>());
    EXPECT_GT(sums.eq(0).sum().item<int64_t>(), 5);
    EXPECT_EQ(volumes.equal(dropped), over);
  }
  const Tensor inplace = ones(10);
  EXPECT_TRUE(Dropout(DropoutOptions(0.5).inplace(true))(inplace).is_same(inplace));
  EXPECT_MESSAGE(Dropout(1.5), "dropout probability has to be between 0 and 1, but got 1.5");
  EXPECT_MESSAGE(F::dropout(x, F::DropoutFuncOptions().p(-1)),
                 "dropout probability has to be between 0 and 1, but got -1");
  EXPECT_EQ(printed(Dropout(0.42)), "torch::nn::Dropout(p=0.42, inplace=false)");
  EXPECT_EQ(printed(Dropout2d()), "torch::nn::Dropout2d(p=0.5, inplace=false)");
}

TEST(Loss, ComputesWhatTheOpsDo) {
  const Tensor x = ramp({4, 3}), target = tensor({0, 2, 1, 2}), weight = tensor({1., 2., 3.});
  EXPECT_TRUE(MSELoss()(x, x * 2).equal(mse_loss(x, x * 2)));
  EXPECT_TRUE(MSELoss(kNone)(x, x * 2).equal((x * x)));
  EXPECT_TRUE(F::mse_loss(x, x * 2, kSum).equal(mse_loss(x, x * 2, 2)));
  const Tensor log_p = log_softmax(x, 1);
  EXPECT_TRUE(NLLLoss(NLLLossOptions().weight(weight).ignore_index(1))(log_p, target)
                  .equal(nll_loss(log_p, target, weight, 1, 1)));
  EXPECT_TRUE(
      CrossEntropyLoss(CrossEntropyLossOptions().weight(weight).label_smoothing(0.1).reduction(kSum))(x, target).equal(
          cross_entropy_loss(x, target, weight, 2, -100, 0.1)));
  EXPECT_TRUE(F::cross_entropy(x, target).allclose(F::nll_loss(log_p, target), 1e-6, 1e-7));
  EXPECT_EQ(printed(MSELoss()) + printed(NLLLoss()) + printed(CrossEntropyLoss()),
            "torch::nn::MSELoss()torch::nn::NLLLoss()torch::nn::CrossEntropyLoss()");
}

TEST(Loss, WeightIsABufferOfItsOwnInClones) {
  NLLLoss loss(NLLLossOptions().weight(tensor({1., 2., 3.})));
  EXPECT_EQ(loss->named_buffers().keys(), (std::vector<std::string>{"weight"}));
  NLLLoss copy = std::dynamic_pointer_cast<NLLLossImpl>(loss->clone());
  EXPECT_TRUE(copy->weight.equal(loss->weight));
  EXPECT_FALSE(copy->weight.is_alias_of(loss->weight));
  loss->to(kDouble);
  EXPECT_EQ(loss(zeros({1, 3}, kDouble), tensor({1})).scalar_type(), kDouble);
}

TEST(Model, LearnsXor) {
  manual_seed(3);
  struct Net : Module {
    Net() {
      hidden = register_module("hidden", Linear(2, 8));
      out = register_module("out", Linear(8, 1));
    }
    Tensor forward(const Tensor& x) { return out(hidden(x).tanh()).squeeze(1); }
    Linear hidden{nullptr}, out{nullptr};
  } net;
  const Tensor x = tensor({{0., 0.}, {0., 1.}, {1., 0.}, {1., 1.}}), y = tensor({0., 1., 1., 0.});
  for (int step = 0; step < 1000; ++step) {
    net.zero_grad();
    F::mse_loss(net.forward(x), y).backward();
    NoGradGuard no_grad;
    for (const Tensor& p : net.parameters()) p.sub_(p.grad() * 0.1);
  }
  EXPECT_LT(F::mse_loss(net.forward(x), y).item<float>(), 0.01);
}

}  // namespace
}  // namespace lampas::nn
