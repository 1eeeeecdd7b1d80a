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
namespace {

LAMPAS_UNARY_OP(LogOp, log);
LAMPAS_UNARY_OP(Log2Op, log2);
LAMPAS_UNARY_OP(Log10Op, log10);
LAMPAS_UNARY_OP(Log1pOp, log1p);
LAMPAS_UNARY_OP(AsinhOp, asinh);
LAMPAS_UNARY_OP(AcoshOp, acosh);
LAMPAS_UNARY_OP(AtanhOp, atanh);
struct LogitOp : WithParams<LogitParams> {
  using WithParams::WithParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    using T = hn::TFromD<D>;
    const T eps = static_cast<T>(params.eps), inf = std::numeric_limits<T>::infinity();
    const V low = hn::Set(d, eps < 0 ? -inf : eps), high = hn::Set(d, eps < 0 ? inf : 1 - eps);
    x = hn::IfThenElse(hn::Lt(x, low), low, hn::IfThenElse(hn::Gt(x, high), high, x));
    return logit(d, x);
  }
};

void fill_slots() {
  set_map<LogOp>(log_kernel);
  set_map<Log2Op>(log2_kernel);
  set_map<Log10Op>(log10_kernel);
  set_map<Log1pOp>(log1p_kernel);
  set_map<LogitOp>(logit_kernel);
  set_map<AsinhOp>(asinh_kernel);
  set_map<AcoshOp>(acosh_kernel);
  set_map<AtanhOp>(atanh_kernel);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lampas {
HWY_EXPORT(fill_slots);
static const cpu::KernelSet kernels{[] { HWY_DYNAMIC_DISPATCH(fill_slots)(); }};
}  // namespace lampas
#endif
