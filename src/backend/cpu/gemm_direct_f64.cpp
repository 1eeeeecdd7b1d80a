#include "backend/cpu/hwy_config.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backend/cpu/gemm_direct_f64.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "backend/cpu/gemm_direct-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {
void in_place(const cpu::GemmBlock<double>& g, int64_t depth) { depth == 0 ? run_row(g) : run_in_place(g, depth); }
void dots(const cpu::GemmBlock<double>& g) { run_dots(g); }
}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lampas {
namespace {
HWY_EXPORT(in_place);
HWY_EXPORT(dots);
}  // namespace

template <>
void cpu::gemm_in_place<double>(const GemmBlock<double>& g, int64_t depth) {
  HWY_DYNAMIC_DISPATCH(in_place)(g, depth);
}
template <>
void cpu::gemm_dots<double>(const GemmBlock<double>& g) {
  HWY_DYNAMIC_DISPATCH(dots)(g);
}
}  // namespace lampas
#endif
