#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "lampas/base/given.h"
#include "lampas/nn/any_value.h"

/// Functions that run around a module's forward and backward. Each registration gives a handle that removes it; calls
/// follow the order of registration, global hooks first. A hook is any callable of one of these forms, where a result
/// (a tensor, a vector of tensors, or an optional of either) that is there replaces the value, and `void`, an
/// undefined tensor or an empty vector or optional leaves it:
///
///   forward pre-hook   (Module&, I)                 I: the inputs
///   forward hook       (Module&, I, O)              O: the output
///   backward hook      (Module&, G gi, G go)        gradients of the tensor inputs, of the tensors of the output
///
///   I  const Tensor& (the only tensor among the inputs) | const std::vector<Tensor>& (all of them)
///      | std::vector<AnyValue>& (everything, of any type; a pre-hook changes it in place)
///   O  const Tensor& | const std::vector<Tensor>& (the tensors in a tuple, vector, ...) | AnyValue& (changed in place)
///   G  const Tensor& | const std::vector<Tensor>&
namespace lampas::nn {

class Module;

namespace detail {

using PreHook = std::function<void(Module&, std::vector<AnyValue>&)>;
using ForwardHook = std::function<void(Module&, std::vector<AnyValue>&, AnyValue&)>;
/// Returns the input gradients, or nothing to keep them.
using BackwardHook =
    std::function<std::vector<Tensor>(Module&, const std::vector<Tensor>&, const std::vector<Tensor>&)>;

/// The hooks of one module, or the global ones (src/nn/hook_table.h).
struct HookTable;
extern LAMPAS_API uint32_t global_hook_count;

/// A module's hooks, none at first. A copy of a module has hooks of its own that call the same functions.
class LAMPAS_API HookPointer {
 public:
  HookPointer() = default;
  HookPointer(const HookPointer& other);
  HookPointer& operator=(const HookPointer& other);
  uint32_t count() const noexcept { return counter_ ? *counter_ : 0; }
  HookTable* get() const noexcept { return table_.get(); }
  const std::shared_ptr<HookTable>& shared() const noexcept { return table_; }
  /// Made on first use.
  HookTable& table();

 private:
  std::shared_ptr<HookTable> table_;
  const uint32_t* counter_ = nullptr;  // in the table: how many hooks there are
};

// ---- adapters from the forms above
// -----------------------------------------------------------------------------------

/// The only tensor among values; throws when there is not exactly one.
LAMPAS_API Tensor& only_tensor(std::vector<AnyValue>& values, const char* what);
LAMPAS_API std::vector<Tensor> tensors_of(std::vector<AnyValue>& values);
LAMPAS_API std::vector<Tensor> tensors_of(AnyValue& value);
[[noreturn]] LAMPAS_API void output_is_no_tensor(const AnyValue& output);
/// Puts tensors in the place of those in the values; throws when their numbers differ.
LAMPAS_API void replace_tensors(std::vector<AnyValue>& values, const std::vector<Tensor>& by);
LAMPAS_API void replace_tensors(AnyValue& value, const std::vector<Tensor>& by);

inline std::vector<Tensor> replacement(Tensor t) {
  if (!t.defined()) return {};
  return {std::move(t)};
}
inline std::vector<Tensor> replacement(std::vector<Tensor> t) { return t; }
template <class T>
std::vector<Tensor> replacement(std::optional<T> t) {
  return t ? replacement(std::move(*t)) : std::vector<Tensor>();
}
/// Calls a hook and gives what is to replace the value; empty for nothing.
template <class F, class... A>
std::vector<Tensor> replacement_of(F& hook, A&&... arguments) {
  using R = std::invoke_result_t<F&, A...>;
  if constexpr (std::is_void_v<R>) {
    hook(std::forward<A>(arguments)...);
    return {};
  } else {
    return replacement(hook(std::forward<A>(arguments)...));
  }
}
template <class F, class... A>
constexpr bool takes = std::is_invocable_v<F&, Module&, A...>;
template <class>
constexpr bool never = false;

using Values = std::vector<AnyValue>&;
using Tensors = const std::vector<Tensor>&;
using One = const Tensor&;

template <class F>
PreHook pre_hook(F hook) {
  if constexpr (takes<F, Values>) {
    static_assert(std::is_void_v<std::invoke_result_t<F&, Module&, Values>>,
                  "a forward pre-hook of the form (Module&, std::vector<AnyValue>&) changes the inputs in place and "
                  "returns nothing");
    return PreHook(std::move(hook));
  } else if constexpr (takes<F, Tensors>) {
    return [hook = std::move(hook)](Module& m, Values in) mutable {
      const std::vector<Tensor> by = replacement_of(hook, m, static_cast<Tensors>(tensors_of(in)));
      if (!by.empty()) replace_tensors(in, by);
    };
  } else if constexpr (takes<F, One>) {
    return [hook = std::move(hook)](Module& m, Values in) mutable {
      Tensor& x = only_tensor(in, "forward pre-hook: the module's inputs hold");
      const std::vector<Tensor> by = replacement_of(hook, m, static_cast<One>(x));
      if (!by.empty()) replace_tensors(in, by);
    };
  } else {
    static_assert(never<F>, "a forward pre-hook takes (Module&, inputs): see lampas/nn/hooks.h for the forms");
  }
}

/// A forward hook whose inputs already have their form; `in` makes it.
template <class F, class I, class Get>
ForwardHook forward_hook_of(F hook, Get in) {
  if constexpr (takes<F, I, AnyValue&>) {
    static_assert(std::is_void_v<std::invoke_result_t<F&, Module&, I, AnyValue&>>,
                  "a forward hook whose output is an AnyValue& changes it in place and returns nothing");
    return [hook = std::move(hook), in](Module& m, Values inputs, AnyValue& output) mutable {
      hook(m, in(inputs), output);
    };
  } else if constexpr (takes<F, I, One>) {
    return [hook = std::move(hook), in](Module& m, Values inputs, AnyValue& output) mutable {
      auto* y = output.template try_get<Tensor>();
      if (!y) output_is_no_tensor(output);
      const std::vector<Tensor> by = replacement_of(hook, m, in(inputs), static_cast<One>(*y));
      if (!by.empty()) replace_tensors(output, by);
    };
  } else if constexpr (takes<F, I, Tensors>) {
    return [hook = std::move(hook), in](Module& m, Values inputs, AnyValue& output) mutable {
      const std::vector<Tensor> by = replacement_of(hook, m, in(inputs), static_cast<Tensors>(tensors_of(output)));
      if (!by.empty()) replace_tensors(output, by);
    };
  }
}
template <class F, class I>
constexpr bool takes_inputs = takes<F, I, AnyValue&> || takes<F, I, One> || takes<F, I, Tensors>;
template <class F>
ForwardHook forward_hook(F hook) {
  if constexpr (takes_inputs<F, Values>)
    return forward_hook_of<F, Values>(std::move(hook), [](Values in) -> Values { return in; });
  else if constexpr (takes_inputs<F, Tensors>)
    return forward_hook_of<F, Tensors>(std::move(hook), [](Values in) { return tensors_of(in); });
  else if constexpr (takes_inputs<F, One>)
    return forward_hook_of<F, One>(
        std::move(hook), [](Values in) -> One { return only_tensor(in, "forward hook: the module's inputs hold"); });
  else
    static_assert(never<F>, "a forward hook takes (Module&, inputs, output): see lampas/nn/hooks.h for the forms");
}

LAMPAS_API const Tensor& only_gradient(const std::vector<Tensor>& gradients, const char* of);
template <class F>
BackwardHook backward_hook(F hook) {
  if constexpr (takes<F, Tensors, Tensors>) {
    return
        [hook = std::move(hook)](Module& m, Tensors gi, Tensors go) mutable { return replacement_of(hook, m, gi, go); };
  } else if constexpr (takes<F, One, One>) {
    return [hook = std::move(hook)](Module& m, Tensors gi, Tensors go) mutable {
      return replacement_of(hook, m, only_gradient(gi, "input"), only_gradient(go, "output"));
    };
  } else {
    static_assert(never<F>,
                  "a backward hook takes (Module&, gradients of the inputs, gradients of the outputs): see "
                  "lampas/nn/hooks.h for the forms");
  }
}

// ---- a call of a module that has hooks
// -------------------------------------------------------------------------------

struct BackwardCall;
/// What happens before `forward` (constructor) and after it (`finish`).
class LAMPAS_API HookedCall {
 public:
  HookedCall(Module& module, std::vector<AnyValue>& inputs);
  HookedCall(const HookedCall&) = delete;
  ~HookedCall();
  void finish(AnyValue& output);

 private:
  Module& module_;
  std::vector<AnyValue>& inputs_;
  std::shared_ptr<HookTable> own_;  // alive even if a hook removes hooks
  std::shared_ptr<BackwardCall> backward_;
};
[[noreturn]] LAMPAS_API void hook_changed_type(const char* what, size_t index, const std::type_info& expected,
                                               const std::type_info& given);
[[noreturn]] LAMPAS_API void hooks_need_copies();
LAMPAS_API void check_input_count(size_t expected, size_t given);

/// The result of a call: forward's, by value.
template <class R>
using call_result_t = std::conditional_t<std::is_reference_v<R>, std::decay_t<R>, R>;

/// An argument for forward, of the category it was given in; rvalues are copied, since forward hooks see them too.
template <class A>
decltype(auto) hooked_argument(AnyValue& value, size_t index) {
  using D = std::decay_t<A>;
  D* v = value.try_get<D>();
  if (!v) hook_changed_type("argument #", index, typeid(D), value.type_info());
  if constexpr (std::is_array_v<std::remove_reference_t<A>>)
    return D(*v);
  else if constexpr (std::is_lvalue_reference_v<A>)
    return static_cast<A>(*v);
  else
    return D(*v);
}
template <class R, class M, class... A, size_t... I>
R hooked_forward(M& module, [[maybe_unused]] lampas::detail::Given<std::vector<AnyValue>, M>& in,
                 std::index_sequence<I...>) {
  return module.forward(hooked_argument<A>(in[I], I)...);
}
/// The common case, one tensor in and one out, compiled once: `forward` gets the module and its argument.
LAMPAS_API Tensor call_hooked_tensor(Module& module, void* self, const Tensor& x, Tensor (*forward)(void*, Tensor&));
template <class M, class A>
Tensor forward_tensor(void* self, Tensor& x) {
  return static_cast<M*>(self)->forward(static_cast<A>(x));
}
template <class R, class... A>
struct maps_tensor : std::false_type {};
template <class A>
struct maps_tensor<Tensor, A> : std::is_same<std::decay_t<A>, Tensor> {};

template <class M, class... A>
auto call_hooked(M& module, A&&... args) -> call_result_t<decltype(module.forward(std::forward<A>(args)...))> {
  using R = call_result_t<decltype(module.forward(std::forward<A>(args)...))>;
  if constexpr (maps_tensor<R, A...>::value) {
    return call_hooked_tensor(module, &module, args..., &forward_tensor<M, A&&...>);
  } else if constexpr (!(std::is_copy_constructible_v<std::decay_t<A>> && ...) ||
                       !(std::is_void_v<R> || std::is_copy_constructible_v<R>)) {
    hooks_need_copies();
  } else {
    lampas::detail::Given<std::vector<AnyValue>, M> inputs;
    inputs.reserve(sizeof...(A));
    (inputs.emplace_back(AnyValue(std::forward<A>(args))), ...);
    HookedCall hooked(module, inputs);
    check_input_count(sizeof...(A), inputs.size());
    if constexpr (std::is_void_v<R>) {
      hooked_forward<R, M, A&&...>(module, inputs, std::index_sequence_for<A...>());
      AnyValue nothing;
      hooked.finish(nothing);
    } else {
      AnyValue output(hooked_forward<R, M, A&&...>(module, inputs, std::index_sequence_for<A...>()));
      hooked.finish(output);
      if (auto* y = output.template try_get<R>()) return std::move(*y);
      hook_changed_type("the output", 0, typeid(R), output.type_info());
    }
  }
}

}  // namespace detail

/// Removes the hook it stands for. Copies stand for the same; removing twice, or after the module is gone, is harmless.
class LAMPAS_API RemovableHandle {
 public:
  RemovableHandle() = default;
  RemovableHandle(std::weak_ptr<detail::HookTable> table, uint64_t id) : table_(std::move(table)), id_(id) {}
  void remove();

 private:
  std::weak_ptr<detail::HookTable> table_;
  uint64_t id_ = 0;
};

namespace detail {
LAMPAS_API RemovableHandle add_global_hook(PreHook hook);
LAMPAS_API RemovableHandle add_global_hook(ForwardHook hook);
LAMPAS_API RemovableHandle add_global_hook(BackwardHook hook);
}  // namespace detail

/// Hooks of every module, called before a module's own. Register and remove them while no module is being called.
template <class F>
RemovableHandle register_module_forward_pre_hook(F hook) {
  return detail::add_global_hook(detail::pre_hook(std::move(hook)));
}
template <class F>
RemovableHandle register_module_forward_hook(F hook) {
  return detail::add_global_hook(detail::forward_hook(std::move(hook)));
}
template <class F>
RemovableHandle register_module_full_backward_hook(F hook) {
  return detail::add_global_hook(detail::backward_hook(std::move(hook)));
}

}  // namespace lampas::nn
