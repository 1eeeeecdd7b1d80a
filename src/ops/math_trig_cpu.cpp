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

LAMPAS_UNARY_OP(SinOp, sin);
LAMPAS_UNARY_OP(CosOp, cos);
LAMPAS_UNARY_OP(TanOp, tan);
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
