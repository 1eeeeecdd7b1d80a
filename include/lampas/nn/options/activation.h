#pragma once

#include <optional>

#include "lampas/base/arg.h"
#include "lampas/core/dtype.h"

namespace lampas::nn {

struct ReLUOptions {
  ReLUOptions(bool inplace = false) : inplace_(inplace) {}
  LAMPAS_ARG(bool, inplace);
};

struct SoftmaxOptions {
  SoftmaxOptions(int64_t dim) : dim_(dim) {}
  /// Dimension along which the results sum to one.
  LAMPAS_ARG(int64_t, dim);
};
struct LogSoftmaxOptions {
  LogSoftmaxOptions(int64_t dim) : dim_(dim) {}
  /// Dimension along which the exponentials of the results sum to one.
  LAMPAS_ARG(int64_t, dim);
};
struct SoftminOptions {
  SoftminOptions(int64_t dim) : dim_(dim) {}
  /// Dimension along which the results sum to one.
  LAMPAS_ARG(int64_t, dim);
};

namespace functional {
using ReLUFuncOptions = ReLUOptions;

struct SoftmaxFuncOptions {
  SoftmaxFuncOptions(int64_t dim) : dim_(dim) {}
  LAMPAS_ARG(int64_t, dim);
  /// The input is converted to it first.
  LAMPAS_ARG(std::optional<Dtype>, dtype) = std::nullopt;
};
struct LogSoftmaxFuncOptions {
  LogSoftmaxFuncOptions(int64_t dim) : dim_(dim) {}
  LAMPAS_ARG(int64_t, dim);
  /// The input is converted to it first.
  LAMPAS_ARG(std::optional<Dtype>, dtype) = std::nullopt;
};
struct SoftminFuncOptions {
  SoftminFuncOptions(int64_t dim) : dim_(dim) {}
  LAMPAS_ARG(int64_t, dim);
  /// The input is converted to it first.
  LAMPAS_ARG(std::optional<Dtype>, dtype) = std::nullopt;
};
}  // namespace functional

}  // namespace lampas::nn
