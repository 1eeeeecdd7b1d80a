#include "lampas/autograd/checkpoint.h"

#include "autograd/op.h"
#include "core/generator_impl.h"
#include "lampas/autograd/grad_mode.h"

namespace lampas::utils {

namespace {

using Body = std::function<variable_list(const variable_list&)>;

struct CheckpointNode final : Node {
  Body body;
  std::vector<Edge> next;
  std::vector<Tensor> gradients;
  std::vector<SavedTensor> saved;
  std::vector<bool> requires_grad;
  std::vector<uint8_t> generator_state;  // empty: not preserved
  bool freed = false;

  explicit CheckpointNode(Body b) : Node(0, 0, nullptr, nullptr), body(std::move(b)) {}
  std::string name() const override { return "CheckpointFunctionBackward"; }
  void dispose() noexcept override { delete this; }
  void release_saved() override {
    for (SavedTensor& s : saved) s.reset();
    freed = true;
  }

  void run(Tensor* g, const bool* needs, Tensor* out) override {
    if (freed) detail::freed_error("checkpoint");
    check(detail::backward_accumulates(),
          "checkpoint: Checkpointing is not compatible with grad() or when an `inputs` parameter is passed to "
          "backward(). Use backward() and do not pass its `inputs` argument.");
    check(!detail::thread_state.grad_mode,
          "checkpoint: create_graph is not supported in backward through a checkpoint");
    variable_list inputs(saved.size());
    for (size_t k = 0; k < saved.size(); ++k) {
      const Tensor t = saved[k].take(this);
      if (!t.defined()) continue;
      inputs[k] = t.detach();
      if (requires_grad[k]) inputs[k].set_requires_grad(true);
    }
    variable_list outputs = again(inputs), roots, root_grads;
    check(outputs.size() == output_count, "checkpoint: the function returned ", outputs.size(),
          " tensors when it was run again, and ", output_count, " at first");
    for (size_t k = 0; k < outputs.size(); ++k)
      if (g[k].defined() && outputs[k].defined() && outputs[k].requires_grad()) {
        roots.push_back(outputs[k]);
        root_grads.push_back(g[k]);
      }
    check(!roots.empty(), "checkpoint: none of output has requires_grad=true, this checkpoint() is not necessary");
    autograd::backward(roots, root_grads);
    for (size_t k = 0; k < inputs.size(); ++k)
      if (needs[k] && inputs[k].defined()) out[k] = inputs[k].grad();
  }

 private:
  /// The second run, with the random numbers of the first.
  variable_list again(const variable_list& inputs) const {
    struct State {
      std::vector<uint8_t> before;
      ~State() {
        const std::scoped_lock lock(default_generator().impl()->mutex_);
        if (!before.empty()) set_state_bytes(default_generator(), before.data(), before.size());
      }
    } state;
    if (!generator_state.empty()) {
      const std::scoped_lock lock(default_generator().impl()->mutex_);
      state.before = state_bytes(default_generator());
      set_state_bytes(default_generator(), generator_state.data(), generator_state.size());
    }
    AutoGradMode on(true);
    return body(inputs);
  }
};

}  // namespace

variable_list checkpoint(Body function, const variable_list& inputs, bool preserve_rng_state) {
  check(function != nullptr, "checkpoint: the function is empty");
  if (!detail::thread_state.grad_mode) return function(inputs);
  bool any = false;
  for (const Tensor& t : inputs) any = any || detail::tracked(t);
  if (!any) warn("checkpoint: None of the inputs have requires_grad=True. Gradients will be None");

  auto* node = new CheckpointNode(function);
  const NodePtr owner = NodePtr::adopt(node);
  if (preserve_rng_state) {
    const std::scoped_lock lock(default_generator().impl()->mutex_);
    node->generator_state = state_bytes(default_generator());
  }
  node->saved.resize(inputs.size());
  for (size_t k = 0; k < inputs.size(); ++k) {
    node->next.push_back(detail::edge_of(inputs[k]));
    node->saved[k].save_input(inputs[k]);
    node->requires_grad.push_back(detail::tracked(inputs[k]));
  }
  node->edges = node->next.data();
  node->edge_count = static_cast<uint32_t>(inputs.size());
  variable_list y;
  {
    NoGradGuard off;
    y = function(inputs);
  }
  node->gradients.resize(y.size());
  node->slots = node->gradients.data();
  node->output_count = static_cast<uint32_t>(y.size());
  if (any)
    for (size_t k = 0; k < y.size(); ++k) {
      if (!y[k].defined() || !is_differentiable(y[k].scalar_type())) continue;
      // Inputs that pass through, and views, get a handle of their own for the history.
      y[k] = y[k].detach();
      detail::set_history(y[k], node, static_cast<uint32_t>(k));
    }
  return y;
}

Tensor checkpoint(std::function<Tensor(const Tensor&)> function, const Tensor& input, bool preserve_rng_state) {
  check(function != nullptr, "checkpoint: the function is empty");
  return checkpoint([f = std::move(function)](const variable_list& x) -> variable_list { return {f(x[0])}; },
                    variable_list{input}, preserve_rng_state)[0];
}

}  // namespace lampas::utils
