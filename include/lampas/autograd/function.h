#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <type_traits>
#include <typeinfo>
#include <unordered_map>
#include <utility>
#include <vector>

#include "lampas/autograd/autograd.h"
#include "lampas/tensor/ivalue.h"

namespace lampas::autograd {

namespace detail {
struct FunctionNode;
class FunctionCall;
}  // namespace detail

/// Positions [first, second).
using IndexRange = std::pair<size_t, size_t>;

/// What a Function's forward tells its backward.
class LAMPAS_API AutogradContext {
 public:
  /// Values that are not tensors of the graph: numbers, texts, tensors of no part in it.
  /// (Owned; a reference, so that files that include this need not know the map.)
  std::unordered_map<std::string, IValue>& saved_data;

  /// In forward: keeps inputs or outputs for backward, checked for in-place changes. Undefined ones are kept, too.
  void save_for_backward(variable_list tensors);
  /// In backward: what was kept, in order. Throws when it was freed by an earlier backward, or changed in place.
  variable_list get_saved_variables() const;
  /// In forward: inputs that were changed in place. Each must be returned.
  void mark_dirty(const variable_list& inputs);
  /// In forward: outputs without a derivative.
  void mark_non_differentiable(const variable_list& outputs);
  /// In forward: whether gradients that did not arrive are given to backward as zeros (default) or undefined.
  void set_materialize_grads(bool value);
  /// In backward: whether the gradient of tensor input number `index` is wanted (arguments that are not tensors do not
  /// count).
  bool needs_input_grad(size_t index) const;
  /// Whether any in one of the ranges is.
  bool needs_input_grad(std::initializer_list<IndexRange> ranges) const;

  AutogradContext();
  ~AutogradContext();
  AutogradContext(const AutogradContext&) = delete;
  AutogradContext& operator=(const AutogradContext&) = delete;

 private:
  friend struct detail::FunctionNode;
  friend class detail::FunctionCall;
  detail::FunctionNode* node_ = nullptr;
  variable_list to_save_, dirty_, non_differentiable_;
  bool materialize_ = true;
};

namespace detail {

/// One call of a Function: collects its tensor arguments, runs its forward unrecorded, and makes its node.
class LAMPAS_API FunctionCall {
 public:
  using Backward = variable_list (*)(AutogradContext*, variable_list);
  FunctionCall(const std::type_info& type, Backward backward);
  ~FunctionCall();
  FunctionCall(const FunctionCall&) = delete;

  void argument(const Tensor& t);
  void argument(TensorList list);
  void argument(const std::optional<Tensor>& t);
  template <class T, std::enable_if_t<!std::is_convertible_v<const T&, Tensor> && !std::is_same_v<T, TensorList> &&
                                          !std::is_same_v<T, std::optional<Tensor>>,
                                      int> = 0>
  void argument(const T&) {
    other();
  }
  AutogradContext* context();
  /// Turns recording off for the forward to come.
  void enter();
  /// Back to the caller's mode; `outputs` become those of the node when one is needed.
  variable_list finish(variable_list outputs);

 private:
  void other();
  NodePtr owner_;
  FunctionNode* node_;
  variable_list inputs_;
  bool record_ = false, entered_ = false, grad_before_ = false;
};

}  // namespace detail

/// Base of an op with a derivative of the user's own:
///
///   struct Cube : autograd::Function<Cube> {
///     static Tensor forward(AutogradContext* ctx, Tensor x) {
///       ctx->save_for_backward({x});
///       return x * x * x;
///     }
///     static variable_list backward(AutogradContext* ctx, variable_list grads) {
///       Tensor x = ctx->get_saved_variables()[0];
///       return {grads[0] * 3 * x * x};
///     }
///   };
///   Tensor y = Cube::apply(x);
///
/// forward may take tensors, lists of tensors (TensorList), optional tensors and anything else, and returns a tensor or
/// a variable_list. It is not recorded. backward gets one gradient for each output and returns one for each argument of
/// forward: for a list one for each tensor in it, for anything else an undefined tensor. Gradients of gradients
/// follow from the ops backward uses. Exceptions of either pass to the caller.
template <class T>
struct Function {
  template <class X = T, class... Args>
  static auto apply(Args&&... args)
      -> std::enable_if_t<std::is_same_v<X, T>, std::decay_t<decltype(X::forward(static_cast<AutogradContext*>(nullptr),
                                                                                 std::declval<Args>()...))>> {
    using Result = std::decay_t<decltype(X::forward(static_cast<AutogradContext*>(nullptr), std::declval<Args>()...))>;
    static_assert(std::is_same_v<Result, Tensor> || std::is_same_v<Result, variable_list>,
                  "Function: forward must return a Tensor or a variable_list");
    detail::FunctionCall call(
        typeid(T), [](AutogradContext* ctx, variable_list grads) { return T::backward(ctx, std::move(grads)); });
    (call.argument(args), ...);
    call.enter();
    Result y = X::forward(call.context(), std::forward<Args>(args)...);
    if constexpr (std::is_same_v<Result, Tensor>)
      return std::move(call.finish({std::move(y)})[0]);
    else
      return call.finish(std::move(y));
  }
};

}  // namespace lampas::autograd
