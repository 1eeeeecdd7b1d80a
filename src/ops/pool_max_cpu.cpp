#include <limits>

#include "backend/cpu/hwy_config.h"
#include "backend/cpu/kernel_set.h"
#include "ops/pool.h"
#include "ops/pool_geometry.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/pool_max_cpu.cpp"
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

/// Windows of one output row: planes of input from `x`, output and index rows, and the taps of the outer axes inside
/// the plane.
template <class T>
struct MaxRow {
  const PoolAxes& axes;
  const T* x;
  T* y;
  int64_t* index;
  int64_t z0, z1, y0, y1;  // input rows: first position and end, in steps of the dilation

  template <class F>
  void each_input_row(const F& f) const {
    for (int64_t z = z0; z < z1; z += axes.d.dilation)
      for (int64_t r = y0; r < y1; r += axes.h.dilation) f((z * axes.h.in + r) * axes.w.in);
  }

  void scalar(int64_t begin, int64_t end) const {
    const PoolAxis& w = axes.w;
    for (int64_t o = begin; o < end; ++o) {
      T best = -std::numeric_limits<T>::infinity();
      int64_t at = -1;
      const int64_t first = w.first_tap(o), last = w.last_tap(o), start = w.start(o);
      each_input_row([&](int64_t row) {
        for (int64_t k = first; k < last; ++k) {
          const int64_t i = row + start + k * w.dilation;
          if (at < 0 || x[i] > best || x[i] != x[i]) best = x[i], at = i;
        }
      });
      y[o] = best;
      if (index) index[o] = at;
    }
  }

  /// Windows [o, o + lanes), all of them inside the plane.
  template <int kStride, bool kIndex, class D>
  void block(D d, int64_t o) const {
    const hn::RebindToSigned<D> di;
    using TI = hn::TFromD<decltype(di)>;
    auto best = hn::Zero(d);
    auto at = hn::Zero(di);
    bool started = false;
    const int64_t start = axes.w.start(o);
    each_input_row([&](int64_t row) {
      each_tap<kStride>(d, x + row + start, axes.w, [&](int64_t k, auto v) {
        const auto here = hn::Set(di, static_cast<TI>(row + k * axes.w.dilation));
        if (!started) {
          started = true;
          best = v, at = here;
          return;
        }
        const auto wins = hn::Or(hn::Gt(v, best), hn::IsNaN(v));
        best = hn::IfThenElse(wins, v, best);
        if constexpr (kIndex) at = hn::IfThenElse(hn::RebindMask(di, wins), here, at);
      });
    });
    hn::StoreU(best, d, y + o);
    if constexpr (kIndex) {
      const auto base =
          hn::Add(hn::Set(di, static_cast<TI>(start)), hn::Mul(hn::Iota(di, 0), hn::Set(di, TI{kStride})));
      store_index(di, hn::Add(at, base), index + o);
    }
  }

  template <int kStride, bool kIndex, class D>
  bool span(D d, int64_t begin, int64_t end) const {
    const int64_t n = static_cast<int64_t>(hn::Lanes(d));
    if (end - begin < n) return false;
    for (int64_t o = begin; o < end; o += n) block<kStride, kIndex>(d, std::min(o, end - n));
    return true;
  }
  template <int kStride, bool kIndex>
  bool spans(int64_t begin, int64_t end) const {
    return span<kStride, kIndex>(hn::ScalableTag<T>(), begin, end) ||
           span<kStride, kIndex>(hn::CappedTag<T, 8>(), begin, end) ||
           span<kStride, kIndex>(hn::CappedTag<T, 4>(), begin, end);
  }

  void run() const {
    const int64_t begin = axes.w.first_inner(), end = axes.w.last_inner();
    bool done = false;
    if (z0 < z1 && y0 < y1 && axes.in_size() <= std::numeric_limits<int32_t>::max()) {
      if (strided_taps<1>(axes.w)) done = index ? spans<1, true>(begin, end) : spans<1, false>(begin, end);
      if (strided_taps<2>(axes.w)) done = index ? spans<2, true>(begin, end) : spans<2, false>(begin, end);
    }
    if (!done) return scalar(0, axes.w.out);
    scalar(0, begin);
    scalar(end, axes.w.out);
  }
};

/// Exact. A NaN in the window gives NaN and the index of the last one; otherwise the first of equal maxima wins.
template <class T>
void max_pool(const PoolShape& s, const void* x, void* y, int64_t* indices) {
  const PoolAxes a(s);
  const int64_t cost = a.out_size() * a.d.kernel * a.h.kernel * a.w.kernel;
  cpu::each_pool_plane<T>(s.planes, a.in_size(), a.out_size(), cost, x, y, [&](auto* in, auto* out, int64_t p) {
    int64_t row = p * a.out_size();
    for (int64_t od = 0; od < a.d.out; ++od)
      for (int64_t oh = 0; oh < a.h.out; ++oh, row += a.w.out, out += a.w.out) {
        const auto tap = [](const PoolAxis& axis, int64_t o, int64_t k) { return axis.start(o) + k * axis.dilation; };
        MaxRow<std::remove_cv_t<std::remove_pointer_t<decltype(out)>>>{a,
                                                                       in,
                                                                       out,
                                                                       indices ? indices + row : nullptr,
                                                                       tap(a.d, od, a.d.first_tap(od)),
                                                                       tap(a.d, od, a.d.last_tap(od)),
                                                                       tap(a.h, oh, a.h.first_tap(oh)),
                                                                       tap(a.h, oh, a.h.last_tap(oh))}
            .run();
      }
  });
}

template <class T>
void set_max() {
  max_pool_kernel.set(kCPU, dtype_of<T>, max_pool<T>);
}
void fill_slots() {
  set_max<float>();
  set_max<double>();
  set_max<Half>();
  set_max<BFloat16>();
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

/// dx[index] += dy, in the output's order; accumulates in float32 for the reduced floats.
template <class T>
void max_pool_backward(const PoolShape& s, const void* dy, const int64_t* indices, void* dx) {
  const cpu::PoolAxes a(s);
  const int64_t in = a.in_size(), out = a.out_size();
  cpu::each_pool_plane<T>(s.planes, out, in, in, dy, dx, [&](const auto* g, auto* to, int64_t p) {
    std::fill_n(to, in, 0);
    const int64_t* index = indices + p * out;
    for (int64_t o = 0; o < out; ++o)
      if (index[o] >= 0) to[index[o]] += g[o];
  });
}

template <class T>
void max_pool_gather(const PoolShape& s, const void* x, const int64_t* indices, void* y) {
  const cpu::PoolAxes a(s);
  const int64_t in = a.in_size(), out = a.out_size();
  cpu::parallel_for(s.planes, cpu::kGrain / (out + 1) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p) {
      const T* from = static_cast<const T*>(x) + p * in;
      T* to = static_cast<T*>(y) + p * out;
      for (int64_t o = 0; o < out; ++o) {
        const int64_t i = indices[p * out + o];
        to[o] = i >= 0 ? from[i] : T(0);
      }
    }
  });
}

template <class T>
void adaptive_max_pool(const PoolShape& s, const void* x, void* y, int64_t* indices) {
  const cpu::PoolAxes a(s);
  const cpu::AdaptiveWindows windows(a);
  cpu::each_pool_plane<T>(s.planes, a.in_size(), a.out_size(), a.in_size(), x, y,
                          [&](const auto* in, auto* out, int64_t p) {
                            int64_t o = 0;
                            for (int64_t d = 0; d < a.d.out; ++d)
                              for (int64_t h = 0; h < a.h.out; ++h)
                                for (int64_t w = 0; w < a.w.out; ++w, ++o) {
                                  const auto zs = windows.d[d], ys = windows.h[h], xs = windows.w[w];
                                  int64_t best = (zs.begin * a.h.in + ys.begin) * a.w.in + xs.begin;
                                  auto most = in[best];
                                  for (int64_t z = zs.begin; z < zs.end; ++z)
                                    for (int64_t r = ys.begin; r < ys.end; ++r)
                                      for (int64_t c = xs.begin; c < xs.end; ++c) {
                                        const int64_t i = (z * a.h.in + r) * a.w.in + c;
                                        const auto v = in[i];
                                        // One test for most elements; the second tells whether `most` is the NaN.
                                        if (!(v <= most) && (v > most || v != v)) most = v, best = i;
                                      }
                                  out[o] = most;
                                  if (indices) indices[p * a.out_size() + o] = best;
                                }
                          });
}

template <class... T>
bool set_plain() {
  return ((max_pool_backward_kernel.set(kCPU, dtype_of<T>, max_pool_backward<T>) &&
           max_pool_gather_kernel.set(kCPU, dtype_of<T>, max_pool_gather<T>) &&
           adaptive_max_pool_kernel.set(kCPU, dtype_of<T>, adaptive_max_pool<T>)) &&
          ...);
}
const bool registered = set_plain<float, double, Half, BFloat16>();

}  // namespace
}  // namespace lampas
#endif
