#include "lampas/nn/functional/upsampling.h"

#include <cmath>

#include "lampas/ops/interpolate.h"
#include "lampas/ops/pool_variants.h"
#include "ops/defined.h"

namespace lampas::nn::functional {

namespace {

/// One entry stands for every dimension.
template <class T>
std::vector<T> for_each_dimension(const char* what, const std::vector<T>& given, int64_t dims) {
  if (given.size() == 1) return std::vector<T>(static_cast<size_t>(dims), given[0]);
  if (static_cast<int64_t>(given.size()) == dims) return given;
  std::string list;
  for (const T& v : given) list += (list.empty() ? "" : ", ") + str(v);
  fail("interpolate: ", what, " shape must match input shape. Input is ", dims, "D, ", what, " size is [", list, "]");
}

}  // namespace

Tensor interpolate(const Tensor& input, const InterpolateFuncOptions& o) {
  const auto& mode = o.mode();
  const auto is = [&](auto choice) { return enumtype::holds_alternative<decltype(choice)>(mode); };
  const bool nearest = is(enumtype::kNearest()), exact = is(enumtype::kNearestExact()), area = is(enumtype::kArea());
  check_defined("interpolate", input);
  check(input.dim() >= 3 && input.dim() <= 5,
        "interpolate: Input Error: Only 3D, 4D and 5D input Tensors supported (got ", input.dim(),
        "D) for the modes: nearest | linear | bilinear | bicubic | trilinear (got ", enumtype::get_enum_name(mode),
        ")");
  // LibTorch takes kNearestExact with align_corners(false), which is what it does.
  check(!(nearest || area || (exact && o.align_corners().value_or(false))) || !o.align_corners(),
        "interpolate: align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | "
        "trilinear");
  const int64_t dims = input.dim() - 2;
  check(!o.antialias() || (dims == 2 && (is(enumtype::kBilinear()) || is(enumtype::kBicubic()))),
        "interpolate: Anti-alias option is only supported for bilinear and bicubic modes");
  const int64_t wanted = is(enumtype::kLinear())                                 ? 1
                         : is(enumtype::kBilinear()) || is(enumtype::kBicubic()) ? 2
                         : is(enumtype::kTrilinear())                            ? 3
                                                                                 : dims;
  const char* names[] = {"linear", is(enumtype::kBicubic()) ? "bicubic" : "bilinear", "trilinear"};
  check(wanted == dims, "interpolate: Got ", input.dim(), "D input, but ", names[wanted - 1], " mode needs ",
        wanted + 2, "D input");
  check(o.size() || o.scale_factor(), "interpolate: either size or scale_factor should be defined");
  check(!o.size() || !o.scale_factor(), "interpolate: only one of size or scale_factor should be defined");
  check(!o.size() || !o.recompute_scale_factor().value_or(false),
        "interpolate: recompute_scale_factor is not meaningful with an explicit size");

  std::vector<int64_t> size;
  std::optional<double> scale[3];
  if (o.size()) {
    size = for_each_dimension("size", *o.size(), dims);
  } else {
    const std::vector<double> factors = for_each_dimension("scale_factor", *o.scale_factor(), dims);
    for (int64_t d = 0; d < dims; ++d) {
      const double factor = factors[static_cast<size_t>(d)];
      check(factor > 0 && std::isfinite(factor), "interpolate: scale_factor must be positive, got ", factor);
      size.push_back(static_cast<int64_t>(std::floor(static_cast<double>(input.size(2 + d)) * factor)));
      if (!o.recompute_scale_factor().value_or(false)) scale[d] = factor;
    }
  }
  const bool align = o.align_corners().value_or(false);
  if (dims == 1) {
    if (nearest) return upsample_nearest1d(input, size, scale[0]);
    if (exact) return _upsample_nearest_exact1d(input, size, scale[0]);
    if (area) return adaptive_avg_pool1d(input, size);
    return upsample_linear1d(input, size, align, scale[0]);
  }
  if (dims == 3) {
    if (nearest) return upsample_nearest3d(input, size, scale[0], scale[1], scale[2]);
    if (exact) return _upsample_nearest_exact3d(input, size, scale[0], scale[1], scale[2]);
    if (area) return adaptive_avg_pool3d(input, size);
    return upsample_trilinear3d(input, size, align, scale[0], scale[1], scale[2]);
  }
  if (nearest) return upsample_nearest2d(input, size, scale[0], scale[1]);
  if (exact) return _upsample_nearest_exact2d(input, size, scale[0], scale[1]);
  if (area) return adaptive_avg_pool2d(input, size);
  const bool bilinear = is(enumtype::kBilinear());
  if (o.antialias())
    return (bilinear ? _upsample_bilinear2d_aa : _upsample_bicubic2d_aa)(input, size, align, scale[0], scale[1]);
  return (bilinear ? upsample_bilinear2d : upsample_bicubic2d)(input, size, align, scale[0], scale[1]);
}

}  // namespace lampas::nn::functional
