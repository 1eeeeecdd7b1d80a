#include <gtest/gtest.h>
#include <lampas/lampas.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <set>
#include <thread>

#include "error_of.h"

using namespace lampas;
using namespace lampas::data;

namespace {

/// Example k is (k, k * k).
struct Squares : datasets::Dataset<Squares> {
  explicit Squares(size_t n, int64_t bad = -1) : n(n), bad(bad) {}
  Example<> get(size_t k) override {
    if (static_cast<int64_t>(k) == bad) throw std::runtime_error("bad example");
    return {full({1}, static_cast<double>(k), kFloat), tensor(static_cast<int64_t>(k * k))};
  }
  std::optional<size_t> size() const override { return n; }
  size_t n;
  int64_t bad;
};

template <class Loader>
std::vector<int64_t> targets_of(Loader& loader) {
  std::vector<int64_t> out;
  for (auto& batch : *loader)
    for (int64_t k = 0; k < batch.target.size(0); ++k) out.push_back(batch.target[k].template item<int64_t>());
  return out;
}

}  // namespace

TEST(Loader, SequentialBatches) {
  for (size_t workers : {0, 1, 3}) {
    auto loader = make_data_loader<samplers::SequentialSampler>(Squares(10).map(transforms::Stack<>()),
                                                                DataLoaderOptions(4).workers(workers));
    for (int epoch = 0; epoch < 2; ++epoch) {
      std::vector<int64_t> sizes;
      int64_t next = 0;
      for (auto& batch : *loader) {
        sizes.push_back(batch.data.size(0));
        for (int64_t k = 0; k < batch.target.size(0); ++k, ++next)
          EXPECT_EQ(batch.target[k].item<int64_t>(), next * next);
      }
      EXPECT_EQ(sizes, (std::vector<int64_t>{4, 4, 2})) << workers;
    }
  }
}

TEST(Loader, DropLastAndUnordered) {
  auto loader = make_data_loader<samplers::SequentialSampler>(
      Squares(10).map(transforms::Stack<>()), DataLoaderOptions(4).workers(3).drop_last(true).enforce_ordering(false));
  auto t = targets_of(loader);
  std::set<int64_t> seen(t.begin(), t.end());
  EXPECT_EQ(t.size(), 8u);
  EXPECT_EQ(seen.size(), 8u);
}

TEST(Loader, RandomOrderIsRandpermOfTheSeed) {
  manual_seed(5);
  auto loader = make_data_loader(Squares(9).map(transforms::Stack<>()), DataLoaderOptions(2));
  const auto got = targets_of(loader);
  manual_seed(5);
  randperm(9);  // drawn at construction
  const Tensor order = randperm(9);
  ASSERT_EQ(got.size(), 9u);
  for (int64_t k = 0; k < 9; ++k)
    EXPECT_EQ(got[static_cast<size_t>(k)], order[k].item<int64_t>() * order[k].item<int64_t>());
}

TEST(Loader, ExceptionsArriveAndTheLoaderGoesOn) {
  for (size_t workers : {0, 2}) {
    auto loader = make_data_loader<samplers::SequentialSampler>(Squares(6, 4).map(transforms::Stack<>()),
                                                                DataLoaderOptions(2).workers(workers));
    for (int epoch = 0; epoch < 2; ++epoch) {
      int batches = 0;
      const auto pass = [&] {
        for (auto& batch : *loader) {
          (void)batch;
          ++batches;
        }
      };
      if (workers == 0)
        EXPECT_THROW(pass(), std::runtime_error);
      else
        EXPECT_THROW(pass(), WorkerException);
      EXPECT_EQ(batches, 2);
    }
  }
}

TEST(Loader, MisuseIsAnError) {
  EXPECT_ERROR(make_data_loader(Squares(3), DataLoaderOptions(0)), "batch_size must be positive");
  auto loader = make_data_loader(Squares(3), DataLoaderOptions(1).workers(1));
  auto it = loader->begin();
  EXPECT_ERROR(loader->begin(), "not yet exhausted");
  auto same = it;  // copies share their position
  ++it, ++same, ++it;
  EXPECT_TRUE(same == loader->end());
  EXPECT_TRUE(it == loader->end());
  EXPECT_ERROR(++it, "Attempted to increment iterator past the end");
  EXPECT_ERROR(*it, "Attempted to dereference iterator that was past the end");
  auto end = loader->end();
  EXPECT_ERROR(++end, "Incrementing the DataLoader's past-the-end iterator is not allowed");
  EXPECT_ERROR(*end, "Dereferencing the DataLoader's past-the-end iterator is not allowed");
  loader->join();
  EXPECT_ERROR(loader->begin(), "used after join()");
}

TEST(Loader, WorkerExceptionsKeepTheOriginal) {
  auto loader = make_data_loader<samplers::SequentialSampler>(Squares(2, 0), DataLoaderOptions(1).workers(2));
  try {
    *loader->begin();
    FAIL();
  } catch (const WorkerException& e) {
    EXPECT_STREQ(e.what(), "Caught exception in DataLoader worker thread. Original message: bad example");
    EXPECT_THROW(std::rethrow_exception(e.original_exception), std::runtime_error);
  }
}

TEST(Transforms, NormalizeLambdaAndStack) {
  auto set = datasets::TensorDataset(arange(8, kFloat).reshape({2, 2, 2, 1}))
                 .map(transforms::Normalize<void>({1.0, 2.0}, {2.0, 4.0}))
                 .map(transforms::TensorLambda<void>([](Tensor t) { return t * 10; }))
                 .map(transforms::Stack<TensorExample>());
  const std::vector<size_t> both{0, 1};
  const Tensor got = set.get_batch(both).data;
  EXPECT_TRUE(got.reshape({8}).allclose(tensor({-5.f, 0.f, 0.f, 2.5f, 15.f, 20.f, 10.f, 12.5f})));
  EXPECT_ERROR(datasets::TensorDataset(ones({2})).get(2), "out of range");
}

TEST(Samplers, SaveAndContinue) {
  samplers::RandomSampler a(10), b(3);
  a.reset();
  a.next(4);
  serialize::OutputArchive out;
  a.save(out);
  std::stringstream s;
  out.save_to(s);
  serialize::InputArchive in;
  in.load_from(s);
  b.load(in);
  EXPECT_EQ(a.next(10), b.next(10));
}

namespace {
std::string word(uint32_t v) {
  return {static_cast<char>(v >> 24), static_cast<char>(v >> 16), static_cast<char>(v >> 8), static_cast<char>(v)};
}
void write_file(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }
void write_gz(const std::string& path, const std::string& text) {
  gzFile f = gzopen(path.c_str(), "wb");
  gzwrite(f, text.data(), static_cast<unsigned>(text.size()));
  gzclose(f);
}
std::string slurp(const std::string& path) {
  std::ifstream f(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(f), std::istreambuf_iterator<char>()};
}
}  // namespace

TEST(Mnist, EveryDefectIsNamed) {
  const std::string dir = ::testing::TempDir() + "lampas_mnist_" + std::to_string(::getpid());
  ::mkdir(dir.c_str(), 0755);
  const std::string images = dir + "/t10k-images-idx3-ubyte", labels = dir + "/t10k-labels-idx1-ubyte";
  std::string pixels(10000 * 784, '\0');
  for (size_t k = 0; k < pixels.size(); ++k) pixels[k] = static_cast<char>(k * k % 251);
  const std::string good_images = word(2051) + word(10000) + word(28) + word(28) + pixels;
  const std::string good_labels = word(2049) + word(10000) + std::string(10000, '\x03');
  auto read = [&] { datasets::MNIST(dir, datasets::MNIST::Mode::kTest); };
  EXPECT_ERROR(read(), "cannot open");
  write_file(images, good_images);
  write_file(labels, good_labels);
  datasets::MNIST set(dir, datasets::MNIST::Mode::kTest);
  EXPECT_EQ(*set.size(), 10000u);
  constexpr int64_t kAt = 7 * 784 + 3 * 28 + 4;
  EXPECT_FLOAT_EQ(set.get(7).data[0][3][4].item<float>(), static_cast<float>(kAt * kAt % 251) / 255);
  EXPECT_EQ(set.get(7).target.item<int64_t>(), 3);
  EXPECT_ERROR(set.get(10000), "out of range");
  write_file(images, good_images.substr(0, 5000));
  EXPECT_ERROR(read(), "truncated");
  write_file(images, good_images + "x");
  EXPECT_ERROR(read(), "after its last element");
  write_file(images, word(2049) + good_images.substr(4));
  EXPECT_ERROR(read(), "magic number 2049, expected 2051");
  write_file(images, word(2051) + word(9999) + good_images.substr(8));
  EXPECT_ERROR(read(), "has 9999 images, expected 10000");
  ::unlink(images.c_str());
  write_gz(images + ".gz", good_images);
  EXPECT_NO_THROW(read());
  const std::string packed = slurp(images + ".gz");
  write_file(images + ".gz", packed.substr(0, packed.size() - 9));
  EXPECT_ERROR(read(), "truncated");
  std::string broken = packed;
  broken[packed.size() / 2] ^= 0x55;
  write_file(images + ".gz", broken);
  EXPECT_NE(error_of(read), "no error");
  write_gz(images + ".gz", good_images);
  write_file(labels, good_labels.substr(0, 100) + "\x0a" + good_labels.substr(101));
  EXPECT_ERROR(read(), "is 10, expected 0 to 9");
  for (const char* f : {"/t10k-images-idx3-ubyte.gz", "/t10k-labels-idx1-ubyte"}) ::unlink((dir + f).c_str());
  ::rmdir(dir.c_str());
}
