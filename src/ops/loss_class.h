#pragma once

#include "backend/kernel.h"

namespace lampas {

/// Scores of `classes` classes at outer x inner positions, in memory outer x classes x inner, and what they are judged
/// by. Weights are of the compute type (float64 for float64, else float32) or null. Positions whose target is
/// `ignored` count nothing.
struct ClassLoss {
  int64_t outer, classes, inner;
  const int64_t* target;  // outer x inner
  const void* weight;     // one per class
  int64_t ignored;
  double smoothing;  // cross entropy: share of the uniform distribution

  int64_t positions() const { return outer * inner; }
};
/// Sums over positions: of the loss and of the targets' weights; and the first position with an impossible target, or
/// -1.
struct ClassSums {
  double loss = 0, weight = 0;
  int64_t bad = -1;
};

/// -weight[t] x[t]; `loss` (of x's dtype, one per position) may be null.
inline Kernel<ClassSums(const ClassLoss& c, const void* x, void* loss)> nll_kernel{"nll_loss"};
/// Its derivative by x: all of dx is written. `g` has one element per position, or one in all (`one`).
inline Kernel<void(const ClassLoss& c, const void* g, bool one, void* dx)> nll_backward_kernel{"nll_loss"};

/// (1 - smoothing) weight[t] (lse - x[t]) + smoothing / classes sum_j weight[j] (lse - x[j]), with lse = log sum_j
/// exp(x[j]), which is written, in the compute type, for every position. `loss` may be null.
inline Kernel<ClassSums(const ClassLoss& c, const void* x, void* loss, void* lse)> cross_entropy_kernel{
    "cross_entropy_loss"};
inline Kernel<void(const ClassLoss& c, const void* g, bool one, const void* x, const void* lse, void* dx)>
    cross_entropy_backward_kernel{"cross_entropy_loss"};

/// Of class probabilities q, laid out as x: sum_j a[j] (lse - x[j]) with a[j] = weight[j] ((1 - smoothing) q[j] +
/// smoothing / classes); also writes lse and the sum of a for every position (compute type). Returns the sum over
/// positions; `loss` may be null.
inline Kernel<double(const ClassLoss& c, const void* x, const void* q, void* loss, void* lse, void* mass)>
    soft_cross_entropy_kernel{"cross_entropy_loss"};
/// dx = g (mass exp(x - lse) - a), dq = g (1 - smoothing) weight (lse - x); either may be null.
struct SoftGradients {
  const void *g, *x, *q, *lse, *mass;
  void *dx, *dq;
  bool one;  // g is one number for all
};
inline Kernel<void(const ClassLoss& c, const SoftGradients& s)> soft_cross_entropy_backward_kernel{
    "cross_entropy_loss"};

}  // namespace lampas
