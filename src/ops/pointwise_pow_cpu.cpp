// Powers. float64: C's pow. Narrower dtypes: exp(y log x) in float64 vectors, rounded once (at most 0.51 ULP of
// float32); special values as C's. Small exponents by multiplication, roots and division (at most 1.5 ULP). Integer
// powers wrap.
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
// Tables by the first four bits of a significand. A factor c = 1 / (about m) for 1 + k / 16, or for (16 + k) / 32 from
// the eighth on, of few enough bits that a float's m c is exact, and -log2(c); around 1 the factor is 1, so that
// relative accuracy is kept there. Powers 2^(k/16).
alignas(64) constexpr double kFactors[16] = {0x1.000000p+0, 0x1.d47b24p-1, 0x1.b9b7f4p-1, 0x1.a49908p-1,
                                             0x1.8f8434p-1, 0x1.7deac0p-1, 0x1.6bf76cp-1, 0x1.5bc826p-1,
                                             0x1.4ee3bap+0, 0x1.41f962p+0, 0x1.35c0c0p+0, 0x1.292e36p+0,
                                             0x1.1f36dep+0, 0x1.1578e6p+0, 0x1.0bee8cp+0, 0x1.000000p+0};
alignas(64) constexpr double kFactorLogs[16] = {0x0.0p+0,
                                                0x1.067531884952ep-3,
                                                0x1.b441e88dbff1fp-3,
                                                0x1.2282ede826a01p-2,
                                                0x1.6e7a756057346p-2,
                                                0x1.b108afddbd70cp-2,
                                                0x1.f8277f9518d67p-2,
                                                0x1.1dad18d676fb2p-1,
                                                -0x1.8cd7b30b1abd4p-2,
                                                -0x1.52bd83786a57fp-2,
                                                -0x1.1992d0a647d79p-2,
                                                -0x1.b8b885dfe6248p-3,
                                                -0x1.53ef5d621716ap-3,
                                                -0x1.dbf440971a81bp-4,
                                                -0x1.0d32a81037b07p-4,
                                                0x0.0p+0};
alignas(64) constexpr double kPowers[16] = {
    0x1.0000000000000p+0, 0x1.0b5586cf9890fp+0, 0x1.172b83c7d517bp+0, 0x1.2387a6e756238p+0,
    0x1.306fe0a31b715p+0, 0x1.3dea64c123422p+0, 0x1.4bfdad5362a27p+0, 0x1.5ab07dd485429p+0,
    0x1.6a09e667f3bcdp+0, 0x1.7a11473eb0187p+0, 0x1.8ace5422aa0dbp+0, 0x1.9c49182a3f090p+0,
    0x1.ae89f995ad3adp+0, 0x1.c199bdd85529cp+0, 0x1.d5818dcfba487p+0, 0x1.ea4afa2a490dap+0};
template <class V>
HWY_INLINE V entry_of(const double* table, __m512i index) {
  return V{_mm512_permutex2var_pd(_mm512_load_pd(table), index, _mm512_load_pd(table + 8))};
}
/// a^y of double lanes to a relative 2^-33 where it is one a float can hold; `a` a float >= 0. In lanes of 512 bits,
/// which look values up.
template <class D, class V>
HWY_INLINE V power_by_tables(D d, V a, V y) {
  // log2(a) = e - log2(c) + log2(1 + r), r in [-1/32, 1/16]; a = 0 and a = inf have exponents of -inf and inf.
  const V one = constant(d, 1.0), m{_mm512_getmant_pd(a.raw, _MM_MANT_NORM_p75_1p5, _MM_MANT_SIGN_nan)};
  V e{_mm512_getexp_pd(a.raw)};
  e = hn::IfThenElse(hn::Lt(m, one), hn::Add(e, one), e);
  const __m512i bits = _mm512_srli_epi64(_mm512_castpd_si512(m.raw), 48);
  const V r = hn::MulSub(m, entry_of<V>(kFactors, bits), one);
  const V q = horner(d, r, 1.4426950408898622, -0.7213475203010244, 0.48089833504470253, -0.36067424818974925,
                     0.28856696776410606, -0.24026950509113967, 0.1880224806887623);
  const V log2 = hn::MulAdd(r, q, hn::Add(e, entry_of<V>(kFactorLogs, bits)));
  // 2^t = 2^n (1 + s) with n a multiple of 1/16, the last four bits of which are those of a rounded sum.
  const V t = at_most(d, at_least(d, hn::Mul(y, log2), -160.0), 140.0);
  const V rounder = constant(d, kRounder<D> / 16), sum = hn::Add(t, rounder), n = hn::Sub(sum, rounder),
          u = hn::Sub(t, n), power = entry_of<V>(kPowers, _mm512_castpd_si512(sum.raw));
  const V s =
      hn::Mul(u, horner(d, u, 0.6931471801566144, 0.24022650672685453, 0.05550574845387622, 0.009618696125676163));
  return V{_mm512_scalef_pd(hn::MulAdd(power, s, power).raw, n.raw)};  // by the floor of n
}
#endif

/// x^y of double lanes to 2^-33 for results a float can hold; special values as C's pow.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V pow_of_floats(D d, V x, V y) {
  const V a = hn::Abs(x), zero = hn::Zero(d), one = constant(d, 1.0), inf = infinity(d);
#if HWY_TARGET == HWY_AVX3
  V r = power_by_tables(d, a, y);
#else
  V r = exp(d, hn::Mul(y, log(d, a)));
#endif
  // The usual bases: positive and finite, to finite powers.
  if (HWY_LIKELY(hn::AllTrue(d, hn::And(hn::And(hn::Gt(x, zero), hn::Lt(x, inf)), hn::Lt(hn::Abs(y), inf))))) return r;
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
void pow_through_double(char* const* data, const int64_t* strides, int64_t n, const double* exponent) {
  const hn::ScalableTag<double> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  constexpr size_t kLanes = HWY_MAX_BYTES / sizeof(double);
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
  const hn::Vec<decltype(d)> fixed = hn::Set(d, exponent ? *exponent : 0);
  for (int64_t i = 0; i < n; i += lanes) {
    const size_t rest = static_cast<size_t>(n - i);
    const bool full = rest >= static_cast<size_t>(lanes);
    const auto load = [&](int k) HWY_ATTR {
      return full || !step[k] ? load_as(d, in[k] + step[k] * i) : load_tail(d, in[k] + i, rest);
    };
    const auto r = pow_of_floats(d, load(0), exponent ? fixed : load(1));
    if (full)
      store_as(d, r, out + i);
    else
      store_tail(d, r, out + i, rest);
  }
}
template <class T>
void pow_tensor(char* const* data, const int64_t* strides, int64_t n, const void*) {
  pow_through_double<T>(data, strides, n, nullptr);
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
    pow_through_double<T>(data, strides, n, &v);
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
