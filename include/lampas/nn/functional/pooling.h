#pragma once

#include <tuple>

#include "lampas/nn/options/pooling.h"
#include "lampas/tensor/tensor.h"

/// Pools over windows of (N, C, spatial...) or (C, spatial...), one to three spatial dimensions. Where indices are
/// returned they are int64 flat positions in the input's plane.
namespace lampas::nn::functional {

/// Average over windows of (N, C, L) or (C, L).
LAMPAS_API Tensor avg_pool1d(const Tensor& input, const AvgPool1dFuncOptions& options);
/// Average over windows of (N, C, H, W) or (C, H, W).
LAMPAS_API Tensor avg_pool2d(const Tensor& input, const AvgPool2dFuncOptions& options);
/// Average over windows of (N, C, D, H, W) or (C, D, H, W).
LAMPAS_API Tensor avg_pool3d(const Tensor& input, const AvgPool3dFuncOptions& options);
/// Maximum over windows of (N, C, L) or (C, L).
LAMPAS_API Tensor max_pool1d(const Tensor& input, const MaxPool1dFuncOptions& options);
LAMPAS_API std::tuple<Tensor, Tensor> max_pool1d_with_indices(const Tensor& input, const MaxPool1dFuncOptions& options);
/// Maximum over windows of (N, C, H, W) or (C, H, W).
LAMPAS_API Tensor max_pool2d(const Tensor& input, const MaxPool2dFuncOptions& options);
LAMPAS_API std::tuple<Tensor, Tensor> max_pool2d_with_indices(const Tensor& input, const MaxPool2dFuncOptions& options);
/// Maximum over windows of (N, C, D, H, W) or (C, D, H, W).
LAMPAS_API Tensor max_pool3d(const Tensor& input, const MaxPool3dFuncOptions& options);
LAMPAS_API std::tuple<Tensor, Tensor> max_pool3d_with_indices(const Tensor& input, const MaxPool3dFuncOptions& options);
/// Average, maximum over windows that divide (N, C, L) or (C, L) into output_size parts.
LAMPAS_API Tensor adaptive_avg_pool1d(const Tensor& input, const AdaptiveAvgPool1dFuncOptions& options);
LAMPAS_API Tensor adaptive_max_pool1d(const Tensor& input, const AdaptiveMaxPool1dFuncOptions& options);
LAMPAS_API std::tuple<Tensor, Tensor> adaptive_max_pool1d_with_indices(const Tensor& input,
                                                                       const AdaptiveMaxPool1dFuncOptions& options);
/// Average, maximum over windows that divide (N, C, H, W) or (C, H, W) into output_size parts.
LAMPAS_API Tensor adaptive_avg_pool2d(const Tensor& input, const AdaptiveAvgPool2dFuncOptions& options);
LAMPAS_API Tensor adaptive_max_pool2d(const Tensor& input, const AdaptiveMaxPool2dFuncOptions& options);
LAMPAS_API std::tuple<Tensor, Tensor> adaptive_max_pool2d_with_indices(const Tensor& input,
                                                                       const AdaptiveMaxPool2dFuncOptions& options);
/// Average, maximum over windows that divide (N, C, D, H, W) or (C, D, H, W) into output_size parts.
LAMPAS_API Tensor adaptive_avg_pool3d(const Tensor& input, const AdaptiveAvgPool3dFuncOptions& options);
LAMPAS_API Tensor adaptive_max_pool3d(const Tensor& input, const AdaptiveMaxPool3dFuncOptions& options);
LAMPAS_API std::tuple<Tensor, Tensor> adaptive_max_pool3d_with_indices(const Tensor& input,
                                                                       const AdaptiveMaxPool3dFuncOptions& options);
/// Zeros, with the values of `input` at `indices`: undoes a max pool but for what it dropped.
LAMPAS_API Tensor max_unpool1d(const Tensor& input, const Tensor& indices, const MaxUnpool1dFuncOptions& options);
/// Zeros, with the values of `input` at `indices`: undoes a max pool but for what it dropped.
LAMPAS_API Tensor max_unpool2d(const Tensor& input, const Tensor& indices, const MaxUnpool2dFuncOptions& options);
/// Zeros, with the values of `input` at `indices`: undoes a max pool but for what it dropped.
LAMPAS_API Tensor max_unpool3d(const Tensor& input, const Tensor& indices, const MaxUnpool3dFuncOptions& options);
/// Fractional max pooling over (N, C, H, W) or (C, H, W).
LAMPAS_API Tensor fractional_max_pool2d(const Tensor& input, const FractionalMaxPool2dFuncOptions& options);
LAMPAS_API std::tuple<Tensor, Tensor> fractional_max_pool2d_with_indices(const Tensor& input,
                                                                         const FractionalMaxPool2dFuncOptions& options);
/// Fractional max pooling over (N, C, D, H, W) or (C, D, H, W).
LAMPAS_API Tensor fractional_max_pool3d(const Tensor& input, const FractionalMaxPool3dFuncOptions& options);
LAMPAS_API std::tuple<Tensor, Tensor> fractional_max_pool3d_with_indices(const Tensor& input,
                                                                         const FractionalMaxPool3dFuncOptions& options);
/// (Sum of x^p)^(1/p) over windows: p = 1 is the sum, p = infinity the maximum. The gradient is zero where the sum is.
LAMPAS_API Tensor lp_pool1d(const Tensor& input, const LPPool1dFuncOptions& options);
LAMPAS_API Tensor lp_pool2d(const Tensor& input, const LPPool2dFuncOptions& options);

}  // namespace lampas::nn::functional
