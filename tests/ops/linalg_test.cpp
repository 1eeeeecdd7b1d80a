// Decompositions of sizes around their blocks: what they return multiplies back, in every layout of the result.
#include <gtest/gtest.h>
#include <lampas/lampas.h>

#include <cmath>
#include <vector>

#include "ops/throws.h"

namespace {

using namespace lampas;

const std::vector<int64_t> kSizes = {1, 2, 7, 16, 17, 31, 32, 33, 48, 65, 100, 161};

double eps(const Tensor& x) { return x.scalar_type() == kFloat ? 1.2e-7 : 2.3e-16; }
Tensor mT(const Tensor& x) { return x.transpose(-2, -1); }
double largest(const Tensor& x) { return x.numel() ? x.abs().max().item<double>() : 0; }
/// |got - want| in units of n eps |scale|.
double error(const Tensor& got, const Tensor& want, double scale) {
  const double n = static_cast<double>(std::max(got.size(-1), got.size(-2)));
  return largest(got.sub(want)) / (n * eps(got) * scale);
}

TEST(Decompositions, LuMultipliesBack) {
  manual_seed(1);
  for (ScalarType t : {kFloat, kDouble})
    for (int64_t m : kSizes)
      for (int64_t n : {m, m + 40, std::max<int64_t>(1, m - 20)}) {
        const Tensor a = randn({2, m, n}, t);
        const auto [p, l, u] = linalg_lu(a);
        EXPECT_LT(error(matmul(p, matmul(l, u)), a, largest(l) * largest(u)), 2) << m << " by " << n;
        EXPECT_LE(largest(l), 1) << "partial pivoting keeps factors small";
        EXPECT_EQ(largest(l.triu(1)), 0);
        EXPECT_EQ(largest(u.tril(-1)), 0);
      }
}

TEST(Decompositions, SolutionsSolve) {
  manual_seed(2);
  for (ScalarType t : {kFloat, kDouble})
    for (int64_t n : kSizes)
      for (int64_t sides : {1, 5, 40}) {
        const Tensor a = randn({2, n, n}, t) + 3 * eye(n, t), b = randn({2, n, sides}, t);
        const Tensor x = linalg_solve(a, b);
        EXPECT_LT(error(matmul(a, x), b, largest(a) * largest(x)), 4) << n;
        EXPECT_LT(error(matmul(a, linalg_inv(a)), eye(n, t).expand({2, n, n}), largest(a) * largest(linalg_inv(a))), 8);
        for (bool upper : {false, true})
          for (bool unit : {false, true}) {
            Tensor triangle = randn({2, n, n}, t) / std::sqrt(static_cast<double>(n)) + 2 * eye(n, t);
            const Tensor y = linalg_solve_triangular(triangle, b, upper, true, unit);
            triangle = upper ? triangle.triu(unit ? 1 : 0) : triangle.tril(unit ? -1 : 0);
            if (unit) triangle = triangle + eye(n, t);
            EXPECT_LT(error(matmul(triangle, y), b, largest(triangle) * largest(y)), 4) << n << upper << unit;
            const Tensor z = linalg_solve_triangular(mT(triangle), b, !upper, true, unit);
            EXPECT_LT(error(matmul(mT(triangle), z), b, largest(triangle) * largest(z)), 4) << n << upper << unit;
          }
      }
}

TEST(Decompositions, CholeskyMultipliesBack) {
  manual_seed(3);
  for (ScalarType t : {kFloat, kDouble})
    for (int64_t n : kSizes) {
      const Tensor r = randn({2, n, n + 3}, t), a = matmul(r, mT(r));
      const Tensor l = linalg_cholesky(a), u = linalg_cholesky(a, true);
      EXPECT_LT(error(matmul(l, mT(l)), a, largest(a)), 2) << n;
      EXPECT_TRUE(u.equal(mT(l)));
      EXPECT_EQ(largest(l.triu(1)), 0);
    }
  // Which row fails, also in a later block.
  Tensor a = eye(70, kDouble);
  a[52][52] = -1;
  EXPECT_THROWS_WITH(linalg_cholesky(a), "(the leading minor of order 53 is not positive-definite)");
  a[52][52] = 1, a[40][60] = 2, a[60][40] = 2;
  EXPECT_THROWS_WITH(linalg_cholesky(a), "(the leading minor of order 61 is not positive-definite)");
}

TEST(Decompositions, SingularMatricesAreRefused) {
  Tensor a = randn({70, 70}, kDouble);
  a.select(1, 50).zero_();
  EXPECT_THROWS_WITH(linalg_solve(a, ones({70}, kDouble)), "is zero, the solve or inversion could not be completed");
  EXPECT_EQ(linalg_det(a).item<double>(), 0);
  const Tensor rank_one = ones({40, 40}, kDouble);
  EXPECT_THROWS_WITH(linalg_inv(rank_one), "The diagonal element 2 is zero");
}

TEST(Decompositions, QrMultipliesBack) {
  manual_seed(4);
  for (ScalarType t : {kFloat, kDouble})
    for (int64_t m : kSizes)
      for (int64_t n : {m, m + 40, std::max<int64_t>(1, m - 20), std::max<int64_t>(1, m / 3)})
        for (const char* mode : {"reduced", "complete"}) {
          const Tensor a = randn({2, m, n}, t);
          const auto [q, r] = linalg_qr(a, mode);
          EXPECT_LT(error(matmul(q, r), a, largest(a)), 8) << m << " by " << n << mode;
          EXPECT_LT(error(matmul(mT(q), q), eye(q.size(-1), t).expand({2, q.size(-1), q.size(-1)}), 1), 8) << m << n;
          EXPECT_EQ(largest(r.tril(-1)), 0);
          EXPECT_TRUE(std::get<1>(linalg_qr(a, "r")).equal(std::get<1>(linalg_qr(a, "reduced"))));
        }
  // Columns without length, and squares out of range.
  Tensor a = randn({5, 3}, kDouble);
  a.select(1, 1).zero_();
  for (double scale : {1.0, 1e-200, 1e200, 1e-30}) {
    const auto [q, r] = linalg_qr(a * scale);
    EXPECT_LT(error(matmul(q, r / scale), a, largest(a)), 8) << scale;
    EXPECT_LT(error(matmul(mT(q), q), eye(3, kDouble), 1), 8) << scale;
  }
  EXPECT_TRUE(std::get<1>(linalg_qr(full({3, 3}, NAN))).isnan().any().item<bool>());
}

TEST(Products, CrossOfIntegersAndMixedTypes) {
  const Tensor a = tensor({1, 2, 3, 4, 5, 6}).reshape({2, 3}), b = tensor({7, 8, 10, -1, 0, 2}).reshape({2, 3});
  const Tensor want = tensor({-4, 11, -6, 10, -14, 5}).reshape({2, 3});
  EXPECT_TRUE(cross(a, b, 1).equal(want));
  EXPECT_TRUE(cross(a.t(), b.t(), 0).equal(want.t()));
  const Tensor mixed = cross(a, b.to(kFloat), 1);
  EXPECT_EQ(mixed.scalar_type(), kFloat);
  EXPECT_TRUE(mixed.equal(want.to(kFloat)));
  EXPECT_TRUE(cross(a.to(kByte), b.abs().to(kByte), 1)[0].equal(tensor({252, 11, 250}, kByte)));
  EXPECT_THROWS_WITH(cross(a.gt(0), b.gt(0), 1), "cross");
}

}  // namespace
