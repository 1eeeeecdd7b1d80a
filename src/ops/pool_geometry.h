#pragma once

#include <algorithm>

#include "backend/cpu/parallel.h"
#include "backend/cpu/workspace.h"
#include "lampas/core/dtype.h"
#include "ops/pool.h"

namespace lampas::cpu {

/// One spatial dimension of a pool.
struct PoolAxis {
  int64_t in = 1, out = 1, kernel = 1, stride = 1, padding = 0, dilation = 1;

  int64_t start(int64_t o) const { return o * stride - padding; }
  /// Taps [first_tap, last_tap) of window o lie inside the plane.
  int64_t first_tap(int64_t o) const {
    const int64_t s = start(o);
    return s >= 0 ? 0 : std::min(kernel, steps(-s));
  }
  int64_t last_tap(int64_t o) const {
    const int64_t room = in - start(o);
    return room <= 0 ? 0 : std::min(kernel, steps(room));
  }
  /// How many steps of the dilation reach `n`.
  int64_t steps(int64_t n) const { return dilation == 1 ? n : (n + dilation - 1) / dilation; }
  /// Windows [first_inner, last_inner) lie inside the plane entirely.
  int64_t first_inner() const { return std::min(out, (padding + stride - 1) / stride); }
  int64_t last_inner() const {
    const int64_t room = in - 1 - (kernel - 1) * dilation + padding;
    return std::max(first_inner(), room < 0 ? 0 : std::min(out, room / stride + 1));
  }
  /// Length of window o of an average pool, padding counted.
  int64_t padded_length(int64_t o) const { return std::min(start(o) + kernel, in + padding) - start(o); }
};

/// A pool's axes as depth, height, width; missing outer ones have size 1.
struct PoolAxes {
  PoolAxis d, h, w;
  explicit PoolAxes(const PoolShape& s) {
    PoolAxis* axis[] = {&d, &h, &w};
    for (int i = 0; i < s.dims; ++i)
      *axis[kMaxSpatial - s.dims + i] = {s.in[i], s.out[i], s.kernel[i], s.stride[i], s.padding[i], s.dilation[i]};
  }
  int64_t in_size() const { return d.in * h.in * w.in; }
  int64_t out_size() const { return d.out * h.out * w.out; }
};

/// What the sum over window (od, oh, ow) of an average pool is divided by; 0 for a window without elements.
inline int64_t average_divisor(const PoolShape& s, const PoolAxes& a, int64_t od, int64_t oh, int64_t ow) {
  const PoolAxis* axis[] = {&a.d, &a.h, &a.w};
  const int64_t at[] = {od, oh, ow};
  int64_t elements = 1, padded = 1;
  for (int i = 0; i < 3; ++i) {
    elements *= std::max<int64_t>(0, axis[i]->last_tap(at[i]) - axis[i]->first_tap(at[i]));
    padded *= axis[i]->padded_length(at[i]);
  }
  if (elements == 0) return 0;
  return s.divisor ? s.divisor : s.count_include_pad ? padded : elements;
}

/// Window o of an adaptive pool: [floor(o * in / out), ceil((o + 1) * in / out)).
struct AdaptiveWindow {
  int64_t begin, end;
};
inline AdaptiveWindow adaptive_window(const PoolAxis& a, int64_t o) {
  return {o * a.in / a.out, ((o + 1) * a.in + a.out - 1) / a.out};
}

/// All windows of an adaptive pool: finding one takes two divisions.
class AdaptiveWindows {
 public:
  explicit AdaptiveWindows(const PoolAxes& a)
      : all_(a.d.out + a.h.out + a.w.out), d(all_.data()), h(d + a.d.out), w(h + a.h.out) {
    fill(a.d, all_), fill(a.h, all_.data() + a.d.out), fill(a.w, all_.data() + a.d.out + a.h.out);
  }

 private:
  static void fill(const PoolAxis& a, AdaptiveWindow* to) {
    for (int64_t o = 0; o < a.out; ++o) to[o] = adaptive_window(a, o);
  }
  const Workspace<AdaptiveWindow> all_;

 public:
  const AdaptiveWindow *const d, *const h, *const w;
};

/// Calls `f(input plane, output plane, index)` for every plane, on several threads when the work is worth it. Reduced
/// floats are widened to float32 and the result is rounded back, one plane at a time, so that `f` only sees float or
/// double.
template <class T, class F>
void each_pool_plane(int64_t planes, int64_t in_size, int64_t out_size, int64_t cost, const void* x, void* y,
                     const F& f) {
  const T* from = static_cast<const T*>(x);
  T* to = static_cast<T*>(y);
  parallel_for(planes, kGrain / std::max<int64_t>(1, cost) + 1, [&](int64_t begin, int64_t end) {
    if constexpr (is_reduced_floating(dtype_of<T>)) {
      const Workspace<float> in(in_size), out(out_size);
      for (int64_t p = begin; p < end; ++p) {
        for (int64_t i = 0; i < in_size; ++i) in[i] = from[p * in_size + i];
        f(in.data(), out.data(), p);
        for (int64_t i = 0; i < out_size; ++i) to[p * out_size + i] = T(out[i]);
      }
    } else {
      for (int64_t p = begin; p < end; ++p) f(from + p * in_size, to + p * out_size, p);
    }
  });
}

}  // namespace lampas::cpu
