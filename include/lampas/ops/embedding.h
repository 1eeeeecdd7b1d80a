#pragma once

#include "lampas/tensor/tensor.h"

/// Look-ups in a table (https://pytorch.org/docs/stable/nn.functional.html#sparse-functions). weight (rows, dim),
/// indices int64 or int32 in [0, rows).
namespace lampas {

/// Row indices[...] of weight: indices' sizes, then dim. Row padding_idx (negative: none) receives no gradient; with
/// scale_grad_by_freq a row's gradient is divided by its number of occurrences in `indices`. With sparse (not together
/// with scale_grad_by_freq) the gradient of weight is a sparse tensor of the rows looked up, unless it is to be
/// differentiated again.
LAMPAS_API Tensor embedding(const Tensor& weight, const Tensor& indices, int64_t padding_idx = -1,
                            bool scale_grad_by_freq = false, bool sparse = false);
/// Rescales, in place and without recording, the rows `indices` names whose p-norm exceeds max_norm to that norm.
LAMPAS_API Tensor& embedding_renorm_(Tensor& weight, const Tensor& indices, double max_norm, double norm_type);
LAMPAS_API const Tensor& embedding_renorm_(const Tensor& weight, const Tensor& indices, double max_norm,
                                           double norm_type);
/// Sums (mode 0), means (1) or maxima (2) of rows over bags: bag b holds indices [offsets[b], offsets[b + 1]), the last
/// one to the end unless include_last_offset says that offsets ends with it. An empty bag gives zeros. Entries equal to
/// padding_idx do not count. per_sample_weights (indices' shape, only for sums) multiplies the rows. Returns the result
/// (bags, dim), the bag of each index, the bags' counted sizes, and for maxima the (bags, dim) rows they came from.
LAMPAS_API std::tuple<Tensor, Tensor, Tensor, Tensor> embedding_bag(
    const Tensor& weight, const Tensor& indices, const Tensor& offsets, bool scale_grad_by_freq = false,
    int64_t mode = 0, bool sparse = false, const Tensor& per_sample_weights = {}, bool include_last_offset = false,
    std::optional<int64_t> padding_idx = std::nullopt);
/// int64 zeros of sizes (x..., num_classes) with a one at each class; num_classes -1 means the largest class plus one.
LAMPAS_API Tensor one_hot(const Tensor& x, int64_t num_classes = -1);

}  // namespace lampas
