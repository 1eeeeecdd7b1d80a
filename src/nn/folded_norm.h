#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "lampas/nn/any.h"

namespace lampas::nn::detail {

/// Convolutions of a chain that do what the batch norm behind them does as well: in evaluation, where no gradients are
/// recorded, that norm is a factor and a summand per channel, which the weight and bias can take in
/// (nn::utils::fuse_conv_bn_weights). Folded weights are kept for as long as nothing they were made of is written to.
/// Safe to use from several threads.
class FoldedNorms {
 public:
  /// x = norm(conv(x)) by one convolution; false, and nothing done, unless both are of these kinds, no hook sees what
  /// passes between them, and x and the norm are such that the result is the same but for rounding.
  bool run(size_t position, AnyModule& conv, AnyModule& norm, Tensor& x);

 private:
  struct Folded;
  template <class Conv, class Norm>
  std::shared_ptr<const Folded> folded(size_t position, Conv& conv, Norm& norm);

  std::mutex mutex_;
  std::vector<std::shared_ptr<const Folded>> kept_;  // by the convolution's position
};

}  // namespace lampas::nn::detail
