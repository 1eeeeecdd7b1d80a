// Activations and their derivatives against long double formulas, on every instruction set.
#include "ops/activation.h"

#include <gtest/gtest.h>

#include <cmath>

#include "kernels_under_test.h"

namespace lampas::test {
namespace {

using Real = long double;

/// What a kernel should give, and the size of the largest term it is summed from: the error's unit where terms cancel.
struct Want {
  Real value, largest;
  Real slack =
      0;  // steps of the smallest subnormal allowed: a factor that underflows, times what it is multiplied with
  Want(Real v) : value(v), largest(v) {}
  Want(Real v, Real l) : value(v), largest(l) {}
};

struct Case {
  const char* name;
  Kernel<PointwiseFn>* kernel;
  int inputs;                   // x; g and x (or y); ...
  Want (*want)(const Real* v);  // of the inputs
  double bound;                 // ULP of `largest`
  double low, high;             // range of the last input (of all others: -2 to 2)
  const void* params = nullptr;
  bool only_in_range = false;  // other inputs cannot occur
};

Real sigmoid(Real x) { return x < 0 ? expl(x) / (1 + expl(x)) : 1 / (1 + expl(-x)); }
Real slope(Real x) { return sigmoid(x) * sigmoid(-x); }
Real softplus(Real x) { return x > 0 ? x + log1pl(expl(-x)) : log1pl(expl(x)); }
Real cdf(Real x) { return 0.5L * erfcl(-x * 0.707106781186547524400844362104849039L); }
Real density(Real x) { return expl(-x * x / 2) * 0.398942280401432677939946059934381868L; }
/// tanh(softplus(x)); 1 - it for large x only loses what does not matter.
Real tanh_softplus(Real x) {
  if (x > 30) return 1;
  const Real e = expl(x), n = e * (e + 2);
  return n / (n + 2);
}
Want sum(Real a, Real b) { return {a + b, std::fabs(a) > std::fabs(b) ? a : b}; }
Want times(Real g, const Want& w) { return {g * w.value, g * w.largest}; }
/// A product of x (and g) with a factor that tends to 0 at -inf.
Want vanishing(Real x, Want w) {
  if (x == -INFINITY) return NAN;
  w.slack = 2 * fabsl(x) + 2;
  return w;
}

const EluParams elu_params{1.25, 1.5, 0.5};
const SoftplusParams softplus_params{2, 12};
const HardtanhParams hardtanh_params{-0.75, 1.5};
const LeakyReluParams leaky_params{0.125};
const ShrinkParams shrink_params{0.75};

constexpr Real kA = 1.595769121605730711759542185L, kB = kA * 0.044715L;
Real gelu_u(Real x) { return x * (kA + kB * x * x); }

const Case cases[] = {
    {"sigmoid_backward", &sigmoid_backward_kernel, 2, [](const Real* v) { return Want(v[0] * v[1] * (1 - v[1])); }, 3,
     0, 1, nullptr, true},
    {"tanh_backward", &tanh_backward_kernel, 2, [](const Real* v) { return Want(v[0] * (1 - v[1]) * (1 + v[1])); }, 3,
     -1, 1, nullptr, true},
    {"elu", &elu_kernel, 1, [](const Real* v) { return Want(v[0] > 0 ? 1.5L * v[0] : 1.875L * expm1l(v[0] / 2)); }, 4,
     -50, 5, &elu_params},
    {"elu_backward", &elu_backward_kernel, 2,
     [](const Real* v) { return Want(v[0] * (v[1] > 0 ? 1.5L : 0.9375L * expl(v[1] / 2))); }, 4, -50, 5, &elu_params},
    {"elu_backward_from_result", &elu_backward_from_result_kernel, 2,
     [](const Real* v) { return v[1] > 0 ? Want(v[0] * 1.5L) : times(v[0] / 2, sum(v[1], 1.875L)); }, 3, -1.875, 5,
     &elu_params},
    {"silu", &silu_kernel, 1, [](const Real* v) { return vanishing(v[0], v[0] * sigmoid(v[0])); }, 4, -105, 40},
    {"silu_backward", &silu_backward_kernel, 2,
     [](const Real* v) {
       return std::isinf(v[1]) ? Want(NAN) : vanishing(v[1], times(v[0], sum(sigmoid(v[1]), v[1] * slope(v[1]))));
     },
     8, -60, 40},
    {"mish", &mish_kernel, 1, [](const Real* v) { return vanishing(v[0], v[0] * tanh_softplus(v[0])); }, 5, -60, 30},
    {"mish_backward", &mish_backward_kernel, 2,
     [](const Real* v) {
       const Real x = v[1], t = tanh_softplus(x);
       if (x > 30) return Want(v[0]);
       const Real e = expl(x), n = e * (e + 2);
       return vanishing(x, times(v[0], sum(t, x * 4 * e * (e + 1) / ((n + 2) * (n + 2)))));
     },
     8, -60, 30},
    {"softplus", &softplus_kernel, 1, [](const Real* v) { return Want(2 * v[0] > 12 ? v[0] : softplus(2 * v[0]) / 2); },
     4, -50, 10, &softplus_params},
    {"softplus_default", &softplus_kernel, 1, [](const Real* v) { return Want(v[0] > 20 ? v[0] : softplus(v[0])); }, 4,
     -110, 30},
    {"softplus_backward", &softplus_backward_kernel, 2,
     [](const Real* v) { return Want(2 * v[1] > 12 ? v[0] : v[0] * sigmoid(2 * v[1])); }, 4, -50, 10, &softplus_params},
    {"log_sigmoid", &log_sigmoid_kernel, 1, [](const Real* v) { return Want(-softplus(-v[0])); }, 4, -30, 90},
    {"log_sigmoid_backward", &log_sigmoid_backward_kernel, 2, [](const Real* v) { return Want(v[0] * sigmoid(-v[1])); },
     4, -30, 90},
    {"tanhshrink", &tanhshrink_kernel, 1,
     [](const Real* v) {
       const Real x = v[0], z = x * x;
       if (z < 1e-3L)
         return Want(x * z *
                     (1 / 3.0L - z * (2 / 15.0L - z * (17 / 315.0L - z * (62 / 2835.0L - z * (1382 / 155925.0L))))));
       return Want(x - tanhl(x), fabsl(x) < 0.55L ? x - tanhl(x) : x);
     },
     5, -4, 4},
    {"tanhshrink_backward", &tanhshrink_backward_kernel, 2,
     [](const Real* v) { return Want(v[0] * tanhl(v[1]) * tanhl(v[1])); }, 5, -4, 4},
    {"softsign", &softsign_kernel, 1,
     [](const Real* v) { return Want(std::isinf(v[0]) ? NAN : v[0] / (1 + fabsl(v[0]))); }, 2, -9, 9},
    {"softsign_backward", &softsign_backward_kernel, 2,
     [](const Real* v) { return Want(v[0] / ((1 + fabsl(v[1])) * (1 + fabsl(v[1])))); }, 5, -9, 9},
    {"gelu", &gelu_kernel, 1, [](const Real* v) { return vanishing(v[0], v[0] * cdf(v[0])); }, 13, -15, 6},
    {"gelu_far", &gelu_kernel, 1, [](const Real* v) { return vanishing(v[0], v[0] * cdf(v[0])); }, 13, -39, -15},
    {"gelu_backward", &gelu_backward_kernel, 2,
     [](const Real* v) {
       return std::isinf(v[1]) ? Want(NAN) : vanishing(v[1], times(v[0], sum(cdf(v[1]), v[1] * density(v[1]))));
     },
     16, -14, 14},
    {"gelu_tanh", &gelu_tanh_kernel, 1,
     [](const Real* v) {
       const Real x = v[0], y = x * sigmoid(gelu_u(x)), u = x < -1 ? fabsl(gelu_u(x)) : 0;
       return vanishing(x, {y, y * (2 + u) / 2});  // an error of |u| ULP or so is the argument's
     },
     6, -11, 5},
    {"gelu_tanh_backward", &gelu_tanh_backward_kernel, 2,
     [](const Real* v) {
       const Real x = std::fmin(std::fmax(v[1], -100.0L), 100.0L), u = gelu_u(x), s = sigmoid(u);
       if (std::isnan(v[1])) return Want(NAN);
       Want w = sum(s, x * slope(u) * (kA + 3 * kB * x * x));
       w.largest *= (2 + fabsl(u)) / 2;
       w = times(v[0], w);
       w.slack = 1000;
       return w;
     },
     6, -11, 11},
    {"glu", &glu_kernel, 2, [](const Real* v) { return Want(v[0] * sigmoid(v[1])); }, 4, -60, 40},
    {"prelu", &prelu_kernel, 2, [](const Real* v) { return Want(v[0] > 0 ? v[0] : v[0] * v[1]); }, 1, -2, 2},
    {"hardsigmoid", &hardsigmoid_kernel, 1,
     [](const Real* v) {
       return v[0] != v[0] ? Want(NAN) : Want(std::fmin(std::fmax(v[0] + 3, 0.0L), 6.0L) / 6, fabsl(v[0]) < 3 ? 1 : 0);
     },
     2, -4, 4},
    {"hardsigmoid_backward", &hardsigmoid_backward_kernel, 2,
     [](const Real* v) { return Want(fabsl(v[1]) >= 3 ? 0 : v[0] / 6); }, 1, -4, 4},
    {"hardswish", &hardswish_kernel, 1,
     [](const Real* v) {
       if (v[0] != v[0] || v[0] == -INFINITY) return Want(NAN);
       return Want(v[0] * (std::fmin(std::fmax(v[0] + 3, 0.0L), 6.0L) / 6), v[0]);
     },
     2, -4, 4},
    {"hardswish_backward", &hardswish_backward_kernel, 2,
     [](const Real* v) { return v[1] > 3    ? Want(v[0])
                                : v[1] < -3 ? Want(0)
                                            : times(v[0], sum(v[1] / 3, 0.5L)); }, 4,
     -4, 4},
    {"hardtanh", &hardtanh_kernel, 1,
     [](const Real* v) {
       return Want(v[0] < -0.75L ? -0.75L : v[0] > 1.5L ? 1.5L : v[0]);
     },
     0, -2, 2, &hardtanh_params},
    {"hardtanh_backward", &hardtanh_backward_kernel, 2,
     [](const Real* v) { return Want(v[1] <= -0.75L || v[1] >= 1.5L ? 0 : v[0]); }, 0, -2, 2, &hardtanh_params},
    {"leaky_relu", &leaky_relu_kernel, 1, [](const Real* v) { return Want(v[0] > 0 ? v[0] : v[0] / 8); }, 0.5, -2, 2,
     &leaky_params},
    {"leaky_relu_backward", &leaky_relu_backward_kernel, 2,
     [](const Real* v) { return Want(v[1] > 0 ? v[0] : v[0] / 8); }, 0.5, -2, 2, &leaky_params},
    {"hardshrink", &hardshrink_kernel, 1, [](const Real* v) { return Want(fabsl(v[0]) <= 0.75L ? 0 : v[0]); }, 0, -2, 2,
     &shrink_params},
    {"softshrink", &softshrink_kernel, 1,
     [](const Real* v) { return Want(fabsl(v[0]) <= 0.75L ? 0 : v[0] - copysignl(0.75L, v[0])); }, 1, -2, 2,
     &shrink_params},
    {"shrink_backward", &shrink_backward_kernel, 2, [](const Real* v) { return Want(fabsl(v[1]) <= 0.75L ? 0 : v[0]); },
     0, -2, 2, &shrink_params},
};

/// Error in ULP of `largest`; special values must agree.
template <class T>
double error_of(T y, const Want& w) {
  const double e = ulp_error(y, w.value);
  if (e > 1e29) return e;
  const Real error = e * unit<T>(w.value) - w.slack * static_cast<Real>(std::numeric_limits<T>::denorm_min());
  return static_cast<double>(std::fmax(error, Real(0)) / unit<T>(w.largest));
}

template <class T>
void check_cases(int n) {
  for (const Case& c : cases) {
    std::vector<std::vector<T>> in(static_cast<size_t>(c.inputs));
    in.back() = samples<T>(c.low, c.high, n);
    std::mt19937 rng(3);
    std::uniform_real_distribution<double> u(-2, 2);
    for (int k = 0; k + 1 < c.inputs; ++k)
      for (size_t i = 0; i < in.back().size(); ++i) in[static_cast<size_t>(k)].push_back(static_cast<T>(u(rng)));
    std::vector<Want> want;
    for (size_t i = 0; i < in.back().size(); ++i) {
      Real v[3];
      bool nan = false;
      for (int k = 0; k < c.inputs; ++k) nan |= std::isnan(v[k] = in[static_cast<size_t>(k)][i]);
      // A gradient where the input is NaN: selections may pass or drop it, formulas give NaN. Checked for the forward
      // direction.
      want.push_back(c.want(v));
      if (nan && c.inputs == 1) want.back() = Want(NAN);
    }
    for_each_target([&](const char* target) {
      const std::vector<T> y = run_kernel(*c.kernel, in, c.params);
      double worst = 0;
      size_t at = 0;
      for (size_t i = 0; i < y.size(); ++i) {
        const T x = in.back()[i];
        if (c.inputs > 1 && std::isnan(x)) continue;
        if (c.only_in_range && !(x >= c.low && x <= c.high)) continue;
        const double e = error_of(y[i], want[i]);
        if (e > worst) worst = e, at = i;
      }
      if (std::getenv("LAMPAS_PRINT_ULP"))
        printf("%-24s %-7s %s %.3f ULP at %a\n", c.name, target, sizeof(T) == 4 ? "f32" : "f64", worst,
               double(in.back()[at]));
      EXPECT_LE(worst, c.bound) << c.name << " " << target << ": f(..., " << in.back()[at] << ") = " << y[at]
                                << ", should be " << static_cast<double>(want[at].value);
    });
  }
}

TEST(Activation, FloatBounds) { check_cases<float>(20000); }
TEST(Activation, DoubleBounds) { check_cases<double>(10000); }

TEST(Activation, TwoOutputs) {
  const std::vector<float> g{1, 2, -1, 0.5f}, a{1, -2, 3, -0.25f}, b{-100, -1, 0, 2}, w{0.5f, 0.25f, 2, -1};
  for_each_target([&](const char* target) {
    std::vector<float> y0(4), y1(4);
    const auto run = [&](const Kernel<PointwiseFn>& kernel, const std::vector<float>& second,
                         const std::vector<float>& third) {
      const auto p = [](const std::vector<float>& v) { return reinterpret_cast<char*>(const_cast<float*>(v.data())); };
      char* data[] = {p(y0), p(y1), p(g), p(second), p(third)};
      const int64_t strides[] = {4, 4, 4, 4, 4};
      kernel.get(kFloat)(data, strides, 4, nullptr);
    };
    run(glu_backward_kernel, a, b);
    for (size_t i = 0; i < 4; ++i) {
      EXPECT_LE(ulp_error(y0[i], g[i] * sigmoid(b[i])), 4) << target;
      EXPECT_LE(ulp_error(y1[i], static_cast<Real>(g[i]) * a[i] * slope(b[i])), 6) << target;
    }
    run(prelu_backward_kernel, a, w);
    EXPECT_EQ(y0, (std::vector<float>{1, 0.5f, -1, -0.5f})) << target;
    EXPECT_EQ(y1, (std::vector<float>{0, -4, 0, -0.125f})) << target;
  });
}

TEST(Activation, SeluConstants) {
  const EluParams selu{1.6732632423543772848170429916717, 1.0507009873554804934193349852946};
  const std::vector<double> y = run_kernel(elu_kernel, std::vector<std::vector<double>>{{1.0, -1.0, 0.0}}, &selu);
  EXPECT_DOUBLE_EQ(y[0], 1.0507009873554805);
  EXPECT_DOUBLE_EQ(y[1], -1.1113307378125625);
  EXPECT_EQ(y[2], 0);
}

}  // namespace
}  // namespace lampas::test
