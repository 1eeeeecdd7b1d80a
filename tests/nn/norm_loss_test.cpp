// Modules of normalisations, losses and distances: printing, errors, state; and what goldens do not show.
#include <cmath>
#include <limits>

#include "lampas/autograd/gradcheck.h"
#include "lampas/backend/cpu/threads.h"
#include "lampas/nn.h"
#include "lampas/ops.h"
#include "nn/support.h"

namespace lampas::nn {
namespace {

namespace F = functional;

Tensor ramp(IntArrayRef sizes) { return arange(numel_of(sizes), kFloat).reshape(sizes) / 10 - 1; }
Tensor noise(IntArrayRef sizes, uint64_t seed = 3) {
  manual_seed(seed);
  return randn(sizes);
}

TEST(Norms, Print) {
  EXPECT_EQ(printed(LayerNorm(LayerNormOptions({2, 2}).elementwise_affine(false).eps(2e-5))),
            "torch::nn::LayerNorm([2, 2], eps=2e-05, elementwise_affine=false)");
  EXPECT_EQ(printed(GroupNorm(2, 4)), "torch::nn::GroupNorm(2, 4, eps=1e-05, affine=true)");
  EXPECT_EQ(printed(InstanceNorm1d(4)),
            "torch::nn::InstanceNorm1d(4, eps=1e-05, momentum=0.1, affine=false, track_running_stats=false)");
  EXPECT_EQ(printed(InstanceNorm2d(InstanceNorm2dOptions(4).eps(0.5).affine(true).track_running_stats(true))),
            "torch::nn::InstanceNorm2d(4, eps=0.5, momentum=0.1, affine=true, track_running_stats=true)");
  EXPECT_EQ(printed(InstanceNorm3d(4)),
            "torch::nn::InstanceNorm3d(4, eps=1e-05, momentum=0.1, affine=false, track_running_stats=false)");
  EXPECT_EQ(printed(LocalResponseNorm(4)), "torch::nn::LocalResponseNorm(4, alpha=0.0001, beta=0.75, k=1)");
  EXPECT_EQ(printed(CrossMapLRN2d(CrossMapLRN2dOptions(3).alpha(1e-5).beta(0.1).k(10))),
            "torch::nn::CrossMapLRN2d(3, alpha=1e-05, beta=0.1, k=10)");
  EXPECT_EQ(printed(CosineSimilarity(CosineSimilarityOptions().dim(0).eps(0.5))),
            "torch::nn::CosineSimilarity(dim=0, eps=0.5)");
  EXPECT_EQ(printed(PairwiseDistance(PairwiseDistanceOptions().p(3).eps(0.5).keepdim(true))),
            "torch::nn::PairwiseDistance(p=3, eps=0.5, keepdim=true)");
  EXPECT_EQ(printed(AdaptiveLogSoftmaxWithLoss(AdaptiveLogSoftmaxWithLossOptions(8, 10, {4}).head_bias(true))),
            "torch::nn::AdaptiveLogSoftmaxWithLoss(\n"
            "  (head): torch::nn::Linear(in_features=8, out_features=5, bias=true)\n"
            "  (tail): torch::nn::ModuleList(\n"
            "    (0): torch::nn::Sequential(\n"
            "      (0): torch::nn::Linear(in_features=8, out_features=2, bias=false)\n"
            "      (1): torch::nn::Linear(in_features=2, out_features=6, bias=false)\n"
            "    )\n"
            "  )\n"
            ")");
}

TEST(Norms, RefuseWhatDoesNotFit) {
  EXPECT_MESSAGE(LayerNorm(std::vector<int64_t>{}), "Expected normalized_shape to be at least 1-dimensional");
  EXPECT_MESSAGE(LayerNorm(std::vector<int64_t>{3})(ones({3, 4})),
                 "Given normalized_shape=[3], expected input with trailing dimensions of that shape, but got input of "
                 "size [3, 4]");
  EXPECT_MESSAGE(F::layer_norm(ones({3, 4}), F::LayerNormFuncOptions({4}).weight(ones(3))),
                 "layer_norm: Expected weight to be of same shape as normalized_shape");
  EXPECT_MESSAGE(F::layer_norm(ones({3, 4}), F::LayerNormFuncOptions({4}).bias(ones(4, kDouble))),
                 "layer_norm: expected bias of dtype Float as the input, got Double");
  EXPECT_MESSAGE(F::layer_norm(ones({3, 4}, kLong), F::LayerNormFuncOptions({4})),
                 "layer_norm: expected a floating point input, got Long");
  EXPECT_MESSAGE(GroupNorm(3, 4), "num_channels (4) must be divisible by num_groups (3)");
  EXPECT_MESSAGE(GroupNorm(2, 4)(ones({2, 6})), "expected 4 channels (dimension 1), got input [2, 6]");
  EXPECT_MESSAGE(F::group_norm(ones({3, 4}), F::GroupNormFuncOptions(3)),
                 "divisible by num_groups, but got input of shape [3, 4] and num_groups=3");
  EXPECT_MESSAGE(F::group_norm(ones({3, 4}), F::GroupNormFuncOptions(0)), "num groups to be greater than 0, got 0");
  EXPECT_MESSAGE(F::group_norm(ones(4), F::GroupNormFuncOptions(2)), "Expected at least 2 dimensions");
  EXPECT_MESSAGE(InstanceNorm1d(3)(ones({3, 4, 5, 6})), "expected 2D or 3D input (got 4D input)");
  EXPECT_MESSAGE(InstanceNorm2d(3)(ones({2, 4, 5, 6})), "expected 3 channels (num_features), got input [2, 4, 5, 6]");
  EXPECT_MESSAGE(InstanceNorm2d(3)(ones({2, 3, 1, 1})), "Expected more than 1 spatial element when training");
  EXPECT_MESSAGE(InstanceNorm2d(3)->use_running_stats(), "needs running statistics");
  EXPECT_MESSAGE(F::instance_norm(ones({2, 3, 4}), F::InstanceNormFuncOptions().use_input_stats(false)),
                 "Expected running_mean and running_var to be defined");
  EXPECT_MESSAGE(F::local_response_norm(ones({3, 4}), 3),
                 "Expected 3D or higher dimensionality input (got 2 dimensions)");
  EXPECT_MESSAGE(CrossMapLRN2d(3)(ones({3, 4})), "expected 4D input (got 2D input)");
  EXPECT_MESSAGE(F::batch_norm(ones({2, 3}), ones(2), ones(2)), "running_mean should contain 3 elements not 2");
  EXPECT_MESSAGE(F::batch_norm(ones({2, 3}), {}, {}), "must be defined in evaluation mode");
  EXPECT_MESSAGE(F::batch_norm(ones({1, 3}), {}, {}, F::BatchNormFuncOptions().training(true)),
                 "Expected more than 1 value per channel when training");
}

TEST(Norms, FailedCallsLeaveRunningStatisticsAlone) {
  const Tensor mean = zeros(3), var = ones(3);
  const auto options = F::BatchNormFuncOptions().training(true).weight(ones(2));
  EXPECT_MESSAGE(F::batch_norm(noise({4, 3}), mean, var, options), "weight should contain 3 elements not 2");
  EXPECT_TRUE(mean.equal(zeros(3)) && var.equal(ones(3)));
}

TEST(Norms, RunningStatisticsOverSeveralStepsInEveryLayout) {
  // Rows, images, channels last and a strided running mean: against the definition in float64.
  for (int layout = 0; layout < 4; ++layout) {
    Tensor mean = zeros(5), var = ones(5);
    if (layout == 3) mean = zeros({5, 2}).select(1, 0);
    Tensor want_mean = zeros(5, kDouble), want_var = ones(5, kDouble);
    for (uint64_t step = 0; step < 3; ++step) {
      Tensor x = noise({6, 3, 4, 5}, step) * 2 + 1;
      if (layout != 2) x = x.reshape({18, 5, 4});
      if (layout == 1) x = x.select(2, 0);
      if (layout == 2) x = x.permute({0, 3, 1, 2});
      const Tensor y = F::batch_norm(x, mean, var, F::BatchNormFuncOptions().training(true).momentum(0.3));
      EXPECT_EQ(y.strides().vec(), layout == 2 ? x.strides().vec() : y.contiguous().strides().vec());
      std::vector<int64_t> dims{0};
      for (int64_t d = 2; d < x.dim(); ++d) dims.push_back(d);
      want_mean = want_mean * 0.7 + x.to(kDouble).mean(dims) * 0.3;
      want_var = want_var * 0.7 + x.to(kDouble).var(dims, true) * 0.3;
    }
    EXPECT_TRUE(mean.to(kDouble).allclose(want_mean, 1e-6, 1e-6)) << layout;
    EXPECT_TRUE(var.to(kDouble).allclose(want_var, 1e-6, 1e-6)) << layout;
  }
}

TEST(Norms, StatisticsSurviveALargeMean) {
  // (x - mean) is exact here, so the outputs must be as accurate as those of centred data.
  const Tensor x = (noise({8, 4, 37, 41}) * 64).to(kLong).to(kFloat) + 4096 * 16;
  const Tensor y = F::batch_norm(x, {}, {}, F::BatchNormFuncOptions().training(true));
  const Tensor want = F::batch_norm(x.to(kDouble), {}, {}, F::BatchNormFuncOptions().training(true));
  EXPECT_TRUE(y.to(kDouble).allclose(want, 1e-3, 1e-3));
  EXPECT_TRUE(F::layer_norm(x, F::LayerNormFuncOptions({37, 41}))
                  .to(kDouble)
                  .allclose(F::layer_norm(x.to(kDouble), F::LayerNormFuncOptions({37, 41})), 1e-3, 1e-3));
}

/// The largest difference of float32 results and gradients to float64's, for every thread count.
template <class Fn>
void expect_accurate(const Fn& fn, IntArrayRef sizes, int64_t parameters) {
  Tensor first_y, first_dx;
  for (int threads : {1, 2, 4}) {
    set_num_threads(threads);
    Tensor results[2][4];
    for (int k = 0; k < 2; ++k) {
      const ScalarType dtype = k ? kDouble : kFloat;
      const Tensor x = (noise(sizes) + 0.5).to(dtype).set_requires_grad(true);
      const Tensor w = (noise({parameters}, 4) + 1).to(dtype).set_requires_grad(true);
      const Tensor b = noise({parameters}, 5).to(dtype).set_requires_grad(true);
      const Tensor y = fn(x, w, b);
      y.backward(noise(y.sizes(), 6).to(dtype));
      results[k][0] = y.detach();
      results[k][1] = x.grad();
      results[k][2] = w.grad();
      results[k][3] = b.grad();
    }
    const double n = static_cast<double>(numel_of(sizes) / parameters);
    for (int j = 0; j < 4; ++j)
      EXPECT_TRUE(results[0][j].to(kDouble).allclose(results[1][j], 1e-5, j < 2 ? 1e-5 : 1e-6 * n))
          << "result " << j << " with " << threads << " threads";
    // Again: the same bits.
    const Tensor x = noise(sizes) + 0.5, w = noise({parameters}, 4) + 1, b = noise({parameters}, 5);
    EXPECT_TRUE(fn(x, w, b).equal(results[0][0]));
  }
  set_num_threads(1);
}
TEST(Norms, LargeInputsAreAccurateOnAnyNumberOfThreads) {
  const int before = get_num_threads();
  const auto batch = [](const Tensor& x, const Tensor& w, const Tensor& b) {
    return batch_norm(x, w, b, {}, {}, true, 0.1, 1e-5);
  };
  expect_accurate(batch, {4, 3, 90, 91}, 3);
  expect_accurate(batch, {1, 1, 300, 301}, 1);
  expect_accurate(batch, {3000, 33}, 33);
  expect_accurate(
      [&](const Tensor& x, const Tensor& w, const Tensor& b) {
        return batch(x.permute({0, 3, 1, 2}), w, b);
      },
      {5, 40, 41, 9}, 9);
  expect_accurate([](const Tensor& x, const Tensor& w, const Tensor& b) { return layer_norm(x, {257}, w, b); },
                  {900, 257}, 257);
  expect_accurate([](const Tensor& x, const Tensor& w, const Tensor& b) { return group_norm(x, 1, w, b); },
                  {1, 6, 200, 101}, 6);
  expect_accurate([](const Tensor& x, const Tensor& w, const Tensor& b) { return group_norm(x, 3, w, b); },
                  {7, 6, 50, 31}, 6);
  set_num_threads(before);
}

TEST(Norms, ReducedFloatsComputeInFloat32) {
  for (ScalarType dtype : {kBFloat16, kHalf}) {
    const Tensor x = noise({6, 4, 9}).to(dtype), w = noise({4}, 4).to(dtype), b = noise({4}, 5);
    const double eps = dtype == kHalf ? 1e-3 : 8e-3;
    const auto close = [&](const Tensor& got, const Tensor& want) {
      EXPECT_EQ(got.scalar_type(), dtype);
      EXPECT_TRUE(got.to(kFloat).allclose(want, eps, eps));
    };
    const Tensor xf = x.to(kFloat), wf = w.to(kFloat);
    close(batch_norm(x, w, b, {}, {}, true, 0.1, 1e-5), batch_norm(xf, wf, b, {}, {}, true, 0.1, 1e-5));
    close(group_norm(x, 2, w, b), group_norm(xf, 2, wf, b));
    close(layer_norm(x, {9}), layer_norm(xf, {9}));
    const Tensor leaf = x.clone().set_requires_grad(true);
    layer_norm(leaf, {9}).sum().backward();
    EXPECT_EQ(leaf.grad().scalar_type(), dtype);
  }
}

TEST(Norms, NaNStaysInItsSet) {
  Tensor x = noise({2, 3, 8});
  x.select(0, 0).select(0, 1).select(0, 2).fill_(std::numeric_limits<float>::quiet_NaN());
  const Tensor y = F::instance_norm(x);
  EXPECT_TRUE(y.select(0, 0).select(0, 1).isnan().all().item<bool>());
  EXPECT_EQ(y.isnan().to(kLong).sum().item<int64_t>(), 8);
}

TEST(InstanceNorm, TracksAndUsesRunningStatistics) {
  InstanceNorm1d norm(InstanceNorm1dOptions(3).track_running_stats(true).affine(true));
  EXPECT_EQ(norm->named_buffers().keys(),
            (std::vector<std::string>{"running_mean", "running_var", "num_batches_tracked"}));
  const Tensor x = noise({4, 3, 7});
  const Tensor y = norm(x);
  EXPECT_TRUE(y.mean({2}).allclose(zeros({4, 3}), 0, 1e-5));
  EXPECT_TRUE(norm->running_mean.allclose(x.mean({0, 2}) * 0.1, 1e-5, 1e-6));
  EXPECT_TRUE(norm->running_var.allclose(x.var(IntArrayRef({2}), true).mean(IntArrayRef({0})) * 0.1 + 0.9, 1e-5, 1e-6));
  EXPECT_EQ(norm->num_batches_tracked.item<int64_t>(), 0);
  norm->eval();
  const Tensor m = norm->running_mean.view({1, 3, 1}), v = norm->running_var.view({1, 3, 1});
  EXPECT_TRUE(norm(x).allclose((x - m) / (v + 1e-5).sqrt(), 1e-5, 1e-5));
  norm->use_running_stats(false);
  EXPECT_TRUE(norm(x).allclose(y, 1e-6, 1e-6)) << "each sample's own statistics";
  EXPECT_TRUE(norm->running_mean.allclose(x.mean({0, 2}) * 0.1, 1e-5, 1e-6)) << "evaluation changes nothing";
  const Tensor single = InstanceNorm1d(3)(x.select(0, 0));
  EXPECT_TRUE(single.allclose(InstanceNorm1d(3)(x).select(0, 0)));
}

TEST(Norms, CrossMapLrnKeepsTheFirstChannel) {
  // PyTorch 1.13's values.
  const Tensor x = arange(1, 13, kDouble).view({1, 6, 1, 2}) / 4;
  const auto cross = [&](int64_t size) {
    return CrossMapLRN2d(CrossMapLRN2dOptions(size).alpha(0.4).beta(0.6).k(2))(x).flatten();
  };
  const std::vector<double> three = {0.160947691, 0.314408836, 0.456005830, 0.581746422, 0.688797805, 0.775922787,
                                     0.854928283, 0.912239685, 0.964966428, 1.000657166, 1.256027667, 1.292939219},
                            one = {0.163713688, 0.320360105, 0.461053956, 0.577079962, 0.696566347, 0.775922787,
                                   0.862795819, 0.912239685, 0.972096779, 1.000657166, 1.040777433, 1.055835698},
                            four = {0.161921170, 0.318093389, 0.464939283, 0.598906853, 0.717056181, 0.817507306,
                                    0.909799862, 0.981529175, 1.047651624, 1.096432124, 1.351150325, 1.402762808};
  EXPECT_TRUE(cross(1).allclose(tensor(one, kDouble), 1e-7, 1e-8)) << cross(1);
  EXPECT_TRUE(cross(3).allclose(tensor(three, kDouble), 1e-7, 1e-8)) << cross(3);
  EXPECT_TRUE(cross(4).allclose(tensor(four, kDouble), 1e-7, 1e-8)) << cross(4);
}

TEST(Norms, FunctionalNormalizeWritesOut) {
  const Tensor x = ramp({3, 4});
  Tensor out = empty({1});
  const Tensor y = F::normalize(x, F::NormalizeFuncOptions().dim(1).out(out));
  EXPECT_TRUE(out.equal(F::normalize(x)));
  EXPECT_TRUE(y.equal(out));
}

// ---- losses

TEST(Losses, Print) {
  EXPECT_EQ(printed(L1Loss()) + printed(KLDivLoss()) + printed(BCELoss()) + printed(BCEWithLogitsLoss()),
            "torch::nn::L1Loss()torch::nn::KLDivLoss()torch::nn::BCELoss()torch::nn::BCEWithLogitsLoss()");
  EXPECT_EQ(printed(SmoothL1Loss()) + printed(HuberLoss()), "torch::nn::SmoothL1Losstorch::nn::HuberLoss");
  EXPECT_EQ(printed(PoissonNLLLoss()) + printed(MarginRankingLoss()) + printed(SoftMarginLoss()) + printed(CTCLoss()),
            "torch::nn::PoissonNLLLoss()torch::nn::MarginRankingLoss()torch::nn::SoftMarginLoss()torch::nn::CTCLoss()");
  EXPECT_EQ(printed(MultiLabelMarginLoss()) + printed(MultiLabelSoftMarginLoss()) + printed(GaussianNLLLoss()),
            "torch::nn::MultiLabelMarginLoss()torch::nn::MultiLabelSoftMarginLoss()torch::nn::GaussianNLLLoss()");
  EXPECT_EQ(printed(HingeEmbeddingLoss(HingeEmbeddingLossOptions().margin(4))),
            "torch::nn::HingeEmbeddingLoss(margin=4)");
  EXPECT_EQ(printed(CosineEmbeddingLoss(CosineEmbeddingLossOptions().margin(0.25))),
            "torch::nn::CosineEmbeddingLoss(margin=0.25)");
  EXPECT_EQ(printed(MultiMarginLoss(MultiMarginLossOptions().p(2).margin(0.5))),
            "torch::nn::MultiMarginLoss(p=2, margin=0.5, weight=[ Tensor (undefined) ], reduction=kMean)");
  EXPECT_EQ(printed(TripletMarginLoss(TripletMarginLossOptions().margin(3))),
            "torch::nn::TripletMarginLoss(margin=3, p=2, eps=1e-06, swap=false)");
  EXPECT_EQ(printed(TripletMarginWithDistanceLoss(TripletMarginWithDistanceLossOptions().margin(1.5).swap(true))),
            "torch::nn::TripletMarginWithDistanceLoss(margin=1.5, swap=true)");
}

TEST(Losses, RankingAndDistancesOfIntegers) {
  const Tensor a = tensor({{1, 0, 3}, {4, 4, 4}}), b = tensor({{2, 0, 1}, {4, 1, 0}}),
               y = tensor({{1, -1, -1}, {1, 1, -1}});
  EXPECT_TRUE(F::margin_ranking_loss(a, b, y, F::MarginRankingLossFuncOptions().margin(0.5).reduction(kNone))
                  .equal(tensor({{1.5f, 0.5f, 2.5f}, {0.5f, 0.f, 4.5f}})));
  const Tensor d = F::pairwise_distance(a, b);
  EXPECT_EQ(d.scalar_type(), kFloat);
  EXPECT_TRUE(d.allclose(F::pairwise_distance(a.to(kFloat), b.to(kFloat))));
}

TEST(Losses, ModulesComputeWhatTheFunctionalsDo) {
  const Tensor x = ramp({4, 3}), y = noise({4, 3}), p = x.sigmoid(), q = y.sigmoid(), z = noise({4, 3}, 9);
  const Tensor signs = where(y.gt(0), ones({4, 3}), -ones({4, 3})), target = tensor({0, 2, 1, 2});
  const Tensor w = tensor({1., 2., 3.});
  EXPECT_TRUE(L1Loss(kSum)(x, y).equal(F::l1_loss(x, y, kSum)));
  EXPECT_TRUE(SmoothL1Loss(SmoothL1LossOptions(kNone).beta(0.3))(x, y).equal(smooth_l1_loss(x, y, 0, 0.3)));
  EXPECT_TRUE(HuberLoss(HuberLossOptions().delta(0.3))(x, y).equal(huber_loss(x, y, 1, 0.3)));
  EXPECT_TRUE(KLDivLoss(kBatchMean)(x, q).allclose(kl_div(x, q, 2) / 4, 1e-6, 1e-6));
  EXPECT_TRUE(equal(KLDivLoss(kBatchMean)(x[0][0], q[0][0]), kl_div(x[0][0], q[0][0], 2)));  // no batch: one term
  EXPECT_TRUE(BCELoss(BCELossOptions().weight(w))(p, q).equal(binary_cross_entropy(p, q, w)));
  EXPECT_TRUE(BCEWithLogitsLoss(BCEWithLogitsLossOptions().pos_weight(w))(x, q).equal(
      binary_cross_entropy_with_logits(x, q, {}, w)));
  EXPECT_TRUE(PoissonNLLLoss()(x, q).equal(poisson_nll_loss(x, q, true, false, 1e-8, 1)));
  EXPECT_TRUE(GaussianNLLLoss()(x, y, q).equal(gaussian_nll_loss(x, y, q)));
  EXPECT_TRUE(SoftMarginLoss()(x, signs).equal(soft_margin_loss(x, signs)));
  EXPECT_TRUE(HingeEmbeddingLoss()(x, signs).equal(hinge_embedding_loss(x, signs)));
  EXPECT_TRUE(MarginRankingLoss(MarginRankingLossOptions().margin(0.5))(x, y, signs)
                  .equal(margin_ranking_loss(x, y, signs, 0.5)));
  EXPECT_TRUE(
      MultiMarginLoss(MultiMarginLossOptions().p(2).weight(w))(x, target).equal(multi_margin_loss(x, target, 2, 1, w)));
  EXPECT_TRUE(MultiLabelMarginLoss()(x, x.to(kLong) * 0).equal(multilabel_margin_loss(x, x.to(kLong) * 0)));
  EXPECT_TRUE(MultiLabelSoftMarginLoss(MultiLabelSoftMarginLossOptions().weight(w))(x, q).equal(
      multilabel_soft_margin_loss(x, q, w)));
  EXPECT_TRUE(
      CosineEmbeddingLoss()(x, y, tensor({1, -1, 1, 1})).equal(cosine_embedding_loss(x, y, tensor({1, -1, 1, 1}))));
  EXPECT_TRUE(TripletMarginLoss(TripletMarginLossOptions().swap(true))(x, y, z).equal(
      triplet_margin_loss(x, y, z, 1, 2, 1e-6, true)));
  EXPECT_TRUE(TripletMarginWithDistanceLoss()(x, y, z).equal(triplet_margin_loss(x, y, z)));
  EXPECT_TRUE(CosineSimilarity()(x, y).equal(cosine_similarity(x, y)));
  EXPECT_TRUE(PairwiseDistance()(x, y).equal(pairwise_distance(x, y)));
}

TEST(Losses, OldReductionPair) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  const Tensor x = ramp({3, 2}), y = noise({3, 2});
  EXPECT_TRUE(F::mse_loss(x, y, F::MSELossFuncOptions().size_average(false)).equal(F::mse_loss(x, y, kSum)));
  EXPECT_TRUE(F::mse_loss(x, y, F::MSELossFuncOptions().size_average(true)).equal(F::mse_loss(x, y)));
  EXPECT_TRUE(F::l1_loss(x, y, F::L1LossFuncOptions().reduce(false)).equal(F::l1_loss(x, y, kNone)));
  EXPECT_TRUE(F::l1_loss(x, y, F::L1LossFuncOptions().size_average(false).reduce(false)).equal(F::l1_loss(x, y, kNone)))
      << "size_average does not matter then";
  EXPECT_TRUE(KLDivLoss(KLDivLossOptions().size_average(false))(x, y.abs()).equal(kl_div(x, y.abs(), 2)));
#pragma GCC diagnostic pop
}

TEST(Losses, OptionsBetaCounts) {
  const Tensor x = ramp({5}), y = noise({5});
  EXPECT_TRUE(F::smooth_l1_loss(x, y, F::SmoothL1LossFuncOptions().beta(0.5)).equal(smooth_l1_loss(x, y, 1, 0.5)));
  EXPECT_TRUE(F::smooth_l1_loss(x, y, F::SmoothL1LossFuncOptions(kSum), 0.25).equal(smooth_l1_loss(x, y, 2, 0.25)));
}

TEST(Losses, RefuseWhatDoesNotFit) {
  const Tensor x = ones({3, 4}), classes = zeros({3}, kLong);
  EXPECT_MESSAGE(F::binary_cross_entropy(x, ones({4})), "please ensure they have the same size");
  EXPECT_MESSAGE(F::binary_cross_entropy(x * 1.5, x), "all elements of input should be between 0 and 1, got 1.5");
  EXPECT_MESSAGE(F::binary_cross_entropy(x * -0.5, x), "all elements of input should be between 0 and 1, got -0.5");
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_MESSAGE(F::binary_cross_entropy(tensor({0.5, nan, 1.0}), ones({3})), "between 0 and 1, got nan");
  EXPECT_MESSAGE(F::binary_cross_entropy(tensor({nan, 1.5}, kDouble), ones({2}, kDouble),
                                         F::BinaryCrossEntropyFuncOptions().reduction(kNone)),
                 "between 0 and 1, got nan");
  EXPECT_TRUE(F::binary_cross_entropy(x, x * nan).isnan().item<bool>());  // targets may be anything
  EXPECT_MESSAGE(F::binary_cross_entropy(x, x.to(kDouble)), "Found dtype Double but expected Float");
  EXPECT_MESSAGE(F::binary_cross_entropy_with_logits(x, ones({4})),
                 "Target size ([4]) must be the same as input size ([3, 4])");
  EXPECT_MESSAGE(F::smooth_l1_loss(x, x, F::SmoothL1LossFuncOptions(), -1),
                 "does not support negative values for beta, got -1");
  EXPECT_MESSAGE(F::huber_loss(x, x, F::HuberLossFuncOptions().delta(0)),
                 "does not support non-positive values for delta, got 0");
  EXPECT_MESSAGE(F::mse_loss(x, ones({3, 5})), "mse_loss");
  EXPECT_MESSAGE(F::mse_loss(zeros({2}, kLong), zeros({2}, kLong)), "mse_loss: not implemented for dtype Long");
  EXPECT_MESSAGE(F::mse_loss(x, {}), "mse_loss: target is undefined");
  EXPECT_MESSAGE(mse_loss(x, x, 3), "reduction must be none (0), mean (1) or sum (2), got 3");
  EXPECT_MESSAGE(F::cosine_embedding_loss(x, x, ones({3, 1})),
                 "0D or 1D target tensor expected, multi-target not supported");
  EXPECT_MESSAGE(F::cosine_embedding_loss(ones(3), ones(3), ones(2)),
                 "1D target tensor expects 2D input tensors, but found inputs with sizes [3] and [3]");
  EXPECT_MESSAGE(
      F::margin_ranking_loss(ones(3), ones(3), ones({3, 1})),
      "All input tensors should have same dimension but got sizes: input1: [3], input2: [3], target: [3, 1]");
  EXPECT_MESSAGE(F::triplet_margin_loss(ones(3), ones(3), ones({3, 1})),
                 "All inputs should have same dimension but got 1D, 1D and 2D inputs");
  EXPECT_MESSAGE(F::multi_margin_loss(x, classes, F::MultiMarginLossFuncOptions().p(3)),
                 "only p == 1 and p == 2 supported, got 3");
  EXPECT_MESSAGE(MultiMarginLoss(MultiMarginLossOptions().p(3)), "only p == 1 and p == 2 supported");
  EXPECT_MESSAGE(F::multi_margin_loss(x, classes, F::MultiMarginLossFuncOptions().weight(ones(3))),
                 "inconsistent weight size, expected 4 but got [3]");
  EXPECT_MESSAGE(F::multi_margin_loss(x, classes + 4), "target out of range: 4 for 4 classes");
  EXPECT_MESSAGE(F::multi_margin_loss(x, zeros({2}, kLong)), "inconsistent target size, expected 3 but got [2]");
  EXPECT_MESSAGE(F::multilabel_margin_loss(x, classes), "inconsistent size [3] for target");
  EXPECT_MESSAGE(F::multilabel_margin_loss(x, zeros({3, 4}, kLong) + 4), "target is out of range: 4 for 4 classes");
  EXPECT_MESSAGE(F::multilabel_margin_loss(x[0], tensor({-2, 0, 0, 0})), "target is out of range: -2 for 4 classes");
  EXPECT_MESSAGE(F::multilabel_margin_loss(x[0], tensor({1, -1, 0, 9})), "target is out of range: 9 for 4 classes");
  const int64_t most = std::numeric_limits<int64_t>::max(), least = std::numeric_limits<int64_t>::min();
  EXPECT_MESSAGE(F::multilabel_margin_loss(x[0], tensor({int64_t{1}, int64_t{-1}, most, most})), "out of range");
  EXPECT_MESSAGE(F::multilabel_margin_loss(x[0], tensor({least, int64_t{-1}, most, most})), "out of range");
  EXPECT_MESSAGE(F::multilabel_soft_margin_loss(x, ones(4)), "expected a target of the input's size [3, 4], got [4]");
  EXPECT_MESSAGE(F::gaussian_nll_loss(x, x, -x), "var has negative entry/entries");
  EXPECT_MESSAGE(F::gaussian_nll_loss(x, x, ones({4})), "var is of incorrect size");
  EXPECT_MESSAGE(F::nll_loss(x, classes + 4), "nll_loss: Target 4 is out of bounds for 4 classes (position 0)");
  EXPECT_MESSAGE(F::nll_loss(x, classes - 1), "Target -1 is out of bounds");
  EXPECT_MESSAGE(F::cross_entropy(x, tensor({0, 3, 7})),
                 "cross_entropy_loss: Target 7 is out of bounds for 4 classes (position 2)");
  EXPECT_MESSAGE(F::cross_entropy(x, zeros({2}, kLong)), "expected target of size [3] for input [3, 4], got [2]");
  EXPECT_MESSAGE(F::cross_entropy(x, zeros({3}, kInt)), "expected scalar type Long but found Int");
  EXPECT_MESSAGE(F::cross_entropy(x, classes, F::CrossEntropyFuncOptions().label_smoothing(1.5)),
                 "label_smoothing must be between 0.0 and 1.0. Got: 1.5");
  EXPECT_MESSAGE(
      F::cross_entropy(x, classes, F::CrossEntropyFuncOptions().weight(ones(3))),
      "weight tensor should be defined either for all 4 classes or no classes but got weight tensor of shape: [3]");
  EXPECT_MESSAGE(F::pdist(ones(5)), "pdist: only supports 2D tensors, got: 1D");
  EXPECT_MESSAGE(cdist(ones({5, 3}), ones({5, 4})), "X1 and X2 must have the same number of columns. X1: 3 X2: 4");
}

TEST(Losses, CtcGradientIsThatOfLogSoftmaxsInput) {
  // PyTorch 1.13's values: softmax of the input (log_probs need not be normalised) minus the labels' probabilities.
  const Tensor p = arange(24, kDouble).view({4, 2, 3}).mul(0.7).sin().requires_grad_();
  const Tensor loss = F::ctc_loss(p, tensor({{1, 2}, {2, 0}}), tensor({4, 3}), tensor({2, 1}));
  loss.backward();
  EXPECT_NEAR(loss.item<double>(), -1.9524512459324708, 1e-10);
  const std::vector<double> wanted = {0.192862625, 0.283261508,  0.669754112, 0.796262631, 0.698961910, 0.241184120,
                                      0.025794522, -0.031362193, 0.086717985, 0.424234801, 0.964485402, 0.927397860,
                                      0.456578703, 0.293164585,  0.105128889, 0.010930741, 0.187809917, -0.034002428,
                                      0.217208059, 0.488349179,  0.464557990, 0,           0,           0};
  EXPECT_TRUE(p.grad().flatten().allclose(tensor(wanted, kDouble), 1e-7, 1e-8)) << p.grad();
}

TEST(Losses, CtcRefusesWhatDoesNotFit) {
  const Tensor p = zeros({5, 2, 3}), t = ones({2, 2}, kLong), l = tensor({2, 2});
  EXPECT_MESSAGE(F::ctc_loss(p, t, tensor({5, 6}), l), "Expected input_lengths to have value at most 5");
  EXPECT_MESSAGE(F::ctc_loss(p, t, tensor({5}), l), "input_lengths must be of size batch_size (2), got 1");
  EXPECT_MESSAGE(F::ctc_loss(p, t, tensor({5, 5}), tensor({2, 3})), "Expected tensor to have size at least 3");
  EXPECT_MESSAGE(F::ctc_loss(p, t * 3, tensor({5, 5}), l),
                 "targets must be labels from 0 to 2 other than blank (0), got 3");
  EXPECT_MESSAGE(F::ctc_loss(p, t * 0, tensor({5, 5}), l), "other than blank (0), got 0");
  EXPECT_MESSAGE(F::ctc_loss(p, t.flatten(), tensor({5, 5}), tensor({2, 3})), "expected targets of 5 labels");
  EXPECT_MESSAGE(F::ctc_loss(p, t, tensor({5, 5}), l, F::CTCLossFuncOptions().blank(3)),
                 "blank must be in label range");
  EXPECT_MESSAGE(F::ctc_loss(p, t.to(kFloat), tensor({5, 5}), l), "targets must be int64 or int32, got Float");
}

TEST(Losses, IgnoredTargetsCountNothing) {
  const Tensor x = noise({3, 4}).set_requires_grad(true), t = full({3}, -100, kLong);
  const Tensor sum = F::cross_entropy(x, t, F::CrossEntropyFuncOptions().reduction(kSum));
  EXPECT_EQ(sum.item<float>(), 0);
  EXPECT_TRUE(std::isnan(F::cross_entropy(x, t).item<float>())) << "a mean of nothing";
  sum.backward();
  EXPECT_TRUE(x.grad().equal(zeros({3, 4})));
  // Infinite scores at ignored positions do not matter.
  const Tensor inf = full({1, 2}, -std::numeric_limits<double>::infinity());
  EXPECT_EQ(
      F::nll_loss(cat({zeros({1, 2}), inf}), tensor({0, -100}), F::NLLLossFuncOptions().reduction(kSum)).item<float>(),
      0);
}

TEST(Losses, CrossEntropyOfExtremeScores) {
  const float inf = std::numeric_limits<float>::infinity();
  const Tensor x = tensor({{1000.f, 0.f, -1000.f}, {-inf, 0.f, 0.f}, {-1e30f, -1e30f, -1e30f}});
  const Tensor loss = F::cross_entropy(x, tensor({0, 1, 2}), F::CrossEntropyFuncOptions().reduction(kNone));
  EXPECT_TRUE(loss.allclose(tensor({0.f, std::log(2.f), std::log(3.f)}), 1e-6, 1e-6));
  EXPECT_EQ(
      F::cross_entropy(x, tensor({1, 0, 0}), F::CrossEntropyFuncOptions().reduction(kNone)).select(0, 1).item<float>(),
      inf);
  // A long row whose first block is -inf throughout.
  Tensor row = full({1, 5000}, -inf);
  row.slice(1, 4000, 4002).fill_(3);
  EXPECT_NEAR(F::cross_entropy(row, tensor({4001})).item<float>(), std::log(2.0), 1e-6);
  EXPECT_TRUE(std::isnan(F::cross_entropy(full({1, 3}, -inf), tensor({1})).item<float>()));
}

TEST(Losses, LargeInputsAgreeWithTheComposition) {
  const int before = get_num_threads();
  for (int threads : {1, 2}) {
    set_num_threads(threads);
    for (const std::vector<int64_t>& sizes : {std::vector<int64_t>{200, 3001}, {3, 40, 41, 60}, {70000, 3}}) {
      const Tensor x = (noise(sizes) * 3).set_requires_grad(true), x2 = x.detach().to(kDouble).set_requires_grad(true);
      std::vector<int64_t> positions{sizes[0]};
      positions.insert(positions.end(), sizes.begin() + 2, sizes.end());
      manual_seed(8);
      const Tensor t = randint(sizes[1], positions, kLong);
      const Tensor loss = F::cross_entropy(x, t), want = F::nll_loss(log_softmax(x2, 1), t);
      EXPECT_NEAR(loss.item<float>(), want.item<double>(), 2e-6 * want.item<double>());
      loss.backward();
      want.backward();
      EXPECT_TRUE(x.grad().to(kDouble).allclose(x2.grad(), 1e-5, 1e-9));
    }
    const Tensor a = noise({300001}), b = noise({300001}, 4);
    EXPECT_NEAR(F::mse_loss(a, b).item<float>(), (a - b).to(kDouble).square().mean().item<double>(), 2e-6);
    EXPECT_NEAR(F::l1_loss(a, b, kSum).item<float>(), (a - b).to(kDouble).abs().sum().item<double>(), 0.1);
    EXPECT_TRUE(F::mse_loss(a.view({1, 300001}).t(), b.view({1, 300001}).t()).equal(F::mse_loss(a, b)));
  }
  set_num_threads(before);
}

TEST(Losses, ReducedFloatsAccumulateInFloat32) {
  const Tensor a = noise({5000}).to(kBFloat16), b = noise({5000}, 4).to(kBFloat16);
  const Tensor got = F::mse_loss(a, b, kSum);
  EXPECT_EQ(got.scalar_type(), kBFloat16);
  const double want = F::mse_loss(a.to(kDouble), b.to(kDouble), kSum).item<double>();
  EXPECT_NEAR(got.to(kDouble).item<double>(), want, want / 256);
  const Tensor x = noise({6, 50}).to(kHalf);
  EXPECT_NEAR(F::cross_entropy(x, zeros({6}, kLong)).to(kDouble).item<double>(),
              F::cross_entropy(x.to(kDouble), zeros({6}, kLong)).item<double>(), 4e-3);
}

TEST(Losses, WarnAboutBroadcastTargets) {
  static std::string heard;
  heard.clear();
  WarningHandler old = set_warning_handler([](const std::string& text) { heard += text; });
  F::l1_loss(ones({2, 3}), ones({3}));
  set_warning_handler(old);
  EXPECT_TRUE(contains(heard, "using a target size ([3]) that is different to the input size ([2, 3])")) << heard;
}

TEST(Losses, WeightsAreBuffers) {
  BCEWithLogitsLoss loss(BCEWithLogitsLossOptions().weight(ones(3)).pos_weight(ones(3) * 2));
  EXPECT_EQ(loss->named_buffers().keys(), (std::vector<std::string>{"weight", "pos_weight"}));
  loss->to(kDouble);
  EXPECT_EQ(loss(zeros({2, 3}, kDouble), zeros({2, 3}, kDouble)).scalar_type(), kDouble);
}

// ---- adaptive softmax

TEST(AdaptiveSoftmax, RefusesImpossibleCutoffs) {
  const auto make = [](int64_t in, std::vector<int64_t> cutoffs, double div = 4) {
    AdaptiveLogSoftmaxWithLoss net(AdaptiveLogSoftmaxWithLossOptions(in, 20, std::move(cutoffs)).div_value(div));
    return net;
  };
  const char* wrong = "cutoffs should be a sequence of unique, positive integers sorted in an increasing order";
  EXPECT_MESSAGE(make(16, {5, 15, 15}), wrong);
  EXPECT_MESSAGE(make(16, {15, 5}), wrong);
  EXPECT_MESSAGE(make(16, {5, 10, 20}), wrong);
  EXPECT_MESSAGE(make(16, {0, 10}), wrong);
  EXPECT_MESSAGE(make(16, {}), wrong);
  EXPECT_MESSAGE(make(3, {5, 10}), "cluster 0 would have a projection of no features: in_features 3 / div_value 4 ^ 1");
  auto net = make(16, {5, 10, 15}, 2);
  EXPECT_MESSAGE(net->forward(ones({2, 16}), tensor({0, 5, 10})), "should have the same size in the batch dimension");
  EXPECT_MESSAGE(net->forward(ones({2, 16}), tensor({0, 20})),
                 "Target values should be in [0, 19], but values in range [0, 20] were found");
  EXPECT_MESSAGE(net->forward(ones({2, 15}), tensor({0, 1})), "expected 2D input (N, 16), got [2, 15]");
}

TEST(AdaptiveSoftmax, IsADistributionAndLearns) {
  manual_seed(2);
  AdaptiveLogSoftmaxWithLoss net(AdaptiveLogSoftmaxWithLossOptions(8, 12, {3, 6}).div_value(2));
  const Tensor x = noise({9, 8}), all = net->log_prob(x);
  EXPECT_TRUE(all.exp().sum({1}).allclose(ones(9), 1e-5, 1e-5));
  EXPECT_TRUE(net->predict(x).equal(all.argmax(1)));
  for (int64_t c = 0; c < 12; ++c) {
    const auto out = net->forward(x, full({9}, c, kLong));
    EXPECT_TRUE(out.output.allclose(all.select(1, c), 1e-5, 1e-5));
    EXPECT_TRUE(out.loss.allclose(-all.select(1, c).mean(), 1e-5, 1e-5));
  }
  const Tensor target = tensor({0, 1, 2, 3, 4, 5, 6, 9, 11});
  const auto out = net->forward(x, target);
  const double number = out.loss;
  EXPECT_NEAR(number, out.loss.item<double>(), 0);
  EXPECT_NEAR((out.loss * 2).item<double>(), 2 * number, 1e-6);
  EXPECT_NEAR(tensor(out.loss).item<double>(), number, 1e-6);
  out.loss.backward();
  for (const Tensor& p : net->parameters()) {
    EXPECT_TRUE(p.grad().defined());
    EXPECT_TRUE(p.grad().abs().sum().item<float>() > 0);
  }
}

}  // namespace
}  // namespace lampas::nn
