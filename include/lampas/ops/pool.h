#pragma once

#include "lampas/tensor/tensor.h"

/// Pooling (https://pytorch.org/docs/stable/nn.functional.html#pooling-functions) over the trailing one, two or three
/// dimensions of (N, C, spatial...) or (C, spatial...). Size arguments take one entry or one per dimension; an empty
/// stride means the kernel size. Output size floor (or ceil) ((L + 2 padding - dilation (kernel - 1) - 1) / stride +
/// 1); in ceil mode no window starts in the right padding. padding is at most half the kernel.
namespace lampas {

/// Padding never wins. NaN does.
LAMPAS_API Tensor max_pool1d(const Tensor& x, IntArrayRef kernel_size, IntArrayRef stride = {}, IntArrayRef padding = 0,
                             IntArrayRef dilation = 1, bool ceil_mode = false);
LAMPAS_API Tensor max_pool2d(const Tensor& x, IntArrayRef kernel_size, IntArrayRef stride = {}, IntArrayRef padding = 0,
                             IntArrayRef dilation = 1, bool ceil_mode = false);
LAMPAS_API Tensor max_pool3d(const Tensor& x, IntArrayRef kernel_size, IntArrayRef stride = {}, IntArrayRef padding = 0,
                             IntArrayRef dilation = 1, bool ceil_mode = false);
/// Also the int64 flat position of each maximum inside its unpadded plane (the first on ties).
LAMPAS_API std::tuple<Tensor, Tensor> max_pool1d_with_indices(const Tensor& x, IntArrayRef kernel_size,
                                                              IntArrayRef stride = {}, IntArrayRef padding = 0,
                                                              IntArrayRef dilation = 1, bool ceil_mode = false);
LAMPAS_API std::tuple<Tensor, Tensor> max_pool2d_with_indices(const Tensor& x, IntArrayRef kernel_size,
                                                              IntArrayRef stride = {}, IntArrayRef padding = 0,
                                                              IntArrayRef dilation = 1, bool ceil_mode = false);
LAMPAS_API std::tuple<Tensor, Tensor> max_pool3d_with_indices(const Tensor& x, IntArrayRef kernel_size,
                                                              IntArrayRef stride = {}, IntArrayRef padding = 0,
                                                              IntArrayRef dilation = 1, bool ceil_mode = false);
/// Mean of each window. With count_include_pad padding counts into the divisor; divisor_override replaces it.
LAMPAS_API Tensor avg_pool1d(const Tensor& x, IntArrayRef kernel_size, IntArrayRef stride = {}, IntArrayRef padding = 0,
                             bool ceil_mode = false, bool count_include_pad = true);
LAMPAS_API Tensor avg_pool2d(const Tensor& x, IntArrayRef kernel_size, IntArrayRef stride = {}, IntArrayRef padding = 0,
                             bool ceil_mode = false, bool count_include_pad = true,
                             std::optional<int64_t> divisor_override = std::nullopt);
LAMPAS_API Tensor avg_pool3d(const Tensor& x, IntArrayRef kernel_size, IntArrayRef stride = {}, IntArrayRef padding = 0,
                             bool ceil_mode = false, bool count_include_pad = true,
                             std::optional<int64_t> divisor_override = std::nullopt);

}  // namespace lampas
