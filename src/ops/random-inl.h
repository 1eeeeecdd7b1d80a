// Vector code of the random kernels. Included once for each instruction set (see hwy/foreach_target.h).
#if defined(LAMPAS_OPS_RANDOM_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAMPAS_OPS_RANDOM_INL_H_
#undef LAMPAS_OPS_RANDOM_INL_H_
#else
#define LAMPAS_OPS_RANDOM_INL_H_
#endif

#include <hwy/highway.h>

#include <cstdint>

#include "core/generator_impl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

/// Words drawn at a time: they stay in the first-level cache until they are used. Buffers have this many, so that the
/// last vector of a shorter run may be loaded whole.
constexpr size_t kWords = 1024;

/// Calls f(words, i, m) for consecutive runs of m elements from i on, each element taking `Draws` words.
template <size_t Draws, class F>
void draw(GeneratorImpl& g, int64_t n, const F& f) {
  constexpr int64_t run = kWords / Draws;
  alignas(64) uint32_t words[kWords];
  for (int64_t i = 0; i < n; i += run) {
    const size_t m = static_cast<size_t>(n - i < run ? n - i : run);
    g.fill(words, m * Draws);
    f(words, i, m);
  }
}

/// The lower `bits` bits of each word, at most 24: numerators of fractions in [0, 1) over 2^bits.
template <int bits, class D, class W = hn::Rebind<uint32_t, D>>
HWY_INLINE hn::Vec<D> numerator(D d, hn::Vec<W> words) {
  const hn::Rebind<int32_t, D> di;
  return hn::ConvertTo(d, hn::BitCast(di, hn::And(words, hn::Set(W(), (1u << bits) - 1))));
}
/// Fractions of 53 bits from pairs of words, the upper one first.
template <class D>
HWY_INLINE hn::Vec<D> fraction(D d, const uint32_t* pairs) {
  const hn::Rebind<uint64_t, D> du;
  const hn::Rebind<int64_t, D> di;
  const auto memory = hn::LoadU(du, reinterpret_cast<const uint64_t*>(pairs));
  const auto value = hn::Or(hn::ShiftLeft<32>(memory), hn::ShiftRight<32>(memory));
  const auto low = hn::And(value, hn::Set(du, (uint64_t{1} << 53) - 1));
  return hn::Mul(hn::ConvertTo(d, hn::BitCast(di, low)), hn::Set(d, 0x1p-53));
}

/// Natural logarithm of x in (0, 1], 1 ulp. Coefficients: minimax of (log(1 + f) - f + f^2 / 2) / f^3 on [sqrt(1/2) -
/// 1, sqrt(2) - 1].
template <class D, class V = hn::Vec<D>>
HWY_INLINE V log_unit(D d, V x) {
  const hn::Rebind<int32_t, D> di;
  const auto bits = hn::BitCast(di, x);
  const auto exponent = hn::ShiftRight<23>(hn::Sub(bits, hn::Set(di, 0x3f3504f3)));  // sqrt(1/2): mantissas around 1
  const V f = hn::Sub(hn::BitCast(d, hn::Sub(bits, hn::ShiftLeft<23>(exponent))), hn::Set(d, 1.0f));
  const V e = hn::ConvertTo(d, exponent), f2 = hn::Mul(f, f);
  // Estrin's scheme: the chain of dependent operations, not their number, is what costs.
  const V f4 = hn::Mul(f2, f2);
  const V p0 = hn::MulAdd(hn::Set(d, -0.2500081956386566f), f, hn::Set(d, 0.3333333134651184f));
  const V p1 = hn::MulAdd(hn::Set(d, -0.16623356938362122f), f, hn::Set(d, 0.20001226663589478f));
  const V p2 = hn::MulAdd(hn::Set(d, -0.13160182535648346f), f, hn::Set(d, 0.14201757311820984f));
  const V p3 = hn::MulAdd(hn::Set(d, -0.07634497433900833f), f, hn::Set(d, 0.1276157796382904f));
  V p = hn::MulAdd(hn::MulAdd(p3, f2, p2), f4, hn::MulAdd(p1, f2, p0));
  p = hn::Mul(hn::Mul(p, f), f2);
  p = hn::MulAdd(e, hn::Set(d, -2.12194440e-4f), p);  // log(2) in two parts, the first with few bits
  p = hn::NegMulAdd(hn::Set(d, 0.5f), f2, p);
  return hn::MulAdd(e, hn::Set(d, 0.693359375f), hn::Add(f, p));
}

/// Sine and cosine of x in [0, 2 pi], 1 ulp of the larger of 1e-7 and the result.
template <class D, class V = hn::Vec<D>>
HWY_INLINE void sin_cos(D d, V x, V& sine, V& cosine) {
  const hn::Rebind<int32_t, D> di;
  const auto quarter = hn::NearestInt(hn::Mul(x, hn::Set(d, 0.636619772f)));
  const V q = hn::ConvertTo(d, quarter);
  V r = hn::NegMulAdd(q, hn::Set(d, 1.5703125f), x);  // pi / 2 in three parts
  r = hn::NegMulAdd(q, hn::Set(d, 4.837512969970703125e-4f), r);
  r = hn::NegMulAdd(q, hn::Set(d, 7.54978995489188e-8f), r);
  const V z = hn::Mul(r, r);
  V s = hn::MulAdd(hn::Set(d, -0.00019515282474458218f), z, hn::Set(d, 0.00833216030150652f));
  s = hn::MulAdd(s, z, hn::Set(d, -0.16666655242443085f));
  s = hn::MulAdd(hn::Mul(s, z), r, r);
  V c = hn::MulAdd(hn::Set(d, 2.44331567955669e-05f), z, hn::Set(d, -0.0013887316454201937f));
  c = hn::MulAdd(c, z, hn::Set(d, 0.04166664555668831f));
  c = hn::MulAdd(hn::Mul(c, z), z, hn::NegMulAdd(hn::Set(d, 0.5f), z, hn::Set(d, 1.0f)));
  const auto swap = hn::RebindMask(d, hn::Ne(hn::And(quarter, hn::Set(di, 1)), hn::Zero(di)));
  const auto sign = [&](auto k) { return hn::BitCast(d, hn::ShiftLeft<30>(hn::And(k, hn::Set(di, 2)))); };
  sine = hn::Xor(hn::IfThenElse(swap, c, s), sign(quarter));
  cosine = hn::Xor(hn::IfThenElse(swap, s, c), sign(hn::Add(quarter, hn::Set(di, 1))));
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#endif
