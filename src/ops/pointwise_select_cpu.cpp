// where, relu, threshold and their derivatives: results are inputs or constants, exact. relu and threshold keep NaN,
// relu a zero with its sign.
#include "backend/cpu/hwy_config.h"
//
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/pointwise_select_cpu.cpp"
#include "hwy/foreach_target.h"
//
#include "backend/cpu/elementwise-inl.h"
#include "backend/cpu/kernel_set.h"
#include "backend/cpu/vec_poly-inl.h"
#include "ops/pointwise.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

/// Elements are moved by size.
template <class T>
struct Where : NoParams, PlainOp<T, uint8_t, T, T> {
  using NoParams::NoParams;
  HWY_INLINE T operator()(uint8_t c, T x, T y) const { return c ? x : y; }
};
struct Item16 {
  uint64_t low, high;
};

struct Relu : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return at_least(d, x, 0.0);
  }
};
struct ReluBackward : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V g, V y) const {
    return hn::IfThenElse(hn::Le(y, hn::Zero(d)), hn::Zero(d), g);
  }
};
struct Threshold : WithParams<ThresholdParams> {
  using WithParams::WithParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    using T = hn::TFromD<D>;
    return hn::IfThenElse(hn::Le(x, hn::Set(d, static_cast<T>(params.threshold))),
                          hn::Set(d, static_cast<T>(params.value)), x);
  }
};
struct ThresholdBackward : WithParams<ThresholdParams> {
  using WithParams::WithParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V g, V x) const {
    return hn::IfThenElse(hn::Le(x, hn::Set(d, static_cast<hn::TFromD<D>>(params.threshold))), hn::Zero(d), g);
  }
};

template <class T>
struct ReluInt : NoParams, PlainOp<T, T> {
  using NoParams::NoParams;
  HWY_INLINE T operator()(T x) const { return x > 0 ? x : T(0); }
};
template <class T>
struct ThresholdInt : WithParams<ThresholdParams>, PlainOp<T, T> {
  using WithParams<ThresholdParams>::WithParams;
  HWY_INLINE T operator()(T x) const {
    return static_cast<int64_t>(x) <= params.threshold_int ? static_cast<T>(params.value_int) : x;
  }
};

template <class T>
void set_where(ScalarType dtype) {
  where_kernel.set(kCPU, dtype, &plain_kernel<Where<T>>);
}

void fill_slots() {
  for (ScalarType t : {kByte, kChar, kBool}) set_where<uint8_t>(t);
  for (ScalarType t : {kShort, kHalf, kBFloat16}) set_where<uint16_t>(t);
  for (ScalarType t : {kInt, kFloat}) set_where<uint32_t>(t);
  for (ScalarType t : {kLong, kDouble, kComplexFloat}) set_where<uint64_t>(t);
  set_where<Item16>(kComplexDouble);
  set_lanes<Relu, 1>(relu_kernel);
  set_lanes<ReluBackward, 2>(relu_backward_kernel);
  set_lanes<Threshold, 1>(threshold_kernel);
  set_lanes<ThresholdBackward, 2>(threshold_backward_kernel);
  set_integers<ReluInt>(relu_kernel);
  set_integers<ThresholdInt>(threshold_kernel);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
