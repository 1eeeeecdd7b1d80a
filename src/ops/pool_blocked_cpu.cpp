// Pools of images in blocks of channels: the channels of a block are the vector lanes, so windows of any stride and
// dilation are whole vectors.
#include <limits>

#include "backend/cpu/hwy_config.h"
#include "backend/cpu/kernel_set.h"
#include "ops/pool.h"
#include "ops/pool_geometry.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/pool_blocked_cpu.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ops/pool_taps-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using cpu::PoolAxes;
using cpu::PoolAxis;
using D = hn::CappedTag<float, 8>;  // divides every block

/// Calls f(window number, od, oh, ow) for every window of a plane.
template <class F>
HWY_INLINE void each_window(const PoolAxes& a, const F& f) {
  int64_t o = 0;
  for (int64_t od = 0; od < a.d.out; ++od)
    for (int64_t oh = 0; oh < a.h.out; ++oh)
      for (int64_t ow = 0; ow < a.w.out; ++ow, ++o) f(o, od, oh, ow);
}
/// Calls f(position) for the taps of window (od, oh, ow) inside the plane, in order.
template <class F>
HWY_INLINE void each_position(const PoolAxes& a, int64_t od, int64_t oh, int64_t ow, const F& f) {
  const int64_t z1 = a.d.last_tap(od), y1 = a.h.last_tap(oh), x1 = a.w.last_tap(ow);
  for (int64_t z = a.d.first_tap(od); z < z1; ++z)
    for (int64_t y = a.h.first_tap(oh); y < y1; ++y) {
      const int64_t row =
          ((a.d.start(od) + z * a.d.dilation) * a.h.in + a.h.start(oh) + y * a.h.dilation) * a.w.in + a.w.start(ow);
      for (int64_t x = a.w.first_tap(ow); x < x1; ++x) f(row + x * a.w.dilation);
    }
}
int64_t grain(const PoolAxes& a, int64_t block) {
  return cpu::kGrain / (a.out_size() * a.d.kernel * a.h.kernel * a.w.kernel * block / 4 + 1) + 1;
}

/// Exact. A NaN in the window gives NaN and the index of the last one; otherwise the first of equal maxima wins.
void max_pool_blocked(const PoolShape& s, int64_t block, const void* x, void* y, int64_t* indices) {
  const PoolAxes a(s);
  cpu::parallel_for(s.planes, grain(a, block), [&](int64_t begin, int64_t end) {
    const D d;
    const hn::RebindToSigned<D> di;
    const int64_t n = static_cast<int64_t>(hn::Lanes(d));
    for (int64_t p = begin; p < end; ++p) {
      const float* in = static_cast<const float*>(x) + p * a.in_size() * block;
      float* out = static_cast<float*>(y) + p * a.out_size() * block;
      int64_t* index = indices ? indices + p * a.out_size() * block : nullptr;
      each_window(a, [&](int64_t o, int64_t od, int64_t oh, int64_t ow) HWY_ATTR {
        for (int64_t v = 0; v < block; v += n) {
          auto best = hn::Set(d, -std::numeric_limits<float>::infinity());
          auto at = hn::Set(di, -1);
          bool started = false;
          each_position(a, od, oh, ow, [&](int64_t i) HWY_ATTR {
            const auto here = hn::LoadU(d, in + i * block + v);
            const auto place = hn::Set(di, static_cast<int32_t>(i));
            const auto wins = hn::Or(hn::Gt(here, best), hn::IsNaN(here));
            best = started ? hn::IfThenElse(wins, here, best) : here;
            at = started ? hn::IfThenElse(hn::RebindMask(di, wins), place, at) : place;
            started = true;
          });
          hn::StoreU(best, d, out + o * block + v);
          if (index) store_index(di, at, index + o * block + v);
        }
      });
    }
  });
}

/// Sums in float32, in order of the taps.
void avg_pool_blocked(const PoolShape& s, int64_t block, const void* x, void* y) {
  const PoolAxes a(s);
  cpu::parallel_for(s.planes, grain(a, block), [&](int64_t begin, int64_t end) {
    const D d;
    const int64_t n = static_cast<int64_t>(hn::Lanes(d));
    for (int64_t p = begin; p < end; ++p) {
      const float* in = static_cast<const float*>(x) + p * a.in_size() * block;
      float* out = static_cast<float*>(y) + p * a.out_size() * block;
      each_window(a, [&](int64_t o, int64_t od, int64_t oh, int64_t ow) HWY_ATTR {
        const int64_t count = cpu::average_divisor(s, a, od, oh, ow);
        const auto divide = hn::Set(d, count ? static_cast<float>(count) : 1.f);
        for (int64_t v = 0; v < block; v += n) {
          auto sum = hn::Zero(d);
          each_position(a, od, oh, ow,
                        [&](int64_t i) HWY_ATTR { sum = hn::Add(sum, hn::LoadU(d, in + i * block + v)); });
          hn::StoreU(hn::Div(sum, divide), d, out + o * block + v);
        }
      });
    }
  });
}

/// Shares added in order of the windows.
void avg_pool_backward_blocked(const PoolShape& s, int64_t block, const void* dy, void* dx) {
  const PoolAxes a(s);
  cpu::parallel_for(s.planes, grain(a, block), [&](int64_t begin, int64_t end) {
    const D d;
    const int64_t n = static_cast<int64_t>(hn::Lanes(d));
    for (int64_t p = begin; p < end; ++p) {
      const float* g = static_cast<const float*>(dy) + p * a.out_size() * block;
      float* to = static_cast<float*>(dx) + p * a.in_size() * block;
      std::fill_n(to, a.in_size() * block, 0.f);
      each_window(a, [&](int64_t o, int64_t od, int64_t oh, int64_t ow) HWY_ATTR {
        const int64_t count = cpu::average_divisor(s, a, od, oh, ow);
        const auto divide = hn::Set(d, count ? static_cast<float>(count) : 1.f);
        for (int64_t v = 0; v < block; v += n) {
          const auto share = hn::Div(hn::LoadU(d, g + o * block + v), divide);
          each_position(a, od, oh, ow, [&](int64_t i) HWY_ATTR {
            hn::StoreU(hn::Add(hn::LoadU(d, to + i * block + v), share), d, to + i * block + v);
          });
        }
      });
    }
  });
}

void fill_slots() {
  max_pool_blocked_kernel.set(kCPU, kFloat, max_pool_blocked);
  avg_pool_blocked_kernel.set(kCPU, kFloat, avg_pool_blocked);
  avg_pool_backward_blocked_kernel.set(kCPU, kFloat, avg_pool_backward_blocked);
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

/// dx[index] += dy, in the output's order.
void max_pool_backward_blocked(const PoolShape& s, int64_t block, const void* dy, const int64_t* indices, void* dx) {
  const cpu::PoolAxes a(s);
  const int64_t in = a.in_size(), out = a.out_size();
  cpu::parallel_for(s.planes, cpu::kGrain / (in * block) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p) {
      const float* g = static_cast<const float*>(dy) + p * out * block;
      const int64_t* index = indices + p * out * block;
      float* to = static_cast<float*>(dx) + p * in * block;
      std::fill_n(to, in * block, 0.f);
      for (int64_t o = 0; o < out; ++o, g += block, index += block)
        for (int64_t c = 0; c < block; ++c)
          if (index[c] >= 0) to[index[c] * block + c] += g[c];
    }
  });
}
const bool registered = max_pool_backward_blocked_kernel.set(kCPU, kFloat, max_pool_backward_blocked);

}  // namespace
}  // namespace lampas
#endif
