// Rare special functions, one element at a time: no vectors, computed in double whatever the element type.
#include <cmath>
#include <limits>

#include "ops/math.h"

namespace lampas {
namespace {

constexpr double kPi = 3.14159265358979323846, kInf = std::numeric_limits<double>::infinity(),
                 kNaN = std::numeric_limits<double>::quiet_NaN();

/// log |gamma(x)|: the C library's, a few ULP but absolute 1e-16 around its zeros at 1 and 2; inf at 0, -1, -2, ... and
/// +-inf.
double log_gamma(double x) {
  int sign;  // unlike lgamma, lgamma_r writes no global
  return lgamma_r(x, &sign);
}

/// Derivative of log gamma: relative error 4e-15 but absolute 1e-15 around its zeros. -inf at 0, +inf at -0, NaN at
/// negative integers and -inf.
double digamma(double x) {
  if (x == 0) return std::copysign(kInf, -x);
  double y = 0;
  if (x < 0) {
    if (x == std::floor(x)) return kNaN;
    // psi(x) = psi(1 - x) - pi cot(pi x), the cotangent's argument reduced before it is rounded.
    y = -kPi / std::tan(kPi * (x - std::round(x)));
    x = 1 - x;
  }
  for (; x < 10; x += 1) y -= 1 / x;
  const double z = 1 / (x * x);
  const double series =
      z *
      (1.0 / 12 - z * (1.0 / 120 - z * (1.0 / 252 - z * (1.0 / 240 - z * (1.0 / 132 - z * (691.0 / 32760 - z / 12))))));
  return y + std::log(x) - 0.5 / x - series;
}

/// Second derivative of log gamma: relative error 4e-15. +inf at 0, -1, -2, ...; NaN at -inf.
double trigamma(double x) {
  if (x <= 0) {
    if (x == std::floor(x)) return x == -kInf ? kNaN : kInf;
    const double s = std::sin(kPi * (x - std::round(x)));
    return kPi * kPi / (s * s) - trigamma(1 - x);
  }
  double y = 0;
  for (; x < 10; x += 1) y += 1 / (x * x);
  const double z = 1 / (x * x);
  const double series =
      z * (1.0 / 6 -
           z * (1.0 / 30 - z * (1.0 / 42 - z * (1.0 / 30 - z * (5.0 / 66 - z * (691.0 / 2730 - z * (7.0 / 6)))))));
  return y + 1 / x + 0.5 * z + series / x;
}

/// Modified Bessel function of order 0 or 1 at x >= 0: relative error 2e-15.
template <int kOrder>
double bessel_i(double a) {
  if (a == kInf) return a;  // the product below would be inf * 0
  if (a < 20) {             // the power series in a^2/4, all terms positive
    const double z = 0.25 * a * a;
    double term = kOrder == 0 ? 1 : 0.5 * a, sum = term;
    for (int k = 1; term > 1e-18 * sum; ++k) sum += term *= z / (static_cast<double>(k) * (k + kOrder));
    return sum;
  }
  // Hankel's asymptotic series; its smallest term is below e^(-2 a).
  double term = 1, sum = 1;
  for (int k = 1; k < 30 && std::abs(term) > 1e-18; ++k) {
    const double odd = 2 * k - 1;
    sum += term *= (odd * odd - 4 * kOrder) / (8 * k * a);
  }
  const double root = std::exp(0.5 * a);  // e^a alone would overflow before the result does
  return root * (sum / std::sqrt(2 * kPi * a)) * root;
}
double bessel_i0(double x) { return bessel_i<0>(std::abs(x)); }
double bessel_i1(double x) { return std::copysign(bessel_i<1>(std::abs(x)), x); }

template <class T, double (*f)(double)>
void each(char* const* data, const int64_t* strides, int64_t n, const void*) {
  for (int64_t i = 0; i < n; ++i) {
    const T x = *reinterpret_cast<const T*>(data[1] + i * strides[1]);
    T& y = *reinterpret_cast<T*>(data[0] + i * strides[0]);
    if constexpr (std::is_same_v<T, double>)
      y = f(x);
    else
      y = static_cast<T>(static_cast<float>(f(static_cast<float>(x))));
  }
}

template <double (*f)(double)>
bool set_each(Kernel<PointwiseFn>& slot) {
  return slot.set(kCPU, kFloat, &each<float, f>) && slot.set(kCPU, kDouble, &each<double, f>) &&
         slot.set(kCPU, kHalf, &each<Half, f>) && slot.set(kCPU, kBFloat16, &each<BFloat16, f>);
}
const bool registered = set_each<log_gamma>(lgamma_kernel) && set_each<digamma>(digamma_kernel) &&
                        set_each<trigamma>(trigamma_kernel) && set_each<bessel_i0>(i0_kernel) &&
                        set_each<bessel_i1>(i1_kernel);

}  // namespace
}  // namespace lampas
