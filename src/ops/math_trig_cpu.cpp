#include "backend/cpu/hwy_config.h"
#include "backend/cpu/kernel_set.h"
#include "ops/math.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/math_trig_cpu.cpp"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include "backend/cpu/vec_map-inl.h"
#include "backend/cpu/vec_trig-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

/// What the C library computes where three parts of pi do not suffice.
struct Trig : NoParams {
  using NoParams::NoParams;
  template <class T>
  static constexpr T reach() {
    return static_cast<T>(kTrigLimit<hn::ScalableTag<T>>);
  }
};
#define LAMPAS_TRIG_OP(Op, f)                 \
  struct Op : Trig {                          \
    using Trig::Trig;                         \
    template <class D, class V>               \
    HWY_INLINE V operator()(D d, V x) const { \
      return f(d, x);                         \
    }                                         \
    template <class T>                        \
    static T beyond(T x) {                    \
      return std::f(x);                       \
    }                                         \
  }
LAMPAS_TRIG_OP(SinOp, sin);
LAMPAS_TRIG_OP(CosOp, cos);
LAMPAS_TRIG_OP(TanOp, tan);
#undef LAMPAS_TRIG_OP
LAMPAS_UNARY_OP(AsinOp, asin);
LAMPAS_UNARY_OP(AcosOp, acos);
LAMPAS_UNARY_OP(AtanOp, atan);
LAMPAS_UNARY_OP(SincOp, sinc);

void fill_slots() {
  set_map<SinOp>(sin_kernel);
  set_map<CosOp>(cos_kernel);
  set_map<TanOp>(tan_kernel);
  set_map<AsinOp>(asin_kernel);
  set_map<AcosOp>(acos_kernel);
  set_map<AtanOp>(atan_kernel);
  set_map<SincOp>(sinc_kernel);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
