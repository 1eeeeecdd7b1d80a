#include "backend/cpu/hwy_config.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backend/cpu/gemm_packed_f64.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "backend/cpu/gemm_packed-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {
void packed(const cpu::GemmBlock<double>& g) { run_packed(g); }
}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lampas {
namespace {
HWY_EXPORT(packed);
}  // namespace

template <>
void cpu::gemm_packed<double>(const GemmBlock<double>& g) {
  HWY_DYNAMIC_DISPATCH(packed)(g);
}
}  // namespace lampas
#endif
