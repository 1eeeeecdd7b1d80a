// Special functions of math_gamma_cpu.cpp, math_bessel_cpu.cpp, special_vector_cpu.cpp and logit, against identities
// and independent formulas.
#include "ops/special.h"

#include <gtest/gtest.h>

#include <cmath>
#include <iterator>

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
  return s + logl(y) - 1 / (2 * y) - 1 / (12 * y * y) + 1 / (120 * powl(y, 4)) - 1 / (252 * powl(y, 6));
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
/// By sums for x > 0, around the zero by its series there; by reflection below 0.
Real digamma_reference(Real x) {
  const Real from_zero = x - 1.461632144968362245762705242668744176626L - 9.549995429965697715184e-17L;
  if (fabsl(from_zero) < 0.05L) {
    constexpr Real series[] = {0.9676722454476211704274L,   -0.4427631689835921060929L,  0.2584997609556510106244L,
                               -0.1639427054424065275043L,  0.1078240506912623657572L,   -0.07219956125645471092612L,
                               0.04880428816414310722509L,  -0.03316112647484735929226L, 0.02259764823221810465962L,
                               -0.0154247659049489591388L,  0.01053879161661217538812L,  -0.00720453438635686824097L,
                               0.004926781395729853446354L, -0.003369801655439328082793L};
    Real y = 0;
    for (int k = std::size(series) - 1; k >= 0; --k) y = (y + series[k]) * from_zero;
    return y;
  }
  if (x == 0) return copysignl(INFINITY, -x);
  if (x < 0) return x == floorl(x) ? NAN : digamma_reference(1 - x) - kPi / tanl(kPi * (x - roundl(x)));
  return x < 1e6L ? digamma_sum(x) : logl(x) - 1 / (2 * x) - 1 / (12 * x * x);
}

/// At most `bound` ULP for x > 0, also next to the zero; for x < 0 `rounding` ULP of a result with an absolute error of
/// `slack` or, where it is large, as much of itself.
template <class T>
void check_gamma(const Kernel<PointwiseFn>& kernel, Real (*reference)(Real), double zero, double bound, double rounding,
                 Real slack) {
  std::vector<T> x = samples<T>(-12, 12, 20000);
  std::mt19937_64 rng(3);
  std::uniform_real_distribution<double> uniform(0, 1);
  for (double c : {0.5, 0.625, 0.75, 0.875, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 7.0, 8.0, zero})
    for (int i = 0; i < 500; ++i)
      x.push_back(
          static_cast<T>(c * (1 + (uniform(rng) - 0.5) * std::exp2(-std::numeric_limits<T>::digits * uniform(rng)))));
  for (int i = 0; i < 20000; ++i) x.push_back(static_cast<T>(1.2 * uniform(rng)));
  std::vector<Real> want;
  for (T v : x) want.push_back(reference(v));
  for_each_target([&](const char* target) {
    const std::vector<T> y = run_kernel(kernel, std::vector<std::vector<T>>{x});
    double worst = 0;
    for (size_t i = 0; i < x.size(); ++i) {
      double error = ulp_error(y[i], want[i]), limit = bound;
      if (x[i] < 0 && std::isfinite(want[i]))
        limit = rounding + static_cast<double>(slack * std::max(1.0L, fabsl(want[i])) / unit<T>(want[i]));
      else
        worst = std::max(worst, error);
      EXPECT_LE(error, limit) << kernel.name() << " " << target << " at " << x[i] << ": " << y[i];
      if (error > limit) break;
    }
    if (std::getenv("LAMPAS_PRINT_ULP"))
      printf("%-16s %-7s %s %.3f ULP for x > 0\n", kernel.name(), target, sizeof(T) == 4 ? "f32" : "f64", worst);
  });
}
TEST(Special, BoundsOfLgammaAndDigamma) {
  const auto log_gamma = [](Real x) { return lgammal(x); };
  constexpr double zero = 1.46163214496836234126;  // of digamma
  check_gamma<float>(lgamma_kernel, log_gamma, 2, 2, 0.501, 3e-14L);
  check_gamma<float>(digamma_kernel, &digamma_reference, zero, 2, 0.501, 3e-14L);
  check_gamma<double>(lgamma_kernel, log_gamma, 2, 8, 10, 0);
  check_gamma<double>(digamma_kernel, &digamma_reference, zero, 8, 1, 4e-15L);
}
TEST(Special, Trigamma) {
  for_each_target([](const char* target) {
    EXPECT_NEAR(one(trigamma_kernel, 1), 1.6449340668482264365, 3e-15) << target;
    for (Real x = -8.37L; x < 40; x += 0.173L) {
      const double v = static_cast<double>(x);
      const Real s = sinl(kPi * (v - roundl(v)));
      const Real want = v > 0 ? trigamma_sum(v) : kPi * kPi / (s * s) - trigamma_sum(1 - v);
      EXPECT_NEAR(one(trigamma_kernel, v) / static_cast<double>(want), 1, 4e-15) << target << " " << v;
    }
    EXPECT_NEAR(one(trigamma_kernel, 1e-150) * 1e-300, 1, 4e-15) << target;
    EXPECT_NEAR(one(trigamma_kernel, 1e20) * 1e20, 1, 4e-15) << target;
    EXPECT_EQ(one(trigamma_kernel, 1e-160), inf) << target;
    EXPECT_EQ(one(trigamma_kernel, 0), inf) << target;
    EXPECT_EQ(one(trigamma_kernel, -2), inf) << target;
    EXPECT_EQ(one(trigamma_kernel, inf), 0) << target;
    EXPECT_TRUE(std::isnan(one(trigamma_kernel, -inf))) << target;
    EXPECT_TRUE(std::isnan(one(trigamma_kernel, NAN))) << target;
  });
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
  const double numbers[] = {-600.0, -30.0, -3.0,  -0.25, 1e-9,  0.25, 1.0,   4.0,  7.5,
                            15.99,  16.0,  16.01, 20.0,  24.25, 45.0, 100.0, 700.0};
  std::vector<Real> zeroth, first;
  for (double x : numbers) zeroth.push_back(bessel_integral(0, x)), first.push_back(bessel_integral(1, x));
  const auto relative = [](double y, Real want) { return static_cast<double>(fabsl(y / want - 1)); };
  for_each_target([&](const char* target) {
    for (size_t i = 0; i < std::size(numbers); ++i) {
      const double x = numbers[i];
      const Real scale = expl(-fabsl(static_cast<Real>(x)));
      // What the integral of order 1 loses for small numbers.
      const double rest = 1e-18 / std::min(1.0, std::abs(x));
      EXPECT_LE(relative(one(i0_kernel, x), zeroth[i]), 2e-15) << target << " " << x;
      EXPECT_LE(relative(one(i1_kernel, x), first[i]), 2e-15 + rest) << target << " " << x;
      EXPECT_LE(relative(one(i0e_kernel, x), zeroth[i] * scale), 2e-15) << target << " " << x;
      EXPECT_LE(relative(one(i1e_kernel, x), first[i] * scale), 2e-15 + rest) << target << " " << x;
    }
    EXPECT_EQ(one(i0_kernel, 0), 1) << target;
    EXPECT_EQ(one(i1_kernel, -0.0), 0) << target;
    EXPECT_TRUE(std::signbit(one(i1_kernel, -0.0))) << target;
    // e^713 is beyond the largest double, its Bessel function is not.
    EXPECT_NEAR(one(i0_kernel, 713) / 1.7e308, 0.42, 0.3) << target;
    EXPECT_EQ(one(i0_kernel, 715), inf) << target;
    EXPECT_EQ(one(i0_kernel, -inf), inf) << target;
    EXPECT_EQ(one(i1_kernel, -inf), -inf) << target;
    EXPECT_EQ(one(i0e_kernel, inf), 0) << target;
    EXPECT_EQ(one(i1e_kernel, -inf), 0) << target;
    EXPECT_TRUE(std::isnan(one(i0_kernel, NAN))) << target;
    EXPECT_TRUE(std::isnan(one(i1e_kernel, NAN))) << target;
  });
}
/// e^x times the function of the second kind: the integral of e^(x (1 - cosh t)) cosh(order t) from 0 on, by the same
/// rule.
Real second_kind_integral(int order, Real x) {
  Real s = 0.5L;
  for (int k = 1;; ++k) {
    const Real t = k / 256.0L, exponent = x * (1 - coshl(t));
    if (exponent < -60) return s / 256;
    s += expl(exponent) * coshl(order * t);
  }
}
TEST(Special, BesselOfSecondKind) {
  const auto relative = [](double y, Real want) { return static_cast<double>(fabsl(y / want - 1)); };
  for_each_target([&](const char* target) {
    for (double x : {1e-200, 1e-9, 0.01, 0.3, 1.0, 1.7, 1.999, 2.0, 2.001, 3.5, 8.0, 30.0, 600.0}) {
      const Real zeroth = second_kind_integral(0, x), first = second_kind_integral(1, x), scale = expl(-x);
      EXPECT_LE(relative(one(bessel_k0e_kernel, x), zeroth), 3e-15) << target << " " << x;
      EXPECT_LE(relative(one(bessel_k1e_kernel, x), first), 3e-15) << target << " " << x;
      EXPECT_LE(relative(one(bessel_k0_kernel, x), zeroth * scale), 3e-15) << target << " " << x;
      EXPECT_LE(relative(one(bessel_k1_kernel, x), first * scale), 3e-15) << target << " " << x;
    }
    for (const auto* kernel : {&bessel_k0_kernel, &bessel_k1_kernel, &bessel_k0e_kernel, &bessel_k1e_kernel}) {
      EXPECT_EQ(one(*kernel, 0), inf) << target;
      EXPECT_EQ(one(*kernel, inf), 0) << target;
      EXPECT_TRUE(std::isnan(one(*kernel, -1))) << target;
      EXPECT_TRUE(std::isnan(one(*kernel, -inf))) << target;
      EXPECT_TRUE(std::isnan(one(*kernel, NAN))) << target;
    }
  });
}
/// float32 is the float64 function, rounded once.
TEST(Special, FloatsOfDoubleKernels) {
  const std::vector<float> x = samples<float>(-20, 20, 3000);
  const std::vector<double> wide(x.begin(), x.end());
  for_each_target([&](const char* target) {
    for (const auto* kernel :
         {&trigamma_kernel, &i0_kernel, &i0e_kernel, &i1_kernel, &i1e_kernel, &bessel_k0_kernel, &bessel_k1e_kernel}) {
      const std::vector<float> y = run_kernel(*kernel, std::vector<std::vector<float>>{x});
      const std::vector<double> want = run_kernel(*kernel, std::vector<std::vector<double>>{wide});
      for (size_t i = 0; i < x.size(); ++i)
        ASSERT_TRUE(y[i] == static_cast<float>(want[i]) || (std::isnan(y[i]) && std::isnan(want[i])))
            << kernel->name() << " " << target << " at " << x[i] << ": " << y[i];
    }
  });
}

/// y < 0 with distribution function p < 1/2.
Real lower_ndtri(Real p) {
  Real y = p > 0.2L ? (p - 0.5L) * 2.5L : -sqrtl(-2 * logl(p));
  for (int k = 0; k < 60; ++k) {
    const Real cdf = 0.5L * erfcl(-y * 0.70710678118654752440084436210484903928L);
    y -= cdf * logl(cdf / p) / (0.39894228040143267793994605993438186848L * expl(-0.5L * y * y));
  }
  return y;
}
TEST(Special, EntrAndNdtri) {
  std::vector<float> x = samples<float>(0, 1, 3000);
  for (int k = 1; k < 2000; ++k) x.push_back(std::exp2(-0.07f * static_cast<float>(k)));
  std::vector<Real> entropy, normal;
  for (Real v : x) {
    entropy.push_back(v > 0 ? -v * logl(v) : v == 0 ? 0 : v < 0 ? -INFINITY : NAN);
    normal.push_back(v > 0 && v < 0.5L ? lower_ndtri(v)
                     : v == 0.5L       ? 0
                     : v > 0 && v < 1  ? -lower_ndtri(1 - v)
                     : v == 0          ? -INFINITY
                     : v == 1          ? INFINITY
                                       : NAN);
  }
  for_each_target([&](const char* target) {
    const std::vector<float> e = run_kernel(entr_kernel, std::vector<std::vector<float>>{x});
    const std::vector<float> n = run_kernel(ndtri_kernel, std::vector<std::vector<float>>{x});
    for (size_t i = 0; i < x.size(); ++i) {
      ASSERT_LE(ulp_error(e[i], entropy[i]), 2.5) << target << " at " << x[i] << ": " << e[i];
      ASSERT_LE(ulp_error(n[i], normal[i]), 2.5) << target << " at " << x[i] << ": " << n[i];
    }
  });
  for (double p : {1e-300, 1e-20, 1e-5, 0.02, 0.3, 0.49, 0.7, 0.99}) {
    const Real want = p < 0.5 ? lower_ndtri(p) : -lower_ndtri(1 - static_cast<Real>(p));
    EXPECT_NEAR(one(ndtri_kernel, p) / static_cast<double>(want), 1, 1e-14) << p;
    EXPECT_NEAR(one(entr_kernel, p) / (-p * std::log(p)), 1, 1e-15) << p;
  }
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
