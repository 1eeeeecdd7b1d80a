#pragma once

#include <tuple>

#include "lampas/optim/optimizer.h"

namespace lampas::optim {

struct LAMPAS_API AdamOptions : public OptimizerCloneableOptions<AdamOptions> {
  using betas_t = std::tuple<double, double>;
  AdamOptions(double lr = 1e-3) : lr_(lr) {}
  /// Learning rate.
  LAMPAS_ARG(double, lr) = 1e-3;
  /// Decay of the averages of the gradient and of its square, in [0, 1).
  LAMPAS_BOXED_ARG_INITIAL(betas_t, betas, 0.9, 0.999);
  /// Added to the denominator.
  LAMPAS_ARG(double, eps) = 1e-8;
  /// Adds weight_decay times the parameter to its gradient.
  LAMPAS_ARG(double, weight_decay) = 0;
  /// Divides by the largest average of the square so far.
  LAMPAS_ARG(bool, amsgrad) = false;

 public:
  void visit(FieldVisitor& visitor) override;
  double get_lr() const override { return lr(); }
  void set_lr(double value) override { lr(value); }
  LAMPAS_API friend bool operator==(const AdamOptions& a, const AdamOptions& b);
};

struct LAMPAS_API AdamParamState : public OptimizerCloneableParamState<AdamParamState> {
  LAMPAS_ARG(int64_t, step) = 0;
  LAMPAS_LAZY_ARG(Tensor, exp_avg) = {};
  LAMPAS_LAZY_ARG(Tensor, exp_avg_sq) = {};
  LAMPAS_LAZY_ARG(Tensor, max_exp_avg_sq) = {};

 public:
  void visit(FieldVisitor& visitor) override;
  LAMPAS_API friend bool operator==(const AdamParamState& a, const AdamParamState& b);
};

/// Adam: m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2; p -= lr m' / (sqrt(v') + eps), m' and v' corrected
/// for their start at zero.
class LAMPAS_API Adam : public Optimizer {
 public:
  Adam(std::vector<OptimizerParamGroup> param_groups, AdamOptions defaults = {});
  Adam(std::vector<Tensor> params, AdamOptions defaults = {});
  Tensor step(LossClosure closure = nullptr) override;

 protected:
  std::unique_ptr<OptimizerParamState> new_state() const override;
  std::vector<LegacyField> legacy_fields() const override;
};

extern template class OptimizerCloneableOptions<AdamOptions>;
extern template class OptimizerCloneableParamState<AdamParamState>;

}  // namespace lampas::optim
