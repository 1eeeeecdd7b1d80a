#pragma once

#include "backend/kernel.h"

namespace lampas {

/// Log-probabilities of `steps` x `samples` x `classes`, contiguous, and sample n's labels: targets[offsets[n] + k] for
/// k < target_lengths[n]. A state is a blank (even) or a label (odd): sample n has 2 target_lengths[n] + 1, of at most
/// `states`.
struct CtcProblem {
  int64_t steps, samples, classes, states, blank;
  const int64_t *targets, *offsets, *input_lengths, *target_lengths;

  int64_t label(int64_t n, int64_t state) const { return state % 2 ? targets[offsets[n] + state / 2] : blank; }
};
/// alpha[n][t][s], the log-probability of the first t + 1 steps ending in state s (compute type), and the loss.
inline Kernel<void(const CtcProblem& c, const void* log_probs, void* alpha, void* loss)> ctc_kernel{"ctc_loss"};
/// d = g times the derivative of the loss by the log-probabilities; impossible alignments give 0 with `zero_infinity`.
/// `work` has room for `samples` x 2 x `states` of the compute type.
inline Kernel<void(const CtcProblem& c, const void* log_probs, const void* alpha, const void* loss, const void* g,
                   bool zero_infinity, void* work, void* d)>
    ctc_backward_kernel{"ctc_loss"};

}  // namespace lampas
