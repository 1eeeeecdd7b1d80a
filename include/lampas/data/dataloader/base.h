#pragma once

#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "lampas/base/owned.h"
#include "lampas/data/dataloader_options.h"
#include "lampas/data/iterator.h"
#include "lampas/data/worker_exception.h"
#include "lampas/data/worker_pool.h"

namespace lampas::data {

/// What the loaders have in common: the copies of the dataset, the workers, and the iteration. `Request` is what a
/// dataset is asked with.
template <class Dataset, class Batch, class Request>
class DataLoaderBase {
 public:
  using BatchType = Batch;
  using BatchRequestType = Request;

  explicit DataLoaderBase(DataLoaderOptions options, Dataset dataset) : options_(options) {
    check(options_.batch_size > 0, "DataLoader: batch_size must be positive, got 0");
    check(options_.workers == 0 || options_.max_jobs > 0, "DataLoader: max_jobs must be positive, got 0");
    main_dataset_ = std::make_unique<Dataset>(std::move(dataset));
    if (options_.workers == 0) return;
    if constexpr (std::is_copy_constructible_v<Dataset>) {
      for (size_t k = 0; k < options_.workers; ++k) datasets_.push_back(std::make_unique<Dataset>(*main_dataset_));
    } else {
      fail("DataLoader: a dataset that cannot be copied needs workers(0) or make_shared_dataset");
    }
    pool_ = WorkerPointer(new detail::WorkerPool(options_.workers));
  }
  virtual ~DataLoaderBase() { join(); }
  DataLoaderBase(const DataLoaderBase&) = delete;
  DataLoaderBase& operator=(const DataLoaderBase&) = delete;

  /// Starts an epoch. Throws while the workers still prepare batches of another.
  Iterator<Batch> begin() {
    check(!joined_, "DataLoader: used after join()");
    check(taken_ == submitted_,
          "DataLoader: Attempted to get a new DataLoader iterator while another iterator is not yet exhausted");
    // After a failed epoch a worker may still be busy with it: datasets and samplers are reset under nobody's hands.
    if (pool_) pool_->wait_idle();
    reset();
    return Iterator<Batch>([this] { return next(); });
  }
  Iterator<Batch> end() { return Iterator<Batch>(); }
  /// Stops the workers; the loader cannot be used afterwards.
  void join() {
    pool_ = WorkerPointer();
    joined_ = true;
    taken_ = submitted_ = 0;
  }
  const FullDataLoaderOptions& options() const noexcept { return options_; }

 protected:
  /// The next request, nothing at the end of the epoch.
  virtual std::optional<Request> get_batch_request() = 0;
  /// Starts over; overriders call this first when they have reset what they own.
  virtual void reset() {
    submitted_ = taken_ = 0;
    for (size_t k = 0; pool_ && k < options_.max_jobs; ++k)
      if (!submit()) break;
  }
  const FullDataLoaderOptions options_;
  std::unique_ptr<Dataset> main_dataset_;

 private:
  using WorkerPointer = lampas::detail::Owned<detail::WorkerPool>;

  static std::optional<Batch> ask(Dataset& dataset, Request request) { return dataset.get_batch(std::move(request)); }
  bool submit() {
    std::optional<Request> r = get_batch_request();
    if (!r) return false;
    pool_->submit(submitted_++, [this, r = std::move(*r)](size_t worker) -> std::shared_ptr<void> {
      std::optional<Batch> batch = ask(*datasets_[worker], r);
      return batch ? std::make_shared<Batch>(std::move(*batch)) : nullptr;
    });
    return true;
  }
  std::optional<Batch> next() {
    check(!joined_, "DataLoader: used after join()");
    if (!pool_) {
      std::optional<Request> r = get_batch_request();
      if (!r) return std::nullopt;
      return ask(*main_dataset_, std::move(*r));
    }
    while (taken_ != submitted_) {
      std::optional<uint64_t> wanted;
      if (options_.enforce_ordering) wanted = taken_;
      ++taken_;
      std::shared_ptr<void> result;
      try {
        result = pool_->take(wanted, options_.timeout ? options_.timeout->value : 0);
      } catch (...) {
        // The end of this epoch: the loader can be used again.
        pool_->cancel();
        taken_ = submitted_ = 0;
        throw;
      }
      if (!result) continue;  // a dataset that says when it is exhausted
      submit();
      return std::move(*std::static_pointer_cast<Batch>(result));
    }
    return std::nullopt;
  }

  std::vector<std::unique_ptr<Dataset>> datasets_;  // one per worker
  WorkerPointer pool_;
  uint64_t submitted_ = 0, taken_ = 0;
  bool joined_ = false;
};

}  // namespace lampas::data
