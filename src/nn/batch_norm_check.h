#pragma once

#include <string>

#include "lampas/nn/module.h"
#include "lampas/ops/factories.h"

namespace lampas::nn::detail {

/// One value has no variance: training needs more per channel.
inline void check_batch(const Tensor& input) {
  if (input.dim() < 2) return;  // the op's own message names the rank
  int64_t per_channel = input.size(0);
  for (int64_t d = 2; d < input.dim(); ++d) per_channel *= input.size(d);
  check(per_channel != 1, "batch_norm: Expected more than 1 value per channel when training, got input size ",
        input.sizes());
}

/// Version of the saved state of norms with running statistics.
inline constexpr int64_t kNormVersion = 2;
/// Version 1 had no num_batches_tracked.
inline void add_batches_tracked(StateDict& state, const std::string& prefix, const StateDict::LocalMetadata& metadata) {
  const int64_t* version = metadata.find("version");
  if (version && *version >= kNormVersion) return;
  const std::string key = prefix + "num_batches_tracked";
  if (!state.contains(key)) state.insert(key, zeros({}, kLong));
}

}  // namespace lampas::nn::detail
