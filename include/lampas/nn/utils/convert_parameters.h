#pragma once

#include <vector>

#include "lampas/tensor/tensor.h"

namespace lampas::nn::utils {

/// The elements of all parameters, one after the other, in one vector (differentiable). All must be on one device.
LAMPAS_API Tensor parameters_to_vector(const std::vector<Tensor>& parameters);

/// Gives the parameters the elements of `vec`, in the order of parameters_to_vector: each becomes a piece of its
/// memory.
LAMPAS_API void vector_to_parameters(const Tensor& vec, const std::vector<Tensor>& parameters);

}  // namespace lampas::nn::utils
