// Extremes, bounds and sums of products: maximum, minimum, fmax, fmin, clamp, addcmul, addcdiv, lerp. Extremes and
// bounds are exact; the others round once per operation (multiply-add fused where the target has it).
#include "backend/cpu/hwy_config.h"
//
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/pointwise_terms_cpu.cpp"
#include "hwy/foreach_target.h"
//
#include <cmath>

#include "backend/cpu/elementwise-inl.h"
#include "backend/cpu/kernel_set.h"
#include "backend/cpu/vec_root-inl.h"
#include "ops/pointwise.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

/// The larger; NaN if either is. A comparison with NaN is false.
struct Maximum : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D, V x, V y) const {
    return hn::IfThenElse(hn::Or(hn::Lt(x, y), hn::IsNaN(y)), y, x);
  }
};
struct Minimum : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D, V x, V y) const {
    return hn::IfThenElse(hn::Or(hn::Lt(y, x), hn::IsNaN(y)), y, x);
  }
};
/// The larger; the other one if one is NaN.
struct Fmax : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D, V x, V y) const {
    return hn::IfThenElse(hn::Or(hn::Lt(x, y), hn::IsNaN(x)), y, x);
  }
};
struct Fmin : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D, V x, V y) const {
    return hn::IfThenElse(hn::Or(hn::Lt(y, x), hn::IsNaN(x)), y, x);
  }
};
struct Clamp {
  static constexpr double kInf = std::numeric_limits<double>::infinity();
  double low = -kInf, high = kInf;
  bool nan = false;
  explicit Clamp(const void* params) {
    const ClampParams& p = *static_cast<const ClampParams*>(params);
    if (p.has_min) low = p.min;
    if (p.has_max) high = p.max;
    nan = low != low || high != high;
  }
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    using T = hn::TFromD<D>;
    const V lo = hn::Set(d, static_cast<T>(low)), hi = hn::Set(d, static_cast<T>(high));
    if (nan) return hn::Set(d, std::numeric_limits<T>::quiet_NaN());
    const V y = hn::IfThenElse(hn::Lt(x, lo), lo, x);
    return hn::IfThenElse(hn::Lt(hi, y), hi, y);
  }
};
struct ClampTensor : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x, V lo, V hi) const {
    return Minimum(nullptr)(d, Maximum(nullptr)(d, x, lo), hi);
  }
};
struct Addcmul : WithParams<ValueParams> {
  using WithParams::WithParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x, V y, V z) const {
    return hn::MulAdd(hn::Mul(hn::Set(d, static_cast<hn::TFromD<D>>(params.value)), y), z, x);
  }
};
struct Addcdiv : WithParams<ValueParams> {
  static constexpr int kBeside = 2;
  using WithParams::WithParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x, V y, V z) const {
    return hn::Add(x, hn::Div(hn::Mul(hn::Set(d, static_cast<hn::TFromD<D>>(params.value)), y), z));
  }
  template <class V>
  HWY_INLINE V beside(V x, V y, V z) const {
    const V value = hn::Set(hn::ScalableTag<float>(), static_cast<float>(params.value));
    return hn::Add(x, divide_by_multiplying(hn::Mul(value, y), z));
  }
};
/// Exact at both ends: from the nearer one.
template <class D, class V>
HWY_INLINE V lerp(D d, V x, V y, V w) {
  const V span = hn::Sub(y, x), one = hn::Set(d, hn::TFromD<D>(1));
  const auto low = hn::Lt(hn::Abs(w), hn::Set(d, hn::TFromD<D>(0.5)));
  return hn::IfThenElse(low, hn::MulAdd(w, span, x), hn::NegMulAdd(span, hn::Sub(one, w), y));
}
struct Lerp : WithParams<ValueParams> {
  using WithParams::WithParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x, V y) const {
    return lerp(d, x, y, hn::Set(d, static_cast<hn::TFromD<D>>(params.value)));
  }
};
struct LerpTensor : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x, V y, V z) const {
    return lerp(d, x, y, z);
  }
};
template <class T>
struct MaxInt : NoParams, PlainOp<T, T, T> {
  using NoParams::NoParams;
  HWY_INLINE T operator()(T x, T y) const { return std::max(x, y); }
};
template <class T>
struct MinInt : NoParams, PlainOp<T, T, T> {
  using NoParams::NoParams;
  HWY_INLINE T operator()(T x, T y) const { return std::min(x, y); }
};
template <class T>
struct MaxBool : NoParams, PlainOp<uint8_t, T, T> {
  using NoParams::NoParams;
  HWY_INLINE uint8_t operator()(T x, T y) const { return wide(x) | wide(y); }
};
template <class T>
struct MinBool : NoParams, PlainOp<uint8_t, T, T> {
  using NoParams::NoParams;
  HWY_INLINE uint8_t operator()(T x, T y) const { return wide(x) & wide(y); }
};
template <class T>
struct ClampInt : PlainOp<T, T> {
  T low = std::numeric_limits<T>::min(), high = std::numeric_limits<T>::max();
  explicit ClampInt(const void* params) {
    const ClampParams& p = *static_cast<const ClampParams*>(params);
    const auto to = [](int64_t v) {
      return static_cast<T>(std::clamp<int64_t>(v, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
    };
    if (p.has_min) low = to(p.min_int);
    if (p.has_max) high = to(p.max_int);
  }
  HWY_INLINE T operator()(T x) const {
    const T y = x < low ? low : x;
    return y > high ? high : y;
  }
};
template <class T>
struct ClampTensorInt : NoParams, PlainOp<T, T, T, T> {
  using NoParams::NoParams;
  HWY_INLINE T operator()(T x, T y, T z) const { return std::min(std::max(x, y), z); }
};
template <class T>
struct AddcmulInt : WithParams<ValueParams>, PlainOp<T, T, T, T> {
  using WithParams<ValueParams>::WithParams;
  HWY_INLINE T operator()(T x, T y, T z) const {
    return static_cast<T>(wrap(x) + wrap(static_cast<T>(params.value_int)) * wrap(y) * wrap(z));
  }
};

void fill_slots() {
  set_lanes<Maximum, 2>(maximum_kernel);
  set_lanes<Minimum, 2>(minimum_kernel);
  set_lanes<Fmax, 2>(fmax_kernel);
  set_lanes<Fmin, 2>(fmin_kernel);
  set_lanes<Clamp, 1>(clamp_kernel);
  set_lanes<ClampTensor, 3>(clamp_tensor_kernel);
  set_lanes<Addcmul, 3>(addcmul_kernel);
  set_lanes<Addcdiv, 3>(addcdiv_kernel);
  set_lanes<Lerp, 2>(lerp_kernel);
  set_lanes<LerpTensor, 3>(lerp_tensor_kernel);
  set_integers<MaxInt>(maximum_kernel);
  set_bool<MaxBool>(maximum_kernel);
  set_integers<MinInt>(minimum_kernel);
  set_bool<MinBool>(minimum_kernel);
  set_integers<MaxInt>(fmax_kernel);
  set_bool<MaxBool>(fmax_kernel);
  set_integers<MinInt>(fmin_kernel);
  set_bool<MinBool>(fmin_kernel);
  set_integers<ClampInt>(clamp_kernel);
  set_integers<ClampTensorInt>(clamp_tensor_kernel);
  set_integers<AddcmulInt>(addcmul_kernel);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
