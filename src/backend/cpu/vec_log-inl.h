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
/// Float lanes of 512 bits look a factor c, about 1 / m, up by the first four bits of the significand m in [1, 2), so
/// that r = m c - 1 is small and its polynomial short: log x = e log 2 - log c + log(1 + r). The factor is 1 in the
/// first sixteenth and 1/2 in the last, where on both sides of x = 1 all but r cancels: relative accuracy is kept.
template <class D>
inline constexpr bool by_table = is_f32<D> && sizeof(hn::Vec<D>) == 64;
/// To one base: log 2 = two (1 + rest), -log c = parts[k] (1 + rest) to 2^-31. `two` and `parts` have so few bits that
/// e two + parts[k] is exact.
struct LogTable {
  alignas(64) float factors[16];
  alignas(64) float parts[16];
  float two, rest;
};
inline constexpr LogTable kNaturalLog = {
    {0x1p+0f, 0x1.d641d2p-1f, 0x1.bd6838p-1f, 0x1.a2d6fp-1f, 0x1.8ea2e4p-1f, 0x1.7dae4ap-1f, 0x1.6ccb7p-1f,
     0x1.5cb418p-1f, 0x1.4dc906p-1f, 0x1.42ae1ap-1f, 0x1.352c18p-1f, 0x1.299064p-1f, 0x1.20c882p-1f, 0x1.16149ep-1f,
     0x1.0d7acap-1f, 0x1p-1f},
    {0x0p+0f, 0x1.5c58p-4f, 0x1.1d5cp-3f, 0x1.9b5p-3f, 0x1.0048p-2f, 0x1.2ccap-2f, 0x1.5b2p-2f, 0x1.8952p-2f,
     0x1.b618p-2f, 0x1.d8bep-2f, 0x1.0244p-1f, 0x1.15dcp-1f, 0x1.2532p-1f, 0x1.3888p-1f, 0x1.489ep-1f, 0x1.62e4p-1f},
    0x1.62e4p-1f,
    2.06104822e-06f};
inline constexpr LogTable kBinaryLog = {
    {0x1p+0f, 0x1.d384dep-1f, 0x1.bd5fc6p-1f, 0x1.a1f1dep-1f, 0x1.921682p-1f, 0x1.7ade3ap-1f, 0x1.6b7b36p-1f,
     0x1.5afaaep-1f, 0x1.4d0912p-1f, 0x1.424e88p-1f, 0x1.366308p-1f, 0x1.28cc0ep-1f, 0x1.2086dep-1f, 0x1.15375ep-1f,
     0x1.0bb80ap-1f, 0x1p-1f},
    {0x0p+0f, 0x1.0c88p-3f, 0x1.9be8p-3f, 0x1.2bdcp-2f, 0x1.65p-2f, 0x1.bcep-2f, 0x1.fa2p-2f, 0x1.1f62p-1f,
     0x1.3daep-1f, 0x1.55dep-1f, 0x1.71b4p-1f, 0x1.92c6p-1f, 0x1.a7a6p-1f, 0x1.c53p-1f, 0x1.defp-1f, 0x1p+0f},
    1.0f,
    0.0f};
inline constexpr LogTable kDecimalLog = {
    {0x1p+0f, 0x1.d2005cp-1f, 0x1.be63b8p-1f, 0x1.a5ba64p-1f, 0x1.8d3a1ep-1f, 0x1.7c3fbap-1f, 0x1.6d4e7ap-1f,
     0x1.5bd7aap-1f, 0x1.4dde4ep-1f, 0x1.424ebcp-1f, 0x1.344dd8p-1f, 0x1.298cdp-1f, 0x1.207bb8p-1f, 0x1.1562b8p-1f,
     0x1.0c31e6p-1f, 0x1p-1f},
    {0x0p+0f, 0x1.4ee8p-5f, 0x1.e7ep-5f, 0x1.5908p-4f, 0x1.c38p-4f, 0x1.089ap-3f, 0x1.2c42p-3f, 0x1.57d4p-3f,
     0x1.7c4cp-3f, 0x1.9ba4p-3f, 0x1.c326p-3f, 0x1.e2bap-3f, 0x1.fe4p-3f, 0x1.1092p-2f, 0x1.1f8ep-2f, 0x1.344p-2f},
    0x1.344p-2f,
    1.52978424e-05f};
/// For log(1 + x): entry k is for 1 + k / 16.
alignas(64) inline constexpr float kLog1pFactors[16] = {0x1.000000p+0f, 0x1.d4b6dcp-1f, 0x1.ba01a2p-1f, 0x1.a3890ep-1f,
                                                        0x1.8f486ep-1f, 0x1.7d43b6p-1f, 0x1.6cc44ap-1f, 0x1.5d304ap-1f,
                                                        0x1.4e0c46p-1f, 0x1.417914p-1f, 0x1.347208p-1f, 0x1.291674p-1f,
                                                        0x1.1eb634p-1f, 0x1.15f23ap-1f, 0x1.0d33ccp-1f, 0x1.036204p-1f};
alignas(64) inline constexpr float kLog1pParts[16] = {0x0.000000p+0f, 0x1.69ce00p-4f, 0x1.2d0e80p-3f, 0x1.97ea00p-3f,
                                                      0x1.fd3e80p-3f, 0x1.2de840p-2f, 0x1.5b3440p-2f, 0x1.87e5c0p-2f,
                                                      0x1.b54a00p-2f, 0x1.dc94c0p-2f, 0x1.0378a0p-1f, 0x1.16ae20p-1f,
                                                      0x1.28e1c0p-1f, 0x1.38c780p-1f, 0x1.492520p-1f, 0x1.5c2b80p-1f};

/// x = 2^e m, m in [1, 2), for any x: getexp and getmant take subnormals apart; they give (-inf, 1) for 0, (inf, 1) for
/// inf and (., NaN) for negative numbers, so that the formulas give what they must.
template <class V>
struct Significand {
  V e, m;
  __m512i index;  // of tables
  explicit HWY_INLINE Significand(V x)
      : e{_mm512_getexp_ps(x.raw)},
        m{_mm512_getmant_ps(x.raw, _MM_MANT_NORM_1_2, _MM_MANT_SIGN_nan)},
        index(_mm512_srli_epi32(_mm512_castps_si512(m.raw), 19)) {}
};
/// (log(1 + r) - r) / r^2, times `scale`, for r in [-1/32, 1/16].
template <class D, class V>
HWY_INLINE V log_quotient(D d, V r, V r2, double scale = 1) {
  return poly(d, r, r2, -0.500000005 * scale, 0.333344874 * scale, -0.250078366 * scale, 0.188573528 * scale);
}
/// log(x) to the base of the table, 1 / log of which is `unit`.
template <class D, class V>
HWY_INLINE V log_by_table(D d, V x, const LogTable& table, double unit) {
  const Significand<V> of(x);
  const V r = hn::MulSub(of.m, entry<V>(table.factors, of.index), constant(d, 1.0)), r2 = hn::Mul(r, r);
  const V s = hn::MulAdd(of.e, constant(d, table.two), entry<V>(table.parts, of.index));
  if (unit == 1) return hn::Add(s, hn::MulAdd(r2, log_quotient(d, r, r2), hn::MulAdd(s, constant(d, table.rest), r)));
  // `unit` is of two parts: r unit = r high + r low.
  const double high = static_cast<float>(unit);
  V low = hn::Mul(r, hn::MulAdd(r, log_quotient(d, r, r2, unit), constant(d, unit - high)));
  if (table.rest != 0) low = hn::MulAdd(s, constant(d, table.rest), low);
  return hn::Add(s, hn::MulAdd(r, constant(d, high), low));
}
/// log(u + tail), |tail| at most an ULP of u and 0 from 2^100 on.
template <class D, class V>
HWY_INLINE V log_of_sum(D d, V u, V tail) {
  const hn::RebindToUnsigned<D> du;
  const auto bits = [&](V v) HWY_ATTR { return hn::BitCast(du, v); };
  const Significand<V> of(u);
  // c 2^-e by the distance of the exponents of m and u, which stays in range for the largest u.
  const V c = entry<V>(kNaturalLog.factors, of.index),
          scaled = hn::BitCast(d, hn::Add(bits(c), hn::Sub(bits(of.m), bits(at_most(d, u, 0x1p100)))));
  const V r = hn::MulAdd(tail, scaled, hn::MulSub(of.m, c, constant(d, 1.0))), r2 = hn::Mul(r, r);
  const V s = hn::MulAdd(of.e, constant(d, kNaturalLog.two), entry<V>(kNaturalLog.parts, of.index));
  return hn::Add(s, hn::MulAdd(r2, log_quotient(d, r, r2), hn::MulAdd(s, constant(d, kNaturalLog.rest), r)));
}
/// log(1 + x), but for the sign of 0 and x = inf.
template <class D, class V>
HWY_INLINE V log1p_by_table(D d, V x) {
  const V one = constant(d, 1.0), u = hn::Add(x, one);
  return log_of_sum(d, u, hn::Sub(x, hn::Sub(u, one)));
}
/// y, replaced by class of x: a code for each of NaN, signalling NaN, 0, 1, -inf, inf, negative and positive from the
/// last hexadecimal digit of kCodes; 0 keeps y, 1 gives x, 3 NaN.
template <int kCodes, class V>
HWY_INLINE V replace_by_class(V y, V x) {
  return V{_mm512_fixupimm_ps(y.raw, x.raw, _mm512_set1_epi32(kCodes), 0)};
}
#endif

/// Natural logarithm: at most 1.1 ULP. -inf at 0 and -0, NaN below 0.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V log(D d, V x) {
#if HWY_TARGET == HWY_AVX3
  if constexpr (by_table<D>) return log_by_table(d, x, kNaturalLog, 1);
#endif
  bool special;
  const auto r = reduce_log_of_any(d, x, special);
  const V y = log_combine(d, r.e, r.f);
  return special ? log_special(d, x, y) : y;
}
/// Logarithm to base 2: at most 2 ULP; exact for powers of 2. Special values as log.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V log2(D d, V x) {
#if HWY_TARGET == HWY_AVX3
  if constexpr (by_table<D>) return log_by_table(d, x, kBinaryLog, 1.4426950408889634);
#endif
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
#if HWY_TARGET == HWY_AVX3
  if constexpr (by_table<D>) return log_by_table(d, x, kDecimalLog, 0.43429448190325182765);
#endif
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
#if HWY_TARGET == HWY_AVX3
  if constexpr (by_table<D>) return replace_by_class<0x00100100>(log1p_by_table(d, x), x);  // 0 and inf
#endif
  const V one = constant(d, 1.0);
  V c;
  const V u = two_sum(one, x, c);
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
    // The sum, rounded down, ends in the number of sixteenths; of 1 that is 15.
    const auto index = _mm512_castps_si512(_mm512_fmadd_round_ps(x.raw, constant(d, 0x1.fffffcp-1).raw,
                                                                 constant(d, kRounder<D> / 16).raw,
                                                                 _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC));
    const V c = entry<V>(kLog1pFactors, index), r = hn::MulAdd(x, c, hn::Sub(c, constant(d, 1.0))), r2 = hn::Mul(r, r);
    return hn::Add(entry<V>(kLog1pParts, index), hn::MulAdd(r2, log_quotient(d, r, r2), r));
  }
#endif
  const auto big = hn::Gt(x, constant(d, 0.41421356));
  const V f = hn::IfThenElse(big, hn::Mul(constant(d, 0.5), hn::Sub(x, constant(d, 1.0))), x);
  return log_combine(d, hn::IfThenElseZero(big, constant(d, 1.0)), f);
}

/// Inverse hyperbolic sine: at most 3 ULP.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V asinh(D d, V x) {
  // asinh(a) = log(a + sqrt(a^2 + 1)); far out log(2 a), before a^2 overflows.
  const V a = hn::Abs(x), one = constant(d, 1.0);
  const auto far = hn::Gt(a, constant(d, 1e9f, 1e18));
#if HWY_TARGET == HWY_AVX3
  if constexpr (by_table<D>) {
    // w + w_low = a^2 + 1. Its root is s and what the derivative of the root makes of the rest, h = 1 / (2 s).
    const V w = hn::MulAdd(a, a, one), w_low = hn::MulAdd(a, a, hn::Sub(one, w)), guess{_mm512_rsqrt14_ps(w.raw)},
            h = hn::Mul(guess, constant(d, 0.5)), s0 = hn::Mul(w, guess);
    const V s = hn::MulAdd(hn::NegMulAdd(s0, s0, w), h, s0), rest = hn::Add(hn::NegMulAdd(s, s, w), w_low);
    const V u = hn::IfThenElse(far, a, hn::Add(s, a));
    const V y = log_of_sum(d, u, hn::IfThenZeroElse(far, hn::MulAdd(rest, h, hn::Sub(a, hn::Sub(u, s)))));
    return hn::CopySign(hn::IfThenElse(far, hn::Add(y, constant(d, 0.69314718055994530942)), y), x);
  }
#endif
  const V a2 = hn::Mul(a, a);
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
#if HWY_TARGET == HWY_AVX3
  if constexpr (by_table<D>) {
    const V r = hn::IfThenZeroElse(far, root), u = hn::Add(x, r), y = log_of_sum(d, u, hn::Sub(r, hn::Sub(u, x)));
    return replace_by_class<0x03130000>(hn::IfThenElse(far, hn::Add(y, constant(d, 0.69314718055994530942)), y), x);
  }
#endif
  const V y = log1p(d, hn::IfThenElse(far, x, hn::Add(t, root)));
  const V sum = hn::Add(y, hn::IfThenElseZero(far, constant(d, 0.69314718055994530942)));
  return hn::IfThenElse(hn::Ge(x, one), sum, quiet_nan(d));
}
/// Inverse hyperbolic tangent: at most 3 ULP; +-inf at +-1, NaN beyond.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V atanh(D d, V x) {
  const V a = hn::Abs(x), q = hn::Div(hn::Add(a, a), hn::Sub(constant(d, 1.0), a));
#if HWY_TARGET == HWY_AVX3
  if constexpr (by_table<D>) {
    const V y = replace_by_class<0x00100000>(log1p_by_table(d, q), q);  // inf
    return hn::CopySign(hn::Mul(constant(d, 0.5), y), x);
  }
#endif
  const V y = log1p(d, q);
  return hn::CopySign(hn::Mul(constant(d, 0.5), y), x);
}

}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#endif  // LAMPAS_BACKEND_CPU_VEC_LOG_INL_H_
