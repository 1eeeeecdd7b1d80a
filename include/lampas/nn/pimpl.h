#pragma once

#include <iosfwd>
#include <memory>
#include <type_traits>
#include <utility>

#include "lampas/nn/module.h"

namespace lampas::nn {

namespace detail {
template <class T, class C, bool = is_module_holder<T>::value>
struct is_module_holder_of : std::false_type {};
template <class T, class C>
struct is_module_holder_of<T, C, true> : std::is_same<typename std::decay_t<T>::ContainedType, std::decay_t<C>> {};

/// Whether `T` has one forward() that is neither overloaded nor a template.
template <class T, class = void>
struct has_forward : std::false_type {};
template <class T>
struct has_forward<T, std::void_t<decltype(&T::forward)>> : std::true_type {};

/// The type of `C::forward(A...)`; void for a class without forward().
template <bool HasForward, class C, class... A>
struct return_type_of_forward_impl {
  using type = void;
};
template <class C, class... A>
struct return_type_of_forward_impl<true, C, A...> {
  using type = decltype(std::declval<C&>().forward(std::declval<A>()...));
};
template <class C, class... A>
using return_type_of_forward = return_type_of_forward_impl<has_forward<C>::value, C, A...>;
template <class C, class... A>
using return_type_of_forward_t = typename return_type_of_forward<C, A...>::type;
[[noreturn]] LAMPAS_API void empty_holder();
LAMPAS_API std::shared_ptr<Module> own(Module* module);
}  // namespace detail

class AnyModule;

/// A shared pointer to a module, with the module's constructors: `Linear fc(3, 4)` makes a LinearImpl. Copies share the
/// module. `Linear fc{nullptr}` holds none; access through it then throws.
template <class Contained>
class ModuleHolder : detail::ModuleHolderIndicator {
 public:
  using ContainedType = Contained;
  using Impl [[maybe_unused]] = Contained;

  ModuleHolder() { make_default(); }
  ModuleHolder(std::nullptr_t) {}
  /// Constructs the module from the arguments.
  template <class Head, class... Tail,
            class = std::enable_if_t<!(detail::is_module_holder_of<Head, Contained>::value && sizeof...(Tail) == 0)>>
  explicit ModuleHolder(Head&& head, Tail&&... tail) {
    make(std::forward<Head>(head), std::forward<Tail>(tail)...);
  }
  template <class T, class = std::enable_if_t<std::is_base_of_v<Contained, T>>>
  ModuleHolder(std::shared_ptr<T> module) {
    hold(std::move(module));
  }

  explicit operator bool() const noexcept { return module_ != nullptr; }
  bool is_empty() const noexcept { return module_ == nullptr; }
  Contained* operator->() { return checked(); }
  const Contained* operator->() const { return checked(); }
  Contained& operator*() { return *checked(); }
  const Contained& operator*() const { return *checked(); }
  Contained* get() { return checked(); }
  const Contained* get() const { return checked(); }
  std::shared_ptr<Contained> ptr() const { return std::shared_ptr<Contained>(owner_, checked()); }

  /// Calls the module, with its hooks.
  template <class... A>
  auto operator()(A&&... args) -> decltype(nn::call(std::declval<Contained&>(), std::forward<A>(args)...)) {
    return nn::call(*checked(), std::forward<A>(args)...);
  }
  template <class Index>
  decltype(auto) operator[](Index&& index) {
    return (*checked())[std::forward<Index>(index)];
  }

 private:
  friend class AnyModule;
  Contained* checked() const {
    if (LAMPAS_UNLIKELY(!module_)) detail::empty_holder();
    return module_;
  }
  /// Not by std::make_shared, which compiles half a dozen classes for each class of modules.
  template <class... A>
  void make(A&&... arguments) {
    module_ = new Contained(std::forward<A>(arguments)...);
    owner_ = detail::own(module_);
  }
  template <class T>
  void hold(std::shared_ptr<T> module) {
    module_ = module.get();
    owner_ = std::move(module);
  }
  template <class C = Contained>
  void make_default() {
    static_assert(
        std::is_default_constructible_v<C>,
        "This module has no default constructor. Write `Linear fc{nullptr};` for a holder to be filled later.");
    if constexpr (std::is_default_constructible_v<C>) make();
  }

  // Not a std::shared_ptr<Contained>: every module class would then instantiate one in every file that includes it.
  std::shared_ptr<Module> owner_;
  Contained* module_ = nullptr;
};

template <class Contained>
std::ostream& operator<<(std::ostream& stream, const ModuleHolder<Contained>& holder) {
  return stream << static_cast<const Module&>(*holder);
}

}  // namespace lampas::nn

/// Defines the holder `Name` of the module class `Impl`.
#define LAMPAS_MODULE_IMPL(Name, Impl_)                    \
  class Name : public ::lampas::nn::ModuleHolder<Impl_> {  \
   public:                                                 \
    using ::lampas::nn::ModuleHolder<Impl_>::ModuleHolder; \
    using Impl [[maybe_unused]] = Impl_;                   \
  }
/// Defines the holder `Name` of the module class `NameImpl`.
#define LAMPAS_MODULE(Name) LAMPAS_MODULE_IMPL(Name, Name##Impl)
/// The same for the library's own modules (listed in src/nn/cloneable.cpp): what Cloneable adds to them is compiled
/// there, once, rather than in every file that includes them. The holder is an alias, so that it costs nothing where it
/// is not used.
#define LAMPAS_LIBRARY_MODULE(Name)                    \
  using Name = ::lampas::nn::ModuleHolder<Name##Impl>; \
  extern template class Cloneable<Name##Impl>
