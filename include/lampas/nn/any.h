#pragma once

#include <array>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

#include "lampas/nn/any_value.h"
#include "lampas/nn/module.h"
#include "lampas/nn/pimpl.h"

namespace lampas::nn {

namespace detail {

/// A module whose forward() has been made callable with AnyValues. What does not depend on the module's class is
/// compiled once.
class LAMPAS_API ErasedModule {
 public:
  ErasedModule(const std::type_info& type, std::shared_ptr<Module> module);
  ErasedModule(const ErasedModule&) = delete;
  virtual ~ErasedModule();
  /// Consumes `n` arguments.
  virtual AnyValue forward(AnyValue* arguments, size_t n) const = 0;
  /// Replaces `x` by forward(x) where that maps one tensor to one tensor; false (and nothing done) elsewhere.
  virtual bool forward_tensor(Tensor& x) const = 0;
  const std::shared_ptr<Module>& module() const noexcept { return owner_; }
  std::shared_ptr<const ErasedModule> clone(const std::optional<Device>& device) const;

  const std::type_info& type_info;

 protected:
  /// The same around another module; null when that is of another class.
  virtual const ErasedModule* around(const std::shared_ptr<Module>& other) const = 0;
  /// forward() when the number of arguments is not that of the function: a tuple, or defaults.
  AnyValue forward_completed(AnyValue* arguments, size_t n, size_t expected) const;
  AnyValue forward_values_hooked(AnyValue* arguments, size_t n,
                                 AnyValue (*forward)(Module& module, AnyValue* arguments, size_t n)) const;

 private:
  std::shared_ptr<Module> owner_;
};

struct LAMPAS_API ForwardDefaults {
  /// `given` arguments with the declared defaults behind them, `expected` in all; throws when they do not fit.
  static std::vector<AnyValue> complete(Module& module, const std::type_info& type, AnyValue* given, size_t n,
                                        size_t expected);
};
[[noreturn]] LAMPAS_API void null_module();
[[noreturn]] LAMPAS_API void empty_any_module(const char* method);
[[noreturn]] LAMPAS_API void wrong_argument(size_t index, const std::type_info& expected, const std::type_info& given);
[[noreturn]] LAMPAS_API void wrong_cast(const std::type_info& actual, const std::type_info& wanted);
LAMPAS_API std::vector<AnyValue> with_defaults(std::vector<AnyValue>&& given,
                                               std::vector<std::pair<unsigned int, AnyValue>> defaults);

/// Arguments and result of a forward() that is neither overloaded nor a template.
template <class F>
struct Signature;
template <class C, class R, class... A>
struct Signature<R (C::*)(A...)> {
  using Result = R;
  using Arguments = std::tuple<A...>;
};
template <class C, class R, class... A>
struct Signature<R (C::*)(A...) const> : Signature<R (C::*)(A...)> {};
template <class C, class R, class... A>
struct Signature<R (C::*)(A...) noexcept> : Signature<R (C::*)(A...)> {};
template <class C, class R, class... A>
struct Signature<R (C::*)(A...) const noexcept> : Signature<R (C::*)(A...)> {};

/// True when no type is a reference through which a module could change its argument.
template <class... A>
constexpr bool check_not_lvalue_references() {
  return ((!std::is_lvalue_reference_v<A> || std::is_const_v<std::remove_reference_t<A>>)&&...);
}

template <class M, class Arguments>
class ErasedForward;
template <class M, class... A>
class ErasedForward<M, std::tuple<A...>> final : public ErasedModule {
  static_assert(check_not_lvalue_references<A...>(),
                "Modules stored inside AnyModule must not take references. Use pointers instead.");
  using Result = typename Signature<decltype(&M::forward)>::Result;
  static_assert(!std::is_void_v<Result>,
                "AnyModule cannot store modules that return void (you can return a dummy value).");

 public:
  ErasedForward(M& m, std::shared_ptr<Module> owner) : ErasedModule(typeid(M), std::move(owner)), module_(m) {}
  AnyValue forward(AnyValue* arguments, size_t n) const override {
    if (LAMPAS_LIKELY(n == sizeof...(A))) return invoke(arguments, std::index_sequence_for<A...>());
    return forward_completed(arguments, n, sizeof...(A));
  }
  bool forward_tensor(Tensor& x) const override {
    if constexpr (sizeof...(A) == 1 && (std::is_same_v<std::decay_t<A>, Tensor> && ...) &&
                  std::is_same_v<std::decay_t<Result>, Tensor>) {
      x = nn::call(module_, std::move(x));
      return true;
    }
    return false;
  }

 private:
  template <class T>
  static std::decay_t<T>&& argument(AnyValue& value, size_t index) {
    if (auto* v = value.template try_get<std::decay_t<T>>()) return std::move(*v);
    wrong_argument(index, typeid(T), value.type_info());
  }
  template <size_t... I>
  AnyValue invoke([[maybe_unused]] AnyValue* values, std::index_sequence<I...>) const {
    return AnyValue(nn::call(module_, argument<A>(values[I], I)...));
  }
  const ErasedModule* around(const std::shared_ptr<Module>& other) const override {
    auto* m = dynamic_cast<M*>(other.get());
    return m ? new ErasedForward(*m, other) : nullptr;
  }

  M& module_;  // the base owns it
};

/// For containers (Sequential) that take whatever their first module takes.
template <class M, class = void>
struct forwards_values : std::false_type {};
template <class M>
struct forwards_values<M, std::void_t<decltype(std::declval<M&>().forward_values(std::declval<AnyValue*>(), size_t()))>>
    : std::true_type {};
template <class M>
class ErasedContainer final : public ErasedModule {
 public:
  ErasedContainer(M& m, std::shared_ptr<Module> owner) : ErasedModule(typeid(M), std::move(owner)), module_(m) {}
  AnyValue forward(AnyValue* arguments, size_t n) const override {
    if (LAMPAS_LIKELY(!module_.has_hooks())) return module_.forward_values(arguments, n);
    return forward_values_hooked(arguments, n, [](Module& m, AnyValue* values, size_t count) {
      return dynamic_cast<M&>(m).forward_values(values, count);
    });
  }
  bool forward_tensor(Tensor&) const override { return false; }

 private:
  const ErasedModule* around(const std::shared_ptr<Module>& other) const override {
    auto* m = dynamic_cast<M*>(other.get());
    return m ? new ErasedContainer(*m, other) : nullptr;
  }

  M& module_;  // the base owns it
};

}  // namespace detail

/// Holds a module of any class with a `forward()`, whatever its arguments and result, and calls it with arguments of
/// exactly those types (a mismatch throws, naming both). Copies share the module.
///
///   AnyModule any(Linear(3, 4));
///   Tensor y = any.forward(x);
///   int n = any.forward<int>(5, "text");   // for a module whose forward(int, const char*) returns int
class AnyModule {
 public:
  AnyModule() = default;
  template <class M>
  explicit AnyModule(std::shared_ptr<M> module) : content_(erase(std::move(module))) {}
  template <class M, class = detail::enable_if_module_t<M>>
  explicit AnyModule(M&& module) : AnyModule(std::make_shared<std::decay_t<M>>(std::forward<M>(module))) {}
  template <class M>
  explicit AnyModule(const ModuleHolder<M>& holder) : content_(erase(*holder.checked(), holder.owner_)) {}
  template <class M>
  AnyModule& operator=(std::shared_ptr<M> module) {
    return *this = AnyModule(std::move(module));
  }

  /// A deep copy.
  LAMPAS_API AnyModule clone(std::optional<Device> device = std::nullopt) const;

  /// forward() with the result still erased.
  template <class... A>
  AnyValue any_forward(A&&... arguments) {
    if (LAMPAS_UNLIKELY(is_empty())) detail::empty_any_module("forward");
    std::array<AnyValue, sizeof...(A)> values{AnyValue(std::forward<A>(arguments))...};
    return content_->forward(values.data(), values.size());
  }
  /// forward() with the result as a `R`.
  template <class R = Tensor, class... A>
  R forward(A&&... arguments) {
    if constexpr (std::is_same_v<R, Tensor> && sizeof...(A) == 1 && (std::is_same_v<std::decay_t<A>, Tensor> && ...)) {
      if (LAMPAS_UNLIKELY(is_empty())) detail::empty_any_module("forward");
      Tensor x = (std::forward<A>(arguments), ...);
      if (content_->forward_tensor(x)) return x;
      AnyValue value(std::move(x));
      return content_->forward(&value, 1).template get<R>();
    } else {
      return any_forward(std::forward<A>(arguments)...).template get<R>();
    }
  }

  /// The module as a `T` (a module class, or with the third form a holder); throws when it is of another class.
  template <class T, class = detail::enable_if_module_t<T>>
  T& get() {
    if (LAMPAS_UNLIKELY(is_empty())) detail::empty_any_module("get");
    return *cast<T>();
  }
  template <class T, class = detail::enable_if_module_t<T>>
  const T& get() const {
    if (LAMPAS_UNLIKELY(is_empty())) detail::empty_any_module("get");
    return *cast<T>();
  }
  template <class T, class Contained = typename T::ContainedType>
  T get() const {
    return T(ptr<Contained>());
  }
  std::shared_ptr<Module> ptr() const {
    if (LAMPAS_UNLIKELY(is_empty())) detail::empty_any_module("ptr");
    return content_->module();
  }
  template <class T, class = detail::enable_if_module_t<T>>
  std::shared_ptr<T> ptr() const {
    if (LAMPAS_UNLIKELY(is_empty())) detail::empty_any_module("ptr");
    return cast<T>();
  }
  const std::type_info& type_info() const {
    if (LAMPAS_UNLIKELY(is_empty())) detail::empty_any_module("type_info");
    return content_->type_info;
  }
  bool is_empty() const noexcept { return content_ == nullptr; }

 private:
  friend class SequentialImpl;

  template <class M>
  static std::shared_ptr<const detail::ErasedModule> erase(std::shared_ptr<M> module) {
    static_assert(detail::is_module<M>::value, "Can only store object derived from nn::Module into AnyModule");
    if (!module) detail::null_module();
    M& m = *module;
    return erase(m, std::move(module));
  }
  template <class M>
  static std::shared_ptr<const detail::ErasedModule> erase(M& m, std::shared_ptr<Module> owner) {
    static_assert(!std::is_same_v<M, Module>,
                  "AnyModule (and Sequential) need the module's own class, with its forward(): pass "
                  "std::shared_ptr<YourModule> or a holder, not std::shared_ptr<nn::Module>");
    if constexpr (detail::has_forward<M>::value) {
      using Arguments = typename detail::Signature<decltype(&M::forward)>::Arguments;
      return own(new detail::ErasedForward<M, Arguments>(m, std::move(owner)));
    } else {
      static_assert(detail::forwards_values<M>::value,
                    "AnyModule (and Sequential) can only store a module with one forward() that is neither overloaded "
                    "nor a template. Derive a class from the module that has one.");
      return own(new detail::ErasedContainer<M>(m, std::move(owner)));
    }
  }
  LAMPAS_API static std::shared_ptr<const detail::ErasedModule> own(const detail::ErasedModule* content);
  template <class T>
  std::shared_ptr<T> cast() const {
    if (!(typeid(T) == content_->type_info)) detail::wrong_cast(content_->type_info, typeid(T));
    return std::dynamic_pointer_cast<T>(content_->module());
  }

  std::shared_ptr<const detail::ErasedModule> content_;
};

/// A named module, for `Sequential({{"fc", Linear(3, 4)}, {"act", ReLU()}})`.
class NamedAnyModule {
 public:
  template <class M>
  NamedAnyModule(std::string name, std::shared_ptr<M> module)
      : NamedAnyModule(std::move(name), AnyModule(std::move(module))) {}
  template <class M, class = detail::enable_if_module_t<M>>
  NamedAnyModule(std::string name, M&& module) : NamedAnyModule(std::move(name), AnyModule(std::forward<M>(module))) {}
  template <class M>
  NamedAnyModule(std::string name, const ModuleHolder<M>& holder)
      : NamedAnyModule(std::move(name), AnyModule(holder)) {}
  NamedAnyModule(std::string name, AnyModule module) : name_(std::move(name)), module_(std::move(module)) {}

  const std::string& name() const noexcept { return name_; }
  AnyModule& module() noexcept { return module_; }
  const AnyModule& module() const noexcept { return module_; }

 private:
  std::string name_;
  AnyModule module_;
};

}  // namespace lampas::nn

/// Declares the default arguments of a class's forward(), so that AnyModule and Sequential know them:
///
///   Tensor forward(Tensor x, int k = 2, double c = 3.0);
///   protected:
///    LAMPAS_FORWARD_HAS_DEFAULT_ARGS({1, AnyValue(2)}, {2, AnyValue(3.0)})
///
/// Each entry is an argument's position and default; they run from the first argument with a default to the last.
#define LAMPAS_FORWARD_HAS_DEFAULT_ARGS(...)                                                                          \
  bool _forward_has_default_args() override { return true; }                                                          \
  unsigned int _forward_num_required_args() override {                                                                \
    const std::vector<std::pair<unsigned int, ::lampas::nn::AnyValue>> defaults = {__VA_ARGS__};                      \
    return defaults.front().first;                                                                                    \
  }                                                                                                                   \
  std::vector<::lampas::nn::AnyValue> _forward_populate_default_args(std::vector<::lampas::nn::AnyValue>&& arguments) \
      override {                                                                                                      \
    return ::lampas::nn::detail::with_defaults(std::move(arguments), {__VA_ARGS__});                                  \
  }
/// The same in two parts, for the library's own modules: their headers need not instantiate the values.
#define LAMPAS_FORWARD_DEFAULT_ARGS_DECLARATION                                                                       \
  bool _forward_has_default_args() override;                                                                          \
  unsigned int _forward_num_required_args() override;                                                                 \
  std::vector<::lampas::nn::AnyValue> _forward_populate_default_args(std::vector<::lampas::nn::AnyValue>&& arguments) \
      override;
#define LAMPAS_FORWARD_DEFAULT_ARGS_DEFINITION(Class, ...)                                         \
  bool Class::_forward_has_default_args() { return true; }                                         \
  unsigned int Class::_forward_num_required_args() {                                               \
    const std::vector<std::pair<unsigned int, AnyValue>> defaults = {__VA_ARGS__};                 \
    return defaults.front().first;                                                                 \
  }                                                                                                \
  std::vector<AnyValue> Class::_forward_populate_default_args(std::vector<AnyValue>&& arguments) { \
    return detail::with_defaults(std::move(arguments), {__VA_ARGS__});                             \
  }
