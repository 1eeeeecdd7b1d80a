#pragma once

#include <optional>
#include <tuple>

#include "lampas/ops/embedding.h"

namespace lampas::detail {

/// Rows of the table that are looked up are made no longer than `norm` first, by the p-norm.
struct NormLimit {
  double norm, p;
};

/// The ops with a limit, which applies once every argument has been found good: a refused call changes nothing.
Tensor embedding(const Tensor& weight, const Tensor& indices, int64_t padding_idx, bool scale_grad_by_freq, bool sparse,
                 std::optional<NormLimit> limit);
std::tuple<Tensor, Tensor, Tensor, Tensor> embedding_bag(const Tensor& weight, const Tensor& indices,
                                                         const Tensor& offsets, bool scale_grad_by_freq, int64_t mode,
                                                         bool sparse, const Tensor& per_sample_weights,
                                                         bool include_last_offset, std::optional<int64_t> padding_idx,
                                                         std::optional<NormLimit> limit);

}  // namespace lampas::detail
