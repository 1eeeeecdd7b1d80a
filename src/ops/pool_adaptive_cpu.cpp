// Adaptive pools: windows of differing lengths that cover each axis, the output's sizes given.
#include <limits>

#include "backend/cpu/hwy_config.h"
#include "backend/cpu/kernel_set.h"
#include "ops/pool.h"
#include "ops/pool_geometry.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/pool_adaptive_cpu.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ops/pool_rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using cpu::AdaptiveWindow;
using cpu::PoolAxes;

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

/// sums[i] = sum over k < rows of p[k * step + i], for i < n.
template <class T>
void sum_rows(const T* p, int64_t rows, int64_t step, int64_t n, T* sums) {
  const hn::ScalableTag<T> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes) {  // memory in its order, four chains of sums
    const T* q = p + i;
    auto s0 = hn::LoadU(d, q), s1 = hn::LoadU(d, q + lanes), s2 = hn::LoadU(d, q + 2 * lanes),
         s3 = hn::LoadU(d, q + 3 * lanes);
    for (int64_t k = 1; k < rows; ++k) {
      q += step;
      s0 = hn::Add(s0, hn::LoadU(d, q)), s1 = hn::Add(s1, hn::LoadU(d, q + lanes));
      s2 = hn::Add(s2, hn::LoadU(d, q + 2 * lanes)), s3 = hn::Add(s3, hn::LoadU(d, q + 3 * lanes));
    }
    hn::StoreU(s0, d, sums + i), hn::StoreU(s1, d, sums + i + lanes);
    hn::StoreU(s2, d, sums + i + 2 * lanes), hn::StoreU(s3, d, sums + i + 3 * lanes);
  }
  for (; i < n; i += lanes) {
    auto sum = load_some(d, p + i, n - i);
    for (int64_t k = 1; k < rows; ++k) sum = hn::Add(sum, load_some(d, p + k * step + i, n - i));
    store_some(d, sum, sums + i, n - i);
  }
}

/// Means of whole planes. Little is done between one and the next: reading them is all there is to it.
void mean_planes(const float* x, int64_t size, int64_t planes, float* y) {
  const auto n = static_cast<float>(size);
  for (int64_t p = 0; p < planes; ++p, x += size) y[p] = sum_run(x, size) / n;
}

/// Adaptive averages of one plane after another.
template <class T>
class AdaptiveAvgPlanes {
 public:
  explicit AdaptiveAvgPlanes(const cpu::PoolCall& call)
      : a_(call.axes), windows_(*call.windows), lines_(a_.w.out == 1 ? 0 : 2 * a_.w.in) {
    for (int64_t w = 0; w < a_.w.out; ++w) {
      const int64_t length = windows_.w[w].end - windows_.w[w].begin;
      shortest_ = w ? std::min(shortest_, length) : length, longest_ = std::max(longest_, length);
    }
  }
  void operator()(const T* in, T* out, int64_t, int64_t) const {
    const bool whole_rows = a_.w.out == 1;
    T *columns = lines_.data(), *more = columns + a_.w.in;
    for (int64_t d = 0; d < a_.d.out; ++d)
      for (int64_t h = 0; h < a_.h.out; ++h) {
        const auto zs = windows_.d[d], ys = windows_.h[h];
        const int64_t rows = ys.end - ys.begin, count = rows * (zs.end - zs.begin);
        T sum = 0;
        for (int64_t z = zs.begin; z < zs.end; ++z) {
          const T* p = in + (z * a_.h.in + ys.begin) * a_.w.in;
          if (whole_rows) {
            sum += sum_run(p, a_.w.in * rows);
          } else if (z == zs.begin) {
            sum_rows(p, rows, a_.w.in, a_.w.in, columns);
          } else {
            sum_rows(p, rows, a_.w.in, a_.w.in, more);
            sum_rows(columns, 2, a_.w.in, a_.w.in, columns);
          }
        }
        for (int64_t w = 0; w < a_.w.out; ++w) {
          const int64_t begin = windows_.w[w].begin, length = windows_.w[w].end - begin;
          if (!whole_rows) sum = sum_window(columns + begin, length);
          *out++ = sum / static_cast<T>(length * count);
        }
      }
  }

 private:
  /// Short windows differ in length by an element or two. Loops that end differently every time would cost more than
  /// adding nothing to the shorter ones.
  HWY_INLINE T sum_window(const T* p, int64_t length) const {
    if (shortest_ >= lanes_of<T>()) return sum_run(p, length);
    static constexpr T nothing = 0;
    T sum = p[0];
    for (int64_t i = 1; i < shortest_; ++i) sum += p[i];
    for (int64_t i = shortest_; i < longest_; ++i) sum += *(i < length ? p + i : &nothing);
    return sum;
  }

  const PoolAxes& a_;
  const cpu::AdaptiveWindows& windows_;
  const cpu::Workspace<T> lines_;
  int64_t shortest_ = 0, longest_ = 0;
};

/// Gradients of adaptive averages. Rows in the same windows are equal: one is made and copied.
template <class T>
class AdaptiveAvgGradients {
 public:
  using D = hn::ScalableTag<T>;
  using TI = hn::TFromD<hn::RebindToSigned<D>>;
  explicit AdaptiveAvgGradients(const cpu::PoolCall& call) : AdaptiveAvgGradients(call.axes, *call.windows) {}
  AdaptiveAvgGradients(const PoolAxes& a, const cpu::AdaptiveWindows& windows)
      : a_(a),
        windows_(windows),
        pitch_(round_up(a.w.out, lanes_of<T>())),
        lengths_(pitch_),
        shares_(a.d.out * a.h.out * pitch_),
        sums_(pitch_),
        row_(a.w.in + lanes_of<T>()),
        few_(a.w.out < lanes_of<T>() && a.w.out <= a.w.in),
        first_(few_ ? round_up(a.w.in, lanes_of<T>()) : 0),
        second_(few_ ? round_up(a.w.in, lanes_of<T>()) : 0) {
    for (int64_t w = 0; w < pitch_; ++w) lengths_[w] = w < a.w.out ? length(windows.w[w]) : T(1);
    if (!few_) return;
    // Where windows are no shorter than one element, each element lies in one or two.
    const auto none = static_cast<TI>(a.w.out);
    std::fill_n(first_.data(), round_up(a.w.in, lanes_of<T>()), none);
    std::fill_n(second_.data(), round_up(a.w.in, lanes_of<T>()), none);
    for (int64_t w = 0; w < a.w.out; ++w)
      for (int64_t c = windows.w[w].begin; c < windows.w[w].end; ++c)
        (first_[c] == none ? first_ : second_)[c] = static_cast<TI>(w);
  }

  void operator()(const T* g, T* dx, int64_t, int64_t) const {
    const D d;
    if (a_.out_size() == 1) {
      const auto v = hn::Set(d, *g / (length(windows_.d[0]) * length(windows_.h[0]) * length(windows_.w[0])));
      for (int64_t i = 0, n = a_.in_size(); i < n; i += lanes_of<T>()) store_some(d, v, dx + i, n - i);
      return;
    }
    for (int64_t o = 0; o < a_.d.out * a_.h.out; ++o, g += a_.w.out) {
      const auto outer = hn::Set(d, length(windows_.d[o / a_.h.out]) * length(windows_.h[o % a_.h.out]));
      for (int64_t w = 0; w < a_.w.out; w += lanes_of<T>())
        hn::StoreU(hn::Div(load_some(d, g + w, a_.w.out - w), hn::Mul(outer, hn::LoadU(d, lengths_ + w))), d,
                   shares_ + o * pitch_ + w);
    }
    each_run(windows_.d, a_.d, [&](Run z) HWY_ATTR {
      each_run(windows_.h, a_.h, [&](Run y) HWY_ATTR {
        if (few_) return few(z, y, dx);
        make_row(z, y);
        for (int64_t i = z.begin; i < z.end; ++i)
          for (int64_t k = y.begin; k < y.end; ++k) std::copy_n(row_.data(), a_.w.in, dx + (i * a_.h.in + k) * a_.w.in);
      });
    });
  }

 private:
  /// Positions [begin, end) of an axis lie in the windows [first, last).
  struct Run {
    int64_t begin, end, first, last;
  };
  template <class F>
  static HWY_INLINE void each_run(const AdaptiveWindow* windows, const cpu::PoolAxis& a, const F& f) {
    int64_t first = 0, last = 0;
    for (int64_t i = 0, end; i < a.in; i = end) {
      while (last < a.out && windows[last].begin <= i) ++last;
      while (windows[first].end <= i) ++first;
      end = last < a.out ? std::min(windows[first].end, windows[last].begin) : windows[first].end;
      f(Run{i, end, first, last});
    }
  }
  static T length(const AdaptiveWindow& w) { return static_cast<T>(w.end - w.begin); }

  /// What windows [w, w + lanes) give each of their elements in the runs' rows.
  HWY_INLINE hn::Vec<D> sum(D d, const Run& z, const Run& y, int64_t w) const {
    auto sum = hn::Zero(d);
    for (int64_t i = z.first; i < z.last; ++i)
      for (int64_t k = y.first; k < y.last; ++k)
        sum = hn::Add(sum, hn::LoadU(d, shares_ + (i * a_.h.out + k) * pitch_ + w));
    return sum;
  }
  /// All windows' shares in one vector, of which the first lane behind them is zero.
  HWY_INLINE void few(const Run& z, const Run& y, T* dx) const {
    const D d;
    const hn::RebindToSigned<D> di;
    const auto shares = sum(d, z, y, 0);
    for (int64_t c = 0; c < a_.w.in; c += lanes_of<T>()) {
      const auto a = hn::TableLookupLanes(shares, hn::IndicesFromVec(d, hn::LoadU(di, first_ + c)));
      const auto b = hn::TableLookupLanes(shares, hn::IndicesFromVec(d, hn::LoadU(di, second_ + c)));
      const auto v = hn::Add(a, b);
      for (int64_t i = z.begin; i < z.end; ++i)
        for (int64_t k = y.begin; k < y.end; ++k) store_some(d, v, dx + (i * a_.h.in + k) * a_.w.in + c, a_.w.in - c);
    }
  }
  HWY_INLINE void make_row(const Run& z, const Run& y) const {
    const D d;
    const int64_t lanes = lanes_of<T>();
    for (int64_t w = 0; w < a_.w.out; w += lanes) hn::StoreU(sum(d, z, y, w), d, sums_ + w);
    int64_t done = 0;
    for (int64_t w = 0; w < a_.w.out; ++w) {
      const AdaptiveWindow window = windows_.w[w];
      const T v = sums_[w];
      for (int64_t c = window.begin; c < done; ++c) row_[c] += v;  // where it overlaps the ones before
      for (; done < window.end; done += lanes) hn::StoreU(hn::Set(d, v), d, row_ + done);
      done = window.end;
    }
  }

  const PoolAxes& a_;
  const cpu::AdaptiveWindows& windows_;
  const int64_t pitch_;
  const cpu::Workspace<T> lengths_, shares_, sums_, row_;
  const bool few_;
  const cpu::Workspace<TI> first_, second_;  // windows of each column, or none
};

/// Window by window, element by element.
template <class T>
void adaptive_max_row(const PoolAxes& a, const cpu::AdaptiveWindows& windows, int64_t od, int64_t oh, const T* in,
                      T* out, int64_t* index) {
  const auto zs = windows.d[od], ys = windows.h[oh];
  for (int64_t w = 0; w < a.w.out; ++w) {
    const auto xs = windows.w[w];
    int64_t best = (zs.begin * a.h.in + ys.begin) * a.w.in + xs.begin;
    T most = in[best];
    for (int64_t z = zs.begin; z < zs.end; ++z)
      for (int64_t r = ys.begin; r < ys.end; ++r)
        for (int64_t c = xs.begin; c < xs.end; ++c) {
          const int64_t i = (z * a.h.in + r) * a.w.in + c;
          const T v = in[i];
          // One test for most elements; the second tells whether `most` is the NaN.
          if (!(v <= most) && (v > most || v != v)) most = v, best = i;
        }
    out[w] = most;
    if (index) index[w] = best;
  }
}

/// Rows of float32 windows: down the columns, keeping the winners' rows, then each window's few columns at once.
class AdaptiveMaxRows {
 public:
  AdaptiveMaxRows(const PoolAxes& a, const cpu::AdaptiveWindows& windows)
      : a_(a),
        windows_(windows),
        best_(round_up(a.w.in, lanes_of<float>()) + lanes_of<float>()),
        place_(round_up(a.w.in, lanes_of<float>()) + lanes_of<float>()) {
    std::fill_n(best_.data(), round_up(a.w.in, lanes_of<float>()) + lanes_of<float>(), 0.f);
    std::fill_n(place_.data(), round_up(a.w.in, lanes_of<float>()) + lanes_of<float>(), 0);
  }

  /// False if a NaN may be among the elements.
  bool run(int64_t od, int64_t oh, const float* in, float* out, int64_t* index) const {
    const hn::ScalableTag<float> d;
    const int64_t n = lanes_of<float>(), width = a_.w.in;
    const auto zs = windows_.d[od], ys = windows_.h[oh];
    auto watch = hn::Zero(d);
    int64_t c = 0;
    for (; c + 4 * n <= width; c += 4 * n) watch = hn::Add(watch, columns<true>(zs, ys, in, c));
    for (; c < width; c += n) watch = hn::Add(watch, columns<false>(zs, ys, in, c));
    if (!hn::AllFalse(d, hn::IsNaN(watch))) return false;
    const auto lowest = hn::Set(d, -std::numeric_limits<float>::infinity());
    for (int64_t w = 0; w < a_.w.out; ++w) {
      const int64_t begin = windows_.w[w].begin, end = windows_.w[w].end;
      const auto part = [&](int64_t c) HWY_ATTR {
        const auto v = hn::LoadU(d, best_ + c);
        return end - c < n ? hn::IfThenElse(hn::FirstN(d, static_cast<size_t>(end - c)), v, lowest) : v;
      };
      auto best = part(begin);
      for (int64_t c = begin + n; c < end; c += n) best = hn::Max(best, part(c));
      const auto most = hn::MaxOfLanes(d, best);
      int64_t at = std::numeric_limits<int64_t>::max();
      const float value = hn::GetLane(most);
      for (int64_t c = begin; c < end; c += n) {
        auto winners = hn::Eq(hn::LoadU(d, best_ + c), most);
        if (end - c < n) winners = hn::And(winners, hn::FirstN(d, static_cast<size_t>(end - c)));
        if (HWY_LIKELY(hn::CountTrue(d, winners) == 1)) {
          at = std::min<int64_t>(at, place_[c + hn::FindFirstTrue(d, winners)]);
        } else {
          for (int64_t i = c; i < std::min(end, c + n); ++i)
            if (best_[i] == value) at = std::min<int64_t>(at, place_[i]);
        }
      }
      out[w] = in[at];
      if (index) index[w] = at;
    }
    return true;
  }

 private:
  using D = hn::ScalableTag<float>;
  using DI = hn::RebindToSigned<D>;
  /// The maxima of some columns, and where their rows start.
  struct Column {
    hn::Vec<D> best, sum;
    hn::Vec<DI> row;
    explicit HWY_INLINE Column(hn::Vec<DI> first)
        : best(hn::Set(D(), -std::numeric_limits<float>::infinity())), sum(hn::Zero(D())), row(first) {}
    HWY_INLINE void meet(hn::Vec<D> v, hn::Vec<DI> here) {
      const auto wins = hn::Gt(v, best);
      best = hn::IfThenElse(wins, v, best);
      row = hn::IfThenElse(hn::RebindMask(DI(), wins), here, row);
      sum = hn::Add(sum, v);
    }
  };
  /// Maxima and their places down the columns from c on: four vectors of them side by side, so that none waits for
  /// another, or what there is of one. Returns a sum that is NaN if an element is.
  template <bool kFour>
  HWY_INLINE hn::Vec<D> columns(AdaptiveWindow zs, AdaptiveWindow ys, const float* in, int64_t c) const {
    const D d;
    const DI di;
    const int64_t n = lanes_of<float>(), width = a_.w.in;
    const auto first = hn::Set(di, static_cast<int32_t>((zs.begin * a_.h.in + ys.begin) * width));
    Column k0(first), k1(first), k2(first), k3(first);
    for (int64_t z = zs.begin; z < zs.end; ++z)
      for (int64_t r = ys.begin; r < ys.end; ++r) {
        const int64_t start = (z * a_.h.in + r) * width;
        const auto here = hn::Set(di, static_cast<int32_t>(start));
        const float* p = in + start + c;
        if constexpr (kFour) {
          k0.meet(hn::LoadU(d, p), here), k1.meet(hn::LoadU(d, p + n), here);
          k2.meet(hn::LoadU(d, p + 2 * n), here), k3.meet(hn::LoadU(d, p + 3 * n), here);
        } else {
          k0.meet(load_some(d, p, width - c), here);
        }
      }
    keep(k0, c);
    if constexpr (kFour) keep(k1, c + n), keep(k2, c + 2 * n), keep(k3, c + 3 * n);
    return hn::Add(hn::Add(k0.sum, k1.sum), hn::Add(k2.sum, k3.sum));
  }
  HWY_INLINE void keep(const Column& k, int64_t c) const {
    hn::StoreU(k.best, D(), best_ + c);
    hn::StoreU(hn::Add(k.row, hn::Iota(DI(), static_cast<int32_t>(c))), DI(), place_ + c);
  }

  const PoolAxes& a_;
  const cpu::AdaptiveWindows& windows_;
  const cpu::Workspace<float> best_;
  const cpu::Workspace<int32_t> place_;
};

template <class T>
class AdaptiveMaxPlanes {
 public:
  explicit AdaptiveMaxPlanes(const cpu::PoolCall& call)
      : a_(call.axes),
        windows_(*call.windows),
        indices_(call.indices),
        rows_(a_, windows_),
        fast_(HWY_TARGET != HWY_SCALAR && a_.in_size() <= std::numeric_limits<int32_t>::max()) {}
  void operator()(const T* in, T* out, int64_t p, int64_t) const {
    int64_t* index = indices_ ? indices_ + p * a_.out_size() : nullptr;
    for (int64_t d = 0; d < a_.d.out; ++d)
      for (int64_t h = 0; h < a_.h.out; ++h, out += a_.w.out, index += indices_ ? a_.w.out : 0) {
        if constexpr (std::is_same_v<T, float>)
          if (fast_ && rows_.run(d, h, in, out, index)) continue;
        adaptive_max_row(a_, windows_, d, h, in, out, index);
      }
  }

 private:
  const PoolAxes& a_;
  const cpu::AdaptiveWindows& windows_;
  int64_t* indices_;
  const AdaptiveMaxRows rows_;
  const bool fast_;
};

cpu::AdaptivePoolWorks adaptive_works() {
  cpu::AdaptivePoolWorks w;
  w.means = mean_planes;
  w.avg = {cpu::each_plane<AdaptiveAvgPlanes<float>, float>, cpu::each_plane<AdaptiveAvgPlanes<double>, double>};
  w.avg_backward = {cpu::each_plane<AdaptiveAvgGradients<float>, float>,
                    cpu::each_plane<AdaptiveAvgGradients<double>, double>};
  w.max = {cpu::each_plane<AdaptiveMaxPlanes<float>, float>, cpu::each_plane<AdaptiveMaxPlanes<double>, double>};
  return w;
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lampas {
namespace {

cpu::AdaptivePoolWorks works;
HWY_EXPORT(adaptive_works);
const cpu::KernelSet kernels{[] { works = HWY_DYNAMIC_DISPATCH(adaptive_works)(); }};

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

/// Sums in float32 (float64 for double): down the columns, then along the row of those sums.
template <class T>
void adaptive_avg_pool(const PoolShape& s, const void* x, void* y) {
  PoolShape regular;
  if (is_regular(s, regular) && regular.kernel[s.dims - 1] <= 2) return avg_pool_kernel.get(dtype_of<T>)(regular, x, y);
  cpu::PoolCall call(s);
  if (const int64_t size = call.axes.in_size(); std::is_same_v<T, float> && size > 0 && call.axes.out_size() == 1) {
    return cpu::parallel_for(s.planes, cpu::kGrain / size + 1, [&](int64_t begin, int64_t end) {
      works.means(static_cast<const float*>(x) + begin * size, size, end - begin, static_cast<float*>(y) + begin);
    });
  }
  const cpu::AdaptiveWindows windows(call.axes);
  call.windows = &windows;
  call.forward(dtype_of<T>, x, y, call.axes.in_size(), works.avg.of<T>());
}

/// Every element receives dy / (window size) from each window it lies in, in float32 (float64 for double).
template <class T>
void adaptive_avg_pool_backward(const PoolShape& s, const void* dy, void* dx) {
  cpu::PoolCall call(s);
  const int64_t size = call.axes.in_size();
  if (call.axes.out_size() == 0) {
    std::fill_n(static_cast<T*>(dx), s.planes * size, T(0));
    return;
  }
  const cpu::AdaptiveWindows windows(call.axes);
  call.windows = &windows;
  call.backward(dtype_of<T>, dy, dx, size, works.avg_backward.of<T>());
}

/// Exact. A NaN in the window gives NaN and the place of the last one; otherwise the first of equal maxima wins.
template <class T>
void adaptive_max_pool(const PoolShape& s, const void* x, void* y, int64_t* indices) {
  cpu::PoolCall call(s);
  const cpu::AdaptiveWindows windows(call.axes);
  call.windows = &windows, call.indices = indices;
  call.forward(dtype_of<T>, x, y, call.axes.in_size(), works.max.of<T>());
}

template <class... T>
bool fill_slots() {
  return ((adaptive_avg_pool_kernel.set(kCPU, dtype_of<T>, adaptive_avg_pool<T>) &&
           adaptive_avg_pool_backward_kernel.set(kCPU, dtype_of<T>, adaptive_avg_pool_backward<T>) &&
           adaptive_max_pool_kernel.set(kCPU, dtype_of<T>, adaptive_max_pool<T>)) &&
          ...);
}
const bool filled = fill_slots<float, double, Half, BFloat16>();

}  // namespace
}  // namespace lampas
#endif
