#include <algorithm>

#include "kernel_check.h"
#include "ops/pointwise.h"

namespace lampas::test {
namespace {

template <class W>
W larger(W x, W y) {
  return std::isnan(x) ? x : std::isnan(y) ? y : std::max(x, y);
}
template <class W>
W smaller(W x, W y) {
  return std::isnan(x) ? x : std::isnan(y) ? y : std::min(x, y);
}

// 0 and -0 are equal: which of them comes out is nobody's business.
TEST(Pointwise, ExtremesOfFloats) {
  for_each_target([] {
    for_floats([](auto tag) {
      using T = typename decltype(tag)::type;
      using W = Wide<T>;
      constexpr ScalarType key = dtype_of<T>;
      check_kernel<T, T, T>(
          maximum_kernel, key, nullptr, [](T x, T y) { return T(larger(W(x), W(y))); }, AnyValue(), 1);
      check_kernel<T, T, T>(
          minimum_kernel, key, nullptr, [](T x, T y) { return T(smaller(W(x), W(y))); }, AnyValue(), 1);
      check_kernel<T, T, T>(
          fmax_kernel, key, nullptr, [](T x, T y) { return T(std::fmax(W(x), W(y))); }, AnyValue(), 1);
      check_kernel<T, T, T>(
          fmin_kernel, key, nullptr, [](T x, T y) { return T(std::fmin(W(x), W(y))); }, AnyValue(), 1);
      check_kernel<T, T, T, T>(
          clamp_tensor_kernel, key, nullptr, [](T x, T lo, T hi) { return T(smaller(larger(W(x), W(lo)), W(hi))); },
          AnyValue(), 1);
    });
  });
}

TEST(Pointwise, ClampFloats) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  for_each_target([] {
    for_floats([](auto tag) {
      using T = typename decltype(tag)::type;
      using W = Wide<T>;
      for (const ClampParams& p : {ClampParams{true, true, -0.5, 1.5, 0, 0}, ClampParams{true, false, 0.25, 0, 0, 0},
                                   ClampParams{false, true, 0, 0.25, 0, 0}, ClampParams{true, true, 2, -2, 0, 0},
                                   ClampParams{true, false, nan, 0, 0, 0}, ClampParams{true, true, -1, nan, 0, 0}}) {
        const bool any_nan = (p.has_min && std::isnan(p.min)) || (p.has_max && std::isnan(p.max));
        check_kernel<T, T>(
            clamp_kernel, dtype_of<T>, &p,
            [&](T x) {
              if (any_nan) return T(static_cast<float>(nan));
              W v = W(x);
              if (p.has_min && v < W(p.min)) v = W(p.min);
              if (p.has_max && v > W(p.max)) v = W(p.max);
              return T(v);
            },
            AnyValue(), 1);
      }
    });
  });
}

TEST(Pointwise, ExtremesOfIntegers) {
  for_each_target([] {
    for_integers([](auto tag) {
      using T = typename decltype(tag)::type;
      constexpr ScalarType key = dtype_of<T>;
      const auto most = [](T x, T y) { return std::max(x, y); };
      const auto least = [](T x, T y) { return std::min(x, y); };
      check_kernel<T, T, T>(maximum_kernel, key, nullptr, most);
      check_kernel<T, T, T>(minimum_kernel, key, nullptr, least);
      check_kernel<T, T, T>(fmax_kernel, key, nullptr, most);
      check_kernel<T, T, T>(fmin_kernel, key, nullptr, least);
      check_kernel<T, T, T, T>(clamp_tensor_kernel, key, nullptr,
                               [](T x, T lo, T hi) { return std::min(std::max(x, lo), hi); });
      for (const ClampParams& p :
           {ClampParams{true, true, 0, 0, 1, 3}, ClampParams{true, false, 0, 0, 2, 0},
            ClampParams{false, true, 0, 0, 0, 2}, ClampParams{true, true, 0, 0, -1000000000000, 1000000000000}})
        check_kernel<T, T>(clamp_kernel, key, &p, [&](T x) {
          int64_t v = x;
          if (p.has_min) v = std::max(v, p.min_int);
          if (p.has_max) v = std::min(v, p.max_int);
          return static_cast<T>(v);
        });
    });
    check_kernel<bool, bool, bool>(maximum_kernel, kBool, nullptr, [](bool x, bool y) { return x || y; });
    check_kernel<bool, bool, bool>(minimum_kernel, kBool, nullptr, [](bool x, bool y) { return x && y; });
    check_kernel<bool, bool, bool>(fmax_kernel, kBool, nullptr, [](bool x, bool y) { return x || y; });
    check_kernel<bool, bool, bool>(fmin_kernel, kBool, nullptr, [](bool x, bool y) { return x && y; });
  });
}

/// Small multiples of 1/4: products and sums of three are exact, so fused and separate rounding agree.
struct Quarters {
  template <class T>
  T operator()(Tag<T>, int, std::mt19937& rng) const {
    return T(static_cast<float>(static_cast<int>(rng() % 17) - 8) / 4);
  }
};

TEST(Pointwise, ThreeTerms) {
  for_each_target([] {
    const ValueParams p{-0.5, 3};
    for_floats([&](auto tag) {
      using T = typename decltype(tag)::type;
      using W = Wide<T>;
      constexpr ScalarType key = dtype_of<T>;
      check_kernel<T, T, T, T>(
          addcmul_kernel, key, &p, [](T x, T y, T z) { return T(W(x) - W(0.5) * W(y) * W(z)); }, Quarters());
      check_kernel<T, T, T, T>(
          addcmul_kernel, key, nullptr, [](T x, T y, T z) { return T(W(x) + W(y) * W(z)); }, Quarters());
      check_kernel<T, T, T, T>(addcdiv_kernel, key, &p, [](T x, T y, T z) { return T(W(x) + W(-0.5) * W(y) / W(z)); });
      for (double w : {0.0, 0.25, 0.5, 0.75, 1.0, -1.5}) {
        const ValueParams weight{w, 0};
        check_kernel<T, T, T>(
            lerp_kernel, key, &weight, [&](T x, T y) { return T(W(x) + W(w) * (W(y) - W(x))); }, Quarters());
      }
      check_kernel<T, T, T, T>(
          lerp_tensor_kernel, key, nullptr, [](T x, T y, T w) { return T(W(x) + W(w) * (W(y) - W(x))); }, Quarters());
    });
    for_integers([&](auto tag) {
      using T = typename decltype(tag)::type;
      check_kernel<T, T, T, T>(addcmul_kernel, dtype_of<T>, &p, [](T x, T y, T z) {
        const auto u = [](T v) { return static_cast<uint64_t>(static_cast<int64_t>(v)); };
        return static_cast<T>(u(x) + 3 * u(y) * u(z));
      });
    });
  });
}

TEST(Pointwise, LerpIsExactAtBothEnds) {
  for_each_target([] {
    const float x[] = {1e8f, 0.1f, -3e-5f}, y[] = {-7.3f, 1e9f, 0.3f};
    float out[3];
    const int64_t sizes[] = {3}, strides[] = {1};
    const Operand operands[] = {
        {out, strides, kFloat}, {const_cast<float*>(x), strides, kFloat}, {const_cast<float*>(y), strides, kFloat}};
    ValueParams p{0, 0};
    run_pointwise(lerp_kernel.get(kFloat), operands, 3, IntArrayRef(sizes, 1), &p);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(out[i], x[i]);
    p.value = 1;
    run_pointwise(lerp_kernel.get(kFloat), operands, 3, IntArrayRef(sizes, 1), &p);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(out[i], y[i]);
  });
}

}  // namespace
}  // namespace lampas::test
