#include "backend/cpu/hwy_config.h"
#include "backend/cpu/kernel_set.h"
#include "ops/pool.h"
#include "ops/pool_geometry.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/pool_avg_cpu.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "backend/cpu/vec_io-inl.h"
#include "ops/pool_taps-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using cpu::PoolAxes;
using cpu::PoolAxis;

template <class P>
using Element = std::remove_cv_t<std::remove_pointer_t<P>>;

/// One row of windows of an average pool.
struct AvgRow {
  const PoolAxes& axes;
  int64_t z0, z1, y0, y1;  // input rows inside the plane
  int64_t outer;           // product of the outer axes' window lengths as counted in the divisor
  bool count_include_pad;
  int64_t fixed_divisor;

  AvgRow(const PoolShape& s, const PoolAxes& a, int64_t od, int64_t oh)
      : axes(a),
        z0(a.d.start(od) + a.d.first_tap(od)),
        z1(a.d.start(od) + a.d.last_tap(od)),
        y0(a.h.start(oh) + a.h.first_tap(oh)),
        y1(a.h.start(oh) + a.h.last_tap(oh)),
        outer(s.count_include_pad ? a.d.padded_length(od) * a.h.padded_length(oh) : (z1 - z0) * (y1 - y0)),
        count_include_pad(s.count_include_pad),
        fixed_divisor(s.divisor) {}

  int64_t divisor(int64_t o) const {
    if (fixed_divisor) return fixed_divisor;
    return outer * (count_include_pad ? axes.w.padded_length(o) : axes.w.last_tap(o) - axes.w.first_tap(o));
  }
  int64_t inner_divisor() const { return fixed_divisor ? fixed_divisor : outer * axes.w.kernel; }

  template <class F>
  void each_input_row(const F& f) const {
    for (int64_t z = z0; z < z1; ++z)
      for (int64_t r = y0; r < y1; ++r) f((z * axes.h.in + r) * axes.w.in);
  }

  template <class T>
  void scalar(const T* x, T* y, int64_t begin, int64_t end) const {
    for (int64_t o = begin; o < end; ++o) {
      T sum = 0;
      const int64_t start = axes.w.start(o), first = axes.w.first_tap(o), last = axes.w.last_tap(o);
      each_input_row([&](int64_t row) {
        for (int64_t k = first; k < last; ++k) sum += x[row + start + k];
      });
      const int64_t count = divisor(o);
      y[o] = first < last && z0 < z1 && y0 < y1 ? sum / static_cast<T>(count) : T(0);
    }
  }

  template <int kStride, class D, class T>
  bool span(D d, const T* x, T* y, int64_t begin, int64_t end) const {
    const int64_t n = static_cast<int64_t>(hn::Lanes(d));
    if (end - begin < n) return false;
    const auto divide = hn::Set(d, static_cast<T>(inner_divisor()));
    for (int64_t at = begin; at < end; at += n) {
      const int64_t o = std::min(at, end - n);
      auto sum = hn::Zero(d);
      each_input_row([&](int64_t row) {
        each_tap<kStride>(d, x + row + axes.w.start(o), axes.w, [&](int64_t, auto v) { sum = hn::Add(sum, v); });
      });
      hn::StoreU(hn::Div(sum, divide), d, y + o);
    }
    return true;
  }
  template <int kStride, class T>
  bool spans(const T* x, T* y, int64_t begin, int64_t end) const {
    return span<kStride>(hn::ScalableTag<T>(), x, y, begin, end) ||
           span<kStride>(hn::CappedTag<T, 8>(), x, y, begin, end) ||
           span<kStride>(hn::CappedTag<T, 4>(), x, y, begin, end);
  }

  template <class T>
  void forward(const T* x, T* y) const {
    const int64_t begin = axes.w.first_inner(), end = axes.w.last_inner();
    bool done = false;
    if (z0 < z1 && y0 < y1) {
      if (strided_taps<1>(axes.w)) done = spans<1>(x, y, begin, end);
      if (strided_taps<2>(axes.w)) done = spans<2>(x, y, begin, end);
    }
    if (!done) return scalar(x, y, 0, axes.w.out);
    scalar(x, y, 0, begin);
    scalar(x, y, end, axes.w.out);
  }

  template <class T>
  void scatter(const T* g, T* dx, int64_t begin, int64_t end) const {
    for (int64_t o = begin; o < end; ++o) {
      const int64_t start = axes.w.start(o), first = axes.w.first_tap(o), last = axes.w.last_tap(o);
      if (first >= last) continue;
      const T share = g[o] / static_cast<T>(divisor(o));
      each_input_row([&](int64_t row) {
        for (int64_t k = first; k < last; ++k) dx[row + start + k] += share;
      });
    }
  }

  /// The lanes' windows are shifted copies of one another, so that for one tap (or an even and an odd one) all
  /// addresses differ.
  template <int kStride, class D, class T>
  int64_t scatter_span(D d, const T* g, T* dx, int64_t begin, int64_t end) const {
    const int64_t n = static_cast<int64_t>(hn::Lanes(d));
    const auto divide = hn::Set(d, static_cast<T>(inner_divisor()));
    int64_t o = begin;
    for (; o + n <= end; o += n) {
      const auto share = hn::Div(hn::LoadU(d, g + o), divide);
      each_input_row([&](int64_t row) {
        T* p = dx + row + axes.w.start(o);
        if constexpr (kStride == 1) {
          for (int64_t k = 0; k < axes.w.kernel; ++k) hn::StoreU(hn::Add(hn::LoadU(d, p + k), share), d, p + k);
        } else {
          hn::Vec<D> even, odd;
          for (int64_t k = 0; k + 1 < axes.w.kernel; k += 2) {
            hn::LoadInterleaved2(d, p + k, even, odd);
            hn::StoreInterleaved2(hn::Add(even, share), hn::Add(odd, share), d, p + k);
          }
          if (axes.w.kernel % 2) {
            T* q = p + axes.w.kernel - 2;
            hn::LoadInterleaved2(d, q, even, odd);
            hn::StoreInterleaved2(even, hn::Add(odd, share), d, q);
          }
        }
      });
    }
    return o;
  }

  /// Whole vectors, then what shorter ones can do of the rest.
  template <int kStride, class T>
  int64_t scatter_spans(const T* g, T* dx, int64_t begin, int64_t end) const {
    begin = scatter_span<kStride>(hn::ScalableTag<T>(), g, dx, begin, end);
    begin = scatter_span<kStride>(hn::CappedTag<T, 8>(), g, dx, begin, end);
    return scatter_span<kStride>(hn::CappedTag<T, 4>(), g, dx, begin, end);
  }

  template <class T>
  void backward(const T* g, T* dx) const {
    const int64_t begin = axes.w.first_inner(), end = axes.w.last_inner();
    int64_t done = begin;
    scatter(g, dx, 0, begin);
    if (z0 < z1 && y0 < y1) {
      if (strided_taps<1>(axes.w)) done = scatter_spans<1>(g, dx, done, end);
      if (strided_taps<2>(axes.w)) done = scatter_spans<2>(g, dx, done, end);
    }
    scatter(g, dx, done, axes.w.out);
  }
};

/// Sums the window's taps in order in float32 (float64 for double), one division at the end. NaN and inf propagate.
template <class T>
void avg_pool(const PoolShape& s, const void* x, void* y) {
  const PoolAxes a(s);
  const int64_t cost = a.out_size() * a.d.kernel * a.h.kernel * a.w.kernel;
  cpu::each_pool_plane<T>(s.planes, a.in_size(), a.out_size(), cost, x, y, [&](auto* in, auto* out, int64_t) {
    for (int64_t d = 0; d < a.d.out; ++d)
      for (int64_t h = 0; h < a.h.out; ++h, out += a.w.out) AvgRow(s, a, d, h).forward(in, out);
  });
}

/// Adds dy / divisor to every element of the window, in float32 (float64 for double).
template <class T>
void avg_pool_backward(const PoolShape& s, const void* dy, void* dx) {
  const PoolAxes a(s);
  const int64_t cost = a.out_size() * a.d.kernel * a.h.kernel * a.w.kernel;
  cpu::each_pool_plane<T>(s.planes, a.out_size(), a.in_size(), cost, dy, dx, [&](auto* g, auto* to, int64_t) {
    std::fill_n(to, a.in_size(), 0);
    for (int64_t d = 0; d < a.d.out; ++d)
      for (int64_t h = 0; h < a.h.out; ++h, g += a.w.out) AvgRow(s, a, d, h).backward(g, to);
  });
}

/// Sum of n values; lanes are added up in a fixed order that depends only on n and the vector length.
template <class T>
T sum_run(const T* p, int64_t n) {
  const hn::ScalableTag<T> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  if (n < lanes) {
    T sum = 0;
    for (int64_t i = 0; i < n; ++i) sum += p[i];
    return sum;
  }
  auto s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0;
  int64_t i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes) {
    s0 = hn::Add(s0, hn::LoadU(d, p + i));
    s1 = hn::Add(s1, hn::LoadU(d, p + i + lanes));
    s2 = hn::Add(s2, hn::LoadU(d, p + i + 2 * lanes));
    s3 = hn::Add(s3, hn::LoadU(d, p + i + 3 * lanes));
  }
  for (; i + lanes <= n; i += lanes) s0 = hn::Add(s0, hn::LoadU(d, p + i));
  T sum = hn::GetLane(hn::SumOfLanes(d, hn::Add(hn::Add(s0, s1), hn::Add(s2, s3))));
  for (; i < n; ++i) sum += p[i];
  return sum;
}

/// An adaptive pool whose windows neither overlap nor differ in length is an ordinary one.
bool is_regular(const PoolShape& s, PoolShape& regular) {
  regular = s;
  for (int i = 0; i < s.dims; ++i) {
    if (s.out[i] == 0 || s.in[i] % s.out[i] != 0) return false;
    regular.kernel[i] = regular.stride[i] = s.in[i] / s.out[i];
    regular.padding[i] = 0, regular.dilation[i] = 1;
  }
  regular.divisor = 0;
  return true;
}

/// sums[i] = sum over k < rows of p[k * step + i], for i < n.
template <class T>
void sum_rows(const T* p, int64_t rows, int64_t step, int64_t n, T* sums) {
  const hn::ScalableTag<T> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t i = 0; i < n; i += lanes) {
    auto sum = load_some(d, p + i, n - i);
    for (int64_t k = 1; k < rows; ++k) sum = hn::Add(sum, load_some(d, p + k * step + i, n - i));
    store_some(d, sum, sums + i, n - i);
  }
}

/// Sums in float32 (float64 for double): down the columns, then along the row of those sums.
template <class T>
void adaptive_avg_pool(const PoolShape& s, const void* x, void* y) {
  PoolShape regular;
  if (is_regular(s, regular) && regular.kernel[s.dims - 1] <= 2) return avg_pool<T>(regular, x, y);
  const PoolAxes a(s);
  const cpu::AdaptiveWindows windows(a);
  cpu::each_pool_plane<T>(s.planes, a.in_size(), a.out_size(), a.in_size(), x, y, [&](auto* in, auto* out, int64_t) {
    using F = Element<decltype(out)>;
    const bool whole_rows = a.w.out == 1;
    const cpu::Workspace<F> planes(whole_rows ? 0 : 2 * a.w.in);
    F *columns = planes.data(), *more = columns + a.w.in;
    for (int64_t d = 0; d < a.d.out; ++d)
      for (int64_t h = 0; h < a.h.out; ++h) {
        const auto zs = windows.d[d], ys = windows.h[h];
        const int64_t rows = ys.end - ys.begin, count = rows * (zs.end - zs.begin);
        F sum = 0;
        for (int64_t z = zs.begin; z < zs.end; ++z) {
          const F* p = in + (z * a.h.in + ys.begin) * a.w.in;
          if (whole_rows) {
            sum += sum_run(p, a.w.in * rows);
          } else if (z == zs.begin) {
            sum_rows(p, rows, a.w.in, a.w.in, columns);
          } else {
            sum_rows(p, rows, a.w.in, a.w.in, more);
            sum_rows(columns, 2, a.w.in, a.w.in, columns);
          }
        }
        for (int64_t w = 0; w < a.w.out; ++w) {
          const int64_t begin = windows.w[w].begin, length = windows.w[w].end - begin;
          if (!whole_rows) sum = sum_run(columns + begin, length);
          *out++ = sum / static_cast<F>(length * count);
        }
      }
  });
}

template <class T>
void set_avg() {
  avg_pool_kernel.set(kCPU, dtype_of<T>, avg_pool<T>);
  avg_pool_backward_kernel.set(kCPU, dtype_of<T>, avg_pool_backward<T>);
  adaptive_avg_pool_kernel.set(kCPU, dtype_of<T>, adaptive_avg_pool<T>);
}
void fill_slots() {
  set_avg<float>();
  set_avg<double>();
  set_avg<Half>();
  set_avg<BFloat16>();
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

/// Every element receives dy / (window size) from each window it lies in, windows in order.
template <class T>
void adaptive_avg_pool_backward(const PoolShape& s, const void* dy, void* dx) {
  const cpu::PoolAxes a(s);
  const cpu::AdaptiveWindows windows(a);
  cpu::each_pool_plane<T>(s.planes, a.out_size(), a.in_size(), a.in_size(), dy, dx,
                          [&](const auto* g, auto* to, int64_t) {
                            std::fill_n(to, a.in_size(), 0);
                            for (int64_t d = 0; d < a.d.out; ++d)
                              for (int64_t h = 0; h < a.h.out; ++h)
                                for (int64_t w = 0; w < a.w.out; ++w) {
                                  const auto zs = windows.d[d], ys = windows.h[h], xs = windows.w[w];
                                  const int64_t count = (zs.end - zs.begin) * (ys.end - ys.begin) * (xs.end - xs.begin);
                                  const auto share = *g++ / static_cast<std::remove_reference_t<decltype(*to)>>(count);
                                  for (int64_t z = zs.begin; z < zs.end; ++z)
                                    for (int64_t r = ys.begin; r < ys.end; ++r) {
                                      auto* row = to + (z * a.h.in + r) * a.w.in;
                                      for (int64_t c = xs.begin; c < xs.end; ++c) row[c] += share;
                                    }
                                }
                          });
}

template <class... T>
bool set_plain() {
  return (adaptive_avg_pool_backward_kernel.set(kCPU, dtype_of<T>, adaptive_avg_pool_backward<T>) && ...);
}
const bool registered = set_plain<float, double, Half, BFloat16>();

}  // namespace
}  // namespace lampas
#endif
