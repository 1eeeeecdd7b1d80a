#pragma once

#include <limits>
#include <optional>
#include <string>

#include "lampas/base/arg.h"
#include "lampas/core/dtype.h"

namespace lampas::nn {

struct ELUOptions {
  /// What the result tends to for very negative inputs, negated.
  LAMPAS_ARG(double, alpha) = 1.0;
  LAMPAS_ARG(bool, inplace) = false;
};
struct SELUOptions {
  SELUOptions(bool inplace = false) : inplace_(inplace) {}
  LAMPAS_ARG(bool, inplace);
};
struct CELUOptions {
  /// As ELU's, and the scale of the input's negative part. Not 0.
  LAMPAS_ARG(double, alpha) = 1.0;
  LAMPAS_ARG(bool, inplace) = false;
};
struct GLUOptions {
  GLUOptions(int64_t dim = -1) : dim_(dim) {}
  /// Dimension that is halved.
  LAMPAS_ARG(int64_t, dim);
};
struct GELUOptions {
  /// "none", or "tanh" for the approximation by tanh.
  LAMPAS_LAZY_ARG(std::string, approximate) = "none";
};
struct HardshrinkOptions {
  HardshrinkOptions(double lambda = 0.5) : lambda_(lambda) {}
  /// Inputs up to this magnitude give 0.
  LAMPAS_ARG(double, lambda);
};
struct SoftshrinkOptions {
  SoftshrinkOptions(double lambda = 0.5) : lambda_(lambda) {}
  /// What magnitudes are reduced by, down to 0. Not negative.
  LAMPAS_ARG(double, lambda);
};
struct HardtanhOptions {
  /// Bounds of the result, min_val < max_val.
  LAMPAS_ARG(double, min_val) = -1.0;
  LAMPAS_ARG(double, max_val) = 1.0;
  LAMPAS_ARG(bool, inplace) = false;

 public:
  [[deprecated("use min_val")]] HardtanhOptions& min_value(double v) { return min_val(v); }
  [[deprecated("use max_val")]] HardtanhOptions& max_value(double v) { return max_val(v); }
};
struct LeakyReLUOptions {
  /// Slope of the negative part.
  LAMPAS_ARG(double, negative_slope) = 1e-2;
  LAMPAS_ARG(bool, inplace) = false;
};
struct PReLUOptions {
  /// Number of slopes: 1, or the number of channels.
  LAMPAS_ARG(int64_t, num_parameters) = 1;
  /// Their first value.
  LAMPAS_ARG(double, init) = 0.25;
};
struct ReLUOptions {
  ReLUOptions(bool inplace = false) : inplace_(inplace) {}
  LAMPAS_ARG(bool, inplace);
};
struct ReLU6Options {
  ReLU6Options(bool inplace = false) : inplace_(inplace) {}
  LAMPAS_ARG(bool, inplace);
};
struct RReLUOptions {
  /// Bounds of the slopes drawn in training, lower <= upper.
  LAMPAS_ARG(double, lower) = 1.0 / 8.0;
  LAMPAS_ARG(double, upper) = 1.0 / 3.0;
  LAMPAS_ARG(bool, inplace) = false;
};
struct SoftplusOptions {
  /// Sharpness. Not 0.
  LAMPAS_ARG(double, beta) = 1.0;
  /// Where beta * x exceeds it, the result is x.
  LAMPAS_ARG(double, threshold) = 20.0;
};
struct ThresholdOptions {
  ThresholdOptions(double threshold, double value) : threshold_(threshold), value_(value) {}
  /// Inputs that do not exceed it are replaced.
  LAMPAS_ARG(double, threshold);
  /// What they are replaced by.
  LAMPAS_ARG(double, value);
  LAMPAS_ARG(bool, inplace) = false;
};
struct HardsigmoidOptions {
  HardsigmoidOptions(bool inplace = false) : inplace_(inplace) {}
  LAMPAS_ARG(bool, inplace);
};
struct HardswishOptions {
  HardswishOptions(bool inplace = false) : inplace_(inplace) {}
  LAMPAS_ARG(bool, inplace);
};

/// No dimension given: dimension 0 of tensors with 0, 1 or 3 dimensions, dimension 1 of others. Deprecated, with a
/// warning when used.
inline constexpr int64_t kImplicitDim = std::numeric_limits<int64_t>::min();

struct SoftmaxOptions {
  SoftmaxOptions(int64_t dim = kImplicitDim) : dim_(dim) {}
  /// Dimension along which the results sum to one.
  LAMPAS_ARG(int64_t, dim);
};
struct LogSoftmaxOptions {
  LogSoftmaxOptions(int64_t dim = kImplicitDim) : dim_(dim) {}
  /// Dimension along which the exponentials of the results sum to one.
  LAMPAS_ARG(int64_t, dim);
};
struct SoftminOptions {
  SoftminOptions(int64_t dim = kImplicitDim) : dim_(dim) {}
  /// Dimension along which the results sum to one.
  LAMPAS_ARG(int64_t, dim);
};

namespace functional {
using ELUFuncOptions = ELUOptions;
using SELUFuncOptions = SELUOptions;
using CELUFuncOptions = CELUOptions;
using GLUFuncOptions = GLUOptions;
using GELUFuncOptions = GELUOptions;
using HardshrinkFuncOptions = HardshrinkOptions;
using SoftshrinkFuncOptions = SoftshrinkOptions;
using HardtanhFuncOptions = HardtanhOptions;
using LeakyReLUFuncOptions = LeakyReLUOptions;
using ReLUFuncOptions = ReLUOptions;
using ReLU6FuncOptions = ReLU6Options;
using SoftplusFuncOptions = SoftplusOptions;
using ThresholdFuncOptions = ThresholdOptions;

struct RReLUFuncOptions {
  /// Bounds of the slopes drawn in training, lower <= upper.
  LAMPAS_ARG(double, lower) = 1.0 / 8.0;
  LAMPAS_ARG(double, upper) = 1.0 / 3.0;
  /// Whether slopes are drawn; otherwise every slope is their mean.
  LAMPAS_ARG(bool, training) = false;
  LAMPAS_ARG(bool, inplace) = false;
};
struct GumbelSoftmaxFuncOptions {
  /// Temperature, positive: the smaller, the closer to one-hot.
  LAMPAS_ARG(double, tau) = 1.0;
  /// One-hot results with the gradient of the soft ones.
  LAMPAS_ARG(bool, hard) = false;
  LAMPAS_ARG(int, dim) = -1;
};

struct SoftmaxFuncOptions {
  SoftmaxFuncOptions(int64_t dim = kImplicitDim) : dim_(dim) {}
  LAMPAS_ARG(int64_t, dim);
  /// The input is converted to it first.
  LAMPAS_ARG(std::optional<Dtype>, dtype) = std::nullopt;
};
struct LogSoftmaxFuncOptions {
  LogSoftmaxFuncOptions(int64_t dim = kImplicitDim) : dim_(dim) {}
  LAMPAS_ARG(int64_t, dim);
  /// The input is converted to it first.
  LAMPAS_ARG(std::optional<Dtype>, dtype) = std::nullopt;
};
struct SoftminFuncOptions {
  SoftminFuncOptions(int64_t dim = kImplicitDim) : dim_(dim) {}
  LAMPAS_ARG(int64_t, dim);
  /// The input is converted to it first.
  LAMPAS_ARG(std::optional<Dtype>, dtype) = std::nullopt;
};
}  // namespace functional

}  // namespace lampas::nn
