// Normalisations and losses, forward alone and with the gradient, at a large and at a small size.
#include <torch/torch.h>

#include "layer_row.h"

namespace {
using bench::keep;
using bench::layer;
using bench::row;
using torch::Tensor;
namespace F = torch::nn::functional;
namespace nn = torch::nn;

/// Rows of a loss of input and target of one shape.
template <class Fn>
void loss(const std::string& name, Fn fn) {
  for (const std::vector<int64_t>& shape : {std::vector<int64_t>{512, 1000}, std::vector<int64_t>{16, 10}})
    layer(name + " of " + std::to_string(shape[0]) + "x" + std::to_string(shape[1]), shape, [=] {
      const Tensor t = torch::rand(shape);
      return [=](const Tensor& x) { return fn(x, t); };
    });
}
template <class Module>
auto applied(Module net) {
  return [net](const Tensor& x) mutable { return net->forward(x); };
}
Tensor signs(const Tensor& t) { return t.sub(0.5).sign(); }

const bench::Register all([] {
  const std::vector<int64_t> image = {16, 32, 28, 28}, small = {4, 8, 7, 7};
  layer("BatchNorm2d, training, of 4x8x7x7", small, [] { return applied(nn::BatchNorm2d(8)); });
  layer("BatchNorm2d, evaluation, of 4x8x7x7", small, [] {
    nn::BatchNorm2d net(8);
    net->eval();
    return applied(net);
  });
  layer("BatchNorm2d, training, channels last, of 16x32x28x28", image, [] {
    return [net = nn::BatchNorm2d(32)](const Tensor& x) mutable {
      return net->forward(x.view({16, 28, 28, 32}).permute({0, 3, 1, 2}));
    };
  });
  layer("BatchNorm1d, training, of 512x1000", {512, 1000}, [] { return applied(nn::BatchNorm1d(1000)); });
  layer("BatchNorm1d, training, of 16x10", {16, 10}, [] { return applied(nn::BatchNorm1d(10)); });
  layer("LayerNorm of 512x1000", {512, 1000}, [] { return applied(nn::LayerNorm(std::vector<int64_t>{1000})); });
  layer("LayerNorm of 16x10", {16, 10}, [] { return applied(nn::LayerNorm(std::vector<int64_t>{10})); });
  layer("GroupNorm 8 of 16x32x28x28", image, [] { return applied(nn::GroupNorm(8, 32)); });
  layer("GroupNorm 2 of 4x8x7x7", small, [] { return applied(nn::GroupNorm(2, 8)); });
  layer("InstanceNorm2d of 16x32x28x28", image, [] { return applied(nn::InstanceNorm2d(32)); });
  layer("InstanceNorm2d, affine, of 4x8x7x7", small,
        [] { return applied(nn::InstanceNorm2d(nn::InstanceNorm2dOptions(8).affine(true))); });
  layer("LocalResponseNorm 5 of 16x32x28x28", image, [] { return applied(nn::LocalResponseNorm(5)); });
  layer("normalize of 512x1000", {512, 1000}, [] { return [](const Tensor& x) { return F::normalize(x); }; });
  layer("cosine_similarity of 512x1000", {512, 1000}, [] {
    return [t = torch::rand({512, 1000})](const Tensor& x) { return F::cosine_similarity(x, t); };
  });
  layer("pairwise_distance of 512x1000", {512, 1000}, [] {
    return [t = torch::rand({512, 1000})](const Tensor& x) { return F::pairwise_distance(x, t); };
  });

  loss("l1_loss", [](const Tensor& x, const Tensor& t) { return F::l1_loss(x, t); });
  loss("smooth_l1_loss", [](const Tensor& x, const Tensor& t) { return F::smooth_l1_loss(x, t); });
  loss("huber_loss", [](const Tensor& x, const Tensor& t) { return F::huber_loss(x, t); });
  loss("binary_cross_entropy", [](const Tensor& x, const Tensor& t) { return F::binary_cross_entropy(x, t); });
  loss("binary_cross_entropy_with_logits",
       [](const Tensor& x, const Tensor& t) { return F::binary_cross_entropy_with_logits(x, t); });
  loss("kl_div", [](const Tensor& x, const Tensor& t) { return F::kl_div(x, t, F::KLDivFuncOptions(torch::kSum)); });
  loss("poisson_nll_loss", [](const Tensor& x, const Tensor& t) { return F::poisson_nll_loss(x, t); });
  loss("soft_margin_loss", [](const Tensor& x, const Tensor& t) { return F::soft_margin_loss(x, t); });
  loss("hinge_embedding_loss", [](const Tensor& x, const Tensor& t) { return F::hinge_embedding_loss(x, t); });
  loss("multilabel_soft_margin_loss",
       [](const Tensor& x, const Tensor& t) { return F::multilabel_soft_margin_loss(x, t); });
  layer("mse_loss of 16x10", {16, 10}, [] {
    return [t = torch::rand({16, 10})](const Tensor& x) { return F::mse_loss(x, t); };
  });
  layer("margin_ranking_loss of 512000", {512000}, [] {
    return [u = torch::rand(512000), t = signs(torch::rand(512000))](const Tensor& x) {
      return F::margin_ranking_loss(x, u, t);
    };
  });
  layer("cosine_embedding_loss of 512x1000", {512, 1000}, [] {
    return [u = torch::rand({512, 1000}), t = signs(torch::rand(512))](const Tensor& x) {
      return F::cosine_embedding_loss(x, u, t);
    };
  });
  layer("triplet_margin_loss of 512x1000", {512, 1000}, [] {
    return [p = torch::rand({512, 1000}), n = torch::rand({512, 1000})](const Tensor& x) {
      return F::triplet_margin_loss(x, p, n);
    };
  });
  layer("multi_margin_loss of 512x1000", {512, 1000}, [] {
    return [t = torch::randint(1000, {512}, torch::kLong)](const Tensor& x) { return F::multi_margin_loss(x, t); };
  });
  layer("multilabel_margin_loss of 512x100", {512, 100}, [] {
    Tensor t = torch::full({512, 100}, -1, torch::kLong);
    t.slice(1, 0, 3).copy_(torch::randint(100, {512, 3}, torch::kLong));
    return [t](const Tensor& x) { return F::multilabel_margin_loss(x, t); };
  });
  layer("cross_entropy of 16x10", {16, 10}, [] {
    return [t = torch::randint(10, {16}, torch::kLong)](const Tensor& x) { return F::cross_entropy(x, t); };
  });
  layer("cross_entropy of 16x21x64x64", {16, 21, 64, 64}, [] {
    return [t = torch::randint(21, {16, 64, 64}, torch::kLong)](const Tensor& x) { return F::cross_entropy(x, t); };
  });
  layer("cross_entropy, smoothed, of 512x1000", {512, 1000}, [] {
    return [t = torch::randint(1000, {512}, torch::kLong)](const Tensor& x) {
      return F::cross_entropy(x, t, F::CrossEntropyFuncOptions().label_smoothing(0.1));
    };
  });
  row("layer/cross_entropy of 4096x32000",
      [] {
        return [x = torch::rand({4096, 32000}), t = torch::randint(32000, {4096}, torch::kLong)] {
          torch::NoGradGuard guard;
          keep(F::cross_entropy(x, t));
        };
      },
      {0, 4.0 * 4096 * 32000});
  layer("ctc_loss of 50x16x20", {50, 16, 20}, [] {
    return [t = torch::randint(1, 20, {16, 15}, torch::kLong), in = torch::full({16}, 50, torch::kLong),
            len = torch::full({16}, 15, torch::kLong)](const Tensor& x) { return F::ctc_loss(x, t, in, len); };
  });
});

}  // namespace
