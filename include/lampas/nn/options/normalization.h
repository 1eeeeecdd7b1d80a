#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "lampas/base/arg.h"
#include "lampas/tensor/tensor.h"

namespace lampas::nn {

struct LayerNormOptions {
  LayerNormOptions(std::vector<int64_t> normalized_shape) : normalized_shape_(std::move(normalized_shape)) {}
  /// The trailing dimensions that are normalised together.
  LAMPAS_LAZY_ARG(std::vector<int64_t>, normalized_shape);
  /// Added to the variance.
  LAMPAS_ARG(double, eps) = 1e-5;
  /// Whether a scale and a shift per element are learnt.
  LAMPAS_ARG(bool, elementwise_affine) = true;
};

struct LocalResponseNormOptions {
  LocalResponseNormOptions(int64_t size) : size_(size) {}
  /// Channels that are summed over.
  LAMPAS_ARG(int64_t, size);
  /// Weight of the sum of squares, divided by size.
  LAMPAS_ARG(double, alpha) = 1e-4;
  /// Exponent.
  LAMPAS_ARG(double, beta) = 0.75;
  /// Added to the weighted sum.
  LAMPAS_ARG(double, k) = 1.0;
};

struct CrossMapLRN2dOptions {
  CrossMapLRN2dOptions(int64_t size) : size_(size) {}
  /// Channels that are summed over, the nearest odd number below if even.
  LAMPAS_ARG(int64_t, size);
  /// Weight of the sum of squares, divided by size.
  LAMPAS_ARG(double, alpha) = 1e-4;
  /// Exponent.
  LAMPAS_ARG(double, beta) = 0.75;
  /// Added to the weighted sum.
  LAMPAS_ARG(int64_t, k) = 1;
};

struct GroupNormOptions {
  GroupNormOptions(int64_t num_groups, int64_t num_channels) : num_groups_(num_groups), num_channels_(num_channels) {}
  /// Groups the channels are divided into.
  LAMPAS_ARG(int64_t, num_groups);
  /// Channels: size(1) of the input.
  LAMPAS_ARG(int64_t, num_channels);
  /// Added to the variance.
  LAMPAS_ARG(double, eps) = 1e-5;
  /// Whether a scale and a shift per channel are learnt.
  LAMPAS_ARG(bool, affine) = true;
};

namespace functional {
struct LayerNormFuncOptions {
  LayerNormFuncOptions(std::vector<int64_t> normalized_shape) : normalized_shape_(std::move(normalized_shape)) {}
  /// The trailing dimensions that are normalised together.
  LAMPAS_LAZY_ARG(std::vector<int64_t>, normalized_shape);
  /// Of normalized_shape, or undefined.
  LAMPAS_LAZY_ARG(Tensor, weight) = {};
  /// Of normalized_shape, or undefined.
  LAMPAS_LAZY_ARG(Tensor, bias) = {};
  /// Added to the variance.
  LAMPAS_ARG(double, eps) = 1e-5;
};

using LocalResponseNormFuncOptions = LocalResponseNormOptions;

struct NormalizeFuncOptions {
  /// Exponent of the norm.
  LAMPAS_ARG(double, p) = 2.0;
  /// Dimension the norm is taken along.
  LAMPAS_ARG(int64_t, dim) = 1;
  /// Smallest norm divided by.
  LAMPAS_ARG(double, eps) = 1e-12;
  /// Receives the result (no derivative), if given.
  LAMPAS_LAZY_ARG(std::optional<Tensor>, out) = std::nullopt;
};

struct GroupNormFuncOptions {
  GroupNormFuncOptions(int64_t num_groups) : num_groups_(num_groups) {}
  /// Groups the channels are divided into.
  LAMPAS_ARG(int64_t, num_groups);
  /// (C), or undefined.
  LAMPAS_LAZY_ARG(Tensor, weight) = {};
  /// (C), or undefined.
  LAMPAS_LAZY_ARG(Tensor, bias) = {};
  /// Added to the variance.
  LAMPAS_ARG(double, eps) = 1e-5;
};
}  // namespace functional

}  // namespace lampas::nn
