// LU, triangular systems and inverses for every instruction set: which pivots, how exact the quotients, and that
// neither threads nor neighbours change a result.
#include <gtest/gtest.h>
#include <lampas/lampas.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

#include "internal/math/kernels_under_test.h"

namespace {

using namespace lampas;

template <class T>
class Triangles : public testing::Test {};
using Floats = testing::Types<float, double>;
TYPED_TEST_SUITE(Triangles, Floats);

std::vector<int> pivots_of(const Tensor& a) {
  const Tensor p = std::get<1>(linalg::lu_factor_ex(a));
  return std::vector<int>(p.data_ptr<int>(), p.data_ptr<int>() + p.numel());
}

/// One element of every column is far larger than what the others can grow to.
TYPED_TEST(Triangles, PivotsAreTheLargestElements) {
  test::for_each_target([](const char* target) {
    std::mt19937 random(3);
    for (const int64_t columns : {1, 5, 8, 9, 16, 17, 33, 70})
      for (const int64_t extra : {0, 1, 40}) {
        SCOPED_TRACE(testing::Message() << target << " columns " << columns << " extra " << extra);
        const int64_t m = columns + extra;
        std::vector<int64_t> row(static_cast<size_t>(m));
        std::iota(row.begin(), row.end(), 0);
        std::shuffle(row.begin(), row.end(), random);
        Tensor a = rand({m, columns}, dtype_of<TypeParam>) - 0.5;
        for (int64_t j = 0; j < columns; ++j) a[row[static_cast<size_t>(j)]][j] = j % 2 ? 1000 : -1000;
        std::vector<int64_t> place(static_cast<size_t>(m)), at(place);  // where rows are, what lies in a place
        std::iota(place.begin(), place.end(), 0);
        std::iota(at.begin(), at.end(), 0);
        std::vector<int> want;
        for (int64_t j = 0; j < columns; ++j) {
          const int64_t from = place[static_cast<size_t>(row[static_cast<size_t>(j)])];
          want.push_back(static_cast<int>(from + 1));
          std::swap(at[static_cast<size_t>(j)], at[static_cast<size_t>(from)]);
          place[static_cast<size_t>(at[static_cast<size_t>(from)])] = from;
          place[static_cast<size_t>(at[static_cast<size_t>(j)])] = j;
        }
        EXPECT_EQ(pivots_of(a), want);
      }
  });
}

TYPED_TEST(Triangles, TheFirstOfEqualPivotsAndNoNaN) {
  constexpr ScalarType type = dtype_of<TypeParam>;
  test::for_each_target([](const char* target) {
    for (const int64_t n : {4, 40}) {
      SCOPED_TRACE(testing::Message() << target << " n " << n);
      for (int64_t first = 0; first < n; ++first) {
        Tensor a = eye(n, type);
        for (int64_t i = first; i < n; ++i) a[i][0] = i % 2 ? 2 : -2;
        EXPECT_EQ(pivots_of(a)[0], first + 1);
        Tensor b = eye(n, type) * 0.5;
        if (first > 0) b[first][0] = std::nan("");
        EXPECT_EQ(pivots_of(b)[0], 1) << "NaN is not larger";
        if (first > 0 && first + 1 < n) {
          b[n - 1][0] = 3;
          EXPECT_EQ(pivots_of(b)[0], n);
        }
      }
      Tensor c = eye(n, type);
      c[0][0] = std::nan("");
      c[2][0] = 5;
      EXPECT_EQ(pivots_of(c)[0], 1) << "NaN on the diagonal stays";
      // Columns without a pivot are reported; the others go on.
      Tensor d = eye(n, type);
      d[n - 2][n - 2] = 0;
      EXPECT_EQ(std::get<2>(linalg::lu_factor_ex(d)).template item<int>(), n - 1);
      d[1][1] = 0;
      EXPECT_EQ(std::get<2>(linalg::lu_factor_ex(d)).template item<int>(), 2);
      EXPECT_EQ(std::get<0>(linalg::lu_factor_ex(d))[n - 1][n - 1].template item<double>(), 1);
    }
  });
}

/// Diagonal systems and columns of L are quotients, rounded once, of numbers of any size.
TYPED_TEST(Triangles, QuotientsAreRoundedOnce) {
  using T = TypeParam;
  constexpr T kMin = std::numeric_limits<T>::min(), kMax = std::numeric_limits<T>::max();
  test::for_each_target([](const char* target) {
    std::mt19937 random(4);
    std::uniform_real_distribution<double> uniform(-1, 1);
    std::vector<T> divisors = {1, 3, 49, T(-0.1), kMin, kMin / 8, kMax, kMax / 8, -kMax / 3, T(INFINITY), T(NAN)};
    for (int i = 0; i < 200; ++i) divisors.push_back(static_cast<T>(uniform(random)));
    const auto n = static_cast<int64_t>(divisors.size()), sides = int64_t{33};
    Tensor a = zeros({n, n}, dtype_of<T>), b = zeros({n, sides}, dtype_of<T>);
    for (int64_t i = 0; i < n; ++i) {
      a[i][i] = static_cast<double>(divisors[static_cast<size_t>(i)]);
      for (int64_t j = 0; j < sides; ++j) b[i][j] = static_cast<double>(static_cast<T>(uniform(random)));
      b[i][0] = static_cast<double>(divisors[static_cast<size_t>(i)]);
      b[i][1] = static_cast<double>(kMax);
      b[i][2] = INFINITY;
      b[i][3] = -0.0;
    }
    // Zeros times infinity or NaN would spread: one row at a time.
    for (int64_t i = 0; i < n; ++i) {
      const Tensor x = linalg_solve_triangular(a.narrow(0, i, 1).narrow(1, i, 1), b.narrow(0, i, 1), i % 2 == 0);
      for (int64_t j = 0; j < sides; ++j) {
        const T p = divisors[static_cast<size_t>(i)], y = b.const_data_ptr<T>()[i * sides + j], want = y / p,
                got = x[0][j].template item<T>();
        if (std::isnan(want))
          EXPECT_TRUE(std::isnan(got)) << target << " " << y << " / " << p;
        else
          EXPECT_EQ(got, want) << target << " " << y << " / " << p;
      }
      Tensor column = zeros({sides, 1}, dtype_of<T>);
      column[0][0] = 1 + std::abs(static_cast<double>(divisors[static_cast<size_t>(i)]));
      const T pivot = column.template data_ptr<T>()[0];
      if (!std::isfinite(pivot)) continue;
      for (int64_t j = 4; j < sides; ++j) column[j][0] = b[i][j].template item<double>();
      const Tensor l = std::get<0>(linalg::lu_factor_ex(column));
      for (int64_t j = 4; j < sides; ++j) {
        const T want = b.const_data_ptr<T>()[i * sides + j] / pivot;
        if (std::abs(want) > kMin) {
          EXPECT_EQ(l[j][0].template item<T>(), want) << target;
        }
      }
    }
  });
}

/// Right-hand sides are shared out among threads; each is solved as if alone with 31 others.
TYPED_TEST(Triangles, ThreadsChangeNothing) {
  constexpr ScalarType type = dtype_of<TypeParam>;
  const int threads = get_num_threads();
  test::for_each_target([](const char* target) {
    manual_seed(5);
    for (const int64_t n : {100, 161, 400}) {
      SCOPED_TRACE(testing::Message() << target << " n " << n);
      const Tensor a = randn({n, n}, type), b = randn({n, 135}, type);
      set_num_threads(1);
      const Tensor x = linalg_solve(a, b), y = linalg_inv(a), z = linalg_solve_triangular(a / 20, b, false, true, true),
                   det = linalg_det(a);
      for (int t : {2, 3}) {
        set_num_threads(t);
        EXPECT_TRUE(linalg_solve(a, b).equal(x));
        EXPECT_TRUE(linalg_inv(a).equal(y));
        EXPECT_TRUE(linalg_solve_triangular(a / 20, b, false, true, true).equal(z));
        EXPECT_TRUE(linalg_det(a).equal(det));
      }
      // Columns of the inverse are what the units' solutions are.
      const double error = (linalg_solve(a, eye(n, type)) - y).abs().max().template item<double>();
      EXPECT_LT(error, 100 * std::numeric_limits<TypeParam>::epsilon() * y.abs().max().template item<double>() *
                           a.abs().max().template item<double>() * static_cast<double>(n));
    }
  });
  set_num_threads(threads);
}

}  // namespace
