// Rare special functions, one element at a time: no vectors, computed in double whatever the element type.
#include <cmath>
#include <limits>

#include "ops/each_double.h"
#include "ops/math.h"
#include "ops/special.h"

namespace lampas {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity(), kNaN = std::numeric_limits<double>::quiet_NaN();

double log_gamma(double x) {
  int sign;  // unlike lgamma, lgamma_r writes no global
  return lgamma_r(x, &sign);
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

template <class T>
void each_polygamma(char* const* data, const int64_t* strides, int64_t n, const void* params) {
  const int64_t order = static_cast<const PolygammaParams*>(params)->n;
  for (int64_t i = 0; i < n; ++i)
    store_double<T>(data[0] + i * strides[0], polygamma(order, as_double<T>(data[1] + i * strides[1])));
}

const bool registered = set_each<zeta>(zeta_kernel) && polygamma_kernel.set(kCPU, kFloat, &each_polygamma<float>) &&
                        polygamma_kernel.set(kCPU, kDouble, &each_polygamma<double>) &&
                        polygamma_kernel.set(kCPU, kHalf, &each_polygamma<Half>) &&
                        polygamma_kernel.set(kCPU, kBFloat16, &each_polygamma<BFloat16>);

}  // namespace
}  // namespace lampas
