#pragma once

#include <utility>
#include <vector>

#include "lampas/base/arg.h"
#include "lampas/tensor/tensor.h"

namespace lampas::nn {

struct AdaptiveLogSoftmaxWithLossOptions {
  AdaptiveLogSoftmaxWithLossOptions(int64_t in_features, int64_t n_classes, std::vector<int64_t> cutoffs)
      : in_features_(in_features), n_classes_(n_classes), cutoffs_(std::move(cutoffs)) {}
  /// Size of the input's last dimension.
  LAMPAS_ARG(int64_t, in_features);
  /// Classes, sorted by frequency, the most frequent first.
  LAMPAS_ARG(int64_t, n_classes);
  /// First class of each cluster: increasing, in 1 .. n_classes - 1.
  LAMPAS_LAZY_ARG(std::vector<int64_t>, cutoffs);
  /// Cluster i's projection has in_features / div_value^i features (rounded down).
  LAMPAS_ARG(double, div_value) = 4.0;
  /// Whether the head has a bias.
  LAMPAS_ARG(bool, head_bias) = false;
};

}  // namespace lampas::nn
