#pragma once

#include "lampas/tensor/tensor.h"

/// Pools whose windows follow from the output size, and the partial inverse of max pooling
/// (https://pytorch.org/docs/stable/nn.functional.html#pooling-functions). Input (N, C, spatial...) or (C, spatial...)
/// of a floating dtype; sizes take one entry per spatial dimension, or one for all.
namespace lampas {

/// Mean over window i = [floor(i L / out), ceil((i + 1) L / out)) of each dimension.
LAMPAS_API Tensor adaptive_avg_pool1d(const Tensor& x, IntArrayRef output_size);
LAMPAS_API Tensor adaptive_avg_pool2d(const Tensor& x, IntArrayRef output_size);
LAMPAS_API Tensor adaptive_avg_pool3d(const Tensor& x, IntArrayRef output_size);
/// Maximum over the same windows and its int64 flat position in the plane, the first on ties. NaN wins.
LAMPAS_API std::tuple<Tensor, Tensor> adaptive_max_pool1d(const Tensor& x, IntArrayRef output_size);
LAMPAS_API std::tuple<Tensor, Tensor> adaptive_max_pool2d(const Tensor& x, IntArrayRef output_size);
LAMPAS_API std::tuple<Tensor, Tensor> adaptive_max_pool3d(const Tensor& x, IntArrayRef output_size);

/// Zeros of the given spatial sizes with x at the flat positions `indices` (int64, x's shape) of each plane; of several
/// values for one position the last stays.
LAMPAS_API Tensor max_unpool2d(const Tensor& x, const Tensor& indices, IntArrayRef output_size);
/// stride and padding have no influence; they are checked to be positive and to have three entries.
LAMPAS_API Tensor max_unpool3d(const Tensor& x, const Tensor& indices, IntArrayRef output_size, IntArrayRef stride,
                               IntArrayRef padding);
LAMPAS_API Tensor max_unpool1d(const Tensor& x, const Tensor& indices, IntArrayRef output_size);

/// Fractional max pooling (https://arxiv.org/abs/1412.6071): windows of kernel_size at pseudo-random places. With
/// a = (L - kernel) / (out - 1) and a sample u in [0, 1), window i starts at int((i + u) a) - int(u a), the last one at
/// L
/// - kernel. random_samples (N, C, 2 or 3), N = 1 for unbatched input: for two dimensions the width's comes first, for
/// three (depth, height, width). Also the flat positions of the maxima.
LAMPAS_API std::tuple<Tensor, Tensor> fractional_max_pool2d(const Tensor& x, IntArrayRef kernel_size,
                                                            IntArrayRef output_size, const Tensor& random_samples);
LAMPAS_API std::tuple<Tensor, Tensor> fractional_max_pool3d(const Tensor& x, IntArrayRef kernel_size,
                                                            IntArrayRef output_size, const Tensor& random_samples);

}  // namespace lampas
