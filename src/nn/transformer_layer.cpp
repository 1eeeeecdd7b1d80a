#include "nn/transformer_layer.h"

#include <cmath>

#include "lampas/ops/pointwise.h"
#include "ops/activation.h"
#include "ops/elementwise_op.h"

namespace lampas::nn::detail {

namespace {

/// The slope of gelu, times g: fused, with the derivative for the next order.
struct GeluBackward {
  static constexpr auto name = "gelu_backward";
  using saves = Saves<In<0>, In<1>>;
  Tensor forward(const Tensor& g, const Tensor& x) const {
    return elementwise({name, gelu_backward_kernel, Elementwise::floating}, nullptr, {}, {&g, &x});
  }
  Grads<2> backward(const Tensor& v, const Needs<2>& need, const Tensor& g, const Tensor& x) const {
    Grads<2> d;
    if (need[0]) d[0] = apply(GeluBackward{}, v, x);
    // d/dx (Phi(x) + x phi(x)) = phi(x) (2 - x^2)
    if (need[1]) {
      const Tensor square = x.square(), density = square.mul(-0.5).exp().mul(1 / std::sqrt(2 * std::acos(-1.0)));
      d[1] = v.mul(g).mul(density).mul(rsub(square, 2));
    }
    return d;
  }
};

/// x Phi(x), Phi the standard normal distribution function.
struct Gelu {
  static constexpr auto name = "gelu";
  using saves = Saves<In<0>>;
  Tensor forward(const Tensor& x) const {
    return elementwise({name, gelu_kernel, Elementwise::floating}, nullptr, {}, {&x});
  }
  Grads<1> backward(const Tensor& g, const Needs<1>&, const Tensor& x) const { return {apply(GeluBackward{}, g, x)}; }
};

}  // namespace

Tensor activate(const activation_t& activation, const Tensor& x) {
  if (std::holds_alternative<enumtype::kReLU>(activation)) return lampas::relu(x);
  if (std::holds_alternative<enumtype::kGELU>(activation)) return apply(Gelu{}, x);
  const auto& f = std::get<std::function<Tensor(const Tensor&)>>(activation);
  check(static_cast<bool>(f), "Transformer: the activation is an empty function");
  return f(x);
}

}  // namespace lampas::nn::detail
