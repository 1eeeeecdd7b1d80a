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
#include "ops/pointwise.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

struct Maximum : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()([[maybe_unused]] D d, V x, V y) const {
    return hn::IfThenElse(hn::Ne(x, x), x, hn::IfThenElse(hn::Ne(y, y), y, hn::Max(x, y)));
  }
};
struct Minimum : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()([[maybe_unused]] D d, V x, V y) const {
    return hn::IfThenElse(hn::Ne(x, x), x, hn::IfThenElse(hn::Ne(y, y), y, hn::Min(x, y)));
  }
};
struct Fmax : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()([[maybe_unused]] D d, V x, V y) const {
    return hn::IfThenElse(hn::Ne(x, x), y, hn::IfThenElse(hn::Ne(y, y), x, hn::Max(x, y)));
  }
};
struct Fmin : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()([[maybe_unused]] D d, V x, V y) const {
    return hn::IfThenElse(hn::Ne(x, x), y, hn::IfThenElse(hn::Ne(y, y), x, hn::Min(x, y)));
  }
};
struct Clamp : WithParams<ClampParams> {
  using WithParams::WithParams;
  template <class D, class V>
  HWY_INLINE V operator()([[maybe_unused]] D d, V x) const {
    using T = hn::TFromD<D>;
    V y = x;
    if (params.has_min) {
      const V lo = hn::Set(d, static_cast<T>(params.min));
      y = hn::IfThenElse(hn::Ge(y, lo), y, hn::IfThenElse(hn::Ne(x, x), x, lo));
    }
    if (params.has_max) {
      const V hi = hn::Set(d, static_cast<T>(params.max));
      y = hn::IfThenElse(hn::Le(y, hi), y, hn::IfThenElse(hn::Ne(y, y), y, hi));
    }
    return y;
  }
};
struct ClampTensor : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()([[maybe_unused]] D d, V x, V lo, V hi) const {
    const V y = hn::IfThenElse(hn::Or(hn::Ne(x, x), hn::Ge(x, lo)), x, lo),
            z = hn::IfThenElse(hn::Or(hn::Ne(y, y), hn::Le(y, hi)), y, hi);
    return z;
  }
};
struct Addcmul : WithParams<ValueParams> {
  using WithParams::WithParams;
  template <class D, class V>
  HWY_INLINE V operator()([[maybe_unused]] D d, V x, V y, V z) const {
    return hn::MulAdd(hn::Mul(hn::Set(d, static_cast<hn::TFromD<D>>(params.value)), y), z, x);
  }
};
struct Addcdiv : WithParams<ValueParams> {
  using WithParams::WithParams;
  template <class D, class V>
  HWY_INLINE V operator()([[maybe_unused]] D d, V x, V y, V z) const {
    return hn::MulAdd(hn::Set(d, static_cast<hn::TFromD<D>>(params.value)), hn::Div(y, z), x);
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
  HWY_INLINE V operator()([[maybe_unused]] D d, V x, V y) const {
    return lerp(d, x, y, hn::Set(d, static_cast<hn::TFromD<D>>(params.value)));
  }
};
struct LerpTensor : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()([[maybe_unused]] D d, V x, V y, V z) const {
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
struct ClampInt : WithParams<ClampParams>, PlainOp<T, T> {
  using WithParams<ClampParams>::WithParams;
  HWY_INLINE T operator()(T x) const {
    const int64_t v = static_cast<int64_t>(x), lo = params.has_min ? std::max(v, params.min_int) : v;
    return static_cast<T>(params.has_max ? std::min(lo, params.max_int) : lo);
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
namespace lampas {
namespace {
HWY_EXPORT(fill_slots);
const cpu::KernelSet kernel_set{[] { HWY_DYNAMIC_DISPATCH(fill_slots)(); }};
}  // namespace
}  // namespace lampas
#endif
