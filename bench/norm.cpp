// Normalisations, softmax, dropout and distances, forward alone and with the gradient, at a large and at a small size.
#include "layer_row.h"

namespace {
using bench::count;
using bench::layer;
using bench::Reads;
using torch::Tensor;
namespace F = torch::nn::functional;
namespace nn = torch::nn;

/// The derivative is made of the input (or of the output, which is as large).
Reads saved(const std::vector<int64_t>& shape) { return {0, count(shape)}; }
/// A second operand of the input's shape, and a derivative made of both.
Reads second(const std::vector<int64_t>& shape) { return {count(shape), 2 * count(shape)}; }

template <class Module>
auto applied(Module net) {
  return [net](const Tensor& x) mutable { return net->forward(x); };
}

const bench::Register all([] {
  const std::vector<int64_t> image = {16, 32, 28, 28}, small = {4, 8, 7, 7}, wide = {512, 1000}, narrow = {16, 10};
  for (const auto& [shape, name] : {std::pair{image, "16x32x28x28"}, std::pair{small, "4x8x7x7"}}) {
    const int64_t channels = shape[1];
    layer(
        std::string("norm/BatchNorm2d, training, of ") + name, shape,
        [=] { return applied(nn::BatchNorm2d(channels)); }, saved(shape));
    layer(
        std::string("norm/BatchNorm2d, evaluation, of ") + name, shape,
        [=] {
          nn::BatchNorm2d net(channels);
          net->eval();
          return applied(net);
        },
        saved(shape));
    layer(
        std::string("norm/GroupNorm, 4 channels a group, of ") + name, shape,
        [=] { return applied(nn::GroupNorm(channels / 4, channels)); }, saved(shape));
  }
  layer(
      "norm/BatchNorm2d, training, channels last, of 16x32x28x28", image,
      [] {
        return [net = nn::BatchNorm2d(32)](const Tensor& x) mutable {
          return net->forward(x.view({16, 28, 28, 32}).permute({0, 3, 1, 2}));
        };
      },
      saved(image));
  for (const auto& [shape, name] : {std::pair{wide, "512x1000"}, std::pair{narrow, "16x10"}}) {
    const int64_t features = shape[1];
    layer(
        std::string("norm/BatchNorm1d, training, of ") + name, shape,
        [=] { return applied(nn::BatchNorm1d(features)); }, saved(shape));
    layer(
        std::string("norm/LayerNorm of ") + name, shape,
        [=] { return applied(nn::LayerNorm(std::vector<int64_t>{features})); }, saved(shape));
  }
  layer(
      "norm/InstanceNorm2d of 16x32x28x28", image, [] { return applied(nn::InstanceNorm2d(32)); }, saved(image));
  layer(
      "norm/InstanceNorm2d, affine, of 4x8x7x7", small,
      [] { return applied(nn::InstanceNorm2d(nn::InstanceNorm2dOptions(8).affine(true))); }, saved(small));
  layer(
      "norm/LocalResponseNorm 5 of 16x32x28x28", image, [] { return applied(nn::LocalResponseNorm(5)); }, saved(image));
  layer(
      "norm/normalize of 512x1000", wide, [] { return [](const Tensor& x) { return F::normalize(x); }; }, saved(wide));

  layer(
      "softmax/softmax of 512x1000", wide, [] { return [](const Tensor& x) { return torch::softmax(x, 1); }; },
      saved(wide));
  layer(
      "softmax/softmax over dim 1 of 16x32x28x28", image,
      [] { return [](const Tensor& x) { return torch::softmax(x, 1); }; }, saved(image));
  layer(
      "softmax/log_softmax of 512x1000", wide, [] { return [](const Tensor& x) { return torch::log_softmax(x, 1); }; },
      saved(wide));
  layer("softmax/log_softmax of 64x10", {64, 10},
        [] { return [](const Tensor& x) { return torch::log_softmax(x, 1); }; });

  // Backward needs a byte an element at most: the mask.
  layer("dropout/dropout of 16x32x28x28", image,
        [] { return [](const Tensor& x) { return torch::dropout(x, 0.5, true); }; }, {0, count(image) / 4});

  layer(
      "distance/cosine_similarity of 512x1000", wide,
      [=] { return [t = torch::rand(wide)](const Tensor& x) { return F::cosine_similarity(x, t); }; }, second(wide));
  layer(
      "distance/pairwise_distance of 512x1000", wide,
      [=] { return [t = torch::rand(wide)](const Tensor& x) { return F::pairwise_distance(x, t); }; }, second(wide));
});

}  // namespace
