#pragma once

#include "lampas/tensor/tensor.h"

namespace lampas {

/// exp(x_i) / sum_j exp(x_j) along `dim`, computed without overflow; `dtype` converts first. Integers need a `dtype`.
/// (https://pytorch.org/docs/stable/generated/torch.nn.functional.softmax.html)
LAMPAS_API Tensor softmax(const Tensor& x, int64_t dim, std::optional<ScalarType> dtype = std::nullopt);
/// log(softmax(x)), computed stably.
LAMPAS_API Tensor log_softmax(const Tensor& x, int64_t dim, std::optional<ScalarType> dtype = std::nullopt);

}  // namespace lampas
