#pragma once

#include <type_traits>
#include <utility>

#include "lampas/nn/module.h"

namespace lampas::nn::utils::detail {

/// Module holders and shared_ptrs to modules: what the functions of nn::utils take by value and return.
template <class H, class = void>
struct points_to_module : std::false_type {};
template <class H>
struct points_to_module<H, std::void_t<decltype(static_cast<Module&>(*std::declval<H&>()))>>
    : std::bool_constant<!nn::detail::is_module<H>::value> {};
template <class H>
using enable_if_points_to_module = std::enable_if_t<points_to_module<H>::value>;

}  // namespace lampas::nn::utils::detail
