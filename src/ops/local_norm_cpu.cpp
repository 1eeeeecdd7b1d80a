// Sums over windows of channels. Every window is added up by itself, in the compute type (float32 for float16 and
// bfloat16): relative error (window size) eps of the sum of magnitudes, no drift from window to window.
#include "backend/cpu/hwy_config.h"
//
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/local_norm_cpu.cpp"
#include "hwy/foreach_target.h"
//
#include <algorithm>

#include "backend/cpu/kernel_set.h"
#include "backend/cpu/parallel.h"
#include "backend/cpu/vec_io-inl.h"
#include "hwy/highway.h"
#include "ops/local_norm.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

template <class T>
HWY_NOINLINE void window_row(const T* x, T* y, int64_t count, int64_t step, int64_t n) {
  const hn::ScalableTag<ComputeType<T>> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t i = 0; i < n; i += lanes) {
    auto sum = hn::Zero(d);
    for (int64_t j = 0; j < count; ++j) sum = hn::Add(sum, load_some(d, x + j * step + i, n - i));
    store_some(d, sum, y + i, n - i);
  }
}
template <class T>
void window_sum(const void* x_, void* y_, int64_t outer, int64_t channels, int64_t inner, int64_t before,
                int64_t after) {
  const T* x = static_cast<const T*>(x_);
  T* y = static_cast<T*>(y_);
  const int64_t work = std::max<int64_t>(1, inner * std::min(channels, before + after + 1));
  cpu::parallel_for(outer * channels, std::max<int64_t>(1, cpu::kGrain / work), [&](int64_t begin, int64_t end) {
    for (int64_t k = begin; k < end; ++k) {
      const int64_t c = k % channels, from = std::max<int64_t>(0, c - before);
      const int64_t to = std::min(channels, c + after + 1);
      window_row(x + (k - c + from) * inner, y + k * inner, to - from, inner, inner);
    }
  });
}

void fill_slots() {
  channel_window_sum_kernel.set(kCPU, kFloat, window_sum<float>);
  channel_window_sum_kernel.set(kCPU, kDouble, window_sum<double>);
  channel_window_sum_kernel.set(kCPU, kHalf, window_sum<Half>);
  channel_window_sum_kernel.set(kCPU, kBFloat16, window_sum<BFloat16>);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lampas {
namespace {
HWY_EXPORT(fill_slots);
const cpu::KernelSet kernels{[] { HWY_DYNAMIC_DISPATCH(fill_slots)(); }};
}  // namespace
}  // namespace lampas
#endif
