// Per-target header: loads and stores that convert between an element type and the lanes a kernel computes in.
// float32, float16 and bfloat16 compute in float (or double), float64 in double. Tails never touch memory outside the n
// elements.
#if defined(LAMPAS_BACKEND_CPU_VEC_IO_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAMPAS_BACKEND_CPU_VEC_IO_INL_H_
#undef LAMPAS_BACKEND_CPU_VEC_IO_INL_H_
#else
#define LAMPAS_BACKEND_CPU_VEC_IO_INL_H_
#endif

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "hwy/highway.h"
#include "lampas/core/half.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// The type kernels compute in for elements of type T.
template <class T>
using ComputeType = std::conditional_t<std::is_same_v<T, double>, double, float>;

/// Lanes(d) elements at p, as lanes of d (float or double).
template <class D, class T>
HWY_INLINE hn::Vec<D> load_as(D d, const T* p) {
  using Lane = hn::TFromD<D>;
  if constexpr (std::is_same_v<T, Lane>) {
    return hn::LoadU(d, p);
  } else if constexpr (std::is_same_v<Lane, double>) {
    return hn::PromoteTo(d, load_as(hn::Rebind<float, D>(), p));
  } else if constexpr (std::is_same_v<T, BFloat16>) {
    const auto bits = hn::LoadU(hn::Rebind<uint16_t, D>(), reinterpret_cast<const uint16_t*>(p));
    return hn::BitCast(d, hn::ShiftLeft<16>(hn::PromoteTo(hn::Rebind<uint32_t, D>(), bits)));
  } else {
    static_assert(std::is_same_v<T, Half>);
#if HWY_TARGET == HWY_SCALAR
    return hn::Set(d, static_cast<float>(*p));
#else
    const hn::Rebind<hwy::float16_t, D> d16;
    return hn::PromoteTo(d, hn::LoadU(d16, reinterpret_cast<const hwy::float16_t*>(p)));
#endif
  }
}

/// The lanes of the mask; the others are zero, and what they stand for is not read, which MaskedLoad does with one
/// lane.
template <class D>
HWY_INLINE hn::Vec<D> load_where(hn::Mask<D> mask, D d, const hn::TFromD<D>* p) {
#if HWY_TARGET == HWY_SCALAR
  return mask.bits ? hn::LoadU(d, p) : hn::Zero(d);
#else
  return hn::MaskedLoad(mask, d, p);
#endif
}

/// The first n < Lanes(d) elements at p as lanes of d; the other lanes are zero.
template <class D, class T>
HWY_INLINE hn::Vec<D> load_tail(D d, const T* p, size_t n) {
  if constexpr (std::is_same_v<T, hn::TFromD<D>>) {
    return hn::MaskedLoad(hn::FirstN(d, n), d, p);
  } else if constexpr (sizeof(T) == 4) {
    const hn::Rebind<T, D> dt;
    return hn::PromoteTo(d, hn::MaskedLoad(hn::FirstN(dt, n), dt, p));
  } else {
    // Masked loads of 16-bit lanes may read past the end.
    T buffer[HWY_MAX_BYTES / sizeof(T)] = {};
    std::memcpy(static_cast<void*>(buffer), p, n * sizeof(T));
    return load_as(d, buffer);
  }
}
/// As load_tail, the other lanes taken from `fill`.
template <class D, class T>
HWY_INLINE hn::Vec<D> load_tail_or(D d, const T* p, size_t n, hn::Vec<D> fill) {
  return hn::IfThenElse(hn::FirstN(d, n), load_tail(d, p, n), fill);
}

/// Stores all lanes, rounding to nearest even.
template <class D, class T>
HWY_INLINE void store_as(D d, hn::Vec<D> v, T* p) {
  using Lane = hn::TFromD<D>;
  if constexpr (std::is_same_v<T, Lane>) {
    hn::StoreU(v, d, p);
  } else if constexpr (std::is_same_v<Lane, double>) {
#if HWY_TARGET == HWY_SCALAR
    *p = static_cast<T>(static_cast<float>(hn::GetLane(v)));  // DemoteTo would clamp infinities
#else
    const hn::Rebind<float, D> df;
    store_as(df, hn::DemoteTo(df, v), p);
#endif
  } else if constexpr (std::is_same_v<T, BFloat16>) {
    const hn::Rebind<uint32_t, D> du;
    const hn::Rebind<int32_t, D> di;
    const hn::Rebind<uint16_t, D> d16;
    const auto bits = hn::BitCast(du, v);
    const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(du, 1u));
    const auto rounded = hn::ShiftRight<16>(hn::Add(bits, hn::Add(odd, hn::Set(du, 0x7FFFu))));
    const auto r = hn::IfThenElse(hn::RebindMask(du, hn::IsNaN(v)), hn::Set(du, 0x7FC0u), rounded);
    hn::StoreU(hn::DemoteTo(d16, hn::BitCast(di, r)), d16, reinterpret_cast<uint16_t*>(p));
  } else {
    static_assert(std::is_same_v<T, Half>);
#if HWY_TARGET == HWY_SCALAR
    *p = Half(hn::GetLane(v));
#else
    const hn::Rebind<hwy::float16_t, D> d16;
    hn::StoreU(hn::DemoteTo(d16, v), d16, reinterpret_cast<hwy::float16_t*>(p));
#endif
  }
}
/// Stores the first n < Lanes(d) lanes.
template <class D, class T>
HWY_INLINE void store_tail(D d, hn::Vec<D> v, T* p, size_t n) {
  if constexpr (std::is_same_v<T, hn::TFromD<D>>) {
    hn::BlendedStore(v, hn::FirstN(d, n), d, p);
  } else {
    T buffer[HWY_MAX_BYTES / sizeof(T)];
    store_as(d, v, buffer);
    std::memcpy(static_cast<void*>(p), buffer, n * sizeof(T));
  }
}

/// The first n elements at p, or Lanes(d) if there are as many; lanes without an element are zero.
template <class D, class T>
HWY_INLINE hn::Vec<D> load_some(D d, const T* p, int64_t n) {
  if (HWY_LIKELY(n >= static_cast<int64_t>(hn::Lanes(d)))) return load_as(d, p);
  return load_tail(d, p, static_cast<size_t>(n));
}
/// Stores the first n lanes, or all Lanes(d) if there are no more.
template <class D, class T>
HWY_INLINE void store_some(D d, hn::Vec<D> v, T* p, int64_t n) {
  if (HWY_LIKELY(n >= static_cast<int64_t>(hn::Lanes(d)))) return store_as(d, v, p);
  store_tail(d, v, p, static_cast<size_t>(n));
}

}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#endif  // LAMPAS_BACKEND_CPU_VEC_IO_INL_H_
