#include "lampas/optim/sparse_adam.h"

#include <cmath>

#include "lampas/autograd/grad_mode.h"
#include "lampas/ops/factories.h"
#include "lampas/ops/index.h"
#include "lampas/ops/pointwise.h"
#include "optim/fused.h"

namespace lampas::optim {

template class OptimizerCloneableOptions<SparseAdamOptions>;
template class OptimizerCloneableParamState<SparseAdamParamState>;

void SparseAdamOptions::visit(FieldVisitor& v) {
  v.field("lr", lr());
  v.field("betas", betas());
  v.field("eps", eps());
  v.field("maximize", maximize());
}
bool operator==(const SparseAdamOptions& a, const SparseAdamOptions& b) {
  return a.lr() == b.lr() && a.betas() == b.betas() && a.eps() == b.eps() && a.maximize() == b.maximize();
}
void SparseAdamParamState::visit(FieldVisitor& v) {
  v.field("step", step());
  v.field("exp_avg", exp_avg());
  v.field("exp_avg_sq", exp_avg_sq());
}
bool operator==(const SparseAdamParamState& a, const SparseAdamParamState& b) {
  return a.step() == b.step() && same_tensor(a.exp_avg(), b.exp_avg()) && same_tensor(a.exp_avg_sq(), b.exp_avg_sq());
}

SparseAdam::SparseAdam(std::vector<OptimizerParamGroup> param_groups, SparseAdamOptions defaults)
    : Optimizer(std::move(param_groups), std::make_unique<SparseAdamOptions>(defaults)) {
  check_value(defaults.lr() > 0, "SparseAdam: Invalid learning rate: ", defaults.lr());
  check_value(defaults.eps() > 0, "SparseAdam: Invalid epsilon value: ", defaults.eps());
  const auto [beta1, beta2] = defaults.betas();
  check_value(beta1 >= 0 && beta1 < 1, "SparseAdam: Invalid beta parameter at index 0: ", beta1);
  check_value(beta2 >= 0 && beta2 < 1, "SparseAdam: Invalid beta parameter at index 1: ", beta2);
  for (auto& group : param_groups_)
    for (const Tensor& p : group.params())
      check_value(!p.is_sparse(), "SparseAdam: requires dense parameter tensors, got a sparse one");
}
SparseAdam::SparseAdam(std::vector<Tensor> params, SparseAdamOptions defaults)
    : SparseAdam(std::vector<OptimizerParamGroup>{OptimizerParamGroup(std::move(params))}, defaults) {}

std::unique_ptr<OptimizerParamState> SparseAdam::new_state() const { return std::make_unique<SparseAdamParamState>(); }

Tensor SparseAdam::step(LossClosure closure) {
  NoGradGuard no_grad;
  Tensor loss = evaluate(closure);
  for (auto& group : param_groups_)
    for (const Tensor& p : group.params())
      check(!p.grad().defined() || p.grad().is_sparse(),
            "SparseAdam does not support dense gradients, please consider Adam instead");
  for (auto& group : param_groups_) {
    const auto& o = static_cast<const SparseAdamOptions&>(group.options());
    const auto [beta1, beta2] = o.betas();
    for (const Tensor& p : group.params()) {
      if (!p.grad().defined()) continue;
      auto& state = static_cast<SparseAdamParamState&>(state_of(p));
      if (!state.exp_avg().defined()) state.exp_avg(zeros_like(p.detach()));
      if (!state.exp_avg_sq().defined()) state.exp_avg_sq(zeros_like(p.detach()));
      state.step(state.step() + 1);
      const Tensor grad = p.grad().coalesce();
      Tensor values = grad.values();
      if (values.numel() == 0) continue;
      if (o.maximize()) values = values.neg();
      const Tensor positions = grad.indices();
      std::vector<TensorIndex> where;
      for (int64_t d = 0; d < grad.sparse_dim(); ++d) where.emplace_back(positions.select(0, d));
      const Tensor m_old = state.exp_avg().index(where), v_old = state.exp_avg_sq().index(where);
      const Tensor m = values.sub(m_old).mul(1 - beta1).add_(m_old);
      const Tensor v = values.mul(values).sub_(v_old).mul_(1 - beta2).add_(v_old);
      state.exp_avg().index_put_(where, m);
      state.exp_avg_sq().index_put_(where, v);
      const double k = static_cast<double>(state.step());
      const double rate = o.lr() * std::sqrt(1 - std::pow(beta2, k)) / (1 - std::pow(beta1, k));
      p.index_put_(where, m.div(v.sqrt().add_(o.eps())).mul_(-rate), true);
    }
  }
  return loss;
}

}  // namespace lampas::optim
