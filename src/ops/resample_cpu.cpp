// One pass over each dimension: the last one gathers, the others add whole rows, which the compiler vectorises.
#include <algorithm>
#include <cstring>

#include "ops/element.h"
#include "ops/pool_geometry.h"
#include "ops/resample.h"

namespace lampas {
namespace {

template <class F>
const F* weights(const ResampleAxis& a) {
  return static_cast<const F*>(a.weight);
}

/// `rows` rows of a.in values become rows of a.out values.
template <class F>
void along_rows(const ResampleAxis& a, int64_t rows, const F* x, F* y) {
  const F* w = weights<F>(a);
  for (int64_t r = 0; r < rows; ++r, x += a.in, y += a.out) {
    if (a.taps == 1) {
      for (int64_t o = 0; o < a.out; ++o) y[o] = w[o] * x[a.index[o]];
    } else if (a.taps == 2) {
      for (int64_t o = 0; o < a.out; ++o) y[o] = w[2 * o] * x[a.index[2 * o]] + w[2 * o + 1] * x[a.index[2 * o + 1]];
    } else {
      for (int64_t o = 0; o < a.out; ++o) {
        F sum = 0;
        for (int64_t t = o * a.taps; t < (o + 1) * a.taps; ++t) sum += w[t] * x[a.index[t]];
        y[o] = sum;
      }
    }
  }
}
template <class F>
void along_rows_transposed(const ResampleAxis& a, int64_t rows, const F* g, F* dx) {
  const F* w = weights<F>(a);
  for (int64_t r = 0; r < rows; ++r, g += a.out, dx += a.in) {
    std::fill_n(dx, a.in, F(0));
    for (int64_t o = 0; o < a.out; ++o)
      for (int64_t t = o * a.taps; t < (o + 1) * a.taps; ++t) dx[a.index[t]] += w[t] * g[o];
  }
}

/// `outer` blocks of a.in rows of n values become blocks of a.out rows.
template <class F>
void across_rows(const ResampleAxis& a, int64_t outer, int64_t n, const F* x, F* y) {
  const F* w = weights<F>(a);
  for (int64_t b = 0; b < outer; ++b, x += a.in * n)
    for (int64_t o = 0; o < a.out; ++o, y += n) {
      const int64_t* at = a.index + o * a.taps;
      const F* by = w + o * a.taps;
      if (a.taps == 2) {
        const F *p = x + at[0] * n, *q = x + at[1] * n;
        const F u = by[0], v = by[1];
        for (int64_t i = 0; i < n; ++i) y[i] = u * p[i] + v * q[i];
        continue;
      }
      const F* p = x + at[0] * n;
      for (int64_t i = 0; i < n; ++i) y[i] = by[0] * p[i];
      for (int64_t t = 1; t < a.taps; ++t) {
        const F* q = x + at[t] * n;
        const F v = by[t];
        if (v == 0) continue;  // beyond the support
        for (int64_t i = 0; i < n; ++i) y[i] += v * q[i];
      }
    }
}
template <class F>
void across_rows_transposed(const ResampleAxis& a, int64_t outer, int64_t n, const F* g, F* dx) {
  const F* w = weights<F>(a);
  for (int64_t b = 0; b < outer; ++b, dx += a.in * n) {
    std::fill_n(dx, a.in * n, F(0));
    for (int64_t o = 0; o < a.out; ++o, g += n)
      for (int64_t t = 0; t < a.taps; ++t) {
        F* p = dx + a.index[o * a.taps + t] * n;
        const F v = w[o * a.taps + t];
        if (v == 0) continue;
        for (int64_t i = 0; i < n; ++i) p[i] += v * g[i];
      }
  }
}

int64_t plane_size(const Resample& r, bool out) {
  int64_t n = 1;
  for (int d = 0; d < r.dims; ++d) n *= out ? r.axis[d].out : r.axis[d].in;
  return n;
}

/// Sums each dimension's taps in order in float32 (float64 for double), the last dimension first.
template <class T>
void resample(const Resample& r, const void* x, void* y) {
  const ResampleAxis& w = r.axis[r.dims - 1];
  const int64_t in = plane_size(r, false), out = plane_size(r, true);
  cpu::each_pool_plane<T>(r.planes, in, out, 2 * (in + out), x, y, [&](const auto* from, auto* to, int64_t) {
    using F = std::remove_reference_t<decltype(*to)>;
    if (r.dims == 1) return along_rows<F>(w, 1, from, to);
    const ResampleAxis& h = r.axis[r.dims - 2];
    const int64_t depth = r.dims == 3 ? r.axis[0].in : 1;
    const cpu::Workspace<F> wide(depth * h.in * w.out);
    along_rows<F>(w, depth * h.in, from, wide.data());
    if (r.dims == 2) return across_rows<F>(h, 1, w.out, wide.data(), to);
    const cpu::Workspace<F> high(depth * h.out * w.out);
    across_rows<F>(h, depth, w.out, wide.data(), high.data());
    across_rows<F>(r.axis[0], 1, h.out * w.out, high.data(), to);
  });
}

template <class T>
void resample_backward(const Resample& r, const void* dy, void* dx) {
  const ResampleAxis& w = r.axis[r.dims - 1];
  const int64_t in = plane_size(r, false), out = plane_size(r, true);
  cpu::each_pool_plane<T>(r.planes, out, in, 2 * (in + out), dy, dx, [&](const auto* g, auto* to, int64_t) {
    using F = std::remove_reference_t<decltype(*to)>;
    if (r.dims == 1) return along_rows_transposed<F>(w, 1, g, to);
    const ResampleAxis& h = r.axis[r.dims - 2];
    const int64_t depth = r.dims == 3 ? r.axis[0].in : 1;
    const cpu::Workspace<F> wide(depth * h.in * w.out);
    if (r.dims == 2) {
      across_rows_transposed<F>(h, 1, w.out, g, wide.data());
    } else {
      const cpu::Workspace<F> high(depth * h.out * w.out);
      across_rows_transposed<F>(r.axis[0], 1, h.out * w.out, g, high.data());
      across_rows_transposed<F>(h, depth, w.out, high.data(), wide.data());
    }
    along_rows_transposed<F>(w, depth * h.in, wide.data(), to);
  });
}

/// Rows that come from one input row are gathered once and then copied.
template <class T>
void nearest(const Resample& r, const void* x_, void* y_) {
  const T* x = static_cast<const T*>(x_);
  T* y = static_cast<T*>(y_);
  const ResampleAxis& w = r.axis[r.dims - 1];
  int64_t in_rows = 1, out_rows = 1;
  for (int d = 0; d < r.dims - 1; ++d) in_rows *= r.axis[d].in, out_rows *= r.axis[d].out;
  bool doubles = w.out == 2 * w.in;
  for (int64_t o = 0; doubles && o < w.out; ++o) doubles = w.index[o] == o / 2;
  cpu::parallel_for(r.planes * out_rows, std::max<int64_t>(1, cpu::kGrain / w.out), [&](int64_t begin, int64_t end) {
    int64_t previous = -1;
    for (int64_t row = begin; row < end; ++row) {
      int64_t rest = row % out_rows, source = 0, step = 1;
      for (int d = r.dims - 2; d >= 0; --d) {
        source += step * r.axis[d].index[rest % r.axis[d].out];
        rest /= r.axis[d].out, step *= r.axis[d].in;
      }
      source += row / out_rows * in_rows;
      T* to = y + row * w.out;
      if (source == previous) {
        std::memcpy(static_cast<void*>(to), to - w.out, static_cast<size_t>(w.out) * sizeof(T));
        continue;
      }
      previous = source;
      const T* from = x + source * w.in;
      if (doubles)
        for (int64_t i = 0; i < w.in; ++i) to[2 * i] = to[2 * i + 1] = from[i];
      else
        for (int64_t o = 0; o < w.out; ++o) to[o] = from[w.index[o]];
    }
  });
}

template <class... T>
bool fill_slots() {
  return ((resample_kernel.set(kCPU, dtype_of<T>, resample<T>) &&
           resample_backward_kernel.set(kCPU, dtype_of<T>, resample_backward<T>)) &&
          ...);
}
const bool filled = fill_slots<float, double, Half, BFloat16>();

template <class T>
bool fill_nearest(ScalarType t) {
  nearest_kernel.set(kCPU, t, nearest<RawElementOf<T>>);
  return true;
}
const bool filled_nearest[] = {
#define LAMPAS_FILL(T, name) fill_nearest<T>(ScalarType::name),
    LAMPAS_FOR_EACH_DTYPE(LAMPAS_FILL)
#undef LAMPAS_FILL
};

}  // namespace
}  // namespace lampas
