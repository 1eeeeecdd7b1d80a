#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "lampas/base/arg.h"
#include "lampas/base/boxed.h"
#include "lampas/nn/enum.h"

namespace lampas::nn {

struct UpsampleOptions {
  using mode_t = enumtype::OneOf<enumtype::kNearest, enumtype::kLinear, enumtype::kBilinear, enumtype::kBicubic,
                                 enumtype::kTrilinear, enumtype::kArea, enumtype::kNearestExact>;

  /// Spatial sizes of the output, one for each dimension or one for all. Either this or scale_factor.
  LAMPAS_BOXED_ARG(std::optional<std::vector<int64_t>>, size);
  /// Output over input, one for each dimension or one for all.
  LAMPAS_BOXED_ARG(std::optional<std::vector<double>>, scale_factor);
  LAMPAS_ARG(mode_t, mode) = kNearest;
  /// Whether the border elements' centres keep their places (linear and cubic modes); default false.
  LAMPAS_ARG(std::optional<bool>, align_corners) = std::nullopt;
};

namespace functional {
struct InterpolateFuncOptions {
  using mode_t = UpsampleOptions::mode_t;

  /// Spatial sizes of the output, one for each dimension or one for all. Either this or scale_factor.
  LAMPAS_BOXED_ARG(std::optional<std::vector<int64_t>>, size);
  /// Output over input, one for each dimension or one for all.
  LAMPAS_BOXED_ARG(std::optional<std::vector<double>>, scale_factor);
  LAMPAS_ARG(mode_t, mode) = kNearest;
  /// Whether the border elements' centres keep their places (linear and cubic modes); default false.
  LAMPAS_ARG(std::optional<bool>, align_corners) = std::nullopt;
  /// Whether positions follow from the sizes in place of the scale factor given.
  LAMPAS_ARG(std::optional<bool>, recompute_scale_factor) = std::nullopt;
  /// Whether shrinking averages over what it leaves out (kBilinear and kBicubic).
  LAMPAS_ARG(bool, antialias) = false;
};
}  // namespace functional

}  // namespace lampas::nn
