// Per-target include guard, as Highway asks for headers with vector code.
#if defined(LAMPAS_OPS_POOL_TAPS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef LAMPAS_OPS_POOL_TAPS_INL_H
#undef LAMPAS_OPS_POOL_TAPS_INL_H
#else
#define LAMPAS_OPS_POOL_TAPS_INL_H
#endif

#include <hwy/highway.h>

#include "ops/pool_geometry.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

/// Whether `each_tap<kStride>` can walk this axis.
template <int kStride>
bool strided_taps(const cpu::PoolAxis& axis) {
  if (axis.stride != kStride) return false;
  return kStride == 1 || (axis.dilation == 1 && axis.kernel >= 2);
}

/// Calls `f(k, v)` for every tap k in order; lane i of v is tap k of the window that starts at `p + i * kStride`.
/// Touches nothing outside those windows.
template <int kStride, class D, class F>
HWY_INLINE void each_tap(D d, const hwy::HWY_NAMESPACE::TFromD<D>* p, const cpu::PoolAxis& axis, const F& f) {
  namespace hn = hwy::HWY_NAMESPACE;
  if constexpr (kStride == 1) {
    for (int64_t k = 0; k < axis.kernel; ++k) f(k, hn::LoadU(d, p + k * axis.dilation));
  } else {
    static_assert(kStride == 2);
    hn::Vec<D> even, odd;
    for (int64_t k = 0; k + 1 < axis.kernel; k += 2) {
      hn::LoadInterleaved2(d, p + k, even, odd);
      f(k, even);
      f(k + 1, odd);
    }
    if (axis.kernel % 2) {  // one step back, so that the last lane's partner is not past the end
      hn::LoadInterleaved2(d, p + axis.kernel - 2, even, odd);
      f(axis.kernel - 1, odd);
    }
  }
}

/// Writes the lanes of an index vector as int64.
template <class DI>
HWY_INLINE void store_index(DI di, hwy::HWY_NAMESPACE::Vec<DI> v, int64_t* to) {
  namespace hn = hwy::HWY_NAMESPACE;
  if constexpr (sizeof(hn::TFromD<DI>) == 8) {
    hn::StoreU(v, di, to);
  } else {
#if HWY_TARGET == HWY_SCALAR
    *to = hn::GetLane(v);
#else
    const hn::Half<DI> half;
    const hn::Rebind<int64_t, decltype(half)> wide;
    hn::StoreU(hn::PromoteTo(wide, hn::LowerHalf(half, v)), wide, to);
    hn::StoreU(hn::PromoteTo(wide, hn::UpperHalf(half, v)), wide, to + hn::Lanes(half));
#endif
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#endif
