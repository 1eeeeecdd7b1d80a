// Per-target include guard, as Highway asks for headers with vector code.
#if defined(LAMPAS_OPS_POOL_TAPS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef LAMPAS_OPS_POOL_TAPS_INL_H
#undef LAMPAS_OPS_POOL_TAPS_INL_H
#else
#define LAMPAS_OPS_POOL_TAPS_INL_H
#endif

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

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
