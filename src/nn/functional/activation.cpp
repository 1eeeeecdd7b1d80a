#include "lampas/nn/functional/activation.h"

#include "lampas/ops/softmax.h"

namespace lampas::nn::functional {

Tensor relu(Tensor input, const ReLUFuncOptions& options) { return options.inplace() ? input.relu_() : input.relu(); }
Tensor softmax(const Tensor& input, const SoftmaxFuncOptions& options) {
  return lampas::softmax(input, options.dim(), options.dtype());
}
Tensor log_softmax(const Tensor& input, const LogSoftmaxFuncOptions& options) {
  return lampas::log_softmax(input, options.dim(), options.dtype());
}
Tensor softmin(const Tensor& input, const SoftminFuncOptions& options) {
  return lampas::softmax(-input, options.dim(), options.dtype());
}

}  // namespace lampas::nn::functional
