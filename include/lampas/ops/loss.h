#pragma once

#include "lampas/tensor/tensor.h"

/// Losses (https://pytorch.org/docs/stable/nn.functional.html#loss-functions). `reduction` is a `Reduction`: None gives
/// one value per element or position, Mean and Sum a 0-d tensor.
namespace lampas {

/// -weight[y] x[y] of log-probabilities x (C), (N, C) or (N, C, d1, ...) and int64 targets of shape (), (N) or (N, d1,
/// ...). Targets equal to `ignore_index` count 0. Mean divides by the summed weights of the counted targets (NaN when
/// there is none).
LAMPAS_API Tensor nll_loss(const Tensor& x, const Tensor& target, const Tensor& weight = {}, int64_t reduction = 1,
                           int64_t ignore_index = -100);
/// nll_loss of log_softmax(x) over dimension 1 (0 for 1-d), with label smoothing. A floating-point target of x's shape
/// holds class probabilities instead.
LAMPAS_API Tensor cross_entropy_loss(const Tensor& x, const Tensor& target, const Tensor& weight = {},
                                     int64_t reduction = 1, int64_t ignore_index = -100, double label_smoothing = 0.0);
/// (x - y)^2.
LAMPAS_API Tensor mse_loss(const Tensor& x, const Tensor& target, int64_t reduction = 1);
/// |x - y|.
LAMPAS_API Tensor l1_loss(const Tensor& x, const Tensor& target, int64_t reduction = 1);

}  // namespace lampas
