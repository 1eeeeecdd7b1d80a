#pragma once

#include <optional>

#include "lampas/base/arg.h"
#include "lampas/nn/expanding_array.h"

namespace lampas::nn {

template <size_t D>
struct AvgPoolOptions {
  AvgPoolOptions(ExpandingArray<D> kernel_size) : kernel_size_(kernel_size), stride_(kernel_size) {}
  /// Size of the window.
  LAMPAS_ARG(ExpandingArray<D>, kernel_size);
  /// Step of the window; by default the window's size.
  LAMPAS_ARG(ExpandingArray<D>, stride);
  /// Zeros added on both sides; at most half the window.
  LAMPAS_ARG(ExpandingArray<D>, padding) = 0;
  /// Whether a window that begins inside but ends outside counts.
  LAMPAS_ARG(bool, ceil_mode) = false;
  /// Whether padding counts as elements of the average.
  LAMPAS_ARG(bool, count_include_pad) = true;
  /// Divides by this instead of the number of elements.
  LAMPAS_ARG(std::optional<int64_t>, divisor_override) = std::nullopt;
};
using AvgPool1dOptions = AvgPoolOptions<1>;
using AvgPool2dOptions = AvgPoolOptions<2>;
using AvgPool3dOptions = AvgPoolOptions<3>;

template <size_t D>
struct MaxPoolOptions {
  MaxPoolOptions(ExpandingArray<D> kernel_size) : kernel_size_(kernel_size), stride_(kernel_size) {}
  /// Size of the window.
  LAMPAS_ARG(ExpandingArray<D>, kernel_size);
  /// Step of the window; by default the window's size.
  LAMPAS_ARG(ExpandingArray<D>, stride);
  /// Minus infinity added on both sides; at most half the window.
  LAMPAS_ARG(ExpandingArray<D>, padding) = 0;
  /// Distance between the elements of a window.
  LAMPAS_ARG(ExpandingArray<D>, dilation) = 1;
  /// Whether a window that begins inside but ends outside counts.
  LAMPAS_ARG(bool, ceil_mode) = false;
};
using MaxPool1dOptions = MaxPoolOptions<1>;
using MaxPool2dOptions = MaxPoolOptions<2>;
using MaxPool3dOptions = MaxPoolOptions<3>;

namespace functional {
using AvgPool1dFuncOptions = AvgPool1dOptions;
using AvgPool2dFuncOptions = AvgPool2dOptions;
using AvgPool3dFuncOptions = AvgPool3dOptions;
using MaxPool1dFuncOptions = MaxPool1dOptions;
using MaxPool2dFuncOptions = MaxPool2dOptions;
using MaxPool3dFuncOptions = MaxPool3dOptions;
}  // namespace functional

}  // namespace lampas::nn
