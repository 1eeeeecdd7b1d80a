#pragma once

#include "lampas/tensor/tensor.h"

/// The parts of weight normalisation, w = g v / |v| (T. Salimans, D. P. Kingma, 2016, arXiv:1602.07868). The module
/// wrapper is nn::utils::weight_norm.
namespace lampas {

/// The p-norm of v over all its dimensions but `dim`, which stays and the others become 1. dim -1: over all, a 0-d
/// tensor.
LAMPAS_API Tensor norm_except_dim(const Tensor& v, int64_t pow = 2, int64_t dim = 0);
/// v (g / norm_except_dim(v, 2, dim)).
LAMPAS_API Tensor _weight_norm(const Tensor& v, const Tensor& g, int64_t dim = 0);

}  // namespace lampas
