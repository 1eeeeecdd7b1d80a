// Draws computed in float64 whatever the dtype: pairwise normals, exponential, Cauchy, log-normal, geometric.
#include <cmath>
#include <limits>
#include <mutex>
#include <type_traits>

#include "backend/cpu/hwy_config.h"
#include "backend/cpu/kernel_set.h"
#include "core/generator_impl.h"
#include "ops/random.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/random_pairs_cpu.cpp"
#include <hwy/foreach_target.h>
// after foreach_target.h
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include "ops/random-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

using Lock = std::lock_guard<std::mutex>;
using D = hn::ScalableTag<double>;
using V = hn::Vec<D>;

/// The number in the dtype: float16 and bfloat16 by way of float32; integers wrap around, what no int64 holds is its
/// largest.
template <class T>
T narrow(double v) {
  if constexpr (std::is_integral_v<T>)
    return static_cast<T>(v < 0x1p63 ? static_cast<int64_t>(v) : std::numeric_limits<int64_t>::max());
  else if constexpr (std::is_same_v<T, double>)
    return v;
  else
    return T(static_cast<float>(v));
}
template <class T>
void narrow_run(const double* values, T* out, size_t n) {
  for (size_t k = 0; k < n; ++k) out[k] = narrow<T>(values[k]);
}

/// out[i] = f(fraction of 53 bits), f on vectors.
template <class T, class F>
void fill_from_fractions(GeneratorImpl& g, void* out, int64_t n, const F& f) {
  const Lock lock(g.mutex_);
  T* y = static_cast<T*>(out);
  draw<2>(g, n, [&](const uint32_t* words, int64_t i, size_t m) {
    const D d;
    alignas(64) double values[kWords / 2];
    for (size_t k = 0; k < m; k += hn::Lanes(d)) hn::Store(f(d, fraction(d, words + 2 * k)), d, values + k);
    narrow_run(values, y + i, m);
  });
}

template <class T>
void exponential(GeneratorImpl& g, void* out, int64_t n, double rate) {
  fill_from_fractions<T>(g, out, n, [factor = -1.0 / rate](D d, V u) {
    return hn::Mul(hn::Set(d, factor), hn::Log(d, hn::Sub(hn::Set(d, 1.0), u)));
  });
}

template <class T>
void geometric(GeneratorImpl& g, void* out, int64_t n, double p) {
  fill_from_fractions<T>(g, out, n, [scale = std::log(1.0 - p)](D d, V u) {
    const V trials = hn::Ceil(hn::Div(hn::Log(d, u), hn::Set(d, scale)));
    return hn::IfThenElse(hn::Eq(u, hn::Zero(d)), hn::Inf(d), trials);
  });
}

template <class T>
void cauchy(GeneratorImpl& g, void* out, int64_t n, double median, double sigma) {
  const Lock lock(g.mutex_);
  T* y = static_cast<T*>(out);
  draw<2>(g, n, [&](const uint32_t* words, int64_t i, size_t m) {
    const D d;
    alignas(64) double u[kWords / 2];
    for (size_t k = 0; k < m; k += hn::Lanes(d)) hn::Store(fraction(d, words + 2 * k), d, u + k);
    // The C library's tangent: near its poles, where the tails come from, it must stay accurate.
    for (size_t k = 0; k < m; ++k)
      y[i + k] = narrow<T>(median + sigma * std::tan(3.14159265358979323846 * (u[k] - 0.5)));
  });
}

/// Calls f(normals, i, m) for consecutive runs of standard normals, an even number each but perhaps the last. Begins
/// with the one the generator holds, and leaves it the second of an unfinished pair.
template <class F>
void draw_pairs(GeneratorImpl& g, int64_t n, const F& f) {
  alignas(64) double values[kWords / 2 + hn::MaxLanes(D()) * 2];
  int64_t begin = 0;
  if (n > 0 && g.next_double_normal) {
    values[0] = *g.next_double_normal;
    g.next_double_normal.reset();
    f(values, int64_t{0}, size_t{1});
    begin = 1;
  }
  draw<4>(g, (n - begin + 1) / 2, [&](const uint32_t* words, int64_t i, size_t pairs) {
    const D d;
    const hn::Rebind<uint64_t, D> du;
    const hn::Rebind<int64_t, D> di;
    const auto to_fraction = [&](hn::Vec<decltype(du)> memory) {
      const auto value = hn::Or(hn::ShiftLeft<32>(memory), hn::ShiftRight<32>(memory));
      const auto low = hn::And(value, hn::Set(du, (uint64_t{1} << 53) - 1));
      return hn::Mul(hn::ConvertTo(d, hn::BitCast(di, low)), hn::Set(d, 0x1p-53));
    };
    for (size_t k = 0; k < pairs; k += hn::Lanes(d)) {
      hn::Vec<decltype(du)> first, second;
      hn::LoadInterleaved2(du, reinterpret_cast<const uint64_t*>(words) + 2 * k, first, second);
      const V u = hn::Sub(hn::Set(d, 1.0), to_fraction(second));
      const V radius = hn::Sqrt(hn::Mul(hn::Set(d, -2.0), hn::Log(d, u)));
      const V angle = hn::Mul(hn::Set(d, 6.28318530717958647692), to_fraction(first));
      hn::StoreInterleaved2(hn::Mul(radius, hn::Cos(d, angle)), hn::Mul(radius, hn::Sin(d, angle)), d, values + 2 * k);
    }
    const int64_t at = begin + 2 * i;
    size_t m = 2 * pairs;
    if (at + static_cast<int64_t>(m) > n) g.next_double_normal = values[--m];
    f(values, at, m);
  });
}

template <class T>
void normal_pairwise(GeneratorImpl& g, void* out, int64_t n, double mean, double std) {
  const Lock lock(g.mutex_);
  T* y = static_cast<T*>(out);
  draw_pairs(g, n, [&](const double* values, int64_t i, size_t m) {
    for (size_t k = 0; k < m; ++k) y[i + k] = narrow<T>(values[k] * std + mean);
  });
}

template <class T>
void log_normal(GeneratorImpl& g, void* out, int64_t n, double mean, double std) {
  const Lock lock(g.mutex_);
  T* y = static_cast<T*>(out);
  draw_pairs(g, n, [&](double* values, int64_t i, size_t m) {
    const D d;
    for (size_t k = 0; k < m; k += hn::Lanes(d)) {
      const V x = hn::Add(hn::Mul(hn::Load(d, values + k), hn::Set(d, std)), hn::Set(d, mean));
      hn::Store(hn::Exp(d, x), d, values + k);
    }
    narrow_run(values, y + i, m);
  });
}

void fill_slots() {
#define LAMPAS_RANDOM_REAL(T, name)                                       \
  normal_pairwise_kernel.set(kCPU, ScalarType::name, normal_pairwise<T>); \
  exponential_kernel.set(kCPU, ScalarType::name, exponential<T>);         \
  cauchy_kernel.set(kCPU, ScalarType::name, cauchy<T>);                   \
  log_normal_kernel.set(kCPU, ScalarType::name, log_normal<T>);
  LAMPAS_RANDOM_REAL(float, Float)
  LAMPAS_RANDOM_REAL(double, Double)
  LAMPAS_RANDOM_REAL(Half, Half)
  LAMPAS_RANDOM_REAL(BFloat16, BFloat16)
#undef LAMPAS_RANDOM_REAL
#define LAMPAS_RANDOM_ANY(T, name)                                          \
  if constexpr (ScalarType::name != kBool && !is_complex(ScalarType::name)) \
    geometric_kernel.set(kCPU, ScalarType::name, geometric<T>);
  LAMPAS_FOR_EACH_DTYPE(LAMPAS_RANDOM_ANY)
#undef LAMPAS_RANDOM_ANY
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
