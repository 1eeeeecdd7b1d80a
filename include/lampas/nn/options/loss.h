#pragma once

#include <variant>

#include "lampas/base/arg.h"
#include "lampas/nn/enum.h"
#include "lampas/tensor/tensor.h"

namespace lampas::nn {

/// What a loss does with its values: kNone keeps them, kMean averages, kSum adds.
using LossReduction = std::variant<enumtype::kNone, enumtype::kMean, enumtype::kSum>;

struct MSELossOptions {
  using reduction_t = LossReduction;
  LAMPAS_OPTIONS_FROM_CHOICE3(MSELossOptions, reduction, kNone, kMean, kSum)
  LAMPAS_ARG(reduction_t, reduction) = kMean;
};

struct NLLLossOptions {
  using reduction_t = LossReduction;
  /// (C): a weight for each class, or undefined.
  LAMPAS_ARG(Tensor, weight) = {};
  /// Targets of this value do not count.
  LAMPAS_ARG(int64_t, ignore_index) = -100;
  LAMPAS_ARG(reduction_t, reduction) = kMean;
};

struct CrossEntropyLossOptions {
  using reduction_t = LossReduction;
  /// (C): a weight for each class, or undefined.
  LAMPAS_ARG(Tensor, weight) = {};
  /// Targets of this value do not count; class indices only.
  LAMPAS_ARG(int64_t, ignore_index) = -100;
  LAMPAS_ARG(reduction_t, reduction) = kMean;
  /// Mixture of the target with the uniform distribution, in [0, 1].
  LAMPAS_ARG(double, label_smoothing) = 0.0;
};

namespace functional {
using MSELossFuncOptions = MSELossOptions;
using NLLLossFuncOptions = NLLLossOptions;
using CrossEntropyFuncOptions = CrossEntropyLossOptions;
}  // namespace functional

}  // namespace lampas::nn
