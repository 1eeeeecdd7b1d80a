// lgamma and digamma of float32, float16 and bfloat16, in float64 vectors and rounded once: one by one they are slower
// than LibTorch's. Absolute error 3e-14 before that rounding, and relative 1e-14 where the result is large. Special
// values as those of the float64 functions in math_special_cpu.cpp.
#include "backend/cpu/hwy_config.h"
#include "backend/cpu/kernel_set.h"
#include "ops/math.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/math_gamma_cpu.cpp"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include <algorithm>

#include "backend/cpu/vec_io-inl.h"
#include "backend/cpu/vec_log-inl.h"
#include "backend/cpu/vec_trig-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

constexpr double kPi = 3.14159265358979323846;

/// x - round(x): sin(pi x) and tan(pi x) are those of it but for signs.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V off_integer(D d, V x) {
#if HWY_TARGET == HWY_SCALAR
  return hn::Set(d, hn::GetLane(x) - std::nearbyint(hn::GetLane(x)));
#else
  return hn::Sub(x, hn::Round(x));
#endif
}

/// Stirling's series from 8 on; below, of x + 8, less the logarithm of what lies between. For negative numbers log
/// gamma(x) = log(pi / |sin(pi x)|) - log gamma(1 - x), in which that logarithm is added to the first one.
struct Lgamma {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    const V inf = infinity(d), one = constant(d, 1.0), half = constant(d, 0.5), zero = hn::Zero(d);
    const auto negative = hn::Lt(x, zero);
    const V p = hn::IfThenElse(negative, hn::Sub(one, x), x);
    const auto small = hn::Lt(p, constant(d, 8.0));
    // p (p + 7) and so on in pairs: with t = p (p + 7) they are t, t + 6, t + 10 and t + 12.
    const V t = hn::Mul(p, hn::Add(p, constant(d, 7.0)));
    const V product = hn::Mul(hn::Mul(t, hn::Add(t, constant(d, 6.0))),
                              hn::Mul(hn::Add(t, constant(d, 10.0)), hn::Add(t, constant(d, 12.0))));
    V between = hn::IfThenElse(small, product, one);
    const V y = hn::IfThenElse(small, hn::Add(p, constant(d, 8.0)), p), r = hn::Div(one, y), z = hn::Mul(r, r);
    const V series =
        hn::Mul(r, horner(d, z, 1.0 / 12, -1.0 / 360, 1.0 / 1260, -1.0 / 1680, 1.0 / 1188, -691.0 / 360360, 1.0 / 156));
    const V main =
        hn::Add(hn::MulSub(hn::Sub(y, half), log(d, y), y), hn::Add(series, constant(d, 0.91893853320467274178)));
    if (!hn::AllFalse(d, negative)) {
      const V s = hn::Abs(sin(d, hn::Mul(off_integer(d, x), constant(d, kPi))));
      between = hn::IfThenElse(negative, hn::Div(hn::Mul(constant(d, kPi), between), s), between);
    }
    V result = hn::Sub(main, log(d, between));
    result = hn::IfThenElse(negative, hn::Neg(result), result);
    return hn::IfThenElse(hn::Or(hn::Eq(hn::Abs(x), inf), hn::Eq(x, zero)), inf, result);
  }
};
struct Digamma {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    const V one = constant(d, 1.0), zero = hn::Zero(d);
    const auto negative = hn::Lt(x, zero);
    const V p = hn::IfThenElse(negative, hn::Sub(one, x), x);
    const auto small = hn::Lt(p, constant(d, 8.0));
    V sum = hn::Div(one, p);
    for (int k = 1; k < 8; ++k) sum = hn::Add(sum, hn::Div(one, hn::Add(p, constant(d, k))));
    const V y = hn::IfThenElse(small, hn::Add(p, constant(d, 8.0)), p), r = hn::Div(one, y), z = hn::Mul(r, r);
    const V series =
        hn::Mul(z, horner(d, z, 1.0 / 12, -1.0 / 120, 1.0 / 252, -1.0 / 240, 1.0 / 132, -691.0 / 32760, 1.0 / 12));
    V psi = hn::Sub(hn::NegMulAdd(constant(d, 0.5), r, log(d, y)), series);
    psi = hn::Sub(psi, hn::IfThenElseZero(small, sum));
    if (!hn::AllFalse(d, negative)) {
      const V t = hn::Mul(off_integer(d, x), constant(d, kPi));
      const V cot = hn::IfThenElse(hn::Eq(t, zero), quiet_nan(d), hn::Div(cos(d, t), sin(d, t)));
      psi = hn::IfThenElse(negative, hn::NegMulAdd(constant(d, kPi), cot, psi), psi);
    }
    return psi;
  }
};

/// Any strides: what is not a whole vector of neighbours passes through a buffer.
template <class F, class T>
void through_double(char* const* data, const int64_t* strides, int64_t n, const void*) {
  const hn::ScalableTag<double> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  const bool neighbours = strides[0] == sizeof(T) && strides[1] == sizeof(T);
  T buffer[HWY_MAX_BYTES / sizeof(double)] = {};
  for (int64_t i = 0; i < n; i += lanes) {
    const int64_t m = std::min(lanes, n - i);
    const bool whole = neighbours && m == lanes;
    const T* x = reinterpret_cast<const T*>(data[1] + i * strides[1]);
    if (!whole) {
      for (int64_t k = 0; k < m; ++k)
        buffer[k] = *reinterpret_cast<const T*>(reinterpret_cast<const char*>(x) + k * strides[1]);
      x = buffer;
    }
    char* y = data[0] + i * strides[0];
    store_as(d, F()(d, load_as(d, x)), whole ? reinterpret_cast<T*>(y) : buffer);
    if (whole) continue;
    for (int64_t k = 0; k < m; ++k) *reinterpret_cast<T*>(y + k * strides[0]) = buffer[k];
  }
}
template <class F>
void set_through_double(Kernel<PointwiseFn>& slot) {
  slot.set(kCPU, kFloat, &through_double<F, float>);
  slot.set(kCPU, kHalf, &through_double<F, Half>);
  slot.set(kCPU, kBFloat16, &through_double<F, BFloat16>);
}

void fill_slots() {
  set_through_double<Lgamma>(lgamma_kernel);
  set_through_double<Digamma>(digamma_kernel);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
