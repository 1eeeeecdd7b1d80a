#include "lampas/optim/adagrad.h"

#include "lampas/ops/factories.h"
#include "ops/optim_step.h"
#include "optim/fused.h"

namespace lampas::optim {

template class OptimizerCloneableOptions<AdagradOptions>;
template class OptimizerCloneableParamState<AdagradParamState>;

void AdagradOptions::visit(FieldVisitor& v) {
  v.field("lr", lr());
  v.field("lr_decay", lr_decay());
  v.field("weight_decay", weight_decay());
  v.field("initial_accumulator_value", initial_accumulator_value());
  v.field("eps", eps());
}
bool operator==(const AdagradOptions& a, const AdagradOptions& b) {
  return a.lr() == b.lr() && a.lr_decay() == b.lr_decay() && a.weight_decay() == b.weight_decay() &&
         a.initial_accumulator_value() == b.initial_accumulator_value() && a.eps() == b.eps();
}
void AdagradParamState::visit(FieldVisitor& v) {
  v.field("sum", sum());
  v.field("step", step());
}
bool operator==(const AdagradParamState& a, const AdagradParamState& b) {
  return a.step() == b.step() && same_tensor(a.sum(), b.sum());
}

Adagrad::Adagrad(std::vector<OptimizerParamGroup> param_groups, AdagradOptions defaults)
    : Optimizer(std::move(param_groups), std::make_unique<AdagradOptions>(defaults)) {
  check_value(defaults.lr() >= 0, "Adagrad: Invalid learning rate: ", defaults.lr());
  check_value(defaults.lr_decay() >= 0, "Adagrad: Invalid lr_decay value: ", defaults.lr_decay());
  check_value(defaults.weight_decay() >= 0, "Adagrad: Invalid weight_decay value: ", defaults.weight_decay());
  check_value(defaults.initial_accumulator_value() >= 0,
              "Adagrad: Invalid initial_accumulator_value value: ", defaults.initial_accumulator_value());
  check_value(defaults.eps() >= 0, "Adagrad: Invalid epsilon value: ", defaults.eps());
  // The state exists from the start, of one value for all groups, as in PyTorch.
  for (auto& group : param_groups_)
    for (const Tensor& p : group.params())
      static_cast<AdagradParamState&>(state_of(p)).sum(full_like(p.detach(), defaults.initial_accumulator_value()));
}
Adagrad::Adagrad(std::vector<Tensor> params, AdagradOptions defaults)
    : Adagrad(std::vector<OptimizerParamGroup>{OptimizerParamGroup(std::move(params))}, defaults) {}

std::unique_ptr<OptimizerParamState> Adagrad::new_state() const { return std::make_unique<AdagradParamState>(); }
std::vector<Optimizer::LegacyField> Adagrad::legacy_fields() const {
  return {{"sum_buffers", "sum"}, {"step_buffers", "step"}};
}

Tensor Adagrad::step(LossClosure closure) {
  NoGradGuard no_grad;
  Tensor loss = evaluate(closure);
  for (auto& group : param_groups_)
    if (static_cast<const AdagradOptions&>(group.options()).weight_decay() != 0)
      check_dense(group, "Adagrad: weight_decay option is not compatible with sparse gradients");
  for (auto& group : param_groups_) {
    const auto& o = static_cast<const AdagradOptions&>(group.options());
    for (const Tensor& p : group.params()) {
      if (!p.grad().defined()) continue;
      Update update(p);
      auto& state = static_cast<AdagradParamState&>(state_of(p));
      if (!state.sum().defined()) state.sum(full_like(update.zeros(), o.initial_accumulator_value()));
      state.step(state.step() + 1);
      const AdagradStep s{o.lr() / (1 + static_cast<double>(state.step() - 1) * o.lr_decay()), o.weight_decay(),
                          o.eps()};
      void* sum = update.state(state.sum(), "Adagrad", "sum");
      adagrad_step_kernel.get(p.device().type(), p.scalar_type())(update.parameter(), update.gradient(), sum,
                                                                  update.numel(), s);
      update.finish();
    }
  }
  return loss;
}

}  // namespace lampas::optim
