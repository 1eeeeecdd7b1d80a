#pragma once

#include <optional>
#include <string>

#include "lampas/nn/utils/target.h"

namespace lampas::nn::utils {

/// Splits the parameter `name` into its length and its direction, w = g * v / ||v|| (Salimans and Kingma, 2016): the
/// parameters `name`_g and `name`_v take its place and w is computed before every call of the module. The norm is taken
/// over all dimensions but `dim`; nullopt (and -1, as in PyTorch) takes one norm over everything. The call of the
/// module does it: after a change of parameters, `forward()` alone uses the old w. Build optimizers afterwards.
///
///   auto fc = nn::utils::weight_norm(nn::Linear(20, 40));      // weight_g (40, 1), weight_v (40, 20)
///
/// Throws when there is no such parameter, and when it is computed already.
LAMPAS_API Module& weight_norm(Module& module, const std::string& name = "weight", std::optional<int64_t> dim = 0);
template <class H, class = detail::enable_if_points_to_module<H>>
H weight_norm(H module, const std::string& name = "weight", std::optional<int64_t> dim = 0) {
  weight_norm(static_cast<Module&>(*module), name, dim);
  return module;
}

/// Makes `name` a parameter again, with the value it had. Throws when weight_norm is not applied to it.
LAMPAS_API Module& remove_weight_norm(Module& module, const std::string& name = "weight");
template <class H, class = detail::enable_if_points_to_module<H>>
H remove_weight_norm(H module, const std::string& name = "weight") {
  remove_weight_norm(static_cast<Module&>(*module), name);
  return module;
}

}  // namespace lampas::nn::utils
