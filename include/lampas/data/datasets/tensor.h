#pragma once

#include "lampas/data/datasets/base.h"
#include "lampas/ops/shape.h"

namespace lampas::data::datasets {

/// The slices of one tensor along its first dimension.
struct TensorDataset : public Dataset<TensorDataset, TensorExample> {
  /// The tensors, all of one shape, one after the other.
  explicit TensorDataset(const std::vector<Tensor>& tensors) : TensorDataset(stack(tensors)) {}
  explicit TensorDataset(Tensor t) : tensor(std::move(t)) {}
  TensorExample get(size_t index) override { return tensor[static_cast<int64_t>(index)]; }
  std::optional<size_t> size() const override { return static_cast<size_t>(tensor.size(0)); }
  Tensor tensor;
};

}  // namespace lampas::data::datasets
