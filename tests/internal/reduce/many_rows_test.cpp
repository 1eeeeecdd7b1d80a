// Rows that are reduced several at a time.
#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "../kernel_test.h"
#include "ops/reduce.h"

namespace lampas {
namespace {

using namespace test;

TEST(Reduce, PositionsInManyRows) {
  std::mt19937 engine(31);
  for (int64_t rows : {3, 16, 17, 50})
    for (int64_t n : {32, 64, 65, 100, 256, 1000, 1025}) {
      std::vector<float> x(rows * n);
      for (float& v : x) v = static_cast<float>(static_cast<int>(engine() % 400)) - 200;
      for (int64_t r = 0; r < rows; ++r) {
        float* row = &x[r * n];
        const int64_t at = static_cast<int64_t>(engine() % n), next = static_cast<int64_t>(engine() % n);
        if (r % 7 == 1) row[at] = row[next] = std::numeric_limits<float>::quiet_NaN();
        if (r % 7 == 2) std::fill_n(row, n, -std::numeric_limits<float>::infinity());
        if (r % 7 == 3) std::fill_n(row, n, r % 2 ? 0.0f : -0.0f);
        if (r % 7 == 3) row[at] = r % 2 ? -0.0f : 0.0f;
        if (r % 7 == 4) row[at] = std::numeric_limits<float>::infinity();
        if (r % 7 == 4) row[next] = -std::numeric_limits<float>::infinity();
        if (r % 7 == 5) row[at] = row[next] = 1000;
      }
      for (bool max : {true, false}) {
        std::vector<int64_t> want(rows);
        for (int64_t r = 0; r < rows; ++r) {
          const float* row = &x[r * n];
          for (int64_t j = 1; j < n; ++j) {
            const float v = row[j], best = row[want[r]];
            if ((max ? v > best : v < best) || (std::isnan(v) && !std::isnan(best))) want[r] = j;
          }
        }
        for_each_target([&] {
          for_each_thread_count([&] {
            std::vector<float> values(rows);
            std::vector<int64_t> places(rows, -1);
            (max ? max_index_kernel : min_index_kernel)
                .get(kFloat)(plan_reduction(DimSpan{rows, n, 1}), x.data(), values.data(), places.data());
            ASSERT_EQ(places, want) << rows << " rows of " << n;
            for (int64_t r = 0; r < rows; ++r) {
              const float first = x[r * n + want[r]];
              ASSERT_TRUE(close(values[r], first, 0));
              ASSERT_EQ(first == 0 && std::signbit(values[r]), first == 0 && std::signbit(first));
            }
          });
        });
      }
    }
}

TEST(Reduce, VarianceOfManyRows) {
  std::mt19937 engine(32);
  std::normal_distribution<float> normal;
  for (int64_t rows : {3, 4, 9, 66})
    for (int64_t n : {2, 31, 32, 33, 64, 256, 1001, 2050}) {
      std::vector<float> x(rows * n);
      for (int64_t i = 0; i < rows * n; ++i) x[i] = normal(engine) + (i / n % 3 == 1 ? 1000.0f : 0.0f);
      if (rows > 8) x[8 * n + n / 2] = kNaN;
      for_each_target([&] {
        std::vector<float> var(rows + 1, 77), mean(rows + 1, 77);
        var_kernel.get(kFloat)(plan_reduction(DimSpan{rows, n, 1}), x.data(), var.data(), mean.data(), {1, false});
        for (int64_t r = 0; r < rows; ++r) {
          long double sum = 0, m2 = 0;
          for (int64_t j = 0; j < n; ++j) sum += x[r * n + j];
          for (int64_t j = 0; j < n; ++j) m2 += (x[r * n + j] - sum / n) * (x[r * n + j] - sum / n);
          const double want = static_cast<double>(m2 / (n - 1)), of = static_cast<double>(sum / n);
          ASSERT_TRUE(close(var[r], want, want * 0x1p-24 + 1e-13 * (want + 9)))
              << rows << " rows of " << n << ": " << r;
          ASSERT_TRUE(close(mean[r], of, std::abs(of) * 0x1p-24 + 1e-12)) << rows << " rows of " << n << ": " << r;
        }
        ASSERT_TRUE(var[rows] == 77 && mean[rows] == 77) << "wrote past the end";
      });
    }
}

}  // namespace
}  // namespace lampas
