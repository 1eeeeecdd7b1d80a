#pragma once

#include <type_traits>
#include <utility>

namespace torch {

template <bool condition, class T = void>
using enable_if_t = std::enable_if_t<condition, T>;
template <bool condition, class T = void>
using disable_if_t = std::enable_if_t<!condition, T>;
template <class T>
using decay_t = std::decay_t<T>;
template <bool... values>
using all_of = std::bool_constant<(values && ...)>;
template <bool... values>
using any_of = std::bool_constant<(values || ...)>;

/// Calls `function` with each argument in turn.
template <class F, class... A>
void apply(F function, A&&... arguments) {
  (function(std::forward<A>(arguments)), ...);
}

}  // namespace torch
