#include <cmath>
#include <cstring>
#include <limits>

#include "ops/element.h"
#include "ops/pool_geometry.h"
#include "ops/pool_variants.h"

namespace lampas {
namespace {

template <class T>
void max_unpool(const PoolShape& s, const void* x_, const int64_t* indices, void* y_) {
  const T* x = static_cast<const T*>(x_);
  T* y = static_cast<T*>(y_);
  const cpu::PoolAxes a(s);
  const int64_t in = a.in_size(), out = a.out_size();
  cpu::parallel_for(s.planes, cpu::kGrain / std::max<int64_t>(1, in + out) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p) {
      std::memset(static_cast<void*>(y + p * out), 0, static_cast<size_t>(out) * sizeof(T));
      for (int64_t i = 0; i < in; ++i) y[p * out + indices[p * in + i]] = x[p * in + i];
    }
  });
}

/// Starts of the windows along one axis; the arithmetic is the element type's (float32 for reduced floats), because the
/// truncation makes every rounding visible.
template <class T>
void window_starts(const cpu::PoolAxis& axis, T sample, int64_t* start) {
  if (axis.out > 1) {
    const T step = static_cast<T>(axis.in - axis.kernel) / static_cast<T>(axis.out - 1);
    for (int64_t i = 0; i < axis.out - 1; ++i)
      start[i] = static_cast<int64_t>((static_cast<T>(i) + sample) * step) - static_cast<int64_t>(sample * step);
  }
  start[axis.out - 1] = axis.in - axis.kernel;
}

/// The first maximum in row-major order; a NaN wins.
template <class T>
void fractional_max_pool(const PoolShape& s, const void* x, const void* samples_, void* y, int64_t* indices) {
  const T* samples = static_cast<const T*>(samples_);
  const cpu::PoolAxes a(s);
  cpu::each_pool_plane<T>(s.planes, a.in_size(), a.out_size(), a.out_size() * a.d.kernel * a.h.kernel * a.w.kernel, x,
                          y, [&](const auto* in, auto* out, int64_t p) {
                            using F = std::remove_reference_t<decltype(*out)>;
                            const cpu::Workspace<int64_t> starts(a.d.out + a.h.out + a.w.out);
                            int64_t *zs = starts, *ys = zs + a.d.out, *xs = ys + a.h.out;
                            const T* u = samples + p * s.dims;
                            if (s.dims == 3) {
                              window_starts<F>(a.d, u[0], zs), window_starts<F>(a.h, u[1], ys),
                                  window_starts<F>(a.w, u[2], xs);
                            } else {
                              zs[0] = 0, window_starts<F>(a.h, u[1], ys), window_starts<F>(a.w, u[0], xs);
                            }
                            int64_t o = 0;
                            for (int64_t d = 0; d < a.d.out; ++d)
                              for (int64_t h = 0; h < a.h.out; ++h)
                                for (int64_t w = 0; w < a.w.out; ++w, ++o) {
                                  int64_t best = (zs[d] * a.h.in + ys[h]) * a.w.in + xs[w];
                                  for (int64_t z = zs[d]; z < zs[d] + a.d.kernel; ++z)
                                    for (int64_t r = ys[h]; r < ys[h] + a.h.kernel; ++r)
                                      for (int64_t c = xs[w]; c < xs[w] + a.w.kernel; ++c) {
                                        const int64_t i = (z * a.h.in + r) * a.w.in + c;
                                        if (in[i] > in[best] || std::isnan(in[i])) best = i;
                                      }
                                  out[o] = in[best];
                                  indices[p * a.out_size() + o] = best;
                                }
                          });
}

template <class... T>
bool fill_slots() {
  return ((max_unpool_kernel.set(kCPU, dtype_of<T>, max_unpool<RawElementOf<T>>) &&
           fractional_max_pool_kernel.set(kCPU, dtype_of<T>, fractional_max_pool<T>)) &&
          ...);
}
const bool filled = fill_slots<float, double, Half, BFloat16>();

}  // namespace
}  // namespace lampas
