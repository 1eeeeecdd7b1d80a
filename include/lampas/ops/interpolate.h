#pragma once

#include "lampas/tensor/tensor.h"

/// Resampling (https://pytorch.org/docs/stable/generated/torch.nn.functional.interpolate.html) of (N, C, spatial...) to
/// the spatial sizes `output_size`. A scale (output over input) given along takes the place of the sizes' quotient in
/// the map from output to input positions. Floating dtypes; nearest neighbours also move other dtypes.
namespace lampas {

/// Position floor(i / scale).
LAMPAS_API Tensor upsample_nearest1d(const Tensor& x, IntArrayRef output_size,
                                     std::optional<double> scales = std::nullopt);
LAMPAS_API Tensor upsample_nearest2d(const Tensor& x, IntArrayRef output_size,
                                     std::optional<double> scales_h = std::nullopt,
                                     std::optional<double> scales_w = std::nullopt);
LAMPAS_API Tensor upsample_nearest3d(const Tensor& x, IntArrayRef output_size,
                                     std::optional<double> scales_d = std::nullopt,
                                     std::optional<double> scales_h = std::nullopt,
                                     std::optional<double> scales_w = std::nullopt);
/// Position floor((i + 0.5) / scale).
LAMPAS_API Tensor _upsample_nearest_exact1d(const Tensor& x, IntArrayRef output_size,
                                            std::optional<double> scales = std::nullopt);
LAMPAS_API Tensor _upsample_nearest_exact2d(const Tensor& x, IntArrayRef output_size,
                                            std::optional<double> scales_h = std::nullopt,
                                            std::optional<double> scales_w = std::nullopt);
LAMPAS_API Tensor _upsample_nearest_exact3d(const Tensor& x, IntArrayRef output_size,
                                            std::optional<double> scales_d = std::nullopt,
                                            std::optional<double> scales_h = std::nullopt,
                                            std::optional<double> scales_w = std::nullopt);
/// Linear in every dimension between the elements around max((i + 0.5) / scale - 0.5, 0), or around i (in - 1) / (out -
/// 1) when corners are aligned.
LAMPAS_API Tensor upsample_linear1d(const Tensor& x, IntArrayRef output_size, bool align_corners,
                                    std::optional<double> scales = std::nullopt);
LAMPAS_API Tensor upsample_bilinear2d(const Tensor& x, IntArrayRef output_size, bool align_corners,
                                      std::optional<double> scales_h = std::nullopt,
                                      std::optional<double> scales_w = std::nullopt);
LAMPAS_API Tensor upsample_trilinear3d(const Tensor& x, IntArrayRef output_size, bool align_corners,
                                       std::optional<double> scales_d = std::nullopt,
                                       std::optional<double> scales_h = std::nullopt,
                                       std::optional<double> scales_w = std::nullopt);
/// Cubic convolution with a = -0.75 over four elements, the border repeated.
LAMPAS_API Tensor upsample_bicubic2d(const Tensor& x, IntArrayRef output_size, bool align_corners,
                                     std::optional<double> scales_h = std::nullopt,
                                     std::optional<double> scales_w = std::nullopt);
/// The triangle or the cubic (a = -0.5), widened when shrinking so that every input element counts.
LAMPAS_API Tensor _upsample_bilinear2d_aa(const Tensor& x, IntArrayRef output_size, bool align_corners,
                                          std::optional<double> scales_h = std::nullopt,
                                          std::optional<double> scales_w = std::nullopt);
LAMPAS_API Tensor _upsample_bicubic2d_aa(const Tensor& x, IntArrayRef output_size, bool align_corners,
                                         std::optional<double> scales_h = std::nullopt,
                                         std::optional<double> scales_w = std::nullopt);

}  // namespace lampas
