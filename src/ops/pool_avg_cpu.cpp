#include <cmath>

#include "backend/cpu/hwy_config.h"
#include "backend/cpu/kernel_set.h"
#include "ops/pool.h"
#include "ops/pool_geometry.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/pool_avg_cpu.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ops/pool_rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using cpu::PoolAxes;
using cpu::PoolAxis;

template <class P>
using Element = std::remove_cv_t<std::remove_pointer_t<P>>;

/// What the sums of an average pool's windows are divided by: the outer axes' part times the innermost's.
template <class T>
class Divisors {
 public:
  Divisors(const PoolShape& s, const PoolAxes& a) : s_(s), a_(a), lengths_(round_up(a.w.out, lanes_of<T>())) {
    for (int64_t w = 0; w < round_up(a.w.out, lanes_of<T>()); ++w) {
      const int64_t o = std::min(w, a.w.out - 1), n = a.w.last_tap(o) - a.w.first_tap(o);
      lengths_[w] = static_cast<T>(s.count_include_pad ? a.w.padded_length(o) : std::max<int64_t>(1, n));
      one_ = one_ && lengths_[w] == lengths_[0];
    }
    if (s.divisor) one_ = true, lengths_[0] = 1;
  }
  /// Those of the rows of windows (od, oh).
  struct Row {
    T value, inverse = 0;  // inverse: where multiplying by it is the same as dividing, for powers of two
  };
  Row row(int64_t od, int64_t oh) const {
    const int64_t n = (a_.d.last_tap(od) - a_.d.first_tap(od)) * (a_.h.last_tap(oh) - a_.h.first_tap(oh));
    const int64_t outer = s_.count_include_pad ? a_.d.padded_length(od) * a_.h.padded_length(oh) : n;
    Row r{static_cast<T>(s_.divisor ? s_.divisor : outer) * (one_ ? lengths_[0] : T(1))};
    int exponent;
    if (one_ && std::frexp(r.value, &exponent) == T(0.5)) r.inverse = 1 / r.value;
    return r;
  }
  /// Sums of windows [w, w + lanes) divided.
  template <class D, class V>
  HWY_INLINE V divide(D d, const Row& row, int64_t w, V sum) const {
    if (row.inverse != 0) return hn::Mul(sum, hn::Set(d, row.inverse));
    const auto value = hn::Set(d, row.value);
    return hn::Div(sum, one_ ? value : hn::Mul(value, hn::LoadU(d, lengths_ + w)));
  }

 private:
  const PoolShape& s_;
  const PoolAxes& a_;
  const cpu::Workspace<T> lengths_;
  bool one_ = true;  // all windows of a row have one divisor
};

template <class T>
class AvgPlanes {
 public:
  AvgPlanes(const PoolShape& s, const PoolAxes& a)
      : a_(a), plane_(a.in_size(), a.w.in), rows_(a), reducer_(a.w), divisors_(s, a) {}
  void operator()(const T* x, T* y, int64_t, int64_t room) {
    plane_.open(x, room);
    room = a_.out_size();
    for (int64_t od = 0; od < a_.d.out; ++od)
      for (int64_t oh = 0; oh < a_.h.out;) {
        rows_.find(plane_, a_, od, oh);
        if (rows_.n) {
          reducer_.run(rows_, y, room, Finish{divisors_, divisors_.row(od, oh)});
        } else {
          std::fill_n(y, a_.w.out, T(0));
        }
        oh += rows_.count, y += rows_.count * a_.w.out, room -= rows_.count * a_.w.out;
      }
  }

 private:
  struct Finish {
    const Divisors<T>& divisors;
    typename Divisors<T>::Row row;
    template <class D, class V>
    HWY_INLINE V operator()(D d, int64_t w, V sum) const {
      return divisors.divide(d, row, w, sum);
    }
  };
  const PoolAxes& a_;
  OpenPlane<T> plane_;
  RowList<T> rows_;
  const RowReducer<T, SumOf> reducer_;
  const Divisors<T> divisors_;
};

/// Sums down the window's columns, then along them, in float32 (float64 for double), one division at the end. NaN and
/// inf propagate.
template <class T>
void avg_pool(const PoolShape& s, const void* x, void* y) {
  const PoolAxes a(s);
  const int64_t cost = a.out_size() * a.d.kernel * a.h.kernel * a.w.kernel;
  cpu::pool_planes<T>(s.planes, a.in_size(), a.out_size(), cost, x, y,
                      [&] { return AvgPlanes<ComputeType<T>>(s, a); });
}

/// Gradients of averages: each input row is gathered from the rows of windows it lies in, first down the columns, then
/// along the row of their sums, and written once.
template <class T>
class AvgGradients {
 public:
  using D = hn::ScalableTag<T>;
  AvgGradients(const PoolShape& s, const PoolAxes& a)
      : a_(a),
        g_(a.out_size(), a.w.out),
        d_(a.d),
        h_(a.h),
        divisors_(s, a),
        pairs_(windows_of(a.w) == Windows::pairs),
        margin_(round_up(a.w.kernel, lanes_of<T>())),
        rows_(a.d.kernel * a.h.kernel),
        line_(line_length()) {
    std::fill_n(line_.data(), line_length(), T(0));
  }
  void operator()(const T* g, T* dx, int64_t, int64_t room) {
    g_.open(g, room);
    room = a_.in_size();
    for (int64_t z = 0; z < a_.d.in; ++z)
      for (int64_t y = 0; y < a_.h.in; ++y, dx += a_.w.in, room -= a_.w.in) {
        int64_t n = 0;
        for (const auto* u = d_.begin(z); u != d_.end(z); ++u)
          for (const auto* v = h_.begin(y); v != h_.end(y); ++v)
            rows_[n++] = {g_.at((u->out * a_.h.out + v->out) * a_.w.out), divisors_.row(u->out, v->out)};
        if (n == 0) {
          std::fill_n(dx, a_.w.in, T(0));
        } else if (pairs_) {
          paired(n, dx, room);
        } else {
          shares(n);
          a_.w.stride == 1 ? along<1>(dx, room) : a_.w.stride == 2 ? along<2>(dx, room) : scatter(dx);
        }
      }
  }

 private:
  struct Row {
    const T* g;
    typename Divisors<T>::Row divisor;
  };
  int64_t line_length() const {
    return margin_ + round_up(std::max(a_.w.out, a_.w.in + a_.w.padding), lanes_of<T>()) + 3 * lanes_of<T>();
  }
  /// What windows [w, w + lanes) add to each of their elements in the row.
  HWY_INLINE hn::Vec<D> share(D d, int64_t n, int64_t w) const {
    const Row* rows = rows_.data();
    auto sum = divisors_.divide(d, rows[0].divisor, w, hn::LoadU(d, rows[0].g + w));
    for (int64_t i = 1; i < n; ++i)
      sum = hn::Add(sum, divisors_.divide(d, rows[i].divisor, w, hn::LoadU(d, rows[i].g + w)));
    return sum;
  }
  static HWY_INLINE void store_pairs(D d, hn::Vec<D> even, hn::Vec<D> odd, T* to, int64_t room) {
    if (HWY_LIKELY(room >= 2 * static_cast<int64_t>(hn::Lanes(d)))) return hn::StoreInterleaved2(even, odd, d, to);
    T buffer[2 * HWY_MAX_BYTES / sizeof(T)];
    hn::StoreInterleaved2(even, odd, d, buffer);
    std::copy_n(buffer, std::max<int64_t>(0, room), to);
  }
  HWY_INLINE void paired(int64_t n, T* dx, int64_t room) const {
    const D d;
    const int64_t width = a_.w.out;
    for (int64_t w = 0; w < width; w += static_cast<int64_t>(hn::Lanes(d))) {
      const auto v = share(d, n, w);
      store_pairs(d, v, v, dx + 2 * w, room - 2 * w);
    }
    for (int64_t c = 2 * width; c < a_.w.in; ++c) dx[c] = 0;
  }
  HWY_INLINE void shares(int64_t n) const {
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d)), width = a_.w.out;
    for (int64_t w = 0; w < width; w += lanes) {
      auto v = share(d, n, w);
      if (width - w < lanes) v = hn::IfThenElseZero(hn::FirstN(d, static_cast<size_t>(width - w)), v);
      hn::StoreU(v, d, line_ + margin_ + w);
    }
  }
  /// Element q * kStride + f of the row lies in the windows q - (k - padding - f) / kStride, for every tap k for which
  /// that is whole.
  template <int kStride>
  HWY_INLINE void along(T* dx, int64_t room) const {
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d)), kernel = a_.w.kernel, padding = a_.w.padding;
    const auto sum = [&](int64_t q, int64_t f) HWY_ATTR {
      const int64_t k0 = (padding + f) % kStride;
      const T* p = line_ + margin_ + q + (padding + f) / kStride;
      auto v = hn::Zero(d);
      for (int64_t k = k0; k < kernel; k += kStride) v = hn::Add(v, hn::LoadU(d, p - k / kStride));
      return v;
    };
    for (int64_t q = 0; q * kStride < a_.w.in; q += lanes) {
      if constexpr (kStride == 1) {
        store_some(d, sum(q, 0), dx + q, room - q);
      } else {
        store_pairs(d, sum(q, 0), sum(q, 1), dx + 2 * q, room - 2 * q);
      }
    }
  }
  void scatter(T* dx) const {
    std::fill_n(dx, a_.w.in, T(0));
    for (int64_t w = 0; w < a_.w.out; ++w) {
      T* to = dx + a_.w.start(w);
      const T v = line_[margin_ + w];
      const int64_t last = a_.w.last_tap(w);
      for (int64_t k = a_.w.first_tap(w); k < last; ++k) to[k] += v;
    }
  }

  const PoolAxes& a_;
  OpenPlane<T> g_;
  const cpu::PoolCovers d_, h_;
  const Divisors<T> divisors_;
  const bool pairs_;
  const int64_t margin_;
  const cpu::Workspace<Row> rows_;
  const cpu::Workspace<T> line_;  // shares of a row of windows between zeros
};

/// Every element receives dy / divisor from each window it lies in, in float32 (float64 for double): sums down the
/// columns first.
template <class T>
void avg_pool_backward(const PoolShape& s, const void* dy, void* dx) {
  const PoolAxes a(s);
  const int64_t cost = a.out_size() * a.d.kernel * a.h.kernel * a.w.kernel;
  cpu::pool_planes<T>(s.planes, a.out_size(), a.in_size(), cost, dy, dx,
                      [&] { return AvgGradients<ComputeType<T>>(s, a); });
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
