// The autograd methods of Tensor.
#include "autograd/op.h"
#include "lampas/autograd/autograd.h"

namespace lampas {

bool Tensor::requires_grad() const { return get().requires_grad || detail::tracked(impl_.get()); }

const Tensor& Tensor::set_requires_grad(bool on) const {
  TensorImpl& i = get();
  if (!on)
    check(is_leaf(),
          "requires_grad_: you can only change requires_grad flags of leaf variables. If you want to use a "
          "computed variable in a subgraph that doesn't require differentiation use var_no_grad = var.detach().");
  check(!on || is_differentiable(i.dtype),
        "requires_grad_: Only Tensors of floating point and complex dtype can require gradients, got ", i.dtype);
  check(!on || !i.inference || detail::inference_mode,
        "requires_grad_: Setting requires_grad=True on inference tensor outside InferenceMode is not allowed.");
  if (!detail::grad_fn_of(i)) i.requires_grad = on;
  return *this;
}

bool Tensor::is_leaf() const { return !get().grad_fn && !detail::view_tracked(get()); }

const Tensor& Tensor::grad() const {
  static const Tensor undefined;
  const TensorImpl& i = get();
  AutogradMeta* m = i.autograd.load(std::memory_order_acquire);
  if (m && (m->grad.defined() || m->retains_grad)) return m->grad;
  if (LAMPAS_UNLIKELY(i.grad_fn != nullptr))
    warn(
        "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute won't be "
        "populated during autograd.backward(). If you indeed want the .grad field to be populated for a non-leaf "
        "Tensor, use .retain_grad() on the non-leaf Tensor.");
  return m ? m->grad : undefined;
}

int64_t Tensor::_version() const {
  check(!get().inference, "_version: Inference tensors do not track version counter.");
  return get().version();
}

Tensor& Tensor::mutable_grad() const { return detail::autograd_meta(get()).grad; }

IntrusivePtr<Node> Tensor::grad_fn() const { return NodePtr(detail::grad_fn_of(get())); }

void Tensor::backward(const Tensor& gradient, std::optional<bool> retain_graph, bool create_graph) const {
  backward(gradient, retain_graph, create_graph, std::nullopt);
}
void Tensor::backward(const Tensor& gradient, std::optional<bool> retain_graph, bool create_graph,
                      std::optional<TensorList> inputs) const {
  variable_list in;
  if (inputs) {
    check(!inputs->empty(), "backward: inputs argument to backward cannot be empty");
    in.assign(inputs->begin(), inputs->end());
  }
  autograd::backward({*this}, {gradient}, retain_graph, create_graph, in);
}

Tensor Tensor::detach() const {
  const TensorImpl& i = get();
  Tensor y = adopt(detail::new_alias(i, i.sizes_ref(), i.strides_ref(), i.offset));
  y.impl()->wrapped_number = i.wrapped_number;
  y.impl()->sparse = i.sparse;
  return y;
}

Tensor& Tensor::detach_() const {
  TensorImpl& i = get();
  if (i.base && detail::view_tracked(i)) {
    // All of what nobody else holds is no view to whoever has it: many ops give their results in another shape.
    check(i.base->refs.value() == 1 && i.base->numel == i.numel,
          "detach_: Can't detach views in-place. Use detach() instead.");
    std::exchange(i.base, nullptr)->release();
    i.view_kind = ViewKind::none;
  }
  if (Node* n = std::exchange(i.grad_fn, nullptr)) n->release();
  i.requires_grad = false;
  i.output_nr = 0;
  return const_cast<Tensor&>(*this);
}

Tensor Tensor::data() const {
  Tensor y = detach();
  if (LAMPAS_UNLIKELY(y.is_sparse())) return y;  // its parts follow the storage's version
  y.impl()->own_version = true;
  y.impl()->version_own = 0;
  return y;
}

void Tensor::set_data(const Tensor& other) const {
  TensorImpl &i = get(), &o = other.get();
  check(!i.requires_grad || is_differentiable(o.dtype),
        "set_data: data set to a tensor that requires gradients must be floating point or complex dtype, got ",
        o.dtype);
  if (i.base) {
    check(!detail::view_tracked(i), "set_data: a view's data cannot be replaced: gradients flow through this view");
    // With memory of its own it is a view no longer. (Buffers are often made by view() or unsqueeze().)
    std::exchange(i.base, nullptr)->release();
    i.view_kind = ViewKind::none;
  }
  // A leaf's gradient belongs to the old kind of data: shapes and dtypes are checked when gradients accumulate.
  i.replace_storage(o.storage);
  i.offset = o.offset;
  i.dtype = o.dtype;
  i.device = o.device;
  i.set_geometry(o.sizes_ref(), o.strides_ref());
  i.sparse = o.sparse;
  i.own_version = o.own_version;
  i.version_own = o.version_own;
  if (AutogradMeta* m = i.autograd.load(); m && m->grad.defined() && (m->grad.scalar_type() != i.dtype))
    m->grad = m->grad.detach().to(i.dtype);
}

void Tensor::retain_grad() const {
  TensorImpl& i = get();
  check(requires_grad(), "retain_grad: can't retain_grad on Tensor that has requires_grad=False");
  Node* n = detail::grad_fn_of(i);
  AutogradMeta& m = detail::autograd_meta(i);
  if (!n || m.retains_grad) return;
  if (!n->extras) n->extras = new NodeExtras;
  n->extras->retained.emplace_back(i.output_nr, &i);
  m.retained_on = NodePtr(n);
  m.retains_grad = true;
}

bool Tensor::retains_grad() const {
  AutogradMeta* m = get().autograd.load();
  return m && m->retains_grad;
}

Tensor Tensor::_base() const {
  check(is_view(), "_base: can't get base of non-view Variable");
  return Tensor(ImplPtr(get().base));
}

namespace {
Node& hook_node(const Tensor& t, const char* op) {
  check(t.requires_grad(), op, ": cannot register a hook on a variable that doesn't require gradient");
  Edge e = detail::edge_of(t);
  if (!e.function->extras) e.function->extras = new NodeExtras;
  return *e.function;  // kept alive by the tensor
}
}  // namespace

unsigned Tensor::register_hook(std::function<void(const Tensor&)> hook) const {
  return register_replacing_hook([hook = std::move(hook)](const Tensor& g) {
    hook(g);
    return Tensor();
  });
}

unsigned Tensor::register_replacing_hook(std::function<Tensor(const Tensor&)> hook) const {
  NodeExtras& x = *hook_node(*this, "register_hook").extras;
  const unsigned id = x.next_id++;
  x.pre.push_back({id, get().output_nr, std::move(hook)});
  return id;
}

void Tensor::remove_hook(unsigned handle) const {
  NodeExtras& x = *hook_node(*this, "remove_hook").extras;
  for (size_t k = 0; k < x.pre.size(); ++k)
    if (x.pre[k].id == handle) {
      x.pre.erase(x.pre.begin() + static_cast<long>(k));
      return;
    }
  for (size_t k = 0; k < x.post.size(); ++k)
    if (x.post[k].first == handle) {
      x.post.erase(x.post.begin() + static_cast<long>(k));
      return;
    }
  fail("remove_hook: Invalid index, no hook with handle ", handle);
}

unsigned Tensor::register_post_accumulate_grad_hook(std::function<void(const Tensor&)> hook) const {
  check(is_leaf(), "register_post_accumulate_grad_hook: only leaf tensors accumulate gradients");
  NodeExtras& x = *hook_node(*this, "register_post_accumulate_grad_hook").extras;
  const unsigned id = x.next_id++;
  x.post.emplace_back(id, std::move(hook));
  return id;
}

}  // namespace lampas
