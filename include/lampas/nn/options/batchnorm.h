#pragma once

#include <optional>

#include "lampas/base/arg.h"
#include "lampas/tensor/tensor.h"

namespace lampas::nn {

struct LAMPAS_API BatchNormOptions {
  BatchNormOptions(int64_t num_features) : num_features_(num_features) {}
  /// Channels: size(1) of the input.
  LAMPAS_ARG(int64_t, num_features);
  /// Added to the variance.
  LAMPAS_ARG(double, eps) = 1e-5;
  /// Weight of a new batch in the running statistics; none: plain average over all batches.
  LAMPAS_ARG(std::optional<double>, momentum) = 0.1;
  /// Whether a scale and a shift per channel are learnt.
  LAMPAS_ARG(bool, affine) = true;
  /// Whether running statistics are kept, and used in evaluation.
  LAMPAS_ARG(bool, track_running_stats) = true;
};
using BatchNorm1dOptions = BatchNormOptions;
using BatchNorm2dOptions = BatchNormOptions;
using BatchNorm3dOptions = BatchNormOptions;

namespace functional {
struct BatchNormFuncOptions {
  /// (C), or undefined.
  LAMPAS_LAZY_ARG(Tensor, weight) = Tensor();
  /// (C), or undefined.
  LAMPAS_LAZY_ARG(Tensor, bias) = Tensor();
  /// Normalise with the statistics of the batch, and update the running ones.
  LAMPAS_ARG(bool, training) = false;
  LAMPAS_ARG(std::optional<double>, momentum) = 0.1;
  LAMPAS_ARG(double, eps) = 1e-5;
};
}  // namespace functional

}  // namespace lampas::nn
