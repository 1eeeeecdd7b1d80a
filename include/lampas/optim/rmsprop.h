#pragma once

#include "lampas/optim/optimizer.h"

namespace lampas::optim {

struct LAMPAS_API RMSpropOptions : public OptimizerCloneableOptions<RMSpropOptions> {
  RMSpropOptions(double lr = 1e-2) : lr_(lr) {}
  /// Learning rate.
  LAMPAS_ARG(double, lr) = 1e-2;
  /// Decay of the averages.
  LAMPAS_ARG(double, alpha) = 0.99;
  /// Added to the denominator.
  LAMPAS_ARG(double, eps) = 1e-8;
  /// Adds weight_decay times the parameter to its gradient.
  LAMPAS_ARG(double, weight_decay) = 0;
  /// Share of the previous step that is kept.
  LAMPAS_ARG(double, momentum) = 0;
  /// Divides by an estimate of the gradient's standard deviation instead of its root mean square.
  LAMPAS_ARG(bool, centered) = false;

 public:
  void visit(FieldVisitor& visitor) override;
  double get_lr() const override { return lr(); }
  void set_lr(double value) override { lr(value); }
  LAMPAS_API friend bool operator==(const RMSpropOptions& a, const RMSpropOptions& b);
};

struct LAMPAS_API RMSpropParamState : public OptimizerCloneableParamState<RMSpropParamState> {
  LAMPAS_ARG(int64_t, step) = 0;
  LAMPAS_LAZY_ARG(Tensor, square_avg) = {};
  LAMPAS_LAZY_ARG(Tensor, momentum_buffer) = {};
  LAMPAS_LAZY_ARG(Tensor, grad_avg) = {};

 public:
  void visit(FieldVisitor& visitor) override;
  LAMPAS_API friend bool operator==(const RMSpropParamState& a, const RMSpropParamState& b);
};

/// RMSprop (Hinton): v = alpha v + (1 - alpha) g^2; u = g / (sqrt(v) + eps); p -= lr u, with momentum b = momentum b +
/// u; p -= lr b. Centered: sqrt(v - m^2) with m = alpha m + (1 - alpha) g.
class LAMPAS_API RMSprop : public Optimizer {
 public:
  RMSprop(std::vector<OptimizerParamGroup> param_groups, RMSpropOptions defaults = {});
  RMSprop(std::vector<Tensor> params, RMSpropOptions defaults = {});
  Tensor step(LossClosure closure = nullptr) override;

 protected:
  std::unique_ptr<OptimizerParamState> new_state() const override;
  std::vector<LegacyField> legacy_fields() const override;
};

extern template class OptimizerCloneableOptions<RMSpropOptions>;
extern template class OptimizerCloneableParamState<RMSpropParamState>;

}  // namespace lampas::optim
