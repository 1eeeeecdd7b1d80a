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

LAMPAS_UNARY_OP(ErfOp, erf);
LAMPAS_UNARY_OP(ErfcOp, erfc);
LAMPAS_UNARY_OP(ErfinvOp, erfinv);

void fill_math_erf() {
  set_kernels<ErfOp>(erf_kernel);
  set_kernels<ErfcOp>(erfc_kernel);
  set_kernels<ErfinvOp>(erfinv_kernel);
}

}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lampas {
HWY_EXPORT(fill_math_erf);
static const cpu::KernelSet math_erf_kernels{[] { HWY_DYNAMIC_DISPATCH(fill_math_erf)(); }};
}  // namespace lampas
#endif
