#pragma once

#include <lampas/lampas.h>

/// ResNet-18 (https://arxiv.org/abs/1512.03385): four stages of two residual blocks. `width` channels in the first
/// stage (64 in the paper), doubled from stage to stage.
namespace resnet {

namespace nn = lampas::nn;
using lampas::Tensor;

inline nn::Conv2d conv(int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t padding) {
  return nn::Conv2d(nn::Conv2dOptions(in, out, kernel).stride(stride).padding(padding).bias(false));
}

/// x + two convolutions of x, with a projection of x where the sizes change.
struct BlockImpl : nn::Module {
  BlockImpl(int64_t in, int64_t out, int64_t stride)
      : conv1(register_module("conv1", conv(in, out, 3, stride, 1))),
        bn1(register_module("bn1", nn::BatchNorm2d(out))),
        conv2(register_module("conv2", conv(out, out, 3, 1, 1))),
        bn2(register_module("bn2", nn::BatchNorm2d(out))) {
    if (stride != 1 || in != out)
      downsample = register_module("downsample", nn::Sequential(conv(in, out, 1, stride, 0), nn::BatchNorm2d(out)));
  }
  Tensor forward(const Tensor& x) {
    const Tensor same = downsample.is_empty() ? x : downsample->forward(x);
    return (bn2(conv2(bn1(conv1(x)).relu())) + same).relu();
  }

  nn::Conv2d conv1;
  nn::BatchNorm2d bn1;
  nn::Conv2d conv2;
  nn::BatchNorm2d bn2;
  nn::Sequential downsample{nullptr};
};
LAMPAS_MODULE(Block);

struct ResNet18Impl : nn::Module {
  explicit ResNet18Impl(int64_t classes, int64_t width = 64)
      : conv1(register_module("conv1", conv(3, width, 7, 2, 3))),
        bn1(register_module("bn1", nn::BatchNorm2d(width))),
        maxpool(register_module("maxpool", nn::MaxPool2d(nn::MaxPool2dOptions(3).stride(2).padding(1)))),
        layer1(register_module("layer1", nn::Sequential(Block(width, width, 1), Block(width, width, 1)))),
        layer2(register_module("layer2", stage(width))),
        layer3(register_module("layer3", stage(2 * width))),
        layer4(register_module("layer4", stage(4 * width))),
        avgpool(register_module("avgpool", nn::AdaptiveAvgPool2d(1))),
        fc(register_module("fc", nn::Linear(8 * width, classes))) {
    for (const auto& module : modules(/*include_self=*/false))
      if (auto* c = module->as<nn::Conv2d>()) nn::init::kaiming_normal_(c->weight, 0, lampas::kFanOut, lampas::kReLU);
  }
  Tensor forward(const Tensor& x) {
    Tensor y = maxpool(bn1(conv1(x)).relu());
    y = layer4->forward(layer3->forward(layer2->forward(layer1->forward(y))));
    return fc(avgpool(y).flatten(1));
  }

  nn::Conv2d conv1;
  nn::BatchNorm2d bn1;
  nn::MaxPool2d maxpool;
  nn::Sequential layer1, layer2, layer3, layer4;
  nn::AdaptiveAvgPool2d avgpool;
  nn::Linear fc;

 private:
  /// Half the size, twice the channels. The first block is made before the second.
  static nn::Sequential stage(int64_t in) {
    Block first(in, 2 * in, 2);
    Block second(2 * in, 2 * in, 1);
    return nn::Sequential(first, second);
  }
};
LAMPAS_MODULE(ResNet18);

/// The losses of `steps` steps of SGD on one batch of noise, from `seed`.
inline std::vector<double> train(uint64_t seed, int64_t width, int64_t steps) {
  lampas::manual_seed(seed);
  ResNet18 net(10, width);
  const Tensor x = lampas::randn({8, 3, 64, 64}), y = lampas::arange(8);
  lampas::optim::SGD sgd(net->parameters(), lampas::optim::SGDOptions(0.01).momentum(0.9));
  std::vector<double> losses;
  for (int64_t k = 0; k < steps; ++k) {
    sgd.zero_grad();
    const Tensor loss = nn::functional::cross_entropy(net->forward(x), y);
    loss.backward();
    for (const Tensor& p : net->parameters())
      lampas::check(p.grad().isfinite().all().item<bool>(), "resnet18: a gradient is not finite");
    sgd.step();
    losses.push_back(loss.item<double>());
  }
  return losses;
}

}  // namespace resnet
