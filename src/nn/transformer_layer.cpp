#include "nn/transformer_layer.h"

#include "lampas/ops/activation.h"

namespace lampas::nn::detail {

Tensor activate(const activation_t& activation, const Tensor& x) {
  if (std::holds_alternative<enumtype::kReLU>(activation)) return lampas::relu(x);
  if (std::holds_alternative<enumtype::kGELU>(activation)) return lampas::gelu(x);
  const auto& f = std::get<std::function<Tensor(const Tensor&)>>(activation);
  check(static_cast<bool>(f), "Transformer: the activation is an empty function");
  return f(x);
}

}  // namespace lampas::nn::detail
