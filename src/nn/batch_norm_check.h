#pragma once

#include "lampas/tensor/tensor.h"

namespace lampas::nn::detail {

/// One value has no variance: training needs more per channel.
inline void check_batch(const Tensor& input) {
  if (!input.defined() || input.dim() < 2) return;  // the op's own message names the rank
  int64_t per_channel = input.size(0);
  for (int64_t d = 2; d < input.dim(); ++d) per_channel *= input.size(d);
  check(per_channel != 1, "batch_norm: Expected more than 1 value per channel when training, got input size ",
        input.sizes());
}

}  // namespace lampas::nn::detail
