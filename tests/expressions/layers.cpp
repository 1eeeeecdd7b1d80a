#include "expressions.h"

namespace expressions {

using namespace torch;
namespace F = torch::nn::functional;

/// Feed-forward modules and functionals: printed form, parameters, results, gradients.
void layers(Lines& lines) {
  torch::manual_seed(5);
  auto x1 = torch::randn({2, 4, 9}), x2 = torch::randn({2, 4, 9, 8}), x3 = torch::randn({2, 4, 5, 6, 7}),
       x = torch::randn({5, 8}), ids = torch::randint(0, 10, {3, 4});
  MODULE(nn::Linear(8, 3), x);
  MODULE(nn::Linear(nn::LinearOptions(8, 3).bias(false)), x);
  MODULE(nn::Identity(), x);
  MODULE(nn::Flatten(), x2);
  MODULE(nn::Flatten(nn::FlattenOptions().start_dim(2).end_dim(3)), x2);
  MODULE(nn::Unflatten(nn::UnflattenOptions(1, {2, 2})), x2);
  MODULE(nn::Conv1d(4, 6, 3), x1);
  MODULE(nn::Conv1d(nn::Conv1dOptions(4, 6, 3).stride(2).padding(1).dilation(2).groups(2).bias(false)), x1);
  MODULE(nn::Conv2d(4, 6, 3), x2);
  MODULE(nn::Conv2d(nn::Conv2dOptions(4, 6, {3, 2}).stride({2, 1}).padding({1, 2}).dilation({1, 2}).groups(2)), x2);
  MODULE(nn::Conv2d(nn::Conv2dOptions(4, 6, 3).padding(1).padding_mode(torch::kCircular)), x2);
  MODULE(nn::Conv2d(nn::Conv2dOptions(4, 6, 3).padding(1).padding_mode(torch::kReflect)), x2);
  MODULE(nn::Conv2d(nn::Conv2dOptions(4, 6, 3).padding(2).padding_mode(torch::kReplicate)), x2);
  MODULE(nn::Conv2d(nn::Conv2dOptions(4, 6, 3).padding(torch::kSame).dilation(2)), x2);
  MODULE(nn::Conv2d(nn::Conv2dOptions(4, 6, 4).padding(torch::kSame)), x2);
  MODULE(nn::Conv2d(nn::Conv2dOptions(4, 6, 3).padding(torch::kValid)), x2);
  MODULE(nn::Conv2d(nn::Conv2dOptions(4, 8, 3).groups(4)), x2);
  MODULE(nn::Conv3d(4, 6, 3), x3);
  MODULE(nn::Conv3d(nn::Conv3dOptions(4, 6, {3, 2, 2}).stride({2, 1, 2}).padding({1, 0, 1}).groups(2)), x3);
  MODULE(nn::Conv2d(4, 6, 3), x2[0]);
  MODULE(nn::ConvTranspose1d(4, 6, 3), x1);
  MODULE(nn::ConvTranspose1d(
             nn::ConvTranspose1dOptions(4, 6, 3).stride(3).padding(1).output_padding(2).dilation(2).groups(2)),
         x1);
  MODULE(
      nn::ConvTranspose2d(nn::ConvTranspose2dOptions(4, 6, {3, 2}).stride(2).padding(1).output_padding(1).bias(false)),
      x2);
  MODULE(nn::ConvTranspose3d(nn::ConvTranspose3dOptions(4, 6, 3).stride(2)), x3);
  MODULE(nn::MaxPool1d(3), x1);
  MODULE(nn::MaxPool1d(nn::MaxPool1dOptions(3).stride(2).padding(1).dilation(2).ceil_mode(true)), x1);
  MODULE(nn::MaxPool2d(nn::MaxPool2dOptions({3, 2}).stride({2, 1}).padding({1, 1})), x2);
  MODULE(nn::MaxPool2d(nn::MaxPool2dOptions(3).ceil_mode(true)), x2);
  MODULE(nn::MaxPool3d(nn::MaxPool3dOptions(2).padding(1)), x3);
  MODULE(nn::AvgPool1d(nn::AvgPool1dOptions(3).stride(2).padding(1).count_include_pad(false)), x1);
  MODULE(nn::AvgPool1d(nn::AvgPool1dOptions(4).ceil_mode(true).padding(1)), x1);
  MODULE(nn::AvgPool2d(nn::AvgPool2dOptions(3).ceil_mode(true).padding(1)), x2);
  MODULE(nn::AvgPool2d(nn::AvgPool2dOptions(3).ceil_mode(true).padding(1).count_include_pad(false)), x2);
  MODULE(nn::AvgPool2d(nn::AvgPool2dOptions(3).divisor_override(2)), x2);
  MODULE(nn::AvgPool3d(nn::AvgPool3dOptions(2).stride(1).padding(1)), x3);
  MODULE(nn::LPPool1d(nn::LPPool1dOptions(2, 3)), x1);
  MODULE(nn::LPPool2d(nn::LPPool2dOptions(1.5, {3, 2}).ceil_mode(true)), x2.abs());
  MODULE(nn::AdaptiveAvgPool1d(4), x1);
  MODULE(nn::AdaptiveAvgPool2d(nn::AdaptiveAvgPool2dOptions({4, 3})), x2);
  MODULE(nn::AdaptiveAvgPool2d(nn::AdaptiveAvgPool2dOptions({4, torch::nullopt})), x2);
  MODULE(nn::AdaptiveAvgPool3d(2), x3);
  MODULE(nn::AdaptiveMaxPool1d(4), x1);
  MODULE(nn::AdaptiveMaxPool2d(nn::AdaptiveMaxPool2dOptions({4, 3})), x2);
  MODULE(nn::AdaptiveMaxPool3d(nn::AdaptiveMaxPool3dOptions({2, 3, 4})), x3);
  MODULE(nn::FractionalMaxPool2d(nn::FractionalMaxPool2dOptions(2).output_size(4)), x2);
  MODULE(nn::FractionalMaxPool3d(nn::FractionalMaxPool3dOptions(2).output_ratio(0.5)), x3);
  MODULE(nn::ReflectionPad1d(2), x1);
  MODULE(nn::ReflectionPad2d(nn::ReflectionPad2dOptions({1, 2, 3, 0})), x2);
  MODULE(nn::ReplicationPad1d(2), x1);
  MODULE(nn::ReplicationPad2d(nn::ReplicationPad2dOptions({1, 2, 3, 0})), x2);
  MODULE(nn::ReplicationPad3d(1), x3);
  MODULE(nn::ZeroPad2d(nn::ZeroPad2dOptions({1, -2, 3, 0})), x2);
  MODULE(nn::ConstantPad1d(2, 1.5), x1);
  MODULE(nn::ConstantPad2d(nn::ConstantPad2dOptions({1, 2, 3, 0}, 3.5)), x2);
  MODULE(nn::ConstantPad3d(1, -2.), x3);
  MODULE(nn::ELU(nn::ELUOptions().alpha(0.7)), x);
  MODULE(nn::SELU(), x);
  MODULE(nn::Hardshrink(0.3), x);
  MODULE(nn::Hardtanh(nn::HardtanhOptions().min_val(-0.5).max_val(0.7)), x);
  MODULE(nn::LeakyReLU(nn::LeakyReLUOptions().negative_slope(0.2)), x);
  MODULE(nn::LogSigmoid(), x);
  MODULE(nn::Softmax(1), x);
  MODULE(nn::Softmin(1), x);
  MODULE(nn::LogSoftmax(0), x);
  MODULE(nn::Softmax2d(), x2);
  MODULE(nn::PReLU(), x);
  MODULE(nn::PReLU(nn::PReLUOptions().num_parameters(4).init(0.3)), x2);
  MODULE(nn::ReLU(), x);
  MODULE(nn::ReLU6(), x * 5);
  MODULE(nn::RReLU(), x);
  MODULE(nn::CELU(nn::CELUOptions().alpha(1.5)), x);
  MODULE(nn::GLU(1), x);
  MODULE(nn::GELU(), x);
  MODULE(nn::GELU(nn::GELUOptions().approximate("tanh")), x);
  MODULE(nn::SiLU(), x);
  MODULE(nn::Mish(), x);
  MODULE(nn::Sigmoid(), x);
  MODULE(nn::Softplus(nn::SoftplusOptions().beta(2).threshold(1)), x);
  MODULE(nn::Softshrink(0.3), x);
  MODULE(nn::Softsign(), x);
  MODULE(nn::Tanh(), x);
  MODULE(nn::Tanhshrink(), x);
  MODULE(nn::Threshold(0.1, 20.), x);
  MODULE(nn::BatchNorm1d(8), x);
  MODULE(nn::BatchNorm1d(4), x1);
  MODULE(nn::BatchNorm2d(nn::BatchNorm2dOptions(4).eps(1e-2).momentum(0.3)), x2);
  MODULE(nn::BatchNorm2d(nn::BatchNorm2dOptions(4).affine(false).track_running_stats(false)), x2);
  MODULE(nn::BatchNorm3d(nn::BatchNorm3dOptions(4).momentum(torch::nullopt)), x3);
  MODULE(nn::InstanceNorm1d(4), x1);
  MODULE(nn::InstanceNorm2d(nn::InstanceNorm2dOptions(4).affine(true).track_running_stats(true)), x2);
  MODULE(nn::InstanceNorm3d(nn::InstanceNorm3dOptions(4).affine(true)), x3);
  MODULE(nn::LayerNorm(nn::LayerNormOptions({8})), x);
  MODULE(nn::LayerNorm(nn::LayerNormOptions({9, 8}).elementwise_affine(false).eps(1e-3)), x2);
  MODULE(nn::GroupNorm(2, 4), x2);
  MODULE(nn::GroupNorm(nn::GroupNormOptions(4, 4).affine(false)), x1);
  MODULE(nn::LocalResponseNorm(nn::LocalResponseNormOptions(3).alpha(0.1).beta(0.5).k(2)), x2);
  // Forward alone: what LibTorch returns as the gradient is not the derivative of its result.
  EXPRESSION(nn::CrossMapLRN2d(nn::CrossMapLRN2dOptions(3).alpha(0.1))->forward(x2));
  MODULE(nn::Dropout(0.4), x);
  MODULE(nn::Dropout2d(0.4), x2);
  MODULE(nn::Dropout3d(0.4), x3);
  MODULE(nn::AlphaDropout(0.4), x);
  MODULE(nn::FeatureAlphaDropout(0.4), x2);
  MODULE(nn::Dropout(nn::DropoutOptions().p(1.)), x);
  MODULE(nn::Embedding(10, 3), ids);
  MODULE(nn::Embedding(nn::EmbeddingOptions(10, 3).padding_idx(2).max_norm(1.).norm_type(1.)), ids);
  MODULE(nn::Embedding(nn::EmbeddingOptions(10, 3).scale_grad_by_freq(true)), ids);
  MODULE(nn::EmbeddingBag(10, 3), ids);
  MODULE(nn::EmbeddingBag(nn::EmbeddingBagOptions(10, 3).mode(torch::kSum)), ids);
  MODULE(nn::EmbeddingBag(nn::EmbeddingBagOptions(10, 3).mode(torch::kMax)), ids);
  MODULE(nn::PixelShuffle(2), x2);
  MODULE(nn::PixelUnshuffle(2), torch::randn({1, 2, 6, 4}));
  MODULE(nn::Unfold(nn::UnfoldOptions({3, 2}).stride(2).padding(1).dilation({1, 2})), x2);
  MODULE(nn::Fold(nn::FoldOptions({4, 5}, {2, 2})), torch::randn({2, 12, 12}));
  for (auto sz : {std::vector<int64_t>{5, 11}, std::vector<int64_t>{18, 3}}) {
    std::vector<int64_t> s = sz;
    MODULE(nn::Upsample(nn::UpsampleOptions().size(s).mode(torch::kNearest)), x2);
    MODULE(nn::Upsample(nn::UpsampleOptions().size(s).mode(torch::kBilinear).align_corners(false)), x2);
    MODULE(nn::Upsample(nn::UpsampleOptions().size(s).mode(torch::kBilinear).align_corners(true)), x2);
    MODULE(nn::Upsample(nn::UpsampleOptions().size(s).mode(torch::kBicubic).align_corners(false)), x2);
    MODULE(nn::Upsample(nn::UpsampleOptions().size(s).mode(torch::kBicubic).align_corners(true)), x2);
    EXPRESSION(F::interpolate(x2, F::InterpolateFuncOptions().size(s).mode(torch::kArea)));
    EXPRESSION(F::interpolate(x2, F::InterpolateFuncOptions().size(s).mode(torch::kNearestExact)));
  }
  MODULE(nn::Upsample(
             nn::UpsampleOptions().scale_factor(std::vector<double>{1.7}).mode(torch::kLinear).align_corners(false)),
         x1);
  MODULE(nn::Upsample(nn::UpsampleOptions()
                          .scale_factor(std::vector<double>{2., 1.5, 0.7})
                          .mode(torch::kTrilinear)
                          .align_corners(true)),
         x3);
  MODULE(nn::Upsample(nn::UpsampleOptions().scale_factor(std::vector<double>{2., 1.5, 0.7}).mode(torch::kNearest)), x3);
  EXPRESSION(F::interpolate(x2, F::InterpolateFuncOptions()
                                    .scale_factor(std::vector<double>{1.3, 0.6})
                                    .mode(torch::kBilinear)
                                    .align_corners(false)
                                    .recompute_scale_factor(true)));
  EXPRESSION(F::interpolate(x2, F::InterpolateFuncOptions()
                                    .scale_factor(std::vector<double>{1.3, 0.6})
                                    .mode(torch::kBilinear)
                                    .align_corners(false)));
  EXPRESSION(F::interpolate(x2, F::InterpolateFuncOptions()
                                    .size(std::vector<int64_t>{4, 4})
                                    .mode(torch::kBilinear)
                                    .align_corners(false)
                                    .antialias(true)));
  auto grid = torch::rand({2, 5, 6, 2}) * 2.6 - 1.3, grid3 = torch::rand({2, 3, 5, 6, 3}) * 2.6 - 1.3;
  for (bool ac : {false, true}) {
    EXPRESSION(F::grid_sample(
        x2, grid, F::GridSampleFuncOptions().mode(torch::kBilinear).padding_mode(torch::kZeros).align_corners(ac)));
    EXPRESSION(F::grid_sample(
        x2, grid, F::GridSampleFuncOptions().mode(torch::kBilinear).padding_mode(torch::kBorder).align_corners(ac)));
    EXPRESSION(F::grid_sample(
        x2, grid,
        F::GridSampleFuncOptions().mode(torch::kBilinear).padding_mode(torch::kReflection).align_corners(ac)));
    EXPRESSION(F::grid_sample(
        x2, grid, F::GridSampleFuncOptions().mode(torch::kNearest).padding_mode(torch::kReflection).align_corners(ac)));
    EXPRESSION(F::grid_sample(
        x2, grid, F::GridSampleFuncOptions().mode(torch::kNearest).padding_mode(torch::kZeros).align_corners(ac)));
    EXPRESSION(torch::grid_sampler(x2, grid, 2, 0, ac));
    EXPRESSION(F::grid_sample(
        x3, grid3, F::GridSampleFuncOptions().mode(torch::kBilinear).padding_mode(torch::kBorder).align_corners(ac)));
    EXPRESSION(F::affine_grid(torch::randn({2, 2, 3}), {2, 3, 4, 5}, ac));
    EXPRESSION(F::affine_grid(torch::randn({2, 3, 4}), {2, 3, 4, 5, 2}, ac));
  }
  EXPRESSION(F::max_pool2d_with_indices(x2, F::MaxPool2dFuncOptions(2)));
  EXPRESSION(F::max_unpool2d(std::get<0>(F::max_pool2d_with_indices(x2, F::MaxPool2dFuncOptions(2))),
                             std::get<1>(F::max_pool2d_with_indices(x2, F::MaxPool2dFuncOptions(2))),
                             F::MaxUnpool2dFuncOptions(2)));
  EXPRESSION(F::adaptive_max_pool2d_with_indices(x2, F::AdaptiveMaxPool2dFuncOptions({3, 2})));
  EXPRESSION(F::pad(x2, F::PadFuncOptions({1, 2, 0, 1}).mode(torch::kCircular)));
  EXPRESSION(F::pad(x2, F::PadFuncOptions({1, 2, 0, 1, 2, 1}).value(2.)));
  EXPRESSION(F::one_hot(ids, 11));
  EXPRESSION(F::cosine_similarity(x, x.flip(0)));
  EXPRESSION(F::pairwise_distance(x, x.flip(0), F::PairwiseDistanceFuncOptions().p(1.5).keepdim(true)));
  EXPRESSION(F::normalize(x, F::NormalizeFuncOptions().p(3).dim(0)));
  EXPRESSION(F::bilinear(torch::randn({3, 4}), torch::randn({3, 5}), torch::randn({2, 4, 5}), torch::randn({2})));
  EXPRESSION(F::pdist(x));
  EXPRESSION(torch::channel_shuffle(x2, 2));
  EXPRESSION(F::layer_norm(x, F::LayerNormFuncOptions({8})));
  EXPRESSION(F::local_response_norm(x1, F::LocalResponseNormFuncOptions(2)));
}

}  // namespace expressions
