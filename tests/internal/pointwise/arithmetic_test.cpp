#include "kernel_check.h"
#include "ops/pointwise.h"

namespace lampas::test {
namespace {

TEST(Pointwise, AddSubMulDivFloats) {
  for_each_target([] {
    for_floats([](auto tag) {
      using T = typename decltype(tag)::type;
      using W = Wide<T>;
      check_kernel<T, T, T>(add_kernel, dtype_of<T>, nullptr, [](T x, T y) { return T(W(x) + W(y)); });
      check_kernel<T, T, T>(sub_kernel, dtype_of<T>, nullptr, [](T x, T y) { return T(W(x) - W(y)); });
      check_kernel<T, T, T>(mul_kernel, dtype_of<T>, nullptr, [](T x, T y) { return T(W(x) * W(y)); });
      check_kernel<T, T, T>(div_kernel, dtype_of<T>, nullptr, [](T x, T y) { return T(W(x) / W(y)); });
      // A power of two: fused and separate rounding agree.
      const AddParams p{-0.5, 0};
      check_kernel<T, T, T>(add_kernel, dtype_of<T>, &p, [](T x, T y) { return T(W(x) - W(0.5) * W(y)); });
      check_kernel<T, T, T>(sub_kernel, dtype_of<T>, &p, [](T x, T y) { return T(W(x) + W(0.5) * W(y)); });
    });
  });
}

TEST(Pointwise, AddSubMulIntegersWrap) {
  for_each_target([] {
    for_integers([](auto tag) {
      using T = typename decltype(tag)::type;
      const auto add = [](uint64_t x, uint64_t y) { return x + y; };
      const auto sub = [](uint64_t x, uint64_t y) { return x - y; };
      const auto mul = [](uint64_t x, uint64_t y) { return x * y; };
      check_kernel<T, T, T>(add_kernel, dtype_of<T>, nullptr, [&](T x, T y) { return wrapped<T>(add, x, y); });
      check_kernel<T, T, T>(sub_kernel, dtype_of<T>, nullptr, [&](T x, T y) { return wrapped<T>(sub, x, y); });
      check_kernel<T, T, T>(mul_kernel, dtype_of<T>, nullptr, [&](T x, T y) { return wrapped<T>(mul, x, y); });
      const AddParams p{0, 3};
      check_kernel<T, T, T>(add_kernel, dtype_of<T>, &p,
                            [&](T x, T y) { return wrapped<T>(add, x, wrapped<T>(mul, T(3), y)); });
      check_kernel<T, T, T>(sub_kernel, dtype_of<T>, &p,
                            [&](T x, T y) { return wrapped<T>(sub, x, wrapped<T>(mul, T(3), y)); });
    });
    check_kernel<bool, bool, bool>(add_kernel, kBool, nullptr, [](bool x, bool y) { return x || y; });
    check_kernel<bool, bool, bool>(mul_kernel, kBool, nullptr, [](bool x, bool y) { return x && y; });
  });
}

template <class T>
void check_comparisons() {
  using W = Wide<T>;
  constexpr ScalarType key = dtype_of<T>;
  check_kernel<bool, T, T>(eq_kernel, key, nullptr, [](T x, T y) { return W(x) == W(y); });
  check_kernel<bool, T, T>(ne_kernel, key, nullptr, [](T x, T y) { return W(x) != W(y); });
  check_kernel<bool, T, T>(lt_kernel, key, nullptr, [](T x, T y) { return W(x) < W(y); });
  check_kernel<bool, T, T>(le_kernel, key, nullptr, [](T x, T y) { return W(x) <= W(y); });
  check_kernel<bool, T, T>(gt_kernel, key, nullptr, [](T x, T y) { return W(x) > W(y); });
  check_kernel<bool, T, T>(ge_kernel, key, nullptr, [](T x, T y) { return W(x) >= W(y); });
  check_kernel<bool, T, T>(logical_and_kernel, key, nullptr, [](T x, T y) { return (W(x) != 0) && (W(y) != 0); });
  check_kernel<bool, T, T>(logical_or_kernel, key, nullptr, [](T x, T y) { return (W(x) != 0) || (W(y) != 0); });
  check_kernel<bool, T, T>(logical_xor_kernel, key, nullptr, [](T x, T y) { return (W(x) != 0) != (W(y) != 0); });
  check_kernel<bool, T>(logical_not_kernel, key, nullptr, [](T x) { return W(x) == 0; });
}

TEST(Pointwise, Comparisons) {
  for_each_target([] {
    for_floats([](auto tag) { check_comparisons<typename decltype(tag)::type>(); });
    for_integers([](auto tag) { check_comparisons<typename decltype(tag)::type>(); });
    check_comparisons<bool>();
  });
}

// Bytes other than 0 and 1 in a bool are true.
TEST(Pointwise, AnyByteIsTrue) {
  for_each_target([] {
    std::vector<uint8_t> x(70), y(70), out(70);
    for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<uint8_t>(i % 5), y[i] = static_cast<uint8_t>(i % 3);
    const int64_t sizes[] = {70}, strides[] = {1};
    const Operand operands[] = {{out.data(), strides, kBool}, {x.data(), strides, kBool}, {y.data(), strides, kBool}};
    const auto run = [&](Kernel<PointwiseFn>& k) {
      run_pointwise(k.get(kBool), operands, 3, IntArrayRef(sizes, 1), nullptr);
    };
    run(eq_kernel);
    for (size_t i = 0; i < x.size(); ++i) EXPECT_EQ(out[i], (x[i] != 0) == (y[i] != 0)) << i;
    run(logical_xor_kernel);
    for (size_t i = 0; i < x.size(); ++i) EXPECT_EQ(out[i], (x[i] != 0) != (y[i] != 0)) << i;
    run(mul_kernel);
    for (size_t i = 0; i < x.size(); ++i) EXPECT_EQ(out[i], x[i] != 0 && y[i] != 0) << i;
  });
}

TEST(Pointwise, ComplexEquality) {
  for_each_target([] {
    const auto gen = [](auto tag, int, std::mt19937& rng) {
      using T = typename decltype(tag)::type;
      return T(static_cast<float>(rng() % 2), static_cast<float>(rng() % 2));
    };
    using C = complex<float>;
    using Z = complex<double>;
    check_kernel<bool, C, C>(
        eq_kernel, kComplexFloat, nullptr, [](C x, C y) { return x == y; }, gen);
    check_kernel<bool, C, C>(
        ne_kernel, kComplexFloat, nullptr, [](C x, C y) { return x != y; }, gen);
    check_kernel<bool, Z, Z>(
        eq_kernel, kComplexDouble, nullptr, [](Z x, Z y) { return x == y; }, gen);
    check_kernel<bool, Z, Z>(
        ne_kernel, kComplexDouble, nullptr, [](Z x, Z y) { return x != y; }, gen);
  });
}

}  // namespace
}  // namespace lampas::test
