#include "ops/fold.h"

#include <algorithm>
#include <array>

#include "../kernel_test.h"
#include "lampas/base/error.h"

namespace lampas {
namespace {

using namespace test;

template <class T>
void test_unfold(const FoldShape& s) {
  const int64_t taps = s.kernel[0] * s.kernel[1], blocks = s.blocks[0] * s.blocks[1], in = s.in[0] * s.in[1];
  const auto x = random_values<T>(s.planes * in, 1);
  std::vector<T> y(static_cast<size_t>(s.planes * taps * blocks) + 4, T(7.0F)), want(y);
  for (int64_t p = 0; p < s.planes; ++p)
    for (int64_t t = 0; t < taps; ++t)
      for (int64_t b = 0; b < blocks; ++b) {
        const int64_t i = b / s.blocks[1] * s.stride[0] - s.padding[0] + s.dilation[0] * (t / s.kernel[1]),
                      j = b % s.blocks[1] * s.stride[1] - s.padding[1] + s.dilation[1] * (t % s.kernel[1]);
        const bool inside = i >= 0 && i < s.in[0] && j >= 0 && j < s.in[1];
        want[(p * taps + t) * blocks + b] = inside ? x[p * in + i * s.in[1] + j] : T(0.0F);
      }
  unfold_kernel.get(dtype_of<T>)(s, x.data(), y.data());
  for (size_t i = 0; i < y.size(); ++i) ASSERT_EQ(to_double(y[i]), to_double(want[i])) << i;
}

/// Float and double: the order of sums is part of what the kernel promises.
template <class T>
void test_fold(const FoldShape& s) {
  const int64_t taps = s.kernel[0] * s.kernel[1], blocks = s.blocks[0] * s.blocks[1], in = s.in[0] * s.in[1];
  const auto y = random_values<T>(s.planes * taps * blocks, 2);
  std::vector<T> x(static_cast<size_t>(s.planes * in) + 4, T(7)), want(x);
  std::fill_n(want.begin(), s.planes * in, T(0));
  for (int64_t p = 0; p < s.planes; ++p)
    for (int64_t t = 0; t < taps; ++t)
      for (int64_t b = 0; b < blocks; ++b) {
        const int64_t i = b / s.blocks[1] * s.stride[0] - s.padding[0] + s.dilation[0] * (t / s.kernel[1]),
                      j = b % s.blocks[1] * s.stride[1] - s.padding[1] + s.dilation[1] * (t % s.kernel[1]);
        if (i >= 0 && i < s.in[0] && j >= 0 && j < s.in[1])
          want[p * in + i * s.in[1] + j] += y[(p * taps + t) * blocks + b];
      }
  fold_kernel.get(dtype_of<T>)(s, y.data(), x.data());
  ASSERT_EQ(x, want);
}

template <class F>
void for_each_shape(const F& f) {
  for (int64_t kernel : {1, 2, 3, 5})
    for (int64_t padding : {0, 1, 2, 6})
      for (int64_t stride : {1, 2})
        for (int64_t dilation : {1, 3})
          for (int64_t width : {1, 6, 33}) {
            SCOPED_TRACE(str(kernel, " wide, padding ", padding, ", stride ", stride, ", dilation ", dilation, ", ",
                             width, " columns"));
            FoldShape s{3, {7, width}, {0, 0}, {3, kernel}, {1, stride}, {dilation, padding}, {dilation, dilation}};
            for (int d = 0; d < 2; ++d) {
              const int64_t room = s.in[d] + 2 * s.padding[d] - s.dilation[d] * (s.kernel[d] - 1) - 1;
              s.blocks[d] = room < 0 ? 0 : room / s.stride[d] + 1;
            }
            if (s.blocks[0] * s.blocks[1] == 0) continue;
            f(s);
          }
}

TEST(Fold, UnfoldTakesWhatEachBlockSees) {
  for_each_shape([](const FoldShape& s) {
    test_unfold<float>(s);
    test_unfold<double>(s);
    test_unfold<Half>(s);
  });
}

TEST(Fold, SumsWhatLandsOnEachElement) {
  for_each_target([] {
    for_each_shape([](const FoldShape& s) {
      test_fold<float>(s);
      test_fold<double>(s);
    });
  });
}

TEST(Fold, PixelsByTwoAndBack) {
  for (const auto& [planes, height, width] : {std::array<int64_t, 3>{1, 1, 1}, {3, 5, 7}, {2, 3, 64}, {40, 33, 30}}) {
    const int64_t n = 4 * planes * height * width;
    const auto x = random_values<float>(n, 1);
    std::vector<float> y(x.size()), back(x.size());
    pixel_pairs_kernel.get(kFloat)(false, planes, height, width, x.data(), y.data());
    for (int64_t k = 0; k < n; ++k) {
      const int64_t col = k % (2 * width), row = k / (2 * width) % (2 * height), p = k / (4 * height * width);
      const int64_t from = ((4 * p + 2 * (row % 2) + col % 2) * height + row / 2) * width + col / 2;
      ASSERT_EQ(y[k], x[from]) << k;
    }
    pixel_pairs_kernel.get(kFloat)(true, planes, height, width, y.data(), back.data());
    ASSERT_EQ(back, x);
  }
}

}  // namespace
}  // namespace lampas
