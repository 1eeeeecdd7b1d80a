#pragma once

#include "lampas/optim/optimizer.h"

namespace lampas::optim {

struct LAMPAS_API AdagradOptions : public OptimizerCloneableOptions<AdagradOptions> {
  AdagradOptions(double lr = 1e-2) : lr_(lr) {}
  /// Learning rate.
  LAMPAS_ARG(double, lr) = 1e-2;
  /// Divides the learning rate of step k (from 0) by 1 + k lr_decay.
  LAMPAS_ARG(double, lr_decay) = 0;
  /// Adds weight_decay times the parameter to its gradient.
  LAMPAS_ARG(double, weight_decay) = 0;
  /// The sum of squares starts here.
  LAMPAS_ARG(double, initial_accumulator_value) = 0;
  /// Added to the denominator.
  LAMPAS_ARG(double, eps) = 1e-10;

 public:
  void visit(FieldVisitor& visitor) override;
  double get_lr() const override { return lr(); }
  void set_lr(double value) override { lr(value); }
  LAMPAS_API friend bool operator==(const AdagradOptions& a, const AdagradOptions& b);
};

struct LAMPAS_API AdagradParamState : public OptimizerCloneableParamState<AdagradParamState> {
  LAMPAS_LAZY_ARG(Tensor, sum) = {};
  LAMPAS_ARG(int64_t, step) = 0;

 public:
  void visit(FieldVisitor& visitor) override;
  LAMPAS_API friend bool operator==(const AdagradParamState& a, const AdagradParamState& b);
};

/// Adagrad (Duchi, Hazan, Singer 2011): s += g^2; p -= lr / (1 + k lr_decay) g / (sqrt(s) + eps).
class LAMPAS_API Adagrad : public Optimizer {
 public:
  Adagrad(std::vector<OptimizerParamGroup> param_groups, AdagradOptions defaults = {});
  Adagrad(std::vector<Tensor> params, AdagradOptions defaults = {});
  Tensor step(LossClosure closure = nullptr) override;

 protected:
  std::unique_ptr<OptimizerParamState> new_state() const override;
  std::vector<LegacyField> legacy_fields() const override;
};

extern template class OptimizerCloneableOptions<AdagradOptions>;
extern template class OptimizerCloneableParamState<AdagradParamState>;

}  // namespace lampas::optim
