#pragma once

#include <string>
#include <utility>
#include <vector>

#include "lampas/base/arg.h"
#include "lampas/base/boxed.h"
#include "lampas/tensor/tensor.h"

namespace lampas::nn {

struct LinearOptions {
  LinearOptions(int64_t in_features, int64_t out_features) : in_features_(in_features), out_features_(out_features) {}
  /// Size of the last dimension of the input.
  LAMPAS_ARG(int64_t, in_features);
  /// Size of the last dimension of the output.
  LAMPAS_ARG(int64_t, out_features);
  /// Whether an additive bias is learnt.
  LAMPAS_ARG(bool, bias) = true;
};

struct BilinearOptions {
  BilinearOptions(int64_t in1_features, int64_t in2_features, int64_t out_features)
      : in1_features_(in1_features), in2_features_(in2_features), out_features_(out_features) {}
  /// Sizes of the last dimensions of the two inputs.
  LAMPAS_ARG(int64_t, in1_features);
  LAMPAS_ARG(int64_t, in2_features);
  /// Size of the last dimension of the output.
  LAMPAS_ARG(int64_t, out_features);
  /// Whether an additive bias is learnt.
  LAMPAS_ARG(bool, bias) = true;
};

struct FlattenOptions {
  /// First dimension to flatten.
  LAMPAS_ARG(int64_t, start_dim) = 1;
  /// Last dimension to flatten.
  LAMPAS_ARG(int64_t, end_dim) = -1;
};

struct LAMPAS_API UnflattenOptions {
  using namedshape_t = std::vector<std::pair<std::string, int64_t>>;
  UnflattenOptions(int64_t dim, std::vector<int64_t> sizes) : dim_(dim), sizes_(std::move(sizes)) {}
  /// For inputs whose dimensions have names.
  UnflattenOptions(std::string dimname, namedshape_t namedshape);
  UnflattenOptions(const char* dimname, namedshape_t namedshape);
  /// Dimension to unflatten.
  LAMPAS_ARG(int64_t, dim) = 0;
  /// Its name; empty: `dim` and `sizes` count.
  LAMPAS_LAZY_ARG(std::string, dimname);
  /// The sizes it becomes; one may be -1.
  LAMPAS_LAZY_ARG(std::vector<int64_t>, sizes);
  /// The names and sizes it becomes.
  LAMPAS_BOXED_ARG(namedshape_t, namedshape);
};

}  // namespace lampas::nn
