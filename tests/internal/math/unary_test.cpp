// The unary kernels against long double references: the error bounds their comments state, on every instruction set.
#include <gtest/gtest.h>

#include <cmath>

#include "kernels_under_test.h"
#include "ops/math.h"

namespace lampas::test {
namespace {

struct Case {
  const char* name;
  Kernel<PointwiseFn>* kernel;
  long double (*reference)(long double);
  double bound_f, bound_d;  // ULP
  double low, high;         // where values are interesting
};

long double sigmoid_reference(long double x) { return x < 0 ? expl(x) / (1 + expl(x)) : 1 / (1 + expl(-x)); }

long double sinc_reference(long double x) {
  if (x == 0) return 1;
  const long double q = roundl(x), r = x - q, pi = 3.14159265358979323846264338327950288L;
  return (fmodl(q, 2) == 0 ? sinl(pi * r) : -sinl(pi * r)) / (pi * x);
}
long double erfinv_reference(long double x) {
  const long double a = fabsl(x);
  if (!(a < 1)) return a == 1 ? copysignl(INFINITY, x) : NAN;
  if (a < 1e-9L) return x * 0.886226925452758013649083741670572591L;
  // Newton's method on erf, or on erfc near 1; from the left of the root the steps overshoot once, then converge.
  long double y = a < 0.7L ? a : sqrtl(-logl(1 - a));
  for (int i = 0; i < 60; ++i) {
    const long double e = a < 0.7L ? erfl(y) - a : (1 - a) - erfcl(y);
    y -= e / (1.12837916709551257389615890312154517L * expl(-y * y));
  }
  return copysignl(y, x);
}

const Case cases[] = {
    {"exp", &exp_kernel, &expl, 1, 1, -105, 90},
    {"exp_d", &exp_kernel, &expl, 1, 1, -746, 711},
    {"exp2", &exp2_kernel, &exp2l, 1.5, 1.5, -151, 129},
    {"expm1", &expm1_kernel, &expm1l, 2, 2, -20, 90},
    {"expm1_near_0", &expm1_kernel, &expm1l, 2, 2, -2, 2},
    {"log", &log_kernel, &logl, 1.1, 1, 0, 3},
    {"log2", &log2_kernel, &log2l, 2, 2, 0, 3},
    {"log10", &log10_kernel, &log10l, 2, 2, 0, 3},
    {"log1p", &log1p_kernel, &log1pl, 2, 2, -1, 3},
    {"sigmoid", &sigmoid_kernel, &sigmoid_reference, 2.5, 2.5, -105, 40},
    {"sigmoid_near_0", &sigmoid_kernel, &sigmoid_reference, 2.5, 2.5, -5, 5},
    {"sinh", &sinh_kernel, &sinhl, 2, 2, -90, 90},
    {"sinh_near_0", &sinh_kernel, &sinhl, 2, 2, -2, 2},
    {"cosh", &cosh_kernel, &coshl, 2, 2, -90, 90},
    {"tanh", &tanh_kernel, &tanhl, 2, 2, -10, 10},
    {"tanh_near_0", &tanh_kernel, &tanhl, 2, 2, -1, 1},
    {"asinh", &asinh_kernel, &asinhl, 3, 3, -5, 5},
    {"acosh", &acosh_kernel, &acoshl, 3, 3, 1, 5},
    {"atanh", &atanh_kernel, &atanhl, 3, 3, -1, 1},
    {"sin", &sin_kernel, &sinl, 2, 2, -1000, 1000},
    {"sin_near_0", &sin_kernel, &sinl, 2, 2, -7, 7},
    {"sin_far", &sin_kernel, &sinl, 2, 2, -40000, 40000},
    {"cos", &cos_kernel, &cosl, 2, 2, -7, 7},
    {"cos_far", &cos_kernel, &cosl, 2, 2, -2e9, 2e9},
    {"tan", &tan_kernel, &tanl, 4, 4, -7, 7},
    {"tan_far", &tan_kernel, &tanl, 4, 4, -40000, 40000},
    {"asin", &asin_kernel, &asinl, 3, 3, -1, 1},
    {"acos", &acos_kernel, &acosl, 3, 3, -1, 1},
    {"atan", &atan_kernel, &atanl, 2, 2, -3, 3},
    {"sinc", &sinc_kernel, &sinc_reference, 4, 4, -5, 5},
    {"erf", &erf_kernel, &erfl, 2, 2, -4, 4},
    {"erf_near_0", &erf_kernel, &erfl, 2, 2, -1.2, 1.2},
    {"erfc", &erfc_kernel, &erfcl, 8, 12, -4, 11},
    {"erfc_far", &erfc_kernel, &erfcl, 8, 12, -1, 28},
    {"erfinv", &erfinv_kernel, &erfinv_reference, 2, 4, -1, 1},
};

template <class T>
void check_bound(const Case& c, double bound, int n) {
  const std::vector<T> x = samples<T>(c.low, c.high, n);
  std::vector<long double> want(x.size());
  for (size_t i = 0; i < x.size(); ++i) want[i] = c.reference(x[i]);
  for_each_target([&](const char* target) {
    const std::vector<T> y = run_kernel(*c.kernel, std::vector<std::vector<T>>{x});
    double worst = 0;
    size_t at = 0;
    for (size_t i = 0; i < x.size(); ++i) {
      const double e = ulp_error(y[i], want[i]);
      if (e > worst) worst = e, at = i;
      if (x[i] == 0 && want[i] == want[i]) {
        EXPECT_EQ(std::signbit(y[i]), std::signbit(want[i])) << c.name << " " << target << " at " << x[i];
      }
    }
    if (std::getenv("LAMPAS_PRINT_ULP"))
      printf("%-16s %-7s %s %.3f ULP at %a\n", c.name, target, sizeof(T) == 4 ? "f32" : "f64", worst, double(x[at]));
    EXPECT_LE(worst, bound) << c.name << " " << target << ": f(" << x[at] << ") = " << y[at] << ", should be "
                            << static_cast<double>(want[at]);
  });
}

TEST(UnaryMath, FloatBounds) {
  for (const Case& c : cases)
    check_bound<float>(c, c.bound_f, getenv("LAMPAS_SAMPLES") ? atoi(getenv("LAMPAS_SAMPLES")) : 60000);
}
TEST(UnaryMath, DoubleBounds) {
  for (const Case& c : cases)
    check_bound<double>(c, c.bound_d, getenv("LAMPAS_SAMPLES") ? atoi(getenv("LAMPAS_SAMPLES")) : 40000);
}

}  // namespace
}  // namespace lampas::test
