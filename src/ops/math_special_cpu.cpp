// Rare special functions, one element at a time: no vectors, computed in double whatever the element type.
#include <cmath>
#include <limits>

#include "ops/each_double.h"
#include "ops/math.h"
#include "ops/special.h"

namespace lampas {
namespace {

constexpr double kPi = 3.14159265358979323846, kInf = std::numeric_limits<double>::infinity(),
                 kNaN = std::numeric_limits<double>::quiet_NaN();

double log_gamma(double x) {
  int sign;  // unlike lgamma, lgamma_r writes no global
  return lgamma_r(x, &sign);
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

/// Hurwitz's zeta function, the sum over k >= 0 of (q + k)^-s, for an integer s >= 3 and q > 0: terms up to q + k = 12,
/// then Euler and Maclaurin's formula.
double hurwitz_zeta(double s, double q) {
  double sum = 0;
  for (; q < 12; q += 1) sum += std::pow(q, -s);
  if (q == kInf) return sum;
  // B_2j / (2j)!
  constexpr double kTerms[] = {1.0 / 12,          -1.0 / 720,
                               1.0 / 30240,       -1.0 / 1209600,
                               1.0 / 47900160,    -691.0 / 1307674368000,
                               1.0 / 74724249600, -3617.0 / 10670622842880000};
  const double power = std::pow(q, -s);
  sum += power * (q / (s - 1) + 0.5);
  double factor = s * power / q;  // s (s + 1) ... (s + 2j - 2) q^(-s - 2j + 1)
  for (int j = 0; j < 8; ++j) {
    sum += kTerms[j] * factor;
    factor *= (s + 2 * j + 1) * (s + 2 * j + 2) / (q * q);
  }
  return sum;
}
/// The n-th derivative of digamma, n >= 2: (-1)^(n+1) n! zeta(n + 1, x), relative error 1e-13 for x > 0. +-inf at 0,
/// -1, -2, ...; NaN at -inf.
double polygamma(int64_t n, double x) {
  const double s = static_cast<double>(n) + 1;
  double z;
  if (x > 0 || x != x) {
    z = x != x ? x : hurwitz_zeta(s, x);
  } else if (x == std::floor(x)) {
    z = x == -kInf ? kNaN : kInf;
  } else {
    // x = f - m: the m terms left of 0 are a difference of two zetas.
    const double m = std::ceil(-x), f = x + m;
    const double left = hurwitz_zeta(s, 1 - f) - hurwitz_zeta(s, 1 - f + m);
    z = hurwitz_zeta(s, f) + (n % 2 ? left : -left);
  }
  return (n % 2 ? 1 : -1) * std::exp(log_gamma(s)) * z;
}

/// Hurwitz's zeta function for any s > 1 (1: inf, below: NaN). inf at q = 0, -1, -2, ...; else for negative q only an
/// integer s has a value, which is looked for down to -1e5.
double zeta(double s, double q) {
  if (!(s > 1) || q != q) return s == 1 && q == q ? kInf : kNaN;
  if (q <= 0) {
    if (q == std::floor(q)) return kInf;
    if (s != std::floor(s) || q < -1e5) return kNaN;
    double sum = 0;
    for (; q < 0; q += 1) sum += std::pow(q, -s);
    return sum + hurwitz_zeta(s, q);
  }
  return hurwitz_zeta(s, q);
}

/// Modified Bessel function of order 0 or 1 at x >= 0, times e^-x if scaled: relative error 2e-15.
template <int kOrder, bool kScaled>
double bessel_i(double a) {
  if (a == kInf) return kScaled ? 0 : a;  // the product below would be inf * 0
  if (a < 20) {                           // the power series in a^2/4, all terms positive
    const double z = 0.25 * a * a;
    double term = kOrder == 0 ? 1 : 0.5 * a, sum = term;
    for (int k = 1; term > 1e-18 * sum; ++k) sum += term *= z / (static_cast<double>(k) * (k + kOrder));
    return kScaled ? sum * std::exp(-a) : sum;
  }
  // Hankel's asymptotic series; its smallest term is below e^(-2 a).
  double term = 1, sum = 1;
  for (int k = 1; k < 30 && std::abs(term) > 1e-18; ++k) {
    const double odd = 2 * k - 1;
    sum += term *= (odd * odd - 4 * kOrder) / (8 * k * a);
  }
  if (kScaled) return sum / std::sqrt(2 * kPi * a);
  const double root = std::exp(0.5 * a);  // e^a alone would overflow before the result does
  return root * (sum / std::sqrt(2 * kPi * a)) * root;
}
template <bool kScaled>
double bessel_i0(double x) {
  return bessel_i<0, kScaled>(std::abs(x));
}
template <bool kScaled>
double bessel_i1(double x) {
  return std::copysign(bessel_i<1, kScaled>(std::abs(x)), x);
}

template <class T>
void each_polygamma(char* const* data, const int64_t* strides, int64_t n, const void* params) {
  const int64_t order = static_cast<const PolygammaParams*>(params)->n;
  for (int64_t i = 0; i < n; ++i)
    store_double<T>(data[0] + i * strides[0], polygamma(order, as_double<T>(data[1] + i * strides[1])));
}

const bool registered = set_each<trigamma>(trigamma_kernel) && set_each<bessel_i0<false>>(i0_kernel) &&
                        set_each<bessel_i0<true>>(i0e_kernel) && set_each<bessel_i1<true>>(i1e_kernel) &&
                        set_each<zeta>(zeta_kernel) && set_each<bessel_i1<false>>(i1_kernel) &&
                        polygamma_kernel.set(kCPU, kFloat, &each_polygamma<float>) &&
                        polygamma_kernel.set(kCPU, kDouble, &each_polygamma<double>) &&
                        polygamma_kernel.set(kCPU, kHalf, &each_polygamma<Half>) &&
                        polygamma_kernel.set(kCPU, kBFloat16, &each_polygamma<BFloat16>);

}  // namespace
}  // namespace lampas
