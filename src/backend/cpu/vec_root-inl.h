// Per-target header, AVX-512 only: square roots, reciprocals and quotients of float lanes from multiplications, bit for
// bit what the processor's divider gives. (Compared with it: roots and reciprocals of every float; quotients of all
// significands that lie so near to the middle of two floats that they could be rounded wrongly, and of 5 10^8 others;
// all of it also with other approximations of 14 bits, whose last bits are a processor's own affair.) The divider takes
// ten cycles or more for a vector, during which the multipliers can do a second one: loops give it some of their
// vectors and these functions the others (`kBeside` of elementwise-inl.h).
#if defined(LAMPAS_BACKEND_CPU_VEC_ROOT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAMPAS_BACKEND_CPU_VEC_ROOT_INL_H_
#undef LAMPAS_BACKEND_CPU_VEC_ROOT_INL_H_
#else
#define LAMPAS_BACKEND_CPU_VEC_ROOT_INL_H_
#endif

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_AVX3
using RootVec = hn::Vec<hn::ScalableTag<float>>;
// A root of less has a square too small for the root's last bit to be seen.
inline constexpr int kSmallestRootBits = (127 - 100) << 23, kInfinityBits = 0x7F800000;

/// sqrt(x) of finite x >= 2^-100, and nearly half of its reciprocal.
HWY_INLINE RootVec sqrt_of_usual(RootVec x, RootVec& half_inverse) {
  const RootVec half{_mm512_set1_ps(0.5f)}, z{_mm512_rsqrt14_ps(x.raw)}, s = hn::Mul(x, z), t = hn::Mul(z, half);
  const RootVec e = hn::NegMulAdd(s, t, half), r = hn::MulAdd(s, e, s);
  half_inverse = hn::MulAdd(t, e, t);
  return hn::MulAdd(hn::NegMulAdd(r, r, x), half_inverse, r);
}
/// 1 / y from an approximation, for |y| in [2^-124, 2^124]. Where all bits of y are ones the last correction is half a
/// unit nearly, of a power of two: what it is multiplied by must not be rounded down, so it has its last bit set.
HWY_INLINE RootVec correct_reciprocal(RootVec y, RootVec z) {
  const RootVec one{_mm512_set1_ps(1.0f)}, r = hn::MulAdd(z, hn::NegMulAdd(y, z, one), z);
  const __m512i odd = _mm512_or_epi32(_mm512_castps_si512(r.raw), _mm512_set1_epi32(1));
  return hn::MulAdd(RootVec{_mm512_castsi512_ps(odd)}, hn::NegMulAdd(y, r, one), r);
}
/// x with an exponent larger by `shift`, as an integer: the second highest bit is set for |x| in [2^(1 - shift),
/// 2^(129 - shift)) only.
HWY_INLINE __m512i shift_exponent(RootVec x, int shift) {
  return _mm512_add_epi32(_mm512_castps_si512(x.raw), _mm512_set1_epi32(shift << 23));
}
HWY_INLINE bool all_usual(__m512i shifted) {
  return HWY_LIKELY(!_mm512_testn_epi32_mask(shifted, _mm512_set1_epi32(0x40000000)));
}

HWY_INLINE RootVec sqrt_by_multiplying(RootVec x) {
  const __m512i bits = _mm512_castps_si512(x.raw);
  const __mmask16 tiny =
      _mm512_cmplt_epu32_mask(_mm512_sub_epi32(bits, _mm512_set1_epi32(1)), _mm512_set1_epi32(kSmallestRootBits));
  if (HWY_UNLIKELY(tiny)) return hn::Sqrt(x);
  RootVec half_inverse;
  const RootVec r = sqrt_of_usual(x, half_inverse);
  // By what a lane is: NaN made quiet, 0 and inf themselves, NaN of negative numbers.
  constexpr int kQuiet = 2, kSame = 1, kNan = 3, kInfinity = 5;
  constexpr int kSpecial = kQuiet | kQuiet << 4 | kSame << 8 | kNan << 16 | kInfinity << 20 | kNan << 24;
  return RootVec{_mm512_fixupimm_ps(r.raw, x.raw, _mm512_set1_epi32(kSpecial), 0)};
}
/// 1 / sqrt(x), each rounded.
HWY_INLINE RootVec rsqrt_by_multiplying(RootVec x) {
  const RootVec one{_mm512_set1_ps(1.0f)};
  const __m512i above = _mm512_sub_epi32(_mm512_castps_si512(x.raw), _mm512_set1_epi32(kSmallestRootBits));
  if (HWY_UNLIKELY(_mm512_cmpge_epu32_mask(above, _mm512_set1_epi32(kInfinityBits - kSmallestRootBits))))
    return hn::Div(one, hn::Sqrt(x));
  RootVec half_inverse;
  const RootVec s = sqrt_of_usual(x, half_inverse), y = hn::Add(half_inverse, half_inverse);
  // Rounded up for the sake of roots whose bits are all ones.
  const RootVec r{
      _mm512_fmadd_round_ps(y.raw, hn::NegMulAdd(s, y, one).raw, y.raw, _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC)};
  return hn::MulAdd(r, hn::NegMulAdd(s, r, one), r);
}
HWY_INLINE RootVec reciprocal_by_multiplying(RootVec x) {
  if (all_usual(shift_exponent(x, 64))) return correct_reciprocal(x, RootVec{_mm512_rcp14_ps(x.raw)});
  return hn::Div(RootVec{_mm512_set1_ps(1.0f)}, x);
}
/// x / y. What a quotient leaves must be exact: for |y| in [2^-38, 2^90) and |x / y| in [2^-60, 2^68) it is.
HWY_INLINE RootVec divide_by_multiplying(RootVec x, RootVec y) {
  const RootVec r = correct_reciprocal(y, RootVec{_mm512_rcp14_ps(y.raw)}), near = hn::Mul(x, r);
  const RootVec q = hn::MulAdd(hn::NegMulAdd(near, y, x), r, near);
  if (all_usual(_mm512_and_epi32(shift_exponent(y, 39), shift_exponent(q, 61)))) return q;
  return hn::Div(x, y);
}
#endif

}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#endif  // LAMPAS_BACKEND_CPU_VEC_ROOT_INL_H_
