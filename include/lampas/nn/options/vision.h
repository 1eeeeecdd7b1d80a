#pragma once

#include <optional>
#include <variant>

#include "lampas/base/arg.h"
#include "lampas/nn/enum.h"

namespace lampas::nn::functional {

struct GridSampleFuncOptions {
  using mode_t = enumtype::OneOf<enumtype::kBilinear, enumtype::kNearest, enumtype::kBicubic>;
  using padding_mode_t = enumtype::OneOf<enumtype::kZeros, enumtype::kBorder, enumtype::kReflection>;

  /// kBilinear is trilinear for 5-D input; kBicubic takes 4-D input.
  LAMPAS_ARG(mode_t, mode) = kBilinear;
  /// What lies outside the image.
  LAMPAS_ARG(padding_mode_t, padding_mode) = kZeros;
  /// Whether -1 and 1 are the centres of the border elements rather than their outer edges; default false.
  LAMPAS_ARG(std::optional<bool>, align_corners) = std::nullopt;
};

}  // namespace lampas::nn::functional
