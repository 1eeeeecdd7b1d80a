#pragma once

#include <optional>
#include <tuple>
#include <vector>

#include "lampas/tensor/tensor.h"

namespace lampas::nn::detail {

/// Defaults of optional arguments. A reference binds to them without the header instantiating the optional, which
/// std::nullopt would need.
extern LAMPAS_API const std::optional<IntArrayRef> no_sizes;
extern LAMPAS_API const std::optional<std::vector<int64_t>> no_size_vector;
extern LAMPAS_API const std::optional<std::tuple<Tensor, Tensor>> no_states;

}  // namespace lampas::nn::detail
