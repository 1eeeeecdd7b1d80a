// Activations, forward alone and with the gradient, in a cache (64 Ki elements) and out of it (4 Mi).
#include <torch/torch.h>

#include "harness.h"

namespace {
using bench::keep;
using bench::row;
using torch::Tensor;
namespace F = torch::nn::functional;

constexpr int64_t sizes[] = {int64_t{1} << 16, int64_t{1} << 22};

std::string label(const std::string& op, int64_t n, const char* what) {
  return "activation/" + op + what + (n >> 20 ? " 4M" : " 64K");
}

template <class Op>
void activation(const std::string& op, Op f) {
  for (int64_t n : sizes) {
    row(label(op, n, ""), [f, n] { return [f, x = torch::randn({n / 64, 64})] { keep(f(x)); }; }, {0, 8.0 * n});
    // Forward reads x and writes y; backward reads the gradient and one of them and writes a gradient.
    row(label(op, n, ", forward and backward"),
        [f, n] {
          return [f, x = torch::randn({n / 64, 64}).requires_grad_(), g = torch::randn({n / 64, 64})] {
            keep(torch::autograd::grad({f(x)}, {x}, {g}));
          };
        },
        {0, 20.0 * n});
  }
}

const bench::Register all([] {
  activation("relu", [](const Tensor& x) { return torch::relu(x); });
  activation("relu6", [](const Tensor& x) { return F::relu6(x); });
  activation("leaky_relu", [](const Tensor& x) { return torch::leaky_relu(x, 0.1); });
  activation("elu", [](const Tensor& x) { return torch::elu(x); });
  activation("selu", [](const Tensor& x) { return torch::selu(x); });
  activation("celu", [](const Tensor& x) { return torch::celu(x, 1.5); });
  activation("gelu", [](const Tensor& x) { return F::gelu(x); });
  activation("gelu tanh", [](const Tensor& x) { return F::gelu(x, F::GELUFuncOptions().approximate("tanh")); });
  activation("silu", [](const Tensor& x) { return torch::silu(x); });
  activation("mish", [](const Tensor& x) { return torch::mish(x); });
  activation("sigmoid", [](const Tensor& x) { return torch::sigmoid(x); });
  activation("tanh", [](const Tensor& x) { return torch::tanh(x); });
  activation("softplus", [](const Tensor& x) { return torch::softplus(x); });
  activation("log_sigmoid", [](const Tensor& x) { return torch::log_sigmoid(x); });
  activation("softsign", [](const Tensor& x) { return F::softsign(x); });
  activation("tanhshrink", [](const Tensor& x) { return F::tanhshrink(x); });
  activation("hardtanh", [](const Tensor& x) { return torch::hardtanh(x); });
  activation("hardsigmoid", [](const Tensor& x) { return torch::hardsigmoid(x); });
  activation("hardswish", [](const Tensor& x) { return torch::hardswish(x); });
  activation("hardshrink", [](const Tensor& x) { return torch::hardshrink(x, 0.5); });
  activation("softshrink", [](const Tensor& x) { return torch::softshrink(x, 0.5); });
  activation("threshold", [](const Tensor& x) { return torch::threshold(x, 0.1, 20); });
  activation("prelu", [w = torch::full({64}, 0.25)](const Tensor& x) { return torch::prelu(x, w); });
  for (int64_t n : sizes)
    row(label("glu", n, ", forward and backward"),
        [n] {
          return [x = torch::randn({n / 64, 64}).requires_grad_(), g = torch::randn({n / 64, 32})] {
            keep(torch::autograd::grad({torch::glu(x)}, {x}, {g}));
          };
        },
        {0, 18.0 * n});
  for (int64_t n : sizes)
    row(label("relu_", n, ""),
        [n] {
          return [x = torch::randn({n / 64, 64})]() mutable { keep(torch::relu_(x)); };
        },
        {0, 8.0 * n});
});

}  // namespace
