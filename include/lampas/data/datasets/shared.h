#pragma once

#include <memory>
#include <utility>

#include "lampas/data/datasets/base.h"

namespace lampas::data::datasets {

/// One dataset that all workers share instead of copying it. Its `get_batch` must be safe for several threads.
template <class Unwrapped>
class SharedBatchDataset : public BatchDataset<SharedBatchDataset<Unwrapped>, typename Unwrapped::BatchType,
                                               typename Unwrapped::BatchRequestType> {
 public:
  using BatchType = typename Unwrapped::BatchType;
  using BatchRequestType = typename Unwrapped::BatchRequestType;

  SharedBatchDataset(std::shared_ptr<Unwrapped> dataset) : dataset_(std::move(dataset)) {}
  BatchType get_batch(BatchRequestType request) override { return dataset_->get_batch(std::move(request)); }
  std::optional<size_t> size() const override { return dataset_->size(); }
  Unwrapped& operator*() { return *dataset_; }
  const Unwrapped& operator*() const { return *dataset_; }
  Unwrapped* operator->() { return dataset_.get(); }
  const Unwrapped* operator->() const { return dataset_.get(); }
  void reset() { dataset_->reset(); }

 private:
  std::shared_ptr<Unwrapped> dataset_;
};

/// Makes a dataset from its constructor's arguments and shares it.
template <class Unwrapped, class... Args>
SharedBatchDataset<Unwrapped> make_shared_dataset(Args&&... args) {
  return std::make_shared<Unwrapped>(std::forward<Args>(args)...);
}

}  // namespace lampas::data::datasets
