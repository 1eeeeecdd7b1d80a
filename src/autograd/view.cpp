// In-place ops and the history of views: after an in-place write to a view, its base's history goes through CopySlices
// and the view's own is regenerated from the base when somebody asks.
#include <algorithm>

#include "autograd/op.h"
#include "lampas/autograd/grad_mode.h"

namespace lampas {

namespace {

/// The geometry of a view relative to its base, in elements.
struct ViewGeometry {
  Shape sizes, strides;
  int64_t offset;  // storage offset
  static ViewGeometry of(const TensorImpl& v) {
    return {v.sizes_ref(), v.strides_ref(), v.offset / static_cast<int64_t>(element_size(v.dtype))};
  }
};

/// The derivative of "write fn's result into a slice of base": the slice of the gradient goes through fn, the rest
/// passes.
struct CopySlices final : Node {
  NodePtr fn;
  ViewGeometry view;
  Shape base_sizes, base_strides;
  int64_t base_offset;
  std::vector<Edge> next;
  Tensor slot;

  CopySlices(TensorImpl& base, const TensorImpl& v, NodePtr f)
      : Node(1, f->edge_count, nullptr, &slot),
        fn(std::move(f)),
        view(ViewGeometry::of(v)),
        base_sizes(base.sizes_ref()),
        base_strides(base.strides_ref()),
        base_offset(base.offset / static_cast<int64_t>(element_size(base.dtype))),
        next(fn->edge_count) {
    next[0] = detail::edge_of(Tensor(ImplPtr(&base)));
    for (size_t k = 1; k < next.size(); ++k) next[k] = fn->edges[k];
    edges = next.data();
  }
  std::string name() const override { return "CopySlices"; }
  void release_saved() override { fn->release_saved(); }
  void dispose() noexcept override { delete this; }
  void run(Tensor* g, const bool* needs, Tensor* out) override {
    // The gradient in the base's own memory layout, so that the view's geometry applies to it.
    int64_t extent = numel_of(base_sizes) ? 1 : 0;
    for (size_t d = 0; extent && d < base_sizes.size(); ++d) extent += (base_sizes[d] - 1) * base_strides[d];
    Tensor whole = g[0].new_zeros({extent}).as_strided(base_sizes, base_strides, 0);
    whole.copy_(g[0]);
    Tensor slice = whole.as_strided(view.sizes, view.strides, view.offset - base_offset);
    Tensor inner[1] = {slice.clone()};
    std::vector<Tensor> grads(edge_count);
    // fn's first input is the old slice: its gradient is wanted whenever the base's is.
    fn->run(inner, needs, grads.data());
    if (needs[0]) {
      if (grads[0].defined())
        slice.copy_(grads[0]);
      else
        slice.zero_();
      out[0] = whole;
    }
    for (size_t k = 1; k < edge_count; ++k) out[k] = std::move(grads[k]);
  }
};

}  // namespace

namespace detail {

Node* grad_fn_of(TensorImpl& impl) {
  if (!view_tracked(impl)) return impl.grad_fn;
  if (impl.grad_fn && impl.view_version == impl.version()) return impl.grad_fn;
  // The base changed through another view: this one's history is now "the base's, then as_strided".
  const auto item = static_cast<int64_t>(element_size(impl.dtype));
  AutoGradMode on(true);
  const Tensor y = Tensor(ImplPtr(impl.base)).as_strided(impl.sizes_ref(), impl.strides_ref(), impl.offset / item);
  move_retained(impl, y.impl()->grad_fn, y.impl()->output_nr);
  set_history(Tensor(ImplPtr(&impl)), y.impl()->grad_fn, y.impl()->output_nr);
  return impl.grad_fn;
}

void check_inplace(const Tensor& t, const char* op) {
  TensorImpl& impl = *t.impl();
  if (LAMPAS_UNLIKELY(impl.inference && !inference_mode))
    lampas::fail(
        op,
        ": Inplace update to inference tensor outside InferenceMode is not allowed. You can make a clone to get "
        "a normal tensor before doing inplace update.");
  if (LAMPAS_LIKELY(!thread_state.grad_mode)) return;
  if (impl.requires_grad && !impl.grad_fn && !(impl.base && tracked(impl.base)))
    lampas::fail(op, impl.base ? ": a view of" : ":",
                 " a leaf Variable that requires grad is being used in an in-place operation.");
  if (impl.base && (impl.base->requires_grad || impl.base->grad_fn)) {
    if (impl.view_kind != ViewKind::no_grad && impl.view_kind != ViewKind::inference && impl.base->requires_grad &&
        !impl.base->grad_fn)
      lampas::fail(op, ": a view of a leaf Variable that requires grad is being used in an in-place operation.");
    check_rebase(t, op);
  }
}

void check_rebase(const Tensor& t, const char* op) {
  const TensorImpl& impl = *t.impl();
  if (LAMPAS_LIKELY(!impl.base)) return;
  if (impl.view_kind == ViewKind::no_grad)
    lampas::fail(op,
                 ": A view was created in no_grad mode and is being modified inplace with grad mode enabled; recreate "
                 "the view with grad mode enabled");
  if (impl.view_kind == ViewKind::inference)
    lampas::fail(op,
                 ": A view was created in inference mode and is being modified inplace in normal mode; recreate the "
                 "view outside InferenceMode");
  if (impl.view_kind == ViewKind::multi_output)
    lampas::fail(
        op, ": output ", impl.output_nr,
        " is a view and is being modified inplace. This view is the output of a function that returns multiple "
        "views; use an out-of-place op, or index the base");
}

void move_retained(TensorImpl& impl, Node* to, uint32_t output_nr) {
  AutogradMeta* meta = impl.autograd.load(std::memory_order_relaxed);
  if (LAMPAS_LIKELY(!meta || !meta->retains_grad || !meta->retained_on)) return;
  auto& old = meta->retained_on->extras->retained;
  old.erase(std::remove_if(old.begin(), old.end(), [&](const auto& r) { return r.second == &impl; }), old.end());
  if (!to->extras) to->extras = new NodeExtras;
  to->extras->retained.emplace_back(output_nr, &impl);
  meta->retained_on = NodePtr(to);
}

void rebase_history(const Tensor& t, NodePtr node, uint32_t output_nr) {
  TensorImpl& impl = *t.impl();
  if (!impl.base || impl.view_kind == ViewKind::none) {
    impl.requires_grad = false;
    move_retained(impl, node.get(), output_nr);
    set_history(t, node.get(), output_nr);
    return;
  }
  check_rebase(t, node->name().c_str());
  TensorImpl& base = *impl.base;
  const Tensor root{ImplPtr(&base)};
  auto* slices = new CopySlices(base, impl, std::move(node));
  NodePtr owner = NodePtr::adopt(slices);
  move_retained(base, slices, 0);
  set_history(root, slices, 0);
  // Drop the stale history now; grad_fn_of makes the new one on demand.
  if (Node* old = std::exchange(impl.grad_fn, nullptr)) old->release();
}

void link_view(const Tensor& x, const Tensor& y, bool recorded, ViewKind kind) {
  TensorImpl &from = *x.impl(), &to = *y.impl();
  if (to.inference) return;
  TensorImpl* root = from.base ? from.base : &from;
  root->retain();
  to.base = root;
  to.view_kind = from.base && from.view_kind != ViewKind::tracked ? from.view_kind
                 : thread_state.grad_mode || recorded             ? kind
                 : inference_mode                                 ? ViewKind::inference
                                                                  : ViewKind::no_grad;
  to.view_version = to.version();
  // As in PyTorch, an unrecorded view of a tensor that requires a gradient says it requires one, too.
  if (to.view_kind == ViewKind::no_grad && is_differentiable(to.dtype)) to.requires_grad = tracked(root);
}

}  // namespace detail
}  // namespace lampas
