#include "lampas/data/samplers.h"

#include "lampas/ops/factories.h"
#include "lampas/ops/random.h"

namespace lampas::data::samplers {

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

void SequentialSampler::save(serialize::OutputArchive& archive) const {
  archive.write("index", scalar_tensor(static_cast<int64_t>(index_), kInt64));
}
void SequentialSampler::load(serialize::InputArchive& archive) {
  Tensor index;
  archive.read("index", index);
  const int64_t i = index.item<int64_t>();
  check(i >= 0 && static_cast<size_t>(i) <= size_, "SequentialSampler: saved position ", i,
        " does not fit a dataset of ", size_);
  index_ = static_cast<size_t>(i);
}

}  // namespace lampas::data::samplers
