#pragma once

#include <cmath>

#include "ops/optim_step.h"
#include "optim/fused.h"

namespace lampas::optim {

template <class Options>
void check_adam_options(const char* name, const Options& o) {
  check_value(o.lr() >= 0, name, ": Invalid learning rate: ", o.lr());
  check_value(o.eps() >= 0, name, ": Invalid epsilon value: ", o.eps());
  const auto [beta1, beta2] = o.betas();
  check_value(beta1 >= 0 && beta1 < 1, name, ": Invalid beta parameter at index 0: ", beta1);
  check_value(beta2 >= 0 && beta2 < 1, name, ": Invalid beta parameter at index 1: ", beta2);
  check_value(o.weight_decay() >= 0, name, ": Invalid weight_decay value: ", o.weight_decay());
}

/// One step of Adam or AdamW (`decoupled`) on every parameter of a group. `state_of(p)` gives a parameter's state.
template <class State, class Options, class StateOf>
void adam_group(const char* name, const OptimizerParamGroup& group, const Options& o, bool decoupled,
                const StateOf& state_of) {
  const auto [beta1, beta2] = o.betas();
  AdamStep s{o.lr(), beta1, beta2, o.eps(), o.weight_decay(), decoupled, 0, 0};
  int64_t corrected = 0;  // the step s's corrections are for: mostly the same for all
  for (const Tensor& p : group.params()) {
    if (!p.grad().defined()) continue;
    Update update(p);
    auto& state = static_cast<State&>(state_of(p));
    if (!state.exp_avg().defined()) {
      state.exp_avg(update.zeros());
      state.exp_avg_sq(update.zeros());
    }
    if (o.amsgrad() && !state.max_exp_avg_sq().defined()) state.max_exp_avg_sq(update.zeros());
    state.step(state.step() + 1);
    if (state.step() != corrected) {
      corrected = state.step();
      s.bias_correction1 = 1 - std::pow(beta1, static_cast<double>(corrected));
      s.bias_correction2 = 1 - std::pow(beta2, static_cast<double>(corrected));
    }
    void* m = update.state(state.exp_avg(), name, "exp_avg");
    void* v = update.state(state.exp_avg_sq(), name, "exp_avg_sq");
    void* largest = o.amsgrad() ? update.state(state.max_exp_avg_sq(), name, "max_exp_avg_sq") : nullptr;
    adam_step_kernel.get(p.device().type(), p.scalar_type())(update.parameter(), update.gradient(), m, v, largest,
                                                             update.numel(), s);
    update.finish();
  }
}

template <class State>
void visit_adam_state(State& s, FieldVisitor& v) {
  v.field("step", s.step());
  v.field("exp_avg", s.exp_avg());
  v.field("exp_avg_sq", s.exp_avg_sq());
  v.field("max_exp_avg_sq", s.max_exp_avg_sq());
}
template <class Options>
void visit_adam_options(Options& o, FieldVisitor& v) {
  v.field("lr", o.lr());
  v.field("betas", o.betas());
  v.field("eps", o.eps());
  v.field("weight_decay", o.weight_decay());
  v.field("amsgrad", o.amsgrad());
}
template <class Options>
bool same_adam_options(const Options& a, const Options& b) {
  return a.lr() == b.lr() && a.betas() == b.betas() && a.eps() == b.eps() && a.weight_decay() == b.weight_decay() &&
         a.amsgrad() == b.amsgrad();
}
template <class State>
bool same_adam_state(const State& a, const State& b) {
  const auto same = [](const Tensor& x, const Tensor& y) {
    return x.defined() == y.defined() && (!x.defined() || x.equal(y));
  };
  return a.step() == b.step() && same(a.exp_avg(), b.exp_avg()) && same(a.exp_avg_sq(), b.exp_avg_sq()) &&
         same(a.max_exp_avg_sq(), b.max_exp_avg_sq());
}

}  // namespace lampas::optim
