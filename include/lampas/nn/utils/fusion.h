#pragma once

#include <memory>
#include <optional>
#include <tuple>

#include "lampas/nn/init.h"
#include "lampas/nn/pimpl.h"
#include "lampas/nn/utils/target.h"

namespace lampas::nn::utils {

/// Weight and bias of a convolution that does what convolution and then batch normalisation with running statistics do:
/// w * s and (b - mean) * s + beta, s = gamma / sqrt(var + eps). Undefined b, gamma, beta stand for 0, 1, 0.
/// `transpose`: the weight's dimension 1 holds the output channels (groups of 1).
LAMPAS_API std::tuple<Tensor, Tensor> fuse_conv_bn_weights(const Tensor& conv_w, const Tensor& conv_b,
                                                           const Tensor& bn_rm, const Tensor& bn_rv, double bn_eps,
                                                           const Tensor& bn_w, const Tensor& bn_b,
                                                           bool transpose = false);
LAMPAS_API std::tuple<Tensor, Tensor> fuse_linear_bn_weights(const Tensor& linear_w, const Tensor& linear_b,
                                                             const Tensor& bn_rm, const Tensor& bn_rv, double bn_eps,
                                                             const Tensor& bn_w, const Tensor& bn_b);

namespace detail {
/// Registers `value` as parameter `name`, in the place of one that may be switched off, and returns it.
LAMPAS_API Tensor set_parameter(Module& module, const std::string& name, const Tensor& value, bool requires_grad);
LAMPAS_API void check_fusable(const Module& a, const Module& bn, const Tensor& running_mean);

template <class Layer, class Norm, class Fuse>
Layer fuse(const Layer& layer, const Norm& bn, const Fuse& weights) {
  using Impl = typename Layer::ContainedType;
  check_fusable(*layer, *bn, bn->running_mean);
  Layer fused{nullptr};
  {
    const init::SkipGuard skip;  // the clone's values come from the original: nothing is to be drawn
    fused = Layer(std::dynamic_pointer_cast<Impl>(layer->clone()));
  }
  const auto [w, b] =
      weights(fused->weight, fused->bias, bn->running_mean, bn->running_var, bn->options.eps(), bn->weight, bn->bias);
  const bool requires_grad = fused->weight.requires_grad();
  fused->weight = set_parameter(*fused, "weight", w, requires_grad);
  fused->bias = set_parameter(*fused, "bias", b, requires_grad);
  fused->options.bias(true);
  return fused;
}
}  // namespace detail

/// A copy of a convolution that also does what the batch normalisation behind it does. Both must be in evaluation mode.
template <class Conv, class BatchNorm>
Conv fuse_conv_bn_eval(const Conv& conv, const BatchNorm& bn, bool transpose = false) {
  return detail::fuse(conv, bn, [&](const auto&... t) { return fuse_conv_bn_weights(t..., transpose); });
}
/// The same for a linear layer and BatchNorm1d.
template <class Linear, class BatchNorm>
Linear fuse_linear_bn_eval(const Linear& linear, const BatchNorm& bn) {
  return detail::fuse(linear, bn, [](const auto&... t) { return fuse_linear_bn_weights(t...); });
}

}  // namespace lampas::nn::utils
