// Division, bits and functions of two inputs, on every instruction set.
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <random>

#include "kernel_check.h"
#include "ops/pointwise.h"

namespace lampas::test {
namespace {

template <class T>
T nearest(double v) {
  if constexpr (std::is_same_v<T, double>)
    return v;
  else
    return T(static_cast<float>(v));
}

/// PyTorch's floor_divide.
template <class T>
T floor_quotient(T a, T b) {
  if (b == 0) return a / b;
  const T r = std::fmod(a, b);
  T q = (a - r) / b;
  if (r != 0 && (r < 0) != (b < 0)) q -= 1;
  if (q == 0) return std::copysign(T(0), a / b);
  const T low = std::floor(q);
  return q - low > T(0.5) ? low + 1 : low;
}

TEST(PointwiseBinary, QuotientsAndRemaindersOfFloats) {
  for_each_target([] {
    for_floats([&](auto tag) {
      using T = typename decltype(tag)::type;
      using W = Wide<T>;
      constexpr ScalarType key = dtype_of<T>;
      const auto remainder = [](W x, W y) {
        const W r = std::fmod(x, y);
        return r != 0 && (r < 0) != (y < 0) ? r + y : r;
      };
      check_kernel<T, T, T>(div_trunc_kernel, key, nullptr, [](T x, T y) { return T(std::trunc(W(x) / W(y))); });
      check_kernel<T, T, T>(fmod_kernel, key, nullptr, [](T x, T y) { return T(std::fmod(W(x), W(y))); });
      check_kernel<T, T, T>(remainder_kernel, key, nullptr, [&](T x, T y) { return T(remainder(W(x), W(y))); });
      check_kernel<T, T, T>(div_floor_kernel, key, nullptr, [](T x, T y) { return T(floor_quotient(W(x), W(y))); });
    });
  });
}

TEST(PointwiseBinary, QuotientsNextToTheMiddleOfTwoFloats) {
  // X 2^24 is as near as possible to an odd multiple of Y: X / Y, of 24 bits each, is all but halfway between two
  // floats.
  std::vector<float> x, y;
  for (uint64_t divisor = (1u << 23) + 1; divisor < 1u << 24; divisor += 662) {
    const uint64_t half = (divisor + 1) / 2;
    uint64_t inverse = 1;
    for (int i = 0; i < 24; ++i) inverse = inverse * half % divisor;
    for (uint64_t beside : {inverse, divisor - inverse, 2 * inverse % divisor})
      for (uint64_t first : {beside, beside * half % divisor})
        for (uint64_t dividend = first; dividend < 1u << 24; dividend += divisor)
          if (dividend >= 1u << 23) {
            x.push_back(static_cast<float>(dividend));
            y.push_back(static_cast<float>(divisor) * (x.size() % 3 ? 0x1p-20f : -0x1p-20f));
          }
  }
  // Numbers of all sizes, of which some quotients and what they leave are too large or too small.
  std::mt19937 rng(1);
  for (int i = 0; i < 200000; ++i) {
    const uint32_t bits[] = {static_cast<uint32_t>(rng()), static_cast<uint32_t>(rng())};
    std::memcpy(&x.emplace_back(), &bits[0], 4);
    std::memcpy(&y.emplace_back(), &bits[1], 4);
  }
  for_each_target([&] {
    std::vector<float> out(x.size());
    const auto check = [&](const std::vector<float>& divisor, int64_t step) {
      char* data[] = {reinterpret_cast<char*>(out.data()), reinterpret_cast<char*>(x.data()),
                      reinterpret_cast<char*>(const_cast<float*>(divisor.data()))};
      const int64_t strides[] = {4, 4, step};
      div_kernel.get(kFloat)(data, strides, static_cast<int64_t>(x.size()), nullptr);
      for (size_t i = 0; i < x.size(); ++i) {
        const float by = divisor[step ? i : 0], want = x[i] / by;
        ASSERT_TRUE(std::isnan(want) ? std::isnan(out[i]) : std::memcmp(&out[i], &want, 4) == 0)
            << x[i] << " / " << by << " = " << out[i] << ", should be " << want;
      }
    };
    check(y, 4);
    for (float divisor : {3.0f, -0x1.fffffep20f, 0.0f, 1e-40f, 1e35f, std::numeric_limits<float>::quiet_NaN()})
      check({divisor}, 0);
  });
}

template <class T>
void check_floors() {
  std::vector<T> x, y;
  std::mt19937 rng(2);
  std::normal_distribution<T> normal;
  for (int i = 0; i < 20000; ++i) {  // multiples and their neighbours, of both signs; quotients of up to 30 bits
    const T divisor = normal(rng) * (i % 4 ? 1 : 1000),
            multiple = divisor * std::trunc(normal(rng) * std::exp2(static_cast<T>(i % 30)));
    for (T dividend : {multiple, std::nextafter(multiple, T(INFINITY)), std::nextafter(multiple, T(-INFINITY)),
                       multiple + normal(rng)}) {
      x.push_back(dividend);
      y.push_back(divisor);
    }
  }
  std::vector<T> out(x.size());
  char* data[] = {reinterpret_cast<char*>(out.data()), reinterpret_cast<char*>(x.data()),
                  reinterpret_cast<char*>(y.data())};
  const int64_t strides[] = {sizeof(T), sizeof(T), sizeof(T)};
  div_floor_kernel.get(dtype_of<T>)(data, strides, static_cast<int64_t>(x.size()), nullptr);
  for (size_t i = 0; i < x.size(); ++i) {
    const T want = floor_quotient(x[i], y[i]);
    ASSERT_EQ(std::memcmp(&out[i], &want, sizeof(T)), 0)
        << x[i] << " // " << y[i] << " = " << out[i] << ", should be " << want;
  }
}
TEST(PointwiseBinary, FloorsOfQuotientsNextToIntegers) {
  for_each_target([] {
    check_floors<float>();
    check_floors<double>();
  });
}

TEST(PointwiseBinary, DivisionOfIntegersReportsZero) {
  for_each_target([] {
    for_integers([&](auto tag) {
      using T = typename decltype(tag)::type;
      constexpr ScalarType key = dtype_of<T>;
      // In 128 bits nothing overflows; the results wrap.
      const auto floor_of = [](__int128 a, __int128 b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); };
      std::atomic<bool> zero{false};
      const DivideParams p{&zero};
      check_kernel<T, T, T>(div_trunc_kernel, key, &p,
                            [](T x, T y) { return y == 0 ? T(0) : static_cast<T>(__int128(x) / __int128(y)); });
      EXPECT_TRUE(zero);
      check_kernel<T, T, T>(div_floor_kernel, key, nullptr,
                            [&](T x, T y) { return y == 0 ? T(0) : static_cast<T>(floor_of(x, y)); });
      check_kernel<T, T, T>(fmod_kernel, key, nullptr,
                            [](T x, T y) { return y == 0 ? T(0) : static_cast<T>(__int128(x) % __int128(y)); });
      check_kernel<T, T, T>(remainder_kernel, key, nullptr, [&](T x, T y) {
        return y == 0 ? T(0) : static_cast<T>(__int128(x) - floor_of(x, y) * __int128(y));
      });
    });
  });
}

TEST(PointwiseBinary, QuotientsOfLargeIntegers) {
  // Near multiples of divisors of every size, where a quotient in float64 is thousands away.
  std::vector<int64_t> x, y;
  uint64_t state = 1;
  const auto next = [&] { return state = state * 6364136223846793005u + 1442695040888963407u; };
  for (int i = 0; i < 20000; ++i) {
    const int64_t b = static_cast<int64_t>(next()) >> (i % 64), k = static_cast<int64_t>(next()) >> (next() >> 58);
    x.push_back(static_cast<int64_t>(static_cast<uint64_t>(b) * static_cast<uint64_t>(k)) + i % 5 - 2);
    y.push_back(b);
  }
  constexpr int64_t kLeast = std::numeric_limits<int64_t>::min(), kMost = std::numeric_limits<int64_t>::max();
  for (int64_t a : {kLeast, kLeast + 1, kMost, kMost - 1, int64_t{0}, int64_t{1}, int64_t{-1}})
    for (int64_t b : {kLeast, kLeast + 1, kMost, kMost - 1, int64_t{0}, int64_t{1}, int64_t{-1}, int64_t{3}}) {
      x.push_back(a);
      y.push_back(b);
    }
  for_each_target([&] {
    const auto run = [&](const Kernel<PointwiseFn>& kernel, const char* what, auto of) {
      std::vector<int64_t> out(x.size());
      char* data[] = {reinterpret_cast<char*>(out.data()), reinterpret_cast<char*>(x.data()),
                      reinterpret_cast<char*>(y.data())};
      const int64_t strides[] = {8, 8, 8};
      kernel.get(kLong)(data, strides, static_cast<int64_t>(x.size()), nullptr);
      for (size_t i = 0; i < x.size(); ++i)
        ASSERT_EQ(out[i], y[i] == 0 ? 0 : static_cast<int64_t>(of(__int128(x[i]), __int128(y[i]))))
            << what << " " << x[i] << ", " << y[i];
    };
    const auto floor_of = [](__int128 a, __int128 b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); };
    run(div_trunc_kernel, "div trunc", [](__int128 a, __int128 b) { return a / b; });
    run(fmod_kernel, "fmod", [](__int128 a, __int128 b) { return a % b; });
    run(div_floor_kernel, "div floor", floor_of);
    run(remainder_kernel, "remainder", [&](__int128 a, __int128 b) { return a - floor_of(a, b) * b; });
  });
}

TEST(PointwiseBinary, BitsAndDivisors) {
  for_each_target([] {
    for_integers([&](auto tag) {
      using T = typename decltype(tag)::type;
      constexpr ScalarType key = dtype_of<T>;
      constexpr int64_t width = sizeof(T) * 8;
      check_kernel<T, T, T>(bitwise_and_kernel, key, nullptr, [](T x, T y) { return static_cast<T>(x & y); });
      check_kernel<T, T, T>(bitwise_or_kernel, key, nullptr, [](T x, T y) { return static_cast<T>(x | y); });
      check_kernel<T, T, T>(bitwise_xor_kernel, key, nullptr, [](T x, T y) { return static_cast<T>(x ^ y); });
      check_kernel<T, T, T>(bitwise_left_shift_kernel, key, nullptr, [](T x, T y) {
        if (static_cast<int64_t>(y) < 0 || static_cast<int64_t>(y) >= width) return T(0);
        return static_cast<T>(static_cast<uint64_t>(x) << y);
      });
      check_kernel<T, T, T>(bitwise_right_shift_kernel, key, nullptr, [](T x, T y) {
        if (static_cast<int64_t>(y) < 0 || static_cast<int64_t>(y) >= width) return x < 0 ? T(-1) : T(0);
        return static_cast<T>(x >> y);
      });
      const auto magnitude = [](T x) { return x < 0 ? 0 - static_cast<uint64_t>(x) : static_cast<uint64_t>(x); };
      check_kernel<T, T, T>(gcd_kernel, key, nullptr,
                            [&](T x, T y) { return static_cast<T>(std::gcd(magnitude(x), magnitude(y))); });
      check_kernel<T, T, T>(lcm_kernel, key, nullptr, [&](T x, T y) {
        const uint64_t g = std::gcd(magnitude(x), magnitude(y));
        return g == 0 ? T(0) : static_cast<T>(magnitude(x) / g * magnitude(y));
      });
    });
    check_kernel<bool, bool, bool>(bitwise_and_kernel, kBool, nullptr, [](bool x, bool y) { return x && y; });
    check_kernel<bool, bool, bool>(bitwise_or_kernel, kBool, nullptr, [](bool x, bool y) { return x || y; });
    check_kernel<bool, bool, bool>(bitwise_xor_kernel, kBool, nullptr, [](bool x, bool y) { return x != y; });
  });
}

TEST(PointwiseBinary, ExactFunctions) {
  for_each_target([] {
    for_floats([&](auto tag) {
      using T = typename decltype(tag)::type;
      using W = Wide<T>;
      constexpr ScalarType key = dtype_of<T>;
      check_kernel<T, T, T>(copysign_kernel, key, nullptr, [](T x, T y) { return T(std::copysign(W(x), W(y))); });
      check_kernel<T, T, T>(heaviside_kernel, key, nullptr, [](T x, T y) {
        return W(x) == 0 ? y : W(x) > 0 ? T(W(1)) : T(W(0));
      });
      if constexpr (std::is_same_v<T, W>)
        check_kernel<T, T, T>(nextafter_kernel, key, nullptr, [](T x, T y) { return std::nextafter(x, y); });
      check_kernel<bool, T>(isposinf_kernel, key, nullptr, [](T x) { return std::isinf(W(x)) && W(x) > 0; });
      check_kernel<bool, T>(isneginf_kernel, key, nullptr, [](T x) { return std::isinf(W(x)) && W(x) < 0; });
      check_kernel<bool, T>(signbit_kernel, key, nullptr, [](T x) { return std::signbit(W(x)); });
    });
  });
}

TEST(PointwiseBinary, FunctionsWithinTheirBounds) {
  for_each_target([] {
    for_floats([&](auto tag) {
      using T = typename decltype(tag)::type;
      using W = Wide<T>;
      constexpr ScalarType key = dtype_of<T>;
      const auto wide = [](T x) { return static_cast<long double>(W(x)); };
      const auto rounded = [](long double v) { return T(static_cast<W>(v)); };
      check_kernel<T, T, T>(
          hypot_kernel, key, nullptr, [&](T x, T y) { return rounded(std::hypot(wide(x), wide(y))); }, AnyValue{}, 2);
      check_kernel<T, T, T>(
          atan2_kernel, key, nullptr, [&](T x, T y) { return rounded(std::atan2(wide(x), wide(y))); }, AnyValue{}, 4);
      check_kernel<T, T, T>(
          xlogy_kernel, key, nullptr,
          [&](T x, T y) { return W(x) == 0 && !std::isnan(W(y)) ? T(W(0)) : rounded(wide(x) * std::log(wide(y))); },
          AnyValue{}, 3);
      check_kernel<T, T, T>(
          pow_kernel, key, nullptr, [](T x, T y) { return nearest<T>(std::pow(double(W(x)), double(W(y)))); },
          AnyValue{}, 1);
      // Sums stay away from 0 here: there the error is absolute.
      check_kernel<T, T, T>(
          logaddexp_kernel, key, nullptr,
          [&](T x, T y) {
            const long double m = std::max(wide(x), wide(y)), gap = std::fabs(wide(x) - wide(y));
            return rounded(m + std::log1p(std::exp(-gap)));
          },
          AnyValue{1, 5, false}, 4);
      check_kernel<T, T, T>(
          logaddexp2_kernel, key, nullptr,
          [&](T x, T y) {
            const long double m = std::max(wide(x), wide(y)), gap = std::fabs(wide(x) - wide(y));
            return rounded(m + std::log1p(std::exp2(-gap)) / std::log(2.0L));
          },
          AnyValue{1, 5, false}, 4);
    });
  });
}

/// The largest error of float32 powers in units in the last place of the result; special results must be the same.
double power_error(const std::vector<float>& x, const std::vector<float>& y) {
  std::vector<float> r(x.size());
  char* data[] = {reinterpret_cast<char*>(r.data()), reinterpret_cast<char*>(const_cast<float*>(x.data())),
                  reinterpret_cast<char*>(const_cast<float*>(y.data()))};
  const int64_t strides[] = {4, 4, 4};
  pow_kernel.get(kFloat)(data, strides, static_cast<int64_t>(r.size()), nullptr);
  double worst = 0;
  for (size_t i = 0; i < r.size(); ++i) {
    const double want = std::pow(double(x[i]), double(y[i]));
    const float rounded = static_cast<float>(want);
    if (!std::isfinite(rounded) || rounded == 0) {
      // Results next to the largest number or the smallest may be rounded either way.
      const bool same = std::isnan(want) ? std::isnan(r[i]) : std::signbit(r[i]) == std::signbit(want);
      const float other = rounded == 0 ? 1.4e-45f : std::numeric_limits<float>::max();
      EXPECT_TRUE(same && (std::isnan(want) || r[i] == rounded || (std::isfinite(want) && std::abs(r[i]) == other)))
          << x[i] << " ^ " << y[i] << " = " << r[i] << ", should be " << want;
      continue;
    }
    int exponent;
    std::frexp(want, &exponent);
    worst = std::max(worst, std::abs(r[i] - want) / std::ldexp(1.0, std::max(exponent - 24, -149)));
  }
  return worst;
}
TEST(PointwiseBinary, PowersOfFloatsOfAllSizes) {
  std::mt19937 rng(3);
  std::uniform_real_distribution<double> uniform(-1, 1);
  const auto any = [&] {
    const uint32_t bits = static_cast<uint32_t>(rng());
    float v;
    std::memcpy(&v, &bits, sizeof v);
    return v;
  };
  // Exponents such that results lie anywhere in the range and a little beyond.
  const auto exponent_for = [&](float base) {
    return static_cast<float>(155 * uniform(rng) / std::max(std::abs(std::log2(double(base))), 1e-9));
  };
  std::vector<float> x, y;
  const auto add = [&](float base, float exponent) { x.push_back(base), y.push_back(exponent); };
  for (int i = 0; i < 200000; ++i) {
    add(any(), any());
    for (const float base : {std::abs(any()), static_cast<float>(1 + uniform(rng)),
                             static_cast<float>(1 + 0.04 * uniform(rng)), static_cast<float>(1 + 1e-5 * uniform(rng))})
      add(base, exponent_for(base));
  }
  const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  const float specials[] = {0,    -0.0f, 1,     -1,     inf,        -inf,        nan,         2,
                            -2,   0.5f,  3,     -3,     1e-45f,     3e38f,       -3e38f,      1e-38f,
                            2.5f, -2.5f, 1e10f, -1e10f, 1.0000001f, 0.99999994f, 16777216.0f, 16777215.0f};
  for (const float base : specials)
    for (const float exponent : specials) add(base, exponent);
  for_each_target([&] { EXPECT_LE(power_error(x, y), 0.8); });
}

TEST(PointwiseBinary, LogAddExpOfInfinities) {
  const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  const float cases[][3] = {{inf, inf, inf},  {-inf, -inf, -inf}, {inf, -inf, inf}, {-inf, inf, inf}, {-inf, 5, 5},
                            {5, -inf, 5},     {inf, 5, inf},      {nan, inf, nan},  {inf, nan, nan},  {nan, -inf, nan},
                            {-inf, nan, nan}, {nan, 1, nan},      {1, nan, nan},    {300, -300, 300}};
  for_each_target([&] {
    for (Kernel<PointwiseFn>* kernel : {&logaddexp_kernel, &logaddexp2_kernel})
      for (const auto& c : cases) {
        float r, x = c[0], y = c[1];
        char* data[] = {reinterpret_cast<char*>(&r), reinterpret_cast<char*>(&x), reinterpret_cast<char*>(&y)};
        const int64_t strides[] = {4, 4, 4};
        kernel->get(kFloat)(data, strides, 1, nullptr);
        EXPECT_TRUE(std::isnan(c[2]) ? std::isnan(r) : r == c[2]) << x << ", " << y << ": " << r;
      }
  });
}

TEST(PointwiseBinary, HypotAtTheEndsOfTheRange) {
  for_each_target([] {
    for (const double s : {1e300, 1e-300, 5e-324, 1e150, 1e-150}) {
      double x = 3 * s, y = 4 * s, r;
      char* data[] = {reinterpret_cast<char*>(&r), reinterpret_cast<char*>(&x), reinterpret_cast<char*>(&y)};
      const int64_t strides[] = {8, 8, 8};
      hypot_kernel.get(kDouble)(data, strides, 1, nullptr);
      EXPECT_NEAR(r / s, 5, 1e-15 * 5);
    }
  });
}

}  // namespace
}  // namespace lampas::test
