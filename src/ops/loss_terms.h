#pragma once

#include "backend/kernel.h"
#include "backend/pointwise.h"

namespace lampas {

/// A loss that is a sum of terms l(x, t), one for each element: all such losses share these slots. Operands are outputs
/// first. float32, float64, float16 and bfloat16 (computed in float32).
struct LossTerms {
  Kernel<PointwiseFn> value;       // x, t: l
  Kernel<PointwiseFn> gradient_x;  // g, x, t: g dl/dx
  Kernel<PointwiseFn> gradient_t;  // g, x, t: g dl/dt; empty where the target has no gradient
  constexpr explicit LossTerms(const char* name) : value(name), gradient_x(name), gradient_t(name) {}
};

/// What a loss is parametrised by; `a` is the number named below, `flag` a choice.
struct LossParams {
  double a = 1;
  bool flag = false;
};

/// (x - t)^2 and |x - t|.
inline LossTerms mse_terms{"mse_loss"}, l1_terms{"l1_loss"};
/// d = |x - t|: d < a ? d^2 / (2 a) : d - a / 2; and d <= a ? d^2 / 2 : a (d - a / 2).
inline LossTerms smooth_l1_terms{"smooth_l1_loss"}, huber_terms{"huber_loss"};
/// -t max(log x, -100) - (1 - t) max(log(1 - x), -100).
inline LossTerms bce_terms{"binary_cross_entropy"};
/// max(x, 0) - x t + log(1 + exp(-|x|)).
inline LossTerms bce_logits_terms{"binary_cross_entropy_with_logits"};
/// t (log t - x), 0 where t is 0; flag: exp(t) (t - x).
inline LossTerms kl_div_terms{"kl_div"};
/// exp(x) - t x, and x - t log(x + a); flag: plus t log t - t + log(2 pi t) / 2 where t > 1.
inline LossTerms poisson_log_terms{"poisson_nll_loss"}, poisson_terms{"poisson_nll_loss"};
/// log(1 + exp(-t x)).
inline LossTerms soft_margin_terms{"soft_margin_loss"};
/// (t == 1 ? 0 : max(0, a - x)) + (t == -1 ? 0 : x). No gradient of t.
inline LossTerms hinge_embedding_terms{"hinge_embedding_loss"};
/// max(0, a - t x).
inline LossTerms hinge_terms{"margin_ranking_loss"};

/// The sum of l over n contiguous elements of the slot's dtype; `value` is the loss's kernel for the compute dtype.
/// Blocks are summed in the compute type, blocks in float64: relative error 16 eps of the sum of magnitudes. The result
/// does not depend on the number of threads.
inline Kernel<double(PointwiseFn* value, const void* x, const void* t, int64_t n, const void* params)> loss_sum_kernel{
    "loss"};

}  // namespace lampas
