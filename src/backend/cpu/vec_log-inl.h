// Per-target header: logarithms and the inverse hyperbolic functions for float and double lanes.
// Bounds are maxima over the tests' samples on every target, in units in the last place (ULP) of the result.
#if defined(LAMPAS_BACKEND_CPU_VEC_LOG_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAMPAS_BACKEND_CPU_VEC_LOG_INL_H_
#undef LAMPAS_BACKEND_CPU_VEC_LOG_INL_H_
#else
#define LAMPAS_BACKEND_CPU_VEC_LOG_INL_H_
#endif

#include "backend/cpu/vec_poly-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {

/// x = 2^e (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)); `unscale` is 2^-e (0 or worse for e > 126 or 1022).
template <class D>
struct LogReduced {
  hn::Vec<D> e, f, unscale;
};
/// For positive normal x; anything else gives a value log_special replaces.
template <class D, class V = hn::Vec<D>>
HWY_INLINE LogReduced<D> reduce_log(D d, V x) {
  const hn::RebindToUnsigned<D> du;
  using TU = hn::TFromD<decltype(du)>;
  const auto one = hn::BitCast(du, constant(d, 1.0));
  const auto bits = hn::BitCast(du, x);
  // Adding 1 - sqrt(1/2) as integers carries into the exponent exactly for significands of sqrt(2) and more.
  const auto carried = hn::Add(bits, hn::Sub(one, hn::BitCast(du, constant(d, 0.70710678f, 0.70710678118654752440))));
  const auto biased = hn::ShiftRight<mantissa_bits<D>>(carried);
  const auto shifted = hn::Sub(hn::ShiftLeft<mantissa_bits<D>>(biased), one);
  constexpr double kTwoToMantissa = is_f32<D> ? 8388608.0 : 4503599627370496.0;
  LogReduced<D> r;
  r.e = hn::Sub(hn::BitCast(d, hn::Or(biased, hn::BitCast(du, constant(d, kTwoToMantissa)))),
                constant(d, kTwoToMantissa + exponent_bias<D>));
  r.f = hn::Sub(hn::BitCast(d, hn::Sub(bits, shifted)), constant(d, 1.0));
  r.unscale = hn::BitCast(d, hn::Sub(one, shifted));
  static_assert(sizeof(TU) == sizeof(hn::TFromD<D>));
  return r;
}
/// log(1 + f) - f for 1 + f in [sqrt(1/2), sqrt(2)).
template <class D, class V = hn::Vec<D>>
HWY_INLINE V log_tail(D d, V f) {
  if constexpr (is_f32<D>) {
    const V f2 = hn::Mul(f, f);
    const V p = poly(d, f, f2, 0.333333224, -0.249999911, 0.200015247, -0.166686654, 0.142302677, -0.123991348,
                     0.118107878, -0.11689508, 0.0692741349);
    return hn::MulAdd(hn::Mul(f2, f), p, hn::Mul(constant(d, -0.5), f2));
  } else {
    // With s = f / (2 + f): log(1 + f) = 2 atanh(s) = f - f^2/2 + s (f^2/2 + z R(z)), z = s^2.
    const V s = hn::Div(f, hn::Add(f, constant(d, 2.0))), z = hn::Mul(s, s),
            half = hn::Mul(hn::Mul(constant(d, 0.5), f), f);
    const V r = hn::Mul(z, poly(d, z, hn::Mul(z, z), 0.6666666666666683, 0.3999999999968908, 0.2857142869030217,
                                0.22222203308560098, 0.18183341059031413, 0.15319317783605615, 0.14746774903963977));
    return hn::MulSub(s, hn::Add(half, r), half);
  }
}
/// e ln 2 + log(1 + f).
template <class D, class V = hn::Vec<D>>
HWY_INLINE V log_combine(D d, V e, V f) {
  const V low = hn::MulAdd(e, constant(d, 1.42860682e-6f, 1.90821492927058770002e-10), log_tail(d, f));
  return hn::MulAdd(e, constant(d, 0x1.62e4p-1f, 0x1.62e42feep-1), hn::Add(f, low));
}
/// y where x is positive and finite, else what a logarithm of x must give.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V log_special(D d, V x, V y) {
  const V zero = hn::Zero(d), inf = infinity(d);
  const V bad = hn::IfThenElse(hn::Eq(x, zero), hn::Neg(inf), quiet_nan(d));
  return hn::IfThenElse(hn::Gt(x, zero), hn::IfThenElse(hn::Eq(x, inf), x, y), bad);
}

/// As reduce_log for any x, so that the formulas give what they must at 0, inf, negative numbers and NaN,
/// unless `special` is set: then log_special has to be applied.
template <class D, class V = hn::Vec<D>>
HWY_INLINE LogReduced<D> reduce_log_of_any(D d, V x, bool& special) {
#if HWY_TARGET == HWY_AVX3
  if constexpr (sizeof(V) == 64) {
    // getexp and getmant take subnormals apart; they give (-inf, 1) for 0, (inf, 1) for inf and (., NaN) for negative
    // numbers.
    LogReduced<D> r;
    const V half = constant(d, 0.5);
    V m;
    if constexpr (is_f32<D>) {
      m = V{_mm512_getmant_ps(x.raw, _MM_MANT_NORM_1_2, _MM_MANT_SIGN_nan)};
      r.e = V{_mm512_getexp_ps(x.raw)};
    } else {
      m = V{_mm512_getmant_pd(x.raw, _MM_MANT_NORM_1_2, _MM_MANT_SIGN_nan)};
      r.e = V{_mm512_getexp_pd(x.raw)};
    }
    const auto big = hn::Ge(m, constant(d, 1.41421356f, 1.41421356237309504880));
    m = hn::IfThenElse(big, hn::Mul(m, half), m);
    r.e = hn::IfThenElse(big, hn::Add(r.e, constant(d, 1.0)), r.e);
    r.f = hn::Sub(m, constant(d, 1.0));
    special = false;
    return r;
  }
#endif
  special = true;
  const auto tiny = hn::Lt(x, hn::Set(d, std::numeric_limits<hn::TFromD<D>>::min()));
  auto r = reduce_log(d, hn::IfThenElse(tiny, hn::Mul(x, constant(d, 33554432.0f, 18014398509481984.0)), x));
  r.e = hn::Sub(r.e, hn::IfThenElseZero(tiny, constant(d, 25.0f, 54.0)));
  return r;
}

#if HWY_TARGET == HWY_AVX3
/// Float lanes of 512 bits look a factor c = 1 / (about m) up by the first four bits of the significand m, so that r =
/// m c
/// - 1 is small and its polynomial short. The factors are chosen such that -log c has so few bits that adding multiples
/// of the high part of ln 2 is exact; around 1 they are 1, so that relative accuracy is kept there.
template <class D>
inline constexpr bool by_table = is_f32<D> && sizeof(hn::Vec<D>) == 64;
/// Entry k is for 1 + k / 16, or for (16 + k) / 32 from the eighth on.
alignas(64) inline constexpr float kLogFactors[16] = {0x1.000000p+0f, 0x1.d47b24p-1f, 0x1.b9b7f4p-1f, 0x1.a49908p-1f,
                                                      0x1.8f8434p-1f, 0x1.7deac0p-1f, 0x1.6bf76cp-1f, 0x1.5bc826p-1f,
                                                      0x1.4ee3bap+0f, 0x1.41f962p+0f, 0x1.35c0c0p+0f, 0x1.292e36p+0f,
                                                      0x1.1f36dep+0f, 0x1.1578e6p+0f, 0x1.0bee8cp+0f, 0x1.000000p+0f};
alignas(64) inline constexpr float kLogParts[16] = {0x0.000000p+0f,  0x1.6bd800p-4f,  0x1.2e6400p-3f,  0x1.92bc00p-3f,
                                                    0x1.fc0c00p-3f,  0x1.2c2800p-2f,  0x1.5d7400p-2f,  0x1.8c0800p-2f,
                                                    -0x1.131200p-2f, -0x1.d59800p-3f, -0x1.865800p-3f, -0x1.317c00p-3f,
                                                    -0x1.d74000p-4f, -0x1.49e800p-4f, -0x1.753000p-5f, 0x0.000000p+0f};
/// Entry k is for 1 + k / 16.
alignas(64) inline constexpr float kLog1pFactors[16] = {0x1.000000p+0f, 0x1.d4b6dcp-1f, 0x1.ba01a2p-1f, 0x1.a3890ep-1f,
                                                        0x1.8f486ep-1f, 0x1.7d43b6p-1f, 0x1.6cc44ap-1f, 0x1.5d304ap-1f,
                                                        0x1.4e0c46p-1f, 0x1.417914p-1f, 0x1.347208p-1f, 0x1.291674p-1f,
                                                        0x1.1eb634p-1f, 0x1.15f23ap-1f, 0x1.0d33ccp-1f, 0x1.036204p-1f};
alignas(64) inline constexpr float kLog1pParts[16] = {0x0.000000p+0f, 0x1.69ce00p-4f, 0x1.2d0e80p-3f, 0x1.97ea00p-3f,
                                                      0x1.fd3e80p-3f, 0x1.2de840p-2f, 0x1.5b3440p-2f, 0x1.87e5c0p-2f,
                                                      0x1.b54a00p-2f, 0x1.dc94c0p-2f, 0x1.0378a0p-1f, 0x1.16ae20p-1f,
                                                      0x1.28e1c0p-1f, 0x1.38c780p-1f, 0x1.492520p-1f, 0x1.5c2b80p-1f};

/// The entry of a table that the first bits of the significands choose.
template <class V>
HWY_INLINE V look_up(const float* table, V significand) {
  return V{_mm512_permutexvar_ps(_mm512_srli_epi32(_mm512_castps_si512(significand.raw), 19), _mm512_load_ps(table))};
}
/// log(1 + r) - r for r in [-1/32, 1/16], plus `more`.
template <class D, class V>
HWY_INLINE V log_tail_of_small(D d, V r, V more) {
  const V r2 = hn::Mul(r, r);
  return hn::MulAdd(r2, poly(d, r, r2, -0.500000005, 0.333344874, -0.250078366, 0.188573528), more);
}
/// log(x + tail), |tail| at most half an ULP of x, for any x; `tail` is looked at up to x = 1e10.
template <bool kTail, class D, class V>
HWY_INLINE V log_by_table(D d, V x, [[maybe_unused]] V tail) {
  // getexp and getmant take subnormals apart; they give (-inf, 1) for 0, (inf, 1) for inf and (., NaN) for negative
  // numbers.
  const V one = constant(d, 1.0), m{_mm512_getmant_ps(x.raw, _MM_MANT_NORM_p75_1p5, _MM_MANT_SIGN_nan)};
  V e{_mm512_getexp_ps(x.raw)};
  e = hn::IfThenElse(hn::Lt(m, one), hn::Add(e, one), e);
  const V c = look_up(kLogFactors, m);
  V r = hn::MulSub(m, c, one);
  if constexpr (kTail) {
    const V scaled{
        _mm512_scalef_ps(hn::IfThenElseZero(hn::Lt(x, constant(d, 1e10)), tail).raw, at_most(d, hn::Neg(e), 64.0).raw)};
    r = hn::MulAdd(scaled, c, r);
  }
  const V low = log_tail_of_small(d, r, hn::Mul(e, constant(d, 1.42860682e-6)));
  return hn::Add(hn::MulAdd(e, constant(d, 0x1.62e4p-1), look_up(kLogParts, m)), hn::Add(r, low));
}
#endif

/// Natural logarithm: at most 1 ULP. -inf at 0 and -0, NaN below 0.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V log(D d, V x) {
#if HWY_TARGET == HWY_AVX3
  if constexpr (by_table<D>) return log_by_table<false>(d, x, x);
#endif
  bool special;
  const auto r = reduce_log_of_any(d, x, special);
  const V y = log_combine(d, r.e, r.f);
  return special ? log_special(d, x, y) : y;
}
/// Logarithm to base 2: at most 2 ULP; exact for powers of 2. Special values as log.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V log2(D d, V x) {
  bool special;
  const auto r = reduce_log_of_any(d, x, special);
  const V high = constant(d, 1.44269502f, 1.4426950408889634), low = constant(d, 1.92596303e-8, 2.0355273740931033e-17);
  const V tail = hn::MulAdd(r.f, low, hn::Mul(log_tail(d, r.f), high));
  const V y = hn::Add(r.e, hn::MulAdd(r.f, high, tail));
  return special ? log_special(d, x, y) : y;
}
/// Logarithm to base 10: at most 2 ULP. Special values as log.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V log10(D d, V x) {
  bool special;
  const auto r = reduce_log_of_any(d, x, special);
  const V high = constant(d, 0.434294492f, 0.4342944819032518),
          low = constant(d, -1.01030624e-8, 1.098319650216765e-17);
  const V tail = hn::MulAdd(r.f, low, hn::Mul(log_tail(d, r.f), high));
  // log10(2) in two parts, the first short enough for exact multiples.
  const V sum = hn::MulAdd(r.f, high, hn::MulAdd(r.e, constant(d, 4.60503907e-6f, 3.69423907715893078616e-13), tail));
  const V y = hn::MulAdd(r.e, constant(d, 0.301025391f, 3.01029995663611771306e-01), sum);
  return special ? log_special(d, x, y) : y;
}
/// log(1 + x): at most 2 ULP, relative accuracy kept near 0. -inf at -1, NaN below -1.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V log1p(D d, V x) {
  const V one = constant(d, 1.0);
  V c;
  const V u = two_sum(one, x, c);
#if HWY_TARGET == HWY_AVX3
  if constexpr (by_table<D>) return hn::CopySign(log_by_table<true>(d, u, c), x);
#endif
  const auto r = reduce_log(d, u);
  // What 1 + x lost matters only while 1 does; beyond, `unscale` would underflow.
  const V unscale = hn::IfThenElseZero(hn::Lt(u, constant(d, 1e10f, 1e20)), r.unscale);
  const V y = log_combine(d, r.e, hn::MulAdd(c, unscale, r.f));
  return hn::CopySign(log_special(d, u, y), x);
}
/// log(1 + x) for x in [0, 1] or NaN: at most 2 ULP.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V log1p_of_unit(D d, V x) {
#if HWY_TARGET == HWY_AVX3
  if constexpr (by_table<D>) {
    const V one = constant(d, 1.0), u = hn::MulAdd(x, constant(d, 0x1.fffffcp-1), one);  // less than 2
    const V c = look_up(kLog1pFactors, u), r = hn::MulAdd(x, c, hn::Sub(c, one));
    return hn::Add(look_up(kLog1pParts, u), hn::Add(r, log_tail_of_small(d, r, hn::Zero(d))));
  }
#endif
  const auto big = hn::Gt(x, constant(d, 0.41421356));
  const V f = hn::IfThenElse(big, hn::Mul(constant(d, 0.5), hn::Sub(x, constant(d, 1.0))), x);
  return log_combine(d, hn::IfThenElseZero(big, constant(d, 1.0)), f);
}

/// Inverse hyperbolic sine: at most 3 ULP.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V asinh(D d, V x) {
  const V a = hn::Abs(x), one = constant(d, 1.0), a2 = hn::Mul(a, a);
  // asinh(a) = log(a + sqrt(a^2 + 1)); far out log(2 a), before a^2 overflows.
  const auto far = hn::Gt(a, constant(d, 1e9f, 1e18));
  const V q = hn::Div(a2, hn::Add(one, hn::Sqrt(hn::Add(a2, one))));
  const V y = log1p(d, hn::IfThenElse(far, a, hn::Add(a, q)));
  return hn::CopySign(hn::Add(y, hn::IfThenElseZero(far, constant(d, 0.69314718055994530942))), x);
}
/// Inverse hyperbolic cosine: at most 3 ULP; NaN below 1.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V acosh(D d, V x) {
  const V one = constant(d, 1.0), t = hn::Sub(x, one);
  const auto far = hn::Gt(x, constant(d, 1e9f, 1e18));
  const V root = hn::Sqrt(hn::MulAdd(t, t, hn::Add(t, t)));
  const V y = log1p(d, hn::IfThenElse(far, x, hn::Add(t, root)));
  const V sum = hn::Add(y, hn::IfThenElseZero(far, constant(d, 0.69314718055994530942)));
  return hn::IfThenElse(hn::Ge(x, one), sum, quiet_nan(d));
}
/// Inverse hyperbolic tangent: at most 3 ULP; +-inf at +-1, NaN beyond.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V atanh(D d, V x) {
  const V a = hn::Abs(x), y = log1p(d, hn::Div(hn::Add(a, a), hn::Sub(constant(d, 1.0), a)));
  return hn::CopySign(hn::Mul(constant(d, 0.5), y), x);
}

}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#endif  // LAMPAS_BACKEND_CPU_VEC_LOG_INL_H_
