#pragma once

// Helpers for tests that call kernels directly: values of every dtype as doubles, and running a test for each
// instruction set.

#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <random>
#include <vector>

#include "backend/cpu/hwy_config.h"
#include "backend/cpu/kernel_set.h"
#include "gtest/gtest.h"
#include "hwy/targets.h"
#include "lampas/backend/cpu/threads.h"
#include "lampas/core/dtype.h"

namespace lampas::test {

inline constexpr double kInf = std::numeric_limits<double>::infinity(), kNaN = std::numeric_limits<double>::quiet_NaN();

/// Half the distance from 1 to the next value: the relative error of one rounding.
template <class T>
constexpr double unit_roundoff() {
  if constexpr (std::is_same_v<T, Half>) return 0x1p-11;
  if constexpr (std::is_same_v<T, BFloat16>) return 0x1p-8;
  if constexpr (std::is_same_v<T, float>) return 0x1p-24;
  return 0x1p-53;
}
template <class T>
double to_double(T x) {
  if constexpr (std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>)
    return static_cast<double>(static_cast<float>(x));
  else
    return static_cast<double>(x);
}
template <class T>
T from_double(double x) {
  if constexpr (std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>)
    return T(static_cast<float>(x));
  else
    return static_cast<T>(x);
}

/// Normally distributed values (integers: uniform, small), different for every seed.
template <class T>
std::vector<T> random_values(int64_t n, uint32_t seed, double mean = 0) {
  std::mt19937 engine(seed);
  std::normal_distribution<double> normal(mean, 1);
  std::uniform_int_distribution<int> uniform(std::is_signed_v<T> ? -9 : 0, 9);
  std::vector<T> v(static_cast<size_t>(n));
  for (auto&& x : v) {
    if constexpr (std::is_same_v<T, bool>)
      x = uniform(engine) > 4;
    else if constexpr (std::is_integral_v<T>)
      x = static_cast<T>(uniform(engine));
    else
      x = from_double<T>(normal(engine));
  }
  return v;
}

/// |got - want| <= bound, where NaN equals NaN and infinities must be equal.
inline ::testing::AssertionResult close(double got, double want, double bound) {
  if (std::isnan(want) ? std::isnan(got) : got == want || std::abs(got - want) <= bound)
    return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "got " << got << ", want " << want << ", off by " << got - want << " where "
                                       << bound << " is allowed";
}

/// Runs `f` with the kernels of every instruction set this machine has, then restores the best one.
inline void for_each_target(const std::function<void()>& f) {
  for (int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    cpu::KernelSet::refill_all();
    SCOPED_TRACE(hwy::TargetName(target));
    f();
  }
  hwy::SetSupportedTargetsForTest(0);
  cpu::KernelSet::refill_all();
}
inline void for_each_thread_count(const std::function<void()>& f) {
  const int before = get_num_threads();
  for (int n : {1, 2}) {
    set_num_threads(n);
    SCOPED_TRACE(::testing::Message() << n << " threads");
    f();
  }
  set_num_threads(before);
}

}  // namespace lampas::test
