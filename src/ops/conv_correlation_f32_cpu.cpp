#include "backend/cpu/hwy_config.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/conv_correlation_f32_cpu.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ops/conv_correlation-inl.h"
#include "ops/conv_flat.h"
#include "ops/conv_input_rows-inl.h"
#include "ops/conv_weight_windows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {
void correlate(const cpu::Correlation<float>* phases, int64_t count) { run_correlate(phases, count); }
#if HWY_TARGET == HWY_SCALAR  // oneDNN has vectors where we have none
void input_rows(const ConvShape&, const float*, const float*, const float*, float*) { HWY_ABORT("no lanes for rows"); }
#else
void input_rows(const ConvShape& s, const float* dy, const float* weight, const float* bias, float* dx) {
  InputRows(s, dy, weight, bias, dx).run();
}
#endif
}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lampas {
namespace {
HWY_EXPORT(correlate);
HWY_EXPORT(input_rows);
HWY_EXPORT(window_product);
}  // namespace

template <>
void cpu::correlate<float>(const Correlation<float>* phases, int64_t count) {
  if (flat_fits(phases, count)) return correlate_flat(phases, count);
  HWY_DYNAMIC_DISPATCH(correlate)(phases, count);
}
void cpu::correlate_input_rows(const ConvShape& s, const float* dy, const float* weight, const float* bias, float* dx) {
  HWY_DYNAMIC_DISPATCH(input_rows)(s, dy, weight, bias, dx);
}
void cpu::add_window_product(const WindowProduct& w) { HWY_DYNAMIC_DISPATCH(window_product)(w); }
}  // namespace lampas
#endif
