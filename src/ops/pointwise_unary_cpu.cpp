// Functions of one input: signs, roots, roundings and float classes. sqrt, rsqrt and reciprocal are divisions and roots
// of the lane type, correctly rounded each; everything else is exact. NaN stays NaN (its sign is 0).
#include "backend/cpu/hwy_config.h"
//
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/pointwise_unary_cpu.cpp"
#include "hwy/foreach_target.h"
//
#include <algorithm>
#include <cmath>
#include <limits>

#include "backend/cpu/elementwise-inl.h"
#include "backend/cpu/kernel_set.h"
#include "backend/cpu/vec_root-inl.h"
#include "ops/pointwise.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

struct Neg : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return hn::Neg(x);
  }
};
struct Abs : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return hn::Abs(x);
  }
};
struct Sign : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    const V zero = hn::Zero(d), one = hn::Set(d, hn::TFromD<D>(1));
    return hn::IfThenElse(hn::Gt(x, zero), one, hn::IfThenElse(hn::Lt(x, zero), hn::Neg(one), zero));
  }
};
struct Square : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return hn::Mul(x, x);
  }
};
struct Sqrt : NoParams {
  static constexpr int kBeside = 2;
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return hn::Sqrt(x);
  }
  template <class V>
  HWY_INLINE V beside(V x) const {
    return sqrt_by_multiplying(x);
  }
};
struct Rsqrt : NoParams {
  static constexpr int kBeside = 3;
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return hn::Div(hn::Set(d, hn::TFromD<D>(1)), hn::Sqrt(x));
  }
  template <class V>
  HWY_INLINE V beside(V x) const {
    return rsqrt_by_multiplying(x);
  }
};
struct Reciprocal : NoParams {
  static constexpr int kBeside = 3;
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return hn::Div(hn::Set(d, hn::TFromD<D>(1)), x);
  }
  template <class V>
  HWY_INLINE V beside(V x) const {
    return reciprocal_by_multiplying(x);
  }
};
// Highway's portable roundings lose the sign of some zeros; the C library's do not.
#if HWY_TARGET == HWY_SCALAR
#define LAMPAS_ROUNDING(Name, vector, scalar)    \
  struct Name : NoParams {                       \
    using NoParams::NoParams;                    \
    template <class D, class V>                  \
    HWY_INLINE V operator()(D d, V x) const {    \
      return hn::Set(d, scalar(hn::GetLane(x))); \
    }                                            \
  };
#else
#define LAMPAS_ROUNDING(Name, vector, scalar) \
  struct Name : NoParams {                    \
    using NoParams::NoParams;                 \
    template <class D, class V>               \
    HWY_INLINE V operator()(D, V x) const {   \
      return vector(x);                       \
    }                                         \
  };
#endif
LAMPAS_ROUNDING(Ceil, hn::Ceil, std::ceil)
LAMPAS_ROUNDING(Floor, hn::Floor, std::floor)
LAMPAS_ROUNDING(Round, hn::Round, std::nearbyint)
LAMPAS_ROUNDING(Trunc, hn::Trunc, std::trunc)
#undef LAMPAS_ROUNDING

struct RoundDecimals : WithParams<RoundParams> {
  using WithParams::WithParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    const V power = hn::Set(d, static_cast<hn::TFromD<D>>(params.power));
    if (params.negative) return hn::Mul(Round(nullptr)(d, hn::Div(x, power)), power);
    return hn::Div(Round(nullptr)(d, hn::Mul(x, power)), power);
  }
};
struct Frac : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return hn::Sub(x, Trunc(nullptr)(d, x));
  }
};
/// The largest finite value of the element type, which is not that of the lanes for float16 and bfloat16.
template <class T>
constexpr double largest_of() {
  if constexpr (std::is_same_v<T, Half>)
    return 65504;
  else if constexpr (std::is_same_v<T, BFloat16>)
    return 3.3895313892515355e38;
  else
    return static_cast<double>(std::numeric_limits<T>::max());
}
template <class T>
struct NanToNum : WithParams<NanToNumParams> {
  using WithParams<NanToNumParams>::WithParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    using Lane = hn::TFromD<D>;
    // Nearly always there is nothing to replace, which one comparison tells.
    if (HWY_LIKELY(hn::AllTrue(d, hn::Le(hn::Abs(x), hn::Set(d, std::numeric_limits<Lane>::max()))))) return x;
    constexpr double kLargest = largest_of<T>();
    const auto finite = [&](double v)
                            HWY_ATTR { return hn::Set(d, static_cast<Lane>(std::clamp(v, -kLargest, kLargest))); };
    const V inf = hn::Set(d, std::numeric_limits<Lane>::infinity());
    V y = hn::IfThenElse(hn::Eq(x, inf), finite(params.posinf), x);
    y = hn::IfThenElse(hn::Eq(x, hn::Neg(inf)), finite(params.neginf), y);
    return hn::IfThenElse(hn::IsNaN(x), hn::Set(d, static_cast<Lane>(params.nan)), y);
  }
};
struct IsNan : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE hn::Mask<D> operator()(D d, V x) const {
    return hn::IsNaN(x);
  }
};
struct IsInf : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE hn::Mask<D> operator()(D d, V x) const {
    return hn::Eq(hn::Abs(x), hn::Set(d, std::numeric_limits<hn::TFromD<D>>::infinity()));
  }
};
struct IsPosInf : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE hn::Mask<D> operator()(D d, V x) const {
    return hn::Eq(x, hn::Set(d, std::numeric_limits<hn::TFromD<D>>::infinity()));
  }
};
struct IsNegInf : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE hn::Mask<D> operator()(D d, V x) const {
    return hn::Eq(x, hn::Set(d, -std::numeric_limits<hn::TFromD<D>>::infinity()));
  }
};
struct SignBit : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE hn::Mask<D> operator()(D d, V x) const {
    return hn::Lt(hn::CopySign(hn::Set(d, hn::TFromD<D>(1)), x), hn::Zero(d));
  }
};
struct IsFinite : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE hn::Mask<D> operator()(D d, V x) const {
    return hn::Lt(hn::Abs(x), hn::Set(d, std::numeric_limits<hn::TFromD<D>>::infinity()));
  }
};
template <class T>
struct SignBitInt : NoParams, PlainOp<uint8_t, T> {
  using NoParams::NoParams;
  HWY_INLINE uint8_t operator()(T x) const { return to_bool(x < 0); }
};
/// What rounding and nan_to_num leave alone.
template <class T>
struct Same : NoParams, PlainOp<T, T> {
  using NoParams::NoParams;
  HWY_INLINE T operator()(T x) const { return x; }
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
struct SameBool : NoParams, PlainOp<uint8_t, T> {
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
  nan_to_num_kernel.set(kCPU, kFloat, &lane_kernel<float, NanToNum<float>, 1, 2>);
  nan_to_num_kernel.set(kCPU, kDouble, &lane_kernel<double, NanToNum<double>, 1, 2>);
  nan_to_num_kernel.set(kCPU, kHalf, &lane_kernel<Half, NanToNum<Half>, 1, 1>);
  nan_to_num_kernel.set(kCPU, kBFloat16, &lane_kernel<BFloat16, NanToNum<BFloat16>, 1, 1>);
  set_float_predicate<IsNan, 1>(isnan_kernel);
  set_float_predicate<IsInf, 1>(isinf_kernel);
  set_float_predicate<IsFinite, 1>(isfinite_kernel);
  set_float_predicate<IsPosInf, 1>(isposinf_kernel);
  set_float_predicate<IsNegInf, 1>(isneginf_kernel);
  set_float_predicate<SignBit, 1>(signbit_kernel);
  set_integers<SignBitInt>(signbit_kernel);
  for (Kernel<PointwiseFn>* k : {&ceil_kernel, &floor_kernel, &round_kernel, &trunc_kernel, &nan_to_num_kernel})
    set_integers<Same>(*k);
  set_lanes<RoundDecimals, 1>(round_decimals_kernel);
  set_bool<SameBool>(nan_to_num_kernel);
  set_bool<SameBool>(sign_kernel);
  set_bool<SameBool>(square_kernel);
  set_integers<NotInt>(bitwise_not_kernel);
  set_bool<NotBool>(bitwise_not_kernel);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
