#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "autograd/anomaly.h"
#include "autograd/thread_state.h"
#include "lampas/autograd/node.h"

namespace lampas {

/// A hook on one gradient of a node, or (post) on a leaf after accumulation. Ordered by registration.
struct GradHook {
  unsigned id;
  uint32_t output_nr;
  std::function<Tensor(const Tensor&)> call;  // a defined result replaces the gradient
};

struct NodeExtras {
  std::vector<GradHook> pre;                                                  // tensor hooks
  std::vector<std::pair<unsigned, std::function<void(const Tensor&)>>> post;  // after accumulation into a leaf
  /// Tensors that asked for retain_grad: their gradient is stored when it is final.
  std::vector<std::pair<uint32_t, TensorImpl*>> retained;  // cleared by the tensor's destruction
  unsigned next_id = 0;
  std::shared_ptr<const CreationTrace> trace;  // anomaly mode: where the forward op ran
};

/// The part of a tensor's autograd state most tensors never need.
struct AutogradMeta {
  Tensor grad;
  std::atomic<Node*> accumulate{nullptr};  // owned: the leaf's AccumulateGrad
  NodePtr retained_on;                     // node whose extras mention this tensor
  bool retains_grad = false;
  bool reseated = false;  // reseat() gives this tensor other contents from time to time: saving it must not keep it
  std::string name;
};

/// Adds gradients into a leaf's `.grad`. Owned by the leaf; the leaf clears `variable` when it dies first. Without a
/// variable gradients vanish.
struct AccumulateGrad final : Node {
  Tensor slot;
  std::mutex mutex;
  TensorImpl* variable;  // not owned; guarded by `mutex`
  explicit AccumulateGrad(TensorImpl* v) : Node(1, 0, nullptr, &slot), variable(v) {}
  std::string name() const override { return "AccumulateGrad"; }
  void run(Tensor* g, const bool* needs, Tensor* out) override;
  bool is_accumulate() const override { return true; }
  void dispose() noexcept override { delete this; }
  /// Calls f with the variable while it lives.
  template <class F>
  void with_variable(const F& f) {
    const std::lock_guard<std::mutex> lock(mutex);
    if (variable) f(*variable);
  }
};

namespace detail {

/// The meta of a tensor, made on first use; safe from several threads.
AutogradMeta& autograd_meta(TensorImpl& impl);
/// Whether a view follows its base's history (its base being tracked).
bool view_tracked(const TensorImpl& impl);

/// Whether gradients flow through this tensor.
inline bool tracked(const TensorImpl* impl) {
  if (!impl) return false;
  if (impl->requires_grad || impl->grad_fn) return true;
  return LAMPAS_UNLIKELY(impl->base != nullptr) && view_tracked(*impl);
}
inline bool tracked(const Tensor& t) { return tracked(t.impl()); }

/// The node producing this tensor's gradient, null for leaves. Regenerates that of a view whose base changed in place.
Node* grad_fn_of(TensorImpl& impl);
/// Where this tensor's gradient goes: its grad_fn, a leaf's accumulation node, or nowhere.
Edge edge_of(const Tensor& t);
/// Gives `slot` the elements and the history of `value`, which may be a leaf; who holds `slot` sees them from then on.
/// What backward saved of the earlier contents stays valid. `slot` must not be a view.
void reseat(const Tensor& slot, const Tensor& value);
/// The present contents of a reseated tensor, with their history, as a tensor of its own.
Tensor contents_of(const Tensor& slot);
/// Ends reseating: `slot` becomes a leaf with the contents it has.
void end_reseat(const Tensor& slot);
/// Makes `t` an output of `node`. `t` must not be a view.
void set_history(const Tensor& t, Node* node, uint32_t output_nr);
/// The same, taking over a reference to `node`.
inline void give_history(const Tensor& t, Node* node, uint32_t output_nr) {
  TensorImpl& impl = *t.impl();
  if (Node* old = std::exchange(impl.grad_fn, node)) old->release();
  impl.output_nr = output_nr;
  if (impl.base) impl.view_version = impl.version();
}
/// An error where a write to `t` that records could not be followed; the views that refuse say how they were made.
void check_rebase(const Tensor& t, const char* op);
/// Records an in-place op: `t` is output `output_nr` of `node`; when `t` is a view, the node's edge 0 is that of `t`
/// before. Views write through to their base.
void rebase_history(const Tensor& t, NodePtr node, uint32_t output_nr = 0);
/// Whether the backward that runs on this thread accumulates into every leaf it reaches, and is not one of grad() or
/// backward(inputs=...).
bool backward_accumulates();
/// A tensor that retains its gradient goes on doing so under its new node.
void move_retained(TensorImpl& t, Node* to, uint32_t output_nr);
/// Throws when an in-place op may not write to `t`: a leaf that requires grad, a view of one, or a view whose history
/// cannot follow. Call before anything is written.
void check_inplace(const Tensor& t, const char* op);
/// Adds `g` into `.grad` of the variable as AccumulateGrad does.
void accumulate_grad(TensorImpl& variable, Tensor g);
/// Sums `g` into `slot`; takes over `g` when it is the first.
void sum_into(Tensor& slot, Tensor&& g);

}  // namespace detail
}  // namespace lampas
