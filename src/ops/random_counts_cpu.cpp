// Poisson and binomial numbers, by the samplers PyTorch uses, so that its generator and this one stay in step:
// multiplication of uniforms (Knuth) and inversion by geometric steps (Devroye) where few events are expected, the
// transformed rejection of Hormann (1993), PTRS and BTRS, where ten or more are.
#include <cmath>
#include <mutex>

#include "core/generator_impl.h"
#include "lampas/base/error.h"
#include "ops/random.h"

namespace lampas {
namespace {

/// Uniform on [0, 1) from 53 bits.
double uniform(GeneratorImpl& g) { return static_cast<double>(g.random64() & ((uint64_t{1} << 53) - 1)) * 0x1p-53; }

double log_gamma(double x) {
  int sign;
  return lgamma_r(x, &sign);
}

double few_events(GeneratorImpl& g, double rate) {
  const double end = std::exp(-rate);
  double product = uniform(g), k = 0;
  for (; product > end; ++k) product *= uniform(g);
  return k;
}
/// PTRS.
double many_events(GeneratorImpl& g, double rate) {
  const double root = std::sqrt(rate), log_rate = std::log(rate), b = 0.931 + 2.53 * root, a = -0.059 + 0.02483 * b,
               inverse_alpha = 1.1239 + 1.1328 / (b - 3.4), box = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const double u = uniform(g) - 0.5, v = uniform(g), edge = 0.5 - std::abs(u),
                 k = std::floor((2 * a / edge + b) * u + rate + 0.43);
    if (edge >= 0.07 && v <= box) return k;
    if (k < 0 || (edge < 0.013 && v > edge)) continue;
    if (std::log(v) + std::log(inverse_alpha) - std::log(a / (edge * edge) + b) <=
        -rate + k * log_rate - log_gamma(k + 1))
      return k;
  }
}
void poisson(GeneratorImpl& g, const double* rate, double* out, int64_t n) {
  const std::lock_guard lock(g.mutex_);
  for (int64_t i = 0; i < n; ++i) {
    const double r = rate[i];
    check(r >= 0, "poisson: invalid Poisson rate, expected rate to be non-negative, got ", r);
    check(r < 0x1p62, "poisson: the rate ", r, " is too large");
    out[i] = r >= 10 ? many_events(g, r) : r == 0 ? 0 : few_events(g, r);
  }
}

/// Successes as long as the geometric distances between them fit the trials.
double few_successes(GeneratorImpl& g, double count, double p) {
  const double log_failure = std::log1p(-p);
  double trials = 0, k = 0;
  for (;; ++k) {
    trials += std::ceil(std::log(uniform(g)) / log_failure);
    if (!(trials <= count)) return k;
  }
}
/// log k! less Stirling's approximation.
double stirling_tail(double k) {
  static constexpr double kSmall[] = {0.0810614667953272,  0.0413406959554092, 0.0276779256849983, 0.02079067210376509,
                                      0.0166446911898211,  0.0138761288230707, 0.0118967099458917, 0.0104112652619720,
                                      0.00925546218271273, 0.00833056343336287};
  if (k <= 9) return kSmall[static_cast<int>(k)];
  const double z = (k + 1) * (k + 1);
  return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / z) / z) / (k + 1);
}
/// BTRS, p <= 1/2.
double many_successes(GeneratorImpl& g, double count, double p) {
  const double deviation = std::sqrt(count * p * (1 - p)), b = 1.15 + 2.53 * deviation,
               a = -0.0873 + 0.0248 * b + 0.01 * p, c = count * p + 0.5, box = 0.92 - 4.2 / b, r = p / (1 - p),
               alpha = (2.83 + 5.1 / b) * deviation, m = std::floor((count + 1) * p);
  for (;;) {
    const double u = uniform(g) - 0.5;
    double v = uniform(g);
    const double edge = 0.5 - std::abs(u), k = std::floor((2 * a / edge + b) * u + c);
    if (edge >= 0.07 && v <= box) return k;
    if (k < 0 || k > count) continue;
    v = std::log(v * alpha / (a / (edge * edge) + b));
    const double bound = (m + 0.5) * std::log((m + 1) / (r * (count - m + 1))) +
                         (count + 1) * std::log((count - m + 1) / (count - k + 1)) +
                         (k + 0.5) * std::log(r * (count - k + 1) / (k + 1)) + stirling_tail(m) +
                         stirling_tail(count - m) - stirling_tail(k) - stirling_tail(count - k);
    if (v <= bound) return k;
  }
}
double successes(GeneratorImpl& g, double count, double p) {
  if (count <= 0 || p <= 0) return 0;
  if (p >= 1) return count;
  if (!(p == p && count < HUGE_VAL)) return NAN;
  const double less = p <= 0.5 ? p : 1 - p;
  const double k = count * less >= 10 ? many_successes(g, count, less) : few_successes(g, count, less);
  return p <= 0.5 ? k : count - k;
}
void binomial(GeneratorImpl& g, const double* count, const double* p, double* out, int64_t n) {
  const std::lock_guard lock(g.mutex_);
  for (int64_t i = 0; i < n; ++i) out[i] = successes(g, count[i], p[i]);
}

const bool registered = poisson_kernel.set(kCPU, kDouble, poisson) && binomial_kernel.set(kCPU, kDouble, binomial);

}  // namespace
}  // namespace lampas
