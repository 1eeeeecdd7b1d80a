// Per-target header: trigonometric functions and their inverses for float and double lanes.
// Bounds are maxima over the tests' samples on every target, in units in the last place (ULP) of the result.
#if defined(LAMPAS_BACKEND_CPU_VEC_TRIG_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAMPAS_BACKEND_CPU_VEC_TRIG_INL_H_
#undef LAMPAS_BACKEND_CPU_VEC_TRIG_INL_H_
#else
#define LAMPAS_BACKEND_CPU_VEC_TRIG_INL_H_
#endif

#include <cmath>

#include "backend/cpu/vec_poly-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {

/// x = (quadrant + 4 k) pi/2 + r, |r| <= pi/4 (1 + 2^-9), for |x| <= kTrigLimit.
template <class D>
struct TrigReduced {
  hn::Vec<D> r;
  hn::Vec<hn::RebindToUnsigned<D>> quadrant;  // low two bits
};
/// Beyond, the sum of three parts of pi/2 no longer suffices.
template <class D>
inline constexpr double kTrigLimit = is_f32<D> ? 30000.0 : 1e9;

template <class D, class V = hn::Vec<D>>
HWY_INLINE TrigReduced<D> reduce_trig(D d, V x) {
  const V t = hn::MulAdd(x, constant(d, 0.63661977236758134308), constant(d, kRounder<D>));
  const V q = hn::Sub(t, constant(d, kRounder<D>));
  // The first step is exact: x and q times the first part are multiples of one unit, and their difference is small.
  V r = hn::NegMulAdd(q, constant(d, 0x1.921fb6p+0f, 0x1.921fb54442d18p+0), x);
  r = hn::NegMulAdd(q, constant(d, -0x1.777a5cp-25f, 0x1.1a62633145c07p-54), r);
  r = hn::NegMulAdd(q, constant(d, -0x1.ee59dap-50f, -0x1.f1976b7ed8fbcp-110), r);
  return {r, hn::BitCast(hn::RebindToUnsigned<D>(), t)};
}
/// sin(r) and cos(r) for |r| <= pi/4 (1 + 2^-9), each within 0.8 ULP.
template <class D, class V>
HWY_INLINE V sin_reduced(D d, V r, V z) {
  V p;
  if constexpr (is_f32<D>) {
    p = horner(d, z, -0.166666552, 0.00833216868, -0.000195160115);
  } else {
    p = horner(d, z, -0.16666666666666635, 0.008333333333323157, -0.0001984126983023509, 2.7557313802960597e-06,
               -2.505077140955627e-08, 1.5897388438694047e-10);
  }
  return hn::MulAdd(hn::Mul(r, z), p, r);
}
template <class D, class V>
HWY_INLINE V cos_reduced(D d, V z) {
  V p;
  if constexpr (is_f32<D>) {
    p = horner(d, z, 0.0416666456, -0.0013887356, 2.4437044e-05);
  } else {
    p = horner(d, z, 0.04166666666666663, -0.0013888888888878904, 2.4801587292051198e-05, -2.7557315005557777e-07,
               2.0875802700319078e-09, -1.1363371320691994e-11);
  }
  const V half = hn::Mul(constant(d, 0.5), z), one = constant(d, 1.0), w = hn::Sub(one, half);
  // What 1 - z/2 lost is added back with the small terms.
  return hn::Add(w, hn::MulAdd(hn::Mul(z, z), p, hn::Sub(hn::Sub(one, w), half)));
}
#if HWY_NATIVE_FMA
/// sin(x + shift pi/2) for shift 0 and 1.
template <int shift, class D, class V>
HWY_INLINE V sin_shifted(D d, V x) {
  const hn::RebindToUnsigned<D> du;
  using TU = hn::TFromD<decltype(du)>;
  if constexpr (is_f32<D>) {
    // x + shift pi/2 = n pi + r, |r| <= pi/2 (1 + 2^-9): a longer polynomial for the sine costs less than one more for
    // the cosine. The last bit of the sum with the rounder says whether the result is sin(r) or -sin(r).
    const V inverse = constant(d, 0.31830988618379067154), half = constant(d, 0.5);
    V t, q;
    if constexpr (shift == 0) {
      t = hn::MulAdd(x, inverse, constant(d, kRounder<D>));
      q = hn::Sub(t, constant(d, kRounder<D>));
    } else {
      t = hn::Add(hn::MulSub(x, inverse, half), constant(d, kRounder<D> + 1));
      q = hn::Add(hn::Sub(t, constant(d, kRounder<D> + 1)), half);
    }
    // Exact, as in reduce_trig. All parts of pi are positive, which keeps -0.
    V r = hn::NegMulAdd(q, constant(d, 0x1.921fb4p+1f), x);
    r = hn::NegMulAdd(q, constant(d, 0x1.4442d0p-23f), r);
    r = hn::NegMulAdd(q, constant(d, 0x1.84698ap-47f), r);
    const V z = hn::Mul(r, r);
    // 1/8 of z is exact: so much less is lost where the sine is near 1.
    const V p = hn::MulAdd(z, horner(d, z, -0.166666597 + 0.125, 0.00833306927, -0.000198097681, 2.60605384e-06),
                           hn::Mul(z, constant(d, -0.125)));
    const auto sign = hn::ShiftLeft<31>(hn::BitCast(du, t));
    return hn::CopySign(hn::MulAdd(r, p, r), hn::Xor(r, hn::BitCast(d, sign)));
  } else {
    const auto e = reduce_trig(d, x);
    const auto q = hn::Add(e.quadrant, hn::Set(du, static_cast<TU>(shift)));
    const V z = hn::Mul(e.r, e.r);
    const auto odd = hn::RebindMask(d, hn::TestBit(q, hn::Set(du, TU{1})));
    const auto sign = hn::ShiftLeft<sizeof(TU) * 8 - 2>(hn::And(q, hn::Set(du, TU{2})));
    const V y = hn::IfThenElse(odd, cos_reduced(d, z), sin_reduced(d, e.r, z));
    return hn::BitCast(d, hn::Xor(hn::BitCast(du, y), sign));
  }
}

/// Sine and cosine for |x| <= kTrigLimit: at most 2 ULP. NaN of NaN, anything of what is larger.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V sin(D d, V x) {
  const V y = sin_shifted<0>(d, x);
  return is_f32<D> ? y : hn::IfThenElse(hn::Eq(x, hn::Zero(d)), x, y);  // keeps -0
}
template <class D, class V = hn::Vec<D>>
HWY_INLINE V cos(D d, V x) {
  return sin_shifted<1>(d, x);
}
/// Tangent: at most 4 ULP; range as sin.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V tan(D d, V x) {
  const hn::RebindToUnsigned<D> du;
  const auto e = reduce_trig(d, x);
  const V z = hn::Mul(e.r, e.r);
  const auto odd = hn::RebindMask(d, hn::TestBit(e.quadrant, hn::Set(du, hn::TFromD<decltype(du)>{1})));
  V y;
  if constexpr (is_f32<D>) {
    const V p = horner(d, z, 0.333331496, 0.13338995, 0.0533946566, 0.0244907998, 0.00302069075, 0.00944518112);
    const V t = hn::MulAdd(hn::Mul(e.r, z), p, e.r);
    y = hn::IfThenElse(odd, hn::Div(constant(d, -1.0), t), t);
  } else {
    const V s = sin_reduced(d, e.r, z), c = cos_reduced(d, z);
    y = hn::Div(hn::IfThenElse(odd, hn::Neg(c), s), hn::IfThenElse(odd, s, c));
  }
  return hn::IfThenElse(hn::Eq(x, hn::Zero(d)), x, y);  // keeps -0
}
#else
// Without fused multiply-add three parts of pi do not suffice: the C library's functions.
template <class D, class V, class F>
HWY_INLINE V each_lane(D d, V x, F f) {
  HWY_ALIGN hn::TFromD<D> v[HWY_MAX_BYTES / sizeof(hn::TFromD<D>)];
  hn::Store(x, d, v);
  for (size_t i = 0; i < hn::Lanes(d); ++i) v[i] = f(v[i]);
  return hn::Load(d, v);
}
template <class D, class V = hn::Vec<D>>
HWY_INLINE V sin(D d, V x) {
  return each_lane(d, x, [](hn::TFromD<D> v) { return std::sin(v); });
}
template <class D, class V = hn::Vec<D>>
HWY_INLINE V cos(D d, V x) {
  return each_lane(d, x, [](hn::TFromD<D> v) { return std::cos(v); });
}
template <class D, class V = hn::Vec<D>>
HWY_INLINE V tan(D d, V x) {
  return each_lane(d, x, [](hn::TFromD<D> v) { return std::tan(v); });
}
#endif
/// sin(pi x) / (pi x), 1 at 0: at most 4 ULP, with exact zeros at the integers; NaN at +-inf.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V sinc(D d, V x) {
  // x = q / 2 + r exactly; the quadrant is q modulo 4. Every large number is even, and x + x must not overflow.
  const V w = hn::IfThenElse(hn::Gt(hn::Abs(x), constant(d, 1e9f, 1e18)), hn::Mul(x, hn::Zero(d)), x);
  const V q = hn::Round(hn::Add(w, w)), r = hn::NegMulAdd(q, constant(d, 0.5), w);
  const V m = hn::NegMulAdd(constant(d, 4.0), hn::Floor(hn::Mul(q, constant(d, 0.25))), q);
  const V pi = constant(d, 0x1.921fb6p+1f, 0x1.921fb54442d18p+1),
          low = constant(d, -0x1.777a5cp-24f, 0x1.1a62633145c07p-53);
  const V u = hn::MulAdd(r, pi, hn::Mul(r, low)), z = hn::Mul(u, u);
  const auto odd = hn::Or(hn::Eq(m, constant(d, 1.0)), hn::Eq(m, constant(d, 3.0)));
  V s = hn::IfThenElse(odd, cos_reduced(d, z), sin_reduced(d, u, z));
  s = hn::IfThenElse(hn::Ge(m, constant(d, 2.0)), hn::Neg(s), s);
  const V y = hn::Div(s, hn::Mul(pi, x));
  // Below the smallest normal number pi x may round badly, or to 0.
  const auto tiny = hn::Lt(hn::Abs(x), constant(d, 1e-5f, 1e-9));
  return hn::IfThenElse(tiny, constant(d, 1.0), y);
}

/// asin(s) - s over s for s^2 = z in [0, 1/4].
template <class D, class V>
HWY_INLINE V asin_tail(D d, V z) {
  V p;
  if constexpr (is_f32<D>) {
    p = horner(d, z, 0.166666612, 0.0750047117, 0.0445218533, 0.0317739733, 0.014547836, 0.0373817571);
  } else {
    p = poly(d, z, hn::Mul(z, z), 0.16666666666666688, 0.07499999999985449, 0.044642857163244315, 0.030381943172294652,
             0.022372203507231073, 0.01735179666570612, 0.013978808217980688, 0.01141405639274051, 0.010701446536223307,
             0.0039848945724612565, 0.02106947706749093, -0.020144420490296473, 0.03212034631482642);
  }
  return hn::Mul(z, p);
}
/// Arc sine: at most 3 ULP; NaN beyond +-1.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V asin(D d, V x) {
  const V a = hn::Abs(x), half = constant(d, 0.5);
  const auto big = hn::Gt(a, half);
  // asin(a) = pi/2 - 2 asin(sqrt((1 - a) / 2))
  const V z = hn::IfThenElse(big, hn::Mul(half, hn::Sub(constant(d, 1.0), a)), hn::Mul(a, a));
  const V s = hn::IfThenElse(big, hn::Sqrt(z), a), p = hn::MulAdd(s, asin_tail(d, z), s);
  const V rest = hn::Sub(constant(d, 0x1.921fb6p+0f, 0x1.921fb54442d18p+0),
                         hn::Sub(hn::Add(p, p), constant(d, -0x1.777a5cp-25f, 0x1.1a62633145c07p-54)));
  return hn::CopySign(hn::IfThenElse(big, rest, p), x);
}
/// Arc cosine: at most 3 ULP; NaN beyond +-1.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V acos(D d, V x) {
  const V a = hn::Abs(x), half = constant(d, 0.5), zero = hn::Zero(d);
  const auto big = hn::Gt(a, half), negative = hn::Lt(x, zero);
  const V z = hn::IfThenElse(big, hn::Mul(half, hn::Sub(constant(d, 1.0), a)), hn::Mul(a, a));
  const V s = hn::IfThenElse(big, hn::Sqrt(z), x), tail = hn::Mul(s, asin_tail(d, z));
  const V pi = constant(d, 0x1.921fb6p+1f, 0x1.921fb54442d18p+1),
          pi_low = constant(d, -0x1.777a5cp-24f, 0x1.1a62633145c07p-53);
  const V half_pi = hn::Mul(half, pi), half_pi_low = hn::Mul(half, pi_low);
  const V centre = hn::Sub(half_pi, hn::Add(s, hn::Sub(tail, half_pi_low)));
  const V twice = hn::Add(hn::Add(s, tail), hn::Add(s, tail));
  const V outer = hn::IfThenElse(negative, hn::Sub(pi, hn::Sub(twice, pi_low)), twice);
  return hn::IfThenElse(big, outer, centre);
}
/// Arc tangent of t in [0, 1], float lanes.
template <class D, class V>
HWY_INLINE V atan_of_unit(D d, V t) {
  const V z = hn::Mul(t, t);
  const V p = horner(d, z, -0.333331525, 0.199937686, -0.142110243, 0.106658928, -0.0755199343, 0.0432094261,
                     -0.0163665209, 0.00292035984);
  return hn::MulAdd(hn::Mul(t, z), p, t);
}
/// Arc tangent: at most 2 ULP; +-pi/2 at +-inf.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V atan(D d, V x) {
  const V a = hn::Abs(x), one = constant(d, 1.0);
  if constexpr (is_f32<D>) {
    const auto high = hn::Gt(a, one);
    const V t = atan_of_unit(d, hn::IfThenElse(high, hn::Div(one, a), a));
    const V rest = hn::Add(constant(d, 0x1.921fb6p+0f), hn::Sub(constant(d, -0x1.777a5cp-25f), t));
    return hn::CopySign(hn::IfThenElse(high, rest, t), x);
  } else {
    // Around 1 and beyond tan(3 pi/8), turn by pi/4 or pi/2.
    const V zero = hn::Zero(d);
    const auto high = hn::Gt(a, constant(d, 2.41421356237309504880)),
               middle = hn::Gt(a, constant(d, 0.41421356237309504880));
    const V quarter = constant(d, 0x1.921fb54442d18p-1), quarter_low = constant(d, 0x1.1a62633145c07p-55);
    const V num = hn::IfThenElse(high, hn::Neg(one), hn::Sub(a, one)), den = hn::IfThenElse(high, a, hn::Add(a, one));
    const V t = hn::IfThenElse(middle, hn::Div(num, den), a), z = hn::Mul(t, t);
    const V base = hn::IfThenElse(high, hn::Add(quarter, quarter), hn::IfThenElse(middle, quarter, zero));
    const V low = hn::IfThenElse(high, hn::Add(quarter_low, quarter_low), hn::IfThenElse(middle, quarter_low, zero));
    const V p = poly(d, z, hn::Mul(z, z), -0.3333333333333329, 0.199999999999739, -0.1428571428186339,
                     0.11111110854407019, -0.09090899544395196, 0.07692088600186463, -0.06663396411713486,
                     0.05849838207674729, -0.050474199298243635, 0.03825644825041544, -0.018103918397453646);
    return hn::CopySign(hn::Add(base, hn::Add(t, hn::MulAdd(hn::Mul(t, z), p, low))), x);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#endif  // LAMPAS_BACKEND_CPU_VEC_TRIG_INL_H_
