#include "ops/embedding.h"

#include <random>

#include "../kernel_test.h"
#include "lampas/base/error.h"

namespace lampas {
namespace {

using namespace test;

template <class T>
void test_scatter(int64_t rows, int64_t dim, int64_t n, bool bags, bool scaled) {
  SCOPED_TRACE(str(rows, " x ", dim, ", ", n, " entries", bags ? ", bags" : "", scaled ? ", scaled" : ""));
  std::mt19937 random(9);
  std::vector<int64_t> index(static_cast<size_t>(n)), bag(index);
  for (int64_t i = 0; i < n; ++i)
    index[i] = static_cast<int64_t>(random() % static_cast<uint32_t>(rows)), bag[i] = i / 3;
  if (n > 2) index[0] = index[1] = rows - 1;
  const auto dy = random_values<T>((bags ? n / 3 + 1 : n) * dim, 1);
  auto scale = random_values<T>(n, 2);
  for (int64_t i = 0; i < n; i += 5) scale[i] = T(0.0F);
  Lookup l;
  l.rows = rows, l.dim = dim, l.n = n, l.bags = bags ? n / 3 + 1 : n;
  l.index = index.data(), l.bag = bags ? bag.data() : nullptr;
  std::vector<double> want(static_cast<size_t>(rows * dim)), size(want);
  for (int64_t i = 0; i < n; ++i)
    for (int64_t d = 0; d < dim; ++d) {
      const double v = to_double(dy[(bags ? bag[i] : i) * dim + d]) * (scaled ? to_double(scale[i]) : 1);
      want[index[i] * dim + d] += v, size[index[i] * dim + d] += std::abs(v);
    }
  std::vector<T> got(want.size(), T(7.0F));
  bag_scatter_kernel.get(dtype_of<T>)(l, dy.data(), scaled ? scale.data() : nullptr, got.data());
  const double eps = (std::is_same_v<T, double> ? 0x1p-53 : 0x1p-24) * static_cast<double>(n);
  for (size_t i = 0; i < got.size(); ++i)
    ASSERT_TRUE(close(to_double(got[i]), want[i], eps * size[i] + unit_roundoff<T>() * std::abs(want[i]) + 1e-7))
        << "element " << i;
}

TEST(Embedding, GradientsOfTablesSmallAndLarge) {
  for_each_target([] {
    for_each_thread_count([] {
      const int64_t shapes[][3] = {{10, 3, 30}, {10, 16, 4}, {3000, 33, 900}, {3000, 130, 1500}, {3000, 64, 20}};
      for (const auto& [rows, dim, n] : shapes)
        for (bool bags : {false, true})
          for (bool scaled : {false, true}) {
            test_scatter<float>(rows, dim, n, bags, scaled);
            test_scatter<double>(rows, dim, n, bags, scaled);
            test_scatter<Half>(rows, dim, n, bags, scaled);
            if (testing::Test::HasFatalFailure()) return;
          }
    });
  });
}

TEST(Embedding, LooksUpLongAndShortRows) {
  for_each_target([] {
    for (int64_t dim : {1, 7, 32, 300, 2000}) {
      const int64_t rows = 50, n = 70;
      const auto table = random_values<float>(rows * dim, 4);
      std::vector<int64_t> index(n);
      for (int64_t i = 0; i < n; ++i) index[i] = i * 37 % rows;
      std::vector<float> y(static_cast<size_t>(n * dim));
      Lookup l;
      l.rows = rows, l.dim = dim, l.n = l.bags = n, l.index = index.data();
      bag_sum_kernel.get(kFloat)(l, table.data(), nullptr, y.data());
      for (int64_t i = 0; i < n * dim; ++i) ASSERT_EQ(y[i], table[index[i / dim] * dim + i % dim]);
    }
  });
}

}  // namespace
}  // namespace lampas
