// Per-target header: long sums of vectors whose error does not grow with their number.
#if defined(LAMPAS_BACKEND_CPU_VEC_SUM_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAMPAS_BACKEND_CPU_VEC_SUM_INL_H_
#undef LAMPAS_BACKEND_CPU_VEC_SUM_INL_H_
#else
#define LAMPAS_BACKEND_CPU_VEC_SUM_INL_H_
#endif

#include <cmath>
#include <type_traits>

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using WideTag = hn::ScalableTag<double>;
using WideVec = hn::Vec<WideTag>;

/// For float64 made of elements of type T: of narrower ones vectors of no more than 256 bits, as wider ones take longer
/// to convert to than all the rest.
template <class T>
using TagOfWidened = std::conditional_t<sizeof(T) == 8, WideTag, hn::CappedTag<double, 4>>;
/// A running total of vectors of float or double lanes, held in two vectors of float64: sums of the lower and of the
/// upper lanes (float), or sum and rounding errors (double). Start with zeros.
template <class D>
HWY_INLINE void add_to_total(D, WideVec& x, WideVec& y, hn::Vec<D> v) {
  if constexpr (sizeof(hn::TFromD<D>) == 8) {
    const auto t = hn::Add(x, v), z = hn::Sub(t, x);
    y = hn::Add(y, hn::Add(hn::Sub(x, hn::Sub(t, z)), hn::Sub(v, z)));
    x = t;
  } else {
    const WideTag dd;
#if HWY_TARGET == HWY_SCALAR
    x = hn::Add(x, hn::PromoteTo(dd, v));
#else
    x = hn::Add(x, hn::PromoteTo(dd, hn::LowerHalf(v)));
    y = hn::Add(y, hn::PromoteTo(dd, hn::UpperHalf(hn::Half<D>(), v)));
#endif
  }
}
/// All of it as one number; inf and NaN as an ordinary sum gives them.
template <class D>
HWY_INLINE double total_of(D, WideVec x, WideVec y) {
  const WideTag dd;
  if (sizeof(hn::TFromD<D>) == 4) return hn::GetLane(hn::SumOfLanes(dd, hn::Add(x, y)));
  const double sum = hn::GetLane(hn::SumOfLanes(dd, x));
  return std::isfinite(sum) ? sum + hn::GetLane(hn::SumOfLanes(dd, y)) : sum;
}

/// Such a total for each of many columns, in memory: `sum` points to the totals of Lanes(d) columns, `error` to the
/// rounding errors, which only double lanes have.
template <class D>
HWY_INLINE void add_to_columns(D d, double* sum, double* error, hn::Vec<D> v) {
  const WideTag dd;
  auto x = hn::LoadU(dd, sum);
  if constexpr (sizeof(hn::TFromD<D>) == 8) {
    auto y = hn::LoadU(dd, error);
    add_to_total(d, x, y, v);
    hn::StoreU(y, dd, error);
  } else {
#if HWY_TARGET == HWY_SCALAR
    x = hn::Add(x, hn::PromoteTo(dd, v));
#else
    double* upper = sum + hn::Lanes(dd);
    auto y = hn::LoadU(dd, upper);
    add_to_total(d, x, y, v);
    hn::StoreU(y, dd, upper);
#endif
  }
  hn::StoreU(x, dd, sum);
}

}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#endif  // LAMPAS_BACKEND_CPU_VEC_SUM_INL_H_
