#include "lampas/nn/functional/pooling.h"

#include "lampas/ops/pool.h"

namespace lampas::nn::functional {

Tensor avg_pool2d(const Tensor& input, const AvgPool2dFuncOptions& o) {
  return lampas::avg_pool2d(input, o.kernel_size(), o.stride(), o.padding(), o.ceil_mode(), o.count_include_pad(),
                            o.divisor_override());
}
Tensor max_pool2d(const Tensor& input, const MaxPool2dFuncOptions& o) {
  return lampas::max_pool2d(input, o.kernel_size(), o.stride(), o.padding(), o.dilation(), o.ceil_mode());
}
std::tuple<Tensor, Tensor> max_pool2d_with_indices(const Tensor& input, const MaxPool2dFuncOptions& o) {
  return lampas::max_pool2d_with_indices(input, o.kernel_size(), o.stride(), o.padding(), o.dilation(), o.ceil_mode());
}

}  // namespace lampas::nn::functional
