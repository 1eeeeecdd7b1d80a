#pragma once

#include <optional>
#include <string>

#include "lampas/nn/utils/target.h"

namespace lampas::nn::utils {

/// Divides the parameter `name` by its largest singular value (Miyato et al., 2018), that of the matrix with `dim` as
/// rows and the other dimensions as columns; `dim` is 0, or 1 for transposed convolutions, unless given. The parameter
/// becomes `name`_orig; the buffers `name`_u and `name`_v hold the singular vectors, improved by `n_power_iterations`
/// steps in every call in training mode. `eps` is added where vectors are normalised. As for weight_norm, the call of
/// the module computes the weight.
LAMPAS_API Module& spectral_norm(Module& module, const std::string& name = "weight", int64_t n_power_iterations = 1,
                                 double eps = 1e-12, std::optional<int64_t> dim = std::nullopt);
template <class H, class = detail::enable_if_points_to_module<H>>
H spectral_norm(H module, const std::string& name = "weight", int64_t n_power_iterations = 1, double eps = 1e-12,
                std::optional<int64_t> dim = std::nullopt) {
  spectral_norm(static_cast<Module&>(*module), name, n_power_iterations, eps, dim);
  return module;
}

/// Makes `name` a parameter again, divided by its norm as it is. Throws when spectral_norm is not applied to it.
LAMPAS_API Module& remove_spectral_norm(Module& module, const std::string& name = "weight");
template <class H, class = detail::enable_if_points_to_module<H>>
H remove_spectral_norm(H module, const std::string& name = "weight") {
  remove_spectral_norm(static_cast<Module&>(*module), name);
  return module;
}

}  // namespace lampas::nn::utils
