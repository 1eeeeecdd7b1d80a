#pragma once

#include <optional>
#include <vector>

#include "lampas/base/arg.h"
#include "lampas/base/boxed.h"
#include "lampas/nn/expanding_array.h"
#include "lampas/tensor/tensor.h"

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

template <class output_size_t>
struct AdaptiveMaxPoolOptions {
  AdaptiveMaxPoolOptions(output_size_t output_size) : output_size_(output_size) {}
  /// Sizes of the output; an entry left out (std::nullopt) keeps the input's.
  LAMPAS_ARG(output_size_t, output_size);
};
using AdaptiveMaxPool1dOptions = AdaptiveMaxPoolOptions<ExpandingArray<1>>;
using AdaptiveMaxPool2dOptions = AdaptiveMaxPoolOptions<ExpandingArrayWithOptionalElem<2>>;
using AdaptiveMaxPool3dOptions = AdaptiveMaxPoolOptions<ExpandingArrayWithOptionalElem<3>>;

template <class output_size_t>
struct AdaptiveAvgPoolOptions {
  AdaptiveAvgPoolOptions(output_size_t output_size) : output_size_(output_size) {}
  /// Sizes of the output; an entry left out (std::nullopt) keeps the input's.
  LAMPAS_ARG(output_size_t, output_size);
};
using AdaptiveAvgPool1dOptions = AdaptiveAvgPoolOptions<ExpandingArray<1>>;
using AdaptiveAvgPool2dOptions = AdaptiveAvgPoolOptions<ExpandingArrayWithOptionalElem<2>>;
using AdaptiveAvgPool3dOptions = AdaptiveAvgPoolOptions<ExpandingArrayWithOptionalElem<3>>;

template <size_t D>
struct MaxUnpoolOptions {
  MaxUnpoolOptions(ExpandingArray<D> kernel_size) : kernel_size_(kernel_size), stride_(kernel_size) {}
  /// Of the pool whose indices are used.
  LAMPAS_ARG(ExpandingArray<D>, kernel_size);
  /// By default the window's size.
  LAMPAS_ARG(ExpandingArray<D>, stride);
  LAMPAS_ARG(ExpandingArray<D>, padding) = 0;
};
using MaxUnpool1dOptions = MaxUnpoolOptions<1>;
using MaxUnpool2dOptions = MaxUnpoolOptions<2>;
using MaxUnpool3dOptions = MaxUnpoolOptions<3>;

template <size_t D>
struct FractionalMaxPoolOptions {
  using ExpandingArrayDouble = ExpandingArray<D, double>;

  FractionalMaxPoolOptions(ExpandingArray<D> kernel_size) : kernel_size_(kernel_size) {}
  /// Size of the window.
  LAMPAS_ARG(ExpandingArray<D>, kernel_size);
  /// Sizes of the output. Either this or output_ratio.
  LAMPAS_BOXED_ARG(std::optional<ExpandingArray<D>>, output_size);
  /// Sizes of the output as shares of the input's, in (0, 1).
  LAMPAS_BOXED_ARG(std::optional<ExpandingArrayDouble>, output_ratio);
  /// (N, C, D) values in [0, 1) in place of random ones.
  LAMPAS_LAZY_ARG(Tensor, _random_samples) = Tensor();
};
using FractionalMaxPool2dOptions = FractionalMaxPoolOptions<2>;
using FractionalMaxPool3dOptions = FractionalMaxPoolOptions<3>;

template <size_t D>
struct LPPoolOptions {
  LPPoolOptions(double norm_type, ExpandingArray<D> kernel_size)
      : norm_type_(norm_type), kernel_size_(kernel_size), stride_(kernel_size) {}
  /// The exponent p: 1 gives the sum, infinity the maximum.
  LAMPAS_ARG(double, norm_type);
  /// Size of the window.
  LAMPAS_ARG(ExpandingArray<D>, kernel_size);
  /// Step of the window; by default the window's size.
  LAMPAS_ARG(ExpandingArray<D>, stride);
  /// Whether a window that begins inside but ends outside counts.
  LAMPAS_ARG(bool, ceil_mode) = false;
};
using LPPool1dOptions = LPPoolOptions<1>;
using LPPool2dOptions = LPPoolOptions<2>;

namespace functional {
using AvgPool1dFuncOptions = AvgPool1dOptions;
using AvgPool2dFuncOptions = AvgPool2dOptions;
using AvgPool3dFuncOptions = AvgPool3dOptions;
using MaxPool1dFuncOptions = MaxPool1dOptions;
using MaxPool2dFuncOptions = MaxPool2dOptions;
using MaxPool3dFuncOptions = MaxPool3dOptions;
using AdaptiveMaxPool1dFuncOptions = AdaptiveMaxPool1dOptions;
using AdaptiveMaxPool2dFuncOptions = AdaptiveMaxPool2dOptions;
using AdaptiveMaxPool3dFuncOptions = AdaptiveMaxPool3dOptions;
using AdaptiveAvgPool1dFuncOptions = AdaptiveAvgPool1dOptions;
using AdaptiveAvgPool2dFuncOptions = AdaptiveAvgPool2dOptions;
using AdaptiveAvgPool3dFuncOptions = AdaptiveAvgPool3dOptions;
using FractionalMaxPool2dFuncOptions = FractionalMaxPool2dOptions;
using FractionalMaxPool3dFuncOptions = FractionalMaxPool3dOptions;
using LPPool1dFuncOptions = LPPool1dOptions;
using LPPool2dFuncOptions = LPPool2dOptions;

template <size_t D>
struct MaxUnpoolFuncOptions {
  MaxUnpoolFuncOptions(ExpandingArray<D> kernel_size) : kernel_size_(kernel_size), stride_(kernel_size) {}
  /// Of the pool whose indices are used.
  LAMPAS_ARG(ExpandingArray<D>, kernel_size);
  /// By default the window's size.
  LAMPAS_ARG(ExpandingArray<D>, stride);
  LAMPAS_ARG(ExpandingArray<D>, padding) = 0;
  /// The spatial sizes, alone or behind batch and channels; each less than a stride away from the smallest size the
  /// pool maps to the input's.
  LAMPAS_BOXED_ARG(std::optional<std::vector<int64_t>>, output_size);
};
using MaxUnpool1dFuncOptions = MaxUnpoolFuncOptions<1>;
using MaxUnpool2dFuncOptions = MaxUnpoolFuncOptions<2>;
using MaxUnpool3dFuncOptions = MaxUnpoolFuncOptions<3>;
}  // namespace functional

}  // namespace lampas::nn
