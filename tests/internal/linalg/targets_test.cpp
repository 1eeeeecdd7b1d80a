// The inner loops of the decompositions for every instruction set, against plain ones, and what is made of them.
#include <gtest/gtest.h>
#include <lampas/lampas.h>

#include <cmath>
#include <random>
#include <vector>

#include "internal/math/kernels_under_test.h"
#include "ops/linalg_vectors.h"

namespace {

using namespace lampas;

template <class T>
std::vector<T> values(int64_t n, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  std::vector<T> v(static_cast<size_t>(n));
  for (T& x : v) x = static_cast<T>(normal(random));
  return v;
}
template <class T>
constexpr double kEps = sizeof(T) == 4 ? 1.2e-7 : 2.3e-16;

template <class T>
class LinalgVectors : public testing::Test {};
using Floats = testing::Types<float, double>;
TYPED_TEST_SUITE(LinalgVectors, Floats);

TYPED_TEST(LinalgVectors, AgreeWithPlainLoops) {
  using T = TypeParam;
  test::for_each_target([](const char* target) {
    const auto& kernels = cpu::vector_kernels<T>;
    for (const int64_t n : {1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 33, 70})
      for (const int64_t count : {1, 2, 3, 4, 7, 8, 9, 13}) {
        SCOPED_TRACE(testing::Message() << target << " n " << n << " count " << count);
        const int64_t ld = n + 3;
        const double tolerance = 8 * kEps<T> * static_cast<double>(n + count);
        const auto rows = values<T>(std::max(count, n) * ld, 1), x = values<T>(n, 2), f = values<T>(count, 3);
        const auto at = [&](int64_t r, int64_t i) {
          return static_cast<double>(rows[static_cast<size_t>(r * ld + i)]);
        };
        const auto of = [](const std::vector<T>& v, int64_t i) {
          return static_cast<double>(v[static_cast<size_t>(i)]);
        };
        std::vector<T> out(static_cast<size_t>(count)), y = values<T>(n + 1, 4);
        kernels.dots(rows.data(), ld, count, x.data(), n, out.data());
        for (int64_t r = 0; r < count; ++r) {
          double sum = 0;
          for (int64_t i = 0; i < n; ++i) sum += at(r, i) * of(x, i);
          EXPECT_NEAR(of(out, r), sum, tolerance);
        }
        const auto before = y;
        kernels.combine(rows.data(), ld, count, f.data(), n, y.data());
        for (int64_t i = 0; i < n; ++i) {
          double sum = of(before, i);
          for (int64_t r = 0; r < count; ++r) sum += of(f, r) * at(r, i);
          EXPECT_NEAR(of(y, i), sum, tolerance);
        }
        kernels.symmetric(rows.data(), ld, n, x.data(), y.data());
        for (int64_t i = 0; i < n; ++i) {
          double sum = 0;
          for (int64_t j = 0; j < n; ++j) sum += at(std::min(i, j), std::max(i, j)) * of(x, j);
          EXPECT_NEAR(of(y, i), sum, tolerance);
        }
        EXPECT_EQ(y.back(), before.back()) << "past the end";
        // Rows from the last one backwards.
        auto turned = rows;
        const std::vector<T> c(out.size(), T(0.6)), s(out.size(), T(0.8));
        const int64_t last = std::min(count, n) - 1;
        kernels.rotate(turned.data() + last * ld, -ld, last, c.data(), s.data(), n);
        for (int64_t i = 0; i < n; ++i) {
          double carried = at(last, i);
          for (int64_t r = last; r > 0; --r) {
            EXPECT_NEAR(of(turned, r * ld + i), 0.6 * carried + 0.8 * at(r - 1, i), tolerance);
            carried = 0.6 * at(r - 1, i) - 0.8 * carried;
          }
          EXPECT_NEAR(of(turned, i), carried, tolerance);
        }
      }
  });
}

/// A reflection applied to the vector it was made for gives (beta, 0, ...), whatever the magnitude.
TYPED_TEST(LinalgVectors, ReflectionsReflect) {
  using T = TypeParam;
  const std::vector<double> scales = sizeof(T) == 4 ? std::vector<double>{1, 1e-44, 1e-30, 1e35}
                                                    : std::vector<double>{1, 1e-322, 1e-200, 1e-140, 1e140, 1e300};
  test::for_each_target([&](const char* target) {
    const auto& kernels = cpu::vector_kernels<T>;
    for (const double scale : scales)
      for (const int64_t n : {1, 2, 5, 9, 17, 40}) {
        SCOPED_TRACE(testing::Message() << target << " n " << n << " scale " << scale);
        auto x = values<T>(n, 6);
        for (T& e : x) e = static_cast<T>(static_cast<double>(e) * scale);
        auto v = x;
        const T tau = kernels.reflect(v.data(), n);
        const double beta = static_cast<double>(v[0]), tiny = sizeof(T) == 4 ? 1e-44 : 1e-322;
        kernels.apply(v.data(), tau, n, x.data(), 1, n);
        EXPECT_NEAR(static_cast<double>(x[0]), beta, std::abs(beta) * kEps<T> * 40 + 4 * tiny);
        for (size_t i = 1; i < x.size(); ++i)
          EXPECT_NEAR(static_cast<double>(x[i]), 0, std::abs(beta) * kEps<T> * 40 + 4 * tiny);
        // tau = 2 / v^T v, or the reflection is none.
        double length = 1;
        for (size_t i = 1; i < v.size(); ++i) length += static_cast<double>(v[i]) * static_cast<double>(v[i]);
        if (tau != 0) {
          EXPECT_NEAR(static_cast<double>(tau) * length, 2, 40 * kEps<T>);
        }
      }
    std::vector<T> zeros(5), bad = values<T>(5, 7);
    EXPECT_EQ(kernels.reflect(zeros.data(), 5), 0);
    bad[3] = static_cast<T>(NAN);
    EXPECT_TRUE(std::isnan(kernels.reflect(bad.data(), 5)));
  });
}

/// Roots between the poles; weights that make them exact; vectors that are orthonormal.
TEST(Secular, RootsInterlace) {
  test::for_each_target([](const char* target) {
    for (const bool squared : {false, true})
      for (const int64_t n : {1, 2, 3, 5, 8, 9, 17, 40}) {
        SCOPED_TRACE(testing::Message() << target << " n " << n << (squared ? " squared" : ""));
        const auto size = static_cast<size_t>(n);
        std::vector<double> d(size), w(size), pole(size), offset(size), found(size), work(size), vectors(size * size);
        std::mt19937 random(8);
        std::uniform_real_distribution<double> uniform;
        for (size_t i = 0; i < size; ++i) {
          // Gaps and weights of very different sizes.
          d[i] = i == 0 ? (squared ? 0 : -1) : d[i - 1] + std::pow(10, -10 * uniform(random));
          w[i] = std::pow(10, -20 * uniform(random));
        }
        const cpu::Secular e{n, d.data(), w.data(), squared, pole.data(), offset.data()};
        cpu::secular_kernels.roots(e, 0, n);
        // They do not depend on which are found together.
        const auto pole_before = pole, offset_before = offset;
        for (int64_t i = 0; i < n; i += 3) cpu::secular_kernels.roots(e, i, std::min(n, i + 3));
        EXPECT_EQ(pole, pole_before);
        EXPECT_EQ(offset, offset_before);
        for (size_t i = 0; i < size; ++i) {
          const double root = squared ? pole[i] * pole[i] + offset[i] : pole[i] + offset[i];
          const auto position = [&](size_t j) { return squared ? d[j] * d[j] : d[j]; };
          EXPECT_GE(root, position(i));
          if (i + 1 < size) {
            EXPECT_LE(root, position(i + 1));
          }
        }
        cpu::secular_kernels.weights(e, found.data());
        for (size_t i = 0; i < size; ++i) EXPECT_NEAR(found[i] / w[i], 1, 1e-9);
        std::vector<double> z(size);
        for (size_t i = 0; i < size; ++i) z[i] = std::sqrt(found[i]);
        for (const bool left : {false, true}) {
          if (left && !squared) continue;
          for (int64_t i = 0; i < n; ++i)
            cpu::secular_kernels.vector_f64(e, d.data(), z.data(), i, left ? 0 : -1, work.data(),
                                            vectors.data() + i * n);
          for (size_t i = 0; i < size; ++i)
            for (size_t j = 0; j <= i; ++j) {
              double dot = 0;
              for (size_t k = 0; k < size; ++k) dot += vectors[i * size + k] * vectors[j * size + k];
              EXPECT_NEAR(dot, i == j, 1e-14 * static_cast<double>(n)) << i << " " << j << left;
            }
        }
      }
  });
}

TEST(Spectrum, EveryInstructionSet) {
  manual_seed(9);
  test::for_each_target([](const char* target) {
    for (const ScalarType t : {kFloat, kDouble})
      for (const int64_t n : {5, 16, 37, 70}) {
        SCOPED_TRACE(testing::Message() << target << " " << n);
        const double tolerance = 10 * static_cast<double>(n) * (t == kFloat ? 1.2e-7 : 2.3e-16);
        const Tensor x = randn({n + 3, n}, t), s = matmul(x.t(), x);
        const auto [w, v] = linalg_eigh(s);
        EXPECT_TRUE(matmul(v * w, v.t()).sub(s).abs().le(tolerance * w.max()).all().item<bool>());
        const auto [u, sigma, vt] = linalg_svd(x, false);
        EXPECT_TRUE(matmul(u * sigma, vt).sub(x).abs().le(tolerance * sigma.max()).all().item<bool>());
        EXPECT_TRUE(sigma.square().flip({0}).sub(w).abs().le(tolerance * w.max()).all().item<bool>());
      }
  });
}

}  // namespace
