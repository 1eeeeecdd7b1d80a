// Special functions of math_special_cpu.cpp and logit, against identities and independent formulas.
#include <gtest/gtest.h>

#include <cmath>

#include "kernels_under_test.h"
#include "ops/math.h"

namespace lampas::test {
namespace {

using Real = long double;
constexpr Real kPi = 3.14159265358979323846264338327950288L;

double one(const Kernel<PointwiseFn>& kernel, double x, const void* params = nullptr) {
  return run_kernel(kernel, std::vector<std::vector<double>>{{x}}, params)[0];
}
constexpr double inf = std::numeric_limits<double>::infinity();

/// sum over k of (-1)^(n+1) n! / (x + k)^(n+1) by Euler-Maclaurin from k = 200 on: polygamma(n, x) for n = 1.
Real trigamma_sum(Real x) {
  Real s = 0;
  for (int k = 0; k < 200; ++k) s += 1 / ((x + k) * (x + k));
  const Real y = x + 200;
  return s + 1 / y + 1 / (2 * y * y) + 1 / (6 * y * y * y) - 1 / (30 * powl(y, 5));
}
Real digamma_sum(Real x) {
  Real s = 0;
  for (int k = 0; k < 200; ++k) s -= 1 / (x + k);
  const Real y = x + 200;
  return s + logl(y) - 1 / (2 * y) - 1 / (12 * y * y) + 1 / (120 * powl(y, 4));
}

TEST(Special, Digamma) {
  EXPECT_NEAR(one(digamma_kernel, 1), -0.57721566490153286061, 1e-15);
  EXPECT_NEAR(one(digamma_kernel, 0.5), -1.9635100260214234794, 2e-15);
  for (Real x = -8.37L; x < 40; x += 0.173L) {
    const double v = static_cast<double>(x);
    const Real want = v > 0 ? digamma_sum(v) : digamma_sum(1 - v) - kPi / tanl(kPi * (v - roundl(v)));
    EXPECT_NEAR(one(digamma_kernel, v), static_cast<double>(want),
                4e-15 * std::max(1.0, std::abs(static_cast<double>(want))))
        << v;
  }
  EXPECT_NEAR(one(digamma_kernel, 1e30), 69.077552789821370521, 1e-13);
  EXPECT_EQ(one(digamma_kernel, 0.0), -inf);
  EXPECT_EQ(one(digamma_kernel, -0.0), inf);
  EXPECT_EQ(one(digamma_kernel, inf), inf);
  EXPECT_TRUE(std::isnan(one(digamma_kernel, -3)));
  EXPECT_TRUE(std::isnan(one(digamma_kernel, -inf)));
  EXPECT_TRUE(std::isnan(one(digamma_kernel, NAN)));
}
TEST(Special, Trigamma) {
  EXPECT_NEAR(one(trigamma_kernel, 1), 1.6449340668482264365, 3e-15);
  for (Real x = -8.37L; x < 40; x += 0.173L) {
    const double v = static_cast<double>(x);
    const Real s = sinl(kPi * (v - roundl(v)));
    const Real want = v > 0 ? trigamma_sum(v) : kPi * kPi / (s * s) - trigamma_sum(1 - v);
    EXPECT_NEAR(one(trigamma_kernel, v) / static_cast<double>(want), 1, 4e-15) << v;
  }
  EXPECT_EQ(one(trigamma_kernel, 0), inf);
  EXPECT_EQ(one(trigamma_kernel, -2), inf);
  EXPECT_TRUE(std::isnan(one(trigamma_kernel, NAN)));
}
TEST(Special, Lgamma) {
  for (double x : {0.1, 0.5, 1.0, 1.5, 2.0, 3.25, 10.0, 171.0, 1e10, -0.5, -2.25, 1e-300})
    EXPECT_NEAR(one(lgamma_kernel, x), static_cast<double>(lgammal(x)),
                4e-16 * std::abs(static_cast<double>(lgammal(x))))
        << x;
  EXPECT_EQ(one(lgamma_kernel, -3), inf);
  EXPECT_EQ(one(lgamma_kernel, 0), inf);
  EXPECT_EQ(one(lgamma_kernel, -inf), inf);
}

/// (1/pi) integral of e^(x cos t) cos(order t) over [0, pi] by the trapezoidal rule, which converges geometrically
/// here.
Real bessel_integral(int order, Real x) {
  const int n = 400;
  Real s = 0;
  for (int i = 0; i <= n; ++i) {
    const Real t = kPi * i / n, w = i == 0 || i == n ? 0.5L : 1.0L;
    s += w * expl(x * cosl(t)) * cosl(order * t);
  }
  return s / n;
}
TEST(Special, Bessel) {
  for (double x : {-600.0, -30.0, -3.0, -0.25, 0.25, 1.0, 7.5, 19.99, 20.0, 20.01, 45.0, 100.0, 700.0}) {
    EXPECT_NEAR(one(i0_kernel, x) / static_cast<double>(bessel_integral(0, x)), 1, 2e-15) << x;
    EXPECT_NEAR(one(i1_kernel, x) / static_cast<double>(bessel_integral(1, x)), 1, 2e-14 / std::min(1.0, std::abs(x)))
        << x;
  }
  EXPECT_EQ(one(i0_kernel, 0), 1);
  EXPECT_EQ(one(i1_kernel, -0.0), 0);
  EXPECT_NEAR(one(i0_kernel, 713) / 1.7e308, 0.42,
              0.3);  // e^713 is beyond the largest double, its Bessel function is not
  EXPECT_EQ(one(i0_kernel, 715), inf);
  EXPECT_EQ(one(i0_kernel, -inf), inf);
  EXPECT_EQ(one(i1_kernel, -inf), -inf);
  EXPECT_TRUE(std::isnan(one(i0_kernel, NAN)));
}

template <class T>
void check_logit(const char* target) {
  const std::vector<T> x = samples<T>(0, 1, 20000);
  const std::vector<T> y = run_kernel(logit_kernel, std::vector<std::vector<T>>{x});
  for (size_t i = 0; i < x.size(); ++i) {
    const Real v = x[i], want = v > 0.25L && v < 0.75L ? log1pl((2 * v - 1) / (1 - v)) : logl(v / (1 - v));
    ASSERT_LE(ulp_error(y[i], want), 4) << target << " at " << x[i] << ": " << y[i];
  }
}
TEST(Special, Logit) {
  for_each_target([](const char* target) {
    check_logit<float>(target);
    check_logit<double>(target);
    const LogitParams eps{0.125};
    EXPECT_NEAR(one(logit_kernel, 0, &eps), std::log(0.125 / 0.875), 1e-15) << target;
    EXPECT_NEAR(one(logit_kernel, 2, &eps), std::log(0.875 / 0.125), 1e-15) << target;
    EXPECT_TRUE(std::isnan(one(logit_kernel, NAN, &eps))) << target;
    const LogitParams beyond_half{0.75};  // the lower bound is looked at first
    EXPECT_NEAR(one(logit_kernel, 0.5, &beyond_half), std::log(0.75 / 0.25), 1e-15) << target;
    EXPECT_NEAR(one(logit_kernel, 0.8, &beyond_half), std::log(0.25 / 0.75), 1e-15) << target;
  });
}

}  // namespace
}  // namespace lampas::test
