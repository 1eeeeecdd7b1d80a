#pragma once

#include <deque>
#include <exception>
#include <functional>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include "lampas/base/arg.h"
#include "lampas/base/given.h"
#include "lampas/base/owned.h"
#include "lampas/data/datasets/stateful.h"
#include "lampas/data/detail/monitor.h"
#include "lampas/data/samplers.h"
#include "lampas/data/worker_exception.h"

namespace lampas::data::datasets {

/// Reads a data set that comes in chunks (files, shards), one at a time. `read_chunk` may be called from several
/// threads.
template <class Example_, class Chunk = std::vector<Example_>>
class ChunkDataReader {
 public:
  virtual ~ChunkDataReader() = default;
  using ChunkType = Chunk;
  using ExampleType = Example_;
  virtual Chunk read_chunk(size_t chunk_index) = 0;
  virtual size_t chunk_count() = 0;
  /// Called before every epoch.
  virtual void reset() = 0;
};

namespace detail {

/// Batches cut from the chunks that preloaders deliver. Holds up to `capacity` examples; a preloader waits when it is
/// full.
template <class Batch, class ExampleSampler>
class BatchDataBuffer {
 public:
  using BatchType = std::optional<Batch>;
  BatchDataBuffer(size_t batch_size, ExampleSampler& sampler, size_t capacity)
      : batch_size_(batch_size), sampler_(sampler), capacity_(capacity) {}

  /// The next batch, waiting for a full one; a smaller one at the end, then nothing. Throws what a preloader threw.
  BatchType get_batch() {
    data::detail::MonitorLock lock(monitor_);
    monitor_.wait_for(std::nullopt, [&] { return stopped_ || (!batches_.empty() && complete(batches_.front())); });
    if (batches_.empty()) return std::nullopt;
    Item item = std::move(batches_.front());
    batches_.pop_front();
    if (item.error) throw WorkerException(item.error);
    examples_ -= item.batch.size();
    monitor_.notify_all();
    return std::move(item.batch);
  }

  void add_chunk_data(Batch chunk) {
    data::detail::MonitorLock lock(monitor_);
    monitor_.wait_for(std::nullopt, [&] { return stopped_ || examples_ < capacity_; });
    if (stopped_) return;
    const size_t size = chunk.size();
    examples_ += size;
    sampler_.reset(size);
    // A batch that an earlier chunk left incomplete is filled up first.
    if (batches_.empty() || batches_.back().error || batches_.back().batch.size() >= batch_size_)
      batches_.emplace_back();
    while (true) {
      Batch& batch = batches_.back().batch;
      const auto indices = sampler_.next(batch_size_ - batch.size());
      if (!indices) break;
      for (size_t i : *indices) {
        check_index(i < size, "ChunkDataset: the example sampler gave index ", i, " for a chunk of ", size,
                    " examples");
        batch.push_back(std::move(chunk[i]));
      }
      if (batch.size() >= batch_size_) batches_.emplace_back();
    }
    if (!batches_.back().error && batches_.back().batch.empty()) batches_.pop_back();
    monitor_.notify_all();
  }
  void add_chunk_data(std::exception_ptr error) {
    data::detail::MonitorLock lock(monitor_);
    monitor_.wait_for(std::nullopt, [&] { return stopped_ || examples_ < capacity_; });
    if (stopped_) return;
    batches_.emplace_back();
    batches_.back().error = std::move(error);
    monitor_.notify_all();
  }
  /// No more data: waiting threads go on.
  void stop() {
    data::detail::MonitorLock lock(monitor_);
    stopped_ = true;
    monitor_.notify_all();
  }

 private:
  struct Item {
    Batch batch;
    std::exception_ptr error;
  };
  bool complete(const Item& i) const { return i.error || i.batch.size() >= batch_size_; }

  const size_t batch_size_;
  ExampleSampler& sampler_;
  const size_t capacity_;
  data::detail::Monitor monitor_;
  std::deque<Item> batches_;
  size_t examples_ = 0;
  bool stopped_ = false;
};

}  // namespace detail

struct ChunkDatasetOptions {
  ChunkDatasetOptions() = delete;
  ChunkDatasetOptions(size_t preloader_count, size_t batch_size, size_t cache_size = 2048,
                      size_t cross_chunk_shuffle_count = 1)
      : preloader_count_(preloader_count),
        batch_size_(batch_size),
        cache_size_(cache_size),
        cross_chunk_shuffle_count_(cross_chunk_shuffle_count) {
    check(preloader_count > 0,
          "ChunkDatasetOptions: Preloader count is 0. At least one preloader needs to be specified.");
    check(batch_size > 0, "ChunkDatasetOptions: Batch size is 0. A positive batch size needs to be specified.");
    check(cache_size > 0, "ChunkDatasetOptions: Cache size is 0. A positive cache size needs to be specified.");
    check(
        cache_size >= batch_size,
        "ChunkDatasetOptions: Cache size is less than batch size. Cache needs to be large enough to hold at least one "
        "batch.");
    check(cross_chunk_shuffle_count > 0, "ChunkDatasetOptions: cross_chunk_shuffle_count needs to be greater than 0.");
  }
  /// Threads that read chunks.
  LAMPAS_ARG(size_t, preloader_count);
  /// Examples per batch.
  LAMPAS_ARG(size_t, batch_size);
  /// Examples that are read ahead.
  LAMPAS_ARG(size_t, cache_size) = 2048;
  /// Chunks that are mixed: read together, then sampled from as one.
  LAMPAS_ARG(size_t, cross_chunk_shuffle_count) = 1;
};

/// Batches of a data set that is read chunk by chunk: the chunk sampler says in which order, the example sampler in
/// which order examples of a chunk are taken. Threads read ahead. Safe for several workers (make_shared_dataset).
/// `policy`, when given, changes what was read before it is sampled from.
template <class ChunkReader, class ChunkSampler = samplers::RandomSampler,
          class ExampleSampler = samplers::RandomSampler>
class ChunkDataset final : public StatefulDataset<ChunkDataset<ChunkReader, ChunkSampler, ExampleSampler>,
                                                  typename ChunkReader::BatchType, size_t> {
 public:
  using UnwrappedBatchType = typename ChunkReader::BatchType;
  using BatchType = std::optional<UnwrappedBatchType>;
  using BatchRequestType = size_t;
  using ChunkSamplerType = ChunkSampler;
  using ExampleSamplerType = ExampleSampler;

  ChunkDataset(ChunkReader chunk_reader, ChunkSampler chunk_sampler, ExampleSampler example_sampler,
               ChunkDatasetOptions options, std::function<void(UnwrappedBatchType&)> policy = nullptr)
      : chunk_reader_(std::move(chunk_reader)),
        chunk_sampler_(std::move(chunk_sampler)),
        example_sampler_(std::move(example_sampler)),
        options_(std::move(options)),
        policy_(std::move(policy)) {}
  ~ChunkDataset() override { stop(); }

  BatchType get_batch(size_t batch_size) override {
    check(buffer_ != nullptr, "ChunkDataset: Dataset needs to call reset() before calling get_batch().");
    check(
        batch_size == options_.batch_size(),
        "ChunkDataset: The requested batch size does not match with the initialized batch size.\n The requested batch "
        "size is ",
        batch_size, ", while the dataset is created with batch size equal to ", options_.batch_size());
    return buffer_->get_batch();
  }
  BatchType get_batch() { return get_batch(options_.batch_size()); }

  void reset() override {
    stop();
    chunk_reader_.reset();
    chunk_sampler_.reset(chunk_reader_.chunk_count());
    if (checkpoint_) chunk_sampler_.load(*checkpoint_);  // this epoch goes on where the checkpoint was
    checkpoint_ = lampas::detail::Owned<serialize::InputArchive>();
    buffer_ = std::make_unique<Buffer>(options_.batch_size(), example_sampler_, options_.cache_size());
    quit_ = false;
    running_ = options_.preloader_count();
    for (size_t k = 0; k < options_.preloader_count(); ++k) preloaders_.emplace_back([this] { preload(); });
  }
  /// Not known.
  std::optional<size_t> size() const override { return std::nullopt; }
  /// To be changed only before the first reset().
  ChunkSampler& chunk_sampler() { return chunk_sampler_; }

  void save(serialize::OutputArchive& archive) const override {
    data::detail::MonitorLock lock(sampling_);
    chunk_sampler_.save(archive);
  }
  void load(serialize::InputArchive& archive) override {
    data::detail::MonitorLock lock(sampling_);
    chunk_sampler_.load(archive);
    checkpoint_ = lampas::detail::Owned<serialize::InputArchive>(new serialize::InputArchive(archive));
  }

 private:
  using Buffer = detail::BatchDataBuffer<UnwrappedBatchType, ExampleSampler>;
  using ChunkIndices = std::vector<lampas::detail::Given<size_t, ChunkSampler>>;

  void preload() {
    while (true) {
      try {
        ChunkIndices chunks;
        {
          data::detail::MonitorLock lock(sampling_);
          if (quit_) break;
          auto next = chunk_sampler_.next(options_.cross_chunk_shuffle_count());
          if (!next) break;
          chunks = std::move(*next);
        }
        UnwrappedBatchType data = chunk_reader_.read_chunk(chunks[0]);
        for (size_t k = 1; k < chunks.size(); ++k) {
          auto more = chunk_reader_.read_chunk(chunks[k]);
          std::move(more.begin(), more.end(), std::back_inserter(data));
        }
        if (policy_) policy_(data);
        if (!data.empty()) buffer_->add_chunk_data(std::move(data));
      } catch (...) {
        buffer_->add_chunk_data(std::current_exception());
      }
    }
    bool last;
    {
      data::detail::MonitorLock lock(sampling_);
      last = --running_ == 0;
    }
    if (last) buffer_->stop();
  }
  void stop() {
    {
      data::detail::MonitorLock lock(sampling_);
      quit_ = true;
    }
    if (buffer_) buffer_->stop();
    preloaders_.clear();
  }

  ChunkReader chunk_reader_;
  ChunkSampler chunk_sampler_;
  ExampleSampler example_sampler_;
  const ChunkDatasetOptions options_;
  std::function<void(UnwrappedBatchType&)> policy_;
  std::unique_ptr<Buffer> buffer_;
  mutable data::detail::Monitor sampling_;  // guards the chunk sampler, quit_ and running_
  lampas::detail::Owned<serialize::InputArchive> checkpoint_;
  bool quit_ = false;
  size_t running_ = 0;
  std::vector<lampas::detail::Given<data::detail::Thread, ChunkSampler>> preloaders_;
};

}  // namespace lampas::data::datasets
