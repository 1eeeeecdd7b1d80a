#include <limits>

#include "backend/cpu/hwy_config.h"
#include "backend/cpu/kernel_set.h"
#include "ops/pool.h"
#include "ops/pool_geometry.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/pool_max_cpu.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ops/pool_rows-inl.h"
#include "ops/pool_taps-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using cpu::each_plane;
using cpu::PoolAxes;
using cpu::PoolAxis;

struct AsIs {
  template <class D, class V>
  HWY_INLINE V operator()(D, int64_t, V v) const {
    return v;
  }
};

/// Maxima of one plane after another. Values alone are reduced down the columns first; with the winners' places, all
/// taps are compared in order, each input row being brought into phases once for all windows that read it.
/// With kPlaced, of the winner is kept its position in the plane or -1, or its tap or kNoTap.
template <class T, bool kPlaced>
class MaxPlanes {
 public:
  static constexpr bool kVectors = HWY_TARGET != HWY_SCALAR && (!kPlaced || std::is_same_v<T, float>);
  using D = hn::ScalableTag<T>;
  using DI = hn::RebindToSigned<D>;
  using TI = hn::TFromD<DI>;

  explicit MaxPlanes(const cpu::PoolCall& call) : MaxPlanes(call.axes, call.indices, call.taps) {}
  MaxPlanes(const PoolAxes& a, int64_t* indices, uint8_t* taps)
      : a_(a),
        indices_(indices),
        taps_(taps),
        plane_(a.in_size(), a.w.in, lanes_of<T>()),
        rows_(a),
        reducer_(a.w),
        plan_(a.w, lanes_of<T>()),
        slots_h_(a.h.dilation * (a.h.kernel - 1) + 1),
        slots_(slots_h_ * (a.d.dilation * (a.d.kernel - 1) + 1)),
        windows_(windows_of(a.w)),
        lines_(vectors() && windows_ == Windows::others ? slots_ * plan_.length() : 0),
        held_(kPlaced ? slots_ : 0),
        in_phases_(kPlaced ? a.d.kernel * a.h.kernel : 0),
        first_(kPlaced ? round_up(a.w.out, lanes_of<T>()) : 0) {
    if constexpr (kPlaced) {
      if (lines_.data()) std::fill_n(lines_.data(), slots_ * plan_.length(), -std::numeric_limits<T>::infinity());
      for (int64_t w = 0; w < round_up(a.w.out, lanes_of<T>()); ++w) {
        const int64_t k = a.w.first_tap(std::min(w, a.w.out - 1));
        first_[w] = static_cast<TI>(taps ? k : k * a.w.dilation);
        some_ = some_ && k < a.w.last_tap(std::min(w, a.w.out - 1));
      }
    }
  }

  void operator()(const T* x, T* y, int64_t p, int64_t room) {
    plane_.open(x, room);
    if constexpr (kPlaced) std::fill_n(held_.data(), slots_, Held{-1, false});
    room = a_.out_size();
    int64_t at = p * room;
    for (int64_t od = 0; od < a_.d.out; ++od)
      for (int64_t oh = 0; oh < a_.h.out;) {
        rows_.find(plane_, a_, od, oh);
        const int64_t count = rows_.count;
        if (!rows_.n || !fast(od, oh, y, at, room))
          for (int64_t k = 0; k < count; ++k) {
            if (k) rows_.find(plane_, a_, od, oh + k);
            scalar(y + k * a_.w.out, at + k * a_.w.out);
          }
        oh += count, at += count * a_.w.out, y += count * a_.w.out, room -= count * a_.w.out;
      }
  }

 private:
  struct Held {
    int64_t row;
    bool nan;
  };

  bool vectors() const {
    return kPlaced && kVectors && a_.w.stride <= 2 && a_.in_size() <= std::numeric_limits<int32_t>::max() &&
           (windows_ != Windows::others || slots_ * plan_.length() <= 65536);
  }
  /// What a winner in row i of the window is recorded as, less what its column adds.
  int64_t base(int64_t i) const { return taps_ ? rows_.tap[i] * a_.w.kernel : rows_.position[i] * a_.w.in; }

  /// rows_.count rows of windows; false if vectors cannot do them, or a NaN may be among their elements.
  HWY_INLINE bool fast(int64_t od, int64_t oh, T* y, int64_t at, int64_t room) {
    if constexpr (!kVectors) {
      return false;
    } else if constexpr (!kPlaced) {
      return !reducer_.run(rows_, y, room, AsIs());
    } else if (!vectors() || !some_) {
      return false;
    } else if (windows_ == Windows::pairs) {
      return placed<Windows::pairs>(0, rows_.count, y, at, room);
    } else if (windows_ == Windows::threes) {
      return placed<Windows::threes>(0, rows_.count, y, at, room);
    } else {
      for (int64_t k = 0; k < rows_.count; ++k)
        if (!find_lines(od, oh + k, k) ||
            !placed<Windows::others>(k, 1, y + k * a_.w.out, at + k * a_.w.out, room - k * a_.w.out))
          return false;
      return true;
    }
  }

  void scalar(T* y, int64_t out) const {
    const PoolAxis& w = a_.w;
    for (int64_t o = 0; o < w.out; ++o) {
      T best = -std::numeric_limits<T>::infinity();
      int64_t at = -1;
      const int64_t first = w.first_tap(o), last = w.last_tap(o), start = w.start(o);
      for (int64_t i = 0; i < rows_.n; ++i)
        for (int64_t k = first; k < last; ++k) {
          const T v = rows_.row[i][start + k * w.dilation];
          if (at < 0 || v > best || v != v) best = v, at = base(i) + (taps_ ? k : start + k * w.dilation);
        }
      y[o] = best;
      if (taps_) taps_[out + o] = static_cast<uint8_t>(at < 0 ? kNoTap : at);
      if (indices_) indices_[out + o] = at;
    }
  }

  /// Brings the rows of the list, moved on by k rows of windows, into phases, unless they are. False if a NaN may be
  /// among their elements.
  bool find_lines(int64_t od, int64_t oh, int64_t k) {
    const int64_t slots_d = slots_ / slots_h_, h0 = a_.h.start(oh) + a_.h.first_tap(oh) * a_.h.dilation;
    const int64_t first_h = h0 % slots_h_, rows = a_.h.last_tap(oh) - a_.h.first_tap(oh);
    int64_t d = (a_.d.start(od) + a_.d.first_tap(od) * a_.d.dilation) % slots_d, h = first_h;
    bool nan = false;
    for (int64_t i = 0, y = 0; i < rows_.n; ++i) {
      in_phases_[i] = line(d * slots_h_ + h, i, k, nan);
      h += a_.h.dilation;
      if (h >= slots_h_) h -= slots_h_;
      if (++y < rows) continue;
      y = 0, h = first_h, d += a_.d.dilation;
      if (d >= slots_d) d -= slots_d;
    }
    return !nan;
  }
  const T* line(int64_t slot, int64_t i, int64_t k, bool& nan) {
    const D d;
    const int64_t n = static_cast<int64_t>(hn::Lanes(d));
    T* to = lines_ + slot * plan_.length();
    Held& held = held_[slot];
    const int64_t row = rows_.position[i] + k * a_.h.stride;
    const T* from = rows_.row[i] + k * rows_.step;
    if (held.row != row) {
      auto watch = hn::Zero(d);
      for (int64_t c = 0; c < a_.w.in; c += 2 * n) {
        const auto lo = hn::LoadU(d, from + c), hi = hn::LoadU(d, from + c + n);
        watch = hn::Add(watch, hn::Add(lo, hi));
        store_phases(d, lo, hi, c, a_.w.in, -std::numeric_limits<T>::infinity(), plan_, to);
      }
      held = {row, !hn::AllFalse(d, hn::IsNaN(watch))};
    }
    nan = nan || held.nan;
    return to;
  }

  /// Rows of windows [begin, begin + count) of the list's. False if a NaN may be among the elements.
  template <Windows kWindows>
  HWY_INLINE bool placed(int64_t begin, int64_t count, T* y, int64_t out, int64_t room) const {
    const D d;
    auto watch = hn::Zero(d);
    const int64_t width = a_.w.out, end = begin + count;
    for (int64_t k = begin; k < end; ++k, y += width, out += width, room -= width)
      placed_row<kWindows>(k, y, out, room, watch);
    return hn::AllFalse(d, hn::IsNaN(watch));
  }
  template <Windows kWindows>
  HWY_INLINE void placed_row(int64_t row, T* y, int64_t out, int64_t room, hn::Vec<D>& watch) const {
    const D d;
    const DI di;
    const int64_t n = static_cast<int64_t>(hn::Lanes(d)), width = a_.w.out, in = a_.w.in, rows = rows_.n,
                  shift = row * rows_.step, lower = taps_ ? 0 : shift;
    const T* const* from = rows_.row.data();
    const TI* first = first_.data();
    const Rotate<D, 1> rotate(d);
    const T outside = -std::numeric_limits<T>::infinity();
    const auto step = hn::Set(di, static_cast<TI>(taps_ ? 1 : a_.w.dilation));
    for (int64_t o = 0; o < width; o += n) {
      auto best = hn::Set(d, outside);
      auto at = hn::Add(hn::Set(di, static_cast<TI>(base(0) + lower)), hn::LoadU(di, first + o));
      for (int64_t i = 0; i < rows; ++i) {
        auto here = hn::Set(di, static_cast<TI>(base(i) + lower));
        const auto meet = [&](hn::Vec<D> v) HWY_ATTR __attribute__((always_inline)) {
          const auto wins = hn::Gt(v, best);
          best = hn::IfThenElse(wins, v, best);
          at = hn::IfThenElse(hn::RebindMask(di, wins), here, at);
          here = hn::Add(here, step);
        };
        if constexpr (kWindows == Windows::others) {
          for (int64_t k = 0; k < a_.w.kernel; ++k) meet(hn::LoadU(d, in_phases_[i] + plan_.tap(k) + o));
        } else {
          const T* p = from[i] + shift + 2 * o;
          auto lo = hn::LoadU(d, p), hi = hn::LoadU(d, p + n);
          hn::Vec<D> even, odd;
          watch = hn::Add(watch, hn::Add(lo, hi));
          if constexpr (kWindows == Windows::threes) fill_outside(d, lo, hi, 2 * o, in, outside);
          split(d, lo, hi, even, odd);
          if constexpr (kWindows == Windows::threes)
            meet(rotate.with_edge(hn::Set(d, o ? p[-1] : outside), rotate(odd)));
          if (kWindows == Windows::pairs && i == 0) {
            best = even, here = hn::Add(here, step);  // the first tap, which `at` stands at
          } else {
            meet(even);
          }
          meet(odd);
        }
      }
      store_some(d, best, y + o, room - o);
      store_places(di, at, o, out + o, room - o);
    }
  }

  void store_places(DI di, hn::Vec<DI> at, int64_t o, int64_t out, int64_t room) const {
    const int64_t n = static_cast<int64_t>(hn::Lanes(di));
    if (indices_) {
      int64_t buffer[HWY_MAX_BYTES / sizeof(T)];
      int64_t* to = room >= n ? indices_ + out : buffer;
      const auto columns = hn::Mul(hn::Iota(di, static_cast<TI>(o)), hn::Set(di, static_cast<TI>(a_.w.stride)));
      store_index(di, hn::Add(at, hn::Add(columns, hn::Set(di, static_cast<TI>(-a_.w.padding)))), to);
      if (to == buffer) std::copy_n(buffer, room, indices_ + out);
    } else {
      uint8_t buffer[HWY_MAX_BYTES / sizeof(T)];
      uint8_t* to = room >= n ? taps_ + out : buffer;
      const hn::Rebind<uint8_t, DI> bytes;
      hn::StoreU(hn::DemoteTo(bytes, at), bytes, to);
      if (to == buffer) std::copy_n(buffer, room, taps_ + out);
    }
  }

  const PoolAxes& a_;
  int64_t* indices_;
  uint8_t* taps_;
  OpenPlane<T> plane_;
  RowList<T> rows_;
  const RowReducer<T, MaxOf> reducer_;
  const PhasePlan plan_;
  const int64_t slots_h_, slots_;
  const Windows windows_;
  const cpu::Workspace<T> lines_;
  const cpu::Workspace<Held> held_;
  const cpu::Workspace<const T*> in_phases_;
  const cpu::Workspace<TI> first_;  // first tap of each window inside the row, as Place counts
  bool some_ = true;                // every window has one
};

/// Gradients of maxima by their taps for windows two apart that are pairs, or threes about the even elements: every
/// input row is gathered from the rows of windows it lies in, and written once.
class TapGradients {
 public:
  static bool takes(const PoolAxis& w) { return windows_of(w) != Windows::others; }
  explicit TapGradients(const cpu::PoolCall& call) : TapGradients(call.axes, call.taps, call.s.planes) {}
  TapGradients(const PoolAxes& a, const uint8_t* taps, int64_t planes)
      : a_(a),
        taps_(taps),
        planes_(planes),
        g_(a.out_size(), a.w.out, lanes_of<float>()),
        t_(a.out_size(), a.w.out, lanes_of<float>()),
        rows_(a) {}

  void operator()(const float* g, float* dx, int64_t p, int64_t room) {
    g_.open(g, room);
    t_.open(taps_ + p * a_.out_size(), (planes_ - p) * a_.out_size());
    rows_.each(
        g_, std::min(g_.tail(), t_.tail()),
        [&](int64_t, int64_t, int64_t tap, int64_t at) {
          return Taps{t_.at(at), static_cast<int32_t>(tap * a_.w.kernel)};
        },
        [&](const Row* rows, int64_t n, int64_t shift, int64_t to) HWY_ATTR __attribute__((always_inline)) {
          const int64_t rest = a_.in_size() - to;
          if (n == 0) {
            std::fill_n(dx + to, a_.w.in, 0.f);
          } else if (a_.w.kernel == 3) {
            row<3, false>(rows, n, shift, dx + to, rest);
          } else {
            n == 1 ? row<2, true>(rows, n, shift, dx + to, rest) : row<2, false>(rows, n, shift, dx + to, rest);
            for (int64_t c = 2 * a_.w.out; c < a_.w.in; ++c) dx[to + c] = 0;
          }
        });
  }

 private:
  struct Taps {
    const uint8_t* taps;
    int32_t first;  // tap of the row of windows that lies in this input row
  };
  using Rows = GradientRows<float, Taps>;
  using Row = Rows::Row;

  template <int kKernel, bool kOne>
  HWY_INLINE void row(const Row* rows, int64_t count, int64_t shift, float* dx, int64_t room) const {
    const hn::ScalableTag<float> d;
    const hn::RebindToSigned<decltype(d)> di;
    const int64_t n = static_cast<int64_t>(hn::Lanes(d)), width = a_.w.out;
    const auto one = hn::Set(di, 1);
    if constexpr (kKernel == 2) {
      const Doubled<decltype(d)> doubled(d);
      const hn::RebindToFloat<decltype(di)> df;
      const auto side = hn::And(hn::Iota(di, 0), one);  // the left tap, or the right one
      const auto twice = [&](auto v, auto half) HWY_ATTR { return hn::BitCast(di, half(hn::BitCast(df, v))); };
      for (int64_t w = 0; w < width; w += n) {
        auto lo = hn::Zero(d), hi = lo;
        for (int64_t r = 0; r < (kOne ? 1 : count); ++r) {
          const auto g = hn::LoadU(d, rows[r].g + shift + w);
          const auto tap = hn::Sub(load_taps(di, rows[r].extra.taps + shift + w), hn::Set(di, rows[r].extra.first));
          const auto left = twice(tap, [&](auto v) HWY_ATTR { return doubled.lo(v); }),
                     right = twice(tap, [&](auto v) HWY_ATTR { return doubled.hi(v); });
          const auto a = taken(d, side, left, doubled.lo(g)), b = taken(d, side, right, doubled.hi(g));
          lo = kOne ? a : hn::Add(lo, a), hi = kOne ? b : hn::Add(hi, b);
        }
        const int64_t rest = room - 2 * w;
        store_some(d, lo, dx + 2 * w, rest);
        if (rest > n) store_some(d, hi, dx + 2 * w + n, rest - n);
      }
    } else {
      for (int64_t w = 0; w < width; w += n) {
        auto even = hn::Zero(d), odd = even;
        for (int64_t r = 0; r < count; ++r) {
          const float* g = rows[r].g + shift + w;
          const uint8_t* t = rows[r].extra.taps + shift + w;
          const auto first = hn::Set(di, rows[r].extra.first), middle = hn::Add(first, one);
          const auto tap = load_taps(di, t);
          const auto here = hn::LoadU(d, g);
          even = hn::Add(even, taken(d, middle, tap, here));
          odd = hn::Add(odd, taken(d, hn::Add(middle, one), tap, here));
          auto next = hn::LoadU(d, g + 1);
          if (w + n >= width) next = hn::IfThenElseZero(hn::FirstN(d, static_cast<size_t>(width - 1 - w)), next);
          odd = hn::Add(odd, taken(d, first, load_taps(di, t + 1), next));
        }
        store_pairs(d, even, odd, dx + 2 * w, room - 2 * w);
      }
    }
  }
  template <class D, class VI>
  static HWY_INLINE hn::Vec<D> taken(D d, VI which, VI tap, hn::Vec<D> g) {
    return hn::IfThenElseZero(hn::RebindMask(d, hn::Eq(which, tap)), g);
  }
  template <class DI>
  static HWY_INLINE hn::Vec<DI> load_taps(DI di, const uint8_t* p) {
#if HWY_TARGET == HWY_SCALAR
    return hn::Set(di, *p);
#else
    return hn::PromoteTo(di, hn::LoadU(hn::Rebind<uint8_t, DI>(), p));
#endif
  }

  const PoolAxes& a_;
  const uint8_t* taps_;
  const int64_t planes_;
  OpenPlane<float> g_;
  OpenPlane<uint8_t> t_;
  Rows rows_;
};

cpu::MaxPoolWorks max_works() {
  cpu::MaxPoolWorks w;
  w.values = {each_plane<MaxPlanes<float, false>, float>, each_plane<MaxPlanes<double, false>, double>};
  w.placed = {each_plane<MaxPlanes<float, true>, float>, each_plane<MaxPlanes<double, true>, double>};
#if HWY_TARGET != HWY_SCALAR
  w.taps_backward = each_plane<TapGradients, float>;
#endif
  return w;
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lampas {
namespace {

cpu::MaxPoolWorks works;

/// Exact. A NaN in the window gives NaN and the place of the last one; otherwise the first of equal maxima wins.
template <class T>
void max_pool(const PoolShape& s, const void* x, void* y, int64_t* indices) {
  cpu::PoolCall call(s);
  call.indices = indices;
  call.forward(dtype_of<T>, x, y, call.window_work(), (indices ? works.placed : works.values).of<T>());
}
template <class T>
void max_pool_taps(const PoolShape& s, const void* x, void* y, uint8_t* taps) {
  cpu::PoolCall call(s);
  call.taps = taps;
  call.forward(dtype_of<T>, x, y, call.window_work(), works.placed.of<T>());
}

/// Adds dy at the winners, in order of the windows.
template <class T>
class TapScatter {
 public:
  explicit TapScatter(const cpu::PoolCall& call) : TapScatter(call.axes, call.taps) {}
  TapScatter(const cpu::PoolAxes& a, const uint8_t* taps)
      : a_(a), taps_(taps), offset_(a.d.kernel * a.h.kernel * a.w.kernel) {
    int64_t n = 0;
    for (int64_t z = 0; z < a.d.kernel; ++z)
      for (int64_t y = 0; y < a.h.kernel; ++y)
        for (int64_t x = 0; x < a.w.kernel; ++x)
          offset_[n++] = (z * a.d.dilation * a.h.in + y * a.h.dilation) * a.w.in + x * a.w.dilation;
  }
  void operator()(const T* g, T* dx, int64_t p, int64_t) const {
    std::fill_n(dx, a_.in_size(), T(0));
    const uint8_t* tap = taps_ + p * a_.out_size();
    for (int64_t z = 0; z < a_.d.out; ++z)
      for (int64_t y = 0; y < a_.h.out; ++y) {
        int64_t at = (a_.d.start(z) * a_.h.in + a_.h.start(y)) * a_.w.in - a_.w.padding;
        for (int64_t x = 0; x < a_.w.out; ++x, ++tap, ++g, at += a_.w.stride)
          if (*tap != kNoTap) dx[at + offset_[*tap]] += *g;
      }
  }

 private:
  const cpu::PoolAxes& a_;
  const uint8_t* taps_;
  const cpu::Workspace<int64_t> offset_;
};

/// Accumulates in float32 for the reduced floats, in order of the windows.
template <class T>
void max_pool_taps_backward(const PoolShape& s, const void* dy, const uint8_t* taps, void* dx) {
  cpu::PoolCall call(s);
  call.taps = const_cast<uint8_t*>(taps);
  using F = std::conditional_t<std::is_same_v<T, double>, double, float>;
  const bool gathers =
      works.taps_backward && std::is_same_v<F, float> && cpu::windows_of(call.axes.w) != cpu::Windows::others;
  call.backward(dtype_of<T>, dy, dx, call.axes.in_size(),
                gathers ? works.taps_backward : cpu::each_plane<TapScatter<F>, F>);
}

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

/// A tap as a position in the plane.
void max_pool_tap_positions(const PoolShape& s, const uint8_t* taps, int64_t* indices) {
  const cpu::PoolAxes a(s);
  for (int64_t p = 0; p < s.planes; ++p)
    for (int64_t d = 0; d < a.d.out; ++d)
      for (int64_t h = 0; h < a.h.out; ++h)
        for (int64_t w = 0; w < a.w.out; ++w, ++taps, ++indices) {
          const int64_t k = *taps, x = a.w.start(w) + k % a.w.kernel * a.w.dilation,
                        y = a.h.start(h) + k / a.w.kernel % a.h.kernel * a.h.dilation,
                        z = a.d.start(d) + k / (a.w.kernel * a.h.kernel) * a.d.dilation;
          *indices = k == kNoTap ? -1 : (z * a.h.in + y) * a.w.in + x;
        }
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

template <class... T>
bool set_plain() {
  return ((max_pool_backward_kernel.set(kCPU, dtype_of<T>, max_pool_backward<T>) &&
           max_pool_kernel.set(kCPU, dtype_of<T>, max_pool<T>) &&
           max_pool_taps_kernel.set(kCPU, dtype_of<T>, max_pool_taps<T>) &&
           max_pool_taps_backward_kernel.set(kCPU, dtype_of<T>, max_pool_taps_backward<T>) &&
           max_pool_gather_kernel.set(kCPU, dtype_of<T>, max_pool_gather<T>)) &&
          ...);
}
const bool registered = set_plain<float, double, Half, BFloat16>() &&
                        max_pool_tap_positions_kernel.set(kCPU, kByte, max_pool_tap_positions);

HWY_EXPORT(max_works);
const cpu::KernelSet kernels{[] { works = HWY_DYNAMIC_DISPATCH(max_works)(); }};

}  // namespace
}  // namespace lampas
#endif
