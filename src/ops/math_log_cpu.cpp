#include "backend/cpu/hwy_config.h"
#include "backend/cpu/kernel_set.h"
#include "ops/math.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/math_log_cpu.cpp"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include "backend/cpu/vec_log-inl.h"
#include "backend/cpu/vec_map-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {

LAMPAS_UNARY_OP(LogOp, log);
LAMPAS_UNARY_OP(Log2Op, log2);
LAMPAS_UNARY_OP(Log10Op, log10);
LAMPAS_UNARY_OP(Log1pOp, log1p);
LAMPAS_UNARY_OP(AsinhOp, asinh);
LAMPAS_UNARY_OP(AcoshOp, acosh);
LAMPAS_UNARY_OP(AtanhOp, atanh);

void fill_math_log() {
  set_kernels<LogOp>(log_kernel);
  set_kernels<Log2Op>(log2_kernel);
  set_kernels<Log10Op>(log10_kernel);
  set_kernels<Log1pOp>(log1p_kernel);
  set_kernels<AsinhOp>(asinh_kernel);
  set_kernels<AcoshOp>(acosh_kernel);
  set_kernels<AtanhOp>(atanh_kernel);
}

}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lampas {
HWY_EXPORT(fill_math_log);
static const cpu::KernelSet math_log_kernels{[] { HWY_DYNAMIC_DISPATCH(fill_math_log)(); }};
}  // namespace lampas
#endif
