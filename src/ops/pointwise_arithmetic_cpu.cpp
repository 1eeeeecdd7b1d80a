// add, sub, mul, div. Every result is the correctly rounded one of the lane type (with fused multiply-add where the
// target has it); float16 and bfloat16 compute in float and round once more when stored. NaN and inf as in IEEE 754.
// Integers wrap.
#include "backend/cpu/hwy_config.h"
//
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/pointwise_arithmetic_cpu.cpp"
#include "hwy/foreach_target.h"
//
#include "backend/cpu/elementwise-inl.h"
#include "backend/cpu/kernel_set.h"
#include "backend/cpu/vec_root-inl.h"
#include "ops/pointwise.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

struct Add : WithParams<AddParams> {
  static constexpr bool kHeld = true;
  using WithParams::WithParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x, V y) const {
    return hn::MulAdd(hn::Set(d, static_cast<hn::TFromD<D>>(params.alpha)), y, x);
  }
};
struct Sub : WithParams<AddParams> {
  static constexpr bool kHeld = true;
  using WithParams::WithParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x, V y) const {
    return hn::NegMulAdd(hn::Set(d, static_cast<hn::TFromD<D>>(params.alpha)), y, x);
  }
};
struct Mul : NoParams {
  static constexpr bool kHeld = true;
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D, V x, V y) const {
    return hn::Mul(x, y);
  }
};
struct Div : NoParams {
  static constexpr bool kHeld = true;
  static constexpr int kBeside = 2;
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D, V x, V y) const {
    return hn::Div(x, y);
  }
  template <class V>
  HWY_INLINE V beside(V x, V y) const {
    return divide_by_multiplying(x, y);
  }
};

template <class T>
struct AddInt : WithParams<AddParams>, PlainOp<T, T, T> {
  using WithParams<AddParams>::WithParams;
  HWY_INLINE T operator()(T x, T y) const {
    return static_cast<T>(wrap(x) + wrap(static_cast<T>(params.alpha_int)) * wrap(y));
  }
};
template <class T>
struct SubInt : WithParams<AddParams>, PlainOp<T, T, T> {
  using WithParams<AddParams>::WithParams;
  HWY_INLINE T operator()(T x, T y) const {
    return static_cast<T>(wrap(x) - wrap(static_cast<T>(params.alpha_int)) * wrap(y));
  }
};
template <class T>
struct MulInt : NoParams, PlainOp<T, T, T> {
  using NoParams::NoParams;
  HWY_INLINE T operator()(T x, T y) const { return static_cast<T>(wrap(x) * wrap(y)); }
};
template <class T>
struct AddBool : WithParams<AddParams>, PlainOp<uint8_t, T, T> {
  using WithParams<AddParams>::WithParams;
  HWY_INLINE uint8_t operator()(T x, T y) const { return wide(x) | (to_bool(params.alpha_int != 0) & wide(y)); }
};
template <class T>
struct MulBool : NoParams, PlainOp<uint8_t, T, T> {
  using NoParams::NoParams;
  HWY_INLINE uint8_t operator()(T x, T y) const { return wide(x) & wide(y); }
};

void fill_slots() {
  set_lanes<Add, 2>(add_kernel);
  set_lanes<Sub, 2>(sub_kernel);
  set_lanes<Mul, 2>(mul_kernel);
  set_lanes<Div, 2>(div_kernel);
  set_integers<AddInt>(add_kernel);
  set_integers<SubInt>(sub_kernel);
  set_integers<MulInt>(mul_kernel);
  set_bool<AddBool>(add_kernel);
  set_bool<MulBool>(mul_kernel);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
