#include <cmath>
#include <cstring>

#include "kernel_check.h"
#include "ops/pointwise.h"

namespace lampas::test {
namespace {

/// Compares a kernel with the processor's own roots and quotients, bit for bit but for the signs of NaN.
void check_exact(const Kernel<PointwiseFn>& kernel, const std::vector<float>& in, float (*want)(float)) {
  std::vector<float> out(in.size());
  char* data[] = {reinterpret_cast<char*>(out.data()), reinterpret_cast<char*>(const_cast<float*>(in.data()))};
  const int64_t strides[] = {4, 4};
  kernel.get(kFloat)(data, strides, static_cast<int64_t>(in.size()), nullptr);
  for (size_t i = 0; i < in.size(); ++i) {
    const float expected = want(in[i]);
    if (std::isnan(expected))
      ASSERT_TRUE(std::isnan(out[i])) << kernel.name() << " of " << in[i];
    else
      ASSERT_EQ(std::memcmp(&out[i], &expected, 4), 0)
          << kernel.name() << " of " << in[i] << " is " << out[i] << ", should be " << expected;
  }
}
void check_roots(const std::vector<float>& x) {
  for_each_target([&] {
    check_exact(sqrt_kernel, x, [](float v) { return std::sqrt(v); });
    check_exact(rsqrt_kernel, x, [](float v) { return 1.0f / std::sqrt(v); });
    check_exact(reciprocal_kernel, x, [](float v) { return 1.0f / v; });
  });
}

TEST(Pointwise, RootsAndReciprocalsOfAnySize) {
  // Significands next to those of powers of 4 and such, of every exponent, and what has no root.
  std::vector<float> x;
  for (uint32_t exponent = 0; exponent <= 255; ++exponent)
    for (uint32_t bits : {0u, 1u, 2u, 0x123456u, 0x3504F3u, 0x7FFFFDu, 0x7FFFFEu, 0x7FFFFFu})
      for (uint32_t sign : {0u, 0x80000000u}) {
        const uint32_t all = sign | exponent << 23 | bits;
        std::memcpy(&x.emplace_back(), &all, sizeof all);
      }
  check_roots(x);
  std::vector<float> usual;  // so that whole vectors are
  for (float v : x)
    if (v > 0 && v < 1e38f) usual.push_back(v);
  check_roots(usual);
  x = {0, -0.0f, std::numeric_limits<float>::infinity(), 1, 4};
  x.resize(1000, 2);  // zeros and infinities among numbers that have roots
  check_roots(x);
}
TEST(Pointwise, RootsAndReciprocalsOfAllSignificands) {
  // A seventh of them, more than once each in another place of a vector.
  std::vector<float> x;
  for (uint32_t bits = 0x3F800000u; bits < 0x40800000u; bits += 7) std::memcpy(&x.emplace_back(), &bits, sizeof bits);
  check_roots(x);
  for (float& v : x) v = -v;
  for_each_target([&] { check_exact(reciprocal_kernel, x, [](float v) { return 1.0f / v; }); });
}

TEST(Pointwise, SignsAndRoots) {
  for_each_target([] {
    for_floats([](auto tag) {
      using T = typename decltype(tag)::type;
      using W = Wide<T>;
      constexpr ScalarType key = dtype_of<T>;
      check_kernel<T, T>(abs_kernel, key, nullptr, [](T x) { return T(std::abs(W(x))); });
      check_kernel<T, T>(neg_kernel, key, nullptr, [](T x) { return T(-W(x)); });
      check_kernel<T, T>(sign_kernel, key, nullptr, [](T x) { return T(static_cast<float>((W(x) > 0) - (W(x) < 0))); });
      check_kernel<T, T>(square_kernel, key, nullptr, [](T x) { return T(W(x) * W(x)); });
      check_kernel<T, T>(sqrt_kernel, key, nullptr, [](T x) { return T(std::sqrt(W(x))); });
      check_kernel<T, T>(rsqrt_kernel, key, nullptr, [](T x) { return T(W(1) / std::sqrt(W(x))); });
      check_kernel<T, T>(reciprocal_kernel, key, nullptr, [](T x) { return T(W(1) / W(x)); });
    });
    for_integers([](auto tag) {
      using T = typename decltype(tag)::type;
      constexpr ScalarType key = dtype_of<T>;
      const auto negative = [](T x) {
        return static_cast<T>(uint64_t{0} - static_cast<uint64_t>(static_cast<int64_t>(x)));
      };
      check_kernel<T, T>(abs_kernel, key, nullptr, [&](T x) { return x < 0 ? negative(x) : x; });
      check_kernel<T, T>(neg_kernel, key, nullptr, negative);
      check_kernel<T, T>(sign_kernel, key, nullptr, [](T x) { return static_cast<T>((x > 0) - (x < 0)); });
      check_kernel<T, T>(square_kernel, key, nullptr,
                         [](T x) { return wrapped<T>([](uint64_t a, uint64_t b) { return a * b; }, x, x); });
    });
    check_kernel<bool, bool>(square_kernel, kBool, nullptr, [](bool x) { return x; });
  });
}

/// Values around the points where roundings change, large ones included.
struct Ticks {
  template <class T>
  T operator()(Tag<T> tag, int k, std::mt19937& rng) const {
    switch (rng() % 4) {
      case 0:
        return T(static_cast<float>(static_cast<int>(rng() % 41) - 20) / 4);
      case 1:
        return T(
            std::ldexp(static_cast<float>(static_cast<int>(rng() % 2001) - 1000), static_cast<int>(rng() % 60) - 20));
      default:
        return AnyValue()(tag, k, rng);
    }
  }
};

TEST(Pointwise, Roundings) {
  for_each_target([] {
    for_floats([](auto tag) {
      using T = typename decltype(tag)::type;
      using W = Wide<T>;
      constexpr ScalarType key = dtype_of<T>;
      check_kernel<T, T>(
          ceil_kernel, key, nullptr, [](T x) { return T(std::ceil(W(x))); }, Ticks());
      check_kernel<T, T>(
          floor_kernel, key, nullptr, [](T x) { return T(std::floor(W(x))); }, Ticks());
      check_kernel<T, T>(
          round_kernel, key, nullptr, [](T x) { return T(std::nearbyint(W(x))); }, Ticks());
      check_kernel<T, T>(
          trunc_kernel, key, nullptr, [](T x) { return T(std::trunc(W(x))); }, Ticks());
      check_kernel<T, T>(
          frac_kernel, key, nullptr, [](T x) { return T(W(x) - std::trunc(W(x))); }, Ticks());
    });
  });
}

TEST(Pointwise, FloatClasses) {
  for_each_target([] {
    for_floats([](auto tag) {
      using T = typename decltype(tag)::type;
      using W = Wide<T>;
      constexpr ScalarType key = dtype_of<T>;
      check_kernel<bool, T>(isnan_kernel, key, nullptr, [](T x) { return std::isnan(W(x)); });
      check_kernel<bool, T>(isinf_kernel, key, nullptr, [](T x) { return std::isinf(W(x)); });
      check_kernel<bool, T>(isfinite_kernel, key, nullptr, [](T x) { return std::isfinite(W(x)); });
      const double largest = std::is_same_v<T, Half>       ? 65504
                             : std::is_same_v<T, BFloat16> ? 3.3895313892515355e38
                                                           : static_cast<double>(std::numeric_limits<W>::max());
      const auto number = [&](T x, double nan, double high, double low) {
        return std::isnan(W(x)) ? T(W(nan)) : std::isinf(W(x)) ? T(W(W(x) > 0 ? high : low)) : x;
      };
      check_kernel<T, T>(nan_to_num_kernel, key, nullptr, [&](T x) { return number(x, 0, largest, -largest); });
      const NanToNumParams p{2.5, 7, -9};
      check_kernel<T, T>(nan_to_num_kernel, key, &p, [&](T x) { return number(x, 2.5, 7, -9); });
    });
  });
}

}  // namespace
}  // namespace lampas::test
