#include "kernel_check.h"

namespace lampas::test {
namespace {

template <class F>
void for_all_types(const F& f) {
  for_floats(f);
  for_integers(f);
  f(Tag<bool>()), f(Tag<complex<float>>()), f(Tag<complex<double>>());
}

template <class T>
T make(int64_t i) {
  if constexpr (std::is_same_v<T, complex<float>> || std::is_same_v<T, complex<double>>)
    return T(static_cast<float>(i % 100), static_cast<float>(i % 7));
  else if constexpr (std::is_same_v<T, bool>)
    return i % 3 == 0;
  else if constexpr (is_float_type<T>)
    return T(static_cast<float>(i % 100) + 0.75f);
  else
    return static_cast<T>(i % 100);
}

template <class To, class From>
To cast(From x) {
  if constexpr (std::is_same_v<From, complex<float>> || std::is_same_v<From, complex<double>>) {
    if constexpr (std::is_same_v<To, complex<float>> || std::is_same_v<To, complex<double>>)
      return To(x);
    else if constexpr (std::is_same_v<To, bool>)
      return x.real() != 0 || x.imag() != 0;
    else
      return cast<To>(x.real());
  } else if constexpr (std::is_same_v<To, complex<float>> || std::is_same_v<To, complex<double>>) {
    return To(cast<typename To::value_type>(x));
  } else if constexpr (std::is_same_v<To, Half> || std::is_same_v<To, BFloat16>) {
    return To(static_cast<float>(x));
  } else if constexpr (std::is_same_v<From, Half> || std::is_same_v<From, BFloat16>) {
    return cast<To>(static_cast<float>(x));
  } else if constexpr (std::is_same_v<To, bool>) {
    return x != From(0);
  } else {
    return static_cast<To>(x);
  }
}

template <class To, class From>
void check_copy(const std::vector<int64_t>& sizes, const std::vector<int64_t>& to, const std::vector<int64_t>& from,
                int64_t offset = 0) {
  SCOPED_TRACE(
      str(name(dtype_of<From>), " to ", name(dtype_of<To>), " sizes ", sizes, " strides ", to, " from ", from));
  Strided<To> out(sizes, to, offset);
  Strided<From> in(sizes, from, offset);
  const int64_t n = out.numel();
  for (int64_t i = 0; i < n; ++i) in.at(i) = make<From>(i);
  run_copy(out.operand(), in.operand(), IntArrayRef(sizes));
  for (int64_t i = 0; i < n; ++i) {
    const To expected = cast<To>(in.get(i)), got = out.get(i);
    ASSERT_EQ(std::memcmp(&got, &expected, sizeof(To)), 0)
        << "element " << i << ": " << show(got) << ", not " << show(expected);
  }
  ASSERT_TRUE(out.untouched_outside());
}

TEST(Copy, EveryPairOfDtypes) {
  for_each_target([] {
    for_all_types([](auto from) {
      for_all_types([&](auto to) {
        using From = typename decltype(from)::type;
        using To = typename decltype(to)::type;
        for (int64_t n : {0, 1, 2, 3, 7, 8, 15, 16, 17, 33, 65, 1000, 4097}) check_copy<To, From>({n}, {1}, {1});
        check_copy<To, From>({}, {}, {});
        check_copy<To, From>({100}, {1}, {1}, 1);
        check_copy<To, From>({90}, {2}, {3});
        check_copy<To, From>({50}, {1}, {0});
        for (int64_t n : {1, 2, 4, 5, 8, 9, 16, 17, 32, 33, 64, 65, 130}) check_copy<To, From>({n}, {1}, {2});
        check_copy<To, From>({5, 70}, {75, 1}, {150, 2});
        check_copy<To, From>({37, 41}, {41, 1}, {1, 37});
        check_copy<To, From>({37, 41}, {1, 37}, {41, 1});
        check_copy<To, From>({70, 3}, {3, 1}, {1, 70});
        check_copy<To, From>({20, 30}, {40, 1}, {35, 1});
        check_copy<To, From>({5, 6, 7}, {42, 7, 1}, {1, 5, 30});
        check_copy<To, From>({5, 6, 70}, {420, 70, 1}, {70, 0, 1});
      });
    });
  });
}

TEST(Copy, LargeInParallel) {
  for (const int threads : {1, 2}) {
    set_num_threads(threads);
    check_copy<float, float>({1000000}, {1}, {1});
    check_copy<uint8_t, uint8_t>({1000003}, {1}, {1});
    check_copy<float, float>({700, 800}, {800, 1}, {1, 700});
    check_copy<double, float>({700, 800}, {800, 1}, {1, 700});
    check_copy<Half, float>({400000}, {1}, {1});
    check_copy<int16_t, int16_t>({3, 200, 300}, {60000, 300, 1}, {1, 3, 600});
  }
  set_num_threads(1);
}

template <class T>
void check_far_transposes() {
  const int64_t rows = sizeof(T) < 4 ? 1500 : 700, cols = sizeof(T) < 4 ? 1537 : 1090;
  check_copy<T, T>({rows, cols}, {cols, 1}, {1, rows});
  check_copy<T, T>({rows, cols}, {1, rows}, {cols, 1});
  check_copy<T, T>({1024, 1024}, {1100, 1}, {1, 2048});
  check_copy<T, T>({9, 512, 256}, {131072, 256, 1}, {131072, 1, 512});
  check_copy<T, T>({3, 4, 300, 600}, {720000, 180000, 600, 1}, {180000, 540000, 1, 300});
}

TEST(Copy, TransposesBeyondTheNearCaches) {
  for_each_target([] {
    for (const int threads : {1, 2}) {
      set_num_threads(threads);
      check_far_transposes<uint8_t>();
      check_far_transposes<int16_t>();
      check_far_transposes<float>();
      check_far_transposes<double>();
    }
    set_num_threads(1);
  });
}

// Bytes other than 0 and 1 in a bool are true, and 1 as a number.
TEST(Copy, AnyByteIsTrue) {
  for_each_target([] {
    std::vector<uint8_t> x(1000);
    for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<uint8_t>(i % 3 ? i : 0);
    for_all_types([&](auto tag) {
      using T = typename decltype(tag)::type;
      Strided<T> out({1000}, {1});
      convert(kBool, x.data(), dtype_of<T>, out.data(), 1000);
      for (int64_t i = 0; i < 1000; ++i) {
        const T expected = T(x[static_cast<size_t>(i)] ? 1.0f : 0.0f), got = out.get(i);
        ASSERT_EQ(std::memcmp(&got, &expected, sizeof(T)), 0) << name(dtype_of<T>) << " element " << i;
      }
    });
  });
}

// Out-of-range values must not trap or be undefined; what they give is the processor's business.
TEST(Copy, OutOfRangeIsDefined) {
  for_each_target([] {
    constexpr double inf = std::numeric_limits<double>::infinity();
    const std::vector<double> x = {inf,          -inf, std::nan(""),          1e300, -1e300, 3e9,
                                   -3e9,         1e19, 9223372036854775807.0, 300,   -129,   2147483647.0,
                                   -2147483648.0};
    const int64_t n = static_cast<int64_t>(x.size());
    std::vector<float> f(x.begin(), x.end());
    std::vector<int64_t> out(x.size());
    for (ScalarType to : {kByte, kChar, kShort, kInt, kLong}) {
      convert(kDouble, x.data(), to, out.data(), n);
      convert(kFloat, f.data(), to, out.data(), n);
    }
    // The same in the middle of a vector as alone.
    std::vector<float> many;
    for (int64_t i = 0; i < 100; ++i) many.push_back(f[static_cast<size_t>(i % n)]);
    for (ScalarType to : {kByte, kChar, kShort, kInt}) {
      const int64_t item = static_cast<int64_t>(element_size(to));
      std::vector<uint8_t> all(static_cast<size_t>(100 * item)), one(static_cast<size_t>(item));
      convert(kFloat, many.data(), to, all.data(), 100);
      for (int64_t i = 0; i < 100; ++i) {
        convert(kFloat, &many[static_cast<size_t>(i)], to, one.data(), 1);
        EXPECT_EQ(std::memcmp(one.data(), &all[static_cast<size_t>(i * item)], one.size()), 0)
            << many[static_cast<size_t>(i)] << " to " << name(to);
      }
    }
    std::vector<int32_t> i32(x.size());
    convert(kDouble, x.data(), kInt, i32.data(), n);
    EXPECT_EQ(i32[9], 300);
    EXPECT_EQ(i32[10], -129);
    EXPECT_EQ(i32[11], 2147483647);
    EXPECT_EQ(i32[12], std::numeric_limits<int32_t>::min());
    EXPECT_EQ(i32[2], std::numeric_limits<int32_t>::min()) << "as x86 converts NaN";
    std::vector<uint8_t> u8(x.size()), b(x.size());
    convert(kDouble, x.data(), kByte, u8.data(), n);
    EXPECT_EQ(u8[9], 44);
    EXPECT_EQ(u8[10], 127);
    convert(kDouble, x.data(), kBool, b.data(), n);
    for (uint8_t v : b) EXPECT_EQ(v, 1);
  });
}

TEST(Copy, ReducedFloatsRoundToNearestEven) {
  for_each_target([] {
    std::vector<float> x;
    for (uint32_t i = 0; i < 70000; ++i) x.push_back(detail::bits_to_float(i * 61357u));
    for (float v : {65504.f, 65519.9f, 65520.f, 1e-8f, 5.9e-8f, 2.98e-8f, 3.4e38f}) x.push_back(v);
    std::vector<Half> h(x.size());
    std::vector<BFloat16> b(x.size());
    const int64_t n = static_cast<int64_t>(x.size());
    convert(kFloat, x.data(), kHalf, h.data(), n);
    convert(kFloat, x.data(), kBFloat16, b.data(), n);
    for (size_t i = 0; i < x.size(); ++i) {
      if (std::isnan(x[i])) {
        EXPECT_TRUE(std::isnan(static_cast<float>(h[i])) && std::isnan(static_cast<float>(b[i])));
        continue;
      }
      ASSERT_EQ(h[i].bits, Half(x[i]).bits) << x[i];
      ASSERT_EQ(b[i].bits, BFloat16(x[i]).bits) << x[i];
    }
    std::vector<Half> all(65536);
    std::vector<float> back(65536);
    for (uint32_t i = 0; i < 65536; ++i) all[i] = Half(static_cast<uint16_t>(i), Half::FromBits());
    convert(kHalf, all.data(), kFloat, back.data(), 65536);
    for (size_t i = 0; i < 65536; ++i) ASSERT_TRUE(close(back[i], static_cast<float>(all[i]), 0)) << i;
  });
}

template <class T>
void check_fill(const std::vector<int64_t>& sizes, const std::vector<int64_t>& strides) {
  SCOPED_TRACE(str(name(dtype_of<T>), " sizes ", sizes, " strides ", strides));
  Strided<T> out(sizes, strides);
  const T value = make<T>(42);
  run_fill(out.operand(), &value, IntArrayRef(sizes));
  for (int64_t i = 0; i < out.numel(); ++i) ASSERT_EQ(std::memcmp(&out.at(i), &value, sizeof(T)), 0) << i;
  ASSERT_TRUE(out.untouched_outside());
}

TEST(Fill, EveryDtypeAndLayout) {
  for_each_target([] {
    for_all_types([](auto tag) {
      using T = typename decltype(tag)::type;
      for (int64_t n : {0, 1, 2, 3, 15, 16, 17, 63, 64, 65, 1000, 100003}) check_fill<T>({n}, {1});
      check_fill<T>({}, {});
      check_fill<T>({33}, {3});
      check_fill<T>({20, 30}, {1, 25});
      check_fill<T>({20, 30}, {35, 1});
      check_fill<T>({4, 5, 6}, {6, 48, 1});
    });
  });
}

}  // namespace
}  // namespace lampas::test
