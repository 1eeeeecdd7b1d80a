// Rare special functions, computed in double (see each_double.h): incomplete gamma functions, the normal distribution's
// relatives of erf, Bessel functions.
#include <cmath>
#include <limits>

#include "ops/each_double.h"
#include "ops/special.h"

namespace lampas {
namespace {

constexpr double kPi = 3.14159265358979323846, kInf = std::numeric_limits<double>::infinity(),
                 kNaN = std::numeric_limits<double>::quiet_NaN(), kRootHalf = 0.70710678118654752440;

double log_gamma(double x) {
  int sign;
  return lgamma_r(x, &sign);
}

// ---- the regularised incomplete gamma functions (https://dlmf.nist.gov/8): relative error 1e-12 for a up to 1e4,
// beyond it 1e-9 where the result is not tiny

/// log gamma(1 + a) with a small relative error where a is small.
double log_gamma_1p(double a) {
  return a < 1e-4 ? a * (-0.57721566490153286061 + a * (0.82246703342411321824 - a * 0.40068563438653142847))
                  : log_gamma(1 + a);
}
/// log(1 + m) - m.
double log1p_less(double m) {
  if (std::abs(m) > 0.3) return std::log1p(m) - m;
  double power = m, sum = 0;
  for (int k = 2; k < 60; ++k) {
    power *= -m;
    const double term = power / k;
    sum += term;
    if (std::abs(term) < 1e-18 * std::abs(sum)) break;
  }
  return sum;
}
/// x^a e^-x / gamma(1 + a).
double gamma_density(double a, double x) {
  if (a < 10) return std::exp(a * std::log(x) - x - log_gamma_1p(a));
  const double z = 1 / (a * a),
               stirling = (1.0 / 12 - z * (1.0 / 360 - z * (1.0 / 1260 - z * (1.0 / 1680 - z / 1188)))) / a;
  return std::exp(a * log1p_less((x - a) / a) - stirling) / std::sqrt(2 * kPi * a);
}
/// P by its power series, for x not far above a.
double lower_series(double a, double x) {
  double term = 1, sum = 1;
  for (double n = a + 1; term > 1e-17 * sum; n += 1) sum += term *= x / n;
  return gamma_density(a, x) * sum;
}
/// Q for small x and a, where 1 - P would lose all.
double upper_series(double a, double x) {
  double term = 1, sum = 0;
  for (int n = 1; n < 200; ++n) {
    term *= -x / n;
    sum += term / (a + n);
    if (std::abs(term) < 1e-17 * std::abs(sum)) break;
  }
  const double exponent = a * std::log(x) - log_gamma_1p(a);
  return -std::expm1(exponent) - a * std::exp(exponent) * sum;
}
/// Q by its continued fraction, for x > a.
double upper_fraction(double a, double x) {
  constexpr double kTiny = 1e-300;
  double b = x + 1 - a, c = 1 / kTiny, d = 1 / b, h = d;
  for (double n = 1; n < 1e7; n += 1) {
    const double k = -n * (n - a);
    b += 2;
    d = k * d + b;
    c = b + k / c;
    if (std::abs(d) < kTiny) d = kTiny;
    if (std::abs(c) < kTiny) c = kTiny;
    d = 1 / d;
    const double step = d * c;
    h *= step;
    if (!(std::abs(step - 1) > 4e-16)) break;  // or NaN
  }
  return gamma_density(a, x) * a * h;
}
/// Temme's uniform expansion for large a around x = a: Q, or with `lower` P.
double around_mode(double a, double x, bool lower) {
  const double m = (x - a) / a, t = log1p_less(m), eta = std::copysign(std::sqrt(-2 * t), m);
  const double c0 = std::abs(m) > 1e-3
                        ? 1 / m - 1 / eta
                        : -1.0 / 3 + eta * (1.0 / 12 - eta * (2.0 / 135 - eta * (1.0 / 864 + eta / 2835)));
  const double c1 = -1.0 / 540 - eta * (1.0 / 288 - eta / 378);
  const double rest = std::exp(a * t) / std::sqrt(2 * kPi * a) * (c0 + c1 / a);
  const double y = eta * std::sqrt(a / 2);
  return lower ? 0.5 * std::erfc(-y) - rest : 0.5 * std::erfc(y) + rest;
}
bool near_mode(double a, double x) { return a > 1e4 && std::abs(x - a) < 0.1 * a; }

/// gamma(a, x) / gamma(a), a and x not negative (else NaN).
double igamma(double a, double x);
/// 1 - igamma(a, x), without its cancellation.
double igammac(double a, double x) {
  if (!(a >= 0 && x >= 0)) return kNaN;
  if (a == 0) return x > 0 ? 0 : kNaN;
  if (x == 0) return 1;
  if (std::isinf(a)) return std::isinf(x) ? kNaN : 1;
  if (std::isinf(x)) return 0;
  if (near_mode(a, x)) return around_mode(a, x, false);
  if (x > 1.1) return x < a ? 1 - lower_series(a, x) : upper_fraction(a, x);
  const bool small = x <= 0.5 ? -0.4 / std::log(x) < a : 1.1 * x < a;
  return small ? 1 - lower_series(a, x) : upper_series(a, x);
}
double igamma(double a, double x) {
  if (!(a >= 0 && x >= 0)) return kNaN;
  if (a == 0) return x > 0 ? 1 : kNaN;
  if (x == 0) return 0;
  if (std::isinf(a)) return std::isinf(x) ? kNaN : 0;
  if (std::isinf(x)) return 1;
  if (near_mode(a, x)) return around_mode(a, x, true);
  return x > 1 && x > a ? 1 - igammac(a, x) : lower_series(a, x);
}

// ---- around the normal distribution

/// e^(x^2) erfc(x): relative error 1e-15, inf below -26.7.
double erfcx(double x) {
  if (x < -27) return kInf;
  if (x < 10) {
    const double square = x * x, low = std::fma(x, x, -square);
    return std::exp(square) * (1 + low) * std::erfc(x);
  }
  const double z = 0.5 / (x * x);
  double term = 1, sum = 1;
  for (int k = 1; k < 40; k += 2) {
    const double next = -term * k * z;
    if (!(std::abs(next) < std::abs(term)) || std::abs(next) < 1e-17) break;
    sum += term = next;
  }
  return sum / (x * 1.77245385090551602730);
}
/// log of the normal distribution function: relative error 1e-14.
double log_ndtr(double x) {
  return x < -1 ? std::log(0.5 * erfcx(-x * kRootHalf)) - 0.5 * x * x : std::log1p(-0.5 * std::erfc(x * kRootHalf));
}
/// ndtri_of for p < 1/2.
double lower_ndtri(double p) {
  // A rational function to 5e-4 (Abramowitz and Stegun 26.2.23), then Halley's method for the logarithm, which cubes
  // the error.
  const double log_p = std::log(p), t = std::sqrt(-2 * log_p);
  double x = (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) - t;
  for (int k = 0; k < 2; ++k) {
    const double scaled = erfcx(-x * kRootHalf), error = std::log(0.5 * scaled) - 0.5 * x * x - log_p;
    const double mills = scaled * 1.25331413731550025121;  // distribution over density
    x -= error * mills / (1 + 0.5 * error * (x * mills + 1));
  }
  return x;
}
double xlog1py(double a, double b) { return std::isnan(b) ? b : a == 0 ? 0 : a * std::log1p(b); }

// ---- Bessel functions: those of the C library, absolute error a few 1e-16

double bessel_j0(double x) { return ::j0(x); }
double bessel_j1(double x) { return ::j1(x); }
double bessel_y0(double x) { return x < 0 ? kNaN : ::y0(x); }
double bessel_y1(double x) { return x < 0 ? kNaN : ::y1(x); }
/// sin(x) / x.
double spherical_j0(double x) {
  if (std::isinf(x)) return 0;
  const double z = x * x;
  if (z < 1e-4) return 1 - z / 6 * (1 - z / 20);
  return std::sin(x) / x;
}

const bool registered = set_each<erfcx>(erfcx_kernel) && ndtri_kernel.set(kCPU, kDouble, &each<double, ndtri_of>) &&
                        set_each<log_ndtr>(log_ndtr_kernel) && set_each<bessel_j0>(bessel_j0_kernel) &&
                        set_each<bessel_j1>(bessel_j1_kernel) && set_each<bessel_y0>(bessel_y0_kernel) &&
                        set_each<bessel_y1>(bessel_y1_kernel) && set_each<spherical_j0>(spherical_j0_kernel) &&
                        set_each<xlog1py>(xlog1py_kernel) && set_each<igamma>(igamma_kernel) &&
                        set_each<igammac>(igammac_kernel);

}  // namespace

double ndtri_of(double p) {
  if (!(p > 0 && p < 1)) return p == 0 ? -kInf : p == 1 ? kInf : kNaN;
  return p == 0.5 ? 0 : p < 0.5 ? lower_ndtri(p) : -lower_ndtri(1 - p);
}

}  // namespace lampas
