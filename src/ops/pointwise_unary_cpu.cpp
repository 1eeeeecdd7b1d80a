// Functions of one input: signs, roots, roundings and float classes. sqrt, rsqrt and reciprocal are divisions and roots
// of the lane type, correctly rounded each; everything else is exact. NaN stays NaN (its sign is 0).
#include "backend/cpu/hwy_config.h"
//
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/pointwise_unary_cpu.cpp"
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

struct Neg : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()([[maybe_unused]] D d, V x) const {
    return hn::Neg(x);
  }
};
struct Abs : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()([[maybe_unused]] D d, V x) const {
    return hn::Abs(x);
  }
};
struct Sign : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()([[maybe_unused]] D d, V x) const {
    const V zero = hn::Zero(d), one = hn::Set(d, hn::TFromD<D>(1));
    return hn::IfThenElse(hn::Gt(x, zero), one, hn::IfThenElse(hn::Lt(x, zero), hn::Neg(one), zero));
  }
};
struct Square : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()([[maybe_unused]] D d, V x) const {
    return hn::Mul(x, x);
  }
};
struct Sqrt : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()([[maybe_unused]] D d, V x) const {
    return hn::Sqrt(x);
  }
};
struct Rsqrt : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()([[maybe_unused]] D d, V x) const {
    return hn::Div(hn::Set(d, hn::TFromD<D>(1)), hn::Sqrt(x));
  }
};
struct Reciprocal : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()([[maybe_unused]] D d, V x) const {
    return hn::Div(hn::Set(d, hn::TFromD<D>(1)), x);
  }
};
struct Ceil : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()([[maybe_unused]] D d, V x) const {
    return hn::Ceil(x);
  }
};
struct Floor : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()([[maybe_unused]] D d, V x) const {
    return hn::Floor(x);
  }
};
struct Round : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()([[maybe_unused]] D d, V x) const {
    return hn::Round(x);
  }
};
struct Trunc : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()([[maybe_unused]] D d, V x) const {
    return hn::Trunc(x);
  }
};
struct Frac : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()([[maybe_unused]] D d, V x) const {
    return hn::Sub(x, hn::Trunc(x));
  }
};
struct NanToNum : WithParams<NanToNumParams> {
  using WithParams::WithParams;
  template <class D, class V>
  HWY_INLINE V operator()([[maybe_unused]] D d, V x) const {
    using T = hn::TFromD<D>;
    const auto bound = [](double v, T largest) {
      return v > static_cast<double>(largest)    ? largest
             : v < -static_cast<double>(largest) ? -largest
                                                 : static_cast<T>(v);
    };
    constexpr T kLargest = std::numeric_limits<T>::max();
    const V inf = hn::Set(d, std::numeric_limits<T>::infinity());
    V y = hn::IfThenElse(hn::Eq(x, inf), hn::Set(d, bound(params.posinf, kLargest)), x);
    y = hn::IfThenElse(hn::Eq(x, hn::Neg(inf)), hn::Set(d, bound(params.neginf, kLargest)), y);
    return hn::IfThenElse(hn::Ne(x, x), hn::Set(d, static_cast<T>(params.nan)), y);
  }
};
struct IsNan : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE hn::Mask<D> operator()([[maybe_unused]] D d, V x) const {
    return hn::Ne(x, x);
  }
};
struct IsInf : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE hn::Mask<D> operator()([[maybe_unused]] D d, V x) const {
    return hn::Eq(hn::Abs(x), hn::Set(d, std::numeric_limits<hn::TFromD<D>>::infinity()));
  }
};
struct IsFinite : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE hn::Mask<D> operator()([[maybe_unused]] D d, V x) const {
    return hn::Lt(hn::Abs(x), hn::Set(d, std::numeric_limits<hn::TFromD<D>>::infinity()));
  }
};
template <class T>
struct NegInt : NoParams, PlainOp<T, T> {
  using NoParams::NoParams;
  HWY_INLINE T operator()(T x) const { return static_cast<T>(0 - wrap(x)); }
};
template <class T>
struct AbsInt : NoParams, PlainOp<T, T> {
  using NoParams::NoParams;
  HWY_INLINE T operator()(T x) const { return x < 0 ? static_cast<T>(0 - wrap(x)) : x; }
};
template <class T>
struct SignInt : NoParams, PlainOp<T, T> {
  using NoParams::NoParams;
  HWY_INLINE T operator()(T x) const { return static_cast<T>((x > 0) - (x < 0)); }
};
template <class T>
struct SquareInt : NoParams, PlainOp<T, T> {
  using NoParams::NoParams;
  HWY_INLINE T operator()(T x) const { return static_cast<T>(wrap(x) * wrap(x)); }
};
template <class T>
struct SquareBool : NoParams, PlainOp<uint8_t, T> {
  using NoParams::NoParams;
  HWY_INLINE uint8_t operator()(T x) const { return wide(x); }
};
template <class T>
struct NotInt : NoParams, PlainOp<T, T> {
  using NoParams::NoParams;
  HWY_INLINE T operator()(T x) const { return static_cast<T>(~wrap(x)); }
};
template <class T>
struct NotBool : NoParams, PlainOp<uint8_t, T> {
  using NoParams::NoParams;
  HWY_INLINE uint8_t operator()(T x) const { return to_bool(wide(x) == 0); }
};

void fill_slots() {
  set_lanes<Neg, 1>(neg_kernel);
  set_integers<NegInt>(neg_kernel);
  set_lanes<Abs, 1>(abs_kernel);
  set_integers<AbsInt>(abs_kernel);
  set_lanes<Sign, 1>(sign_kernel);
  set_integers<SignInt>(sign_kernel);
  set_lanes<Square, 1>(square_kernel);
  set_integers<SquareInt>(square_kernel);
  set_lanes<Sqrt, 1>(sqrt_kernel);
  set_lanes<Rsqrt, 1>(rsqrt_kernel);
  set_lanes<Reciprocal, 1>(reciprocal_kernel);
  set_lanes<Ceil, 1>(ceil_kernel);
  set_lanes<Floor, 1>(floor_kernel);
  set_lanes<Round, 1>(round_kernel);
  set_lanes<Trunc, 1>(trunc_kernel);
  set_lanes<Frac, 1>(frac_kernel);
  set_lanes<NanToNum, 1>(nan_to_num_kernel);
  set_float_predicate<IsNan, 1>(isnan_kernel);
  set_float_predicate<IsInf, 1>(isinf_kernel);
  set_float_predicate<IsFinite, 1>(isfinite_kernel);
  set_bool<SquareBool>(square_kernel);
  set_integers<NotInt>(bitwise_not_kernel);
  set_bool<NotBool>(bitwise_not_kernel);
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
