#pragma once

#include <tuple>

#include "lampas/optim/optimizer.h"

namespace lampas::optim {

struct LAMPAS_API AdamWOptions : public OptimizerCloneableOptions<AdamWOptions> {
  using betas_t = std::tuple<double, double>;
  AdamWOptions(double lr = 1e-3) : lr_(lr) {}
  /// Learning rate.
  LAMPAS_ARG(double, lr) = 1e-3;
  /// Decay of the averages of the gradient and of its square, in [0, 1).
  LAMPAS_BOXED_ARG_INITIAL(betas_t, betas, 0.9, 0.999);
  /// Added to the denominator.
  LAMPAS_ARG(double, eps) = 1e-8;
  /// Each step shrinks a parameter by the factor 1 - lr weight_decay.
  LAMPAS_ARG(double, weight_decay) = 1e-2;
  /// Divides by the largest average of the square so far.
  LAMPAS_ARG(bool, amsgrad) = false;

 public:
  void visit(FieldVisitor& visitor) override;
  double get_lr() const override { return lr(); }
  void set_lr(double value) override { lr(value); }
  LAMPAS_API friend bool operator==(const AdamWOptions& a, const AdamWOptions& b);
};

struct LAMPAS_API AdamWParamState : public OptimizerCloneableParamState<AdamWParamState> {
  LAMPAS_ARG(int64_t, step) = 0;
  LAMPAS_LAZY_ARG(Tensor, exp_avg) = {};
  LAMPAS_LAZY_ARG(Tensor, exp_avg_sq) = {};
  LAMPAS_LAZY_ARG(Tensor, max_exp_avg_sq) = {};

 public:
  void visit(FieldVisitor& visitor) override;
  LAMPAS_API friend bool operator==(const AdamWParamState& a, const AdamWParamState& b);
};

/// Adam with a weight decay that acts on the parameters directly, apart from the averages.
class LAMPAS_API AdamW : public Optimizer {
 public:
  AdamW(std::vector<OptimizerParamGroup> param_groups, AdamWOptions defaults = {});
  AdamW(std::vector<Tensor> params, AdamWOptions defaults = {});
  Tensor step(LossClosure closure = nullptr) override;

 protected:
  std::unique_ptr<OptimizerParamState> new_state() const override;
  std::vector<LegacyField> legacy_fields() const override;
};

extern template class OptimizerCloneableOptions<AdamWOptions>;
extern template class OptimizerCloneableParamState<AdamWParamState>;

}  // namespace lampas::optim
