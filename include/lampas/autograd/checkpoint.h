#pragma once

#include <functional>

#include "lampas/autograd/autograd.h"

namespace lampas::utils {

/// Runs `function(inputs)` without keeping what its backward needs; backward runs it again. Trades time for memory.
///
/// The gradients of parameters that `function` uses are accumulated as usual, so it works with backward() but not with
/// grad() or backward(inputs=...), nor with create_graph: these throw. With `preserve_rng_state` (the default) the
/// second run draws the same random numbers as the first. At least one input must require a gradient, or the result
/// does not (a warning says so).
LAMPAS_API variable_list checkpoint(std::function<variable_list(const variable_list&)> function,
                                    const variable_list& inputs, bool preserve_rng_state = true);
/// The same for a function of one tensor.
LAMPAS_API Tensor checkpoint(std::function<Tensor(const Tensor&)> function, const Tensor& input,
                             bool preserve_rng_state = true);

}  // namespace lampas::utils
