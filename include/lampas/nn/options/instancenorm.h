#pragma once

#include "lampas/base/arg.h"
#include "lampas/tensor/tensor.h"

namespace lampas::nn {

struct LAMPAS_API InstanceNormOptions {
  InstanceNormOptions(int64_t num_features) : num_features_(num_features) {}
  /// Channels: size(1) of a batch.
  LAMPAS_ARG(int64_t, num_features);
  /// Added to the variance.
  LAMPAS_ARG(double, eps) = 1e-5;
  /// Weight of a new batch in the running statistics.
  LAMPAS_ARG(double, momentum) = 0.1;
  /// Whether a scale and a shift per channel are learnt.
  LAMPAS_ARG(bool, affine) = false;
  /// Whether running statistics are kept in training, and used in evaluation.
  LAMPAS_ARG(bool, track_running_stats) = false;
};
using InstanceNorm1dOptions = InstanceNormOptions;
using InstanceNorm2dOptions = InstanceNormOptions;
using InstanceNorm3dOptions = InstanceNormOptions;

namespace functional {
struct InstanceNormFuncOptions {
  /// (C), or undefined; updated when the input's own statistics are used.
  LAMPAS_LAZY_ARG(Tensor, running_mean) = Tensor();
  /// (C), or undefined; updated when the input's own statistics are used.
  LAMPAS_LAZY_ARG(Tensor, running_var) = Tensor();
  /// (C), or undefined.
  LAMPAS_LAZY_ARG(Tensor, weight) = Tensor();
  /// (C), or undefined.
  LAMPAS_LAZY_ARG(Tensor, bias) = Tensor();
  /// Normalise with the statistics of each sample instead of the running ones.
  LAMPAS_ARG(bool, use_input_stats) = true;
  /// Weight of a new batch in the running statistics.
  LAMPAS_ARG(double, momentum) = 0.1;
  /// Added to the variance.
  LAMPAS_ARG(double, eps) = 1e-5;
};
}  // namespace functional

}  // namespace lampas::nn
