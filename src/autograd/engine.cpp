// The backward engine. Pending counts and gradient slots live in the nodes: a run claims every node it can reach, so
// two threads on disjoint graphs share nothing. A run that meets a node claimed by another falls back to counts and
// slots of its own and takes each node only while executing it.
#include <sched.h>

#include <algorithm>
#include <exception>
#include <thread>
#include <unordered_map>

#include "autograd/op.h"
#include "lampas/autograd/autograd.h"
#include "lampas/autograd/grad_mode.h"

namespace lampas {

namespace {
constinit thread_local BackwardRun* innermost = nullptr;

/// Counts and slots of one node in a run that could not claim its graph.
struct SideState {
  int32_t pending = 0;
  uint32_t cursor = 0;
  bool needed = false;
  std::vector<Tensor> slots;
};

/// Lists of nodes that a run leaves to the next one on its thread, so that a small backward allocates nothing.
struct Scratch {
  std::vector<Node*> nodes, ready;
};
thread_local Scratch scratch;

/// Runs nested in one another deeper than this go on in a thread of their own: the stack is finite.
constexpr int kMaxNesting = 64;
}  // namespace

class BackwardRun {
 public:
  BackwardRun(bool keep, bool create)
      : keep_(keep), parent_(innermost), depth_(parent_ ? parent_->depth_ + 1 : 0), record_(GradMode::is_enabled()) {
    innermost = this;
    GradMode::set_enabled(create);
    nodes_.swap(scratch.nodes);
    ready_.swap(scratch.ready);
  }
  ~BackwardRun() {
    release_claims();
    GradMode::set_enabled(record_);
    innermost = parent_;
    constexpr size_t kKeep = 4096;
    ready_.clear();
    if (nodes_.capacity() <= kKeep) nodes_.swap(scratch.nodes);
    if (ready_.capacity() <= kKeep) ready_.swap(scratch.ready);
  }
  static const BackwardRun* current() { return innermost; }
  bool accumulates() const { return targets_ == nullptr; }

  /// Restricts the run to paths that end at `targets`; with `capture`, their gradients are returned instead of
  /// accumulated.
  void set_targets(const std::vector<Edge>& targets, bool capture) {
    targets_ = &targets;
    capture_ = capture;
    captured_.resize(targets.size());
  }
  /// The gradient of target k, which is `input`: zeros where it was reached but the paths to it are flat.
  Tensor captured(size_t k, const Tensor& input) {
    const Edge& t = (*targets_)[k];
    if (LAMPAS_UNLIKELY(!captured_[k].defined() && !absent_ && reached(t.function.get())))
      captured_[k] = zeros_like(*input.impl());
    return std::move(captured_[k]);
  }

  void execute(const std::vector<Edge>& roots, std::vector<Tensor>& grads) {
    if (LAMPAS_UNLIKELY(depth_ > 0 && depth_ % kMaxNesting == 0)) return execute_elsewhere(roots, grads);
    run(roots, grads);
  }

 private:
  /// As run, on a fresh stack.
  void execute_elsewhere(const std::vector<Edge>& roots, std::vector<Tensor>& grads) {
    std::exception_ptr error;
    const bool create = GradMode::is_enabled(), inference = detail::inference_mode;
    Node* const evaluating = detail::anomaly_evaluating;
    std::thread fresh([&] {
      innermost = this;
      detail::inference_mode = inference;
      GradMode::set_enabled(create);
      detail::anomaly_evaluating = evaluating;
      try {
        run(roots, grads);
      } catch (...) {
        error = std::current_exception();
      }
    });
    fresh.join();
    if (error) std::rethrow_exception(error);
  }

  void run(const std::vector<Edge>& roots, std::vector<Tensor>& grads) {
    if (LAMPAS_LIKELY(discover<false>(roots))) return run_found<false>(roots, grads);
    release_claims();
    side_.emplace();
    discover<true>(roots);
    run_found<true>(roots, grads);
  }
  template <bool kSide>
  void run_found(const std::vector<Edge>& roots, std::vector<Tensor>& grads) {
    if (targets_) mark_needed<kSide>();
    for (size_t k = 0; k < roots.size(); ++k)
      detail::sum_into(state<kSide>(roots[k].function.get()).slots[roots[k].input_nr], std::move(grads[k]));
    // A root may also be reached from another root: it starts only when nothing is pending.
    for (const Edge& r : roots) {
      Node* n = r.function.get();
      if (state<kSide>(n).pending == 0 && std::find(ready_.begin(), ready_.end(), n) == ready_.end())
        ready_.push_back(n);
    }
    while (!ready_.empty()) {
      Node* n = ready_.back();
      ready_.pop_back();
      step<kSide>(n);
    }
  }

  bool owned_by_ancestor(const BackwardRun* r) const {
    for (const BackwardRun* p = parent_; p; p = p->parent_)
      if (p == r) return true;
    return false;
  }

  /// Where a run keeps what it knows of a node: in the node, or (kSide) beside it.
  template <bool kSide>
  auto& state(Node* n) {
    if constexpr (kSide)
      return side_->find(n)->second;
    else
      return *n;
  }

  template <bool kSide>
  Tensor* slots(Node* n) {
    if constexpr (kSide)
      return state<true>(n).slots.data();
    else
      return n->slots;
  }

  /// Counts how often each reachable node will be fed, and lists the nodes: each after all that it feeds. False when
  /// some node belongs to another run.
  template <bool kSide>
  bool discover(const std::vector<Edge>& roots) {
    // Depth first, without recursion.
    std::vector<Node*>& path = ready_;
    nodes_.clear();
    bool free = true;
    for (size_t r = 0; r < roots.size() && free; ++r) {
      free = visit<kSide>(roots[r].function.get(), path);
      while (free && !path.empty()) {
        Node* const n = path.back();
        uint32_t& cursor = state<kSide>(n).cursor;
        if (cursor == n->edge_count) {
          path.pop_back();
          nodes_.push_back(n);
        } else if (Node* const m = n->edges[cursor++].function.get()) {
          free = visit<kSide>(m, path);
          if (LAMPAS_LIKELY(free)) ++state<kSide>(m).pending;
        }
      }
    }
    nodes_.insert(nodes_.end(), path.begin(), path.end());  // claimed before one was not free
    path.clear();
    return free;
  }
  /// False where another run has the node.
  template <bool kSide>
  bool visit(Node* n, std::vector<Node*>& path) {
    if constexpr (kSide) {
      auto [it, fresh] = side_->try_emplace(n);
      if (!fresh) return true;
      it->second.slots.resize(n->output_count);
    } else {
      BackwardRun* owner = n->claim.load(std::memory_order_relaxed);
      if (owner == this) return true;
      if (owner) return false;
      if (only_thread())
        n->claim.store(this, std::memory_order_relaxed);
      else if (!n->claim.compare_exchange_strong(owner, this, std::memory_order_acq_rel))
        return false;
      n->pending = 0;
      n->cursor = 0;
      n->needed = false;
    }
    path.push_back(n);
    return true;
  }

  /// Gives every node back, dropping gradients an exception left behind.
  void release_claims() {
    if (!side_)
      for (Node* n : nodes_) {
        for (uint32_t k = 0; k < n->output_count; ++k) n->slots[k].reset();
        n->claim.store(nullptr, std::memory_order_release);
      }
    nodes_.clear();
  }

  /// Marks the nodes from which a target can be reached.
  template <bool kSide>
  void mark_needed() {
    // Targets out of reach may belong to another run, which is why only nodes of this one are touched.
    for (const Edge& t : *targets_)
      if (t.is_valid() && reached(t.function.get())) state<kSide>(t.function.get()).needed = true;
    for (Node* n : nodes_) {
      bool& needed = state<kSide>(n).needed;
      for (uint32_t k = 0; k < n->edge_count && !needed; ++k)
        if (Node* m = n->edges[k].function.get()) needed = state<kSide>(m).needed;
    }
  }
  bool reached(Node* n) const {
    return side_ ? side_->count(n) != 0 : n->claim.load(std::memory_order_relaxed) == this;
  }
  template <bool kSide>
  bool needed(Node* n) {
    return !targets_ || state<kSide>(n).needed;
  }

  /// Holds a node of a side run while it executes, so that saved tensors are not freed under another run's hands.
  class Hold {
   public:
    Hold(BackwardRun& run, Node* n) : node_(nullptr) {
      // Accumulation into a leaf has a lock of its own.
      if (n->is_accumulate()) return;
      BackwardRun* owner = nullptr;
      while (!n->claim.compare_exchange_weak(owner, &run, std::memory_order_acq_rel)) {
        if (owner == &run || (owner && run.owned_by_ancestor(owner))) return;
        owner = nullptr;
        sched_yield();
      }
      node_ = n;
    }
    ~Hold() {
      if (node_) node_->claim.store(nullptr, std::memory_order_release);
    }
    Hold(const Hold&) = delete;

   private:
    Node* node_;
  };

  struct NoHold {
    NoHold(BackwardRun&, Node*) {}
  };

  /// To a leaf that nothing arrived at.
  [[gnu::noinline]] bool give_zeros(Node* n, Tensor* in) const {
    if (!absent_ && n->is_accumulate())
      static_cast<AccumulateGrad*>(n)->with_variable([&](const TensorImpl& v) { in[0] = zeros_like(v); });
    return n->is_accumulate() && in[0].defined();
  }
  static Tensor zeros_like(const TensorImpl& t) {
    const Tensor z = Tensor::adopt(detail::new_impl(t.sizes_ref(), t.numel, t.dtype, t.device));
    detail::NoRecord off;
    return z.zero_();
  }

  template <bool kSide>
  void step(Node* n) {
    Tensor* const in = slots<kSide>(n);
    const uint32_t outputs = n->output_count, edges = n->edge_count;
    bool run = false;
    for (uint32_t k = 0; k < outputs; ++k) run |= in[k].defined();
    if (LAMPAS_UNLIKELY(!run) && needed<kSide>(n)) run = give_zeros(n, in);
    if (LAMPAS_UNLIKELY(n->extras != nullptr)) run_hooks(n, in);
    constexpr uint32_t kFew = 3;
    Tensor few[kFew];
    bool few_needs[kFew];
    std::vector<Tensor> many;
    std::unique_ptr<bool[]> many_needs;
    Tensor* out = few;
    bool* needs = few_needs;
    if (LAMPAS_UNLIKELY(edges > kFew)) {
      many.resize(edges);
      many_needs = std::make_unique<bool[]>(edges);
      out = many.data();
      needs = many_needs.get();
    }
    bool passes_on = false;
    for (uint32_t k = 0; k < edges; ++k) {
      Node* m = n->edges[k].function.get();
      needs[k] = m && needed<kSide>(m);
      passes_on |= needs[k];
    }
    if (targets_) {
      if (capture_)
        for (size_t k = 0; k < targets_->size(); ++k) {
          const Edge& t = (*targets_)[k];
          if (t.function.get() == n) captured_[k] = in[t.input_nr];
        }
      run = run && (capture_ ? passes_on : needed<kSide>(n));
    }
    if (run) {
      [[maybe_unused]] std::conditional_t<kSide, Hold, NoHold> hold(*this, n);
      if (LAMPAS_UNLIKELY(detail::anomaly.enabled.load(std::memory_order_relaxed)))
        run_watched(n, in, needs, out);
      else
        n->run(in, needs, out);
      if (LAMPAS_UNLIKELY(!n->leaves_out_zeros))
        for (uint32_t k = 0; k < edges; ++k) absent_ |= needs[k] && !out[k].defined();
      if (!keep_) n->release_saved();
    }
    for (uint32_t k = 0; k < outputs; ++k) in[k].reset();
    for (uint32_t k = 0; k < edges; ++k) {
      Node* m = n->edges[k].function.get();
      if (!m) continue;
      auto& next = state<kSide>(m);
      if (needs[k] && out[k].defined()) {
        Tensor& slot = next.slots[n->edges[k].input_nr];
        if (LAMPAS_LIKELY(!slot.defined()))
          slot = std::move(out[k]);
        else
          detail::sum_into(slot, std::move(out[k]));
      }
      if (--next.pending == 0) ready_.push_back(m);
    }
  }

  /// Anomaly mode: says where the forward of a failing node was.
  void run_watched(Node* n, Tensor* in, const bool* needs, Tensor* out) {
    struct Evaluating {
      Node* before = detail::anomaly_evaluating;
      explicit Evaluating(Node* n) { detail::anomaly_evaluating = n; }
      ~Evaluating() { detail::anomaly_evaluating = before; }
    } evaluating(n);
    try {
      n->run(in, needs, out);
    } catch (...) {
      detail::warn_failed(*n);
      throw;
    }
    if (!detail::anomaly.check_nan.load(std::memory_order_relaxed)) return;
    for (uint32_t k = 0; k < n->edge_count; ++k) {
      if (!out[k].defined() || !is_differentiable(out[k].scalar_type())) continue;
      detail::NoRecord off;
      if (!out[k].isnan().any().item<bool>()) continue;
      detail::warn_failed(*n);
      fail("Function '", n->name(), "' returned nan values in its ", k, "th output.");
    }
  }

  void run_hooks(Node* n, Tensor* in) {
    // A hook may register or remove hooks: iterate over a copy.
    const std::vector<GradHook> hooks = n->extras->pre;
    for (const GradHook& h : hooks) {
      Tensor& g = in[h.output_nr];
      if (!g.defined()) continue;
      Tensor r = h.call(g);
      if (!r.defined()) continue;
      check(r.sizes() == g.sizes(), n->name(), ": a hook replaced a gradient of shape ", g.sizes(), " by one of shape ",
            r.sizes());
      check(r.scalar_type() == g.scalar_type(), n->name(), ": a hook replaced a gradient of ", g.scalar_type(),
            " by one of ", r.scalar_type());
      g = std::move(r);
    }
    for (auto& [nr, t] : n->extras->retained) {
      if (!t || !in[nr].defined()) continue;
      Tensor& grad = detail::autograd_meta(*t).grad;
      grad = grad.defined() ? grad.add(in[nr]) : in[nr].clone();
    }
  }

  bool keep_;
  BackwardRun* parent_;
  int depth_;  // of nesting
  bool record_;
  bool capture_ = false;
  /// A user's function gave no gradient where one was wanted. Unless it did, what nothing arrived at has the gradient
  /// zero: ops leave that out, and no work is done for it on the way.
  bool absent_ = false;
  const std::vector<Edge>* targets_ = nullptr;
  std::vector<Tensor> captured_;
  std::vector<Node*> nodes_, ready_;
  std::optional<std::unordered_map<Node*, SideState>> side_;
};

bool detail::backward_accumulates() { return BackwardRun::current() && BackwardRun::current()->accumulates(); }

namespace autograd {
namespace {

/// Once, or always when warnings are set so.
void warn_create_graph() {
  static std::atomic<bool> given{false};
  if (given.exchange(true) && !warn_always()) return;
  warn(
      "Using backward() with create_graph=True will create a reference cycle between the parameter and its gradient "
      "which "
      "can cause a memory leak. Use autograd::grad when creating the graph, or reset the .grad fields of your "
      "parameters "
      "after use to break the cycle.");
}

/// Whether t broadcasts to g, so that a gradient of g's sizes has a sum of t's: [1] for a scalar.
bool sums_to(IntArrayRef g, IntArrayRef t) {
  if (g.size() < t.size()) return false;
  for (size_t d = 1; d <= t.size(); ++d)
    if (t[t.size() - d] != 1 && t[t.size() - d] != g[g.size() - d]) return false;
  return true;
}

void collect_roots(const char* op, const variable_list& tensors, const variable_list& grads, bool create_graph,
                   std::vector<Edge>& roots, std::vector<Tensor>& root_grads) {
  check(grads.empty() || grads.size() == tensors.size(), op, ": got ", tensors.size(), " tensors and ", grads.size(),
        " gradients");
  for (size_t k = 0; k < tensors.size(); ++k) {
    const Tensor& t = tensors[k];
    check(t.defined(), op, ": tensor ", k, " is undefined");
    Edge e = detail::edge_of(t);
    check(e.is_valid(), op, ": element ", k, " of tensors does not require grad and does not have a grad_fn");
    Tensor g = grads.empty() ? Tensor() : grads[k];
    if (!g.defined()) {
      check(t.numel() == 1, op, ": grad can be implicitly created only for scalar outputs, got ", t);
      g = t.detach().new_ones(t.sizes());
    } else {
      check(g.sizes() == t.sizes() || sums_to(g.sizes(), t.sizes()), op, ": Mismatch in shape: grad_output[", k,
            "] has a shape of ", g.sizes(), " and output[", k, "] has a shape of ", t.sizes());
      if (g.sizes() != t.sizes()) g = g.sum_to_size(t.sizes());
      check(is_complex(g.scalar_type()) == is_complex(t.scalar_type()), op, ": gradient ", g, " for output ", t);
      if (!create_graph) g = g.detach();
      if (g.scalar_type() != t.scalar_type()) g = g.to(t.scalar_type());
    }
    roots.push_back(std::move(e));
    root_grads.push_back(std::move(g));
  }
}

}  // namespace

void backward(const variable_list& tensors, const variable_list& grad_tensors, std::optional<bool> retain_graph,
              bool create_graph, const variable_list& inputs) {
  if (create_graph) warn_create_graph();
  std::vector<Edge> roots, targets;
  std::vector<Tensor> grads;
  collect_roots("backward", tensors, grad_tensors, create_graph, roots, grads);
  std::vector<size_t> non_leaves;
  bool all_leaves = true;
  for (size_t k = 0; k < inputs.size(); ++k) {
    check(inputs[k].defined(), "backward: input ", k, " is undefined");
    Edge e = detail::edge_of(inputs[k]);
    check(e.is_valid(), "backward: One of the differentiated Tensors does not require grad (input ", k, ")");
    all_leaves = all_leaves && e.function->is_accumulate();
    targets.push_back(std::move(e));
  }
  BackwardRun run(retain_graph.value_or(create_graph), create_graph);
  if (!targets.empty()) run.set_targets(targets, !all_leaves);
  run.execute(roots, grads);
  if (!all_leaves)
    for (size_t k = 0; k < inputs.size(); ++k)
      if (Tensor g = run.captured(k, inputs[k]); g.defined()) detail::accumulate_grad(*inputs[k].impl(), std::move(g));
}

variable_list grad(const variable_list& outputs, const variable_list& inputs, const variable_list& grad_outputs,
                   std::optional<bool> retain_graph, bool create_graph, bool allow_unused) {
  std::vector<Edge> roots, targets;
  std::vector<Tensor> grads;
  collect_roots("grad", outputs, grad_outputs, create_graph, roots, grads);
  check(!inputs.empty(), "grad requires non-empty inputs.");
  for (size_t k = 0; k < inputs.size(); ++k) {
    check(inputs[k].defined(), "grad: input ", k, " is undefined");
    Edge e = detail::edge_of(inputs[k]);
    check(e.is_valid(), "grad: One of the differentiated Tensors does not require grad (input ", k, ")");
    targets.push_back(std::move(e));
  }
  BackwardRun run(retain_graph.value_or(create_graph), create_graph);
  run.set_targets(targets, true);
  run.execute(roots, grads);
  variable_list captured;
  for (size_t k = 0; k < inputs.size(); ++k) {
    captured.push_back(run.captured(k, inputs[k]));
    check(allow_unused || captured[k].defined(), "grad: One of the differentiated Tensors (input ", k,
          ") appears to not have been used in the graph. Set allow_unused=True if this is the desired behavior.");
  }
  return captured;
}

}  // namespace autograd
}  // namespace lampas
