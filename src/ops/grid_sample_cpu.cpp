#include <algorithm>
#include <cmath>

#include "backend/cpu/parallel.h"
#include "backend/cpu/workspace.h"
#include "lampas/core/dtype.h"
#include "ops/grid_sample.h"

namespace lampas {
namespace {

template <class T>
using Wide = std::conditional_t<std::is_same_v<T, double>, double, float>;

/// A position along one dimension and its derivative towards the grid coordinate.
template <class F>
struct Place {
  F at, slope;
};

/// Mirrors at the borders until the position lies inside; borders are element centres or edges.
template <class F>
Place<F> reflect(Place<F> p, int64_t n, bool centres) {
  const F low = centres ? F(0) : F(-0.5), span = centres ? static_cast<F>(n - 1) : static_cast<F>(n);
  if (span == 0) return {0, 0};
  F away = p.at - low, sign = 1;
  if (away < 0) away = -away, sign = -1;
  const F rest = std::fmod(away, span);
  const bool even = std::fmod(std::floor(away / span), F(2)) == 0;
  return even ? Place<F>{rest + low, p.slope * sign} : Place<F>{span - rest + low, -p.slope * sign};
}
template <class F>
Place<F> clip(Place<F> p, int64_t n) {
  const F high = static_cast<F>(n - 1);
  if (p.at <= 0) return {0, 0};
  if (p.at >= high) return {high, 0};
  return p;
}
template <class F>
Place<F> padded(const GridShape& s, Place<F> p, int64_t n) {
  if (s.padding == GridPadding::Border) return clip(p, n);
  if (s.padding == GridPadding::Reflection) return clip(reflect(p, n, s.align_corners), n);
  return p;
}

/// The elements one coordinate reaches, with weights and the weights' derivatives towards the coordinate. Elements
/// outside have index -1.
template <class F>
struct Taps {
  int64_t index[4];
  F weight[4], slope[4];
  F part, part_slope;

  Taps(const GridShape& s, int64_t n, F g) {
    const F half = s.align_corners ? static_cast<F>(n - 1) / 2 : static_cast<F>(n) / 2;
    Place<F> p{s.align_corners ? (g + 1) * half : ((g + 1) * static_cast<F>(n) - 1) / 2, half};
    if (s.mode != GridMode::Cubic) p = padded(s, p, n);
    // Far outside (or not a number): no element is reached, and the conversion to an integer stays defined.
    if (!(p.at > F(-1e9) && p.at < F(1e9))) p = {-100, 0};
    const F floor = s.mode == GridMode::Nearest ? std::nearbyint(p.at) : std::floor(p.at);
    const auto i = static_cast<int64_t>(floor);
    part = s.mode == GridMode::Nearest ? F(0) : p.at - floor;
    part_slope = s.mode == GridMode::Nearest ? F(0) : p.slope;
    const auto inside = [&](int64_t k) { return k >= 0 && k < n ? k : -1; };
    switch (s.mode) {
      case GridMode::Nearest:
        index[0] = inside(i), weight[0] = 1, slope[0] = 0;
        break;
      case GridMode::Linear:
        index[0] = inside(i), weight[0] = 1 - part, slope[0] = -p.slope;
        index[1] = inside(i + 1), weight[1] = part, slope[1] = p.slope;
        break;
      case GridMode::Cubic:
        for (int64_t t = 0; t < 4; ++t) {
          const Place<F> q = padded(s, Place<F>{static_cast<F>(i - 1 + t), 1}, n);
          index[t] = inside(static_cast<int64_t>(q.at));
          constexpr F a = F(-0.75);
          const F d = part - static_cast<F>(t - 1), x = std::abs(d), sign = d < 0 ? F(-1) : F(1);
          const bool near = t == 1 || t == 2;
          weight[t] = near ? ((a + 2) * x - (a + 3)) * x * x + 1 : (((x - 5) * x + 8) * x - 4) * a;
          slope[t] = p.slope * sign * (near ? (3 * (a + 2) * x - 2 * (a + 3)) * x : ((3 * x - 10) * x + 8) * a);
        }
    }
  }
};

/// Calls f(flat element, taps' product weight, taps used) for every element a point reaches.
template <class F, class Each>
void each_element(const GridShape& s, const Taps<F>* taps, const Each& f) {
  const int n = s.taps();
  const int deep = s.dims == 3 ? n : 1;
  const int h = s.dims - 2, w = s.dims - 1;
  for (int a = 0; a < deep; ++a) {
    if (s.dims == 3 && taps[0].index[a] < 0) continue;
    const int64_t z = s.dims == 3 ? taps[0].index[a] : 0;
    for (int b = 0; b < n; ++b) {
      if (taps[h].index[b] < 0) continue;
      for (int c = 0; c < n; ++c)
        if (taps[w].index[c] >= 0) f((z * s.in[h] + taps[h].index[b]) * s.in[w] + taps[w].index[c], a, b, c);
    }
  }
}

template <class F, class T>
void find_taps(const GridShape& s, const T* g, Taps<F>* taps) {
  for (int d = 0; d < s.dims; ++d) taps[d] = Taps<F>(s, s.in[d], static_cast<F>(g[s.dims - 1 - d]));
}
template <class F>
struct PointTaps {
  // Filled before every use; the shape's first dimension stands in for a default.
  Taps<F> dim[kMaxSpatial];
  explicit PointTaps(const GridShape& s) : dim{{s, 1, F(0)}, {s, 1, F(0)}, {s, 1, F(0)}} {}
};

/// Sums in float32 (float64 for double), elements in row-major order.
template <class T>
void grid_sample(const GridShape& s, const void* x_, const void* grid_, void* y_) {
  using F = Wide<T>;
  const T *x = static_cast<const T*>(x_), *grid = static_cast<const T*>(grid_);
  T* y = static_cast<T*>(y_);
  const int64_t plane = s.plane(), cost = 16 * s.channels + 64;
  cpu::parallel_for(s.batch * s.points, cpu::kGrain / cost + 1, [&](int64_t begin, int64_t end) {
    PointTaps<F> taps(s);
    int64_t element[64];
    F weight[64];
    for (int64_t k = begin; k < end; ++k) {
      const int64_t b = k / s.points, o = k % s.points;
      find_taps<F>(s, grid + k * s.dims, taps.dim);
      int n = 0;
      each_element<F>(s, taps.dim, [&](int64_t i, int t0, int t1, int t2) {
        element[n] = i;
        weight[n++] = (s.dims == 3 ? taps.dim[0].weight[t0] : F(1)) * taps.dim[s.dims - 2].weight[t1] *
                      taps.dim[s.dims - 1].weight[t2];
      });
      const T* from = x + b * s.channels * plane;
      T* to = y + b * s.channels * s.points + o;
      for (int64_t c = 0; c < s.channels; ++c, from += plane, to += s.points) {
        F sum = 0;
        for (int t = 0; t < n; ++t) sum += weight[t] * static_cast<F>(from[element[t]]);
        *to = static_cast<T>(sum);
      }
    }
  });
}

/// One image a thread, so that dx sums in one order.
template <class T>
void grid_sample_backward(const GridShape& s, const void* dy_, const void* x_, const void* grid_, void* dx_,
                          void* dgrid_) {
  using F = Wide<T>;
  const T *dy = static_cast<const T*>(dy_), *x = static_cast<const T*>(x_), *grid = static_cast<const T*>(grid_);
  T *dx = static_cast<T*>(dx_), *dgrid = static_cast<T*>(dgrid_);
  const int64_t plane = s.plane(), image = s.channels * plane;
  constexpr bool same = std::is_same_v<T, F>;
  cpu::parallel_for(s.batch, 1, [&](int64_t begin, int64_t end) {
    PointTaps<F> taps(s);
    const cpu::Workspace<F> sums(same || !dx ? 0 : image);
    for (int64_t b = begin; b < end; ++b) {
      F* to = nullptr;
      if constexpr (same)
        to = dx ? dx + b * image : nullptr;
      else
        to = sums.data();
      if (dx) std::fill_n(to, image, F(0));
      for (int64_t o = 0; o < s.points; ++o) {
        const int64_t k = b * s.points + o;
        find_taps<F>(s, grid + k * s.dims, taps.dim);
        const T *g = dy + b * s.channels * s.points + o, *from = x + b * image;
        F slope[kMaxSpatial] = {0, 0, 0};
        each_element<F>(s, taps.dim, [&](int64_t i, int t0, int t1, int t2) {
          const int tap[kMaxSpatial] = {s.dims == 3 ? t0 : t1, s.dims == 3 ? t1 : t2, t2};
          F weight = 1;
          for (int d = 0; d < s.dims; ++d) weight *= taps.dim[d].weight[tap[d]];
          F dot = 0;
          for (int64_t c = 0; c < s.channels; ++c) {
            const F gc = static_cast<F>(g[c * s.points]);
            if (dx) to[c * plane + i] += weight * gc;
            dot += gc * static_cast<F>(from[c * plane + i]);
          }
          for (int d = 0; d < s.dims; ++d) {
            F w = taps.dim[d].slope[tap[d]];
            for (int e = 0; e < s.dims; ++e)
              if (e != d) w *= taps.dim[e].weight[tap[e]];
            slope[d] += w * dot;
          }
        });
        if (dgrid)
          for (int d = 0; d < s.dims; ++d) dgrid[k * s.dims + s.dims - 1 - d] = static_cast<T>(slope[d]);
      }
      if constexpr (!same)
        if (dx)
          for (int64_t i = 0; i < image; ++i) dx[b * image + i] = static_cast<T>(to[i]);
    }
  });
}

template <class T>
void grid_taps(const GridShape& s, const void* grid_, int64_t* index, void* inside_, void* part_, void* slope_) {
  using F = Wide<T>;
  const T* grid = static_cast<const T*>(grid_);
  T *inside = static_cast<T*>(inside_), *part = static_cast<T*>(part_), *slope = static_cast<T*>(slope_);
  const int n = s.taps();
  for (int64_t b = 0; b < s.batch; ++b)
    for (int64_t o = 0; o < s.points; ++o)
      for (int d = 0; d < s.dims; ++d) {
        const Taps<F> t(s, s.in[d], static_cast<F>(grid[(b * s.points + o) * s.dims + s.dims - 1 - d]));
        const int64_t at = (b * s.dims + d) * s.points + o;
        part[at] = static_cast<T>(t.part), slope[at] = static_cast<T>(t.part_slope);
        for (int k = 0; k < n; ++k) {
          // (batch, dims, taps, points)
          const int64_t to = ((b * s.dims + d) * n + k) * s.points + o;
          index[to] = std::max<int64_t>(t.index[k], 0);
          inside[to] = T(t.index[k] >= 0 ? 1.0F : 0.0F);
        }
      }
}

template <class... T>
bool fill_slots() {
  return ((grid_sample_kernel.set(kCPU, dtype_of<T>, grid_sample<T>) &&
           grid_sample_backward_kernel.set(kCPU, dtype_of<T>, grid_sample_backward<T>) &&
           grid_taps_kernel.set(kCPU, dtype_of<T>, grid_taps<T>)) &&
          ...);
}
const bool filled = fill_slots<float, double, Half, BFloat16>();

}  // namespace
}  // namespace lampas
