#pragma once

#include "lampas/nn/options/activation.h"
#include "lampas/tensor/tensor.h"

/// Activations with options. `inplace` writes the result into the input and returns it. Formulas and errors stand with
/// the ops of the same names (ops/activation.h).
namespace lampas::nn::functional {

/// x > 0 ? x : alpha * (exp(x) - 1).
LAMPAS_API Tensor elu(Tensor input, const ELUFuncOptions& options = {});
/// 1.0507 * (x > 0 ? x : 1.6733 * (exp(x) - 1)).
LAMPAS_API Tensor selu(Tensor input, const SELUFuncOptions& options = {});
/// max(0, x) + min(0, alpha * (exp(x / alpha) - 1)).
LAMPAS_API Tensor celu(Tensor input, const CELUFuncOptions& options = {});
/// x times the normal distribution function of x.
LAMPAS_API Tensor gelu(const Tensor& input, const GELUFuncOptions& options = {});
/// x * sigmoid(x).
LAMPAS_API Tensor silu(const Tensor& input);
/// x * tanh(softplus(x)).
LAMPAS_API Tensor mish(const Tensor& input);
/// The first half along a dimension times the sigmoid of the second.
LAMPAS_API Tensor glu(const Tensor& input, const GLUFuncOptions& options = {});
/// max(x, 0).
LAMPAS_API Tensor relu(Tensor input, const ReLUFuncOptions& options = {});
/// min(max(x, 0), 6).
LAMPAS_API Tensor relu6(Tensor input, const ReLU6FuncOptions& options = {});
/// x > 0 ? x : negative_slope * x.
LAMPAS_API Tensor leaky_relu(Tensor input, const LeakyReLUFuncOptions& options = {});
/// x > 0 ? x : weight * x, one weight for all or for each channel.
LAMPAS_API Tensor prelu(const Tensor& input, const Tensor& weight);
/// leaky_relu with slopes drawn for each element in training.
LAMPAS_API Tensor rrelu(Tensor input, const RReLUFuncOptions& options = {});
/// min(max(x, min_val), max_val), min_val < max_val.
LAMPAS_API Tensor hardtanh(Tensor input, const HardtanhFuncOptions& options = {});
/// |x| > lambda ? x : 0.
LAMPAS_API Tensor hardshrink(const Tensor& input, const HardshrinkFuncOptions& options = {});
/// x moved toward 0 by lambda, as far as 0.
LAMPAS_API Tensor softshrink(const Tensor& input, const SoftshrinkFuncOptions& options = {});
/// log(1 + exp(beta * x)) / beta, or x where beta * x > threshold.
LAMPAS_API Tensor softplus(const Tensor& input, const SoftplusFuncOptions& options = {});
/// log(sigmoid(x)).
LAMPAS_API Tensor logsigmoid(const Tensor& input);
/// x / (1 + |x|).
LAMPAS_API Tensor softsign(const Tensor& input);
/// x - tanh(x).
LAMPAS_API Tensor tanhshrink(const Tensor& input);
/// x > threshold ? x : value.
LAMPAS_API Tensor threshold(Tensor input, const ThresholdFuncOptions& options);
/// exp(x) / sum exp(x) along a dimension.
LAMPAS_API Tensor softmax(const Tensor& input, const SoftmaxFuncOptions& options = {});
/// log(softmax(x)), computed without overflow.
LAMPAS_API Tensor log_softmax(const Tensor& input, const LogSoftmaxFuncOptions& options = {});
/// softmax(-x).
LAMPAS_API Tensor softmin(const Tensor& input, const SoftminFuncOptions& options = {});
/// softmax((logits + noise) / tau) with noise from the Gumbel distribution, drawn from the default generator: a sample
/// of the categorical distribution, softened. (Jang et al., https://arxiv.org/abs/1611.01144)
LAMPAS_API Tensor gumbel_softmax(const Tensor& logits, const GumbelSoftmaxFuncOptions& options = {});

}  // namespace lampas::nn::functional
