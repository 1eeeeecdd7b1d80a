#include "lampas/optim/adam.h"

#include "optim/adam_step.h"

namespace lampas::optim {

template class OptimizerCloneableOptions<AdamOptions>;
template class OptimizerCloneableParamState<AdamParamState>;

void AdamOptions::visit(FieldVisitor& v) { visit_adam_options(*this, v); }
bool operator==(const AdamOptions& a, const AdamOptions& b) { return same_adam_options(a, b); }
void AdamParamState::visit(FieldVisitor& v) { visit_adam_state(*this, v); }
bool operator==(const AdamParamState& a, const AdamParamState& b) { return same_adam_state(a, b); }

Adam::Adam(std::vector<OptimizerParamGroup> param_groups, AdamOptions defaults)
    : Optimizer(std::move(param_groups), std::make_unique<AdamOptions>(defaults)) {
  check_adam_options("Adam", defaults);
}
Adam::Adam(std::vector<Tensor> params, AdamOptions defaults)
    : Adam(std::vector<OptimizerParamGroup>{OptimizerParamGroup(std::move(params))}, defaults) {}

std::unique_ptr<OptimizerParamState> Adam::new_state() const { return std::make_unique<AdamParamState>(); }

std::vector<Optimizer::LegacyField> Adam::legacy_fields() const {
  return {{"step_buffers", "step"},
          {"exp_average_buffers", "exp_avg"},
          {"exp_average_sq_buffers", "exp_avg_sq"},
          {"max_exp_average_sq_buffers", "max_exp_avg_sq"}};
}

Tensor Adam::step(LossClosure closure) {
  NoGradGuard no_grad;
  Tensor loss = evaluate(closure);
  for (auto& group : param_groups_)
    check_dense(group, "Adam does not support sparse gradients, please consider SparseAdam instead");
  for (auto& group : param_groups_)
    adam_group<AdamParamState>("Adam", group, static_cast<const AdamOptions&>(group.options()), /*decoupled=*/false,
                               [this](const Tensor& p) -> OptimizerParamState& { return state_of(p); });
  return loss;
}

}  // namespace lampas::optim
