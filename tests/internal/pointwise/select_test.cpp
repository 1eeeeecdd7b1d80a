#include "kernel_check.h"
#include "ops/pointwise.h"

namespace lampas::test {
namespace {

template <class T>
void check_where() {
  check_kernel<T, bool, T, T>(where_kernel, dtype_of<T>, nullptr, [](bool c, T x, T y) { return c ? x : y; });
}

TEST(Pointwise, Where) {
  for_each_target([] {
    for_floats([](auto tag) { check_where<typename decltype(tag)::type>(); });
    for_integers([](auto tag) { check_where<typename decltype(tag)::type>(); });
    check_where<bool>();
    const auto gen = [](auto tag, int, std::mt19937& rng) {
      using T = typename decltype(tag)::type;
      if constexpr (std::is_same_v<T, bool>)
        return rng() % 2 == 1;
      else
        return T(static_cast<float>(rng() % 9), static_cast<float>(rng() % 7));
    };
    using C = complex<float>;
    using Z = complex<double>;
    check_kernel<C, bool, C, C>(
        where_kernel, kComplexFloat, nullptr, [](bool c, C x, C y) { return c ? x : y; }, gen);
    check_kernel<Z, bool, Z, Z>(
        where_kernel, kComplexDouble, nullptr, [](bool c, Z x, Z y) { return c ? x : y; }, gen);
  });
}

TEST(Pointwise, ReluAndThreshold) {
  for_each_target([] {
    const ThresholdParams p{0.75, -2, 1, 9};
    for_floats([&](auto tag) {
      using T = typename decltype(tag)::type;
      using W = Wide<T>;
      constexpr ScalarType key = dtype_of<T>;
      check_kernel<T, T>(relu_kernel, key, nullptr, [](T x) { return W(x) < 0 ? T(0) : x; });
      check_kernel<T, T, T>(relu_backward_kernel, key, nullptr, [](T g, T y) { return W(y) <= 0 ? T(0) : g; });
      check_kernel<T, T>(threshold_kernel, key, &p, [](T x) { return W(x) <= W(0.75) ? T(-2) : x; });
      check_kernel<T, T, T>(threshold_backward_kernel, key, &p, [](T g, T x) { return W(x) <= W(0.75) ? T(0) : g; });
    });
    for_integers([&](auto tag) {
      using T = typename decltype(tag)::type;
      check_kernel<T, T>(relu_kernel, dtype_of<T>, nullptr, [](T x) { return x > 0 ? x : T(0); });
      check_kernel<T, T>(threshold_kernel, dtype_of<T>, &p, [](T x) { return x <= 1 ? T(9) : x; });
    });
  });
}

}  // namespace
}  // namespace lampas::test
