#include "lampas/nn/legacy.h"

#include "ops/defined.h"

namespace lampas::nn::functional {

Tensor upsample(const Tensor& input, const InterpolateFuncOptions& options) {
  InterpolateFuncOptions o = options;
  const auto is = [&](auto choice) { return enumtype::holds_alternative<decltype(choice)>(o.mode()); };
  if (!o.align_corners() && (is(enumtype::kLinear()) || is(enumtype::kBilinear()) || is(enumtype::kTrilinear())))
    o.align_corners(true);
  return interpolate(input, o);
}
Tensor upsample_nearest(const Tensor& input, const InterpolateFuncOptions& options) {
  check_defined("upsample_nearest", input);
  check(input.dim() == 4 || input.dim() == 5, "upsample_nearest: expected 4-D or 5-D input, got ", input.sizes());
  return interpolate(input, InterpolateFuncOptions(options).mode(kNearest).align_corners(std::nullopt));
}
Tensor upsample_bilinear(const Tensor& input, const InterpolateFuncOptions& options) {
  check_defined("upsample_bilinear", input);
  check(input.dim() == 4, "upsample_bilinear: expected 4-D input, got ", input.sizes());
  return interpolate(input, InterpolateFuncOptions(options).mode(kBilinear).align_corners(true));
}

}  // namespace lampas::nn::functional
