#pragma once

#include "lampas/optim/optimizer.h"

namespace lampas::optim {

struct LAMPAS_API SGDOptions : public OptimizerCloneableOptions<SGDOptions> {
  SGDOptions(double lr) : lr_(lr) {}
  /// Learning rate.
  LAMPAS_ARG(double, lr);
  /// Share of the previous step that is kept.
  LAMPAS_ARG(double, momentum) = 0;
  /// Share of the gradient that does not enter the momentum.
  LAMPAS_ARG(double, dampening) = 0;
  /// Adds weight_decay times the parameter to its gradient.
  LAMPAS_ARG(double, weight_decay) = 0;
  /// Looks ahead along the momentum; needs momentum and no dampening.
  LAMPAS_ARG(bool, nesterov) = false;

 public:
  void visit(FieldVisitor& visitor) override;
  double get_lr() const override { return lr(); }
  void set_lr(double value) override { lr(value); }
  LAMPAS_API friend bool operator==(const SGDOptions& a, const SGDOptions& b);
};

struct LAMPAS_API SGDParamState : public OptimizerCloneableParamState<SGDParamState> {
  LAMPAS_LAZY_ARG(Tensor, momentum_buffer) = {};

 public:
  void visit(FieldVisitor& visitor) override;
  LAMPAS_API friend bool operator==(const SGDParamState& a, const SGDParamState& b);
};

/// Stochastic gradient descent: g = grad + weight_decay p; b = momentum b + (1 - dampening) g (first: g); p -= lr b,
/// with nesterov lr (g + momentum b).
class LAMPAS_API SGD : public Optimizer {
 public:
  SGD(std::vector<OptimizerParamGroup> param_groups, SGDOptions defaults);
  SGD(std::vector<Tensor> params, SGDOptions defaults);
  Tensor step(LossClosure closure = nullptr) override;

 protected:
  std::unique_ptr<OptimizerParamState> new_state() const override;
  std::vector<LegacyField> legacy_fields() const override;
};

extern template class OptimizerCloneableOptions<SGDOptions>;
extern template class OptimizerCloneableParamState<SGDParamState>;

}  // namespace lampas::optim
