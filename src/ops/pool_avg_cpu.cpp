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

/// What the sums of an average pool's windows are divided by: the outer axes' part times the innermost's.
template <class T>
class Divisors {
 public:
  HWY_NOINLINE Divisors(const PoolShape& s, const PoolAxes& a)
      : s_(s), a_(a), lengths_(round_up(a.w.out, lanes_of<T>())) {
    for (int64_t w = 0; w < round_up(a.w.out, lanes_of<T>()); ++w) {
      const int64_t o = std::min(w, a.w.out - 1), n = a.w.last_tap(o) - a.w.first_tap(o);
      lengths_[w] = static_cast<T>(s.count_include_pad ? a.w.padded_length(o) : std::max<int64_t>(1, n));
      one_ = one_ && lengths_[w] == lengths_[0];
    }
    if (s.divisor) one_ = true, lengths_[0] = 1;
  }
  /// Those of the rows of windows (od, oh).
  struct Row {
    T value, inverse;
    bool exact;  // a power of two: multiplying by the inverse is dividing
  };
  HWY_NOINLINE Row row(int64_t od, int64_t oh) const {
    const int64_t n = (a_.d.last_tap(od) - a_.d.first_tap(od)) * (a_.h.last_tap(oh) - a_.h.first_tap(oh));
    const int64_t outer = s_.count_include_pad ? a_.d.padded_length(od) * a_.h.padded_length(oh) : n;
    const int64_t all = (s_.divisor ? s_.divisor : outer) * (one_ ? static_cast<int64_t>(lengths_[0]) : 1);
    return {static_cast<T>(all), 1 / static_cast<T>(all), one_ && all > 0 && (all & (all - 1)) == 0};
  }
  /// Sums of windows [w, w + lanes) divided.
  template <class D, class V>
  HWY_INLINE V divide(D d, const Row& row, int64_t w, V sum) const {
    if (row.exact) return hn::Mul(sum, hn::Set(d, row.inverse));
    const auto value = hn::Set(d, row.value);
    return hn::Div(sum, one_ ? value : hn::Mul(value, hn::LoadU(d, lengths_ + w)));
  }
  /// The same to the last bit or two, without a division where all windows of the row have one divisor.
  template <class D, class V>
  HWY_INLINE V nearly_divide(D d, const Row& row, int64_t w, V sum) const {
    return one_ ? hn::Mul(sum, hn::Set(d, row.inverse)) : divide(d, row, w, sum);
  }

 private:
  const PoolShape& s_;
  const PoolAxes& a_;
  const cpu::Workspace<T> lengths_;
  bool one_ = true;  // all windows of a row have one divisor
};

/// Sums of windows, divided.
template <class T>
struct Average {
  const Divisors<T> divisors;
  Average(const PoolShape& s, const PoolAxes& a) : divisors(s, a) {}
  auto row(int64_t od, int64_t oh) const {
    return [this, row = divisors.row(od, oh)](auto d, int64_t w, auto sum)
               HWY_ATTR { return divisors.divide(d, row, w, sum); };
  }
};
struct Root {
  Root(const PoolShape&, const PoolAxes&) {}
  auto row(int64_t, int64_t) const {
    return [](auto, int64_t, auto sum) HWY_ATTR { return hn::Sqrt(sum); };
  }
};

template <class T, class Op, class Finish>
class SumPlanes {
 public:
  explicit SumPlanes(const cpu::PoolCall& call) : SumPlanes(call.s, call.axes) {}
  SumPlanes(const PoolShape& s, const PoolAxes& a)
      : a_(a), plane_(a.in_size(), a.w.in, lanes_of<T>()), rows_(a), reducer_(a.w), finish_(s, a) {}
  void operator()(const T* x, T* y, int64_t, int64_t room) {
    plane_.open(x, room);
    room = a_.out_size();
    for (int64_t od = 0; od < a_.d.out; ++od)
      for (int64_t oh = 0; oh < a_.h.out;) {
        rows_.find(plane_, a_, od, oh);
        if (rows_.n) {
          reducer_.run(rows_, y, room, finish_.row(od, oh));
        } else {
          std::fill_n(y, a_.w.out, T(0));
        }
        oh += rows_.count, y += rows_.count * a_.w.out, room -= rows_.count * a_.w.out;
      }
  }

 private:
  const PoolAxes& a_;
  OpenPlane<T> plane_;
  RowList<T> rows_;
  const RowReducer<T, Op> reducer_;
  const Finish finish_;
};

/// Gradients of averages: each input row is gathered from the rows of windows it lies in, first down the columns, then
/// along the row of their sums, and written once.
template <class T>
class AvgGradients {
 public:
  using D = hn::ScalableTag<T>;
  explicit AvgGradients(const cpu::PoolCall& call) : AvgGradients(call.s, call.axes) {}
  AvgGradients(const PoolShape& s, const PoolAxes& a)
      : a_(a),
        g_(a.out_size(), a.w.out, lanes_of<T>()),
        divisors_(s, a),
        windows_(windows_of(a.w)),
        margin_(round_up(a.w.kernel, lanes_of<T>())),
        rows_(a),
        line_(line_length()) {
    std::fill_n(line_.data(), line_length(), T(0));
  }
  void operator()(const T* g, T* dx, int64_t, int64_t room) {
    g_.open(g, room);
    rows_.each(
        g_, g_.tail(), [&](int64_t od, int64_t oh, int64_t, int64_t) { return divisors_.row(od, oh); },
        [&](const Row* rows, int64_t n, int64_t shift, int64_t to) HWY_ATTR __attribute__((always_inline)) {
          const int64_t rest = a_.in_size() - to;
          if (n == 0) {
            std::fill_n(dx + to, a_.w.in, T(0));
          } else if (windows_ == Windows::threes) {
            threes(rows, n, shift, dx + to, rest);
          } else if (windows_ == Windows::pairs) {
            n == 1 ? paired<true>(rows, n, shift, dx + to, rest) : paired<false>(rows, n, shift, dx + to, rest);
          } else {
            shares(rows, n, shift);
            a_.w.stride == 1 ? along<1>(dx + to, rest) : a_.w.stride == 2 ? along<2>(dx + to, rest) : scatter(dx + to);
          }
        });
  }

 private:
  using Rows = GradientRows<T, typename Divisors<T>::Row>;
  using Row = typename Rows::Row;
  int64_t line_length() const {
    return margin_ + round_up(std::max(a_.w.out, a_.w.in + a_.w.padding), lanes_of<T>()) + 3 * lanes_of<T>();
  }
  /// What windows [w, w + lanes) add to each of their elements in the row.
  template <bool kOne = false>
  HWY_INLINE hn::Vec<D> share(D d, const Row* rows, int64_t n, int64_t shift, int64_t w) const {
    auto sum = divisors_.nearly_divide(d, rows[0].extra, w, hn::LoadU(d, rows[0].g + shift + w));
    for (int64_t i = 1; i < (kOne ? 1 : n); ++i)
      sum = hn::Add(sum, divisors_.nearly_divide(d, rows[i].extra, w, hn::LoadU(d, rows[i].g + shift + w)));
    return sum;
  }
  template <bool kOne>
  HWY_INLINE void paired(const Row* rows, int64_t n, int64_t shift, T* dx, int64_t room) const {
    const D d;
    const Doubled<D> doubled(d);
    const int64_t width = a_.w.out;
    for (int64_t w = 0; w < width; w += static_cast<int64_t>(hn::Lanes(d))) {
      const auto v = share<kOne>(d, rows, n, shift, w);
      const int64_t rest = room - 2 * w, lanes = static_cast<int64_t>(hn::Lanes(d));
      store_some(d, doubled.lo(v), dx + 2 * w, rest);
      if (rest > lanes) store_some(d, doubled.hi(v), dx + 2 * w + lanes, rest - lanes);
    }
    for (int64_t c = 2 * width; c < a_.w.in; ++c) dx[c] = 0;
  }
  /// Even elements lie in one window, odd ones in the next too.
  HWY_INLINE void threes(const Row* rows, int64_t n, int64_t shift, T* dx, int64_t room) const {
    const D d;
    const Rotate<D, -1> rotate(d);
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d)), width = a_.w.out;
    auto here = share_inside(d, rows, n, shift, 0);
    for (int64_t w = 0; w < width; w += lanes) {
      const auto next = w + lanes < width ? share_inside(d, rows, n, shift, w + lanes) : hn::Zero(d);
      store_pairs(d, here, hn::Add(here, rotate.with_edge(rotate(next), rotate(here))), dx + 2 * w, room - 2 * w);
      here = next;
    }
  }
  /// Zero where there is no window.
  HWY_INLINE hn::Vec<D> share_inside(D d, const Row* rows, int64_t n, int64_t shift, int64_t w) const {
    const auto v = share(d, rows, n, shift, w);
    const int64_t rest = a_.w.out - w;
    return rest >= static_cast<int64_t>(hn::Lanes(d)) ? v
                                                      : hn::IfThenElseZero(hn::FirstN(d, static_cast<size_t>(rest)), v);
  }
  HWY_INLINE void shares(const Row* rows, int64_t n, int64_t shift) const {
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d)), width = a_.w.out;
    for (int64_t w = 0; w < width; w += lanes) {
      hn::StoreU(share_inside(d, rows, n, shift, w), d, line_ + margin_ + w);
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
  const Divisors<T> divisors_;
  const Windows windows_;
  const int64_t margin_;
  Rows rows_;
  const cpu::Workspace<T> line_;  // shares of a row of windows between zeros
};

cpu::AvgPoolWorks avg_works() {
  cpu::AvgPoolWorks w;
  w.forward = {cpu::each_plane<SumPlanes<float, SumOf, Average<float>>, float>,
               cpu::each_plane<SumPlanes<double, SumOf, Average<double>>, double>};
  w.backward = {cpu::each_plane<AvgGradients<float>, float>, cpu::each_plane<AvgGradients<double>, double>};
  w.squares = cpu::each_plane<SumPlanes<float, SquaresOf, Root>, float>;
  return w;
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lampas {
namespace {

cpu::AvgPoolWorks works;
HWY_EXPORT(avg_works);
const cpu::KernelSet kernels{[] { works = HWY_DYNAMIC_DISPATCH(avg_works)(); }};

/// Sums down the window's columns, then along them, in float32 (float64 for double), one division at the end. NaN and
/// inf propagate.
template <class T>
void avg_pool(const PoolShape& s, const void* x, void* y) {
  const cpu::PoolCall call(s);
  call.forward(dtype_of<T>, x, y, call.window_work(), works.forward.of<T>());
}
/// Sums as avg_pool's, of squares by fused multiply-adds; correctly rounded root. NaN and inf propagate.
void square_pool(const PoolShape& s, const void* x, void* y) {
  const cpu::PoolCall call(s);
  call.forward(kFloat, x, y, call.window_work(), works.squares);
}
/// Every element receives dy / divisor, rounded once or twice, from each window it lies in, in float32 (float64 for
/// double): sums down the columns first.
template <class T>
void avg_pool_backward(const PoolShape& s, const void* dy, void* dx) {
  const cpu::PoolCall call(s);
  call.backward(dtype_of<T>, dy, dx, call.window_work(), works.backward.of<T>());
}

template <class... T>
bool fill_slots() {
  return ((avg_pool_kernel.set(kCPU, dtype_of<T>, avg_pool<T>) &&
           avg_pool_backward_kernel.set(kCPU, dtype_of<T>, avg_pool_backward<T>)) &&
          ...);
}
const bool filled = fill_slots<float, double, Half, BFloat16>() && square_pool_kernel.set(kCPU, kFloat, square_pool);

}  // namespace
}  // namespace lampas
#endif
