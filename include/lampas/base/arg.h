#pragma once

#include <type_traits>
#include <utility>

/// One field of an options class: a setter that can be chained, and an accessor.
///
///   struct LinearOptions {
///     LAMPAS_ARG(bool, bias) = true;
///   };
///   LinearOptions(3, 4).bias(false);   // sets, returns the options
///   options.bias();                    // reads
#define LAMPAS_ARG(T, name)                                \
 public:                                                   \
  auto name(T value)->decltype(*this) {                    \
    this->name##_ = ::std::move(value);                    \
    return *this;                                          \
  }                                                        \
  const T& name() const noexcept { return this->name##_; } \
  T& name() noexcept { return this->name##_; }             \
                                                           \
 private:                                                  \
  T name##_
/// The same for a type whose assignment is made of templates (std::string, std::vector, ...): the compiler makes it for
/// the files that call the setter, not for all that include the class.
#define LAMPAS_LAZY_ARG(T, name)                           \
 public:                                                   \
  template <class T_ = T>                                  \
  auto& name(::std::enable_if_t<true, T_> value) {         \
    this->name##_ = ::std::move(value);                    \
    return *this;                                          \
  }                                                        \
  const T& name() const noexcept { return this->name##_; } \
  T& name() noexcept { return this->name##_; }             \
                                                           \
 private:                                                  \
  T name##_
