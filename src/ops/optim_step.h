#pragma once

#include <cstdint>

#include "backend/kernel.h"

/// Update rules of optimizers, one pass over parameter, gradient and state. All arrays hold n elements of one dtype in
/// one order. float16 and bfloat16 compute in float32 and are rounded once per array; the others compute in their own
/// dtype. Each operation rounds once (multiply-adds are fused), so an element's error is a few units in the last place;
/// NaN and inf of a gradient go through to its own element only.
namespace lampas {

struct SgdStep {
  double lr, momentum, dampening, weight_decay;
  bool nesterov;
  bool first;  // the momentum buffer is not set yet
};
/// g' = g + weight_decay p; buffer = momentum buffer + (1 - dampening) g' (first: g'); p -= lr buffer, with nesterov
/// lr (g' + momentum buffer), without momentum (buffer null) lr g'.
inline Kernel<void(void* p, const void* g, void* buffer, int64_t n, const SgdStep&)> sgd_step_kernel{"sgd_step"};

struct AdamStep {
  double lr, beta1, beta2, eps, weight_decay;
  bool decoupled;                             // AdamW: the decay does not enter the averages
  double bias_correction1, bias_correction2;  // 1 - beta^step
};
/// g' = g + weight_decay p (decoupled: p *= 1 - lr weight_decay); m = beta1 m + (1 - beta1) g'; v = beta2 v +
/// (1 - beta2) g'^2; p -= lr / bias_correction1 m / (sqrt(v) / sqrt(bias_correction2) + eps). With `v_max` (else null)
/// its running maximum takes the place of v in the last formula.
inline Kernel<void(void* p, const void* g, void* m, void* v, void* v_max, int64_t n, const AdamStep&)> adam_step_kernel{
    "adam_step"};

struct AdagradStep {
  double lr;  // of this step
  double weight_decay, eps;
};
/// g' = g + weight_decay p; sum += g'^2; p -= lr g' / (sqrt(sum) + eps).
inline Kernel<void(void* p, const void* g, void* sum, int64_t n, const AdagradStep&)> adagrad_step_kernel{
    "adagrad_step"};

struct RmspropStep {
  double lr, alpha, eps, weight_decay, momentum;
};
/// g' = g + weight_decay p; square = alpha square + (1 - alpha) g'^2; u = g' / (sqrt(square) + eps), with `mean` (else
/// null) mean = alpha mean + (1 - alpha) g' and sqrt(square - mean^2); p -= lr u, with `buffer` (else null) buffer =
/// momentum buffer + u and p -= lr buffer.
inline Kernel<void(void* p, const void* g, void* square, void* buffer, void* mean, int64_t n, const RmspropStep&)>
    rmsprop_step_kernel{"rmsprop_step"};

}  // namespace lampas
