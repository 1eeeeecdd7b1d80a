#pragma once

#include "lampas/data/dataloader/stateful.h"
#include "lampas/data/dataloader/stateless.h"
#include "lampas/data/datasets/base.h"

namespace lampas::data {

/// A loader over a dataset with the given sampler, or one of a type made from the dataset's size (RandomSampler by
/// default), or of a dataset that keeps its own place.
template <class Dataset, class Sampler, class = typename Sampler::BatchRequestType,
          std::enable_if_t<!Dataset::is_stateful, int> = 0>
std::unique_ptr<StatelessDataLoader<Dataset, Sampler>> make_data_loader(Dataset dataset, Sampler sampler,
                                                                        DataLoaderOptions options = {}) {
  return std::make_unique<StatelessDataLoader<Dataset, Sampler>>(std::move(dataset), std::move(sampler), options);
}
template <class Sampler = samplers::RandomSampler, class Dataset, std::enable_if_t<!Dataset::is_stateful, int> = 0>
std::unique_ptr<StatelessDataLoader<Dataset, Sampler>> make_data_loader(Dataset dataset,
                                                                        DataLoaderOptions options = {}) {
  const std::optional<size_t> size = dataset.size();
  check(size.has_value(), "make_data_loader: Expected the dataset to be sized in order to construct the Sampler");
  return std::make_unique<StatelessDataLoader<Dataset, Sampler>>(std::move(dataset), Sampler(*size), options);
}
template <class Dataset, std::enable_if_t<Dataset::is_stateful, int> = 0>
std::unique_ptr<StatefulDataLoader<Dataset>> make_data_loader(Dataset dataset, DataLoaderOptions options = {}) {
  return std::make_unique<StatefulDataLoader<Dataset>>(std::move(dataset), options);
}

}  // namespace lampas::data
