// Per-target header: polynomials, powers of two and exact sums, the pieces the elementary functions are made of.
#if defined(LAMPAS_BACKEND_CPU_VEC_POLY_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAMPAS_BACKEND_CPU_VEC_POLY_INL_H_
#undef LAMPAS_BACKEND_CPU_VEC_POLY_INL_H_
#else
#define LAMPAS_BACKEND_CPU_VEC_POLY_INL_H_
#endif

#include <cstddef>
#include <cstdint>
#include <limits>

#include "backend/cpu/unroll.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class D>
using IntTag = hn::RebindToSigned<D>;
template <class D>
inline constexpr bool is_f32 = sizeof(hn::TFromD<D>) == 4;
template <class D>
inline constexpr int mantissa_bits = is_f32<D> ? 23 : 52;
template <class D>
inline constexpr int exponent_bias = is_f32<D> ? 127 : 1023;

/// The constant in every lane, rounded to the lane type.
template <class D>
HWY_INLINE hn::Vec<D> constant(D d, double c) {
  return hn::Set(d, static_cast<hn::TFromD<D>>(c));
}
/// One constant for float lanes, another for double lanes.
template <class D>
HWY_INLINE hn::Vec<D> constant(D d, float f, double c) {
  return hn::Set(d, is_f32<D> ? static_cast<hn::TFromD<D>>(f) : static_cast<hn::TFromD<D>>(c));
}
template <class D>
HWY_INLINE hn::Vec<D> infinity(D d) {
  return hn::Set(d, std::numeric_limits<hn::TFromD<D>>::infinity());
}
template <class D>
HWY_INLINE hn::Vec<D> quiet_nan(D d) {
  return hn::Set(d, std::numeric_limits<hn::TFromD<D>>::quiet_NaN());
}

/// max(x, low) and min(x, high) that return NaN for NaN: on x86 the second operand of min/max wins if either is NaN.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V at_least(D d, V x, double low) {
#if HWY_ARCH_X86 && HWY_TARGET != HWY_EMU128 && HWY_TARGET != HWY_SCALAR
  return hn::Max(constant(d, low), x);
#else
  return hn::IfThenElse(hn::Lt(x, constant(d, low)), constant(d, low), x);
#endif
}
template <class D, class V = hn::Vec<D>>
HWY_INLINE V at_most(D d, V x, double high) {
#if HWY_ARCH_X86 && HWY_TARGET != HWY_EMU128 && HWY_TARGET != HWY_SCALAR
  return hn::Min(constant(d, high), x);
#else
  return hn::IfThenElse(hn::Gt(x, constant(d, high)), constant(d, high), x);
#endif
}

/// c0 + x (c1 + x (c2 + ...)): fewest operations, longest chain.
template <class D, class V>
HWY_INLINE V horner(D d, V, double c0) {
  return constant(d, c0);
}
template <class D, class V, class... C>
HWY_INLINE V horner(D d, V x, double c0, C... rest) {
  return hn::MulAdd(x, horner(d, x, rest...), constant(d, c0));
}

/// The same polynomial split into even and odd parts: one more multiplication, half the chain. `x2` is x * x.
template <class D, class V>
HWY_INLINE V every_other(D d, V, double c0) {
  return constant(d, c0);
}
template <class D, class V>
HWY_INLINE V every_other(D d, V, double c0, double) {
  return constant(d, c0);
}
template <class D, class V, class... C>
HWY_INLINE V every_other(D d, V x2, double c0, double, C... rest) {
  return hn::MulAdd(x2, every_other(d, x2, rest...), constant(d, c0));
}
template <class D, class V, class... C>
HWY_INLINE V poly(D d, V x, V x2, double c0, C... rest) {
  return hn::MulAdd(x, every_other(d, x2, rest...), every_other(d, x2, c0, rest...));
}

/// 1.5 * 2^mantissa_bits: adding it rounds a small number to an integer, found in the low bits of the sum.
template <class D>
inline constexpr double kRounder = is_f32<D> ? 12582912.0 : 6755399441055744.0;

/// n + kRounder holds n in its low bits; returns 2^n for n within the normal exponents.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V power_of_two(D d, V n_plus_rounder) {
  const IntTag<D> di;
  const auto bits = hn::ShiftLeft<mantissa_bits<D>>(hn::BitCast(di, n_plus_rounder));
  return hn::BitCast(d, hn::Add(bits, hn::BitCast(di, hn::Set(d, hn::TFromD<D>{1}))));
}

/// p * 2^n with one rounding, for p in [0.5, 2] and any |n| < 1.9 * exponent_bias: overflow gives inf, underflow rounds
/// once.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V scale_by_power(D d, V p, V n_plus_rounder, V n) {
#if HWY_TARGET == HWY_AVX3
  if constexpr (sizeof(V) == 64) {
    if constexpr (is_f32<D>) {
      return V{_mm512_scalef_ps(p.raw, n.raw)};
    } else {
      return V{_mm512_scalef_pd(p.raw, n.raw)};
    }
  }
#endif
  (void)n;
  // Two factors, each a normal number; the first product is exact. Shifting the offset n keeps the shift logical.
  const hn::RebindToUnsigned<D> du;
  using TU = hn::TFromD<decltype(du)>;
  constexpr TU kOffset = 4 * exponent_bias<D> + 4;
  const auto rounder = hn::BitCast(du, constant(d, kRounder<D>));
  const auto shifted = hn::Add(hn::Sub(hn::BitCast(du, n_plus_rounder), rounder), hn::Set(du, kOffset));
  const auto half = hn::ShiftRight<1>(shifted);
  const auto rest = hn::Sub(shifted, half);
  constexpr TU kHalfBias = static_cast<TU>(exponent_bias<D>) - kOffset / 2;
  const auto a = hn::ShiftLeft<mantissa_bits<D>>(hn::Add(half, hn::Set(du, kHalfBias)));
  const auto b = hn::ShiftLeft<mantissa_bits<D>>(hn::Add(rest, hn::Set(du, kHalfBias)));
  return hn::Mul(hn::Mul(p, hn::BitCast(d, a)), hn::BitCast(d, b));
}

/// a * b as a rounded product and its exact error (barring underflow).
template <class D, class V = hn::Vec<D>>
HWY_INLINE V two_product(D d, V a, V b, V& error) {
  const V p = hn::Mul(a, b);
#if HWY_NATIVE_FMA
  error = hn::MulSub(a, b, p);
#else
  // Halves of the significands multiply exactly.
  const hn::RebindToUnsigned<D> du;
  const auto mask = is_f32<D> ? hn::Set(du, static_cast<hn::TFromD<decltype(du)>>(0xFFFFF000u))
                              : hn::Set(du, static_cast<hn::TFromD<decltype(du)>>(0xFFFFFFFFF8000000ull));
  const V ah = hn::BitCast(d, hn::And(hn::BitCast(du, a), mask)), al = hn::Sub(a, ah);
  const V bh = hn::BitCast(d, hn::And(hn::BitCast(du, b), mask)), bl = hn::Sub(b, bh);
  error = hn::Add(hn::Add(hn::Add(hn::Sub(hn::Mul(ah, bh), p), hn::Mul(ah, bl)), hn::Mul(al, bh)), hn::Mul(al, bl));
#endif
  return p;
}
/// a + b as a rounded sum and its exact error, for |a| >= |b|.
template <class V>
HWY_INLINE V fast_two_sum(V a, V b, V& error) {
  const V s = hn::Add(a, b);
  error = hn::Sub(b, hn::Sub(s, a));
  return s;
}
/// a + b as a rounded sum and its exact error.
template <class V>
HWY_INLINE V two_sum(V a, V b, V& error) {
  const V s = hn::Add(a, b), t = hn::Sub(s, a);
  error = hn::Add(hn::Sub(a, hn::Sub(s, t)), hn::Sub(b, t));
  return s;
}

/// y with the lanes where `rare` is set replaced by f of x, one by one.
template <class D, class V, class M, class F>
HWY_INLINE V patch_lanes(D d, V x, V y, M rare, F f) {
  if (HWY_LIKELY(hn::AllFalse(d, rare))) return y;
  using T = hn::TFromD<D>;
  HWY_ALIGN T in[HWY_MAX_BYTES / sizeof(T)], out[HWY_MAX_BYTES / sizeof(T)], chosen[HWY_MAX_BYTES / sizeof(T)];
  hn::Store(x, d, in);
  hn::Store(y, d, out);
  hn::Store(hn::IfThenElseZero(rare, hn::Set(d, T(1))), d, chosen);
  for (size_t i = 0; i < hn::Lanes(d); ++i)
    if (chosen[i] != 0) out[i] = f(in[i]);
  return hn::Load(d, out);
}

#if HWY_TARGET == HWY_AVX3
/// The entry of a row of 16 or 32 that the low bits of a lane's index choose.
template <class V, size_t kPieces>
HWY_INLINE V entry(const float (&row)[kPieces], __m512i index) {
  static_assert(kPieces == 16 || kPieces == 32);
  if constexpr (kPieces == 16)
    return V{_mm512_permutexvar_ps(index, _mm512_load_ps(row))};
  else
    return V{_mm512_permutex2var_ps(_mm512_load_ps(row), index, _mm512_load_ps(row + 16))};
}
/// A polynomial of its own for each piece of the axis: of t, the distance from the piece's centre. A table's first row
/// holds the centres, at which the function is nearly a float; the others the coefficients, that of t^0 first. Computes
/// the terms from row kFirst on, for 1 all of them.
template <size_t kFirst, class V, size_t kRows, size_t kPieces>
HWY_INLINE V piecewise(const float (&table)[kRows][kPieces], __m512i index, V t) {
  V y = entry<V>(table[kRows - 1], index);
  LAMPAS_UNROLL
  for (size_t k = kRows - 2; k >= kFirst; --k) y = hn::MulAdd(y, t, entry<V>(table[k], index));
  return y;
}
#endif

}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#endif  // LAMPAS_BACKEND_CPU_VEC_POLY_INL_H_
