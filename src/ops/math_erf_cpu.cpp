#include "backend/cpu/hwy_config.h"
#include "backend/cpu/kernel_set.h"
#include "ops/math.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/math_erf_cpu.cpp"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include "backend/cpu/vec_erf-inl.h"
#include "backend/cpu/vec_map-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

LAMPAS_UNARY_OP(ErfOp, erf);
LAMPAS_UNARY_OP(ErfcOp, erfc);
LAMPAS_UNARY_OP(ErfinvOp, erfinv);

void fill_slots() {
  set_map<ErfOp>(erf_kernel);
  set_map<ErfcOp>(erfc_kernel);
  set_map<ErfinvOp>(erfinv_kernel);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
