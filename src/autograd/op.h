#pragma once

#include <algorithm>
#include <array>
#include <new>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "autograd/saved.h"
#include "backend/cpu/small_cache.h"

// clang-format off
/// One op, one struct:
///
///   struct Softmax {
///     static constexpr auto name = "softmax";
///     using saves = Saves<Out>;          // what backward receives after the gradients and needs
///     int64_t dim;                       // parameters: plain values, never tensors
///     Tensor forward(const Tensor& x) const;
///     Grads<1> backward(const Tensor& g, const Needs<1>&, const Tensor& y) const;
///   };
///   Tensor softmax(const Tensor& x, int64_t dim) { check(...); return apply(Softmax{dim}, x); }
///
/// Optional members:
///   static constexpr bool broadcasts = true;  // inputs broadcast and promote: gradients are summed and cast back
///   static constexpr bool analytic = true;    // of complex numbers: backward is written as for real ones, g * f'(x), and gets
///                                             // the conjugate of g, so that g * conj(f'(x)) results
///   static constexpr int visible = 1;         // of K outputs, how many apply() returns; the rest are for Saves<OutAt<k>>
///   forward returning std::array<Tensor, K>: several outputs; backward's first argument is then const Grads<K>&, undefined
///   where no gradient arrived.
/// Views take apply_view(x, y, make), in-place ops apply_inplace(op, self, write, ...), ops over a list apply_list(op, tensors).
// clang-format on
namespace lampas {

/// Save input I; with For..., only when one of those inputs needs a gradient.
template <int I, int... For>
struct In {};
/// Save the (first) output.
struct Out {};
/// Save output K.
template <int K>
struct OutAt {};
template <class... S>
struct Saves {
  static constexpr size_t count = sizeof...(S);
};
template <size_t N>
using Grads = std::array<Tensor, N>;
template <size_t N>
using Needs = std::array<bool, N>;

namespace detail {

/// "log_softmax" -> "LogSoftmaxBackward0", "squeeze.1" -> "SqueezeBackward1", as PyTorch names its nodes.
std::string node_name(const char* op);
[[noreturn]] void freed_error(const char* op);

template <class T>
struct OutputTraits;
template <>
struct OutputTraits<Tensor> {
  static constexpr size_t count = 1;
  static Tensor& at(Tensor& y, size_t) { return y; }
};
template <size_t K>
struct OutputTraits<std::array<Tensor, K>> {
  static constexpr size_t count = K;
  static Tensor& at(std::array<Tensor, K>& y, size_t k) { return y[k]; }
};

template <class Op>
concept Broadcasts = requires {
  requires Op::broadcasts;
};
template <class Op>
concept Analytic = requires {
  requires Op::analytic;
};
/// What backward needs to undo broadcasting and promotion of one input.
struct InputShape {
  Shape* sizes = nullptr;  // owned; null when the input had the output's sizes
  ScalarType dtype = ScalarType::Undefined;
  InputShape() = default;
  InputShape(const InputShape&) = delete;
  ~InputShape() { delete sizes; }
  void record(const Tensor& in, const Tensor& out) {
    dtype = in.impl()->dtype;
    if (in.impl()->sizes_ref() != out.impl()->sizes_ref()) sizes = new Shape(in.sizes());
  }
  void restore(Tensor& g) const;
};
struct NoShape {};

/// Nodes come from the size-class cache.
template <class N>
struct CachedNode {
  static void* operator new(size_t bytes) { return cpu::small_allocate(bytes); }
  static void operator delete(void* p) { cpu::small_deallocate(p, sizeof(N)); }
};

template <class S>
struct Saver;
template <int I, int... For>
struct Saver<In<I, For...>> {
  template <class Outputs>
  static void save(SavedTensor& s, const Edge* edges, const Tensor* const* in, Outputs&) {
    if constexpr (sizeof...(For) > 0)
      if (!(edges[For].is_valid() || ...)) return;
    s.save_input(*in[I]);
  }
};
template <>
struct Saver<Out> {
  template <class Outputs>
  static void save(SavedTensor& s, const Edge*, const Tensor* const*, Outputs& y) {
    s.save_output(OutputTraits<Outputs>::at(y, 0), 0);
  }
};
template <int K>
struct Saver<OutAt<K>> {
  template <class Outputs>
  static void save(SavedTensor& s, const Edge*, const Tensor* const*, Outputs& y) {
    s.save_output(OutputTraits<Outputs>::at(y, K), K);
  }
};

/// What a node is called by: the op's name, or that of a function or overload: its `label`, or a friend label_of(op).
template <class Op>
const char* label_of(const Op& op) {
  if constexpr (requires { op.label; })
    return op.label;
  else
    return Op::name;
}

template <class Op, size_t N, size_t K, class S>
struct OpNode;
template <class Op, size_t N, size_t K, class... S>
struct OpNode<Op, N, K, Saves<S...>> final : Node, CachedNode<OpNode<Op, N, K, Saves<S...>>> {
  using CachedNode<OpNode>::operator new;
  using CachedNode<OpNode>::operator delete;
  static constexpr size_t kSaved = sizeof...(S);

  Op op;
  [[no_unique_address]] std::conditional_t<Broadcasts<Op>, std::array<InputShape, N>, NoShape> shapes;
  std::array<Edge, N> next;
  std::array<Tensor, K> slot;
  std::array<SavedTensor, kSaved> saved;
  bool freed = false;

  explicit OpNode(const Op& o) : Node(K, N, next.data(), slot.data()), op(o) {}
  std::string name() const override { return node_name(label_of(op)); }
  void release_saved() override {
    for (auto& s : saved) freed |= s.release();
  }
  void dispose() noexcept override { delete this; }

  void run(Tensor* g, const bool* needs, Tensor* out) override {
    if (LAMPAS_UNLIKELY(freed)) freed_error(Op::name);
    Needs<N> need;
    for (size_t k = 0; k < N; ++k) need[k] = needs[k];
    [[maybe_unused]] std::array<Tensor, kSaved> scratch;
    [[maybe_unused]] bool conjugate = false;
    if constexpr (Analytic<Op>) {
      conjugate = is_complex(g[0].impl()->dtype);
      if (LAMPAS_UNLIKELY(conjugate)) g[0] = g[0].conj();
    }
    Grads<N> grads = [&]<size_t... J>(std::index_sequence<J...>) {
      if constexpr (K == 1) {
        return op.backward(static_cast<const Tensor&>(g[0]), need, saved[J].take(this, scratch[J])...);
      } else {
        Grads<K> gs;
        for (size_t k = 0; k < K; ++k) gs[k] = std::move(g[k]);
        return op.backward(static_cast<const Grads<K>&>(gs), need, saved[J].take(this, scratch[J])...);
      }
    }
    (std::index_sequence_for<S...>{});
    for (size_t k = 0; k < N; ++k) {
      if (!need[k] || !grads[k].defined()) continue;
      if constexpr (Analytic<Op>)
        if (LAMPAS_UNLIKELY(conjugate)) grads[k] = grads[k].conj();
      if constexpr (Broadcasts<Op>) shapes[k].restore(grads[k]);
      out[k] = std::move(grads[k]);
    }
  }
};

/// Whether an in-place op must keep its first input's old value.
template <class S>
struct SavesFirst {
  static bool when(const Tensor* const*) { return false; }
};
template <int... For>
struct SavesFirst<In<0, For...>> {
  static bool when(const Tensor* const* in) {
    if constexpr (sizeof...(For) == 0)
      return true;
    else
      return (tracked(*in[For]) || ...);
  }
};

/// Node of an op over a list of tensors; saves nothing.
template <class Op>
struct ListNode final : Node, CachedNode<ListNode<Op>> {
  using CachedNode<ListNode>::operator new;
  using CachedNode<ListNode>::operator delete;
  Op op;
  std::vector<Edge> next;
  std::vector<ScalarType> dtypes;
  Tensor slot;

  ListNode(const Op& o, TensorList x) : Node(1, 0, nullptr, &slot), op(o), next(x.size()), dtypes(x.size()) {
    for (size_t k = 0; k < x.size(); ++k) {
      next[k] = edge_of(x[k]);
      dtypes[k] = x[k].defined() ? x[k].scalar_type() : ScalarType::Undefined;
    }
    edges = next.data();
    edge_count = static_cast<uint32_t>(next.size());
  }
  std::string name() const override { return node_name(label_of(op)); }
  void dispose() noexcept override { delete this; }
  void run(Tensor* g, const bool* needs, Tensor* out) override {
    std::vector<bool> need(needs, needs + edge_count);
    std::vector<Tensor> grads = op.backward(static_cast<const Tensor&>(g[0]), need);
    for (size_t k = 0; k < grads.size(); ++k) {
      if (!need[k] || !grads[k].defined()) continue;
      out[k] = grads[k].scalar_type() == dtypes[k] ? std::move(grads[k]) : grads[k].to(dtypes[k]);
    }
  }
};

template <class Op, class Outputs, class... X>
NodePtr record(const Op& op, Outputs& y, const X&... x) {
  constexpr size_t N = sizeof...(X), K = OutputTraits<Outputs>::count;
  using NodeT = OpNode<Op, N, K, typename Op::saves>;
  auto* node = new NodeT(op);
  NodePtr owner = NodePtr::adopt(node);
  size_t k = 0;
  ((node->next[k++] = edge_of(x)), ...);
  if constexpr (Broadcasts<Op>) {
    const Tensor& first = OutputTraits<Outputs>::at(y, 0);
    k = 0;
    (
        [&] {
          if (node->next[k].is_valid()) node->shapes[k].record(x, first);
          ++k;
        }(),
        ...);
  }
  const Tensor* in[] = {&x...};
  [&]<class... S>(Saves<S...>) {
    [[maybe_unused]] size_t j = 0;
    (Saver<S>::save(node->saved[j++], node->next.data(), in, y), ...);
  }(typename Op::saves{});
  return owner;
}

template <class Op, class Outputs>
auto visible(Outputs&& y) {
  if constexpr (requires { Op::visible; }) {
    if constexpr (Op::visible == 1) {
      return Tensor(std::move(y[0]));
    } else {
      std::array<Tensor, Op::visible> r;
      for (int k = 0; k < Op::visible; ++k) r[k] = std::move(y[k]);
      return r;
    }
  } else {
    return std::decay_t<Outputs>(std::forward<Outputs>(y));
  }
}

/// Makes `y` a view of `x`'s root for in-place tracking.
void link_view(const Tensor& x, const Tensor& y, bool recorded, ViewKind kind);

}  // namespace detail

/// Runs an op and records it when an input needs a gradient. Inputs may be undefined where the op allows it.
template <class Op, class... X>
auto apply(const Op& op, const X&... x) {
  auto& state = detail::thread_state;
  if (LAMPAS_LIKELY(!(state.grad_mode && (detail::tracked(x) || ...)))) {
    return detail::visible<Op>(op.forward(x...));
  }
  using Outputs = decltype(op.forward(x...));
  Outputs y = [&] {
    detail::NoRecord off;
    return op.forward(x...);
  }();
  using Traits = detail::OutputTraits<Outputs>;
  NodePtr node = detail::record(op, y, x...);
  if constexpr (Traits::count == 1) {
    // The one output takes the node over: no reference is counted up and down.
    Tensor& out = Traits::at(y, 0);
    if (out.defined() && is_differentiable(out.impl()->dtype)) detail::give_history(out, node.detach(), 0);
    return detail::visible<Op>(std::move(y));
  }
  for (size_t k = 0; k < Traits::count; ++k) {
    Tensor& out = Traits::at(y, k);
    if (out.defined() && is_differentiable(out.impl()->dtype))
      detail::set_history(out, node.get(), static_cast<uint32_t>(k));
  }
  return detail::visible<Op>(std::move(y));
}

/// A view op: `y` is a view of `x`, already made; `make()` builds the op that differentiates it, only when history is
/// recorded. The op has `backward` but no `forward`.
template <class Make>
Tensor apply_view(const Tensor& x, Tensor y, const Make& make) {
  if (LAMPAS_LIKELY(!(detail::thread_state.grad_mode && detail::tracked(x)))) {
    detail::link_view(x, y, false, ViewKind::tracked);
    return y;
  }
  NodePtr node = detail::record(make(), y, x);
  detail::link_view(x, y, true, ViewKind::tracked);
  if (is_differentiable(y.impl()->dtype)) detail::give_history(y, node.detach(), 0);
  return y;
}

namespace detail {
/// Another input of an in-place op on `self`, as it is before: in memory that is about to be written (`x.mul_(x)`, or a
/// view of x), a stand-in with the same history, and with a copy of the elements when the op saves inputs.
inline Tensor before_write(const Tensor& self, const Tensor& t, bool saves) {
  if (LAMPAS_LIKELY(!t.defined() || t.impl()->storage != self.impl()->storage)) return t;
  const Edge edge = edge_of(t);  // made now, before the write makes that of a view stale
  const TensorImpl& i = *t.impl();
  const NoRecord off;
  const Tensor copy = saves ? t.clone() : Tensor::adopt(new_alias(i, i.sizes_ref(), i.strides_ref(), i.offset));
  if (edge.is_valid()) set_history(copy, edge.function.get(), edge.input_nr);
  return copy;
}
}  // namespace detail

/// Runs an op whose result `write()` puts into its first input; called after every check the caller made. What backward
/// needs of the old value is saved from a copy taken before.
template <class Op, class Write, class... Rest>
const Tensor& apply_inplace(const Op& op, const Tensor& self, Write&& write, const Rest&... rest) {
  detail::check_inplace(self, Op::name);
  auto& state = detail::thread_state;
  if (LAMPAS_LIKELY(!(state.grad_mode && (detail::tracked(self) || ... || detail::tracked(rest))))) {
    write();
    self.impl()->bump_version();
    return self;
  }
  detail::check_rebase(self, Op::name);
  const Tensor* in[] = {&self, &rest...};
  const bool keeps_self = [&]<class... S>(Saves<S...>) {
    return (detail::SavesFirst<S>::when(in) || ... || false);
  }(typename Op::saves{});
  Tensor before = self;
  return [&](const auto&... others) -> const Tensor& {
    {
      detail::NoRecord off;
      if (keeps_self) before = self.clone();
      write();
    }
    // The copy stands for the original: same edge, so that higher derivatives reach it.
    const Edge edge = detail::edge_of(self);
    if (keeps_self && edge.is_valid()) detail::set_history(before, edge.function.get(), edge.input_nr);
    self.impl()->bump_version();
    Tensor y = self;
    detail::rebase_history(self, detail::record(op, y, before, others...));
    return self;
  }(detail::before_write(self, rest, Op::saves::count > 0)...);
}

/// As apply, for an op over a list of tensors: `forward(TensorList)`, `backward(g, needs) -> std::vector<Tensor>`.
template <class Op>
Tensor apply_list(const Op& op, TensorList x) {
  auto& state = detail::thread_state;
  bool any = false;
  if (state.grad_mode)
    for (const Tensor& t : x) any = any || detail::tracked(t);
  if (!any) return op.forward(x);
  Tensor y = [&] {
    detail::NoRecord off;
    return op.forward(x);
  }();
  auto* node = new detail::ListNode<Op>(op, x);
  NodePtr owner = NodePtr::adopt(node);
  if (is_differentiable(y.impl()->dtype)) detail::set_history(y, node, 0);
  return y;
}

}  // namespace lampas
