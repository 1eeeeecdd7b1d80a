#pragma once

#include <iterator>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "lampas/data/datasets/base.h"
#include "lampas/data/samplers.h"
#include "lampas/data/worker_pool.h"

namespace lampas::data {

/// A length of time in milliseconds, from any type with count() in milliseconds (std::chrono::milliseconds) or a
/// number.
struct Milliseconds {
  uint64_t value = 0;
  Milliseconds() = default;
  Milliseconds(uint64_t v) : value(v) {}
  template <class T, class = decltype(std::declval<const T&>().count())>
  Milliseconds(const T& duration) : value(static_cast<uint64_t>(duration.count())) {}
};

/// How a DataLoader works; chained setters.
class DataLoaderOptions {
 public:
  DataLoaderOptions() = default;
  DataLoaderOptions(size_t batch_size) : batch_size_(batch_size) {}
  /// Examples per batch. Default 1.
  DataLoaderOptions& batch_size(size_t v) { return batch_size_ = v, *this; }
  size_t batch_size() const { return batch_size_; }
  /// Worker threads; 0 (default) loads in the calling thread.
  DataLoaderOptions& workers(size_t v) { return workers_ = v, *this; }
  size_t workers() const { return workers_; }
  /// Batches being prepared at a time. Default 2 per worker.
  DataLoaderOptions& max_jobs(std::optional<size_t> v) { return max_jobs_ = v, *this; }
  std::optional<size_t> max_jobs() const { return max_jobs_; }
  /// How long to wait for a worker. Default: forever.
  DataLoaderOptions& timeout(std::optional<Milliseconds> v) { return timeout_ = v, *this; }
  std::optional<Milliseconds> timeout() const { return timeout_; }
  /// Whether batches come in the sampler's order (default) or as soon as they are ready.
  DataLoaderOptions& enforce_ordering(bool v) { return enforce_ordering_ = v, *this; }
  bool enforce_ordering() const { return enforce_ordering_; }
  /// Whether to leave out a last batch with fewer examples. Default false.
  DataLoaderOptions& drop_last(bool v) { return drop_last_ = v, *this; }
  bool drop_last() const { return drop_last_; }

 private:
  size_t batch_size_ = 1, workers_ = 0;
  std::optional<size_t> max_jobs_;
  std::optional<Milliseconds> timeout_;
  bool enforce_ordering_ = true, drop_last_ = false;
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

/// Yields the batches of a dataset in the order of a sampler: `for (auto& batch : *loader)`. Each pass is one epoch;
/// one pass at a time. With workers, each thread has its own copy of the dataset. An exception of the dataset is
/// rethrown by the iteration.
template <class Dataset, class Sampler>
class StatelessDataLoader {
 public:
  using BatchType = typename Dataset::BatchType;
  using BatchRequestType = typename Sampler::BatchRequestType;

  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = BatchType;
    using difference_type = std::ptrdiff_t;
    using pointer = BatchType*;
    using reference = BatchType&;
    Iterator() = default;
    explicit Iterator(StatelessDataLoader* loader) : loader_(loader) { advance(); }
    reference operator*() const { return *batch_; }
    pointer operator->() const { return batch_.get(); }
    Iterator& operator++() {
      check(batch_ != nullptr, "DataLoader: Attempted to increment iterator past the end");
      advance();
      return *this;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.batch_ == b.batch_; }
    friend bool operator!=(const Iterator& a, const Iterator& b) { return !(a == b); }

   private:
    void advance() {
      auto next = loader_->next();
      batch_ = next ? std::make_shared<BatchType>(std::move(*next)) : nullptr;
    }
    StatelessDataLoader* loader_ = nullptr;
    std::shared_ptr<BatchType> batch_;
  };

  StatelessDataLoader(Dataset dataset, Sampler sampler, DataLoaderOptions options)
      : options_(options), sampler_(std::move(sampler)) {
    check(options_.batch_size > 0, "DataLoader: batch_size must be positive, got 0");
    check(options_.workers == 0 || options_.max_jobs > 0, "DataLoader: max_jobs must be positive, got 0");
    for (size_t k = 1; k < options_.workers; ++k) datasets_.push_back(std::make_shared<Dataset>(dataset));
    datasets_.push_back(std::make_shared<Dataset>(std::move(dataset)));
    if (options_.workers) pool_ = std::make_unique<detail::WorkerPool>(options_.workers);
  }
  ~StatelessDataLoader() { join(); }
  StatelessDataLoader(const StatelessDataLoader&) = delete;

  Iterator begin() {
    check(!running_,
          "DataLoader: Attempted to get a new DataLoader iterator while another iterator is not yet exhausted");
    reset();
    running_ = true;
    return Iterator(this);
  }
  Iterator end() { return Iterator(); }
  /// Stops the workers; the loader cannot be used afterwards.
  void join() {
    if (joined_) return;
    pool_.reset();
    joined_ = true;
    running_ = false;
  }
  const FullDataLoaderOptions& options() const noexcept { return options_; }

 private:
  void reset() {
    check(!joined_, "DataLoader: used after join()");
    if (pool_) pool_->drain();
    submitted_ = taken_ = 0;
    sampler_.reset(datasets_[0]->size());
    for (size_t k = 0; pool_ && k < options_.max_jobs; ++k)
      if (!submit()) break;
  }
  std::optional<BatchRequestType> request() {
    auto r = sampler_.next(options_.batch_size);
    if constexpr (std::is_same_v<BatchRequestType, std::vector<size_t>>)
      if (r && options_.drop_last && r->size() < options_.batch_size) return std::nullopt;
    return r;
  }
  bool submit() {
    auto r = request();
    if (!r) return false;
    pool_->submit(submitted_++, [this, r = std::move(*r)](size_t worker) -> std::shared_ptr<void> {
      return std::make_shared<BatchType>(datasets_[worker]->get_batch(r));
    });
    return true;
  }
  std::optional<BatchType> next() {
    struct Stop {  // an exception ends the epoch, so that the loader can be used again
      bool* running;
      bool keep = false;
      ~Stop() {
        if (!keep) *running = false;
      }
    } stop{&running_};
    if (!pool_) {
      auto r = request();
      if (!r) return std::nullopt;
      BatchType batch = datasets_[0]->get_batch(*r);
      stop.keep = true;
      return batch;
    }
    if (taken_ == submitted_) return std::nullopt;
    std::optional<uint64_t> wanted;
    if (options_.enforce_ordering) wanted = taken_;
    ++taken_;
    auto result =
        std::static_pointer_cast<BatchType>(pool_->take(wanted, options_.timeout ? options_.timeout->value : 0));
    submit();
    stop.keep = true;
    return std::move(*result);
  }

  FullDataLoaderOptions options_;
  Sampler sampler_;
  std::vector<std::shared_ptr<Dataset>> datasets_;  // one per worker
  std::unique_ptr<detail::WorkerPool> pool_;
  uint64_t submitted_ = 0, taken_ = 0;
  bool running_ = false, joined_ = false;
};

/// A loader over a dataset with the given sampler, or one of a type made from the dataset's size (RandomSampler by
/// default).
template <class Dataset, class Sampler>
std::unique_ptr<StatelessDataLoader<Dataset, Sampler>> make_data_loader(Dataset dataset, Sampler sampler,
                                                                        DataLoaderOptions options = {}) {
  return std::make_unique<StatelessDataLoader<Dataset, Sampler>>(std::move(dataset), std::move(sampler), options);
}
template <class Sampler = samplers::RandomSampler, class Dataset>
std::unique_ptr<StatelessDataLoader<Dataset, Sampler>> make_data_loader(Dataset dataset,
                                                                        DataLoaderOptions options = {}) {
  const std::optional<size_t> size = dataset.size();
  check(size.has_value(), "make_data_loader: Expected the dataset to be sized in order to construct the Sampler");
  return std::make_unique<StatelessDataLoader<Dataset, Sampler>>(std::move(dataset), Sampler(*size), options);
}

}  // namespace lampas::data
