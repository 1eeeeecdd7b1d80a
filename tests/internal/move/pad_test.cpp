#include "ops/pad.h"

#include <random>

#include "../kernel_test.h"

namespace lampas {
namespace {

using namespace test;

int64_t from(PadSource s, int64_t i, int64_t n) {
  if (s == PadSource::Replicate) return i < 0 ? 0 : i >= n ? n - 1 : i;
  if (s == PadSource::Circular) return (i + n) % n;
  return i < 0 ? -i : i >= n ? 2 * n - 2 - i : i;
}

/// Some plane, padded by what its source allows, cropped here and there.
PlanePad random_pad(std::mt19937& random, int dims, PadSource source) {
  const auto within = [&](int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(random);
  };
  PlanePad p;
  p.dims = dims, p.source = source, p.planes = within(1, 3);
  for (int d = 0; d < dims; ++d) {
    const int64_t n = p.in[d] = within(1, d + 1 == dims ? 90 : 6);
    const int64_t most = source == PadSource::Reflect ? n - 1 : source == PadSource::Circular ? n : 5;
    const int64_t least = source == PadSource::Circular ? 0 : std::max<int64_t>(-n + 1, -3);
    p.before[d] = within(least, std::min<int64_t>(most, 6));
    p.out[d] = std::max<int64_t>(n + p.before[d] + within(least, std::min<int64_t>(most, 6)), 1);
  }
  return p;
}

/// For every output element, the input element it comes from.
std::vector<int64_t> sources(const PlanePad& p) {
  int64_t in = 1, out = 1;
  for (int d = 0; d < p.dims; ++d) in *= p.in[d], out *= p.out[d];
  std::vector<int64_t> s;
  for (int64_t k = 0; k < p.planes * out; ++k) {
    int64_t rest = k % out, at = 0, step = 1;
    for (int d = p.dims - 1; d >= 0; --d) {
      at += step * from(p.source, rest % p.out[d] - p.before[d], p.in[d]);
      rest /= p.out[d], step *= p.in[d];
    }
    s.push_back(k / out * in + at);
  }
  return s;
}

template <class T>
void test_pad(const PlanePad& p) {
  const std::vector<int64_t> source = sources(p);
  int64_t n = p.planes;
  for (int d = 0; d < p.dims; ++d) n *= p.in[d];
  const auto x = random_values<T>(n, 1);
  std::vector<T> y(source.size() + 8, T(99)), want(y);
  for (size_t i = 0; i < source.size(); ++i) want[i] = x[source[i]];
  plane_pad_kernel.get(dtype_of<T>)(p, x.data(), y.data());
  ASSERT_EQ(y, want);
  if constexpr (std::is_same_v<T, float> || std::is_same_v<T, double>) {
    std::vector<T> dx(static_cast<size_t>(n), T(99)), want_dx(static_cast<size_t>(n));
    for (size_t i = 0; i < source.size(); ++i) want_dx[source[i]] += y[i];
    plane_pad_backward_kernel.get(dtype_of<T>)(p, y.data(), dx.data());
    for (int64_t i = 0; i < n; ++i)
      ASSERT_TRUE(close(dx[i], want_dx[i], 64 * unit_roundoff<T>() * (1 + std::abs(want_dx[i]) * 10)));
  }
}

TEST(Pad, MovesWhatItShould) {
  std::mt19937 random(3);
  for (int dims : {1, 2, 3})
    for (PadSource source : {PadSource::Reflect, PadSource::Replicate, PadSource::Circular})
      for (int k = 0; k < 60; ++k) {
        const PlanePad p = random_pad(random, dims, source);
        test_pad<int8_t>(p);
        test_pad<int16_t>(p);
        test_pad<float>(p);
        test_pad<double>(p);
        if (testing::Test::HasFatalFailure()) return;
      }
}

/// Boxes in boxes of `fill`, with edges of all widths, none and crops; parts of one thread and of several.
template <class T>
void test_box(std::mt19937& random, int rank, int64_t width) {
  const auto within = [&](int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(random);
  };
  int64_t in[3], before[3], out[3], size = 1, padded = 1;
  for (int d = 0; d < rank; ++d) {
    in[d] = d + 1 == rank ? within(1, width) : within(1, 24), before[d] = within(-2, 7);
    out[d] = std::max<int64_t>(in[d] + before[d] + within(-2, 7), 1);
    size *= in[d], padded *= out[d];
  }
  const auto x = random_values<T>(size, 1);
  const T fill = T(77);
  std::vector<T> y(static_cast<size_t>(padded) + 16, T(99)), want(y);
  for (int64_t k = 0; k < padded; ++k) {
    int64_t rest = k, at = 0, step = 1;
    bool inside = true;
    for (int d = rank - 1; d >= 0; --d) {
      const int64_t i = rest % out[d] - before[d];
      inside = inside && i >= 0 && i < in[d];
      at += step * i, rest /= out[d], step *= in[d];
    }
    want[k] = inside ? x[at] : fill;
  }
  constant_pad_kernel.get(dtype_of<T>)({rank, in, before, out}, x.data(), &fill, y.data());
  ASSERT_EQ(y, want);
}

TEST(Pad, BoxesInBoxes) {
  std::mt19937 random(5);
  const int threads = get_num_threads();
  for (int n : {1, 2}) {
    set_num_threads(n);
    for (int rank : {1, 2, 3})
      for (int64_t width : {9, 60, 300})
        for (int k = 0; k < 30; ++k) {
          test_box<int8_t>(random, rank, width);
          test_box<int16_t>(random, rank, width);
          test_box<float>(random, rank, width);
          test_box<double>(random, rank, width);
          if (testing::Test::HasFatalFailure()) return;
        }
  }
  set_num_threads(threads);
}

}  // namespace
}  // namespace lampas
