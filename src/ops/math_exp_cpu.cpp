#include "backend/cpu/hwy_config.h"
#include "backend/cpu/kernel_set.h"
#include "ops/math.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/math_exp_cpu.cpp"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include "backend/cpu/vec_exp-inl.h"
#include "backend/cpu/vec_map-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

LAMPAS_UNARY_OP(ExpOp, exp);
LAMPAS_UNARY_OP(Exp2Op, exp2);
LAMPAS_UNARY_OP(Expm1Op, expm1);
LAMPAS_UNARY_OP(SigmoidOp, sigmoid);
LAMPAS_UNARY_OP(SinhOp, sinh);
LAMPAS_UNARY_OP(CoshOp, cosh);
LAMPAS_UNARY_OP(TanhOp, tanh);

void fill_slots() {
  set_map<ExpOp, 1, 1, true>(exp_kernel);
  set_map<Exp2Op>(exp2_kernel);
  set_map<Expm1Op, 1, 1, true>(expm1_kernel);
  set_map<SigmoidOp>(sigmoid_kernel);
  set_map<SinhOp>(sinh_kernel);
  set_map<CoshOp>(cosh_kernel);
  set_map<TanhOp>(tanh_kernel);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
