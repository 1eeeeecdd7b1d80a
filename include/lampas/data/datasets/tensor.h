#pragma once

#include "lampas/data/datasets/base.h"

namespace lampas::data::datasets {

/// The slices of one tensor along its first dimension.
struct LAMPAS_API TensorDataset : public Dataset<TensorDataset, TensorExample> {
  /// The tensors, all of one shape, one after the other.
  explicit TensorDataset(const std::vector<Tensor>& tensors);
  explicit TensorDataset(Tensor t);
  TensorExample get(size_t index) override;
  std::optional<size_t> size() const override;
  Tensor tensor;
};

}  // namespace lampas::data::datasets
