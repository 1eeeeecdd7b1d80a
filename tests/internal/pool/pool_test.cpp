#include "ops/pool.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "../kernel_test.h"
#include "lampas/backend/cpu/threads.h"
#include "ops/pool_variants.h"

namespace lampas {
namespace {

/// One dimension of a case.
struct Axis {
  int64_t in, kernel, stride, padding = 0, dilation = 1;
  bool ceil = false;
  int64_t out() const {
    const int64_t room = in + 2 * padding - dilation * (kernel - 1) - 1;
    int64_t o = (ceil ? (room + stride - 1) / stride : room / stride) + 1;
    if (ceil && (o - 1) * stride >= in + padding) --o;
    return o;
  }
};

PoolShape make_shape(int64_t planes, const std::vector<Axis>& axes) {
  PoolShape s;
  s.dims = static_cast<int>(axes.size());
  s.planes = planes;
  for (size_t i = 0; i < axes.size(); ++i) {
    s.in[i] = axes[i].in, s.out[i] = axes[i].out(), s.kernel[i] = axes[i].kernel, s.stride[i] = axes[i].stride;
    s.padding[i] = axes[i].padding, s.dilation[i] = axes[i].dilation;
  }
  return s;
}
int64_t in_size(const PoolShape& s) { return s.in[0] * s.in[1] * s.in[2]; }
int64_t out_size(const PoolShape& s) { return s.out[0] * s.out[1] * s.out[2]; }

/// One element of one window along one dimension.
struct Tap {
  int64_t out, in, length;  // length of the window with padding
};
std::vector<Tap> taps(const PoolShape& s, int d) {
  std::vector<Tap> list;
  for (int64_t o = 0; o < s.out[d]; ++o) {
    const int64_t start = o * s.stride[d] - s.padding[d];
    for (int64_t k = 0; k < s.kernel[d]; ++k)
      if (const int64_t i = start + k * s.dilation[d]; i >= 0 && i < s.in[d])
        list.push_back({o, i, std::min(start + s.kernel[d], s.in[d] + s.padding[d]) - start});
  }
  return list;
}
/// Calls f(out position, in position, window length with padding) for each element of each window of a plane.
template <class F>
void each_element(const PoolShape& s, const F& f) {
  for (const Tap& a : taps(s, 0))
    for (const Tap& b : taps(s, 1))
      for (const Tap& c : taps(s, 2))
        f((a.out * s.out[1] + b.out) * s.out[2] + c.out, (a.in * s.in[1] + b.in) * s.in[2] + c.in,
          a.length * b.length * c.length);
}

template <class T>
std::vector<T> random_values(int64_t n, unsigned seed, bool coarse = false) {
  std::mt19937 rng(seed);
  std::vector<T> v(n);
  for (T& x : v) {
    const double u = static_cast<double>(rng() % 2001) / 1000 - 1;
    x = T(static_cast<float>(coarse ? std::round(u * 3) : u));  // coarse: many ties
  }
  return v;
}

const std::vector<std::vector<Axis>>& max_cases() {
  static const std::vector<std::vector<Axis>> cases{
      {{24, 2, 2}, {24, 2, 2}},
      {{7, 2, 2}, {67, 2, 2}},
      {{9, 3, 2, 1}, {75, 3, 2, 1}},
      {{13, 3, 2}, {55, 3, 2}},
      {{8, 3, 2, 1, 1, true}, {36, 3, 2, 1, 1, true}},
      {{10, 3, 1, 1}, {40, 3, 1, 1}},
      {{11, 2, 2, 0, 1, true}, {45, 2, 2, 0, 1, true}},
      {{17, 3, 2, 1, 3}, {35, 3, 1, 1, 2}},
      {{20, 5, 3, 2}, {64, 4, 3, 2}},
      {{5, 5, 1}, {5, 5, 1}},
      {{6, 1, 2}, {37, 1, 2}},
      {{31, 3, 2, 1}},
      {{100, 4, 4, 2, 2, true}},
      {{5, 2, 2, 1}, {6, 3, 2, 1}, {33, 2, 2, 1}},
      {{4, 3, 1, 1}, {4, 2, 1, 1}, {20, 3, 1, 1}},
      {{28, 2, 2}, {28, 2, 2}},
      {{14, 3, 2, 1}, {14, 3, 2, 1}},
      {{15, 3, 2, 1}, {15, 3, 2, 1}},
      {{9, 2, 3}, {130, 3, 2, 1}},   // rows no window reads
      {{21, 3, 3, 1}, {129, 2, 2}},  // a column no window reads
      {{6, 2, 2, 1}, {6, 2, 2}, {34, 2, 2}},
      {{7, 3, 2, 1}, {7, 3, 2, 1}, {65, 3, 2, 1}},
      {{12, 3, 2, 1, 1, true}, {64, 3, 2, 1, 1, true}},
      {{3, 2, 1}, {3, 2, 1}},
      {{1, 1, 1}, {1, 1, 1}},
      {{12, 7, 1, 3}, {50, 7, 1, 3}},
      {{12, 5, 5}, {50, 5, 5}},
      {{2, 2, 1, 1}, {100, 9, 2, 4}},
      {{300, 2, 2}},
      {{8, 1, 3}, {7, 1, 3}, {5, 1, 3}},  // the last window ends before the next one would begin
      {{13, 2, 5, 1}, {7, 2, 5, 1}, {33, 2, 5}},
      {{19, 2, 7}, {40, 3, 2, 1}},
  };
  return cases;
}

constexpr int64_t kBehind = 200;  // elements behind results, which no kernel may write

template <class T>
class PoolTest : public testing::Test {
 protected:
  void SetUp() override { threads_ = get_num_threads(); }
  void TearDown() override { set_num_threads(threads_); }
  int threads_ = 1;
};
using Types = testing::Types<float, double, Half, BFloat16>;
TYPED_TEST_SUITE(PoolTest, Types);

template <class T>
double epsilon() {
  const ScalarType t = dtype_of<T>;
  return t == kDouble ? 2.3e-16 : t == kFloat ? 1.2e-7 : t == kHalf ? 9.8e-4 : 7.9e-3;
}
template <class T>
double value(T x) {
  if constexpr (std::is_same_v<T, double>) return x;
  return static_cast<float>(x);
}

TYPED_TEST(PoolTest, MaxTakesTheFirstMaximum) {
  test::for_each_target([&] {
    using T = TypeParam;
    for (int threads : {1, 2})
      for (bool coarse : {false, true})
        for (size_t c = 0; c < max_cases().size(); ++c) {
          SCOPED_TRACE(testing::Message() << "case " << c);
          set_num_threads(threads);
          const PoolShape s = make_shape(3, max_cases()[c]);
          const int64_t in = in_size(s), out = out_size(s);
          const std::vector<T> x = random_values<T>(3 * in, c, coarse);
          std::vector<T> y(3 * out), y2(3 * out);
          std::vector<int64_t> index(3 * out);
          max_pool_kernel.get(dtype_of<T>)(s, x.data(), y.data(), index.data());
          max_pool_kernel.get(dtype_of<T>)(s, x.data(), y2.data(), nullptr);
          for (int64_t p = 0; p < 3; ++p) {
            std::vector<int64_t> want(out, -1);
            each_element(s, [&](int64_t o, int64_t i, int64_t) {
              if (want[o] < 0 || value(x[p * in + i]) > value(x[p * in + want[o]])) want[o] = i;
            });
            for (int64_t o = 0; o < out; ++o) {
              ASSERT_EQ(index[p * out + o], want[o]) << "window " << o;
              ASSERT_EQ(value(y[p * out + o]), value(x[p * in + want[o]]));
              ASSERT_EQ(value(y2[p * out + o]), value(y[p * out + o]));
            }
          }
          // Backward scatters, gather is its transpose.
          const std::vector<T> g = random_values<T>(3 * out, 77 + c);
          std::vector<T> dx(3 * in), back(3 * out);
          max_pool_backward_kernel.get(dtype_of<T>)(s, g.data(), index.data(), dx.data());
          std::vector<double> sum(3 * in), magnitude(3 * in);
          for (int64_t o = 0; o < 3 * out; ++o) {
            sum[o / out * in + index[o]] += value(g[o]);
            magnitude[o / out * in + index[o]] += std::fabs(value(g[o]));
          }
          for (int64_t i = 0; i < 3 * in; ++i) ASSERT_NEAR(value(dx[i]), sum[i], 2 * epsilon<T>() * magnitude[i]);
          max_pool_gather_kernel.get(dtype_of<T>)(s, x.data(), index.data(), back.data());
          for (int64_t o = 0; o < 3 * out; ++o) ASSERT_EQ(value(back[o]), value(y[o]));
          // Taps say the same in a byte.
          std::vector<uint8_t> taps(3 * out);
          std::vector<int64_t> positions(3 * out);
          std::vector<T> dx2(3 * in + kBehind, T(7));
          max_pool_taps_kernel.get(dtype_of<T>)(s, x.data(), y2.data(), taps.data());
          max_pool_tap_positions_kernel.get(kByte)(s, taps.data(), positions.data());
          max_pool_taps_backward_kernel.get(dtype_of<T>)(s, g.data(), taps.data(), dx2.data());
          ASSERT_EQ(positions, index);
          for (int64_t o = 0; o < 3 * out; ++o) ASSERT_EQ(value(y2[o]), value(y[o]));
          for (int64_t i = 0; i < 3 * in; ++i) ASSERT_NEAR(value(dx2[i]), sum[i], 2 * epsilon<T>() * magnitude[i]) << i;
          for (int64_t i = 0; i < kBehind; ++i) ASSERT_EQ(value(dx2[3 * in + i]), 7) << "written behind the end";
        }
  });
}

TYPED_TEST(PoolTest, MaxPropagatesNanAndInfinity) {
  test::for_each_target([&] {
    using T = TypeParam;
    const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
    for (const std::vector<Axis>& axes : {std::vector<Axis>{{8, 3, 1, 1}, {80, 3, 1, 1}},
                                          {{8, 3, 2, 1}, {80, 3, 2, 1}},
                                          {{8, 2, 2}, {80, 2, 2}},
                                          {{9, 3, 3}, {81, 3, 3}},
                                          {{6, 3, 2}, {81, 5, 2, 2}}}) {
      const PoolShape s = make_shape(1, axes);
      const int64_t in = in_size(s), out = out_size(s);
      std::vector<T> x = random_values<T>(in, 5);
      for (int64_t i = 0; i < in; i += 7) x[i] = T(nan);
      for (int64_t i = 3; i < in; i += 11) x[i] = T(-inf);
      for (int64_t i = 5; i < in; i += 13) x[i] = T(inf);
      std::vector<T> y(out);
      std::vector<int64_t> index(out);
      max_pool_kernel.get(dtype_of<T>)(s, x.data(), y.data(), index.data());
      std::vector<int64_t> want(out, -1);
      each_element(s, [&](int64_t o, int64_t i, int64_t) {
        if (want[o] < 0 || value(x[i]) > value(x[want[o]]) || std::isnan(value(x[i]))) want[o] = i;
      });
      for (int64_t o = 0; o < out; ++o) {
        ASSERT_EQ(index[o], want[o]);
        ASSERT_TRUE(value(y[o]) == value(x[want[o]]) || (std::isnan(value(y[o])) && std::isnan(value(x[want[o]]))));
      }
      std::vector<T> values(out), tapped(out);
      std::vector<uint8_t> taps(out);
      std::vector<int64_t> positions(out);
      max_pool_kernel.get(dtype_of<T>)(s, x.data(), values.data(), nullptr);
      max_pool_taps_kernel.get(dtype_of<T>)(s, x.data(), tapped.data(), taps.data());
      max_pool_tap_positions_kernel.get(kByte)(s, taps.data(), positions.data());
      ASSERT_EQ(positions, want);
      for (int64_t o = 0; o < out; ++o)
        for (const T& v : {values[o], tapped[o]})
          ASSERT_TRUE(value(v) == value(y[o]) || (std::isnan(value(v)) && std::isnan(value(y[o])))) << o;
      const std::vector<T> low(in, T(-inf));
      max_pool_kernel.get(dtype_of<T>)(s, low.data(), y.data(), index.data());
      for (int64_t o = 0; o < out; ++o) ASSERT_TRUE(value(y[o]) == -inf && index[o] >= 0);
      max_pool_taps_kernel.get(dtype_of<T>)(s, low.data(), tapped.data(), taps.data());
      max_pool_tap_positions_kernel.get(kByte)(s, taps.data(), positions.data());
      ASSERT_EQ(positions, index);
    }
  });
}

TYPED_TEST(PoolTest, AverageAndItsBackward) {
  test::for_each_target([&] {
    using T = TypeParam;
    for (int threads : {1, 2})
      for (bool include : {false, true})
        for (int64_t divisor : {0, 5})
          for (size_t c = 0; c < max_cases().size(); ++c) {
            std::vector<Axis> axes = max_cases()[c];
            for (Axis& a : axes) a.dilation = 1;
            SCOPED_TRACE(testing::Message() << "case " << c << " include " << include << " divisor " << divisor);
            set_num_threads(threads);
            PoolShape s = make_shape(3, axes);
            s.count_include_pad = include, s.divisor = divisor;
            const int64_t in = in_size(s), out = out_size(s);
            const std::vector<T> x = random_values<T>(3 * in, c), g = random_values<T>(3 * out, c + 50);
            std::vector<T> y(3 * out), dx(3 * in + kBehind, T(7));
            avg_pool_kernel.get(dtype_of<T>)(s, x.data(), y.data());
            avg_pool_backward_kernel.get(dtype_of<T>)(s, g.data(), dx.data());
            std::vector<double> count(out), sum(3 * out), total(3 * out), dsum(3 * in), dtotal(3 * in);
            each_element(s, [&](int64_t o, int64_t, int64_t length) {
              if (include) count[o] = static_cast<double>(length);
              if (!include) ++count[o];
              if (divisor) count[o] = static_cast<double>(divisor);
            });
            for (int64_t p = 0; p < 3; ++p)
              each_element(s, [&](int64_t o, int64_t i, int64_t) {
                sum[p * out + o] += value(x[p * in + i]) / count[o];
                total[p * out + o] += std::fabs(value(x[p * in + i])) / count[o];
                dsum[p * in + i] += value(g[p * out + o]) / count[o];
                dtotal[p * in + i] += std::fabs(value(g[p * out + o])) / count[o];
              });
            const double accumulate = 40 * (dtype_of<T> == kDouble ? 2.3e-16 : 1.2e-7);
            for (int64_t o = 0; o < 3 * out; ++o)
              ASSERT_NEAR(value(y[o]), sum[o], (epsilon<T>() + accumulate) * total[o] + 1e-7 * (epsilon<T>() > 1e-4))
                  << o;
            for (int64_t i = 0; i < 3 * in; ++i)
              ASSERT_NEAR(value(dx[i]), dsum[i], (epsilon<T>() + accumulate) * dtotal[i] + 1e-7 * (epsilon<T>() > 1e-4))
                  << i;
            for (int64_t i = 0; i < kBehind; ++i) ASSERT_EQ(value(dx[3 * in + i]), 7) << "written behind the end";
          }
  });
}

TYPED_TEST(PoolTest, Adaptive) {
  test::for_each_target([&] {
    using T = TypeParam;
    struct Case {
      int dims;
      int64_t in[3], out[3];
    };
    for (const Case& c :
         {Case{2, {7, 9, 1}, {1, 1, 1}}, Case{2, {56, 56, 1}, {1, 1, 1}}, Case{2, {10, 64, 1}, {5, 32, 1}},
          Case{2, {10, 13, 1}, {3, 5, 1}}, Case{1, {50, 1, 1}, {7, 1, 1}}, Case{3, {5, 6, 40}, {2, 3, 20}},
          Case{2, {3, 4, 1}, {6, 7, 1}}, Case{2, {9, 130, 1}, {4, 7, 1}}, Case{2, {12, 100, 1}, {5, 33, 1}},
          Case{2, {5, 70, 1}, {2, 3, 1}}, Case{3, {4, 5, 6}, {1, 1, 1}}, Case{1, {90, 1, 1}, {1, 1, 1}},
          Case{2, {64, 64, 1}, {7, 7, 1}}, Case{2, {4, 9, 1}, {2, 16, 1}}, Case{2, {3, 3, 1}, {1, 1, 1}},
          Case{3, {5, 3, 11}, {1, 1, 1}}}) {
      PoolShape s;
      s.dims = c.dims, s.planes = 4;
      for (int i = 0; i < c.dims; ++i) s.in[i] = c.in[i], s.out[i] = c.out[i];
      const int64_t in = in_size(s), out = out_size(s);
      auto windows = [&](int d) {
        std::vector<Tap> list;
        for (int64_t o = 0; o < s.out[d]; ++o)
          for (int64_t i = o * s.in[d] / s.out[d]; i < ((o + 1) * s.in[d] + s.out[d] - 1) / s.out[d]; ++i)
            list.push_back({o, i, 0});
        return list;
      };
      auto each = [&](const auto& f) {
        for (const Tap& a : windows(0))
          for (const Tap& b : windows(1))
            for (const Tap& c : windows(2))
              f((a.out * s.out[1] + b.out) * s.out[2] + c.out, (a.in * s.in[1] + b.in) * s.in[2] + c.in);
      };
      const std::vector<T> x = random_values<T>(4 * in, 3, in % 2), g = random_values<T>(4 * out, 4);
      std::vector<T> y(4 * out), dx(4 * in), m(4 * out);
      std::vector<int64_t> index(4 * out);
      adaptive_avg_pool_kernel.get(dtype_of<T>)(s, x.data(), y.data());
      adaptive_avg_pool_backward_kernel.get(dtype_of<T>)(s, g.data(), dx.data());
      adaptive_max_pool_kernel.get(dtype_of<T>)(s, x.data(), m.data(), index.data());
      std::vector<double> count(out);
      each([&](int64_t o, int64_t) { ++count[o]; });
      for (int64_t p = 0; p < 4; ++p) {
        std::vector<double> mean(out), grad(in);
        std::vector<int64_t> want(out, -1);
        each([&](int64_t o, int64_t i) {
          mean[o] += value(x[p * in + i]) / count[o];
          grad[i] += value(g[p * out + o]) / count[o];
          if (want[o] < 0 || value(x[p * in + i]) > value(x[p * in + want[o]])) want[o] = i;
        });
        const double tolerance = dtype_of<T> == kDouble ? 1e-15 : epsilon<T>() * 4;
        for (int64_t o = 0; o < out; ++o) {
          ASSERT_NEAR(value(y[p * out + o]), mean[o], tolerance);
          ASSERT_EQ(index[p * out + o], want[o]);
          ASSERT_EQ(value(m[p * out + o]), value(x[p * in + want[o]]));
        }
        for (int64_t i = 0; i < in; ++i) ASSERT_NEAR(value(dx[p * in + i]), grad[i], 4 * tolerance);
      }
    }
  });
}

TYPED_TEST(PoolTest, AdaptiveMaxPropagatesNan) {
  using T = TypeParam;
  test::for_each_target([&] {
    PoolShape s;
    s.planes = 2, s.in[0] = 9, s.in[1] = 40, s.out[0] = 4, s.out[1] = 7;
    std::vector<T> x = random_values<T>(2 * 360, 8), y(2 * 28);
    for (int i : {17, 90, 91, 500}) x[i] = T(std::numeric_limits<float>::quiet_NaN());
    std::vector<int64_t> index(2 * 28);
    adaptive_max_pool_kernel.get(dtype_of<T>)(s, x.data(), y.data(), index.data());
    for (int64_t o = 0; o < 56; ++o) {
      const int64_t p = o / 28, h = o / 7 % 4, w = o % 7;
      int64_t want = -1;
      for (int64_t r = h * 9 / 4; r < (h * 9 + 12) / 4; ++r)
        for (int64_t c = w * 40 / 7; c < (w * 40 + 46) / 7; ++c) {
          const double v = value(x[p * 360 + r * 40 + c]);
          if (want < 0 || v > value(x[p * 360 + want]) || std::isnan(v)) want = r * 40 + c;
        }
      ASSERT_EQ(index[o], want) << o;
      ASSERT_TRUE(test::close(value(y[o]), value(x[p * 360 + want]), 0));
    }
  });
}

TYPED_TEST(PoolTest, Fractional) {
  using T = TypeParam;
  struct Case {
    int dims;
    int64_t in[3], out[3], kernel[3];
  };
  test::for_each_target([&] {
    for (const Case& c : {Case{2, {8, 70, 1}, {5, 49, 1}, {2, 2, 1}}, Case{2, {9, 9, 1}, {7, 7, 1}, {3, 3, 1}},
                          Case{2, {6, 40, 1}, {1, 1, 1}, {2, 5, 1}}, Case{3, {5, 6, 37}, {3, 4, 30}, {2, 1, 3}},
                          Case{2, {5, 60, 1}, {3, 20, 1}, {2, 20, 1}}})
      for (bool nans : {false, true}) {
        PoolShape s;
        s.dims = c.dims, s.planes = 3;
        for (int i = 0; i < c.dims; ++i) s.in[i] = c.in[i], s.out[i] = c.out[i], s.kernel[i] = c.kernel[i];
        const int64_t in = in_size(s), out = out_size(s);
        std::vector<T> x = random_values<T>(3 * in, 21, true), u = random_values<T>(3 * c.dims, 22), y(3 * out);
        for (T& v : u) v = T(static_cast<float>(std::fabs(value(v)) * 0.9));
        if (nans) x[in / 2] = x[in / 2 + 1] = T(std::numeric_limits<float>::quiet_NaN());
        std::vector<int64_t> index(3 * out);
        fractional_max_pool_kernel.get(dtype_of<T>)(s, x.data(), u.data(), y.data(), index.data());
        using F = std::conditional_t<std::is_same_v<T, double>, double, float>;
        const auto start = [&](int64_t p, int d, int64_t o) -> int64_t {
          if (o == s.out[d] - 1) return s.in[d] - s.kernel[d];
          const F a = static_cast<F>(s.in[d] - s.kernel[d]) / static_cast<F>(s.out[d] - 1);
          const F v = static_cast<F>(value(u[p * c.dims + (c.dims == 2 ? 1 - d : d)]));
          return static_cast<int64_t>((static_cast<F>(o) + v) * a) - static_cast<int64_t>(v * a);
        };
        for (int64_t k = 0; k < 3 * out; ++k) {
          const int64_t p = k / out, o = k % out;
          const int64_t at[] = {o / (s.out[1] * s.out[2]), o / s.out[2] % s.out[1], o % s.out[2]};
          int64_t first[3] = {};
          for (int d = 0; d < 3; ++d) first[d] = d < c.dims ? start(p, d, at[d]) : 0;
          int64_t want = -1;
          for (int64_t z = first[0]; z < first[0] + s.kernel[0]; ++z)
            for (int64_t r = first[1]; r < first[1] + s.kernel[1]; ++r)
              for (int64_t w = first[2]; w < first[2] + s.kernel[2]; ++w) {
                const int64_t i = (z * s.in[1] + r) * s.in[2] + w;
                const double v = value(x[p * in + i]);
                if (want < 0 || v > value(x[p * in + want]) || std::isnan(v)) want = i;
              }
          ASSERT_EQ(index[k], want) << k;
          ASSERT_TRUE(test::close(value(y[k]), value(x[p * in + want]), 0));
        }
      }
  });
}

TYPED_TEST(PoolTest, WindowsWithoutElements) {
  using T = TypeParam;
  const PoolShape s = make_shape(2, {{1, 2, 1, 2, 3}, {9, 2, 1, 0}});
  const std::vector<T> x = random_values<T>(2 * in_size(s), 9), g = random_values<T>(2 * out_size(s), 10);
  ASSERT_EQ(out_size(s), 2 * 8);
  std::vector<T> y(2 * 16), dx(2 * 9, T(3));
  std::vector<int64_t> index(2 * 16), positions(2 * 16);
  std::vector<uint8_t> taps(2 * 16);
  test::for_each_target([&] {
    max_pool_kernel.get(dtype_of<T>)(s, x.data(), y.data(), nullptr);
    for (const T& v : y) ASSERT_EQ(value(v), -std::numeric_limits<double>::infinity());
    max_pool_kernel.get(dtype_of<T>)(s, x.data(), y.data(), index.data());
    ASSERT_EQ(index, std::vector<int64_t>(2 * 16, -1));
    max_pool_taps_kernel.get(dtype_of<T>)(s, x.data(), y.data(), taps.data());
    max_pool_tap_positions_kernel.get(kByte)(s, taps.data(), positions.data());
    ASSERT_EQ(positions, index);
    max_pool_taps_backward_kernel.get(dtype_of<T>)(s, g.data(), taps.data(), dx.data());
    for (const T& v : dx) ASSERT_EQ(value(v), 0);
  });
}

TEST(Pool, RootsOfSquares) {
  test::for_each_target([&] {
    for (size_t c = 0; c < max_cases().size(); ++c) {
      std::vector<Axis> axes = max_cases()[c];
      for (Axis& a : axes) a.dilation = 1, a.padding = 0;
      const PoolShape s = make_shape(3, axes);
      const int64_t in = in_size(s), out = out_size(s);
      const std::vector<float> x = random_values<float>(3 * in, c);
      std::vector<float> y(3 * out);
      square_pool_kernel.get(kFloat)(s, x.data(), y.data());
      std::vector<double> sum(3 * out);
      for (int64_t p = 0; p < 3; ++p)
        each_element(s, [&](int64_t o, int64_t i, int64_t) { sum[p * out + o] += std::pow(value(x[p * in + i]), 2); });
      for (int64_t o = 0; o < 3 * out; ++o) ASSERT_NEAR(y[o], std::sqrt(sum[o]), 4e-6 * std::sqrt(sum[o])) << c;
    }
  });
}

TEST(Pool, NoPlanes) {
  const PoolShape s = make_shape(0, {{8, 2, 2}, {8, 2, 2}});
  float y = 3;
  int64_t i = 4;
  max_pool_kernel.get(kFloat)(s, nullptr, &y, &i);
  avg_pool_kernel.get(kFloat)(s, nullptr, &y);
  avg_pool_backward_kernel.get(kFloat)(s, nullptr, &y);
  max_pool_backward_kernel.get(kFloat)(s, nullptr, nullptr, &y);
  EXPECT_EQ(y, 3);
  EXPECT_EQ(i, 4);
}

}  // namespace
}  // namespace lampas
