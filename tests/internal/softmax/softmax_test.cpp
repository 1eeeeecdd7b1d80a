#include "ops/softmax.h"

#include <algorithm>
#include <cstring>

#include "../kernel_test.h"
#include "ops/logsumexp.h"

namespace lampas {
namespace {

using namespace test;

const DimSpan kSpans[] = {{1, 1, 1},    {3, 10, 1},   {5, 16, 1},   {2, 17, 1}, {1, 63, 1},   {2, 64, 1},  {7, 129, 1},
                          {2, 3000, 1}, {300, 33, 1}, {0, 5, 1},    {4, 0, 1},  {2, 7, 3},    {1, 10, 16}, {3, 5, 37},
                          {1, 12, 300}, {2, 33, 129}, {1, 1000, 2}, {2, 1, 5},  {40, 20, 50}, {3, 6, 128}};

/// Calls f(first element, distance) for every vector along the dimension.
template <class F>
void for_each_vector(const DimSpan& s, const F& f) {
  for (int64_t o = 0; o < s.outer; ++o)
    for (int64_t i = 0; i < s.inner; ++i) f(o * s.size * s.inner + i);
}

std::string describe(const DimSpan& s, ScalarType t) { return str(s.outer, " x ", s.size, " x ", s.inner, " of ", t); }

template <class T>
constexpr double compute_eps() {
  return std::is_same_v<T, double> ? 0x1p-53 : 0x1p-24;
}

template <class T>
void test_forward() {
  constexpr double eps = compute_eps<T>(), u = unit_roundoff<T>();
  // Half of float16's smallest subnormal; what float32 and float64 lose there is far below.
  constexpr double tiny = std::is_same_v<T, Half> ? 0x1p-25 : 1e-44;
  uint32_t seed = 1;
  for (const DimSpan& s : kSpans) {
    SCOPED_TRACE(describe(s, dtype_of<T>));
    const int64_t n = s.outer * s.size * s.inner;
    auto x = random_values<T>(n, seed++);
    for (auto& v : x) v = from_double<T>(5 * to_double(v));
    std::vector<double> softmax(n), log_softmax(n), bound(n), log_bound(n);
    for_each_vector(s, [&](int64_t at) {
      long double max = -kInf, sum = 0;
      for (int64_t k = 0; k < s.size; ++k) max = std::max<long double>(max, to_double(x[at + k * s.inner]));
      for (int64_t k = 0; k < s.size; ++k) sum += std::exp(to_double(x[at + k * s.inner]) - max);
      for (int64_t k = 0; k < s.size; ++k) {
        const int64_t j = at + k * s.inner;
        const long double v = to_double(x[j]) - max;
        softmax[j] = static_cast<double>(std::exp(v) / sum);
        // The subtraction from the maximum rounds too: an absolute error of the exponent.
        bound[j] = softmax[j] * ((6 + static_cast<double>(-v)) * eps + u) + tiny;
        log_softmax[j] = static_cast<double>(v - std::log(sum));
        log_bound[j] = 4 * eps * static_cast<double>(std::log(sum) - v + 1) + u * std::abs(log_softmax[j]) + tiny;
      }
    });
    for_each_target([&] {
      std::vector<std::vector<T>> results;
      for_each_thread_count([&] {
        for (bool in_place : {false, true}) {
          std::vector<T> y = x, z = x;
          softmax_kernel.get(dtype_of<T>)(s, in_place ? y.data() : x.data(), y.data());
          log_softmax_kernel.get(dtype_of<T>)(s, in_place ? z.data() : x.data(), z.data());
          for (int64_t j = 0; j < n; ++j) {
            ASSERT_TRUE(close(to_double(y[j]), softmax[j], bound[j])) << "softmax at " << j;
            ASSERT_TRUE(close(to_double(z[j]), log_softmax[j], log_bound[j])) << "log_softmax at " << j;
          }
          results.push_back(y);
        }
      });
      for (const auto& r : results)
        EXPECT_TRUE(n == 0 || std::memcmp(r.data(), results[0].data(), n * sizeof(T)) == 0)
            << "depends on the number of threads";
    });
  }
}

TEST(Softmax, Float) { test_forward<float>(); }
TEST(Softmax, Double) { test_forward<double>(); }
TEST(Softmax, Half) { test_forward<Half>(); }
TEST(Softmax, BFloat16) { test_forward<BFloat16>(); }

template <class T>
void test_backward() {
  constexpr double eps = compute_eps<T>(), u = unit_roundoff<T>();
  constexpr double tiny = std::is_same_v<T, Half> ? 0x1p-25 : 1e-44;
  uint32_t seed = 50;
  for (const DimSpan& s : kSpans) {
    SCOPED_TRACE(describe(s, dtype_of<T>));
    const int64_t n = s.outer * s.size * s.inner;
    const auto g = random_values<T>(n, seed++);
    auto y = random_values<T>(n, seed++), log_y = y;
    for (int64_t j = 0; j < n; ++j) {
      y[j] = from_double<T>(std::abs(to_double(y[j])) / s.size);
      log_y[j] = from_double<T>(-std::abs(to_double(log_y[j])));
    }
    std::vector<double> dx(n), bound(n), log_dx(n), log_bound(n);
    for_each_vector(s, [&](int64_t at) {
      double dot = 0, dot_abs = 0, sum = 0, sum_abs = 0;
      for (int64_t k = 0; k < s.size; ++k) {
        const int64_t j = at + k * s.inner;
        dot += to_double(g[j]) * to_double(y[j]);
        dot_abs += std::abs(to_double(g[j]) * to_double(y[j]));
        sum += to_double(g[j]);
        sum_abs += std::abs(to_double(g[j]));
      }
      for (int64_t k = 0; k < s.size; ++k) {
        const int64_t j = at + k * s.inner;
        const double gj = to_double(g[j]), yj = to_double(y[j]), e = std::exp(to_double(log_y[j]));
        dx[j] = yj * (gj - dot);
        bound[j] = 6 * eps * yj * (std::abs(gj) + dot_abs) + u * std::abs(dx[j]) + tiny;
        log_dx[j] = gj - e * sum;
        log_bound[j] = 6 * eps * (std::abs(gj) + e * sum_abs) + u * std::abs(log_dx[j]) + tiny;
      }
    });
    for_each_target([&] {
      for_each_thread_count([&] {
        for (bool in_place : {false, true}) {
          std::vector<T> a = g, b = g;
          softmax_backward_kernel.get(dtype_of<T>)(s, in_place ? a.data() : g.data(), y.data(), a.data());
          log_softmax_backward_kernel.get(dtype_of<T>)(s, in_place ? b.data() : g.data(), log_y.data(), b.data());
          for (int64_t j = 0; j < n; ++j) {
            ASSERT_TRUE(close(to_double(a[j]), dx[j], bound[j])) << "softmax at " << j;
            ASSERT_TRUE(close(to_double(b[j]), log_dx[j], log_bound[j])) << "log_softmax at " << j;
          }
        }
      });
    });
  }
}

TEST(SoftmaxBackward, Float) { test_backward<float>(); }
TEST(SoftmaxBackward, Double) { test_backward<double>(); }
TEST(SoftmaxBackward, Half) { test_backward<Half>(); }
TEST(SoftmaxBackward, BFloat16) { test_backward<BFloat16>(); }

template <class T>
void test_logsumexp() {
  constexpr double eps = compute_eps<T>(), u = unit_roundoff<T>();
  uint32_t seed = 200;
  std::vector<DimSpan> spans(std::begin(kSpans), std::end(kSpans));
  spans.push_back({1, 70001, 1});
  spans.push_back({37, 530, 1});  // rows in groups; columns in groups of rows
  spans.push_back({2, 101, 64});
  for (size_t k = 0; k < 2 * spans.size(); ++k) {
    const DimSpan s = spans[k / 2];
    const bool alike = k % 2 == 1;
    SCOPED_TRACE(describe(s, dtype_of<T>));
    const int64_t n = s.outer * s.size * s.inner, results = s.outer * s.inner;
    auto x = random_values<T>(n, seed++);
    // Far from zero; some elements so much smaller than the others that they are nothing beside them, or -inf.
    for (int64_t i = 0; i < n && !alike; ++i) {
      x[i] = from_double<T>(5 * to_double(x[i]) + static_cast<double>(i % 3 * 20));
      if (i % 11 == 5) x[i] = from_double<T>(-kInf);
      if (i % 11 == 7) x[i] = from_double<T>(-90 - static_cast<double>(i % 700));
    }
    // Or all alike, then one far above.
    for (int64_t i = 0; i < n && alike; ++i) x[i] = from_double<T>(to_double(x[i]) + 7);
    for (double special : {0.0, 50.0, 900.0, -kInf, kNaN, kInf}) {
      if (special != 0 && s.size > 0 && results > 0) x[(s.size - 1) * s.inner] = from_double<T>(special);
      std::vector<double> want, bound;
      for_each_vector(s, [&](int64_t at) {
        long double max = -kInf, sum = 0;
        bool nan = false;
        for (int64_t k = 0; k < s.size; ++k) {
          const double v = to_double(x[at + k * s.inner]);
          nan = nan || std::isnan(v);
          max = std::max<long double>(max, v);
        }
        for (int64_t k = 0; k < s.size; ++k) sum += std::exp(to_double(x[at + k * s.inner]) - max);
        const double y = nan ? kNaN : std::isinf(max) ? static_cast<double>(max) : double(max + std::log(sum));
        want.push_back(y);
        bound.push_back(std::isfinite(y) ? 4 * eps * double(std::abs(max) + std::log(sum) + 1) + u * std::abs(y) : 0);
      });
      for_each_target([&] {
        for_each_thread_count([&] {
          std::vector<T> y(results + 1, from_double<T>(77));
          logsumexp_kernel.get(dtype_of<T>)(s, x.data(), y.data());
          for (int64_t i = 0; i < results; ++i) ASSERT_TRUE(close(to_double(y[i]), want[i], bound[i])) << i;
          ASSERT_EQ(to_double(y[results]), 77) << "wrote past the end";
        });
      });
    }
  }
}

TEST(LogSumExp, WithinItsBound) {
  test_logsumexp<float>();
  test_logsumexp<double>();
  test_logsumexp<Half>();
  test_logsumexp<BFloat16>();
}

/// Where terms are relative to zero, to the first elements or to the largest, and where one of those will not do.
TEST(LogSumExp, WhereverTheElementsLie) {
  constexpr double eps = compute_eps<float>();
  std::mt19937 engine(77);
  for (const DimSpan& s : {DimSpan{19, 270, 1}, DimSpan{1, 53, 37}, DimSpan{2, 256, 16}, DimSpan{2, 4500, 1}})
    for (float centre : {0.0f, -30.0f, 39.0f, 41.0f, 60.0f, -45.0f, -500.0f, 3000.0f})
      for (float spread : {0.0f, 1.0f, 20.0f, 200.0f})
        for (float last : {0.0f, 2.0f, 80.0f, 130.0f}) {
          const int64_t n = s.outer * s.size * s.inner, results = s.outer * s.inner;
          std::vector<float> x(n), y(results);
          for (float& v : x) v = centre + spread * (static_cast<float>(engine() % 1024) / 512 - 1);
          for (int64_t i = 0; last != 0 && i < results; ++i)  // far from what was seen first
            x[i / s.inner * s.size * s.inner + (s.size - 1) * s.inner + i % s.inner] = centre + last;
          if (last == 2)
            for (int64_t i = 0; i < std::min<int64_t>(s.size * s.inner, 80 * s.inner); ++i)
              x[i] = -std::numeric_limits<float>::infinity();
          std::vector<double> want, bound;
          for_each_vector(s, [&](int64_t at) {
            long double max = -kInf, sum = 0;
            for (int64_t k = 0; k < s.size; ++k) max = std::max<long double>(max, x[at + k * s.inner]);
            for (int64_t k = 0; k < s.size; ++k) sum += std::exp(x[at + k * s.inner] - max);
            const bool any = max > -kInf;
            want.push_back(any ? static_cast<double>(max + std::log(sum)) : -kInf);
            bound.push_back(any ? 4 * eps * static_cast<double>(std::abs(max) + std::log(sum) + 1) +
                                      eps * std::abs(want.back())
                                : 0);
          });
          for_each_target([&] {
            logsumexp_kernel.get(kFloat)(s, x.data(), y.data());
            for (int64_t i = 0; i < results; ++i)
              ASSERT_TRUE(close(y[i], want[i], bound[i]))
                  << describe(s, kFloat) << " around " << centre << " +- " << spread << ", last " << last << ": " << i;
          });
        }
}

TEST(Softmax, SpecialValues) {
  for_each_target([] {
    for (const DimSpan& s : {DimSpan{1, 5, 1}, DimSpan{1, 100, 1}, DimSpan{1, 5, 40}, DimSpan{1, 67, 3}}) {
      SCOPED_TRACE(describe(s, kFloat));
      const auto run = [&](double fill, double special, int64_t at, bool log) {
        std::vector<float> x(s.size * s.inner, static_cast<float>(fill)), y(x.size());
        x[at * s.inner] = static_cast<float>(special);
        (log ? log_softmax_kernel : softmax_kernel).get(kFloat)(s, x.data(), y.data());
        return y;
      };
      for (int64_t at : {int64_t{0}, s.size - 1}) {
        for (double special : {kNaN, kInf}) {
          for (bool log : {false, true}) {
            const auto y = run(1, special, at, log);
            for (int64_t k = 0; k < s.size; ++k) EXPECT_TRUE(std::isnan(y[k * s.inner])) << special << " at " << at;
            for (int64_t i = 1; i < s.inner; ++i) EXPECT_FALSE(std::isnan(y[i])) << "spread to a neighbour";
          }
        }
        EXPECT_EQ(run(1, -kInf, at, false)[at * s.inner], 0);
        EXPECT_EQ(run(1, -kInf, at, true)[at * s.inner], -kInf);
        EXPECT_NEAR(run(1, -kInf, at, false)[(at + 1) % s.size * s.inner], 1.0 / (s.size - 1), 1e-7);
        EXPECT_EQ(run(-kInf, 1, at, false)[at * s.inner], 1);
        EXPECT_EQ(run(-kInf, 1, at, true)[at * s.inner], 0);
        EXPECT_TRUE(std::isnan(run(-kInf, -kInf, at, false)[0]));
        EXPECT_TRUE(std::isnan(run(-kInf, -kInf, at, true)[0]));
        EXPECT_EQ(run(-3e38, 3e38, at, false)[at * s.inner], 1);
      }
    }
  });
}

}  // namespace
}  // namespace lampas
