#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "lampas/backend/cpu/threads.h"
#include "ops/matmul.h"

namespace lampas {
namespace {

template <class T>
double value(T x) {
  if constexpr (std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>) return static_cast<float>(x);
  return static_cast<double>(x);
}
template <class T>
double epsilon() {
  const ScalarType t = dtype_of<T>;
  return t == kDouble ? 1.2e-16 : t == kFloat ? 6e-8 : t == kHalf ? 4.9e-4 : t == kBFloat16 ? 4e-3 : 0;
}
/// Unit roundoff of the accumulator.
template <class T>
double accumulator_epsilon() {
  return dtype_of<T> == kDouble ? 1.2e-16 : is_floating_point(dtype_of<T>) ? 6e-8 : 0;
}

template <class T>
std::vector<T> random_values(int64_t n, unsigned seed) {
  std::mt19937 rng(seed);
  std::vector<T> v(n);
  for (T& x : v) {
    const int r = static_cast<int>(rng() % 2001) - 1000;
    if constexpr (std::is_integral_v<T>)
      x = static_cast<T>(r % 7);
    else
      x = T(static_cast<float>(r) / 1000);
  }
  return v;
}

struct Case {
  int64_t m, n, k;
  bool trans_a = false, trans_b = false;
  double alpha = 1, beta = 0;
  bool bias = false;
  int64_t pad = 0;  // extra leading-dimension elements
};

template <class T>
void check(const Case& c) {
  SCOPED_TRACE(testing::Message() << c.m << "x" << c.n << "x" << c.k << (c.trans_a ? " T" : " N")
                                  << (c.trans_b ? "T" : "N") << " alpha " << c.alpha << " beta " << c.beta << " bias "
                                  << c.bias << " pad " << c.pad << " dtype " << static_cast<int>(dtype_of<T>));
  Gemm g;
  g.m = c.m, g.n = c.n, g.k = c.k, g.trans_a = c.trans_a, g.trans_b = c.trans_b, g.alpha = c.alpha, g.beta = c.beta;
  g.lda = (c.trans_a ? c.m : c.k) + c.pad, g.ldb = (c.trans_b ? c.k : c.n) + c.pad, g.ldc = c.n + c.pad;
  const auto a = random_values<T>((c.trans_a ? c.k : c.m) * g.lda, 1),
             b = random_values<T>((c.trans_b ? c.n : c.k) * g.ldb, 2);
  const auto before = random_values<T>(c.m * g.ldc, 3), bias = random_values<T>(c.n, 4);
  auto out = before;
  if (c.beta == 0 && is_floating_point(dtype_of<T>))  // must not be read
    for (int64_t i = 0; i < c.m; ++i)
      for (int64_t j = 0; j < c.n; ++j) out[i * g.ldc + j] = T(std::numeric_limits<float>::quiet_NaN());
  g.a = a.data(), g.b = b.data(), g.c = out.data(), g.bias = c.bias ? bias.data() : nullptr;
  gemm_kernel.get(dtype_of<T>)(g);
  const bool sparse = c.m * c.n * c.k > 1000000;  // the reference is slow: look at every thirteenth element
  for (int64_t i = 0; i < c.m; ++i) {
    for (int64_t j = 0; j < c.n; ++j) {
      if (sparse && (i * 7 + j) % 13) continue;
      double sum = 0, magnitude = 0;
      for (int64_t p = 0; p < c.k; ++p) {
        const double v =
            value(a[c.trans_a ? p * g.lda + i : i * g.lda + p]) * value(b[c.trans_b ? j * g.ldb + p : p * g.ldb + j]);
        sum += v, magnitude += std::fabs(v);
      }
      const double old = c.beta == 0 ? 0 : c.beta * value(before[i * g.ldc + j]), add = c.bias ? value(bias[j]) : 0;
      const double want = c.alpha * sum + old + add;
      magnitude = std::fabs(c.alpha) * magnitude + std::fabs(old) + std::fabs(add);
      const double tolerance = static_cast<double>(c.k + 3) * accumulator_epsilon<T>() * magnitude +
                               1.1 * epsilon<T>() * std::fabs(want) + 1e-300;
      if constexpr (std::is_integral_v<T>)
        ASSERT_EQ(out[i * g.ldc + j], static_cast<T>(static_cast<int64_t>(want))) << i << "," << j;
      else
        ASSERT_NEAR(value(out[i * g.ldc + j]), want, tolerance) << i << "," << j;
    }
    for (int64_t j = c.n; j < g.ldc; ++j)
      ASSERT_EQ(value(out[i * g.ldc + j]), value(before[i * g.ldc + j])) << "past row " << i;
  }
  if (c.beta == 0) return;
  // What is added to may lie elsewhere.
  std::vector<T> apart(c.m * (c.n + 2)), fresh(before.size(), T(77));
  for (int64_t i = 0; i < c.m; ++i)
    for (int64_t j = 0; j < c.n; ++j) apart[i * (c.n + 2) + j] = before[i * g.ldc + j];
  g.c = fresh.data(), g.c0 = apart.data(), g.ldc0 = c.n + 2;
  gemm_kernel.get(dtype_of<T>)(g);
  for (int64_t i = 0; i < c.m; ++i)
    for (int64_t j = 0; j < c.n; ++j)
      ASSERT_EQ(value(fresh[i * g.ldc + j]), value(out[i * g.ldc + j])) << i << "," << j;
}

template <class T>
class GemmTest : public testing::Test {
 protected:
  void SetUp() override { threads_ = get_num_threads(); }
  void TearDown() override { set_num_threads(threads_); }
  int threads_ = 1;
};
using Floats = testing::Types<float, double, Half, BFloat16>;
TYPED_TEST_SUITE(GemmTest, Floats);

TYPED_TEST(GemmTest, SizesAndTransposes) {
  for (int threads : {1, 2}) {
    set_num_threads(threads);
    for (bool ta : {false, true})
      for (bool tb : {false, true})
        for (const Case& c :
             {Case{1, 1, 1}, Case{1, 8, 8}, Case{3, 5, 7}, Case{8, 8, 8}, Case{1, 33, 100}, Case{100, 1, 33},
              Case{17, 31, 65}, Case{14, 32, 16}, Case{15, 33, 17}, Case{64, 10, 84}, Case{29, 49, 300},
              Case{2, 100, 3}, Case{130, 70, 5}, Case{67, 129, 31}, Case{5, 6, 1000}, Case{1, 1, 513}}) {
          Case d = c;
          d.trans_a = ta, d.trans_b = tb;
          check<TypeParam>(d);
          d.bias = true, d.pad = 3;
          check<TypeParam>(d);
          d.beta = 1;
          check<TypeParam>(d);
          d.bias = false, d.alpha = 0.5, d.beta = -2;
          check<TypeParam>(d);
          d.bias = true, d.alpha = -1.5, d.beta = 0;
          check<TypeParam>(d);
        }
  }
}

TYPED_TEST(GemmTest, BeyondOneBlock) {
  for (int threads : {1, 2}) {
    set_num_threads(threads);
    check<TypeParam>({150, 600, 700});
    check<TypeParam>({151, 601, 701, false, true, 1, 1, true, 5});
    check<TypeParam>({70, 50, 1300, true, false, 2, 0.5, false, 1});
    check<TypeParam>({600, 130, 530, true, true, 1, 0, true, 0});
    for (const int64_t n : {48, 97, 112, 160, 301})  // panels of b that the first tiles pack, and what is left of them
      for (const bool ta : {false, true}) {
        check<TypeParam>({64, n, 530, ta, false, 1, 0, true, 3});
        check<TypeParam>({55, n, 1031, ta, false, 1, 1, false, 0});
        check<TypeParam>({88, n, 70, ta, false, -1, 0, false, 1});
      }
    for (const bool bias : {false, true}) {  // a row whose b is streamed
      check<TypeParam>({1, 1030, 39, false, false, 1, 0, bias, 0});
      check<TypeParam>({1, 1031, 64, true, false, 1, 1, bias, 3});
      check<TypeParam>({1, 9001, 13, false, false, -0.5, 2, bias, 7});
      for (const int64_t m : {7, 16, 20, 31, 64, 80})  // few rows times a transposed matrix
        check<TypeParam>({m, 4 * m + 3, 300, false, true, 1, 0, bias, m % 5});
    }
    for (const int64_t m : {16, 17, 20, 28, 29, 64})  // added to what is there
      for (const int64_t k : {130, 530}) check<TypeParam>({m, 270, k, false, true, 1, 1, false, m % 3});
  }
}

TYPED_TEST(GemmTest, Degenerate) {
  check<TypeParam>({4, 5, 0});
  check<TypeParam>({4, 5, 0, false, false, 1, 0, true});
  check<TypeParam>({4, 5, 0, false, true, 1, 2, true});
  check<TypeParam>({0, 5, 3});
  check<TypeParam>({4, 0, 3});
  check<TypeParam>({4, 5, 6, false, false, 0, 1, true});
}

template <class T>
class IntegerGemmTest : public testing::Test {};
using Integers = testing::Types<uint8_t, int8_t, int16_t, int32_t, int64_t>;
TYPED_TEST_SUITE(IntegerGemmTest, Integers);

TYPED_TEST(IntegerGemmTest, ExactModuloTheType) {
  for (bool ta : {false, true})
    for (bool tb : {false, true}) {
      check<TypeParam>({3, 5, 7, ta, tb});
      check<TypeParam>({17, 33, 129, ta, tb, 2, 3, true, 1});
      check<TypeParam>({1, 40, 9, ta, tb, 1, 1});
    }
}

TEST(Gemm, Batches) {
  for (int threads : {1, 2}) {
    set_num_threads(threads);
    for (int64_t size : {5, 40}) {
      const int64_t m = size, n = size + 3, k = size + 1;
      const auto a = random_values<float>(2 * 3 * m * k, 1), b = random_values<float>(3 * k * n, 2);
      std::vector<float> c(2 * 3 * m * n);
      Gemm g;
      g.m = m, g.n = n, g.k = k, g.lda = k, g.ldb = n, g.ldc = n, g.a = a.data(), g.b = b.data(), g.c = c.data();
      g.batch_dims = 2;
      g.batch[0] = {2, 3 * m * k, 0, 3 * m * n};  // b is shared by the outer batch
      g.batch[1] = {3, m * k, k * n, m * n};
      gemm_kernel.get(kFloat)(g);
      for (int64_t e = 0; e < 6; ++e)
        for (int64_t i = 0; i < m; ++i)
          for (int64_t j = 0; j < n; ++j) {
            double want = 0;
            for (int64_t p = 0; p < k; ++p)
              want += static_cast<double>(a[(e * m + i) * k + p]) * b[(e % 3 * k + p) * n + j];
            ASSERT_NEAR(c[(e * m + i) * n + j], want, 1e-5);
          }
    }
  }
}

// A sum is formed in the order of k whatever tile it falls into: bits do not depend on the rows and columns beside it.
TEST(Gemm, ElementsDoNotDependOnTheirNeighbours) {
  const int64_t m = 64, n = 240, k = 1100;
  const auto a = random_values<float>(m * k, 1), b = random_values<float>(k * n, 2);
  const auto product = [&](int64_t rows, int64_t from, int64_t columns) {
    std::vector<float> c(rows * columns);
    Gemm g;
    g.m = rows, g.n = columns, g.k = k, g.lda = k, g.ldb = n, g.ldc = columns;
    g.a = a.data(), g.b = b.data() + from, g.c = c.data();
    gemm_kernel.get(kFloat)(g);
    return c;
  };
  const auto whole = product(m, 0, n);
  for (const int64_t rows : {3, 17, 33, 64})
    for (const int64_t from : {0, 5, 48})
      for (const int64_t columns : {20, 49, 100, 150}) {
        const auto part = product(rows, from, columns);
        for (int64_t i = 0; i < rows; ++i)
          for (int64_t j = 0; j < columns; ++j)
            ASSERT_EQ(part[i * columns + j], whole[i * n + from + j]) << rows << " " << from << " " << columns;
      }
}

// Nor do they depend on how threads cut the product.
TYPED_TEST(GemmTest, ThreadsChangeNothing) {
  using T = TypeParam;
  if constexpr (sizeof(T) < 4) return;  // computed in float32
  const int64_t n = 610, k = 400;
  const auto b = random_values<T>(k * n, 2);
  for (const int64_t m : {1, 5, 20, 28, 31, 40, 100, 261})
    for (const bool trans : {false, true}) {
      const auto a = random_values<T>(m * k, 1);
      Gemm g;
      g.m = m, g.n = n, g.k = k, g.lda = k, g.ldb = trans ? k : n, g.ldc = n, g.trans_b = trans;
      g.a = a.data(), g.b = b.data();
      std::vector<T> want(m * n), got(m * n);
      set_num_threads(1);
      g.c = want.data();
      gemm_kernel.get(dtype_of<T>)(g);
      for (const int threads : {2, 3, 4, 7}) {
        set_num_threads(threads);
        g.c = got.data();
        gemm_kernel.get(dtype_of<T>)(g);
        EXPECT_TRUE(got == want) << m << " rows, " << threads << " threads" << (trans ? ", transposed" : "");
      }
    }
}

TEST(Gemm, NanAndInfinityPropagate) {
  for (int64_t n : {8, 80}) {
    std::vector<float> a(n * n, 1), b(n * n, 1), c(n * n);
    a[3 * n + 2] = std::numeric_limits<float>::quiet_NaN();
    b[5 * n + 7] = std::numeric_limits<float>::infinity();
    Gemm g;
    g.m = g.n = g.k = g.lda = g.ldb = g.ldc = n, g.a = a.data(), g.b = b.data(), g.c = c.data();
    gemm_kernel.get(kFloat)(g);
    for (int64_t i = 0; i < n; ++i)
      for (int64_t j = 0; j < n; ++j) {
        const float v = c[i * n + j];
        if (i == 3)
          ASSERT_TRUE(std::isnan(v));
        else if (j == 7)
          ASSERT_EQ(v, std::numeric_limits<float>::infinity());
        else
          ASSERT_EQ(v, static_cast<float>(n));
      }
  }
}

}  // namespace
}  // namespace lampas
