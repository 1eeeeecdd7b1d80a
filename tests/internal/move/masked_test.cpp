#include "ops/masked.h"

#include <algorithm>
#include <random>

#include "../kernel_test.h"
#include "lampas/base/error.h"
#include "lampas/base/small_vector.h"

namespace lampas {
namespace {

using namespace test;

/// std::vector<bool> has no bools in memory.
struct Mask {
  Mask(int64_t n, double share, uint32_t seed) : bytes(static_cast<size_t>(n) + 1) {
    std::mt19937 random(seed);
    std::bernoulli_distribution on(share);
    for (auto& b : bytes) b = on(random);
  }
  const bool* data() const { return reinterpret_cast<const bool*>(bytes.data()); }
  std::vector<uint8_t> bytes;
};

void for_each_setting(const std::function<void()>& f) {
  for_each_target([&] { for_each_thread_count(f); });
}

template <class T>
void test_compress(int64_t n, double share) {
  const Mask mask(n, share, static_cast<uint32_t>(n));
  const auto x = random_values<T>(n, 3);
  std::vector<T> want;
  for (int64_t i = 0; i < n; ++i)
    if (mask.bytes[i]) want.push_back(x[i]);
  const auto count = static_cast<int64_t>(want.size());
  ASSERT_EQ(mask_count_kernel.get(kBool)(mask.data(), n), count);
  want.resize(want.size() + 40, T(77));
  std::vector<T> got(want.size(), T(77));
  mask_compress_kernel.get(dtype_of<T>)(x.data(), mask.data(), n, got.data(), count);
  ASSERT_EQ(got, want);
}

TEST(Masked, CompressKeepsOrderAndWritesNothingElse) {
  for_each_setting([] {
    for (int64_t n : {0, 1, 7, 15, 16, 17, 31, 33, 64, 100, 1000, 40000, 140003})
      for (double share : {0.0, 0.02, 0.5, 0.97, 1.0}) {
        SCOPED_TRACE(str(n, " elements, ", share, " of them"));
        test_compress<int8_t>(n, share);
        test_compress<int16_t>(n, share);
        test_compress<float>(n, share);
        test_compress<double>(n, share);
        test_compress<int64_t>(n, share);
        if (testing::Test::HasFatalFailure()) return;
      }
  });
}

TEST(Masked, Positions) {
  const std::vector<std::vector<int64_t>> shapes = {
      {1},      {33},       {70001},   {0, 3},    {3, 0},     {5, 1},        {1, 9},       {300, 7},
      {9, 300}, {40, 2001}, {9000, 3}, {2, 3, 5}, {4, 1, 33}, {3, 12, 1000}, {2, 3, 4, 5}, {100, 1, 1, 700}};
  for_each_setting([&] {
    for (const auto& shape : shapes)
      for (double share : {0.0, 0.02, 0.5, 1.0}) {
        int64_t n = 1;
        for (int64_t s : shape) n *= s;
        const auto rank = static_cast<int64_t>(shape.size());
        const Mask mask(n, share, static_cast<uint32_t>(n));
        const int64_t count = mask_count_kernel.get(kBool)(mask.data(), n);
        std::vector<int64_t> rows(static_cast<size_t>(count * rank) + 8, -1), columns(rows), want_rows(rows),
            want_columns(rows);
        int64_t at = 0;
        for (int64_t i = 0; i < n; ++i) {
          if (!mask.bytes[i]) continue;
          int64_t rest = i;
          for (int64_t d = rank - 1; d >= 0; --d) {
            want_rows[at * rank + d] = want_columns[d * count + at] = rest % shape[d];
            rest /= shape[d];
          }
          ++at;
        }
        mask_positions_kernel.get(kBool)(mask.data(), shape, rows.data(), rank, 1);
        mask_positions_kernel.get(kBool)(mask.data(), shape, columns.data(), 1, count);
        ASSERT_EQ(rows, want_rows) << IntArrayRef(shape) << ", " << share;
        ASSERT_EQ(columns, want_columns) << IntArrayRef(shape) << ", " << share;
      }
  });
}

}  // namespace
}  // namespace lampas
