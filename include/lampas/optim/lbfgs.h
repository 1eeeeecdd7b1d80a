#pragma once

#include "lampas/base/boxed.h"
#include "lampas/optim/optimizer.h"

namespace lampas::optim {

struct LAMPAS_API LBFGSOptions : public OptimizerCloneableOptions<LBFGSOptions> {
  LBFGSOptions(double lr = 1) : lr_(lr) {}
  /// Learning rate: the first length tried along a direction.
  LAMPAS_ARG(double, lr) = 1;
  /// Iterations in one step().
  LAMPAS_ARG(int64_t, max_iter) = 20;
  /// Calls of the closure in one step(). Default: 1.25 max_iter.
  LAMPAS_ARG(std::optional<int64_t>, max_eval) = std::nullopt;
  /// Stops when no component of the gradient is larger.
  LAMPAS_ARG(double, tolerance_grad) = 1e-7;
  /// Stops when the loss or the parameters change by less.
  LAMPAS_ARG(double, tolerance_change) = 1e-9;
  /// Pairs of steps and gradient changes that are kept.
  LAMPAS_ARG(int64_t, history_size) = 100;
  /// "strong_wolfe" for a line search; none by default.
  LAMPAS_BOXED_ARG(std::optional<std::string>, line_search_fn);

 public:
  void visit(FieldVisitor& visitor) override;
  double get_lr() const override { return lr(); }
  void set_lr(double value) override { lr(value); }
  LAMPAS_API friend bool operator==(const LBFGSOptions& a, const LBFGSOptions& b);
};

struct LAMPAS_API LBFGSParamState : public OptimizerCloneableParamState<LBFGSParamState> {
  LAMPAS_ARG(int64_t, func_evals) = 0;
  LAMPAS_ARG(int64_t, n_iter) = 0;
  LAMPAS_ARG(double, t) = 0;
  LAMPAS_ARG(double, prev_loss) = 0;
  LAMPAS_LAZY_ARG(Tensor, d) = {};
  LAMPAS_LAZY_ARG(Tensor, H_diag) = {};
  LAMPAS_LAZY_ARG(Tensor, prev_flat_grad) = {};
  LAMPAS_BOXED_ARG(std::deque<Tensor>, old_dirs);
  LAMPAS_BOXED_ARG(std::deque<Tensor>, old_stps);
  LAMPAS_BOXED_ARG(std::deque<Tensor>, ro);
  LAMPAS_BOXED_ARG(std::optional<std::vector<Tensor>>, al);

 public:
  void visit(FieldVisitor& visitor) override;
  bool like_parameter() const override { return false; }
  LAMPAS_API friend bool operator==(const LBFGSParamState& a, const LBFGSParamState& b);
};

/// L-BFGS (Nocedal 1980; Liu, Nocedal 1989), with minFunc's line search for the strong Wolfe conditions when asked for.
/// step() needs a closure, which it calls several times. One parameter group; the state of the first parameter is that
/// of all.
class LAMPAS_API LBFGS : public Optimizer {
 public:
  LBFGS(std::vector<OptimizerParamGroup> param_groups, LBFGSOptions defaults = {});
  LBFGS(std::vector<Tensor> params, LBFGSOptions defaults = {});
  Tensor step(LossClosure closure) override;

 protected:
  std::unique_ptr<OptimizerParamState> new_state() const override;
  std::vector<LegacyField> legacy_fields() const override;
};

extern template class OptimizerCloneableOptions<LBFGSOptions>;
extern template class OptimizerCloneableParamState<LBFGSParamState>;

}  // namespace lampas::optim
