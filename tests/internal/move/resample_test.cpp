#include "ops/resample.h"

#include <algorithm>
#include <cstring>
#include <random>

#include "../kernel_test.h"
#include "backend/cpu/workspace.h"
#include "lampas/base/error.h"

namespace lampas {
namespace {

using namespace test;

/// One axis: ascending neighbours with random weights, as resampling has them.
struct Axis {
  int64_t in, out, taps;
  std::vector<int64_t> index;
  std::vector<double> weight;
  std::vector<float> narrow;

  Axis(int64_t in, int64_t out, int64_t taps, std::mt19937& random) : in(in), out(out), taps(taps) {
    for (int64_t o = 0; o < out; ++o)
      for (int64_t t = 0; t < taps; ++t) {
        const int64_t at = o * in / out - (taps - 1) / 2 + t;
        index.push_back(std::clamp<int64_t>(at, 0, in - 1));
        narrow.push_back(random() % 5 == 0 ? 0 : std::uniform_real_distribution<float>(-1, 1)(random));
        weight.push_back(narrow.back());
      }
  }
  template <class F>
  ResampleAxis of() const {
    if constexpr (std::is_same_v<F, double>)
      return {in, out, taps, index.data(), weight.data()};
    else
      return {in, out, taps, index.data(), narrow.data()};
  }
};

/// (outer, in, inner) to (outer, out, inner), or back; `sums` takes absolute values for the error bound.
std::vector<double> along(const Axis& a, bool transposed, bool sums, int64_t outer, int64_t inner,
                          const std::vector<double>& x) {
  const int64_t from = transposed ? a.out : a.in, to = transposed ? a.in : a.out;
  std::vector<double> y(static_cast<size_t>(outer * to * inner));
  for (int64_t b = 0; b < outer; ++b)
    for (int64_t k = 0; k < a.out * a.taps; ++k)
      for (int64_t i = 0; i < inner; ++i) {
        const int64_t o = k / a.taps, s = transposed ? o : a.index[k], t = transposed ? a.index[k] : o;
        const double v = a.weight[k] * x[(b * from + s) * inner + i];
        y[(b * to + t) * inner + i] += sums ? std::abs(v) : v;
      }
  return y;
}

template <class T>
void test_axes(const std::vector<Axis>& axes, int64_t planes, bool transposed, std::mt19937& random) {
  using F = std::conditional_t<std::is_same_v<T, double>, double, float>;
  Resample r;
  r.dims = static_cast<int>(axes.size()), r.planes = planes;
  int64_t in = planes, out = planes, taps = 0;
  for (size_t d = 0; d < axes.size(); ++d) {
    r.axis[d] = axes[d].of<F>();
    in *= transposed ? axes[d].out : axes[d].in, out *= transposed ? axes[d].in : axes[d].out;
    taps += axes[d].taps * (axes[d].out / axes[d].in + 1);
  }
  const auto x = random_values<T>(in, random());
  std::vector<T> y(static_cast<size_t>(out) + 16, T(7));
  (transposed ? resample_backward_kernel : resample_kernel).get(dtype_of<T>)(r, x.data(), y.data());

  std::vector<double> want(x.size()), size;
  std::transform(x.begin(), x.end(), want.begin(), to_double<T>);
  size = want;
  for (double& v : size) v = std::abs(v);
  int64_t inner = 1;
  for (size_t d = axes.size(); d-- > 0;) {
    int64_t outer = planes;
    for (size_t e = 0; e < d; ++e) outer *= transposed ? axes[e].out : axes[e].in;
    want = along(axes[d], transposed, false, outer, inner, want);
    size = along(axes[d], transposed, true, outer, inner, size);
    inner *= transposed ? axes[d].in : axes[d].out;
  }
  constexpr double eps = std::is_same_v<T, double> ? 0x1p-53 : 0x1p-24;
  constexpr double kTiny = std::is_same_v<T, Half> ? 0x1p-25 : 1e-30;  // half of the smallest subnormal
  for (int64_t i = 0; i < out; ++i)
    ASSERT_NEAR(to_double(y[i]), want[i],
                static_cast<double>(taps + 3) * eps * size[i] + unit_roundoff<T>() * std::abs(want[i]) + kTiny)
        << "element " << i << (transposed ? ", transposed" : "");
  for (size_t i = static_cast<size_t>(out); i < y.size(); ++i) ASSERT_EQ(to_double(y[i]), 7);
}

template <class T>
void test_all() {
  std::mt19937 random(5);
  const int64_t sizes[][2] = {{1, 1},  {1, 5},  {5, 1},   {3, 7},   {8, 16},  {16, 32},  {17, 33}, {31, 64},
                              {40, 9}, {9, 40}, {33, 34}, {64, 64}, {100, 7}, {70, 140}, {150, 96}};
  for (const auto& [in, out] : sizes)
    for (int64_t taps : {1, 2, 4, 11})
      for (bool transposed : {false, true}) {
        SCOPED_TRACE(str(in, " to ", out, ", ", taps, " taps"));
        const Axis w(in, out, taps, random), h(5, 9, taps, random), low(6, 4, taps, random);
        test_axes<T>({w}, 3, transposed, random);
        test_axes<T>({h, w}, 2, transposed, random);
        test_axes<T>({w, low}, 2, transposed, random);
        test_axes<T>({low, h, w}, 2, transposed, random);
        test_axes<T>({h, low, w}, 1, transposed, random);
        if (testing::Test::HasFatalFailure()) return;
      }
}

TEST(Resample, AgreesWithSumsInDouble) {
  for_each_target([] {
    test_all<float>();
    test_all<double>();
    test_all<BFloat16>();
    test_all<Half>();
  });
}

TEST(Resample, LeavesAloneWhatHasNoWeight) {
  // An element that is not a number reaches only the targets that have it as a tap.
  std::mt19937 random(6);
  for_each_target([&] {
    for (bool transposed : {false, true}) {
      const Axis a(37, 74, 2, random);
      const ResampleAxis axis = a.of<float>();
      const int64_t in = transposed ? a.out : a.in, out = transposed ? a.in : a.out;
      for (int64_t bad = 0; bad < in; ++bad) {
        std::vector<float> x(static_cast<size_t>(in), 1), y(static_cast<size_t>(out));
        x[bad] = NAN;
        Resample r;
        r.planes = 1, r.axis[0] = axis;
        (transposed ? resample_backward_kernel : resample_kernel).get(kFloat)(r, x.data(), y.data());
        std::vector<bool> reached(static_cast<size_t>(out));
        for (int64_t k = 0; k < a.out * 2; ++k)
          if ((transposed ? k / 2 : a.index[k]) == bad) reached[transposed ? a.index[k] : k / 2] = true;
        for (int64_t i = 0; i < out; ++i) ASSERT_EQ(std::isnan(y[i]), reached[i]) << bad << " to " << i;
      }
    }
  });
}

TEST(Resample, StreamsLargeResults) {
  std::mt19937 random(7);
  const Axis h(90, 180, 2, random), w(128, 256, 2, random);
  for_each_target([&] {
    for (bool transposed : {false, true}) {
      const int64_t planes = 200, in = planes * (transposed ? h.out * w.out : h.in * w.in),
                    out = planes * (transposed ? h.in * w.in : h.out * w.out);
      std::vector<float> x(static_cast<size_t>(in));
      for (int64_t i = 0; i < in; ++i) x[i] = static_cast<float>(i % 1021) - 500;
      Resample r;
      r.dims = 2, r.planes = planes, r.axis[0] = h.of<float>(), r.axis[1] = w.of<float>();
      const cpu::Workspace<float> y(out), one(out / planes);
      const auto& kernel = transposed ? resample_backward_kernel : resample_kernel;
      kernel.get(kFloat)(r, x.data(), y.data());
      r.planes = 1;
      for (int64_t p : {0, 1, 199}) {
        kernel.get(kFloat)(r, x.data() + p * in / planes, one.data());
        ASSERT_EQ(std::memcmp(one.data(), y.data() + p * out / planes, out / planes * sizeof(float)), 0) << p;
      }
    }
  });
}

}  // namespace
}  // namespace lampas
