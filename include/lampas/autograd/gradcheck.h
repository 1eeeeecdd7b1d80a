#pragma once

#include <functional>

#include "lampas/autograd/autograd.h"

namespace lampas::autograd {

/// Tolerances of gradcheck: |analytic - numeric| <= atol + rtol * |numeric|, numeric by central differences of step
/// eps.
struct GradcheckOptions {
  double eps = 1e-6;
  double atol = 1e-5;
  double rtol = 1e-3;
  bool raise = true;         // throw Error naming the worst entry; false: return false
  uint64_t seed = 20220913;  // of the random cotangents (the default generator is not touched)
};

/// A function under test: deterministic, of float64 tensors.
using GradcheckFunction = std::function<variable_list(const variable_list&)>;

/// Compares backward of `fn` with finite differences at `inputs`, for every float64 input that requires grad, under
/// random cotangents. Inputs must not overlap in memory; apply layouts (transposes, slices, expand) inside `fn`.
LAMPAS_API bool gradcheck(const GradcheckFunction& fn, const variable_list& inputs,
                          const GradcheckOptions& options = {});

/// gradcheck of the gradient itself, with respect to the inputs and the cotangents.
LAMPAS_API bool gradgradcheck(const GradcheckFunction& fn, const variable_list& inputs,
                              const GradcheckOptions& options = {});

}  // namespace lampas::autograd
