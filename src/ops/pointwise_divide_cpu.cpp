// Rounded quotients and remainders. Exact for floats: fmod and remainder are what the quotient leaves, div_floor the
// floor of the exact quotient; div_trunc truncates the rounded one, as PyTorch does. NaN for infinite dividends, and of
// fmod and remainder for a divisor of 0. Integers wrap, and give 0 for a divisor of 0, which is reported in params.
#include "backend/cpu/hwy_config.h"
//
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/pointwise_divide_cpu.cpp"
#include "hwy/foreach_target.h"
//
#include <cmath>

#include "backend/cpu/elementwise-inl.h"
#include "backend/cpu/kernel_set.h"
#include "ops/pointwise.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

#if HWY_TARGET != HWY_SCALAR
/// std::fmod in the lanes where `rare` is set, y elsewhere.
template <class D, class V, class M>
HWY_INLINE V patch_fmod(D d, V x, V y, V r, M rare) {
  if (HWY_LIKELY(hn::AllFalse(d, rare))) return r;
  using T = hn::TFromD<D>;
  constexpr size_t kLanes = HWY_MAX_BYTES / sizeof(T);
  HWY_ALIGN T a[kLanes], b[kLanes];
  hn::Store(x, d, a);
  hn::Store(y, d, b);
  for (size_t i = 0; i < hn::Lanes(d); ++i) a[i] = std::fmod(a[i], b[i]);
  return hn::IfThenElse(rare, hn::Load(d, a), r);
}
#endif

/// Where the quotient has fewer bits than a significand, x - q y is exact in one fused operation; the rounded quotient
/// may be one too large.
template <class D, class V>
HWY_INLINE V fmod_of(D d, V x, V y) {
#if HWY_TARGET == HWY_SCALAR
  return hn::Set(d, std::fmod(hn::GetLane(x), hn::GetLane(y)));
#else
  using T = hn::TFromD<D>;
  const V a = hn::Abs(x), b = hn::Abs(y), q = hn::Trunc(hn::Div(a, b));
  V r = hn::NegMulAdd(q, b, a);
  r = hn::IfThenElse(hn::Lt(r, hn::Zero(d)), hn::Add(r, b), r);
  const auto common = hn::And(hn::Lt(q, hn::Set(d, T(sizeof(T) == 4 ? 0x1p22 : 0x1p51))),
                              hn::Lt(b, hn::Set(d, std::numeric_limits<T>::infinity())));
  return patch_fmod(d, x, y, hn::CopySign(r, x), hn::Not(common));
#endif
}
/// Where the remainder is not 0 and its sign is not the divisor's.
template <class D, class V>
HWY_INLINE hn::Mask<D> wrong_side(D d, V r, V y) {
  const V zero = hn::Zero(d);
  return hn::Or(hn::And(hn::Lt(r, zero), hn::Gt(y, zero)), hn::And(hn::Gt(r, zero), hn::Lt(y, zero)));
}

struct DivTrunc : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x, V y) const {
#if HWY_TARGET == HWY_SCALAR
    return hn::Set(d, std::trunc(hn::GetLane(hn::Div(x, y))));
#else
    (void)d;
    return hn::Trunc(hn::Div(x, y));
#endif
  }
};
struct DivFloor : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x, V y) const {
    const V one = hn::Set(d, hn::TFromD<D>(1)), zero = hn::Zero(d), r = fmod_of(d, x, y), ratio = hn::Div(x, y);
    V q = hn::Div(hn::Sub(x, r), y);  // an integer but for rounding
    q = hn::IfThenElse(wrong_side(d, r, y), hn::Sub(q, one), q);
#if HWY_TARGET == HWY_SCALAR
    const V low = hn::Set(d, std::floor(hn::GetLane(q)));
#else
    const V low = hn::Floor(q);
#endif
    const V near = hn::IfThenElse(hn::Gt(hn::Sub(q, low), hn::Set(d, hn::TFromD<D>(0.5))), hn::Add(low, one), low);
    const V quotient = hn::IfThenElse(hn::Eq(q, zero), hn::CopySign(zero, ratio), near);
    return hn::IfThenElse(hn::Eq(y, zero), ratio, quotient);
  }
};
struct Fmod : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x, V y) const {
    return fmod_of(d, x, y);
  }
};
struct Remainder : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x, V y) const {
    const V r = fmod_of(d, x, y);
    return hn::IfThenElse(wrong_side(d, r, y), hn::Add(r, y), r);
  }
};

enum class Division { trunc, floor, fmod, remainder };
template <class T, Division kind>
struct DivideInt : WithParams<DivideParams>, PlainOp<T, T, T> {
  using WithParams<DivideParams>::WithParams;
  HWY_INLINE T operator()(T x, T y) const {
    if (HWY_UNLIKELY(y == 0)) {
      if (params.zero_divisor) params.zero_divisor->store(true, std::memory_order_relaxed);
      return 0;
    }
    constexpr bool quotient = kind == Division::trunc || kind == Division::floor;
    if (std::is_signed_v<T> && y == static_cast<T>(-1)) return quotient ? static_cast<T>(0 - wrap(x)) : T(0);
    if constexpr (sizeof(T) == 8) {  // narrow divisions are quicker, and most numbers are small
      if (((wrap(x) | wrap(y)) >> 32) == 0) {
        const uint32_t a = static_cast<uint32_t>(x), b = static_cast<uint32_t>(y);
        return static_cast<T>(quotient ? a / b : a % b);
      }
    }
    // Looking at the signs first is quicker than correcting every result.
    const bool opposite = (x < 0) != (y < 0);
    if (quotient) {
      const T q = static_cast<T>(x / y);
      return kind == Division::floor && opposite && q * y != x ? static_cast<T>(q - 1) : q;
    }
    const T r = static_cast<T>(x % y);
    return kind == Division::remainder && opposite && r != 0 ? static_cast<T>(r + y) : r;
  }
};
template <class T>
using DivTruncInt = DivideInt<T, Division::trunc>;
template <class T>
using DivFloorInt = DivideInt<T, Division::floor>;
template <class T>
using FmodInt = DivideInt<T, Division::fmod>;
template <class T>
using RemainderInt = DivideInt<T, Division::remainder>;

void fill_slots() {
  set_lanes<DivTrunc, 2>(div_trunc_kernel);
  set_lanes<DivFloor, 2, 1>(div_floor_kernel);
  set_lanes<Fmod, 2, 1>(fmod_kernel);
  set_lanes<Remainder, 2, 1>(remainder_kernel);
  set_integers<DivTruncInt>(div_trunc_kernel);
  set_integers<DivFloorInt>(div_floor_kernel);
  set_integers<FmodInt>(fmod_kernel);
  set_integers<RemainderInt>(remainder_kernel);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lampas {
namespace {
HWY_EXPORT(fill_slots);
const cpu::KernelSet kernel_set{[] { HWY_DYNAMIC_DISPATCH(fill_slots)(); }};
}  // namespace
}  // namespace lampas
#endif
