#pragma once

#include <type_traits>
#include <utility>

#include "lampas/base/export.h"

namespace lampas::detail {

/// What every Boxed<T> is: a value on the heap, and how to make, copy and destroy it.
class LAMPAS_API Box {
 protected:
  struct Ops {
    void* (*make)();
    void* (*copy)(const void* value);
    void (*destroy)(void* value);
  };
  Box() = default;
  Box(const Box& other);
  Box(Box&& other) noexcept;
  Box& operator=(const Box& other);
  Box& operator=(Box&& other) noexcept;
  ~Box();
  /// Null while the value is the initial one.
  void* value() const noexcept;
  /// The value, made if need be; several threads may ask at a time.
  void* made(const Ops& ops);

 private:
  void* value_ = nullptr;
  const Ops* ops_ = nullptr;
};

/// A `T` of which a class that holds it need not know more than the name, not even to be copied or destroyed: files
/// that include the class do not pay for it (an std::optional costs a compiler half a megabyte, an std::variant or
/// std::deque several) unless they look at the value. For rarely used options. Starts as `T()`, or as what
/// `Initial::make<T>()` returns, which takes no memory.
struct ValueInitial {
  template <class T>
  static T make() {
    return T();
  }
};
template <class T, class Initial = ValueInitial>
class Boxed : Box {
 public:
  const T& get() const {
    static const T initial = Initial::template make<T>();
    const void* v = value();
    return v ? *static_cast<const T*>(v) : initial;
  }
  T& get() {
    static constexpr Ops ops = {[]() -> void* { return new T(Initial::template make<T>()); },
                                [](const void* v) -> void* { return new T(*static_cast<const T*>(v)); },
                                [](void* v) { delete static_cast<T*>(v); }};
    return *static_cast<T*>(made(ops));
  }
};

}  // namespace lampas::detail

/// LAMPAS_ARG for a type that is dear to compile: its default is `T()`.
#define LAMPAS_BOXED_ARG(T, name)   \
  LAMPAS_BOXED_ARG_METHODS(T, name) \
  ::lampas::detail::Boxed<T> name##_
/// The same with a default: the arguments of `T{...}`.
#define LAMPAS_BOXED_ARG_INITIAL(T, name, ...) \
  LAMPAS_BOXED_ARG_METHODS(T, name)            \
  struct name##_initial {                      \
    template <class T_>                        \
    static T_ make() {                         \
      return T_{__VA_ARGS__};                  \
    }                                          \
  };                                           \
  ::lampas::detail::Boxed<T, name##_initial> name##_
#define LAMPAS_BOXED_ARG_METHODS(T, name)          \
 public:                                           \
  template <class T_ = T>                          \
  auto& name(::std::enable_if_t<true, T_> value) { \
    this->name##_.get() = ::std::move(value);      \
    return *this;                                  \
  }                                                \
  template <class T_ = T>                          \
  const T_& name() const {                         \
    return this->name##_.get();                    \
  }                                                \
  template <class T_ = T>                          \
  T_& name() {                                     \
    return this->name##_.get();                    \
  }                                                \
                                                   \
 private:
