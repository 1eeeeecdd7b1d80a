#include "ops/scan.h"

#include <algorithm>

#include "../kernel_test.h"

namespace lampas {
namespace {

using namespace test;

/// Running sums and products of float32 against float64 ones, in either direction, out of place and in place.
void test_scan(const DimSpan& span, std::vector<float> x) {
  const int64_t n = span.size, lines = span.outer * span.inner;
  for (bool product : {false, true})
    for (bool reverse : {false, true}) {
      SCOPED_TRACE(::testing::Message() << span.outer << " x " << n << " x " << span.inner
                                        << (product ? ", products" : "") << (reverse ? ", reverse" : ""));
      std::vector<double> want(x.size()), bound(x.size());
      for (int64_t line = 0; line < lines; ++line) {
        double total = product ? 1 : 0, magnitude = 0;
        for (int64_t k = 0; k < n; ++k) {
          const int64_t at =
              line / span.inner * n * span.inner + line % span.inner + (reverse ? n - 1 - k : k) * span.inner;
          const double v = x[at];
          total = product ? total * v : total + v;
          magnitude += std::abs(v);
          want[at] = static_cast<double>(static_cast<float>(total));
          const double size = product ? std::abs(total) : magnitude;
          bound[at] =
              std::isfinite(size) ? 0x1p-23 * std::abs(total) + 0x1p-52 * static_cast<double>(k + 1) * size + 1e-45 : 0;
        }
      }
      for_each_target([&] {
        std::vector<float> first;
        for_each_thread_count([&] {
          const auto& kernel = (product ? cumprod_kernel : cumsum_kernel).get(kFloat);
          std::vector<float> y(x.size() + 1, 77), z = x;
          kernel({span, reverse}, x.data(), y.data());
          kernel({span, reverse}, z.data(), z.data());
          for (size_t i = 0; i < x.size(); ++i) {
            ASSERT_TRUE(close(y[i], want[i], bound[i])) << i;
            ASSERT_TRUE(close(z[i], y[i], 0)) << "in place at " << i;
          }
          ASSERT_EQ(y[x.size()], 77) << "wrote past the end";
          if (first.empty()) first = y;
          for (size_t i = 0; i < x.size(); ++i) ASSERT_TRUE(close(y[i], first[i], 0)) << "threads differ at " << i;
        });
      });
    }
}

TEST(Scan, FloatRowsOfManyShapes) {
  uint32_t seed = 1;
  for (int64_t rows : {1, 3, 15, 16, 17, 21, 24, 67})
    for (int64_t n : {1, 2, 3, 4, 5, 7, 8, 31, 63, 64, 65, 68, 130, 259, 1024})
      test_scan({rows, n, 1}, random_values<float>(rows * n, seed++, 0.5));
  test_scan({5, 40, 7}, random_values<float>(5 * 40 * 7, seed++));
  test_scan({130, 8191, 1}, random_values<float>(130 * 8191, seed++));  // more than is taken to be in caches
}

TEST(Scan, FloatRowsWithSpecialValues) {
  for (double special : {kNaN, kInf, -kInf, 0.0}) {
    auto x = random_values<float>(20 * 70, 5);
    for (int64_t i = 0; i < 20; i += 2) x[i * 70 + i * 3] = static_cast<float>(special);
    x[4 * 70 + 69] = -static_cast<float>(special);
    test_scan({20, 70, 1}, x);
  }
}

/// Products that leave the range of float32, and return to it.
TEST(Scan, ProductsThatReturn) {
  const int64_t rows = 18, n = 40;
  std::vector<float> x(rows * n, 1);
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t k = 0; k < n; ++k) x[r * n + k] = k % 8 < 4 ? 1e30f : 1e-30f;
  test_scan({rows, n, 1}, x);
}

}  // namespace
}  // namespace lampas
