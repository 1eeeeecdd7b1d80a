#pragma once

#include <lampas/lampas.h>

/// A small U-Net (https://arxiv.org/abs/1505.04597): two levels down, two up, and the features of each level handed
/// across.
namespace unet {

namespace nn = lampas::nn;
using lampas::Tensor;

/// Two convolutions, each normalised and rectified.
inline nn::Sequential twice(int64_t in, int64_t out) {
  nn::Conv2d first(nn::Conv2dOptions(in, out, 3).padding(1).padding_mode(lampas::kReflect));
  nn::BatchNorm2d norm1(out);
  nn::Conv2d second(nn::Conv2dOptions(out, out, 3).padding(lampas::kSame));
  nn::BatchNorm2d norm2(out);
  return nn::Sequential(first, norm1, nn::ReLU(), second, norm2, nn::ReLU());
}

struct UNetImpl : nn::Module {
  UNetImpl(int64_t channels, int64_t classes, int64_t width)
      : down1(register_module("down1", twice(channels, width))),
        down2(register_module("down2", twice(width, 2 * width))),
        bottom(register_module("bottom", twice(2 * width, 4 * width))),
        lift2(register_module("lift2",
                              nn::ConvTranspose2d(nn::ConvTranspose2dOptions(4 * width, 2 * width, 2).stride(2)))),
        up2(register_module("up2", twice(4 * width, 2 * width))),
        lift1(register_module("lift1", nn::Conv2d(2 * width, width, 1))),
        up1(register_module("up1", twice(2 * width, width))),
        head(register_module("head", nn::Conv2d(width, classes, 1))) {}
  /// (N, channels, H, W) to (N, classes, H, W); H and W are multiples of four.
  Tensor forward(const Tensor& x) {
    const Tensor a = down1->forward(x), b = down2->forward(lampas::max_pool2d(a, 2)),
                 c = bottom->forward(lampas::avg_pool2d(b, 2));
    const Tensor d = up2->forward(lampas::cat({b, lift2->forward(c)}, 1));
    const Tensor wide = nn::functional::interpolate(lift1(d), nn::functional::InterpolateFuncOptions()
                                                                  .scale_factor(std::vector<double>{2, 2})
                                                                  .mode(lampas::kBilinear)
                                                                  .align_corners(false));
    return head(up1->forward(lampas::cat({a, wide}, 1)));
  }

  nn::Sequential down1, down2, bottom;
  nn::ConvTranspose2d lift2;
  nn::Sequential up2;
  nn::Conv2d lift1;
  nn::Sequential up1;
  nn::Conv2d head;
};
LAMPAS_MODULE(UNet);

/// Noisy pictures (N, 1, 32, 32) of one disc each, and where the discs are (N, 32, 32).
inline std::pair<Tensor, Tensor> discs(int64_t n) {
  const Tensor mask = lampas::zeros({n, 32, 32}, lampas::kLong);
  auto m = mask.accessor<int64_t, 3>();
  for (int64_t k = 0; k < n; ++k)
    for (int64_t i = 0; i < 32; ++i)
      for (int64_t j = 0; j < 32; ++j) {
        const int64_t di = i - (8 + 5 * k % 17), dj = j - (10 + 7 * k % 13), r = 4 + k % 5;
        m[k][i][j] = di * di + dj * dj <= r * r;
      }
  const Tensor noise = lampas::randn({n, 1, 32, 32});
  return {mask.unsqueeze(1).to(lampas::kFloat) + noise * 0.5, mask};
}

/// The losses of `steps` steps of Adam on one batch, from `seed`.
inline std::vector<double> train(uint64_t seed, int64_t width, int64_t steps) {
  lampas::manual_seed(seed);
  UNet net(1, 2, width);
  const auto [x, y] = discs(4);
  lampas::optim::Adam adam(net->parameters(), lampas::optim::AdamOptions(1e-3));
  std::vector<double> losses;
  for (int64_t k = 0; k < steps; ++k) {
    adam.zero_grad();
    const Tensor loss = nn::functional::cross_entropy(net->forward(x), y);
    loss.backward();
    for (const Tensor& p : net->parameters())
      lampas::check(p.grad().isfinite().all().item<bool>(), "unet: a gradient is not finite");
    adam.step();
    losses.push_back(loss.item<double>());
  }
  return losses;
}

}  // namespace unet
