#pragma once

#include "torch/detail/static.h"
#include "torch/namespaces.h"
#include "torch/nn/functional/detail.h"

#define TORCH_MODULE_IMPL(Name, ImplType) LAMPAS_MODULE_IMPL(Name, ImplType)
#define TORCH_MODULE(Name) LAMPAS_MODULE(Name)
#define FORWARD_HAS_DEFAULT_ARGS(...) LAMPAS_FORWARD_HAS_DEFAULT_ARGS(__VA_ARGS__)
