// Eigenvalues of symmetric matrices and singular values, of sizes around the decompositions' blocks and of matrices
// that are hard on them: what they return multiplies back, and vectors are orthonormal. Nothing depends on vectors'
// signs.
#include <gtest/gtest.h>
#include <lampas/lampas.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "ops/throws.h"

namespace {

using namespace lampas;

const std::vector<int64_t> kSizes = {1, 2, 3, 8, 12, 13, 33, 64, 97};

Tensor mT(const Tensor& x) { return x.transpose(-2, -1); }
double eps(ScalarType t) { return t == kFloat ? 1.2e-7 : 2.3e-16; }
double largest(const Tensor& x) { return x.numel() ? x.abs().max().to(kDouble).item<double>() : 0; }
Tensor wide(const Tensor& x) { return x.to(kDouble); }
Tensor one(int64_t n) { return eye(n, kDouble); }
/// How far rows (or columns, transposed) are from orthonormal, in units of n eps.
double skewness(const Tensor& rows, ScalarType t) {
  const Tensor r = wide(rows);
  return largest(matmul(r, mT(r)).sub(one(r.size(-2)))) / (static_cast<double>(r.size(-1)) * eps(t));
}
bool ascending(const Tensor& w) {
  const int64_t n = w.size(-1);
  return n < 2 || w.narrow(-1, 1, n - 1).ge(w.narrow(-1, 0, n - 1)).all().item<bool>();
}

void expect_eigh(const Tensor& a, const std::string& what) {
  SCOPED_TRACE(what + " " + str(a.sizes(), a.scalar_type()));
  const ScalarType t = a.scalar_type();
  const double n = static_cast<double>(a.size(-1));
  // Only the triangle named is read.
  for (const bool upper : {false, true}) {
    const Tensor half = upper ? a.triu() + 7 * ones_like(a).tril(-1) : a.tril() + 7 * ones_like(a).triu(1);
    const auto [w, v] = linalg_eigh(half, upper ? "U" : "L");
    const double norm = std::max(largest(w), 1e-300);
    EXPECT_TRUE(ascending(w));
    EXPECT_LT(largest(matmul(wide(a), wide(v)).sub(wide(v) * wide(w).unsqueeze(-2))), 4 * n * eps(t) * norm);
    EXPECT_LT(skewness(mT(v), t), 4);
    EXPECT_TRUE(linalg_eigvalsh(half, upper ? "U" : "L").sub(w).abs().le(4 * n * eps(t) * norm).all().item<bool>());
    EXPECT_TRUE(std::get<1>(linalg_eigh(half, upper ? "U" : "L")).equal(v)) << "not reproducible";
  }
}
void expect_svd(const Tensor& a, const std::string& what) {
  SCOPED_TRACE(what + " " + str(a.sizes(), a.scalar_type()));
  const ScalarType t = a.scalar_type();
  const int64_t k = std::min(a.size(-2), a.size(-1));
  for (const bool full : {false, true}) {
    const auto [u, s, vt] = linalg_svd(a, full);
    const double tolerance =
        4 * static_cast<double>(std::max(a.size(-2), a.size(-1))) * eps(t) * std::max(largest(s), 1e-300);
    const Tensor product = matmul(wide(u).narrow(-1, 0, k) * wide(s).unsqueeze(-2), wide(vt).narrow(-2, 0, k));
    EXPECT_LT(largest(product.sub(wide(a))), tolerance);
    EXPECT_LT(skewness(mT(u), t), 4);
    EXPECT_LT(skewness(vt, t), 4);
    EXPECT_TRUE(ascending(s.neg()) && s.ge(0).all().item<bool>());
    EXPECT_EQ(u.size(-1), full ? a.size(-2) : k);
    EXPECT_EQ(vt.size(-2), full ? a.size(-1) : k);
    EXPECT_LT(largest(wide(linalg_svdvals(a)).sub(wide(s))), tolerance);
  }
}

TEST(Spectrum, SymmetricMatricesMultiplyBack) {
  manual_seed(5);
  for (const ScalarType t : {kFloat, kDouble})
    for (const int64_t n : kSizes) {
      const Tensor x = randn({n, n}, t), s = x + mT(x), q = std::get<0>(linalg_qr(x)), i = arange(n, t);
      const Tensor grades = pow(10.0, i * (-30.0 / static_cast<double>(n)));
      expect_eigh(stack({s, matmul(x, mT(x))}), "random");
      expect_eigh(zeros({n, n}, t), "zero");
      expect_eigh(ones({n, n}, t), "rank one");
      expect_eigh(matmul(x.narrow(1, 0, (n + 2) / 3), mT(x.narrow(1, 0, (n + 2) / 3))), "of low rank");
      expect_eigh(s * grades * grades.unsqueeze(1), "graded");
      expect_eigh((s * grades * grades.unsqueeze(1)).flip({0, 1}), "graded upwards");
      const Tensor thirds = matmul(q * (i / 3).floor(), mT(q)), close = matmul(q * (1 + 1e-6 * i), mT(q));
      expect_eigh(thirds.tril() + mT(thirds.tril(-1)), "with repeated values");
      expect_eigh(close.tril() + mT(close.tril(-1)), "with close values");
      const Tensor beside = n > 1 ? diag(ones({n - 1}, t), 1) + diag(ones({n - 1}, t), -1) : zeros({1, 1}, t);
      expect_eigh(diag((i - static_cast<double>(n - 1) / 2).abs()) + beside, "Wilkinson's");
      expect_eigh(s * (t == kFloat ? 1e35 : 1e305), "huge");
      expect_eigh(s * (t == kFloat ? 1e-36 : 1e-300), "tiny");
    }
}

TEST(Spectrum, SingularVectorsMultiplyBack) {
  manual_seed(6);
  for (const ScalarType t : {kFloat, kDouble})
    for (const int64_t n : kSizes)
      for (const int64_t m : {n, n + 1, 2 * n + 3}) {
        const Tensor x = randn({m, n}, t), grades = pow(10.0, arange(n, t) * (-30.0 / static_cast<double>(n)));
        expect_svd(randn({2, m, n}, t), "random");
        expect_svd(mT(x), "wide");
        expect_svd(ones({m, n}, t), "rank one");
        expect_svd(zeros({m, n}, t), "zero");
        expect_svd(matmul(randn({m, (n + 2) / 3}, t), randn({(n + 2) / 3, n}, t)), "of low rank");
        expect_svd(x * grades, "graded");
        expect_svd(x * grades.flip({0}), "graded upwards");
        Tensor holes = (2 * x).round();
        holes.narrow(1, n / 2, 1).zero_();
        expect_svd(holes, "with a column of zeros");
        expect_svd(eye(m, n, t) + eye(m, n + 1, t).narrow(1, 1, n), "a Jordan block");
        expect_svd(eye(m, n, t) * arange(n, t).remainder(3) + eye(m, n + 1, t).narrow(1, 1, n), "zeros between");
        expect_svd(x * (t == kFloat ? 1e35 : 1e305), "huge");
        expect_svd(x * (t == kFloat ? 1e-36 : 1e-300), "tiny");
      }
}

TEST(Spectrum, DiagonalsAreExact) {
  const Tensor d = tensor({3., 1e-20, 0., 7., 1e-3, 3.});
  for (const ScalarType t : {kFloat, kDouble}) {
    const Tensor a = diag(d.to(t));
    EXPECT_TRUE(linalg_eigvalsh(a).equal(std::get<0>(d.to(t).sort())));
    EXPECT_TRUE(linalg_svdvals(a.neg()).equal(std::get<0>(d.to(t).sort(0, true))));
    EXPECT_TRUE(std::get<1>(linalg_svd(a)).equal(linalg_svdvals(a)));
  }
}

/// Eigenvalues known in closed form: 2 - 2 cos(k pi / (n + 1)).
TEST(Spectrum, SecondDifferences) {
  const int64_t n = 200;
  const Tensor beside = diag(ones({n - 1}, kDouble), 1), a = 2 * one(n) - beside - mT(beside);
  const Tensor want = 2 - 2 * (arange(1, n + 1, kDouble) * (M_PI / static_cast<double>(n + 1))).cos();
  EXPECT_LT(largest(linalg_eigvalsh(a).sub(want)), 1e-14);
  EXPECT_LT(largest(linalg_svdvals(a).sub(want.flip({0}))), 1e-14);
}

TEST(Spectrum, EmptyAndNotFinite) {
  for (const ScalarType t : {kFloat, kDouble}) {
    EXPECT_EQ(linalg_eigvalsh(empty({0, 0}, t)).sizes(), IntArrayRef({0}));
    EXPECT_EQ(std::get<1>(linalg_eigh(empty({2, 0, 0}, t))).sizes(), IntArrayRef({2, 0, 0}));
    const auto [u, s, vt] = linalg_svd(empty({3, 0}, t), true);
    EXPECT_TRUE(u.equal(eye(3, t)));
    EXPECT_EQ(s.numel() + vt.numel(), 0);
    for (const double bad : {std::nan(""), HUGE_VAL}) {
      Tensor x = randn({2, 20, 20}, t);
      x[1][15][3] = bad;
      EXPECT_THROWS_WITH(linalg_eigh(x), "(Batch element 1): The algorithm failed to converge");
      EXPECT_NO_THROW(linalg_eigh(x, "U"));
      EXPECT_THROWS_WITH(linalg_svd(x), "contained non-finite values");
    }
  }
}

/// Neither threads nor the rest of a batch change a result.
TEST(Spectrum, BatchesAndThreads) {
  manual_seed(7);
  const Tensor x = randn({40, 20, 20}), s = x + mT(x);
  const int threads = get_num_threads();
  const auto [w, v] = linalg_eigh(s);
  const auto [u, sigma, vt] = linalg_svd(x);
  set_num_threads(3);
  EXPECT_TRUE(std::get<1>(linalg_eigh(s)).equal(v));
  EXPECT_TRUE(std::get<0>(linalg_svd(x)).equal(u));
  set_num_threads(threads);
  EXPECT_TRUE(std::get<1>(linalg_eigh(s[17])).equal(v[17]));
  EXPECT_TRUE(std::get<2>(linalg_svd(x[17])).equal(vt[17]));
}

}  // namespace
