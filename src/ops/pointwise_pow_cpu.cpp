// Powers. float64: C's pow. Narrower dtypes: exp(y log x), in lanes of 512 bits with the logarithm as a sum of two
// float32 (at most 0.8 ULP of float32), else in float64 and rounded once (0.51 ULP); a number as exponent is rounded to
// float32 first, as PyTorch does. Special values as C's. Small exponents by multiplication, roots and division (at most
// 1.5 ULP). Integer powers wrap.
#include "backend/cpu/hwy_config.h"
//
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/pointwise_pow_cpu.cpp"
#include "hwy/foreach_target.h"
//
#include <cmath>

#include "backend/cpu/elementwise-inl.h"
#include "backend/cpu/kernel_set.h"
#include "backend/cpu/vec_exp-inl.h"
#include "backend/cpu/vec_log-inl.h"
#include "ops/pointwise.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

template <class D, class V = hn::Vec<D>>
HWY_INLINE V nearest([[maybe_unused]] D d, V x) {
#if HWY_TARGET == HWY_SCALAR
  return hn::Set(d, std::nearbyint(hn::GetLane(x)));
#else
  return hn::Round(x);
#endif
}

struct PowScalarFast : WithParams<ValueParams> {
  using WithParams::WithParams;
  template <class D, class V>
  HWY_INLINE V operator()([[maybe_unused]] D d, V x) const {
    using T = hn::TFromD<D>;
    const V one = hn::Set(d, T(1));
    switch (static_cast<int>(params.value * 2)) {
      case 0:
        return one;
      case 1:  // pow(-0, 0.5) is +0 and pow(-inf, 0.5) is +inf, unlike sqrt
        return hn::IfThenElse(hn::Eq(x, hn::Set(d, -std::numeric_limits<T>::infinity())),
                              hn::Set(d, std::numeric_limits<T>::infinity()), hn::Sqrt(hn::Add(x, hn::Zero(d))));
      case 2:
        return x;
      case 4:
        return hn::Mul(x, x);
      case 6:
        return hn::Mul(hn::Mul(x, x), x);
      case -1:
        return hn::Div(one, hn::Sqrt(hn::Add(x, hn::Zero(d))));
      case -2:
        return hn::Div(one, x);
      default:
        return hn::Div(one, hn::Mul(x, x));
    }
  }
};
struct PowDouble : NoParams, PlainOp<double, double, double> {
  using NoParams::NoParams;
  HWY_INLINE double operator()(double x, double y) const { return std::pow(x, y); }
};
struct PowDoubleScalar : WithParams<ValueParams>, PlainOp<double, double> {
  using WithParams<ValueParams>::WithParams;
  HWY_INLINE double operator()(double x) const { return std::pow(x, params.value); }
};

#if HWY_TARGET == HWY_AVX3
using PowLane = float;
/// An exponent y, and y log2(e) = high + low.
template <class V>
struct Exponent {
  V y, high, low;
  template <class D>
  HWY_INLINE Exponent(D d, V v) : y(v), high(hn::Mul(v, constant(d, 1.44269502f))) {
    low = hn::MulAdd(v, constant(d, 1.92596303e-8), hn::MulSub(v, constant(d, 1.44269502f), high));
  }
};
// Tables by the first five bits of a significand m in [1, 2). A factor c, about 1 / m, of so few bits that m c - 1 is
// exact, and -log c in two parts, the first short enough for an exact sum with a multiple of the high part of log 2.
// Around 1 only r remains, so that relative accuracy is kept there.
alignas(64) constexpr float kFactors[32] = {
    0x1p+0f,    0x1.e8p-1f, 0x1.d8p-1f, 0x1.dp-1f,  0x1.cp-1f,  0x1.b8p-1f, 0x1.a8p-1f, 0x1.ap-1f,
    0x1.98p-1f, 0x1.88p-1f, 0x1.8p-1f,  0x1.78p-1f, 0x1.7p-1f,  0x1.68p-1f, 0x1.6p-1f,  0x1.58p-1f,
    0x1.5p-1f,  0x1.48p-1f, 0x1.48p-1f, 0x1.4p-1f,  0x1.38p-1f, 0x1.3p-1f,  0x1.3p-1f,  0x1.28p-1f,
    0x1.2p-1f,  0x1.2p-1f,  0x1.18p-1f, 0x1.1p-1f,  0x1.1p-1f,  0x1.08p-1f, 0x1.08p-1f, 0x1p-1f};
alignas(64) constexpr float kFactorLogs[32] = {
    0x0p+0f,      0x1.894p-5f,  0x1.4d3p-4f,  0x1.933p-4f,  0x1.1178p-3f, 0x1.366p-3f,  0x1.824p-3f,  0x1.a94p-3f,
    0x1.d1p-3f,   0x1.1178p-2f, 0x1.2698p-2f, 0x1.3c24p-2f, 0x1.522cp-2f, 0x1.68acp-2f, 0x1.7fbp-2f,  0x1.973cp-2f,
    0x1.af54p-2f, 0x1.c8p-2f,   0x1.c8p-2f,   0x1.e148p-2f, 0x1.fb34p-2f, 0x1.0ae8p-1f, 0x1.0ae8p-1f, 0x1.188ep-1f,
    0x1.2696p-1f, 0x1.2696p-1f, 0x1.3502p-1f, 0x1.43dap-1f, 0x1.43dap-1f, 0x1.5322p-1f, 0x1.5322p-1f, 0x1.62e4p-1f};
alignas(64) constexpr float kFactorLogRests[32] = {
    0x0p+0f,          0x1.54294p-18f,   0x1.15d208p-20f,  0x1.797566p-18f,  0x1.d044fcp-20f,  -0x1.a7f538p-22f,
    -0x1.f4d572p-18f, -0x1.2c3752p-19f, 0x1.bf932ap-18f,  0x1.d044fcp-19f,  -0x1.deecb2p-18f, 0x1.277334p-18f,
    -0x1.1f8c76p-18f, 0x1.07d38ep-19f,  -0x1.7109fap-20f, -0x1.cbcecap-18f, -0x1.6adb74p-18f, -0x1.8e2eaap-20f,
    -0x1.8e2eaap-20f, 0x1.4344e4p-19f,  0x1.8af7a4p-18f,  -0x1.23a5f6p-18f, -0x1.23a5f6p-18f, 0x1.c81e48p-18f,
    0x1.089a6ep-20f,  0x1.089a6ep-20f,  0x1.15b3b2p-18f,  -0x1.a0db88p-26f, -0x1.a0db88p-26f, 0x1.c4d0dp-18f,
    0x1.c4d0dp-18f,   0x1.7f7d1cp-20f};

/// a^y for a >= 0 or NaN; NaN where y log a is.
template <class D, class V>
HWY_INLINE V power(D d, V a, const Exponent<V>& y) {
  const Significand<V> of(a);  // a = 0 and a = inf have exponents of -inf and inf
  const __m512i index = _mm512_srli_epi32(_mm512_castps_si512(of.m.raw), 18);
  const V r = hn::MulSub(of.m, entry<V>(kFactors, index), constant(d, 1.0)), r2 = hn::Mul(r, r);
  // log(1 + r) = near + low: r - r^2 / 2 and what that lost, and the rest of the series.
  const V h = hn::Mul(r, constant(d, -0.5)), near = hn::MulAdd(h, r, r);
  V low = hn::MulAdd(hn::Mul(r2, r), poly(d, r, r2, 0.3333333075, -0.2500011924, 0.2001278715, -0.1644569867),
                     hn::MulAdd(h, r, hn::Sub(r, near)));
  // log(a) = log + low: e log 2 - log c, at least as large as `near` or 0, added.
  const V s = hn::MulAdd(of.e, constant(d, 0x1.62e4p-1), entry<V>(kFactorLogs, index)), log = hn::Add(s, near);
  low = hn::Add(low, hn::MulAdd(of.e, constant(d, 1.42860682e-6), entry<V>(kFactorLogRests, index)));
  low = hn::Add(low, hn::Sub(near, hn::Sub(log, s)));
  // y log2(a) = t + t_low = n + u, n a multiple of 1/16 of which the rounded sum holds the last four bits in its own.
  const V t = hn::Mul(y.high, log), rounder = constant(d, kRounder<D> / 16);
  const auto in_range = hn::Lt(hn::Abs(t), constant(d, 160.0));
  const V t_low =
      hn::IfThenElseZero(in_range, hn::MulAdd(y.low, log, hn::MulAdd(y.high, low, hn::MulSub(y.high, log, t))));
  const V sum = hn::Add(hn::Add(t, t_low), rounder), n = hn::Sub(sum, rounder),
          u = hn::IfThenElseZero(in_range, hn::Add(hn::Sub(t, n), t_low));
  const __m512i sixteenth = _mm512_castps_si512(sum.raw);
  const V p = entry<V>(kSixteenthPowers, sixteenth);
  const V q = hn::MulAdd(u, horner(d, u, 0.69314718, 0.2402344447, 0.0555059872), entry<V>(kSixteenthRests, sixteenth));
  return V{_mm512_scalef_ps(hn::MulAdd(p, q, p).raw, n.raw)};  // by the floor of n
}
/// Whether all bases are positive and finite and no result is NaN.
template <class D, class V>
HWY_INLINE bool all_usual(D, V x, const Exponent<V>&, V result) {
  constexpr int kUnusual = 0xDF;  // all classes but positive numbers
  return (_mm512_fpclass_ps_mask(x.raw, kUnusual) | _mm512_cmp_ps_mask(result.raw, result.raw, _CMP_UNORD_Q)) == 0;
}
#else
using PowLane = double;
template <class V>
struct Exponent {
  V y;
  template <class D>
  HWY_INLINE Exponent(D, V v) : y(v) {}
};
template <class D, class V>
HWY_INLINE V power(D d, V a, const Exponent<V>& y) {
  return exp(d, hn::Mul(y.y, log(d, a)));
}
/// Whether all bases are positive and finite, and all exponents finite.
template <class D, class V>
HWY_INLINE bool all_usual(D d, V x, const Exponent<V>& y, V) {
  return hn::AllTrue(
      d, hn::And(hn::And(hn::Gt(x, hn::Zero(d)), hn::Lt(x, infinity(d))), hn::Lt(hn::Abs(y.y), infinity(d))));
}
#endif

/// x^y of floats; special values as C's pow.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V pow_of_floats(D d, V x, const Exponent<V>& exponent) {
  const V a = hn::Abs(x), zero = hn::Zero(d), one = constant(d, 1.0), inf = infinity(d), y = exponent.y;
  V r = power(d, a, exponent);
  if (HWY_LIKELY(all_usual(d, x, exponent, r))) return r;
  r = hn::IfThenElse(hn::And(hn::Eq(a, one), hn::Eq(y, y)), one, r);  // also for infinite y
  const V half = hn::Mul(y, constant(d, 0.5));
  const auto whole = hn::Eq(nearest(d, y), y), even = hn::Eq(nearest(d, half), half);
  const auto below = hn::Lt(hn::CopySign(one, x), zero);
  r = hn::IfThenElse(hn::And(below, hn::AndNot(even, whole)), hn::Neg(r), r);
  const auto undefined = hn::And(hn::And(hn::Lt(x, zero), hn::Lt(a, inf)), hn::Not(whole));
  r = hn::IfThenElse(undefined, quiet_nan(d), r);
  return hn::IfThenElse(hn::Or(hn::Eq(y, zero), hn::Eq(x, one)), one, r);
}
/// For float, float16 and bfloat16. `exponent` is null for a tensor of exponents.
template <class T>
void pow_by_logarithm(char* const* data, const int64_t* strides, int64_t n, const double* exponent) {
  const hn::ScalableTag<PowLane> d;
  using V = hn::Vec<decltype(d)>;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  constexpr size_t kLanes = HWY_MAX_BYTES / sizeof(PowLane);
  T repeated[2][kLanes];
  const T* in[2] = {nullptr, nullptr};
  int64_t step[2] = {0, 0};
  for (int k = 0; k < (exponent ? 1 : 2); ++k) {
    in[k] = reinterpret_cast<const T*>(data[k + 1]);
    step[k] = strides[k + 1] != 0;
    if (step[k]) continue;
    for (T& v : repeated[k]) v = *in[k];
    in[k] = repeated[k];
  }
  T* out = reinterpret_cast<T*>(data[0]);
  const Exponent<V> fixed(d, hn::Set(d, exponent ? static_cast<float>(*exponent) : 0));
  for (int64_t i = 0; i < n; i += lanes) {
    const size_t rest = static_cast<size_t>(n - i);
    const bool full = rest >= static_cast<size_t>(lanes);
    const auto load = [&](int k) HWY_ATTR {
      return full || !step[k] ? load_as(d, in[k] + step[k] * i) : load_tail(d, in[k] + i, rest);
    };
    const V r = pow_of_floats(d, load(0), exponent ? fixed : Exponent<V>(d, load(1)));
    if (full)
      store_as(d, r, out + i);
    else
      store_tail(d, r, out + i, rest);
  }
}
template <class T>
void pow_tensor(char* const* data, const int64_t* strides, int64_t n, const void*) {
  pow_by_logarithm<T>(data, strides, n, nullptr);
}
template <class T>
HWY_INLINE T integer_power(T base, int64_t exponent) {
  if (exponent < 0)
    return base == T(1)                                        ? T(1)
           : std::is_signed_v<T> && base == static_cast<T>(-1) ? ((exponent & 1) ? base : T(1))
                                                               : T(0);
  auto b = wrap(base);
  decltype(b) r = 1;
  for (uint64_t e = static_cast<uint64_t>(exponent); e; e >>= 1, b *= b)
    if (e & 1) r *= b;
  return static_cast<T>(r);
}
template <class T>
struct PowInt : NoParams, PlainOp<T, T, T> {
  using NoParams::NoParams;
  HWY_INLINE T operator()(T x, T y) const { return integer_power(x, static_cast<int64_t>(y)); }
};
template <class T>
struct PowIntScalar : WithParams<ValueParams>, PlainOp<T, T> {
  using WithParams<ValueParams>::WithParams;
  HWY_INLINE T operator()(T x) const { return integer_power(x, params.value_int); }
};

template <class T>
void pow_scalar(char* const* data, const int64_t* strides, int64_t n, const void* params) {
  const double v = static_cast<const ValueParams*>(params)->value;
  if (v == 0 || v == 0.5 || v == 1 || v == 2 || v == 3 || v == -0.5 || v == -1 || v == -2)
    lane_kernel<T, PowScalarFast, 1, 1>(data, strides, n, params);
  else if constexpr (std::is_same_v<T, double>)
    plain_kernel<PowDoubleScalar>(data, strides, n, params);
  else
    pow_by_logarithm<T>(data, strides, n, &v);
}

void fill_slots() {
  pow_kernel.set(kCPU, kFloat, &pow_tensor<float>);
  pow_kernel.set(kCPU, kDouble, &plain_kernel<PowDouble>);
  pow_kernel.set(kCPU, kHalf, &pow_tensor<Half>);
  pow_kernel.set(kCPU, kBFloat16, &pow_tensor<BFloat16>);
  set_integers<PowInt>(pow_kernel);
  pow_scalar_kernel.set(kCPU, kFloat, &pow_scalar<float>);
  pow_scalar_kernel.set(kCPU, kDouble, &pow_scalar<double>);
  pow_scalar_kernel.set(kCPU, kHalf, &pow_scalar<Half>);
  pow_scalar_kernel.set(kCPU, kBFloat16, &pow_scalar<BFloat16>);
  set_integers<PowIntScalar>(pow_scalar_kernel);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
