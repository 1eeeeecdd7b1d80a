#include "lampas/optim/sgd.h"

#include "ops/optim_step.h"
#include "optim/fused.h"

namespace lampas::optim {

template class OptimizerCloneableOptions<SGDOptions>;
template class OptimizerCloneableParamState<SGDParamState>;

void SGDOptions::visit(FieldVisitor& v) {
  v.field("lr", lr());
  v.field("momentum", momentum());
  v.field("dampening", dampening());
  v.field("weight_decay", weight_decay());
  v.field("nesterov", nesterov());
}
bool operator==(const SGDOptions& a, const SGDOptions& b) {
  return a.lr() == b.lr() && a.momentum() == b.momentum() && a.dampening() == b.dampening() &&
         a.weight_decay() == b.weight_decay() && a.nesterov() == b.nesterov();
}

void SGDParamState::visit(FieldVisitor& v) { v.field("momentum_buffer", momentum_buffer()); }
bool operator==(const SGDParamState& a, const SGDParamState& b) {
  const Tensor &x = a.momentum_buffer(), &y = b.momentum_buffer();
  return x.defined() == y.defined() && (!x.defined() || x.equal(y));
}

SGD::SGD(std::vector<OptimizerParamGroup> param_groups, SGDOptions defaults)
    : Optimizer(std::move(param_groups), std::make_unique<SGDOptions>(defaults)) {
  check_value(defaults.lr() >= 0, "SGD: Invalid learning rate: ", defaults.lr());
  check_value(defaults.momentum() >= 0, "SGD: Invalid momentum value: ", defaults.momentum());
  check_value(defaults.weight_decay() >= 0, "SGD: Invalid weight_decay value: ", defaults.weight_decay());
  check_value(!defaults.nesterov() || (defaults.momentum() > 0 && defaults.dampening() == 0),
              "SGD: Nesterov momentum requires a momentum and zero dampening");
}
SGD::SGD(std::vector<Tensor> params, SGDOptions defaults)
    : SGD(std::vector<OptimizerParamGroup>{OptimizerParamGroup(std::move(params))}, defaults) {}

std::unique_ptr<OptimizerParamState> SGD::new_state() const { return std::make_unique<SGDParamState>(); }

std::vector<Optimizer::LegacyField> SGD::legacy_fields() const { return {{"momentum_buffers", "momentum_buffer"}}; }

Tensor SGD::step(LossClosure closure) {
  NoGradGuard no_grad;
  Tensor loss = evaluate(closure);
  for (auto& group : param_groups_) {
    const auto& o = static_cast<const SGDOptions&>(group.options());
    for (const Tensor& p : group.params()) {
      if (!p.grad().defined()) continue;
      Update update(p);
      SgdStep s{o.lr(), o.momentum(), o.dampening(), o.weight_decay(), o.nesterov(), false};
      void* buffer = nullptr;
      if (o.momentum() != 0) {
        Tensor& b = static_cast<SGDParamState&>(state_of(p)).momentum_buffer();
        s.first = !b.defined();
        if (s.first) b = update.empty();
        buffer = update.state(b, "SGD", "momentum_buffer");
      }
      sgd_step_kernel.get(p.device().type(), p.scalar_type())(update.parameter(), update.gradient(), buffer,
                                                              update.numel(), s);
      update.finish();
    }
  }
  return loss;
}

}  // namespace lampas::optim
