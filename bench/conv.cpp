// Convolutions in plain NCHW tensors, forward alone and forward with both gradients; and networks of layers in which
// images need not return to NCHW in between.
#include <torch/torch.h>

#include "harness.h"

namespace {
using bench::row;
namespace F = torch::nn::functional;

struct Shape {
  const char* name;
  int64_t batch, in, out, size, kernel, stride, padding, groups;
};
constexpr Shape shapes[] = {
    {"8x64x56x56, 64 3x3", 8, 64, 64, 56, 3, 1, 1, 1},
    {"8x3x64x64, 32 7x7 stride 2", 8, 3, 32, 64, 7, 2, 3, 1},
    {"8x128x28x28, 128 3x3 stride 2", 8, 128, 128, 28, 3, 2, 1, 1},
    {"8x256x14x14, 64 1x1", 8, 256, 64, 14, 1, 1, 0, 1},
    {"8x64x28x28, depthwise 3x3", 8, 64, 64, 28, 3, 1, 1, 64},
    {"64x1x28x28, 20 5x5", 64, 1, 20, 28, 5, 1, 0, 1},
    {"64x20x12x12, 50 5x5", 64, 20, 50, 12, 5, 1, 0, 1},
    {"1x16x32x32, 16 3x3", 1, 16, 16, 32, 3, 1, 1, 1},
};

const bench::Register all([] {
  for (const Shape& s : shapes) {
    const double side = static_cast<double>((s.size + 2 * s.padding - s.kernel) / s.stride + 1);
    const double flops = 2.0 * s.batch * s.out * side * side * s.kernel * s.kernel * s.in / s.groups;
    const double bytes = 4.0 * (s.batch * (s.in * s.size * s.size + s.out * side * side) +
                                s.out * s.in / s.groups * s.kernel * s.kernel);
    row(std::string("conv/") + s.name,
        [s] {
          return [s, x = torch::rand({s.batch, s.in, s.size, s.size}),
                  w = torch::rand({s.out, s.in / s.groups, s.kernel, s.kernel}), b = torch::rand({s.out})] {
            // Looking at the result makes sure that it is NCHW in memory.
            bench::keep(
                F::conv2d(x, w, F::Conv2dFuncOptions().bias(b).stride(s.stride).padding(s.padding).groups(s.groups))
                    .data_ptr());
          };
        },
        {flops, bytes});
    row(std::string("conv/") + s.name + ", forward and backward",
        [s] {
          auto f = F::Conv2dFuncOptions().stride(s.stride).padding(s.padding).groups(s.groups);
          auto x = torch::rand({s.batch, s.in, s.size, s.size}, torch::requires_grad());
          auto w = torch::rand({s.out, s.in / s.groups, s.kernel, s.kernel}, torch::requires_grad());
          f.bias(torch::rand({s.out}, torch::requires_grad()));
          auto g = torch::rand_like(F::conv2d(x, w, f)).detach();
          return [x, w, f, g] {
            F::conv2d(x, w, f).backward(g);
            bench::keep(x.grad().data_ptr());
          };
        },
        {3 * flops, 3 * bytes});
  }
  const auto network = [](torch::Tensor x, const std::vector<torch::Tensor>& w) {
    x = F::conv2d(x, w[0], F::Conv2dFuncOptions().bias(w[1]).padding(1)).relu();
    x = F::conv2d(x, w[2], F::Conv2dFuncOptions().bias(w[3]).padding(1)).relu() + x;
    x = torch::max_pool2d(x, 2);
    x = F::conv2d(x, w[4], F::Conv2dFuncOptions().bias(w[5]).padding(1)).relu();
    return torch::avg_pool2d(x, 14).flatten(1);
  };
  const auto weights = [] {
    std::vector<torch::Tensor> w;
    for (auto [out, in] : {std::pair<int64_t, int64_t>{64, 16}, {64, 64}, {128, 64}}) {
      w.push_back((torch::rand({out, in, 3, 3}) / 10).requires_grad_());
      w.push_back(torch::rand({out}).requires_grad_());
    }
    return w;
  };
  const double network_flops = 2.0 * 8 * 9 * (28 * 28 * (16 * 64 + 64 * 64) + 14 * 14 * 64 * 128);
  row("conv/three layers of 8x16x28x28, inference",
      [=] {
        return [network, w = weights(), x = torch::rand({8, 16, 28, 28})] {
          torch::NoGradGuard off;
          bench::keep(network(x, w).data_ptr());
        };
      },
      {network_flops});
  row("conv/three layers of 8x16x28x28, forward and backward",
      [=] {
        return [network, w = weights(), x = torch::rand({8, 16, 28, 28}), g = torch::rand({8, 128})] {
          network(x, w).backward(g);
        };
      },
      {3 * network_flops});

  const auto residual = [] {
    using namespace torch::nn;
    const auto conv = [] { return Conv2d(Conv2dOptions(64, 64, 3).padding(1).bias(false)); };
    return [a = conv(), b = conv(), m = BatchNorm2d(64), n = BatchNorm2d(64)](const torch::Tensor& x) mutable {
      return (n(b(torch::relu(m(a(x))))) + x).relu();
    };
  };
  const double residual_flops = 2.0 * 2 * 8 * 28 * 28 * 9 * 64 * 64;
  row("conv/residual block of 8x64x28x28, training, no gradients",
      [=] {
        return [net = residual(), x = torch::rand({8, 64, 28, 28})]() mutable {
          torch::NoGradGuard off;
          bench::keep(net(x).data_ptr());
        };
      },
      {residual_flops});
  row("conv/residual block of 8x64x28x28, training, forward and backward",
      [=] {
        return [net = residual(), x = torch::rand({8, 64, 28, 28}, torch::requires_grad()),
                g = torch::rand({8, 64, 28, 28})]() mutable { net(x).backward(g); };
      },
      {3 * residual_flops});
});

}  // namespace
