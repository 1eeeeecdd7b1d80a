#pragma once

#include "torch/csrc/utils/variadic.h"
#include "torch/namespaces.h"

namespace torch {
namespace detail {
using lampas::nn::detail::check_not_lvalue_references;
using lampas::nn::detail::enable_if_module_t;
using lampas::nn::detail::has_forward;
using lampas::nn::detail::is_module;
using lampas::nn::detail::is_module_holder;
using lampas::nn::detail::is_module_holder_of;
using lampas::nn::detail::ModuleHolderIndicator;
using lampas::nn::detail::return_type_of_forward;
using lampas::nn::detail::return_type_of_forward_t;
template <class T>
using disable_if_module_holder_t = std::enable_if_t<!is_module_holder<T>::value>;
}  // namespace detail
}  // namespace torch
