// Normalisations, softmax, dropout and distances, forward alone and with the gradient: at a small
// size, in a cache, and out of it.
#include "layer_row.h"

namespace {
using bench::count;
using bench::layer;
using bench::Reads;
using torch::Tensor;
namespace F = torch::nn::functional;
namespace nn = torch::nn;

using Shape = std::vector<int64_t>;
std::string of(const Shape& shape) {
  std::string text = " of ";
  for (size_t d = 0; d < shape.size(); ++d) text += (d ? "x" : "") + std::to_string(shape[d]);
  return text;
}
/// The derivative is made of the input (or of the output, which is as large).
Reads saved(const Shape& shape) { return {0, count(shape), count(shape)}; }
/// A second operand of the input's shape, and a derivative made of both; a number a row.
Reads second(const Shape& shape) { return {count(shape), 2 * count(shape), static_cast<double>(shape[0])}; }

template <class Module>
auto applied(Module net) {
  return [net](const Tensor& x) mutable { return net->forward(x); };
}

const bench::Register all([] {
  const Shape image = {16, 32, 28, 28}, small = {4, 8, 7, 7}, wide = {512, 1000}, narrow = {16, 10};
  const Shape images = {32, 64, 112, 112}, tall = {16384, 1000};
  for (const Shape& shape : {image, small, images}) {
    const int64_t channels = shape[1];
    layer(
        "norm/BatchNorm2d, training," + of(shape), shape, [=] { return applied(nn::BatchNorm2d(channels)); },
        saved(shape));
    layer(
        "norm/BatchNorm2d, evaluation," + of(shape), shape,
        [=] {
          nn::BatchNorm2d net(channels);
          net->eval();
          return applied(net);
        },
        saved(shape));
    layer(
        "norm/GroupNorm, 4 channels a group," + of(shape), shape,
        [=] { return applied(nn::GroupNorm(channels / 4, channels)); }, saved(shape));
  }
  for (const Shape& shape : {image, images}) {
    layer(
        "norm/BatchNorm2d, training, channels last," + of(shape), shape,
        [=] {
          return [=, net = nn::BatchNorm2d(shape[1])](const Tensor& x) mutable {
            return net->forward(x.view({shape[0], shape[2], shape[3], shape[1]}).permute({0, 3, 1, 2}));
          };
        },
        saved(shape));
    layer(
        "norm/InstanceNorm2d" + of(shape), shape, [=] { return applied(nn::InstanceNorm2d(shape[1])); }, saved(shape));
  }
  layer(
      "norm/InstanceNorm2d, affine," + of(small), small,
      [] { return applied(nn::InstanceNorm2d(nn::InstanceNorm2dOptions(8).affine(true))); }, saved(small));
  for (const Shape& shape : {image, Shape{8, 64, 112, 112}})
    layer(
        "norm/LocalResponseNorm 5" + of(shape), shape, [] { return applied(nn::LocalResponseNorm(5)); }, saved(shape));
  for (const Shape& shape : {wide, narrow, tall}) {
    const int64_t features = shape[1];
    layer(
        "norm/BatchNorm1d, training," + of(shape), shape, [=] { return applied(nn::BatchNorm1d(features)); },
        saved(shape));
    layer(
        "norm/LayerNorm" + of(shape), shape, [=] { return applied(nn::LayerNorm(std::vector<int64_t>{features})); },
        saved(shape));
  }

  for (const Shape& shape : {wide, tall}) {
    layer(
        "norm/normalize" + of(shape), shape, [] { return [](const Tensor& x) { return F::normalize(x); }; },
        saved(shape));
    layer(
        "softmax/softmax" + of(shape), shape, [] { return [](const Tensor& x) { return torch::softmax(x, 1); }; },
        saved(shape));
    layer(
        "softmax/log_softmax" + of(shape), shape,
        [] { return [](const Tensor& x) { return torch::log_softmax(x, 1); }; }, saved(shape));
    layer(
        "distance/cosine_similarity" + of(shape), shape,
        [=] { return [t = torch::rand(shape)](const Tensor& x) { return F::cosine_similarity(x, t); }; },
        second(shape));
    layer(
        "distance/pairwise_distance" + of(shape), shape,
        [=] { return [t = torch::rand(shape)](const Tensor& x) { return F::pairwise_distance(x, t); }; },
        second(shape));
  }
  layer("softmax/log_softmax of 64x10", {64, 10},
        [] { return [](const Tensor& x) { return torch::log_softmax(x, 1); }; });
  for (const Shape& shape : {image, images}) {
    layer(
        "softmax/softmax over dim 1" + of(shape), shape,
        [] { return [](const Tensor& x) { return torch::softmax(x, 1); }; }, saved(shape));
    // Backward needs a byte an element at most: the mask.
    layer("dropout/dropout" + of(shape), shape,
          [] { return [](const Tensor& x) { return torch::dropout(x, 0.5, true); }; },
          {0, count(shape) / 4, count(shape)});
  }
});

}  // namespace
