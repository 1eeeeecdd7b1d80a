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

const Case cases[] = {
    {"exp", &exp_kernel, &expl, 1, 1, -105, 90},
    {"exp_d", &exp_kernel, &expl, 1, 1, -746, 711},
    {"exp2", &exp2_kernel, &exp2l, 1.5, 1.5, -151, 129},
    {"expm1", &expm1_kernel, &expm1l, 2, 2, -20, 90},
    {"expm1_near_0", &expm1_kernel, &expm1l, 2, 2, -2, 2},
    {"log", &log_kernel, &logl, 1, 1, 0, 3},
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
      if (y[i] == 0 && want[i] == 0) {
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
