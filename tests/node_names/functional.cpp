#include "node_names.h"

namespace node_names {

using namespace torch;
namespace F = torch::nn::functional;

/// What a function that takes a reference may write to.
static torch::Tensor& inplace(const torch::Tensor& t) {
  static torch::Tensor copy;
  return copy = t.clone();
}

void Expressions::functional() {
  // activations
  NODE(F::relu(a));
  NODE(F::relu(a.clone(), F::ReLUFuncOptions().inplace(true)));
  NODE(F::relu6(a));
  NODE(torch::relu6(a));
  NODE(F::relu6(a.clone(), F::ReLU6FuncOptions().inplace(true)));
  NODE(F::elu(a));
  NODE(F::elu(a, F::ELUFuncOptions().alpha(2)));
  NODE(F::elu(a.clone(), F::ELUFuncOptions().inplace(true)));
  NODE(F::selu(a));
  NODE(F::selu(a.clone(), F::SELUFuncOptions().inplace(true)));
  NODE(F::celu(a));
  NODE(F::celu(a.clone(), F::CELUFuncOptions().inplace(true)));
  NODE(F::leaky_relu(a));
  NODE(F::leaky_relu(a.clone(), F::LeakyReLUFuncOptions().inplace(true)));
  NODE(F::rrelu(a));
  NODE(F::rrelu(a, F::RReLUFuncOptions().training(true)));
  NODE(F::rrelu(a.clone(), F::RReLUFuncOptions().training(true).inplace(true)));
  NODE(F::prelu(a, n.reshape({1}).clone().requires_grad_()));
  NODE(F::glu(a));
  NODE(F::gelu(a));
  NODE(F::gelu(a, F::GELUFuncOptions().approximate("tanh")));
  NODE(F::silu(a));
  NODE(torch::silu_(inplace(a)));
  NODE(F::mish(a));
  NODE(torch::mish_(inplace(a)));
  NODE(F::logsigmoid(a));
  NODE(torch::log_sigmoid(a));
  NODE(F::hardshrink(a));
  NODE(F::softshrink(a));
  NODE(F::tanhshrink(a));
  NODE(F::softsign(a));
  NODE(F::softplus(a));
  NODE(F::hardtanh(a));
  NODE(F::hardtanh(a.clone(), F::HardtanhFuncOptions().inplace(true)));
  NODE(torch::hardsigmoid(a));
  NODE(torch::hardsigmoid_(inplace(a)));
  NODE(torch::hardswish(a));
  NODE(torch::hardswish_(inplace(a)));
  NODE(F::threshold(a, F::ThresholdFuncOptions(0.1, 2)));
  NODE(F::threshold(a.clone(), F::ThresholdFuncOptions(0.1, 2).inplace(true)));
  NODE(F::softmax(a, 1));
  NODE(F::softmin(a, 1));
  NODE(F::log_softmax(a, 1));
  NODE(F::gumbel_softmax(a));
  NODE(F::gumbel_softmax(a, F::GumbelSoftmaxFuncOptions().hard(true)));
  // dropout
  NODE(F::dropout(a));
  NODE(F::dropout(a, F::DropoutFuncOptions().training(false)));
  NODE(F::dropout(a.clone(), F::DropoutFuncOptions().inplace(true)));
  NODE(F::dropout2d(f));
  NODE(F::dropout3d(g));
  NODE(F::alpha_dropout(a, F::AlphaDropoutFuncOptions().training(true)));
  NODE(F::feature_alpha_dropout(f, F::FeatureAlphaDropoutFuncOptions().training(true)));
  // convolutions
  auto k1 = torch::rand({6, 4, 3}).requires_grad_(), k2 = torch::rand({6, 4, 3, 3}).requires_grad_(),
       k3 = torch::rand({6, 4, 3, 3, 3}).requires_grad_(), t1 = torch::rand({4, 6, 3}).requires_grad_(),
       t2 = torch::rand({4, 6, 3, 3}).requires_grad_(), t3 = torch::rand({4, 6, 3, 3, 3}).requires_grad_(),
       k2d = torch::rand({4, 1, 3, 3}).requires_grad_(), bias = torch::rand({6}).requires_grad_().sin();
  NODE(F::conv1d(e, k1));
  NODE(F::conv1d(e, k1, F::Conv1dFuncOptions().bias(bias)));
  NODE(F::conv1d(e, k1, F::Conv1dFuncOptions().bias(bias).padding(torch::kSame)));
  NODE(F::conv2d(f, k2));
  NODE(F::conv2d(f, k2, F::Conv2dFuncOptions().bias(bias)));
  NODE(F::conv2d(f, k2, F::Conv2dFuncOptions().stride(2).padding(1)));
  NODE(F::conv2d(f, k2d, F::Conv2dFuncOptions().groups(4)));
  NODE(F::conv2d(f.detach(), k2, F::Conv2dFuncOptions().bias(bias)));
  NODE(F::conv2d(f, k2.detach()));
  NODE(F::conv2d(f, k2, F::Conv2dFuncOptions().padding(torch::kSame)));
  NODE(F::conv2d(f[0], k2));
  NODE(F::conv3d(g, k3));
  NODE(F::conv_transpose1d(e, t1));
  NODE(F::conv_transpose2d(f, t2));
  NODE(F::conv_transpose2d(f, t2, F::ConvTranspose2dFuncOptions().bias(bias)));
  NODE(F::conv_transpose3d(g, t3));
  // pooling
  NODE(F::avg_pool1d(e, F::AvgPool1dFuncOptions(2)));
  NODE(F::avg_pool2d(f, F::AvgPool2dFuncOptions(2)));
  NODE(F::avg_pool3d(g, F::AvgPool3dFuncOptions(2)));
  NODE(F::max_pool1d(e, F::MaxPool1dFuncOptions(2)));
  NODE(F::max_pool2d(f, F::MaxPool2dFuncOptions(2)));
  NODE(F::max_pool3d(g, F::MaxPool3dFuncOptions(2)));
  NODE(F::max_pool1d_with_indices(e, F::MaxPool1dFuncOptions(2)));
  NODE(F::max_pool2d_with_indices(f, F::MaxPool2dFuncOptions(2)));
  NODE(F::max_pool3d_with_indices(g, F::MaxPool3dFuncOptions(2)));
  NODE(F::adaptive_avg_pool1d(e, F::AdaptiveAvgPool1dFuncOptions(4)));
  NODE(F::adaptive_avg_pool2d(f, F::AdaptiveAvgPool2dFuncOptions(4)));
  NODE(F::adaptive_avg_pool2d(f, F::AdaptiveAvgPool2dFuncOptions(1)));
  NODE(F::adaptive_avg_pool3d(g, F::AdaptiveAvgPool3dFuncOptions(4)));
  NODE(F::adaptive_avg_pool3d(g, F::AdaptiveAvgPool3dFuncOptions(1)));
  NODE(F::adaptive_max_pool1d(e, F::AdaptiveMaxPool1dFuncOptions(4)));
  NODE(F::adaptive_max_pool2d(f, F::AdaptiveMaxPool2dFuncOptions(4)));
  NODE(F::adaptive_max_pool3d(g, F::AdaptiveMaxPool3dFuncOptions(4)));
  NODE(F::fractional_max_pool2d(f, F::FractionalMaxPool2dFuncOptions(2).output_size(4)));
  NODE(F::fractional_max_pool3d(g, F::FractionalMaxPool3dFuncOptions(2).output_size(4)));
  NODE(F::lp_pool1d(e, F::LPPool1dFuncOptions(2, 2)));
  NODE(F::lp_pool2d(f, F::LPPool2dFuncOptions(2, 2)));
  auto e0 = torch::arange(0, 8, 2).expand({2, 4, 4}).contiguous();
  NODE(F::max_unpool1d(e.slice(2, 0, 4), e0, F::MaxUnpool1dFuncOptions(2)));
  auto f0 = torch::arange(0, 16).mul(2).view({4, 4}).expand({2, 4, 4, 4}).contiguous();
  NODE(F::max_unpool2d(f.slice(2, 0, 4).slice(3, 0, 4), f0, F::MaxUnpool2dFuncOptions(2)));
  auto g0 = torch::arange(0, 64).mul(2).view({4, 4, 4}).expand({2, 4, 4, 4, 4}).contiguous();
  NODE(F::max_unpool3d(g.slice(2, 0, 4).slice(3, 0, 4).slice(4, 0, 4), g0, F::MaxUnpool3dFuncOptions(2)));
  // norms
  auto c4 = torch::rand({4}).requires_grad_(), c8 = torch::rand({8}).requires_grad_(), mean = torch::zeros({4}),
       var = torch::ones({4});
  NODE(F::batch_norm(f, mean, var));
  NODE(F::batch_norm(f, mean, var, F::BatchNormFuncOptions().training(true)));
  NODE(F::batch_norm(f, mean, var, F::BatchNormFuncOptions().weight(c4).bias(v).training(true)));
  NODE(F::batch_norm(e, mean, var, F::BatchNormFuncOptions().weight(c4).bias(v).training(false)));
  NODE(F::instance_norm(f));
  NODE(F::instance_norm(f, F::InstanceNormFuncOptions().weight(c4).bias(v)));
  NODE(F::group_norm(f, F::GroupNormFuncOptions(2)));
  NODE(F::group_norm(f, F::GroupNormFuncOptions(2).weight(c4).bias(v)));
  NODE(F::layer_norm(f, F::LayerNormFuncOptions({8})));
  NODE(F::layer_norm(f, F::LayerNormFuncOptions({8}).weight(c8).bias(c8.sin())));
  NODE(F::local_response_norm(f, F::LocalResponseNormFuncOptions(2)));
  NODE(F::normalize(a));
  NODE(F::normalize(a, F::NormalizeFuncOptions().p(1).dim(0)));
  // padding, resampling
  NODE(F::pad(f, F::PadFuncOptions({1, 1})));
  NODE(F::pad(f, F::PadFuncOptions({1, 1, 1, 1}).value(2)));
  NODE(F::pad(e, F::PadFuncOptions({1, 1}).mode(torch::kReflect)));
  NODE(F::pad(f, F::PadFuncOptions({1, 1, 1, 1}).mode(torch::kReflect)));
  NODE(F::pad(g, F::PadFuncOptions({1, 1, 1, 1, 1, 1}).mode(torch::kReflect)));
  NODE(F::pad(e, F::PadFuncOptions({1, 1}).mode(torch::kReplicate)));
  NODE(F::pad(f, F::PadFuncOptions({1, 1, 1, 1}).mode(torch::kReplicate)));
  NODE(F::pad(g, F::PadFuncOptions({1, 1, 1, 1, 1, 1}).mode(torch::kReplicate)));
  NODE(F::pad(f, F::PadFuncOptions({1, 1, 1, 1}).mode(torch::kCircular)));
  NODE(torch::constant_pad_nd(a, {1, 1}, 2));
  NODE(torch::reflection_pad1d(e, {1, 1}));
  NODE(torch::replication_pad2d(f, {1, 1, 1, 1}));
  const std::vector<double> twice1{2}, twice2{2, 2}, twice3{2, 2, 2};
  NODE(F::interpolate(e, F::InterpolateFuncOptions().scale_factor(twice1).mode(torch::kNearest)));
  NODE(F::interpolate(e, F::InterpolateFuncOptions().scale_factor(twice1).mode(torch::kLinear).align_corners(false)));
  NODE(F::interpolate(f, F::InterpolateFuncOptions().scale_factor(twice2).mode(torch::kNearest)));
  NODE(F::interpolate(f, F::InterpolateFuncOptions().scale_factor(twice2).mode(torch::kNearestExact)));
  NODE(F::interpolate(f, F::InterpolateFuncOptions().scale_factor(twice2).mode(torch::kBilinear).align_corners(false)));
  NODE(F::interpolate(f, F::InterpolateFuncOptions().scale_factor(twice2).mode(torch::kBicubic).align_corners(false)));
  NODE(F::interpolate(f, F::InterpolateFuncOptions().scale_factor(twice2).mode(torch::kArea)));
  NODE(F::interpolate(g, F::InterpolateFuncOptions().scale_factor(twice3).mode(torch::kNearest)));
  NODE(
      F::interpolate(g, F::InterpolateFuncOptions().scale_factor(twice3).mode(torch::kTrilinear).align_corners(false)));
  NODE(torch::upsample_nearest2d(f, {16, 16}));
  NODE(torch::upsample_bilinear2d(f, {16, 16}, false));
  auto grid = torch::rand({2, 5, 5, 2}).requires_grad_().tanh(), grid3 = torch::rand({2, 5, 5, 5, 3}).requires_grad_();
  NODE(F::grid_sample(f, grid, F::GridSampleFuncOptions().align_corners(false)));
  NODE(F::grid_sample(g, grid3, F::GridSampleFuncOptions().align_corners(false)));
  NODE(torch::grid_sampler(f, grid, 0, 0, false));
  NODE(F::affine_grid(torch::rand({2, 2, 3}).requires_grad_(), {2, 3, 4, 4}, false));
  NODE(F::pixel_shuffle(f, F::PixelShuffleFuncOptions(2)));
  NODE(F::pixel_unshuffle(f, F::PixelUnshuffleFuncOptions(2)));
  NODE(F::unfold(f, F::UnfoldFuncOptions(2)));
  NODE(F::fold(torch::rand({2, 16, 49}).requires_grad_(), F::FoldFuncOptions({8, 8}, {2, 2})));
  // losses
  NODE(F::l1_loss(a, k));
  NODE(F::l1_loss(a, b));
  NODE(F::l1_loss(a, k, F::L1LossFuncOptions(torch::kNone)));
  NODE(F::l1_loss(a, k, F::L1LossFuncOptions(torch::kSum)));
  NODE(F::mse_loss(a, k));
  NODE(F::mse_loss(a, b));
  NODE(F::mse_loss(a, k, F::MSELossFuncOptions(torch::kNone)));
  NODE(F::smooth_l1_loss(a, k));
  NODE(F::smooth_l1_loss(a, k, F::SmoothL1LossFuncOptions(torch::kMean), 0.0));
  NODE(F::huber_loss(a, k));
  NODE(F::binary_cross_entropy(a.sigmoid(), k));
  NODE(F::binary_cross_entropy_with_logits(a, k));
  NODE(F::binary_cross_entropy_with_logits(a, k, F::BinaryCrossEntropyWithLogitsFuncOptions().reduction(torch::kNone)));
  NODE(F::kl_div(a, k));
  NODE(F::kl_div(a, k, F::KLDivFuncOptions().log_target(true).reduction(torch::kBatchMean)));
  NODE(F::nll_loss(a, i));
  NODE(F::nll_loss(a, i, F::NLLLossFuncOptions().weight(torch::rand({4})).reduction(torch::kNone)));
  NODE(F::nll_loss(f, torch::zeros({2, 8, 8}, torch::kLong)));
  NODE(F::cross_entropy(a, i));
  NODE(F::cross_entropy(a, k));
  NODE(F::cross_entropy(a, b));
  NODE(F::cross_entropy(f, torch::zeros({2, 8, 8}, torch::kLong)));
  NODE(F::cross_entropy(a, i, F::CrossEntropyFuncOptions().label_smoothing(0.1)));
  NODE(F::cross_entropy(a, i, F::CrossEntropyFuncOptions().reduction(torch::kNone)));
  NODE(F::poisson_nll_loss(a, k));
  NODE(F::hinge_embedding_loss(a, k.sign()));
  NODE(F::margin_ranking_loss(v, u, torch::ones({4})));
  NODE(F::cosine_embedding_loss(a, b, torch::ones({3})));
  NODE(F::multi_margin_loss(a, i));
  NODE(F::multilabel_margin_loss(a, torch::ones({3, 4}, torch::kLong)));
  NODE(F::multilabel_soft_margin_loss(a, k));
  NODE(F::soft_margin_loss(a, k));
  NODE(F::triplet_margin_loss(a, b, c));
  NODE(F::triplet_margin_with_distance_loss(a, b, c));
  auto log_probs = torch::rand({8, 2, 5}).requires_grad_().log_softmax(2);
  auto targets = torch::ones({2, 3}, torch::kLong), lengths = torch::full({2}, 8, torch::kLong);
  NODE(F::ctc_loss(log_probs, targets, lengths, torch::full({2}, 3, torch::kLong)));
  // the rest
  NODE(F::linear(a, b));
  NODE(F::linear(a, b, h));
  NODE(F::bilinear(v, u, torch::rand({2, 4, 4}).requires_grad_()));
  NODE(F::embedding(i, p));
  NODE(F::embedding_bag(i, p, F::EmbeddingBagFuncOptions().offsets(torch::tensor({0, 2}))));
  NODE(F::embedding_bag(i, p, F::EmbeddingBagFuncOptions().offsets(torch::tensor({0, 2})).mode(torch::kSum)));
  NODE(F::embedding_bag(i, p, F::EmbeddingBagFuncOptions().offsets(torch::tensor({0, 2})).mode(torch::kMax)));
  NODE(F::cosine_similarity(a, b));
  NODE(F::pairwise_distance(a, b));
  NODE(F::pdist(a));
}

}  // namespace node_names
