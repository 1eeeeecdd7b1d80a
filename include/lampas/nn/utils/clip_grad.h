#pragma once

#include <vector>

#include "lampas/tensor/tensor.h"

namespace lampas::nn::utils {

/// Scales the gradients of `parameters`, in place, so that their norm of order `norm_type`, taken over all of them as
/// one vector, is at most `max_norm`: by max_norm / (norm + 1e-6) where that is below 1. Infinity is the largest
/// absolute value; order 0 counts the gradients. Parameters without gradient are skipped. Returns the norm before
/// clipping; with `error_if_nonfinite` a norm that is infinite or NaN throws and changes nothing.
LAMPAS_API double clip_grad_norm_(const std::vector<Tensor>& parameters, double max_norm, double norm_type = 2.0,
                                  bool error_if_nonfinite = false);
LAMPAS_API double clip_grad_norm_(const Tensor& parameter, double max_norm, double norm_type = 2.0,
                                  bool error_if_nonfinite = false);
/// The older name.
inline double clip_grad_norm(const std::vector<Tensor>& parameters, double max_norm, double norm_type = 2.0) {
  return clip_grad_norm_(parameters, max_norm, norm_type);
}

/// Clamps the gradients of `parameters` to [-clip_value, clip_value], in place.
LAMPAS_API void clip_grad_value_(const std::vector<Tensor>& parameters, double clip_value);
LAMPAS_API void clip_grad_value_(const Tensor& parameter, double clip_value);

}  // namespace lampas::nn::utils
