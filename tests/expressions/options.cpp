#include "expressions.h"

namespace expressions {

using namespace torch;
namespace F = torch::nn::functional;

namespace {
/// The same elements, laid out with the first two dimensions exchanged, in every second element, or channels last.
Tensor turned(const Tensor& t) { return t.transpose(0, 1).contiguous().transpose(0, 1); }
Tensor spread(const Tensor& t) { return torch::stack({t, t * 0}, -1).select(-1, 0); }
Tensor last(const Tensor& t) {
  return t.contiguous(t.dim() == 4 ? MemoryFormat::ChannelsLast : MemoryFormat::ChannelsLast3d);
}
template <class Bag>
void bag(Lines& lines, const std::string& name, Bag m, const std::vector<Tensor>& in) {
  run(lines, name, [&] {
    const auto y = m->forward(in[0], in[1], in.size() > 2 ? in[2] : Tensor());
    weighted(y).backward();
    return std::vector<Tensor>{y, m->weight.grad(), m->weight};
  });
}
}  // namespace

#define BAG(m, ...)                   \
  do {                                \
    torch::manual_seed(7);            \
    bag(lines, #m, m, {__VA_ARGS__}); \
  } while (false)

/// Options and inputs that are rarely met together: layouts, no batch, empty batches, paddings and dilations that do
/// not divide.
void options(Lines& lines) {
  torch::manual_seed(15);
  auto x1 = torch::randn({3, 4, 11}), x2 = torch::randn({3, 4, 7, 9}), x3 = torch::randn({2, 4, 4, 5, 6}),
       ids = torch::randint(0, 6, {9});
  using C1 = nn::Conv1dOptions;
  using C2 = nn::Conv2dOptions;
  using C3 = nn::Conv3dOptions;
  MODULE(nn::Conv1d(C1(4, 6, 4).dilation(3).padding(2).groups(2)), turned(x1));
  MODULE(nn::Conv1d(C1(4, 4, 3).groups(4).stride(2)), x1[0]);
  MODULE(nn::Conv2d(C2(4, 5, {1, 3}).stride({3, 2}).padding({0, 4})), last(x2));
  MODULE(nn::Conv2d(C2(4, 12, 3).groups(4).dilation({1, 2}).padding(1)), spread(x2));
  MODULE(nn::Conv2d(C2(4, 3, 2).padding_mode(torch::kCircular).padding({1, 2})), last(x2));
  MODULE(nn::Conv2d(C2(4, 3, 2)), x2.slice(0, 0, 0));
  MODULE(nn::Conv3d(C3(4, 4, {2, 1, 3}).dilation({1, 2, 1}).padding({1, 0, 2}).bias(false)), last(x3));
  MODULE(nn::Conv3d(C3(4, 2, 2).groups(2).stride(2)), x3[1]);
  using T1 = nn::ConvTranspose1dOptions;
  using T2 = nn::ConvTranspose2dOptions;
  using T3 = nn::ConvTranspose3dOptions;
  // Output paddings that dilation alone allows.
  MODULE(nn::ConvTranspose1d(T1(4, 6, 2).dilation(2).padding(2).output_padding(1).groups(2)), x1);
  MODULE(nn::ConvTranspose2d(T2(4, 6, 3).dilation(2).padding({0, 2}).output_padding({1, 0})), last(x2));
  MODULE(nn::ConvTranspose3d(
             T3(4, 2, 2).stride({1, 3, 1}).dilation({1, 1, 3}).padding({0, 1, 2}).output_padding({0, 1, 2})),
         x3);
  MODULE(nn::ConvTranspose2d(T2(4, 4, 3).groups(4).stride(2).padding(1)), turned(x2));
  MODULE(nn::ConvTranspose2d(T2(4, 2, {1, 3})), x2[0]);
  MODULE(nn::MaxPool1d(nn::MaxPool1dOptions(4).stride(3).padding(2).dilation(2)), spread(x1));
  MODULE(nn::MaxPool2d(nn::MaxPool2dOptions({3, 2}).stride(1).dilation(2).padding({1, 1}).ceil_mode(true)), last(x2));
  MODULE(nn::MaxPool3d(nn::MaxPool3dOptions({1, 2, 3}).stride({1, 2, 2}).ceil_mode(true)), x3[0]);
  MODULE(nn::AvgPool2d(nn::AvgPool2dOptions({2, 5}).padding({1, 2}).ceil_mode(true).count_include_pad(false)),
         last(x2));
  MODULE(nn::AvgPool3d(nn::AvgPool3dOptions({3, 2, 1}).stride(2).padding({1, 1, 0}).divisor_override(-3)), x3);
  MODULE(nn::LPPool1d(nn::LPPool1dOptions(3, 2).stride(3)), x1.abs());
  MODULE(nn::AdaptiveAvgPool2d(nn::AdaptiveAvgPool2dOptions({5, 11})), turned(x2));
  MODULE(nn::AdaptiveMaxPool2d(nn::AdaptiveMaxPool2dOptions({torch::nullopt, 2})), last(x2));
  MODULE(nn::AdaptiveMaxPool3d(nn::AdaptiveMaxPool3dOptions({torch::nullopt, 7, 2})), x3[0]);
  MODULE(nn::FractionalMaxPool2d(nn::FractionalMaxPool2dOptions({2, 3})
                                     .output_size(ExpandingArray<2>({4, 3}))
                                     ._random_samples(torch::rand({3, 4, 2}))),
         x2);
  MODULE(nn::FractionalMaxPool3d(nn::FractionalMaxPool3dOptions(2)
                                     .output_size(ExpandingArray<3>({2, 1, 3}))
                                     ._random_samples(torch::rand({1, 4, 3}))),
         x3[0]);
  MODULE(nn::ReplicationPad2d(nn::ReplicationPad2dOptions({-1, 2, 3, -2})), last(x2));
  MODULE(nn::ReflectionPad2d(nn::ReflectionPad2dOptions({-2, 3, 4, -1})), x2[0]);
  MODULE(nn::ReflectionPad3d(nn::ReflectionPad3dOptions({1, 0, 2, 3, 0, 3})), x3);
  MODULE(nn::ConstantPad3d(nn::ConstantPad3dOptions({1, -1, 0, 2, -2, 1}, -0.5)), last(x3));
  MODULE(nn::BatchNorm1d(nn::BatchNorm1dOptions(4).momentum(1.).eps(0.1)), turned(x1));
  MODULE(nn::BatchNorm2d(nn::BatchNorm2dOptions(4).momentum(torch::nullopt).affine(false)), last(x2));
  MODULE(nn::BatchNorm3d(nn::BatchNorm3dOptions(4).track_running_stats(false)), spread(x3));
  MODULE(nn::InstanceNorm1d(nn::InstanceNorm1dOptions(4).track_running_stats(true).momentum(0.3)), x1[0]);
  MODULE(nn::InstanceNorm2d(nn::InstanceNorm2dOptions(4).affine(true).track_running_stats(true)), last(x2));
  MODULE(nn::GroupNorm(nn::GroupNormOptions(2, 4).eps(0.1)), last(x2));
  MODULE(nn::LayerNorm(nn::LayerNormOptions({4, 11})), turned(x1));
  MODULE(nn::LocalResponseNorm(nn::LocalResponseNormOptions(4).alpha(0.3).beta(2).k(0.5)), last(x2));
  MODULE(nn::PReLU(nn::PReLUOptions().num_parameters(4)), last(x3));
  MODULE(nn::PReLU(), torch::tensor(-1.5));
  MODULE(nn::Softmin(-2), turned(x1));
  MODULE(nn::GLU(-3), last(x2));
  MODULE(nn::Dropout3d(0.5), x3[0]);
  MODULE(nn::AlphaDropout(0.9), spread(x1));
  MODULE(nn::FeatureAlphaDropout(0.5), last(x2));
  MODULE(nn::Linear(nn::LinearOptions(11, 5)), turned(x1));
  MODULE(nn::Linear(11, 3), x1.slice(0, 0, 0));
  MODULE(nn::PixelShuffle(2), last(x2));
  MODULE(nn::PixelUnshuffle(3), torch::randn({2, 6, 3}));
  MODULE(nn::Fold(nn::FoldOptions({5, 6}, {2, 3}).dilation({2, 1}).stride({1, 2}).padding({1, 0})),
         torch::randn({2, 12, 10}));
  MODULE(nn::Unfold(nn::UnfoldOptions({2, 3}).dilation({2, 1}).stride({1, 2}).padding({1, 0})), last(x2));
  MODULE(nn::Upsample(nn::UpsampleOptions().scale_factor(std::vector<double>{1.7, 0.6}).mode(torch::kBilinear)),
         last(x2));
  MODULE(
      nn::Upsample(nn::UpsampleOptions().size(std::vector<int64_t>{5, 14}).mode(torch::kBicubic).align_corners(true)),
      x2);
  MODULE(nn::Upsample(nn::UpsampleOptions()
                          .scale_factor(std::vector<double>{1.5, 2.3, 0.7})
                          .mode(torch::kTrilinear)
                          .align_corners(false)),
         x3);
  MODULE(nn::Embedding(nn::EmbeddingOptions(6, 3).padding_idx(-2).max_norm(0.5).norm_type(3.)), ids);
  MODULE(nn::Embedding(nn::EmbeddingOptions(6, 3).scale_grad_by_freq(true)), ids.to(kInt));

  using B = nn::EmbeddingBagOptions;
  auto offsets = torch::tensor({0, 2, 2, 7}), ends = torch::tensor({0, 4, 9}), weights = torch::randn({9});
  BAG(nn::EmbeddingBag(B(6, 3)), ids, offsets);
  BAG(nn::EmbeddingBag(B(6, 3).mode(torch::kSum).include_last_offset(true)), ids, ends, weights);
  BAG(nn::EmbeddingBag(B(6, 3).mode(torch::kMax).max_norm(1.)), ids, offsets);
  BAG(nn::EmbeddingBag(B(6, 3).mode(torch::kMean).include_last_offset(true)), ids.to(kInt), ends.to(kInt));
  BAG(nn::EmbeddingBag(B(6, 3).mode(torch::kMax)), ids.view({3, 3}), Tensor());

  auto grid = torch::randn({3, 4, 5, 2}), volume = torch::randn({2, 2, 3, 4, 3});
  using G = F::GridSampleFuncOptions;
  EXPRESSION(F::grid_sample(last(x2), grid, G().padding_mode(torch::kReflection).align_corners(true)));
  EXPRESSION(F::grid_sample(x2, grid * 3, G().padding_mode(torch::kBorder).mode(torch::kNearest).align_corners(false)));
  EXPRESSION(F::grid_sample(x3, volume, G().padding_mode(torch::kReflection).align_corners(false)));
  EXPRESSION(F::interpolate(x2, F::InterpolateFuncOptions().size(std::vector<int64_t>{3, 20}).mode(torch::kArea)));
  EXPRESSION(F::interpolate(x2, F::InterpolateFuncOptions()
                                    .scale_factor(std::vector<double>{0.4, 0.5})
                                    .mode(torch::kBicubic)
                                    .antialias(true)
                                    .align_corners(false)));
  EXPRESSION(F::normalize(x2, F::NormalizeFuncOptions().p(0.5).dim(-2)));
  EXPRESSION(F::pdist(x1[0], 1.5));
  EXPRESSION(F::pad(x3, F::PadFuncOptions({2, 1, 0, 4, 3, 2}).mode(torch::kCircular)));
}

}  // namespace expressions
