#include "autograd/saved.h"

#include "lampas/autograd/saved_tensors_hooks.h"
#include "lampas/core/shape.h"

namespace lampas {

namespace detail {

struct SavedHooks : std::enable_shared_from_this<SavedHooks> {
  autograd::graph::saved_tensors_hooks::Pack pack;
  autograd::graph::saved_tensors_hooks::Unpack unpack;
  SavedHooks* outer = nullptr;
};

struct PackedTensor {
  std::shared_ptr<SavedHooks> hooks;
  std::any value;
  Edge edge;  // of an input
  Shape sizes;
  ScalarType dtype;
};
void DropPacked::operator()(PackedTensor* p) const noexcept { delete p; }

namespace {
/// Hooks run unrecorded, and what they save is not packed.
class HookScope {
 public:
  HookScope() : hooks_(std::exchange(thread_state.saved_hooks, nullptr)) {}
  ~HookScope() { thread_state.saved_hooks = hooks_; }
  HookScope(const HookScope&) = delete;

 private:
  SavedHooks* hooks_;
  NoRecord off_;
};
}  // namespace

}  // namespace detail

void SavedTensor::pack(Edge edge) {
  const Tensor t = std::exchange(tensor_, Tensor());
  detail::SavedHooks& hooks = *detail::thread_state.saved_hooks;
  const uint32_t version = t.impl()->version();
  const detail::HookScope scope;
  packed_.reset(new detail::PackedTensor{hooks.shared_from_this(), hooks.pack(t.detach()), std::move(edge),
                                         Shape(t.sizes()), t.scalar_type()});
  check(t.impl()->version() == version,
        "saved_tensors_hooks: A saved tensor pack hook is modifying its input in place. Tensors provided as input to "
        "pack hook can not be modified by in-place operations");
}

const Tensor& SavedTensor::unpack(Node* self, Tensor& scratch) const {
  const detail::PackedTensor& p = *packed_;
  const Tensor t = [&] {
    const detail::HookScope scope;
    return p.hooks->unpack(p.value);
  }();
  check(t.defined() && t.sizes() == IntArrayRef(p.sizes) && t.scalar_type() == p.dtype,
        "saved_tensors_hooks: expected unpack to return a tensor ", IntArrayRef(p.sizes), " ", p.dtype,
        ", as packed for ", self->name(), ", got ", t);
  const TensorImpl& i = *t.impl();
  scratch = Tensor::adopt(detail::new_alias(i, i.sizes_ref(), i.strides_ref(), i.offset));
  if (detail::thread_state.grad_mode && is_differentiable(i.dtype)) {
    if (is_output_)
      detail::set_history(scratch, self, output_nr_);
    else if (p.edge.is_valid())
      detail::set_history(scratch, p.edge.function.get(), p.edge.input_nr);
  }
  return scratch;
}

namespace autograd::graph {

saved_tensors_hooks::saved_tensors_hooks(Pack pack, Unpack unpack)
    : hooks_(std::make_shared<lampas::detail::SavedHooks>()) {
  check(pack && unpack, "saved_tensors_hooks: expected two functions, got an empty one");
  hooks_->pack = std::move(pack);
  hooks_->unpack = std::move(unpack);
  hooks_->outer = std::exchange(lampas::detail::thread_state.saved_hooks, hooks_.get());
}
saved_tensors_hooks::~saved_tensors_hooks() { lampas::detail::thread_state.saved_hooks = hooks_->outer; }

}  // namespace autograd::graph
}  // namespace lampas
