// Per-target header: the last step of reductions of several rows at once.
//
// Combining the lanes of one vector is a chain of dependent steps, which for short rows takes longer than what leads to
// the vector. As many rows as there are lanes need hardly more steps together than one alone.
#if defined(LAMPAS_BACKEND_CPU_VEC_ROWS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAMPAS_BACKEND_CPU_VEC_ROWS_INL_H_
#undef LAMPAS_BACKEND_CPU_VEC_ROWS_INL_H_
#else
#define LAMPAS_BACKEND_CPU_VEC_ROWS_INL_H_
#endif

#include <cstddef>

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// v, loaded once: GCC makes of a value that several instructions use as many loads, where they have a form for that.
template <class V>
HWY_INLINE V in_register(V v) {
#if defined(__GNUC__) && (HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3)
  asm("" : "+v"(v.raw));
#endif
  return v;
}

/// Whether the lanes of a vector can be told apart at compile time, and are more than one.
inline constexpr bool kCombinesRows = HWY_TARGET != HWY_SCALAR && !HWY_HAVE_SCALABLE;

/// The even and the odd lanes of a and b, a's first: what is left of them in half as many lanes, combined by f.
template <class D, class F>
HWY_INLINE hn::Vec<D> combine_neighbours([[maybe_unused]] D d, hn::Vec<D> a, [[maybe_unused]] hn::Vec<D> b,
                                         [[maybe_unused]] const F& f) {
#if HWY_TARGET == HWY_SCALAR
  return a;
#else
  return f(hn::ConcatEven(d, b, a), hn::ConcatOdd(d, b, a));
#endif
}

/// Lane k of the result: the lanes of vector k, all combined by f; vector k is at p + k * kCount, and kCount is the
/// number of lanes.
template <size_t kCount, class D, class F>
HWY_INLINE hn::Vec<D> combine_each(D d, const hn::TFromD<D>* p, const F& f) {
  if constexpr (kCount == 1) {
    return hn::Load(d, p);
  } else {
    const auto a = combine_each<kCount / 2>(d, p, f);
    const auto b = combine_each<kCount / 2>(d, p + kCount / 2 * hn::MaxLanes(D()), f);
    return combine_neighbours(d, a, b, f);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#endif  // LAMPAS_BACKEND_CPU_VEC_ROWS_INL_H_
