// Connectionist temporal classification (Graves et al., 2006), forward and backward variables as logarithms. Computed
// in the tensors' dtype, float32 or float64; each step of a sample adds at most 3 ULP. -inf is a probability of 0.
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "backend/cpu/parallel.h"
#include "ops/ctc.h"

namespace lampas {

namespace {

template <class T>
constexpr T kImpossible = -std::numeric_limits<T>::infinity();

/// log(exp a + exp b + exp c). The largest one's exponential, relative to itself, is 1.
template <class T>
T log_add(T a, T b, T c) {
  if (a < b) std::swap(a, b);
  if (a < c) std::swap(a, c);
  if (a == kImpossible<T>) return a;
  return a + std::log(T(1) + (std::exp(b - a) + std::exp(c - a)));
}

int64_t grain(const CtcProblem& c) {
  return std::max<int64_t>(1, cpu::kGrain / 32 / std::max<int64_t>(1, c.steps * c.states));
}

template <class T>
void forward(const CtcProblem& c, const void* log_probs, void* alpha_, void* loss_) {
  const T* lp = static_cast<const T*>(log_probs);
  T *alpha = static_cast<T*>(alpha_), *loss = static_cast<T*>(loss_);
  cpu::parallel_for(c.samples, grain(c), [&](int64_t begin, int64_t end) {
    for (int64_t n = begin; n < end; ++n) {
      const int64_t steps = c.input_lengths[n], states = 2 * c.target_lengths[n] + 1;
      T* a = alpha + n * c.steps * c.states;
      const auto p = [&](int64_t t, int64_t s) { return lp[(t * c.samples + n) * c.classes + c.label(n, s)]; };
      if (steps == 0) {
        loss[n] = c.target_lengths[n] ? -kImpossible<T> : T(0);
        continue;
      }
      std::fill_n(a, states, kImpossible<T>);
      a[0] = p(0, 0);
      if (states > 1) a[1] = p(0, 1);
      for (int64_t t = 1; t < steps; ++t, a += c.states)
        for (int64_t s = 0; s < states; ++s) {
          const T stay = a[s], step = s > 0 ? a[s - 1] : kImpossible<T>;
          // A blank between two labels may be left out unless they are equal.
          const T skip = s > 1 && s % 2 && c.label(n, s) != c.label(n, s - 2) ? a[s - 2] : kImpossible<T>;
          a[c.states + s] = log_add(stay, step, skip) + p(t, s);
        }
      loss[n] = -log_add(a[states - 1], states > 1 ? a[states - 2] : kImpossible<T>, kImpossible<T>);
    }
  });
}

template <class T>
void backward(const CtcProblem& c, const void* log_probs, const void* alpha_, const void* loss_, const void* g_,
              bool zero_infinity, void* work, void* d_) {
  const T *lp = static_cast<const T*>(log_probs), *alpha = static_cast<const T*>(alpha_);
  const T *loss = static_cast<const T*>(loss_), *g = static_cast<const T*>(g_);
  T* d = static_cast<T*>(d_);
  std::fill_n(d, c.steps * c.samples * c.classes, T(0));
  cpu::parallel_for(c.samples, grain(c), [&](int64_t begin, int64_t end) {
    for (int64_t n = begin; n < end; ++n) {
      const int64_t steps = c.input_lengths[n], states = 2 * c.target_lengths[n] + 1;
      if (zero_infinity && loss[n] == -kImpossible<T>) continue;
      // beta[s]: log-probability of the steps from t on, starting in state s, without step t's own.
      T *beta = static_cast<T*>(work) + 2 * n * c.states, *next = beta + c.states;
      std::fill_n(beta, states, kImpossible<T>);
      for (int64_t t = steps - 1; t >= 0; --t) {
        const auto p = [&](int64_t s) { return lp[(t * c.samples + n) * c.classes + c.label(n, s)]; };
        if (t == steps - 1) {
          beta[states - 1] = 0;
          if (states > 1) beta[states - 2] = 0;
        }
        const T* a = alpha + (n * c.steps + t) * c.states;
        T* row = d + (t * c.samples + n) * c.classes;
        for (int64_t s = 0; s < states; ++s) {
          const T posterior = std::exp(a[s] + beta[s] + loss[n]);
          row[c.label(n, s)] -= g[n] * posterior;
        }
        if (t == 0) break;
        // beta + p of this step, then what reaches it.
        for (int64_t s = 0; s < states; ++s) next[s] = beta[s] + p(s);
        for (int64_t s = 0; s < states; ++s) {
          const T stay = next[s], step = s + 1 < states ? next[s + 1] : kImpossible<T>;
          const T skip = s + 2 < states && s % 2 && c.label(n, s) != c.label(n, s + 2) ? next[s + 2] : kImpossible<T>;
          beta[s] = log_add(stay, step, skip);
        }
      }
    }
  });
}

const bool registered[] = {
    ctc_kernel.set(kCPU, kFloat, forward<float>),
    ctc_kernel.set(kCPU, kDouble, forward<double>),
    ctc_backward_kernel.set(kCPU, kFloat, backward<float>),
    ctc_backward_kernel.set(kCPU, kDouble, backward<double>),
};

}  // namespace

}  // namespace lampas
