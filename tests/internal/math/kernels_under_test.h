#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "backend/cpu/hwy_config.h"
#include "backend/cpu/kernel_set.h"
#include "backend/kernel.h"
#include "backend/pointwise.h"
#include "hwy/targets.h"

namespace lampas::test {

/// Calls `f(name)` once for every instruction set the kernels were compiled for and this machine has.
template <class F>
void for_each_target(const F& f) {
  // The kernels' list; without foreach_target.h this file sees the same HWY_TARGETS.
  const int64_t available = hwy::SupportedTargets() & HWY_TARGETS;
  for (int64_t rest = available; rest != 0; rest &= rest - 1) {
    const int64_t target = rest & -rest;
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    cpu::KernelSet::refill_all();
    f(hwy::TargetName(target));
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  cpu::KernelSet::refill_all();
}

/// The kernel applied to contiguous vectors.
template <class T>
std::vector<T> run_kernel(const Kernel<PointwiseFn>& kernel, std::vector<std::vector<T>> inputs,
                          const void* params = nullptr) {
  std::vector<T> out(inputs[0].size());
  char* data[kMaxOperands] = {reinterpret_cast<char*>(out.data())};
  int64_t strides[kMaxOperands] = {sizeof(T)};
  int k = 1;
  for (auto& x : inputs) {
    data[k] = reinterpret_cast<char*>(x.data());
    strides[k++] = sizeof(T);
  }
  if (!out.empty()) kernel.get(dtype_of<T>)(data, strides, static_cast<int64_t>(out.size()), params);
  return out;
}

/// The unit in the last place of T at `v`.
template <class T>
long double unit(long double v) {
  int exponent = std::numeric_limits<T>::min_exponent;
  if (v != 0) std::frexp(std::min<long double>(std::fabs(v), std::numeric_limits<T>::max()), &exponent);
  return std::ldexp(1.0L, std::max(exponent, std::numeric_limits<T>::min_exponent) - std::numeric_limits<T>::digits);
}

/// Distance of `y` from the exact value `want`, in units in the last place of T at `want`; 0 if both are the same
/// special value.
template <class T>
double ulp_error(T y, long double want) {
  if (std::isnan(want) || std::isnan(y)) return std::isnan(want) && std::isnan(y) ? 0 : 1e30;
  // Everything from the next power of two on is inf.
  const long double limit = std::ldexp(1.0L, std::numeric_limits<T>::max_exponent);
  if (std::isinf(want)) return y == static_cast<T>(want) ? 0 : 1e30;
  const long double got =
      std::isinf(y) ? std::copysign(limit, static_cast<long double>(y)) : static_cast<long double>(y);
  if (std::fabs(want) >= limit) return std::isinf(y) && (y > 0) == (want > 0) ? 0 : 1e30;
  return static_cast<double>(std::fabs(got - want) / unit<T>(want));
}

/// Edge values, `n` values of random bits (all magnitudes alike) and `n` uniform in [low, high] with as many near both
/// ends' logs.
template <class T>
std::vector<T> samples(double low, double high, int n) {
  using Limits = std::numeric_limits<T>;
  std::vector<T> x = {0,
                      -T(0),
                      1,
                      -1,
                      T(0.5),
                      T(-0.5),
                      2,
                      -2,
                      T(0.99999994),
                      T(-0.99999994),
                      T(1.0000001),
                      T(-1.0000001),
                      Limits::infinity(),
                      -Limits::infinity(),
                      Limits::quiet_NaN(),
                      Limits::max(),
                      Limits::lowest(),
                      Limits::min(),
                      -Limits::min(),
                      Limits::denorm_min(),
                      -Limits::denorm_min(),
                      Limits::min() / 3,
                      -Limits::min() / 3,
                      Limits::epsilon(),
                      -Limits::epsilon(),
                      T(low),
                      T(high)};
  std::mt19937_64 rng(7);
  for (int i = 0; i < n; ++i) {
    const uint64_t bits = rng();
    T v;
    std::memcpy(&v, &bits, sizeof v);
    x.push_back(v);
  }
  std::uniform_real_distribution<double> uniform(0, 1);
  for (int i = 0; i < n; ++i) x.push_back(static_cast<T>(low + (high - low) * uniform(rng)));
  // Near powers of two, 1 and the multiples of ln 2 and pi the range reductions split at.
  for (double c : {0.34657359, 0.41421356, 0.70710678, 1.0, 1.41421356, 0.78539816, 1.57079633, 0.5, 0.25, 0.625, 0.55})
    for (int i = 0; i < n / 100; ++i) {
      const T v = static_cast<T>(c * (1 + (uniform(rng) - 0.5) * std::exp2(-20 * uniform(rng))));
      x.push_back(v);
      x.push_back(-v);
    }
  return x;
}

}  // namespace lampas::test
