// Orthogonal polynomials by their recurrences, and Airy's function, in double (see each_double.h).
#include <cmath>
#include <utility>

#include "ops/each_double.h"
#include "ops/special.h"

namespace lampas {
namespace {

constexpr double kPi = 3.14159265358979323846;

enum class Recurrence { chebyshev, hermite, hermite_of_probability, laguerre, legendre };
/// p_0 = 1, p_1 = slope x + start; `shifted`: of 2x - 1 in the place of x.
struct Family {
  Recurrence by;
  bool shifted;
  double slope, start;
};
/// In the order of detail::Polynomial.
constexpr Family kFamilies[] = {
    {Recurrence::chebyshev, false, 1, 0},  {Recurrence::chebyshev, false, 2, 0},
    {Recurrence::chebyshev, false, 2, -1}, {Recurrence::chebyshev, false, 2, 1},
    {Recurrence::chebyshev, true, 1, 0},   {Recurrence::chebyshev, true, 2, 0},
    {Recurrence::chebyshev, true, 2, -1},  {Recurrence::chebyshev, true, 2, 1},
    {Recurrence::hermite, false, 2, 0},    {Recurrence::hermite_of_probability, false, 1, 0},
    {Recurrence::laguerre, false, -1, 1},  {Recurrence::legendre, false, 1, 0},
};

/// p_k+1 from p_k = p and p_k-1 = before.
double next_degree(Recurrence by, int k, double x, double p, double before) {
  switch (by) {
    case Recurrence::chebyshev:
      return (x + x) * p - before;
    case Recurrence::hermite:
      return (x + x) * p - 2.0 * k * before;
    case Recurrence::hermite_of_probability:
      return x * p - k * before;
    case Recurrence::laguerre:
      return ((2 * k + 1 - x) * p - k * before) / (k + 1);
    case Recurrence::legendre:
      return ((2 * k + 1) * x * p - k * before) / (k + 1);
  }
  return 0;
}

/// Degrees are cut to integers; below 0 the value is 0, and above a million, for which a loop would take milliseconds
/// an element, NaN. The error grows with the degree: 1e-14 relative to the largest value around it up to degree 50. NaN
/// gives NaN but at degree 0.
double polynomial(const Family& family, double x, double degree) {
  degree = std::trunc(degree);
  if (!(degree >= 0)) return 0;
  if (degree == 0) return 1;
  if (degree > 1e6) return std::nan("");
  if (family.shifted) x = x + x - 1;
  double p = family.slope * x + family.start, before = 1;
  for (int k = 1, n = static_cast<int>(degree); k < n; ++k)
    before = std::exchange(p, next_degree(family.by, k, x, p, before));
  return p;
}

template <class T>
void each_polynomial(char* const* data, const int64_t* strides, int64_t n, const void* params) {
  const Family& family = kFamilies[static_cast<const PolynomialParams*>(params)->which];
  for (int64_t i = 0; i < n; ++i)
    store_double<T>(data[0] + i * strides[0],
                    polynomial(family, as_double<T>(data[1] + i * strides[1]), as_double<T>(data[2] + i * strides[2])));
}

/// Airy's function of the first kind: absolute error 1e-12 around its zeros, else relative 1e-12; 0 at +-inf.
double airy_ai(double x) {
  if (x > -8 && x < 2) {  // Ai(0) f - |Ai'(0)| g, two power series whose terms are far larger than the sum below -4
    const long double cube = static_cast<long double>(x) * x * x;
    long double a = 0.355028053887817239260L, b = 0.258819403792806798405L * x, sum = a - b;
    for (int k = 1; k < 100; ++k) {
      a *= cube / ((3 * k - 1) * (3 * k));
      b *= cube / ((3 * k) * (3 * k + 1));
      sum += a - b;
    }
    return static_cast<double>(sum);
  }
  const double a = std::abs(x), z = a * std::sqrt(a) * (2.0 / 3);
  if (std::isinf(z)) return 0;
  if (x > 0 && x < 8) return std::cyl_bessel_k(1.0 / 3, z) * std::sqrt(x / 3) / kPi;
  // The asymptotic series, alternating in pairs below 0.
  double even = 0, odd = 0, term = 1;
  for (int k = 1; k < 40; k += 2) {
    const auto next = [&](double j) {
      return term * (6 * j - 5) * (6 * j - 3) * (6 * j - 1) / (216 * j * (2 * j - 1) * z);
    };
    const double one = next(k);
    even += term;
    odd += one;
    const double last = std::abs(term);
    term = one;
    term = next(k + 1);
    if (x < 0) term = -term;
    if (!(std::abs(term) > 1e-17) || std::abs(term) > last) break;
  }
  const double root = std::sqrt(kPi * std::sqrt(a));
  if (x > 0) return std::exp(-z) * (even - odd) / (2 * root);
  return (std::cos(z - kPi / 4) * even + std::sin(z - kPi / 4) * odd) / root;
}

const bool registered = polynomial_kernel.set(kCPU, kFloat, &each_polynomial<float>) &&
                        polynomial_kernel.set(kCPU, kDouble, &each_polynomial<double>) &&
                        polynomial_kernel.set(kCPU, kHalf, &each_polynomial<Half>) &&
                        polynomial_kernel.set(kCPU, kBFloat16, &each_polynomial<BFloat16>) &&
                        set_each<airy_ai>(airy_ai_kernel);

}  // namespace
}  // namespace lampas
