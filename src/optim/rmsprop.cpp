#include "lampas/optim/rmsprop.h"

#include "ops/optim_step.h"
#include "optim/fused.h"

namespace lampas::optim {

template class OptimizerCloneableOptions<RMSpropOptions>;
template class OptimizerCloneableParamState<RMSpropParamState>;

void RMSpropOptions::visit(FieldVisitor& v) {
  v.field("lr", lr());
  v.field("alpha", alpha());
  v.field("eps", eps());
  v.field("weight_decay", weight_decay());
  v.field("momentum", momentum());
  v.field("centered", centered());
}
bool operator==(const RMSpropOptions& a, const RMSpropOptions& b) {
  return a.lr() == b.lr() && a.alpha() == b.alpha() && a.eps() == b.eps() && a.weight_decay() == b.weight_decay() &&
         a.momentum() == b.momentum() && a.centered() == b.centered();
}
void RMSpropParamState::visit(FieldVisitor& v) {
  v.field("step", step());
  v.field("square_avg", square_avg());
  v.field("momentum_buffer", momentum_buffer());
  v.field("grad_avg", grad_avg());
}
bool operator==(const RMSpropParamState& a, const RMSpropParamState& b) {
  return a.step() == b.step() && same_tensor(a.square_avg(), b.square_avg()) &&
         same_tensor(a.momentum_buffer(), b.momentum_buffer()) && same_tensor(a.grad_avg(), b.grad_avg());
}

RMSprop::RMSprop(std::vector<OptimizerParamGroup> param_groups, RMSpropOptions defaults)
    : Optimizer(std::move(param_groups), std::make_unique<RMSpropOptions>(defaults)) {
  check_value(defaults.lr() >= 0, "RMSprop: Invalid learning rate: ", defaults.lr());
  check_value(defaults.eps() >= 0, "RMSprop: Invalid epsilon value: ", defaults.eps());
  check_value(defaults.momentum() >= 0, "RMSprop: Invalid momentum value: ", defaults.momentum());
  check_value(defaults.weight_decay() >= 0, "RMSprop: Invalid weight_decay value: ", defaults.weight_decay());
  check_value(defaults.alpha() >= 0, "RMSprop: Invalid alpha value: ", defaults.alpha());
}
RMSprop::RMSprop(std::vector<Tensor> params, RMSpropOptions defaults)
    : RMSprop(std::vector<OptimizerParamGroup>{OptimizerParamGroup(std::move(params))}, defaults) {}

std::unique_ptr<OptimizerParamState> RMSprop::new_state() const { return std::make_unique<RMSpropParamState>(); }
std::vector<Optimizer::LegacyField> RMSprop::legacy_fields() const {
  return {{"square_average_buffers", "square_avg"},
          {"momentum_buffers", "momentum_buffer"},
          {"grad_average_buffers", "grad_avg"}};
}

Tensor RMSprop::step(LossClosure closure) {
  NoGradGuard no_grad;
  Tensor loss = evaluate(closure);
  for (auto& group : param_groups_) check_dense(group, "RMSprop does not support sparse gradients");
  for (auto& group : param_groups_) {
    const auto& o = static_cast<const RMSpropOptions&>(group.options());
    const RmspropStep s{o.lr(), o.alpha(), o.eps(), o.weight_decay(), o.momentum()};
    for (const Tensor& p : group.params()) {
      if (!p.grad().defined()) continue;
      Update update(p);
      auto& state = static_cast<RMSpropParamState&>(state_of(p));
      if (!state.square_avg().defined()) state.square_avg(update.zeros());
      if (o.momentum() > 0 && !state.momentum_buffer().defined()) state.momentum_buffer(update.zeros());
      if (o.centered() && !state.grad_avg().defined()) state.grad_avg(update.zeros());
      state.step(state.step() + 1);
      void* square = update.state(state.square_avg(), "RMSprop", "square_avg");
      void* buffer = o.momentum() > 0 ? update.state(state.momentum_buffer(), "RMSprop", "momentum_buffer") : nullptr;
      void* mean = o.centered() ? update.state(state.grad_avg(), "RMSprop", "grad_avg") : nullptr;
      rmsprop_step_kernel.get(p.device().type(), p.scalar_type())(update.parameter(), update.gradient(), square, buffer,
                                                                  mean, update.numel(), s);
      update.finish();
    }
  }
  return loss;
}

}  // namespace lampas::optim
