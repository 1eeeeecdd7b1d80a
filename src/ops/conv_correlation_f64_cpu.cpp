#include "backend/cpu/hwy_config.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/conv_correlation_f64_cpu.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ops/conv_correlation-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {
void correlate(const cpu::Correlation<double>* phases, int64_t count) { run_correlate(phases, count); }
}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lampas {
namespace {
HWY_EXPORT(correlate);
}  // namespace

template <>
void cpu::correlate<double>(const Correlation<double>* phases, int64_t count) {
  HWY_DYNAMIC_DISPATCH(correlate)(phases, count);
}
}  // namespace lampas
#endif
