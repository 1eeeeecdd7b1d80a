#include "lampas/data/samplers.h"

#include <algorithm>
#include <random>

#include "lampas/ops/factories.h"
#include "lampas/ops/random.h"

namespace lampas::data::samplers {

CustomBatchRequest::~CustomBatchRequest() = default;

namespace {

void write_number(serialize::OutputArchive& archive, const char* key, size_t value) {
  archive.write(key, scalar_tensor(static_cast<int64_t>(value), kInt64));
}
size_t read_number(serialize::InputArchive& archive, const char* key, const char* who) {
  Tensor t;
  archive.read(key, t);
  const int64_t v = t.item<int64_t>();
  check(v >= 0, who, ": saved ", key, " is ", v);
  return static_cast<size_t>(v);
}

}  // namespace

RandomSampler::RandomSampler(int64_t size, Dtype index_dtype) : indices_(randperm(size, index_dtype)) {}

void RandomSampler::reset(std::optional<size_t> new_size) {
  const int64_t size = new_size ? static_cast<int64_t>(*new_size) : indices_.numel();
  indices_ = randperm(size, indices_.options());
  index_ = 0;
}

std::optional<std::vector<size_t>> RandomSampler::next(size_t batch_size) {
  const int64_t left = indices_.numel() - index_;
  if (left <= 0) return std::nullopt;
  const int64_t n = std::min<int64_t>(left, static_cast<int64_t>(batch_size));
  const Tensor part = indices_.slice(0, index_, index_ + n).to(kInt64);
  const auto* p = part.data_ptr<const int64_t>();
  index_ += n;
  return std::vector<size_t>(p, p + n);
}

void RandomSampler::save(serialize::OutputArchive& archive) const {
  archive.write("index", scalar_tensor(index_, kInt64));
  archive.write("indices", indices_);
}

void RandomSampler::load(serialize::InputArchive& archive) {
  Tensor index, indices;
  archive.read("index", index);
  archive.read("indices", indices);
  const int64_t i = index.item<int64_t>();
  check(indices.dim() == 1 && i >= 0 && i <= indices.numel(), "RandomSampler: saved position ", i, " does not fit ",
        indices.sizes(), " indices");
  indices_ = indices.clone();
  index_ = i;
}

size_t RandomSampler::index() const noexcept { return static_cast<size_t>(index_); }

void SequentialSampler::reset(std::optional<size_t> new_size) {
  if (new_size) size_ = *new_size;
  index_ = 0;
}

std::optional<std::vector<size_t>> SequentialSampler::next(size_t batch_size) {
  if (index_ >= size_) return std::nullopt;
  std::vector<size_t> batch(std::min(batch_size, size_ - index_));
  for (size_t& i : batch) i = index_++;
  return batch;
}

void SequentialSampler::save(serialize::OutputArchive& archive) const { write_number(archive, "index", index_); }
void SequentialSampler::load(serialize::InputArchive& archive) {
  index_ = read_number(archive, "index", "SequentialSampler");
}

void StreamSampler::reset(std::optional<size_t> new_size) {
  if (new_size) epoch_size_ = *new_size;
  taken_ = 0;
}
std::optional<BatchSize> StreamSampler::next(size_t batch_size) {
  if (taken_ >= epoch_size_) return std::nullopt;
  const size_t n = std::min(batch_size, epoch_size_ - taken_);
  taken_ += n;
  return BatchSize(n);
}
void StreamSampler::save(serialize::OutputArchive& archive) const {
  write_number(archive, "examples_retrieved_so_far", taken_);
}
void StreamSampler::load(serialize::InputArchive& archive) {
  taken_ = read_number(archive, "examples_retrieved_so_far", "StreamSampler");
}

DistributedRandomSampler::DistributedRandomSampler(size_t size, size_t num_replicas, size_t rank, bool allow_duplicates)
    : DistributedSampler(size, num_replicas, rank, allow_duplicates) {
  shuffle();
}
void DistributedRandomSampler::shuffle() {
  const size_t share = local_sample_count(), count = num_replicas_ == 1 ? size_ : share * num_replicas_;
  std::vector<size_t> all(count);
  for (size_t k = 0; k < count; ++k) all[k] = k % std::max<size_t>(size_, 1);
  // Every process draws the same order.
  std::mt19937 random(static_cast<uint32_t>(epoch_));
  std::shuffle(all.begin(), all.end(), random);
  const auto begin = all.begin() + static_cast<int64_t>(share_begin());
  indices_.get().assign(begin, num_replicas_ == 1 ? all.end() : begin + static_cast<int64_t>(share));
  index_ = 0;
}
void DistributedRandomSampler::reset(std::optional<size_t> new_size) {
  if (new_size) size_ = *new_size;
  shuffle();
}
std::optional<std::vector<size_t>> DistributedRandomSampler::next(size_t batch_size) {
  const std::vector<size_t>& indices = indices_.get();
  if (index_ >= indices.size()) return std::nullopt;
  const size_t n = std::min(batch_size, indices.size() - index_);
  const auto begin = indices.begin() + static_cast<int64_t>(index_);
  index_ += n;
  return std::vector<size_t>(begin, begin + static_cast<int64_t>(n));
}
void DistributedRandomSampler::save(serialize::OutputArchive& archive) const {
  write_number(archive, "sample_index_", index());
  write_number(archive, "epoch_", epoch_);
}
void DistributedRandomSampler::load(serialize::InputArchive& archive) {
  const size_t epoch = read_number(archive, "epoch_", "DistributedRandomSampler"),
               index = read_number(archive, "sample_index_", "DistributedRandomSampler");
  epoch_ = epoch;
  shuffle();
  index_ = index - std::min(index, share_begin());
}

DistributedSequentialSampler::DistributedSequentialSampler(size_t size, size_t num_replicas, size_t rank,
                                                           bool allow_duplicates)
    : DistributedSampler(size, num_replicas, rank, allow_duplicates) {}
void DistributedSequentialSampler::reset(std::optional<size_t> new_size) {
  if (new_size) size_ = *new_size;
  index_ = 0;
}
std::optional<std::vector<size_t>> DistributedSequentialSampler::next(size_t batch_size) {
  const size_t share = local_sample_count();
  if (index_ >= share) return std::nullopt;
  std::vector<size_t> batch(std::min(batch_size, share - index_));
  for (size_t& i : batch) i = (share_begin() + index_++) % size_;
  return batch;
}
void DistributedSequentialSampler::save(serialize::OutputArchive& archive) const {
  write_number(archive, "sample_index_", index());
}
void DistributedSequentialSampler::load(serialize::InputArchive& archive) {
  const size_t index = read_number(archive, "sample_index_", "DistributedSequentialSampler");
  index_ = index - std::min(index, share_begin());
}

}  // namespace lampas::data::samplers
