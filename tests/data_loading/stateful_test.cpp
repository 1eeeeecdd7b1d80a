// Datasets that keep their own place, shared ones, chunks, streams, and the samplers beyond the plain ones.
#include <gtest/gtest.h>
#include <lampas/lampas.h>

#include <algorithm>
#include <atomic>
#include <numeric>
#include <set>
#include <sstream>

using namespace lampas;
using namespace lampas::data;

namespace {

template <class F>
std::string error_of(F f) {
  try {
    f();
  } catch (const std::exception& e) {
    return e.what();
  }
  return "no error";
}
#define EXPECT_ERROR(expr, phrase) \
  EXPECT_NE(error_of([&] { expr; }).find(phrase), std::string::npos) << error_of([&] { expr; })

/// Counts to `limit`.
struct Counter : datasets::StatefulDataset<Counter, int> {
  explicit Counter(int limit) : limit(limit) {}
  std::optional<int> get_batch(size_t) override {
    const int k = next.fetch_add(1);
    return k < limit ? std::optional<int>(k) : std::nullopt;
  }
  std::optional<size_t> size() const override { return std::nullopt; }
  void reset() override { next = 0; }
  void save(serialize::OutputArchive& archive) const override { archive.write("next", Scalar(next.load())); }
  void load(serialize::InputArchive& archive) override {
    Scalar s;
    archive.read("next", s);
    next = s.toInt();
  }
  int limit;
  std::atomic<int> next{0};
};

/// Chunks of 10, 5 and 20 numbers.
struct Numbers : datasets::ChunkDataReader<int> {
  using BatchType = std::vector<int>;
  std::vector<int> read_chunk(size_t k) override {
    if (static_cast<int>(k) == bad) throw std::runtime_error("bad chunk");
    static constexpr int begin[] = {0, 10, 15, 35};
    std::vector<int> v(static_cast<size_t>(begin[k + 1] - begin[k]));
    std::iota(v.begin(), v.end(), begin[k]);
    return v;
  }
  size_t chunk_count() override { return 3; }
  void reset() override { ++resets; }
  int bad = -1, resets = 0;
};
using Chunks = datasets::ChunkDataset<Numbers, samplers::SequentialSampler, samplers::SequentialSampler>;

datasets::SharedBatchDataset<Chunks> chunks(datasets::ChunkDatasetOptions o, Numbers reader = {},
                                            std::function<void(std::vector<int>&)> policy = nullptr) {
  return datasets::make_shared_dataset<Chunks>(reader, samplers::SequentialSampler(0), samplers::SequentialSampler(0),
                                               o, policy);
}

}  // namespace

TEST(Stateful, EpochsWithAndWithoutWorkers) {
  for (size_t workers : {0, 3}) {
    auto loader = make_data_loader(datasets::make_shared_dataset<Counter>(10), DataLoaderOptions().workers(workers));
    for (int epoch = 0; epoch < 3; ++epoch) {
      std::multiset<int> seen;
      for (int k : *loader) seen.insert(k);
      EXPECT_EQ(seen.size(), 10u);
      EXPECT_EQ(*seen.rbegin(), 9);
    }
  }
}

TEST(Stateful, MapAndSave) {
  auto dataset = datasets::make_shared_dataset<Counter>(4);
  auto loader =
      make_data_loader(dataset.map(transforms::BatchLambda<int, std::string>([](int k) { return std::to_string(k); })),
                       DataLoaderOptions());
  std::string all;
  for (const std::string& s : *loader) all += s;
  EXPECT_EQ(all, "0123");
  dataset->next = 2;
  std::stringstream stream;
  save(*dataset, stream);
  Counter other(4);
  load(other, stream);
  EXPECT_EQ(other.next.load(), 2);
}

TEST(Chunks, EveryExampleOnceInFullBatches) {
  for (size_t preloaders : {1, 3})
    for (size_t batch : {5, 7})
      for (size_t workers : {0, 2}) {
        auto loader = make_data_loader(chunks({preloaders, batch, 14}), DataLoaderOptions(batch).workers(workers));
        for (int epoch = 0; epoch < 2; ++epoch) {
          std::vector<int> seen;
          for (auto& b : *loader) {
            EXPECT_EQ(b.size(), batch);
            seen.insert(seen.end(), b.begin(), b.end());
          }
          if (preloaders > 1 || workers) std::sort(seen.begin(), seen.end());
          std::vector<int> wanted(35);
          std::iota(wanted.begin(), wanted.end(), 0);
          EXPECT_EQ(seen, wanted);
        }
      }
}

TEST(Chunks, ShufflesAcrossChunksAndPreprocesses) {
  auto dataset = chunks({1, 35, 35, 3}, {}, [](std::vector<int>& v) { std::reverse(v.begin(), v.end()); });
  auto loader = make_data_loader(dataset, DataLoaderOptions(35));
  auto it = loader->begin();
  EXPECT_EQ((*it)[0], 34);
  EXPECT_EQ(it->size(), 35u);
}

TEST(Chunks, CheckpointGoesOnWhereItWas) {
  samplers::SequentialSampler position(3);
  position.next(2);
  std::stringstream stream;
  save(position, stream);
  auto dataset = chunks({1, 10, 20});
  load(*dataset, stream);
  auto loader = make_data_loader(dataset, DataLoaderOptions(10));
  auto first = loader->begin();
  EXPECT_EQ((*first)[0], 15);
}

TEST(Chunks, Misuse) {
  using Options = datasets::ChunkDatasetOptions;
  EXPECT_ERROR(Options(0, 1), "Preloader count is 0");
  EXPECT_ERROR(Options(1, 0), "Batch size is 0");
  EXPECT_ERROR(Options(1, 1, 0), "Cache size is 0");
  EXPECT_ERROR(Options(1, 10, 5), "Cache size is less than batch size");
  EXPECT_ERROR(Options(1, 10, 20, 0), "cross_chunk_shuffle_count needs to be greater than 0");
  auto dataset = chunks({1, 5});
  EXPECT_ERROR(dataset->get_batch(5), "needs to call reset()");
  dataset->reset();
  EXPECT_ERROR(dataset->get_batch(6), "The requested batch size is 6");
  Numbers broken;
  broken.bad = 1;
  auto loader = make_data_loader(chunks({1, 10}, broken), DataLoaderOptions(10));
  auto it = loader->begin();
  EXPECT_EQ(it->size(), 10u);
  EXPECT_ERROR(++it, "bad chunk");
}

TEST(Shared, DatasetsThatCannotBeCopied) {
  struct Unique : datasets::Dataset<Unique, int> {
    Unique() = default;
    Unique(Unique&&) = default;
    Unique& operator=(Unique&&) = default;
    int get(size_t k) override { return static_cast<int>(k); }
    std::optional<size_t> size() const override { return 7; }
  };
  auto loader = make_data_loader(datasets::make_shared_dataset<Unique>(), DataLoaderOptions(2).workers(2));
  size_t count = 0;
  for (auto& b : *loader) count += b.size();
  EXPECT_EQ(count, 7u);
  EXPECT_ERROR(make_data_loader(Unique(), DataLoaderOptions(2).workers(2)), "cannot be copied");
}

TEST(TensorDataset, OfSeveralTensors) {
  datasets::TensorDataset d(eye(5).chunk(5));
  EXPECT_EQ(d.size().value(), 5u);
  EXPECT_TRUE(d.get(2).data.view({5}).equal(eye(5)[2]));
}

TEST(Stream, SamplerCountsExamples) {
  samplers::StreamSampler s(10);
  EXPECT_EQ(s.next(7).value().size(), 7u);
  std::stringstream stream;
  save(s, stream);
  samplers::StreamSampler t(10);
  load(t, stream);
  EXPECT_EQ(static_cast<size_t>(t.next(7).value()), 3u);
  EXPECT_FALSE(t.next(1).has_value());
  t.reset(4);
  EXPECT_EQ(t.next(9).value().size(), 4u);
}

TEST(Distributed, SharesCoverTheDataset) {
  for (bool duplicates : {true, false}) {
    std::multiset<size_t> sequential, random;
    for (size_t rank = 0; rank < 3; ++rank) {
      samplers::DistributedSequentialSampler s(10, 3, rank, duplicates);
      samplers::DistributedRandomSampler r(10, 3, rank, duplicates);
      r.set_epoch(5);
      r.reset();
      for (auto b = s.next(2); b; b = s.next(2)) sequential.insert(b->begin(), b->end());
      for (auto b = r.next(2); b; b = r.next(2)) random.insert(b->begin(), b->end());
      EXPECT_EQ(s.index(), (rank + 1) * (duplicates ? 4 : 3));  // positions count through all shares, as LibTorch's
      EXPECT_EQ(r.index(), s.index());
    }
    EXPECT_EQ(sequential.size(), duplicates ? 12u : 9u);
    EXPECT_EQ(random, sequential);
  }
  samplers::DistributedRandomSampler a(10), b(10);
  a.set_epoch(3);
  a.reset();
  a.next(4);
  std::stringstream stream;
  save(a, stream);
  load(b, stream);
  EXPECT_EQ(b.epoch(), 3u);
  EXPECT_EQ(a.next(6), b.next(6));
  samplers::DistributedRandomSampler c(10, 2, 1), d(10, 2, 1);
  samplers::DistributedSequentialSampler e(10, 2, 1), f(10, 2, 1);
  EXPECT_EQ(c.index(), 5u);
  c.next(2), e.next(2);
  std::stringstream random_state, sequential_state;
  save(c, random_state), save(e, sequential_state);
  load(d, random_state), load(f, sequential_state);
  EXPECT_EQ(d.index(), 7u);
  EXPECT_EQ(f.index(), 7u);
  EXPECT_EQ(c.next(9), d.next(9));
  EXPECT_EQ(f.next(9), (std::vector<size_t>{7, 8, 9}));
  EXPECT_ERROR(samplers::DistributedSequentialSampler(10, 2, 2), "rank 2 is out of range");
}

TEST(Detail, ShuttleQueueAndSequencer) {
  data::detail::Queue<int> q;
  EXPECT_ERROR(q.pop(Milliseconds(5)), "Timeout in DataLoader queue while waiting for next batch (timeout was 5 ms)");
  q.push(1);
  q.push(2);
  EXPECT_EQ(q.pop(), 1);
  EXPECT_EQ(q.clear(), 1u);
  data::detail::DataShuttle<int, int> shuttle;
  EXPECT_FALSE(shuttle.pop_result().has_value());
  shuttle.push_job(1);
  shuttle.push_job(2);
  EXPECT_EQ(shuttle.pop_job(), 1);
  shuttle.push_result(10);
  EXPECT_EQ(shuttle.in_flight_jobs(), 2u);
  shuttle.drain();
  EXPECT_EQ(shuttle.in_flight_jobs(), 0u);
}
