#pragma once

#include "lampas/base/arg.h"

namespace lampas::nn {

struct DropoutOptions {
  DropoutOptions(double p = 0.5) : p_(p) {}
  /// Probability of an element (Dropout2d: a channel) to be zeroed.
  LAMPAS_ARG(double, p) = 0.5;
  LAMPAS_ARG(bool, inplace) = false;
};
using Dropout2dOptions = DropoutOptions;
using Dropout3dOptions = DropoutOptions;
using AlphaDropoutOptions = DropoutOptions;
using FeatureAlphaDropoutOptions = DropoutOptions;

namespace functional {
struct DropoutFuncOptions {
  LAMPAS_ARG(double, p) = 0.5;
  /// Without it the input is returned.
  LAMPAS_ARG(bool, training) = true;
  LAMPAS_ARG(bool, inplace) = false;
};
using Dropout2dFuncOptions = DropoutFuncOptions;
using Dropout3dFuncOptions = DropoutFuncOptions;

struct AlphaDropoutFuncOptions {
  LAMPAS_ARG(double, p) = 0.5;
  /// Without it the input is returned.
  LAMPAS_ARG(bool, training) = false;
  LAMPAS_ARG(bool, inplace) = false;
};
struct FeatureAlphaDropoutFuncOptions {
  LAMPAS_ARG(double, p) = 0.5;
  /// Without it the input is returned.
  LAMPAS_ARG(bool, training) = false;
  LAMPAS_ARG(bool, inplace) = false;
};
}  // namespace functional

}  // namespace lampas::nn
