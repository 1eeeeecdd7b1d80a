#pragma once

#include <tuple>

#include "lampas/optim/optimizer.h"

namespace lampas::optim {

struct LAMPAS_API SparseAdamOptions : public OptimizerCloneableOptions<SparseAdamOptions> {
  using betas_t = std::tuple<double, double>;
  SparseAdamOptions(double lr = 1e-3) : lr_(lr) {}
  /// Learning rate, positive.
  LAMPAS_ARG(double, lr) = 1e-3;
  /// Decay of the averages of the gradient and of its square, in [0, 1).
  LAMPAS_BOXED_ARG_INITIAL(betas_t, betas, 0.9, 0.999);
  /// Added to the denominator, positive.
  LAMPAS_ARG(double, eps) = 1e-8;
  /// Ascends instead.
  LAMPAS_ARG(bool, maximize) = false;

 public:
  void visit(FieldVisitor& visitor) override;
  double get_lr() const override { return lr(); }
  void set_lr(double value) override { lr(value); }
  LAMPAS_API friend bool operator==(const SparseAdamOptions& a, const SparseAdamOptions& b);
};

struct LAMPAS_API SparseAdamParamState : public OptimizerCloneableParamState<SparseAdamParamState> {
  LAMPAS_ARG(int64_t, step) = 0;
  LAMPAS_ARG(Tensor, exp_avg) = {};
  LAMPAS_ARG(Tensor, exp_avg_sq) = {};

 public:
  void visit(FieldVisitor& visitor) override;
  LAMPAS_API friend bool operator==(const SparseAdamParamState& a, const SparseAdamParamState& b);
};

/// Adam for sparse gradients (those of Embedding and EmbeddingBag with sparse(true)): averages and parameters change
/// only where the gradient has values, as PyTorch's torch.optim.SparseAdam does it. Dense gradients are an error.
class LAMPAS_API SparseAdam : public Optimizer {
 public:
  SparseAdam(std::vector<OptimizerParamGroup> param_groups, SparseAdamOptions defaults = {});
  SparseAdam(std::vector<Tensor> params, SparseAdamOptions defaults = {});
  Tensor step(LossClosure closure = nullptr) override;

 protected:
  std::unique_ptr<OptimizerParamState> new_state() const override;
};

extern template class OptimizerCloneableOptions<SparseAdamOptions>;
extern template class OptimizerCloneableParamState<SparseAdamParamState>;

}  // namespace lampas::optim
