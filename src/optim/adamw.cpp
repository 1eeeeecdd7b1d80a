#include "lampas/optim/adamw.h"

#include "optim/adam_step.h"

namespace lampas::optim {

template class OptimizerCloneableOptions<AdamWOptions>;
template class OptimizerCloneableParamState<AdamWParamState>;

void AdamWOptions::visit(FieldVisitor& v) { visit_adam_options(*this, v); }
bool operator==(const AdamWOptions& a, const AdamWOptions& b) { return same_adam_options(a, b); }
void AdamWParamState::visit(FieldVisitor& v) { visit_adam_state(*this, v); }
bool operator==(const AdamWParamState& a, const AdamWParamState& b) { return same_adam_state(a, b); }

AdamW::AdamW(std::vector<OptimizerParamGroup> param_groups, AdamWOptions defaults)
    : Optimizer(std::move(param_groups), std::make_unique<AdamWOptions>(defaults)) {
  check_adam_options("AdamW", defaults);
}
AdamW::AdamW(std::vector<Tensor> params, AdamWOptions defaults)
    : AdamW(std::vector<OptimizerParamGroup>{OptimizerParamGroup(std::move(params))}, defaults) {}

std::unique_ptr<OptimizerParamState> AdamW::new_state() const { return std::make_unique<AdamWParamState>(); }

std::vector<Optimizer::LegacyField> AdamW::legacy_fields() const {
  return {{"step_buffers", "step"},
          {"exp_average_buffers", "exp_avg"},
          {"exp_average_sq_buffers", "exp_avg_sq"},
          {"max_exp_average_sq_buffers", "max_exp_avg_sq"}};
}

Tensor AdamW::step(LossClosure closure) {
  NoGradGuard no_grad;
  Tensor loss = evaluate(closure);
  for (auto& group : param_groups_) check_dense(group, "AdamW does not support sparse gradients");
  for (auto& group : param_groups_)
    adam_group<AdamWParamState>("AdamW", group, static_cast<const AdamWOptions&>(group.options()), /*decoupled=*/true,
                                [this](const Tensor& p) -> OptimizerParamState& { return state_of(p); });
  return loss;
}

}  // namespace lampas::optim
