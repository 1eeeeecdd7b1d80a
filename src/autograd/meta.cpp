#include "autograd/meta.h"

namespace lampas::detail {

AutogradMeta& autograd_meta(TensorImpl& impl) {
  AutogradMeta* m = impl.autograd.load(std::memory_order_acquire);
  if (m) return *m;
  auto* fresh = new AutogradMeta;
  if (impl.autograd.compare_exchange_strong(m, fresh, std::memory_order_acq_rel)) return *fresh;
  delete fresh;
  return *m;
}

void release_autograd(TensorImpl& impl) noexcept {
  if (AutogradMeta* m = impl.autograd.load(std::memory_order_relaxed)) {
    if (Node* n = m->accumulate.load(std::memory_order_relaxed)) {
      auto* acc = static_cast<AccumulateGrad*>(n);
      {
        std::lock_guard lock(acc->mutex);
        acc->variable = nullptr;
      }
      acc->release();
    }
    if (m->retained_on && m->retained_on->extras)
      for (auto& [nr, t] : m->retained_on->extras->retained)
        if (t == &impl) t = nullptr;
    delete m;
  }
  if (impl.grad_fn) impl.grad_fn->release();
  if (impl.base) impl.base->release();
}

bool view_tracked(const TensorImpl& impl) {
  if (impl.view_kind != ViewKind::tracked && impl.view_kind != ViewKind::multi_output) return false;
  return impl.base->requires_grad || impl.base->grad_fn;
}

Edge edge_of(const Tensor& t) {
  TensorImpl* impl = t.impl();
  if (!impl) return {};
  if (LAMPAS_UNLIKELY(impl->base != nullptr)) {
    if (Node* n = grad_fn_of(*impl)) return {NodePtr(n), impl->output_nr};
  } else if (impl->grad_fn) {
    return {NodePtr(impl->grad_fn), impl->output_nr};
  }
  if (!impl->requires_grad) return {};
  if (LAMPAS_UNLIKELY(impl->base != nullptr) && (impl->base->requires_grad || impl->base->grad_fn) &&
      (impl->view_kind == ViewKind::no_grad || impl->view_kind == ViewKind::inference))
    return {NodePtr::adopt(new AccumulateGrad(nullptr)), 0};  // as PyTorch: such a view's gradient goes nowhere
  AutogradMeta& meta = autograd_meta(*impl);
  Node* acc = meta.accumulate.load(std::memory_order_acquire);
  if (!acc) {
    auto* fresh = new AccumulateGrad(impl);
    if (meta.accumulate.compare_exchange_strong(acc, fresh, std::memory_order_acq_rel))
      acc = fresh;
    else
      delete fresh;
  }
  return {NodePtr(acc), 0};
}

void set_history(const Tensor& t, Node* node, uint32_t output_nr) {
  node->retain();
  give_history(t, node, output_nr);
}

void reseat(const Tensor& slot, const Tensor& value) {
  TensorImpl& impl = *slot.impl();
  const Edge edge = edge_of(value);
  autograd_meta(impl).reseated = true;
  impl.requires_grad = false;
  slot.set_data(value);
  if (edge.is_valid()) {
    set_history(slot, edge.function.get(), edge.input_nr);
  } else if (Node* old = std::exchange(impl.grad_fn, nullptr)) {
    old->release();
  }
}

Tensor contents_of(const Tensor& slot) {
  const TensorImpl& i = *slot.impl();
  Tensor copy = Tensor::adopt(new_alias(i, i.sizes_ref(), i.strides_ref(), i.offset));
  if (i.grad_fn) set_history(copy, i.grad_fn, i.output_nr);
  return copy;
}

void end_reseat(const Tensor& slot) {
  slot.detach_();
  autograd_meta(*slot.impl()).reseated = false;
}

void sum_into(Tensor& slot, Tensor&& g) {
  if (!slot.defined()) {
    slot = std::move(g);
    return;
  }
  const TensorImpl& s = *slot.impl();
  const bool own = !thread_state.grad_mode && s.refs.value() == 1 && s.storage->refs.value() == 1 && s.contiguous &&
                   !s.base && s.sizes_ref() == g.sizes() && s.dtype == g.scalar_type();
  if (own)
    slot.add_(g);
  else
    slot = slot.add(g);
}

void accumulate_grad(TensorImpl& variable, Tensor g) {
  AutogradMeta& meta = autograd_meta(variable);
  check(g.sizes() == variable.sizes_ref(), "backward: a gradient of shape ", g.sizes(), " reached a leaf of shape ",
        variable.sizes_ref());
  if (g.scalar_type() != variable.dtype) g = g.to(variable.dtype);
  Tensor& grad = meta.grad;
  if (!grad.defined()) {
    // A gradient nobody else holds, laid out like its variable, is taken as it is.
    const TensorImpl& i = *g.impl();
    const bool stealable = i.refs.value() == 1 && i.storage->refs.value() == 1 && !i.wrapped_number &&
                           (i.contiguous || i.strides_ref() == variable.strides_ref());
    const Tensor leaf{ImplPtr(&variable)};
    if (thread_state.grad_mode)
      grad = g.clone();
    else if (LAMPAS_UNLIKELY(!variable.contiguous && leaf.layout() == kStrided && g.layout() == kStrided &&
                             i.strides_ref() != variable.strides_ref() && leaf.is_non_overlapping_and_dense()))
      // Laid out like its variable, so that optimizers walk both in one way.
      grad = g.new_empty_strided(leaf.sizes(), leaf.strides()).copy_(g.detach());
    else
      grad = stealable ? g.detach() : g.detach().clone(MemoryFormat::Contiguous);
  } else if (!thread_state.grad_mode) {
    if (tracked(grad))
      grad = grad.detach().add(g);
    else
      grad.add_(g);
  } else {
    grad = grad.add(g);
  }
}

}  // namespace lampas::detail

namespace lampas {

void AccumulateGrad::run(Tensor* g, const bool*, Tensor*) {
  std::lock_guard lock(mutex);
  if (!variable || !g[0].defined()) return;
  detail::accumulate_grad(*variable, std::move(g[0]));
  if (LAMPAS_UNLIKELY(extras && !extras->post.empty())) {
    const Tensor leaf{ImplPtr(variable)};
    for (auto& [id, hook] : extras->post) hook(leaf);
  }
}

}  // namespace lampas
