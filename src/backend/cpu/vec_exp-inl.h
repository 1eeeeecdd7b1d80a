// Per-target header: the exponential family for float and double lanes.
// Bounds are maxima over the tests' samples on every target, in units in the last place (ULP) of the result, subnormals
// included. NaN gives NaN and the sign of zero is kept where the function is odd.
#if defined(LAMPAS_BACKEND_CPU_VEC_EXP_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAMPAS_BACKEND_CPU_VEC_EXP_INL_H_
#undef LAMPAS_BACKEND_CPU_VEC_EXP_INL_H_
#else
#define LAMPAS_BACKEND_CPU_VEC_EXP_INL_H_
#endif

#include "backend/cpu/unroll.h"
#include "backend/cpu/vec_poly-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {

/// x = n ln 2 + r with |r| <= ln(2)/2; r is the rounded sum of an exact `high` and a small `low`.
template <class D>
struct ExpReduced {
  hn::Vec<D> n, n_plus_rounder, high, low, r;
};
/// Of x + tail, |tail| <= ULP(x), for `x` within the exponents scale_by_power takes.
template <class D, class V = hn::Vec<D>>
HWY_INLINE ExpReduced<D> reduce_exp(D d, V x, V tail = hn::Zero(D())) {
  ExpReduced<D> e;
  e.n_plus_rounder = hn::MulAdd(x, constant(d, 1.44269504088896341), constant(d, kRounder<D>));
  e.n = hn::Sub(e.n_plus_rounder, constant(d, kRounder<D>));
  // The high part of ln 2 has so few bits that n times it is exact.
  e.high = hn::NegMulAdd(e.n, constant(d, 0x1.62e4p-1f, 0x1.62e42feep-1), x);
  e.low = hn::MulAdd(e.n, constant(d, -1.42860682e-6f, -1.90821492927058770002e-10), tail);
  e.r = hn::Add(e.high, e.low);
  return e;
}
/// e^r - 1 for |r| <= ln(2)/2, to full relative accuracy (expm1) or to 2^-2 ULP of e^r (exp).
template <class D, class V = hn::Vec<D>>
HWY_INLINE V expm1_reduced(D d, const ExpReduced<D>& e) {
  const V r2 = hn::Mul(e.r, e.r);
  V q;
  if constexpr (is_f32<D>) {
    q = poly(d, e.r, r2, 0.5, 0.166666672, 0.0416663513, 0.0083332723, 0.0013941311, 0.000199145943);
  } else {
    q = poly(d, e.r, r2, 0.5, 0.16666666666666677, 0.0416666666666667, 0.008333333333321341, 0.001388888888886633,
             0.00019841269886946227, 2.4801587361576753e-05, 2.7557243306534826e-06, 2.7557241878369956e-07,
             2.5109376107636286e-08, 2.0924717712023837e-09);
  }
  return hn::Add(e.high, hn::MulAdd(r2, q, e.low));
}
template <class D, class V = hn::Vec<D>>
HWY_INLINE V exp_reduced(D d, const ExpReduced<D>& e) {
  const V r2 = hn::Mul(e.r, e.r);
  V q;
  if constexpr (is_f32<D>) {
    q = poly(d, e.r, r2, 0.5, 0.16666542, 0.0416662768, 0.00836677756, 0.00139467849);
  } else {
    q = poly(d, e.r, r2, 0.5000000000000006, 0.16666666666666685, 0.04166666666657144, 0.008333333333314168,
             0.0013888888933141928, 0.000198412699040806, 2.4801503479376394e-05, 2.7557226919632073e-06,
             2.762672801289337e-07, 2.5114826253963478e-08);
  }
  return hn::Add(constant(d, 1.0), hn::Add(e.high, hn::MulAdd(r2, q, e.low)));
}

#if HWY_TARGET == HWY_AVX3
/// Float lanes of 512 bits look 2^(k/16) up, so that r is small and its polynomial short.
template <class D>
inline constexpr bool exp_by_table = is_f32<D> && sizeof(hn::Vec<D>) == 64;
alignas(64) inline constexpr float kSixteenthPowers[16] = {
    0x1.000000p+0f, 0x1.0b5586p+0f, 0x1.172b84p+0f, 0x1.2387a6p+0f, 0x1.306fe0p+0f, 0x1.3dea64p+0f,
    0x1.4bfdaep+0f, 0x1.5ab07ep+0f, 0x1.6a09e6p+0f, 0x1.7a1148p+0f, 0x1.8ace54p+0f, 0x1.9c4918p+0f,
    0x1.ae89fap+0f, 0x1.c199bep+0f, 0x1.d5818ep+0f, 0x1.ea4afap+0f};
/// What they lost in rounding, relative to them.
alignas(64) inline constexpr float kSixteenthRests[16] = {
    0x0.0p+0f,        0x1.8d96d4p-25f,  -0x1.9c0c22p-27f, 0x1.964904p-25f,  0x1.125002p-25f, 0x1.370be4p-25f,
    -0x1.0a355p-25f,  -0x1.00d8acp-27f, 0x1.26055cp-26f,  -0x1.05cb44p-25f, 0x1.67a1cap-28f, 0x1.a3b5e4p-28f,
    -0x1.f9c304p-27f, -0x1.6961b4p-28f, -0x1.a5217cp-28f, 0x1.61428ep-28f};
/// e^(x + tail) times a power of 2, with one rounding of what underflows, for a sum of exponents within +-190; at most
/// 1 ULP, or 0.6 ULP with kExact.
template <bool kTail, bool kExact = false, class D, class V>
HWY_INLINE V exp_of_sixteenths(D d, V x, [[maybe_unused]] V tail, double factor = 1) {
  // x = n ln 2 + r, n a multiple of 1/16 of which the rounded sum holds the last four bits in its own.
  const V rounder = constant(d, kRounder<D> / 16), sum = hn::MulAdd(x, constant(d, 1.44269504088896341), rounder);
  const V n = hn::Sub(sum, rounder), powers = hn::Mul(V{_mm512_load_ps(kSixteenthPowers)}, constant(d, factor));
  V r = hn::MulAdd(n, constant(d, -1.42860682e-6), hn::NegMulAdd(n, constant(d, 0x1.62e4p-1), x));
  if constexpr (kTail) r = hn::Add(r, tail);
  const V power{_mm512_permutexvar_ps(_mm512_castps_si512(sum.raw), powers.raw)};
  V p = hn::Mul(r, horner(d, r, 1.0, 0.5000161735611981, 0.1666671851029152));
  if constexpr (kExact)
    p = hn::Add(p, V{_mm512_permutexvar_ps(_mm512_castps_si512(sum.raw), _mm512_load_ps(kSixteenthRests))});
  return V{_mm512_scalef_ps(hn::MulAdd(power, p, power).raw, n.raw)};  // by the floor of n
}
/// 2^(k/32).
alignas(64) inline constexpr float kThirtySecondPowers[32] = {
    0x1.000000p+0f, 0x1.059b0ep+0f, 0x1.0b5586p+0f, 0x1.11301ep+0f, 0x1.172b84p+0f, 0x1.1d4874p+0f, 0x1.2387a6p+0f,
    0x1.29e9e0p+0f, 0x1.306fe0p+0f, 0x1.371a74p+0f, 0x1.3dea64p+0f, 0x1.44e086p+0f, 0x1.4bfdaep+0f, 0x1.5342b6p+0f,
    0x1.5ab07ep+0f, 0x1.6247ecp+0f, 0x1.6a09e6p+0f, 0x1.71f75ep+0f, 0x1.7a1148p+0f, 0x1.82589ap+0f, 0x1.8ace54p+0f,
    0x1.93737cp+0f, 0x1.9c4918p+0f, 0x1.a5503cp+0f, 0x1.ae89fap+0f, 0x1.b7f770p+0f, 0x1.c199bep+0f, 0x1.cb720ep+0f,
    0x1.d5818ep+0f, 0x1.dfc974p+0f, 0x1.ea4afap+0f, 0x1.f50766p+0f};
/// What they lost in rounding, relative to them.
alignas(64) inline constexpr float kThirtySecondRests[32] = {0.0f,
                                                             -0x1.947414p-25f,
                                                             0x1.8d96d4p-25f,
                                                             -0x1.dda2fcp-25f,
                                                             -0x1.9c0c22p-27f,
                                                             -0x1.a2fbb2p-25f,
                                                             0x1.964904p-25f,
                                                             -0x1.2b0dbcp-25f,
                                                             0x1.125002p-25f,
                                                             -0x1.cde8cep-26f,
                                                             0x1.370be4p-25f,
                                                             0x1.336de2p-30f,
                                                             -0x1.0a355p-25f,
                                                             -0x1.c541b4p-26f,
                                                             -0x1.00d8acp-27f,
                                                             -0x1.6cb284p-25f,
                                                             0x1.26055cp-26f,
                                                             0x1.8b2bb8p-26f,
                                                             -0x1.05cb44p-25f,
                                                             -0x1.1c2142p-26f,
                                                             0x1.67a1cap-28f,
                                                             -0x1.348e56p-25f,
                                                             0x1.a3b5e4p-28f,
                                                             -0x1.0b7ec8p-25f,
                                                             -0x1.f9c304p-27f,
                                                             -0x1.e4c886p-26f,
                                                             -0x1.6961b4p-28f,
                                                             -0x1.b5151ep-28f,
                                                             -0x1.a5217cp-28f,
                                                             -0x1.ab7132p-26f,
                                                             0x1.61428ep-28f,
                                                             -0x1.2ad5f8p-27f};
/// As expm1 and expm1_of_non_positive below: at most 1.6 ULP.
template <bool kNonPositive, class D, class V>
HWY_INLINE V expm1_of_thirty_seconds(D d, V x) {
  const V rounder = constant(d, kRounder<D> / 32), c = at_least(d, x, -18.0);
  V sum = hn::MulAdd(c, constant(d, 1.44269504088896341), rounder);
  // 2^n must be finite where e^x is: n has a bound of its own and r takes what is left.
  if constexpr (!kNonPositive) sum = at_most(d, sum, kRounder<D> / 32 + 127.96875);
  const V n = hn::Sub(sum, rounder);
  const __m512i k = _mm512_castps_si512(sum.raw);
  const V power{
      _mm512_permutex2var_ps(_mm512_load_ps(kThirtySecondPowers), k, _mm512_load_ps(kThirtySecondPowers + 16))};
  V low{_mm512_permutex2var_ps(_mm512_load_ps(kThirtySecondRests), k, _mm512_load_ps(kThirtySecondRests + 16))}, high;
  if constexpr (kNonPositive) {  // where n is large, the error of n ln 2 does not count
    high = hn::NegMulAdd(n, constant(d, 0.693147180559945309), c);
  } else {
    high = hn::NegMulAdd(n, constant(d, 0x1.62e4p-1), c);
    low = hn::MulAdd(n, constant(d, -1.42860682e-6), low);
  }
  const V r = hn::Add(high, low), p = hn::MulAdd(hn::Mul(r, r), horner(d, r, 0.500003755, 0.166667283), r);
  const V scale{_mm512_scalef_ps(power.raw, n.raw)}, y = hn::MulAdd(scale, p, hn::Sub(scale, constant(d, 1.0)));
  return kNonPositive ? y : hn::CopySign(y, x);
}
/// Polynomials for tanh in pieces: their centres and coefficients. Pieces are [0, 1/16], the quarters of the octaves up
/// to 8 and [8, 9.1], each at the index that the exponent's low three bits and the significand's first two make.
alignas(64) inline constexpr float kTanhPieces[7][32] = {
    {2.24469f,   2.760175f,   3.233295f,   3.732825f,   4.48506f,    5.52695f,     6.51911f,     7.51305f,
     8.6184f,    8.6184f,     8.6184f,     0.0f,        0.07061765f, 0.086289845f, 0.101761565f, 0.1173375f,
     0.1401525f, 0.17174093f, 0.20229219f, 0.23320313f, 0.2827969f,  0.34106186f,  0.40876874f,  0.46523437f,
     0.5611275f, 0.68288f,    0.80832374f, 0.94066876f, 1.13391f,    1.36862f,     1.6228225f,   1.86135f},
    {0.9777941f,  0.99202305f, 0.9968958f,  0.9988558f,  0.9997457f,  0.99996835f, 0.99999565f, 0.9999994f,
     0.99999994f, 0.99999994f, 0.99999994f, 0.0f,        0.0705005f,  0.08607631f, 0.10141175f, 0.11680195f,
     0.139242f,   0.17007212f, 0.19957721f, 0.22906563f, 0.27549168f, 0.32842505f, 0.38742673f, 0.43434075f,
     0.5088135f,  0.5933885f,  0.6686645f,  0.73552936f, 0.8123532f,  0.8783773f,  0.9250326f,  0.95280343f},
    {0.043918658f,   0.015890298f,   0.0061987652f,  0.002287025f,   0.0005084656f, 6.330719e-05f, 8.703063e-06f,
     1.1921704e-06f, 1.3600874e-07f, 1.3600874e-07f, 1.3600874e-07f, 1.0f,          0.9950297f,    0.99259084f,
     0.98971564f,    0.98635733f,    0.9806117f,     0.9710755f,     0.96016896f,   0.94752896f,   0.92410433f,
     0.892137f,      0.84990054f,    0.81134814f,    0.74110883f,    0.6478901f,    0.55288774f,   0.45899656f,
     0.34008223f,    0.22845331f,    0.14431466f,    0.09216562f},
    {-0.042942204f,  -0.015762618f,   -0.006179153f,   -0.0022842619f,  -0.00050774013f, -6.322277e-05f,
     -8.691363e-06f, -1.1905479e-06f, -2.2203467e-07f, -2.2203467e-07f, -2.2203467e-07f, 0.0f,
     -0.07015058f,   -0.08543775f,    -0.10036814f,    -0.115208246f,   -0.13654217f,    -0.16515273f,
     -0.19162743f,   -0.21704568f,    -0.2545834f,     -0.29299995f,    -0.32927442f,    -0.35240117f,
     -0.3770859f,    -0.38445047f,    -0.36969662f,    -0.33760548f,    -0.27626866f,    -0.20066932f,
     -0.13349621f,   -0.087815784f},
    {0.027352106f,   0.010338205f,    0.004095621f,    0.0015200597f,   0.00033896905f, 4.201071e-05f, 5.781735e-06f,
     7.9262645e-07f, -1.8548977e-08f, -1.8548977e-08f, -1.8548977e-08f, -0.333333f,     -0.32717428f,  -0.32226917f,
     -0.3186433f,    -0.31669098f,    -0.30805036f,    -0.29563504f,    -0.28209138f,   -0.26638284f,  -0.23790556f,
     -0.20116463f,   -0.1557881f,     -0.117459856f,   -0.05518015f,    0.012165329f,   0.06292972f,   0.095313914f,
     0.1110856f,     0.10010451f,     0.075382724f,    0.0529488f},
    {-0.012491426f,   -0.0050502243f,  -0.0020422167f, -0.0007643842f, -0.00017707566f, -2.2067068e-05f,
     -3.0376202e-06f, -4.1638177e-07f, 2.5229065e-07f, 2.5229065e-07f, 2.5229065e-07f,  0.0f,
     0.05501889f,     0.038760833f,    0.05376482f,    0.075768024f,   0.08749816f,     0.10484358f,
     0.11780071f,     0.12997828f,     0.15061349f,    0.16346762f,    0.17035311f,     0.16783221f,
     0.15355062f,     0.12086875f,     0.08125858f,    0.042505935f,   0.0022385337f,   -0.020809162f,
     -0.025142726f,   -0.02116362f},
    {0.0039755097f,  0.0019208454f, 0.0007668715f, 0.00029130516f, 6.7973364e-05f, 9.356968e-06f, 1.2635688e-06f,
     1.7068056e-07f, 4.155692e-07f, 4.155692e-07f, 4.155692e-07f,  0.13303857f,    5.360184f,     -14.380738f,
     -12.582043f,    15.974342f,    0.67585516f,   0.19339064f,    0.914881f,      0.84589416f,   0.06468567f,
     0.043753423f,   0.04743941f,   0.03733935f,   -0.041423686f,  -0.061447337f,  -0.067007825f, -0.051823515f,
     -0.03229248f,   -0.00944204f,  0.0014016632f, 0.0045960853f},
};
/// As tanh below: at most 1 ULP.
template <class D, class V>
HWY_INLINE V tanh_of_pieces(D d, V x) {
  const V a = at_most(d, hn::Abs(x), 9.1);  // from 9.02 on it rounds to 1
  const __m512i piece = _mm512_max_epi32(_mm512_srli_epi32(_mm512_castps_si512(a.raw), 21), _mm512_set1_epi32(491));
  const auto at = [&](int k) HWY_ATTR {
    return V{_mm512_permutex2var_ps(_mm512_load_ps(kTanhPieces[k]), piece, _mm512_load_ps(kTanhPieces[k] + 16))};
  };
  const V r = hn::Sub(a, at(0));
  V y = at(6);
  LAMPAS_UNROLL
  for (int k = 5; k >= 1; --k) y = hn::MulAdd(r, y, at(k));
  return hn::CopySign(y, x);
}
/// sum[k] += 2^t[k], less exactly than the above and with less work: at most 2 ULP of the power, which is 0 below
/// 2^-149, of -inf too, and inf where it is too large. Step by step for all of them: the processor looks ahead by fewer
/// instructions than it takes to keep its units busy with one after the other.
template <size_t kCount, class D, class V>
HWY_INLINE void add_powers_of_two(D d, const V (&t)[kCount], V (&sum)[kCount]) {
  const V rounder = constant(d, kRounder<D> / 32), low{_mm512_load_ps(kThirtySecondPowers)},
          high{_mm512_load_ps(kThirtySecondPowers + 16)};
  V r[kCount], p[kCount];
  // t = n + k/32 + r, rounded down all of it: r of an infinite t is 0.
  LAMPAS_UNROLL
  for (size_t k = 0; k < kCount; ++k)
    p[k] = V{_mm512_add_round_ps(t[k].raw, rounder.raw, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC)};
  LAMPAS_UNROLL
  for (size_t k = 0; k < kCount; ++k)
    r[k] = V{_mm512_reduce_ps(t[k].raw, 5 << 4 | _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC)};
  LAMPAS_UNROLL
  for (size_t k = 0; k < kCount; ++k)
    p[k] = V{_mm512_permutex2var_ps(low.raw, _mm512_castps_si512(p[k].raw), high.raw)};
  LAMPAS_UNROLL
  for (size_t k = 0; k < kCount; ++k) p[k] = V{_mm512_scalef_ps(p[k].raw, t[k].raw)};  // by the floor of t
  LAMPAS_UNROLL
  for (size_t k = 0; k < kCount; ++k) {
    const V q = hn::MulAdd(r[k], constant(d, 0.242652699351), constant(d, 0.693123757839));
    sum[k] = hn::MulAdd(p[k], hn::MulAdd(r[k], q, constant(d, 1.0)), sum[k]);
  }
}
#else
template <class D>
inline constexpr bool exp_by_table = false;
template <size_t kCount, class D, class V>
void add_powers_of_two(D d, const V (&t)[kCount], V (&sum)[kCount]);
template <bool kTail, bool kExact = false, class D, class V>
V exp_of_sixteenths(D d, V x, V tail, double factor = 1);
template <bool kNonPositive, class D, class V>
V expm1_of_thirty_seconds(D d, V x);
template <class D, class V>
V tanh_of_pieces(D d, V x);
#endif

/// e^x: at most 1 ULP. +inf above 88.722839 (float) or 709.78271 (double); 0 below -103.97 or -745.13.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V exp(D d, V x) {
  constexpr double kLow = is_f32<D> ? -104.0 : -746.0, kHigh = is_f32<D> ? 89.0 : 710.0;
  x = at_most(d, at_least(d, x, kLow), kHigh);
  if constexpr (exp_by_table<D>) return exp_of_sixteenths<false>(d, x, x);
  const auto e = reduce_exp(d, x);
  return scale_by_power(d, exp_reduced(d, e), e.n_plus_rounder, e.n);
}
/// e^x for x <= 0 or NaN, as exp; in fact for x <= 88 (float) or 709 (double): only the overflow is not looked after.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V exp_of_non_positive(D d, V x) {
  x = at_least(d, x, is_f32<D> ? -104.0 : -746.0);
  if constexpr (exp_by_table<D>) return exp_of_sixteenths<false>(d, x, x);
  const auto e = reduce_exp(d, x);
  return scale_by_power(d, exp_reduced(d, e), e.n_plus_rounder, e.n);
}
/// e^(x + tail) for such x and |tail| <= ULP(x): at most 1 ULP of the exact exponent's result.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V exp_of_non_positive(D d, V x, V tail) {
  x = at_least(d, x, is_f32<D> ? -104.0 : -746.0);
  if constexpr (exp_by_table<D>) return exp_of_sixteenths<true>(d, x, tail);
  const auto e = reduce_exp(d, x, tail);
  return scale_by_power(d, exp_reduced(d, e), e.n_plus_rounder, e.n);
}
/// e^x for |x| <= 87 (float) or 708 (double), where nothing can overflow or underflow: as exp, but cheaper.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V exp_of_moderate(D d, V x) {
  if constexpr (exp_by_table<D>) return exp_of_sixteenths<false>(d, x, x);
  const auto e = reduce_exp(d, x);
  return hn::Mul(exp_reduced(d, e), power_of_two(d, e.n_plus_rounder));
}
/// e^x / 2 for x >= 0 or NaN; finite up to 89.41 (float) or 710.47 (double). kExact as exp_of_sixteenths has it.
template <bool kExact, class D, class V = hn::Vec<D>>
HWY_INLINE V half_exp_of_non_negative(D d, V x) {
  x = at_most(d, x, is_f32<D> ? 90.0 : 711.0);
  if constexpr (exp_by_table<D>) return exp_of_sixteenths<false, kExact>(d, x, x, 0.5);
  const auto e = reduce_exp(d, x);
  const V one = constant(d, 1.0);
  return scale_by_power(d, exp_reduced(d, e), hn::Sub(e.n_plus_rounder, one), hn::Sub(e.n, one));
}

/// 2^x: at most 1.5 ULP; exact for integers. +inf from 128 or 1024 on; 0 below -150 or -1075.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V exp2(D d, V x) {
  constexpr double kLow = is_f32<D> ? -151.0 : -1076.0, kHigh = is_f32<D> ? 129.0 : 1025.0;
  x = at_most(d, at_least(d, x, kLow), kHigh);
  const V t = hn::Add(x, constant(d, kRounder<D>)), n = hn::Sub(t, constant(d, kRounder<D>)), r = hn::Sub(x, n),
          r2 = hn::Mul(r, r);
  V p;
  if constexpr (is_f32<D>) {
    p = poly(d, r, r2, 0.693147182, 0.240226507, 0.0555033796, 0.00961800944, 0.00133973965, 0.000154749039);
  } else {
    p = poly(d, r, r2, 0.6931471805599453, 0.24022650695910125, 0.05550410866482171, 0.009618129107595685,
             0.0013333558146383935, 0.0001540353045561936, 1.525273386406412e-05, 1.3215435875342732e-06,
             1.0178047604209056e-07, 7.073699033957895e-09, 4.4572454484125806e-10);
  }
  return scale_by_power(d, hn::MulAdd(r, p, constant(d, 1.0)), t, n);
}

/// e^x - 1: at most 2 ULP, relative accuracy kept near 0; -1 at -inf.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V expm1(D d, V x) {
  if constexpr (exp_by_table<D>) return expm1_of_thirty_seconds<false>(d, x);
  const V one = constant(d, 1.0), zero = hn::Zero(d);
  const auto e = reduce_exp(d, at_most(d, at_least(d, x, is_f32<D> ? -18.0 : -38.0), is_f32<D> ? 89.0 : 710.0));
  const V p = expm1_reduced(d, e);
  // 2^n p + (2^n - 1); the largest n takes 2^(n-1) and doubles, since 2^n itself would overflow before the result does.
  const auto top = hn::Gt(e.n, constant(d, exponent_bias<D> + 0.5));
  const V scale = power_of_two(d, hn::Sub(e.n_plus_rounder, hn::IfThenElse(top, one, zero)));
  V y = hn::MulAdd(scale, p, hn::Sub(scale, one));
  y = hn::IfThenElse(top, hn::Add(y, y), y);
  return hn::CopySign(y, x);
}

/// e^x - 1 for x <= 0 or NaN, but 0 for -0: at most 2 ULP. Of other x anything.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V expm1_of_non_positive(D d, V x) {
  if constexpr (exp_by_table<D>) return expm1_of_thirty_seconds<true>(d, x);
  const auto e = reduce_exp(d, at_least(d, x, is_f32<D> ? -18.0 : -38.0));
  const V scale = power_of_two(d, e.n_plus_rounder);
  return hn::MulAdd(scale, expm1_reduced(d, e), hn::Sub(scale, constant(d, 1.0)));
}

/// 1 / (1 + e^-x): at most 2.5 ULP, in the far left tail too (subnormal results down to e^-103 or e^-745).
template <class D, class V = hn::Vec<D>>
HWY_INLINE V sigmoid(D d, V x) {
  const V one = constant(d, 1.0), a = hn::Neg(hn::Abs(x));
  V e;
  if constexpr (exp_by_table<D>)
    e = exp_of_sixteenths<false, true>(d, at_least(d, a, -104.0), a);
  else
    e = exp_of_non_positive(d, a);
  return hn::Div(hn::IfThenElse(hn::Lt(x, hn::Zero(d)), e, one), hn::Add(one, e));
}

/// (a - tanh(a)) of a in [0, 0.55] (float) or [0, 0.625] (double) as a quotient num / den, from z = a^2.
template <class D, class V>
HWY_INLINE V tanhshrink_central(D d, V a, V z, V& den) {
  if constexpr (is_f32<D>) {
    den = constant(d, 1.0);
    return hn::Mul(hn::Mul(a, z), horner(d, z, 0.333333313, -0.133330345, 0.0538946204, -0.0212225746, 0.00645385729));
  } else {
    den = horner(d, z, 1.0, 0.46149132558739603, 0.023289077861703013, 0.00020645356091320713);
    return hn::Mul(hn::Mul(a, z), horner(d, z, 0.33333333333333326, 0.020497108529135968, 0.000199103177094063));
  }
}
template <class D>
inline constexpr double kTanhCentral = is_f32<D> ? 0.55 : 0.625;

/// Hyperbolic tangent: at most 2 ULP.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V tanh(D d, V x) {
  if constexpr (exp_by_table<D>) return tanh_of_pieces(d, x);
  const V a = hn::Abs(x), z = hn::Mul(x, x), one = constant(d, 1.0), two = constant(d, 2.0);
  // Where tanh rounds to 1 the exponential need not grow further.
  const V b = at_most(d, a, is_f32<D> ? 9.1 : 20.0), e = hn::Add(exp_of_moderate(d, hn::Add(b, b)), one);
  const auto central = hn::Lt(a, constant(d, kTanhCentral<D>));
  V den;
  const V num = tanhshrink_central(d, a, z, den);
  V y;
  if constexpr (is_f32<D>) {
    y = hn::IfThenElse(central, hn::Sub(a, num), hn::Sub(one, hn::Div(two, e)));
  } else {  // both branches end in one division: a - num / den or 1 - 2 / (e^2a + 1)
    y = hn::Sub(hn::IfThenElse(central, a, one),
                hn::Div(hn::IfThenElse(central, num, two), hn::IfThenElse(central, den, e)));
  }
  return hn::CopySign(y, x);
}
/// x - tanh(x): at most 4 (float) or 5 (double) ULP up to 0.55; beyond, 1 ULP of tanh, so 20 ULP at first and 2 ULP
/// from 3 on.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V tanhshrink(D d, V x) {
  const V a = hn::Abs(x);
  V den;
  const V num = tanhshrink_central(d, a, hn::Mul(x, x), den);
  const V y = hn::IfThenElse(hn::Lt(a, constant(d, kTanhCentral<D>)), hn::Div(num, den), hn::Sub(a, tanh(d, a)));
  return hn::CopySign(y, x);
}

/// Hyperbolic sine: at most 2 ULP; overflows only where the result does.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V sinh(D d, V x) {
  const V a = hn::Abs(x), z = hn::Mul(x, x);
  V p;
  if constexpr (is_f32<D>) {
    p = horner(d, z, 0.166666672, 0.00833335053, 0.000198360663, 2.81743951e-06);
  } else {
    p = horner(d, z, 0.16666666666666669, 0.008333333333333175, 0.00019841269841417575, 2.7557319160642744e-06,
               2.505212266953335e-08, 1.6057290588335637e-10, 7.75793933111233e-13);
  }
  const V h = half_exp_of_non_negative<true>(d, a);
  const V y = hn::IfThenElse(hn::Lt(a, constant(d, 1.0)), hn::MulAdd(hn::Mul(a, z), p, a),
                             hn::Sub(h, hn::Div(constant(d, 0.25), h)));
  return hn::CopySign(y, x);
}
/// Hyperbolic cosine: at most 2 ULP; overflows only where the result does.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V cosh(D d, V x) {
  const V h = half_exp_of_non_negative<false>(d, hn::Abs(x));
  return hn::Add(h, hn::Div(constant(d, 0.25), h));
}

}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#endif  // LAMPAS_BACKEND_CPU_VEC_EXP_INL_H_
