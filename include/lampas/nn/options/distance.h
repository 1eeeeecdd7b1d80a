#pragma once

#include "lampas/base/arg.h"
#include "lampas/tensor/tensor.h"

namespace lampas::nn {

struct CosineSimilarityOptions {
  /// Dimension of the vectors.
  LAMPAS_ARG(int64_t, dim) = 1;
  /// Smallest norm divided by.
  LAMPAS_ARG(double, eps) = 1e-8;
};

struct PairwiseDistanceOptions {
  /// Exponent of the norm.
  LAMPAS_ARG(double, p) = 2.0;
  /// Added to every difference.
  LAMPAS_ARG(double, eps) = 1e-6;
  /// Whether the last dimension is kept, of size 1.
  LAMPAS_ARG(bool, keepdim) = false;
};

namespace functional {
using CosineSimilarityFuncOptions = CosineSimilarityOptions;
using PairwiseDistanceFuncOptions = PairwiseDistanceOptions;
}  // namespace functional

}  // namespace lampas::nn
