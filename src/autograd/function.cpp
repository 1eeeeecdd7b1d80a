// User-defined functions (lampas/autograd/function.h).
#include "lampas/autograd/function.h"

#include <algorithm>

#include "autograd/op.h"
#include "lampas/autograd/grad_mode.h"
#include "lampas/base/demangle.h"

namespace lampas::autograd {

namespace detail {

using namespace lampas::detail;

struct FunctionNode final : Node {
  struct Meta {
    Shape sizes;
    ScalarType dtype = ScalarType::Undefined;
    Device device = kCPU;
    Meta() = default;
    explicit Meta(const Tensor& t) {
      if (!t.defined()) return;
      sizes = Shape(t.sizes());
      dtype = t.scalar_type();
      device = t.device();
    }
  };

  std::string label;
  FunctionCall::Backward backward;
  AutogradContext context;
  std::vector<Edge> next;
  std::vector<Meta> inputs, outputs;  // inputs: of the tensor arguments
  std::vector<bool> is_tensor;        // of all arguments, lists spread out
  std::vector<Tensor> gradients;      // slots
  std::vector<SavedTensor> saved;
  bool freed = false;
  const bool* needs = nullptr;  // while backward runs

  FunctionNode(std::string l, FunctionCall::Backward b)
      : Node(0, 0, nullptr, nullptr), label(std::move(l)), backward(b) {
    context.node_ = this;
    leaves_out_zeros = false;
  }
  std::string name() const override { return label; }
  void dispose() noexcept override { delete this; }
  void release_saved() override {
    for (SavedTensor& s : saved) s.reset();
    freed = true;
  }
  void run(Tensor* g, const bool* need, Tensor* out) override {
    variable_list grads(output_count);
    for (uint32_t k = 0; k < output_count; ++k) {
      grads[k] = std::move(g[k]);
      const Meta& m = outputs[k];
      if (grads[k].defined() || !context.materialize_ || m.dtype == ScalarType::Undefined) continue;
      grads[k] = Tensor::adopt(new_impl(m.sizes, numel_of(m.sizes), m.dtype, m.device));
      grads[k].zero_();
    }
    struct Restore {
      const bool*& at;
      const bool* before;
      ~Restore() { at = before; }
    } restore{needs, std::exchange(needs, need)};
    variable_list result = backward(&context, std::move(grads));

    const size_t expected = is_tensor.size();
    // More than enough is accepted when the rest is undefined.
    while (result.size() > expected && !result.back().defined()) result.pop_back();
    check(result.size() == expected, "function ", label, " returned an incorrect number of gradients (expected ",
          expected, ", got ", result.size(), ")");
    uint32_t edge = 0;
    for (size_t k = 0; k < expected; ++k) {
      if (!is_tensor[k]) {
        check(!result[k].defined(), "function ", label, " returned a gradient different from None at position ", k + 1,
              ", but the corresponding forward input was not a Variable");
        continue;
      }
      const uint32_t j = edge++;
      if (!need[j] || !result[k].defined()) continue;
      out[j] = fit(std::move(result[k]), inputs[j], k);
    }
  }

 private:
  Tensor fit(Tensor g, const Meta& m, size_t position) const {
    if (g.sizes() != IntArrayRef(m.sizes)) {
      bool expandable = static_cast<size_t>(g.dim()) >= m.sizes.size();
      for (size_t d = 0; expandable && d < m.sizes.size(); ++d) {
        const int64_t have = g.size(g.dim() - 1 - static_cast<int64_t>(d)), want = m.sizes[m.sizes.size() - 1 - d];
        expandable = want == have || want == 1;
      }
      check(expandable, "Function ", label, " returned an invalid gradient at index ", position, " - got ", g.sizes(),
            " but expected shape compatible with ", IntArrayRef(m.sizes));
      g = g.sum_to_size(m.sizes);
    }
    return g.scalar_type() == m.dtype ? g : g.to(m.dtype);
  }
};

FunctionCall::FunctionCall(const std::type_info& type, Backward backward)
    : node_(new FunctionNode(
          [&] {
            const std::string full = demangle(type.name());
            const size_t at = full.rfind("::");
            return at == std::string::npos ? full : full.substr(at + 2);
          }(),
          backward)) {
  owner_ = NodePtr::adopt(node_);
}
FunctionCall::~FunctionCall() {
  if (entered_) GradMode::set_enabled(grad_before_);
}

void FunctionCall::argument(const Tensor& t) {
  node_->is_tensor.push_back(true);
  inputs_.push_back(t);
}
void FunctionCall::argument(TensorList list) {
  for (const Tensor& t : list) argument(t);
}
void FunctionCall::argument(const std::optional<Tensor>& t) {
  if (t && t->defined())
    argument(*t);
  else
    other();
}
void FunctionCall::other() { node_->is_tensor.push_back(false); }

AutogradContext* FunctionCall::context() { return &node_->context; }

void FunctionCall::enter() {
  if (thread_state.grad_mode)
    for (const Tensor& t : inputs_) record_ = record_ || tracked(t);
  for (const Tensor& t : inputs_) {
    node_->next.push_back(record_ ? edge_of(t) : Edge());
    node_->inputs.emplace_back(t);
  }
  node_->edges = node_->next.data();
  node_->edge_count = static_cast<uint32_t>(node_->next.size());
  grad_before_ = GradMode::is_enabled();
  entered_ = true;
  GradMode::set_enabled(false);
}

namespace {
bool holds(const variable_list& list, const Tensor& t) {
  return std::any_of(list.begin(), list.end(), [&](const Tensor& x) { return x.is_same(t); });
}
}  // namespace

variable_list FunctionCall::finish(variable_list y) {
  entered_ = false;
  GradMode::set_enabled(grad_before_);
  AutogradContext& ctx = node_->context;
  const std::string& label = node_->label;
  for (const Tensor& d : ctx.dirty_) {
    check(holds(inputs_, d), label, ": mark_dirty: a tensor marked as dirty is not an input");
    check(holds(y, d), label,
          ": Some elements marked as dirty during the forward method were not returned as output. The inputs that are "
          "modified inplace must all be outputs of the Function.");
    if (record_) check_inplace(d, label.c_str());
    check(!record_ || !d.impl()->base || y.size() == 1, label,
          ": If your Function modifies inplace an input that is a view of another Tensor, your Function cannot return "
          "more than one Tensor. This is not supported by the current autograd engine.");
    check(!record_ || !d.impl()->base || inputs_[0].is_same(d), label,
          ": a view that is modified inplace must be the first tensor argument of the Function");
  }
  node_->gradients.resize(y.size());
  node_->slots = node_->gradients.data();
  node_->output_count = static_cast<uint32_t>(y.size());
  for (const Tensor& t : y) node_->outputs.emplace_back(t);

  for (const Tensor& d : ctx.dirty_) d.impl()->bump_version();
  std::vector<const TensorImpl*> done;
  for (size_t k = 0; k < y.size(); ++k) {
    Tensor& t = y[k];
    if (!t.defined()) continue;
    const auto nr = static_cast<uint32_t>(k);
    const bool dirty = holds(ctx.dirty_, t), is_input = holds(inputs_, t);
    if (!record_ || !is_differentiable(t.scalar_type()) || holds(ctx.non_differentiable_, t)) {
      // An input that passes through unchanged must not bring its history along.
      if (is_input && !dirty && tracked(t)) t = t.detach();
      continue;
    }
    if (dirty) {
      if (std::find(done.begin(), done.end(), t.impl()) != done.end()) continue;
      done.push_back(t.impl());
      rebase_history(t, owner_, nr);
      continue;
    }
    if (is_input) t = t.detach();
    if (t.impl()->base) t = t.detach();  // a view made inside forward has this node as its history, not its base's
    set_history(t, node_, nr);
  }

  if (record_) {
    node_->saved.resize(ctx.to_save_.size());
    for (size_t k = 0; k < ctx.to_save_.size(); ++k) {
      const Tensor& t = ctx.to_save_[k];
      if (!t.defined()) continue;
      if (t.impl()->grad_fn == node_)
        node_->saved[k].save_output(t, t.impl()->output_nr);
      else
        node_->saved[k].save_input(t);
    }
  }
  ctx.to_save_.clear();
  ctx.dirty_.clear();
  ctx.non_differentiable_.clear();
  return y;
}

}  // namespace detail

AutogradContext::AutogradContext() : saved_data(*new std::unordered_map<std::string, IValue>) {}
AutogradContext::~AutogradContext() { delete &saved_data; }
void AutogradContext::save_for_backward(variable_list tensors) { to_save_ = std::move(tensors); }
void AutogradContext::mark_dirty(const variable_list& inputs) { dirty_ = inputs; }
void AutogradContext::mark_non_differentiable(const variable_list& outputs) { non_differentiable_ = outputs; }
void AutogradContext::set_materialize_grads(bool value) { materialize_ = value; }

variable_list AutogradContext::get_saved_variables() const {
  check(node_ != nullptr, "get_saved_variables: may be called in backward only");
  if (node_->freed && !node_->saved.empty()) lampas::detail::freed_error(node_->label.c_str());
  variable_list r;
  r.reserve(node_->saved.size());
  for (const SavedTensor& s : node_->saved) r.push_back(s.take(node_));
  return r;
}

bool AutogradContext::needs_input_grad(size_t index) const {
  check(node_ != nullptr && node_->needs != nullptr, "needs_input_grad: may be called in backward only");
  check_index(index < node_->edge_count, "needs_input_grad: index ", index, " is out of range for ", node_->edge_count,
              " tensor inputs");
  return node_->needs[index];
}
bool AutogradContext::needs_input_grad(std::initializer_list<IndexRange> ranges) const {
  for (const IndexRange& r : ranges)
    for (size_t k = r.first; k < r.second; ++k)
      if (needs_input_grad(k)) return true;
  return false;
}

}  // namespace lampas::autograd
