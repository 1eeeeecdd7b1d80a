#pragma once

#include "lampas/data/dataloader/base.h"
#include "lampas/data/samplers.h"

namespace lampas::data {

namespace detail {
template <class T, class = void>
struct HasSize : std::false_type {};
template <class T>
struct HasSize<T, std::void_t<decltype(std::declval<const T&>().size())>> : std::true_type {};
}  // namespace detail

/// Yields the batches of a dataset in the order of a sampler: `for (auto& batch : *loader)`. Each pass is one epoch.
/// With workers, each thread has its own copy of the dataset, and an exception of the dataset arrives as
/// WorkerException.
template <class Dataset, class Sampler>
class StatelessDataLoader
    : public DataLoaderBase<Dataset, typename Dataset::BatchType, typename Sampler::BatchRequestType> {
 public:
  using super = DataLoaderBase<Dataset, typename Dataset::BatchType, typename Sampler::BatchRequestType>;
  using typename super::BatchRequestType;

  StatelessDataLoader(Dataset dataset, Sampler sampler, DataLoaderOptions options)
      : super(options, std::move(dataset)), sampler_(std::move(sampler)) {}

 private:
  std::optional<BatchRequestType> get_batch_request() override {
    auto r = sampler_.next(this->options_.batch_size);
    if constexpr (detail::HasSize<BatchRequestType>::value)
      if (r && this->options_.drop_last && r->size() < this->options_.batch_size) return std::nullopt;
    return r;
  }
  void reset() override {
    sampler_.reset(this->main_dataset_->size());
    super::reset();
  }
  Sampler sampler_;
};

}  // namespace lampas::data
