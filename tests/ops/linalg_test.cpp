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

TEST(Decompositions, LuUnpackGivesWhatLuGives) {
  manual_seed(5);
  for (ScalarType t : {kFloat, kDouble})
    for (const auto& [m, n] : {std::pair<int64_t, int64_t>{4, 4}, {5, 3}, {3, 6}, {0, 2}, {2, 0}}) {
      const Tensor a = randn({2, 3, m, n}, t);
      const auto [p, l, u] = linalg_lu(a);
      const auto [lu, pivots, info] = linalg::lu_factor_ex(a);
      EXPECT_TRUE(info.equal(zeros({2, 3}, kInt)));
      const auto [q, l2, u2] = lu_unpack(lu, pivots);
      EXPECT_TRUE(q.equal(p) && l2.equal(l) && u2.equal(u)) << m << " by " << n;
      EXPECT_EQ(std::get<0>(lu_unpack(lu, pivots, true, false)).sizes(), IntArrayRef({0}));
      EXPECT_EQ(std::get<2>(lu_unpack(lu, pivots, false)).sizes(), IntArrayRef({0}));
    }
  const Tensor singular = tensor({1., 2., 2., 4.}, kDouble).view({2, 2});
  EXPECT_EQ(std::get<2>(linalg_lu_factor_ex(singular)).item<int>(), 2);
  EXPECT_THROWS_WITH(linalg_lu_factor_ex(singular, true, true), "linalg.lu_factor_ex: U has a zero on its diagonal");
  EXPECT_THROWS_WITH(lu_unpack(singular, tensor({1, 7}, kInt)), "lu_unpack: Pivots given to lu_unpack");
  EXPECT_THROWS_WITH(lu_unpack(singular, tensor({1, 2}, kLong)), "lu_unpack: LU_pivots should be a Tensor of scalar");
}

TEST(Decompositions, NamesOfNamespaceLinalg) {
  manual_seed(6);
  const Tensor a = randn({3, 4, 4}, kDouble), b = randn({3, 4, 4}, kDouble);
  Tensor out = empty({0}, kDouble);
  EXPECT_TRUE(linalg::inv_out(out, a).equal(linalg_inv(a)));
  EXPECT_TRUE(linalg::solve_out(out, a, b).equal(linalg_solve(a, b)));
  EXPECT_TRUE(linalg::matmul_out(out, a, b).equal(matmul(a, b)));
  EXPECT_TRUE(std::get<0>(linalg::solve_ex(a, b)).equal(linalg_solve(a, b)));
  EXPECT_TRUE(linalg_matrix_norm_out(out.resize_({0}), a, "nuc").equal(linalg_matrix_norm(a, "nuc")));
  EXPECT_TRUE(linalg_matrix_norm_out(out, a, 1).equal(linalg_matrix_norm(a, 1)));
  EXPECT_TRUE(linalg::vecdot(a, b).allclose(a.mul(b).sum(-1)));
  EXPECT_TRUE(linalg_vecdot_out(out.resize_({0}), a, b, 0).allclose(a.mul(b).sum(0)));
  EXPECT_THROWS_WITH(linalg_vecdot(arange(3), arange(3)), "linalg.vecdot: Expected a floating point");
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

TEST(LinalgNorm, ANamedOrderOfABatchNeedsDimensions) {
  const Tensor x = ones({2, 3, 4});
  EXPECT_THROWS_WITH(linalg_norm(x, "fro"), "the input must be 1D or 2D. Got 3D");
  EXPECT_THROWS_WITH(linalg_norm(x, "nuc"), "the input must be 1D or 2D. Got 3D");
  EXPECT_EQ(linalg_norm(x, "fro", IntArrayRef({1, 2})).sizes(), (IntArrayRef{2}));
  EXPECT_EQ(linalg_norm(x[0], "fro").dim(), 0);
}

}  // namespace
