#pragma once

#include <optional>

#include "lampas/base/arg.h"
#include "lampas/data/detail/monitor.h"

namespace lampas::data {

/// How a DataLoader works; chained setters.
struct DataLoaderOptions {
  DataLoaderOptions() = default;
  DataLoaderOptions(size_t batch_size) : batch_size_(batch_size) {}
  /// Examples per batch.
  LAMPAS_ARG(size_t, batch_size) = 1;
  /// Worker threads; 0 loads in the calling thread.
  LAMPAS_ARG(size_t, workers) = 0;
  /// Batches being prepared at a time. Default: 2 per worker.
  LAMPAS_ARG(std::optional<size_t>, max_jobs) = std::nullopt;
  /// How long to wait for a worker. Default: forever.
  LAMPAS_ARG(std::optional<Milliseconds>, timeout) = std::nullopt;
  /// Whether batches come in the sampler's order or as soon as they are ready.
  LAMPAS_ARG(bool, enforce_ordering) = true;
  /// Whether to leave out a last batch with fewer examples.
  LAMPAS_ARG(bool, drop_last) = false;
};

/// The options in force, defaults filled in.
struct FullDataLoaderOptions {
  explicit FullDataLoaderOptions(const DataLoaderOptions& o)
      : batch_size(o.batch_size()),
        workers(o.workers()),
        max_jobs(o.max_jobs().value_or(2 * o.workers())),
        timeout(o.timeout()),
        enforce_ordering(o.enforce_ordering()),
        drop_last(o.drop_last()) {}
  size_t batch_size, workers, max_jobs;
  std::optional<Milliseconds> timeout;
  bool enforce_ordering, drop_last;
};

}  // namespace lampas::data
