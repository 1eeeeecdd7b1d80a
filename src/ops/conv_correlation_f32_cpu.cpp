#include "backend/cpu/hwy_config.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/conv_correlation_f32_cpu.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ops/conv_correlation-inl.h"
#include "ops/conv_input_rows-inl.h"
#include "ops/conv_weight_windows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {
void correlate(const cpu::Correlation<float>* phases, int64_t count) { run_correlate(phases, count); }
void input_rows(const ConvShape& s, const float* dy, const float* weight, const float* bias, float* dx) {
  InputRows(s, dy, weight, bias, dx).run();
}
void weight_windows(const cpu::Correlation<float>& c, const float* dy, float* dweight, float* dbias) {
  WindowWeightSums(c, dy, dweight, dbias).run();
}
}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lampas {
namespace {
HWY_EXPORT(correlate);
HWY_EXPORT(input_rows);
HWY_EXPORT(weight_windows);
}  // namespace

template <>
void cpu::correlate<float>(const Correlation<float>* phases, int64_t count) {
  HWY_DYNAMIC_DISPATCH(correlate)(phases, count);
}
void cpu::correlate_input_rows(const ConvShape& s, const float* dy, const float* weight, const float* bias, float* dx) {
  HWY_DYNAMIC_DISPATCH(input_rows)(s, dy, weight, bias, dx);
}
void cpu::correlate_weight_windows(const Correlation<float>& c, const float* dy, float* dweight, float* dbias) {
  HWY_DYNAMIC_DISPATCH(weight_windows)(c, dy, dweight, dbias);
}
}  // namespace lampas
#endif
