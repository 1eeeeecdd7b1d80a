#pragma once

#include "lampas/data/dataloader/base.h"

namespace lampas::data {

/// Yields batches of a dataset that keeps its own place: it is asked for batches of the given size until it has none,
/// and reset before each epoch. With workers the dataset must be one they share (make_shared_dataset) and safe for
/// that.
template <class Dataset>
class StatefulDataLoader
    : public DataLoaderBase<Dataset, typename Dataset::BatchType::value_type, typename Dataset::BatchRequestType> {
 public:
  using super = DataLoaderBase<Dataset, typename Dataset::BatchType::value_type, typename Dataset::BatchRequestType>;
  using typename super::BatchRequestType;

  StatefulDataLoader(Dataset dataset, DataLoaderOptions options) : super(options, std::move(dataset)) {}

 private:
  std::optional<BatchRequestType> get_batch_request() override { return this->options_.batch_size; }
  void reset() override {
    this->main_dataset_->reset();
    super::reset();
  }
};

}  // namespace lampas::data
