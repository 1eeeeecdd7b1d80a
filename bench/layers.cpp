// Pooling, normalisation, dropout, softmax and losses, forward alone and with the gradient.
#include <torch/torch.h>

#include "layer_row.h"

namespace {
using bench::keep;
using bench::layer;
using bench::row;
using torch::Tensor;
namespace F = torch::nn::functional;

const bench::Register all([] {
  const std::vector<int64_t> image = {16, 32, 28, 28};
  layer("max_pool2d 2 of 16x32x28x28", image, [] { return [](const Tensor& x) { return torch::max_pool2d(x, 2); }; });
  layer("max_pool2d 3 stride 2 of 16x32x28x28", image,
        [] { return [](const Tensor& x) { return torch::max_pool2d(x, 3, 2, 1); }; });
  layer("avg_pool2d 2 of 16x32x28x28", image, [] { return [](const Tensor& x) { return torch::avg_pool2d(x, 2); }; });
  layer("BatchNorm2d, training, of 16x32x28x28", image,
        [] { return [net = torch::nn::BatchNorm2d(32)](const Tensor& x) mutable { return net->forward(x); }; });
  layer("BatchNorm2d, evaluation, of 16x32x28x28", image, [] {
    torch::nn::BatchNorm2d net(32);
    net->eval();
    return [net](const Tensor& x) mutable { return net->forward(x); };
  });
  layer("dropout of 16x32x28x28", image, [] { return [](const Tensor& x) { return torch::dropout(x, 0.5, true); }; });
  layer("relu of 16x32x28x28", image, [] { return [](const Tensor& x) { return torch::relu(x); }; });
  layer("softmax of 512x1000", {512, 1000}, [] { return [](const Tensor& x) { return torch::softmax(x, 1); }; });
  layer("softmax over dim 1 of 16x32x28x28", image,
        [] { return [](const Tensor& x) { return torch::softmax(x, 1); }; });
  layer("log_softmax of 512x1000", {512, 1000},
        [] { return [](const Tensor& x) { return torch::log_softmax(x, 1); }; });
  layer("log_softmax of 64x10", {64, 10}, [] { return [](const Tensor& x) { return torch::log_softmax(x, 1); }; });
  layer("cross_entropy of 512x1000", {512, 1000}, [] {
    return [t = torch::randint(1000, {512}, torch::kLong)](const Tensor& x) { return F::cross_entropy(x, t); };
  });
  layer("nll_loss of 512x1000", {512, 1000},
        [] { return [t = torch::randint(1000, {512}, torch::kLong)](const Tensor& x) { return F::nll_loss(x, t); }; });
  layer("mse_loss of 512x1000", {512, 1000}, [] {
    return [t = torch::rand({512, 1000})](const Tensor& x) { return F::mse_loss(x, t); };
  });
  layer("cat of 4, dim 1, of 16x32x28x28", image, [] {
    return [](const Tensor& x) { return torch::cat({x, x, x, x}, 1); };
  });
  layer("index_select 512 of 512x1000", {512, 1000},
        [] { return [i = torch::randperm(512)](const Tensor& x) { return x.index_select(0, i); }; });
  layer("gather of 512x1000", {512, 1000}, [] {
    return [i = torch::randint(1000, {512, 64}, torch::kLong)](const Tensor& x) { return x.gather(1, i); };
  });
  row("layer/stack 64 of 1x28x28", [] {
    return [parts = std::vector<Tensor>(64, torch::rand({1, 28, 28}))] { keep(torch::stack(parts)); };
  });
});

}  // namespace
