#pragma once

#include <optional>
#include <vector>

#include "lampas/base/boxed.h"
#include "lampas/serialize/archive.h"
#include "lampas/tensor/tensor.h"

namespace lampas::data::samplers {

/// Base of requests of one's own kind.
struct LAMPAS_API CustomBatchRequest {
  CustomBatchRequest() = default;
  CustomBatchRequest(const CustomBatchRequest&) = default;
  CustomBatchRequest(CustomBatchRequest&&) noexcept = default;
  CustomBatchRequest& operator=(const CustomBatchRequest&) = default;
  CustomBatchRequest& operator=(CustomBatchRequest&&) noexcept = default;
  virtual ~CustomBatchRequest();
  /// Examples in the batch.
  virtual size_t size() const = 0;
};

/// Says which examples make the next batch. An epoch ends when `next` gives nothing.
template <class BatchRequest = std::vector<size_t>>
class Sampler {
 public:
  using BatchRequestType = BatchRequest;
  virtual ~Sampler() = default;
  /// Starts over, for a dataset of `new_size` examples if given.
  virtual void reset(std::optional<size_t> new_size) = 0;
  virtual std::optional<BatchRequest> next(size_t batch_size) = 0;
  /// The position within the epoch, to continue later.
  virtual void save(serialize::OutputArchive& archive) const = 0;
  virtual void load(serialize::InputArchive& archive) = 0;
};

template <class R>
serialize::OutputArchive& operator<<(serialize::OutputArchive& archive, const Sampler<R>& sampler) {
  sampler.save(archive);
  return archive;
}
template <class R>
serialize::InputArchive& operator>>(serialize::InputArchive& archive, Sampler<R>& sampler) {
  sampler.load(archive);
  return archive;
}

/// Every index once in random order (a randperm of the default generator each epoch, drawn at construction and reset).
class LAMPAS_API RandomSampler : public Sampler<> {
 public:
  explicit RandomSampler(int64_t size, Dtype index_dtype = kInt64);
  void reset(std::optional<size_t> new_size = std::nullopt) override;
  std::optional<std::vector<size_t>> next(size_t batch_size) override;
  void save(serialize::OutputArchive& archive) const override;
  void load(serialize::InputArchive& archive) override;
  size_t index() const noexcept;

 private:
  Tensor indices_;
  int64_t index_ = 0;
};

/// 0, 1, 2, ...
class LAMPAS_API SequentialSampler : public Sampler<> {
 public:
  explicit SequentialSampler(size_t size) : size_(size) {}
  void reset(std::optional<size_t> new_size = std::nullopt) override;
  std::optional<std::vector<size_t>> next(size_t batch_size) override;
  void save(serialize::OutputArchive& archive) const override;
  void load(serialize::InputArchive& archive) override;
  size_t index() const noexcept { return index_; }

 private:
  size_t size_, index_ = 0;
};

/// A number of examples, for datasets that have no random access.
struct LAMPAS_API BatchSize : public CustomBatchRequest {
  explicit BatchSize(size_t n) : size_(n) {}
  size_t size() const noexcept override { return size_; }
  operator size_t() const noexcept { return size_; }

 private:
  size_t size_;
};

/// Asks for batches until `epoch_size` examples were asked for.
class LAMPAS_API StreamSampler : public Sampler<BatchSize> {
 public:
  explicit StreamSampler(size_t epoch_size) : epoch_size_(epoch_size) {}
  void reset(std::optional<size_t> new_size = std::nullopt) override;
  std::optional<BatchSize> next(size_t batch_size) override;
  void save(serialize::OutputArchive& archive) const override;
  void load(serialize::InputArchive& archive) override;

 private:
  size_t epoch_size_, taken_ = 0;
};

/// Gives each of several processes its share of the examples. With `allow_duplicates` all shares have the same size,
/// the first examples appearing twice where they do not divide evenly; without, the rest is left out.
template <class BatchRequest = std::vector<size_t>>
class DistributedSampler : public Sampler<BatchRequest> {
 public:
  DistributedSampler(size_t size, size_t num_replicas = 1, size_t rank = 0, bool allow_duplicates = true)
      : size_(size), num_replicas_(num_replicas), rank_(rank), allow_duplicates_(allow_duplicates) {
    check(num_replicas > 0, "DistributedSampler: num_replicas must be positive, got 0");
    check(rank < num_replicas, "DistributedSampler: rank ", rank, " is out of range for ", num_replicas, " replicas");
  }
  /// The epoch, from which random samplers derive their order: the same on every process.
  void set_epoch(size_t epoch) { epoch_ = epoch; }
  size_t epoch() const { return epoch_; }

 protected:
  size_t local_sample_count() const {
    return allow_duplicates_ ? (size_ + num_replicas_ - 1) / num_replicas_ : size_ / num_replicas_;
  }
  /// Where this process's share begins among those of all.
  size_t share_begin() const { return rank_ * local_sample_count(); }
  size_t size_, num_replicas_, rank_, epoch_ = 0;
  bool allow_duplicates_;
};

/// A share of the examples in random order, another in each epoch that set_epoch and reset() start.
class LAMPAS_API DistributedRandomSampler : public DistributedSampler<> {
 public:
  DistributedRandomSampler(size_t size, size_t num_replicas = 1, size_t rank = 0, bool allow_duplicates = true);
  void reset(std::optional<size_t> new_size = std::nullopt) override;
  std::optional<std::vector<size_t>> next(size_t batch_size) override;
  void save(serialize::OutputArchive& archive) const override;
  void load(serialize::InputArchive& archive) override;
  /// Position of the next example among those of all processes.
  size_t index() const noexcept { return share_begin() + index_; }

 private:
  void shuffle();
  lampas::detail::Boxed<std::vector<size_t>> indices_;  // this process's
  size_t index_ = 0;
};

/// A consecutive share of the examples.
class LAMPAS_API DistributedSequentialSampler : public DistributedSampler<> {
 public:
  DistributedSequentialSampler(size_t size, size_t num_replicas = 1, size_t rank = 0, bool allow_duplicates = true);
  void reset(std::optional<size_t> new_size = std::nullopt) override;
  std::optional<std::vector<size_t>> next(size_t batch_size) override;
  void save(serialize::OutputArchive& archive) const override;
  void load(serialize::InputArchive& archive) override;
  /// Position of the next example among those of all processes.
  size_t index() const noexcept { return share_begin() + index_; }

 private:
  size_t index_ = 0;
};

}  // namespace lampas::data::samplers
