#include "backend/cpu/hwy_config.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/conv_images_f32_cpu.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ops/conv_images-inl.h"
#include "ops/conv_weight_rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {
using T = float;
#if HWY_TARGET == HWY_SCALAR
void correlate(const cpu::Correlation<T>&) { HWY_ABORT("no lanes for images"); }
#else
void correlate(const cpu::Correlation<T>& c) { ImageCorrelator<T>(c).run(); }
#endif
void correlate_weight(const cpu::Correlation<T>& c, const T* dy, T* dweight, T* dbias) {
  ImageWeightSums<T>(c, dy, dweight, dbias).run();
}
void correlate_weight_by_rows(const cpu::Correlation<T>& c, const T* dy, T* dweight, T* dbias) {
#if HWY_TARGET == HWY_SCALAR  // lanes of one: neither has anything to gain
  correlate_weight(c, dy, dweight, dbias);
#else
  RowWeightSums<T>(c, dy, dweight, dbias).run();
#endif
}
int64_t correlation_lanes() { return lanes_of<T>(); }
}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lampas {
namespace {
HWY_EXPORT(correlate);
HWY_EXPORT(correlate_weight);
HWY_EXPORT(correlate_weight_by_rows);
HWY_EXPORT(correlation_lanes);
}  // namespace

template <>
int64_t cpu::correlation_lanes<float>() {
  return HWY_DYNAMIC_DISPATCH(correlation_lanes)();
}
template <>
void cpu::correlate_images<float>(const Correlation<float>& c) {
  HWY_DYNAMIC_DISPATCH(correlate)(c);
}
template <>
void cpu::correlate_weight_images<float>(const Correlation<float>& c, const float* dy, float* dweight, float* dbias) {
  HWY_DYNAMIC_DISPATCH(correlate_weight)(c, dy, dweight, dbias);
}
void cpu::correlate_weight_rows(const Correlation<float>& c, const float* dy, float* dweight, float* dbias) {
  HWY_DYNAMIC_DISPATCH(correlate_weight_by_rows)(c, dy, dweight, dbias);
}
}  // namespace lampas
#endif
