#include "lampas/nn/absent.h"

namespace lampas::nn::detail {

const std::optional<IntArrayRef> no_sizes;
const std::optional<std::vector<int64_t>> no_size_vector;
const std::optional<std::tuple<Tensor, Tensor>> no_states;

}  // namespace lampas::nn::detail
