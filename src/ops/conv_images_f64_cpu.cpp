#include "backend/cpu/hwy_config.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/conv_images_f64_cpu.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ops/conv_images-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {
using T = double;
#if HWY_TARGET == HWY_SCALAR
void correlate(const cpu::Correlation<T>&) { HWY_ABORT("no lanes for images"); }
#else
void correlate(const cpu::Correlation<T>& c) { ImageCorrelator<T>(c).run(); }
#endif
void correlate_weight(const cpu::Correlation<T>& c, const T* dy, T* dweight, T* dbias) {
  ImageWeightSums<T>(c, dy, dweight, dbias).run();
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
HWY_EXPORT(correlation_lanes);
}  // namespace

template <>
int64_t cpu::correlation_lanes<double>() {
  return HWY_DYNAMIC_DISPATCH(correlation_lanes)();
}
template <>
void cpu::correlate_images<double>(const Correlation<double>& c) {
  HWY_DYNAMIC_DISPATCH(correlate)(c);
}
template <>
void cpu::correlate_weight_images<double>(const Correlation<double>& c, const double* dy, double* dweight,
                                          double* dbias) {
  HWY_DYNAMIC_DISPATCH(correlate_weight)(c, dy, dweight, dbias);
}
}  // namespace lampas
#endif
