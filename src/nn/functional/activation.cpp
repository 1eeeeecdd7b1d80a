#include "lampas/nn/functional/activation.h"

#include "lampas/ops/activation.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/index.h"
#include "lampas/ops/pointwise.h"
#include "lampas/ops/reduce.h"
#include "lampas/ops/softmax.h"
#include "ops/defined.h"

namespace lampas::nn::functional {

Tensor elu(Tensor input, const ELUFuncOptions& options) {
  if (options.inplace()) return lampas::elu_(input, options.alpha());
  return lampas::elu(input, options.alpha());
}
Tensor selu(Tensor input, const SELUFuncOptions& options) {
  if (options.inplace()) return lampas::selu_(input);
  return lampas::selu(input);
}
Tensor celu(Tensor input, const CELUFuncOptions& options) {
  if (options.inplace()) return lampas::celu_(input, options.alpha());
  return lampas::celu(input, options.alpha());
}
Tensor relu(Tensor input, const ReLUFuncOptions& options) {
  if (options.inplace()) return lampas::relu_(input);
  return lampas::relu(input);
}
Tensor relu6(Tensor input, const ReLU6FuncOptions& options) {
  if (options.inplace()) return lampas::relu6_(input);
  return lampas::relu6(input);
}
Tensor leaky_relu(Tensor input, const LeakyReLUFuncOptions& options) {
  if (options.inplace()) return lampas::leaky_relu_(input, options.negative_slope());
  return lampas::leaky_relu(input, options.negative_slope());
}
Tensor rrelu(Tensor input, const RReLUFuncOptions& options) {
  if (options.inplace()) return lampas::rrelu_(input, options.lower(), options.upper(), options.training());
  return lampas::rrelu(input, options.lower(), options.upper(), options.training());
}
Tensor threshold(Tensor input, const ThresholdFuncOptions& options) {
  if (options.inplace()) return lampas::threshold_(input, options.threshold(), options.value());
  return lampas::threshold(input, options.threshold(), options.value());
}
Tensor hardtanh(Tensor input, const HardtanhFuncOptions& options) {
  check(options.min_val() <= options.max_val(), "hardtanh: max_val must not be less than min_val, got min_val ",
        options.min_val(), " and max_val ", options.max_val());
  if (options.inplace()) return lampas::hardtanh_(input, options.min_val(), options.max_val());
  return lampas::hardtanh(input, options.min_val(), options.max_val());
}

Tensor gelu(const Tensor& input, const GELUFuncOptions& options) { return lampas::gelu(input, options.approximate()); }
Tensor silu(const Tensor& input) { return lampas::silu(input); }
Tensor mish(const Tensor& input) { return lampas::mish(input); }
Tensor glu(const Tensor& input, const GLUFuncOptions& options) { return lampas::glu(input, options.dim()); }
Tensor prelu(const Tensor& input, const Tensor& weight) { return lampas::prelu(input, weight); }
Tensor hardshrink(const Tensor& input, const HardshrinkFuncOptions& options) {
  return lampas::hardshrink(input, options.lambda());
}
Tensor softshrink(const Tensor& input, const SoftshrinkFuncOptions& options) {
  return lampas::softshrink(input, options.lambda());
}
Tensor softplus(const Tensor& input, const SoftplusFuncOptions& options) {
  return lampas::softplus(input, options.beta(), options.threshold());
}
Tensor logsigmoid(const Tensor& input) { return lampas::log_sigmoid(input); }
Tensor softsign(const Tensor& input) { return lampas::softsign(input); }
Tensor tanhshrink(const Tensor& input) { return lampas::tanhshrink(input); }

namespace {
int64_t chosen_dim(const char* op, int64_t dim, const Tensor& input) {
  if (dim != kImplicitDim) return dim;
  warn(std::string(op) + ": choosing the dimension implicitly is deprecated; pass dim");
  check_defined(op, input);
  const int64_t rank = input.dim();
  return rank == 0 || rank == 1 || rank == 3 ? 0 : 1;
}
}  // namespace
Tensor softmax(const Tensor& input, const SoftmaxFuncOptions& options) {
  return lampas::softmax(input, chosen_dim("softmax", options.dim(), input), options.dtype());
}
Tensor log_softmax(const Tensor& input, const LogSoftmaxFuncOptions& options) {
  return lampas::log_softmax(input, chosen_dim("log_softmax", options.dim(), input), options.dtype());
}
Tensor softmin(const Tensor& input, const SoftminFuncOptions& options) {
  return lampas::softmax(-input, chosen_dim("softmin", options.dim(), input), options.dtype());
}

Tensor gumbel_softmax(const Tensor& logits, const GumbelSoftmaxFuncOptions& options) {
  check(options.tau() > 0, "gumbel_softmax: expected a positive temperature tau, got ", options.tau());
  check(is_floating_point(logits.scalar_type()), "gumbel_softmax: expected floating point logits, got ", logits);
  // Drawn as PyTorch draws: minus the logarithm of exponential variates.
  const Tensor noise = empty_like(logits).exponential_().log().neg();
  const Tensor soft = lampas::softmax(logits.add(noise).div(options.tau()), options.dim());
  if (!options.hard()) return soft;
  const Tensor index = soft.argmax(options.dim(), /*keepdim=*/true);
  const Tensor one_hot = zeros_like(logits).scatter_(options.dim(), index, 1.0);
  return one_hot.sub(soft.detach()).add(soft);  // its values, the gradient of `soft`
}

}  // namespace lampas::nn::functional
