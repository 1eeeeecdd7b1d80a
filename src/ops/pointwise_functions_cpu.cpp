// Elementary functions of two floats. copysign, nextafter and heaviside are exact; hypot is within 1.5 ULP, atan2
// within 4, xlogy within 2; logaddexp and logaddexp2 within 4 ULP of the larger of the larger input and the logarithm
// added to it. NaN gives NaN, but hypot of an infinity is inf and heaviside of NaN 0.
#include "backend/cpu/hwy_config.h"
//
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/pointwise_functions_cpu.cpp"
#include "hwy/foreach_target.h"
//
#include <cmath>
#include <cstring>

#include "backend/cpu/kernel_set.h"
#include "backend/cpu/vec_exp-inl.h"
#include "backend/cpu/vec_log-inl.h"
#include "backend/cpu/vec_map-inl.h"
#include "backend/cpu/vec_trig-inl.h"
#include "ops/pointwise.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

struct CopySign : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D, V x, V y) const {
    return hn::CopySign(x, y);
  }
};

/// Squares of large and small numbers are taken scaled by a power of 2.
struct Hypot : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x, V y) const {
    const V a = hn::Abs(x), b = hn::Abs(y), m = hn::IfThenElse(hn::Lt(a, b), b, a), one = constant(d, 1.0);
    const auto large = hn::Gt(m, constant(d, 0x1p40f, 0x1p400)), small = hn::Lt(m, constant(d, 0x1p-40f, 0x1p-400));
    const V down = hn::IfThenElse(large, constant(d, 0x1p-70f, 0x1p-600),
                                  hn::IfThenElse(small, constant(d, 0x1p100f, 0x1p700), one));
    const V up = hn::IfThenElse(large, constant(d, 0x1p70f, 0x1p600),
                                hn::IfThenElse(small, constant(d, 0x1p-100f, 0x1p-700), one));
    const V s = hn::Mul(a, down), t = hn::Mul(b, down);
    const V r = hn::Mul(hn::Sqrt(hn::MulAdd(s, s, hn::Mul(t, t))), up), inf = infinity(d);
    return hn::IfThenElse(hn::Or(hn::Eq(a, inf), hn::Eq(b, inf)), inf, r);
  }
};

/// atan of the smaller over the larger, unfolded octant by octant: to it or less it multiples of pi/2 are added.
struct Atan2 : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V y, V x) const {
    const V a = hn::Abs(y), b = hn::Abs(x), one = constant(d, 1.0), zero = hn::Zero(d);
    const auto steep = hn::Gt(a, b);
    const V num = hn::IfThenElse(steep, b, a), den = hn::IfThenElse(steep, a, b);
    V t = hn::Div(num, den);
    const auto nan = hn::IsNaN(t);
    if (HWY_UNLIKELY(!hn::AllFalse(d, nan))) {  // 0 / 0 is 0 here, inf / inf 1
      const V equal = hn::IfThenElse(hn::Eq(den, zero), zero, one);
      t = hn::IfThenElse(hn::And(nan, hn::Eq(num, den)), equal, t);
    }
    V r;
    if constexpr (is_f32<D>)
      r = atan_of_unit(d, t);
    else
      r = atan(d, t);
    const V sign = constant(d, -0.0), half = constant(d, 0x1.921fb6p0f, 0x1.921fb54442d18p0), side = hn::And(x, sign);
    r = hn::Xor(r, hn::IfThenElse(steep, hn::Xor(side, sign), side));
    const V behind = hn::IfThenElse(hn::Lt(hn::Or(side, one), zero), hn::Add(half, half), zero);
    const V turn = hn::IfThenElse(steep, half, behind);
    // What the multiples of pi/2 lost in rounding is in proportion to them.
    const V low = constant(d, -0x1.777a5cp-25f / 0x1.921fb6p0f, 0x1.1a62633145c07p-54 / 0x1.921fb54442d18p0);
    return hn::CopySign(hn::Add(turn, hn::MulAdd(turn, low, r)), y);
  }
};

/// The larger of the two and what exp(-|x - y|) adds to it. Equal infinities have no distance.
template <class D, class V>
HWY_INLINE V negative_distance(D, V x, V y) {
  return hn::Neg(hn::Abs(hn::IfThenZeroElse(hn::Eq(x, y), hn::Sub(x, y))));
}
struct LogAddExp : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x, V y) const {
    return hn::Add(hn::Max(x, y), log1p_of_unit(d, exp_of_non_positive(d, negative_distance(d, x, y))));
  }
};
struct LogAddExp2 : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x, V y) const {
    const V more = log1p_of_unit(d, exp2(d, negative_distance(d, x, y)));
    return hn::MulAdd(more, constant(d, 1.44269504088896340736), hn::Max(x, y));
  }
};
struct Xlogy : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x, V y) const {
    return hn::IfThenZeroElse(hn::And(hn::Eq(x, hn::Zero(d)), hn::Eq(y, y)), hn::Mul(x, log(d, y)));
  }
};
struct Heaviside : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x, V y) const {
    const V zero = hn::Zero(d);
    return hn::IfThenElse(hn::Eq(x, zero), y, hn::IfThenElse(hn::Gt(x, zero), constant(d, 1.0), zero));
  }
};
template <class T>
struct HeavisideInt : NoParams, PlainOp<T, T, T> {
  using NoParams::NoParams;
  HWY_INLINE T operator()(T x, T y) const { return x == 0 ? y : static_cast<T>(x > 0); }
};
template <class T>
struct HeavisideBool : NoParams, PlainOp<uint8_t, T, T> {
  using NoParams::NoParams;
  HWY_INLINE uint8_t operator()(T x, T y) const { return wide(x) | wide(y); }
};

template <class T>
struct NextAfter : NoParams, PlainOp<T, T, T> {
  using NoParams::NoParams;
  HWY_INLINE T operator()(T x, T y) const {
    if constexpr (std::is_same_v<T, float> || std::is_same_v<T, double>) {
      return std::nextafter(x, y);
    } else {
      // Neighbours differ by one as integers.
      const float from = wide(x), to = wide(y);
      if (from != from) return x;
      if (to != to || from == to) return y;
      uint16_t bits;
      std::memcpy(&bits, &x, 2);
      if (from == 0)
        bits = to > 0 ? 0x0001 : 0x8001;
      else
        bits = static_cast<uint16_t>((from < to) == (from > 0) ? bits + 1 : bits - 1);
      std::memcpy(static_cast<void*>(&x), &bits, 2);
      return x;
    }
  }
};

void fill_slots() {
  set_lanes<CopySign, 2>(copysign_kernel);
  set_map<Hypot, 2>(hypot_kernel);
  set_map<Atan2, 2>(atan2_kernel);
  set_map<LogAddExp, 2>(logaddexp_kernel);
  set_map<LogAddExp2, 2>(logaddexp2_kernel);
  set_map<Xlogy, 2, 1, true>(xlogy_kernel);
  set_lanes<Heaviside, 2>(heaviside_kernel);
  set_integers<HeavisideInt>(heaviside_kernel);
  set_bool<HeavisideBool>(heaviside_kernel);
  set_floats<NextAfter>(nextafter_kernel);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
