// Rows of windows: what maxima, averages and norms have in common. Per-target include guard, as Highway asks for.
//
// A row of windows is reduced in two steps: first down the columns, over the kernel's input rows, in full vectors; then
// along that one row. Windows two apart are lanes of vectors when the row is kept as its even and its odd elements
// ("phases"), so that every tap is a contiguous load. Margins around the phases stand for the padding.
#if defined(LAMPAS_OPS_POOL_ROWS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef LAMPAS_OPS_POOL_ROWS_INL_H
#undef LAMPAS_OPS_POOL_ROWS_INL_H
#else
#define LAMPAS_OPS_POOL_ROWS_INL_H
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "backend/cpu/vec_io-inl.h"
#include "ops/pool_planes.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

/// Lanes 0, 2, 4, ... and 1, 3, 5, ... of two vectors side by side.
template <class D, class V = hn::Vec<D>>
HWY_INLINE void split(D d, V lo, V hi, V& even, V& odd) {
#if HWY_TARGET == HWY_SCALAR
  (void)d;
  even = lo, odd = hi;
#else
  even = hn::ConcatEven(d, hi, lo), odd = hn::ConcatOdd(d, hi, lo);
#endif
}

template <class T>
int64_t lanes_of() {
  return static_cast<int64_t>(hn::Lanes(hn::ScalableTag<T>()));
}
using cpu::OpenPlane;
using cpu::PhasePlan;
using cpu::round_up;
using cpu::RowList;
using cpu::Windows;
using cpu::windows_of;

/// Lane i of v in lane i + kBy (1 or -1), the one that falls out in the lane that is left over.
template <class D, int kBy>
class Rotate {
 public:
  explicit HWY_INLINE Rotate(D d) : edge_(edge(d)), lanes_(indices(d)) {}
  HWY_INLINE hn::Vec<D> operator()(hn::Vec<D> v) const { return hn::TableLookupLanes(v, lanes_); }
  /// v, the lane left over taken from `other`.
  HWY_INLINE hn::Vec<D> with_edge(hn::Vec<D> other, hn::Vec<D> v) const { return hn::IfThenElse(edge_, other, v); }

 private:
  using DI = hn::RebindToSigned<D>;
  using TI = hn::TFromD<DI>;
  static HWY_INLINE auto edge(D d) {
    const DI di;
    return hn::RebindMask(
        d, hn::Eq(hn::Iota(di, 0), hn::Set(di, static_cast<TI>(kBy > 0 ? 0 : static_cast<TI>(hn::Lanes(d)) - 1))));
  }
  static HWY_INLINE auto indices(D d) {
    const DI di;
    const auto i = hn::Sub(hn::Iota(di, 0), hn::Set(di, TI{kBy}));
    return hn::IndicesFromVec(d, hn::And(i, hn::Set(di, static_cast<TI>(hn::Lanes(d) - 1))));
  }
  const decltype(hn::FirstN(D(), 1)) edge_;
  const decltype(hn::IndicesFromVec(D(), hn::Zero(DI()))) lanes_;
};
/// Positions from `in` on of two vectors that start at row position c become `outside`.
template <class D>
HWY_INLINE void fill_outside(D d, hn::Vec<D>& lo, hn::Vec<D>& hi, int64_t c, int64_t in, hn::TFromD<D> outside) {
  const int64_t n = static_cast<int64_t>(hn::Lanes(d)), rest = in - c;
  if (HWY_LIKELY(rest >= 2 * n)) return;
  const auto fill = hn::Set(d, outside);
  if (rest < n) lo = hn::IfThenElse(hn::FirstN(d, static_cast<size_t>(rest)), lo, fill);
  hi = rest <= n ? fill : hn::IfThenElse(hn::FirstN(d, static_cast<size_t>(rest - n)), hi, fill);
}

/// Writes two vectors of row positions [c, c + 2 lanes) to a line in phases; from `in` on they are `outside`.
template <class D, class T = hn::TFromD<D>>
HWY_INLINE void store_phases(D d, hn::Vec<D> lo, hn::Vec<D> hi, int64_t c, int64_t in, T outside, const PhasePlan& plan,
                             T* line) {
  fill_outside(d, lo, hi, c, in, outside);
  T* to = line + plan.margin();
  if (plan.phases() == 2) {
    hn::Vec<D> even, odd;
    split(d, lo, hi, even, odd);
    hn::StoreU(even, d, to + c / 2);
    hn::StoreU(odd, d, to + plan.phase() + c / 2);
  } else {
    hn::StoreU(lo, d, to + c);
    hn::StoreU(hi, d, to + c + static_cast<int64_t>(hn::Lanes(d)));
  }
}

/// What a row of windows gives one of its input rows.
template <class T, class Extra>
struct GradientRow {
  const T* g;
  Extra extra;
};

/// Visits the input rows in order, each with the rows of windows it lies in. Inside the plane those of a row and of the
/// one a stride further down are the same, moved on by one row: the lists are made for one stride of rows, then used
/// again.
template <class T, class Extra>
class GradientRows {
 public:
  using Row = GradientRow<T, Extra>;
  explicit GradientRows(const cpu::PoolAxes& a)
      : a_(a),
        d_(a.d),
        h_(a.h),
        most_(a.d.kernel * a.h.kernel),
        rows_(a.h.stride * most_),
        counts_(a.h.stride),
        begin_(a.h.first_inner() * a.h.stride + (a.h.kernel - 1) * a.h.dilation - a.h.padding),
        end_(std::min(a.h.in, a.h.last_inner() * a.h.stride - a.h.padding)) {}

  /// Rows of windows from offset `tail` on may lie elsewhere than the ones before.
  /// make(od, oh, tap of the outer axes, offset of the row of windows) -> Extra; write(rows, count, offset of the row
  /// of windows from theirs, offset of the input row).
  template <class Make, class Write>
  HWY_INLINE void each(const OpenPlane<T>& g, int64_t tail, const Make& make, const Write& write) {
    int64_t to = 0;
    for (int64_t z = 0; z < a_.d.in; ++z)
      for (int64_t y = 0; y < a_.h.in;) {
        int64_t period = 1, repeats = 1;
        if (y >= begin_ && y + 2 * a_.h.stride <= end_) period = a_.h.stride, repeats = (end_ - y) / period;
        for (int64_t k = 0; k < period; ++k) {
          int64_t n = 0;
          for (const auto* u = d_.begin(z); u != d_.end(z); ++u)
            for (const auto* v = h_.begin(y + k); v != h_.end(y + k); ++v, ++n) {
              const int64_t at = (u->out * a_.h.out + v->out) * a_.w.out, room = tail - 1 - at;
              if (repeats > 1) repeats = room < 0 ? 1 : std::min(repeats, room / a_.w.out + 1);
              rows_[k * most_ + n] = {g.at(at), make(u->out, v->out, u->tap * a_.h.kernel + v->tap, at)};
            }
          counts_[k] = n;
        }
        y += repeats * period;
        for (int64_t i = 0; i < repeats; ++i)
          for (int64_t k = 0; k < period; ++k, to += a_.w.in) write(rows_ + k * most_, counts_[k], i * a_.w.out, to);
      }
  }

 private:
  const cpu::PoolAxes& a_;
  const cpu::PoolCovers d_, h_;
  const int64_t most_;
  const cpu::Workspace<Row> rows_;
  const cpu::Workspace<int64_t> counts_;
  const int64_t begin_, end_;  // input rows between them lie in windows inside the plane only, or between windows
};

/// Each lane of a vector twice: two vectors.
template <class D>
class Doubled {
 public:
  explicit HWY_INLINE Doubled(D d) : lo_(indices(d, 0)), hi_(indices(d, static_cast<int>(hn::Lanes(d)) / 2)) {}
  template <class V>
  HWY_INLINE V lo(V v) const {
    return hn::TableLookupLanes(v, lo_);
  }
  template <class V>
  HWY_INLINE V hi(V v) const {
    return hn::TableLookupLanes(v, hi_);
  }

 private:
  static HWY_INLINE auto indices(D d, int first) {
    const hn::RebindToSigned<D> di;
    using TI = hn::TFromD<decltype(di)>;
    return hn::IndicesFromVec(d, hn::Add(hn::ShiftRight<1>(hn::Iota(di, 0)), hn::Set(di, static_cast<TI>(first))));
  }
  const decltype(hn::IndicesFromVec(D(), hn::Zero(hn::RebindToSigned<D>()))) lo_, hi_;
};

/// Writes even and odd elements side by side, as far as there is room.
template <class D, class T = hn::TFromD<D>>
HWY_INLINE void store_pairs(D d, hn::Vec<D> even, hn::Vec<D> odd, T* to, int64_t room) {
  if (HWY_LIKELY(room >= 2 * static_cast<int64_t>(hn::Lanes(d)))) return hn::StoreInterleaved2(even, odd, d, to);
  T buffer[2 * HWY_MAX_BYTES / sizeof(T)];
  hn::StoreInterleaved2(even, odd, d, buffer);
  const int64_t n = static_cast<int64_t>(hn::Lanes(d));
  if (room > 0) store_some(d, hn::LoadU(d, buffer), to, room);
  if (room > n) store_some(d, hn::LoadU(d, buffer + n), to + n, room - n);
}

struct MaxOf {
  static constexpr bool watches = true;
  template <class T>
  static constexpr T identity = -std::numeric_limits<T>::infinity();
  template <class D, class V>
  static HWY_INLINE V first(D, V v) {
    return v;
  }
  template <class D, class V>
  static HWY_INLINE V add(D, V acc, V v) {
    return hn::Max(acc, v);
  }
  template <class D, class V>
  static HWY_INLINE V join(D, V a, V b) {
    return hn::Max(a, b);
  }
};
struct SumOf {
  static constexpr bool watches = false;
  template <class T>
  static constexpr T identity = 0;
  template <class D, class V>
  static HWY_INLINE V first(D, V v) {
    return v;
  }
  template <class D, class V>
  static HWY_INLINE V add(D, V acc, V v) {
    return hn::Add(acc, v);
  }
  template <class D, class V>
  static HWY_INLINE V join(D, V a, V b) {
    return hn::Add(a, b);
  }
};

struct SquaresOf {
  static constexpr bool watches = false;
  template <class T>
  static constexpr T identity = 0;
  template <class D, class V>
  static HWY_INLINE V first(D, V v) {
    return hn::Mul(v, v);
  }
  template <class D, class V>
  static HWY_INLINE V add(D, V acc, V v) {
    return hn::MulAdd(v, v, acc);
  }
  template <class D, class V>
  static HWY_INLINE V join(D, V a, V b) {
    return hn::Add(a, b);
  }
};

/// Reduces rows of windows by Op: down the columns in order, then along the row in order of the taps.
template <class T, class Op>
class RowReducer {
 public:
  using D = hn::ScalableTag<T>;
  explicit RowReducer(const cpu::PoolAxis& w)
      : w_(w),
        windows_(windows_of(w)),
        plan_(w, lanes_of<T>()),
        line_(windows_ == Windows::others ? plan_.length() + round_up(w.out, lanes_of<T>()) : 0) {
    if (windows_ == Windows::others) std::fill_n(line_.data(), plan_.length(), Op::template identity<T>);
  }

  /// out[w] = finish(w, reduced window) for rows.count rows of windows; `room` elements may be written at `out`, what
  /// lies behind a row to be overwritten later. With Op::watches, whether a NaN may have been among the elements: then
  /// the results are void. (Infinities of both signs pass for one.)
  template <class Finish>
  HWY_INLINE bool run(const RowList<T>& rows, T* out, int64_t room, const Finish& finish) const {
    if (windows_ == Windows::others) return each<Windows::others, 0>(rows, out, room, finish);
    if constexpr (std::is_same_v<T, float>) {  // the usual ones
      if (windows_ == Windows::pairs && rows.n == 2) return each<Windows::pairs, 2>(rows, out, room, finish);
      if (windows_ == Windows::threes && rows.n == 3) return each<Windows::threes, 3>(rows, out, room, finish);
    }
    return windows_ == Windows::pairs ? each<Windows::pairs, 0>(rows, out, room, finish)
                                      : each<Windows::threes, 0>(rows, out, room, finish);
  }

 private:
  struct AllRows {
    explicit HWY_INLINE AllRows(const RowList<T>& list) : row(list.row.data()), n(list.n) {}
    const T* const* const row;
    const int64_t n;
  };
  /// The kRows > 1 rows of a list.
  template <int kRows>
  struct Rows {
    explicit HWY_INLINE Rows(const RowList<T>& list) : row{list.row[0], list.row[1], list.row[kRows - 1]} {}
    const T* row[3];
    static constexpr int64_t n = kRows;
  };
  template <Windows kWindows, int kRows, class Finish>
  HWY_INLINE bool each(const RowList<T>& rows, T* out, int64_t room, const Finish& finish) const {
    const D d;
    const std::conditional_t<kRows != 0, Rows<kRows>, AllRows> inputs(rows);
    const int64_t width = w_.out, end = rows.count * rows.step, step = rows.step;
    auto watch = hn::Zero(d);
    for (int64_t shift = 0; shift < end; shift += step, out += width, room -= width) {
      if constexpr (kWindows == Windows::others) {
        lined(d, inputs, shift, out, room, finish, watch);
      } else {
        direct<kWindows>(d, inputs, shift, out, room, finish, watch);
      }
    }
    return Op::watches && !hn::AllFalse(d, hn::IsNaN(watch));
  }

  template <Windows kWindows, class R, class Finish>
  HWY_INLINE void direct(D d, const R& rows, int64_t shift, T* out, int64_t room, const Finish& finish,
                         hn::Vec<D>& watch) const {
    const int64_t n = static_cast<int64_t>(hn::Lanes(d)), width = w_.out, in = w_.in;
    const Rotate<D, 1> rotate(d);
    auto before = hn::Set(d, Op::template identity<T>);
    for (int64_t w = 0; w < width; w += n) {
      hn::Vec<D> lo, hi, even, odd;
      columns(d, rows, shift + 2 * w, lo, hi, watch);
      if constexpr (kWindows == Windows::threes) fill_outside(d, lo, hi, 2 * w, in, Op::template identity<T>);
      split(d, lo, hi, even, odd);
      auto v = even;
      if constexpr (kWindows == Windows::threes) {
        const auto rotated = rotate(odd);
        v = Op::join(d, rotate.with_edge(before, rotated), v);
        before = rotated;
      }
      store_some(d, finish(d, w, Op::join(d, v, odd)), out + w, room - w);
    }
  }

  template <class R, class Finish>
  HWY_INLINE void lined(D d, const R& rows, int64_t shift, T* out, int64_t room, const Finish& finish,
                        hn::Vec<D>& watch) const {
    const int64_t n = static_cast<int64_t>(hn::Lanes(d));
    for (int64_t c = 0; c < w_.in; c += 2 * n) {
      hn::Vec<D> lo, hi;
      columns(d, rows, shift + c, lo, hi, watch);
      store_phases(d, lo, hi, c, w_.in, Op::template identity<T>, plan_, line_.data());
    }
    if (w_.stride == plan_.phases()) {
      for (int64_t w = 0; w < w_.out; w += n) {
        auto v = hn::LoadU(d, line_ + plan_.tap(0) + w);
        for (int64_t k = 1; k < w_.kernel; ++k) v = Op::join(d, v, hn::LoadU(d, line_ + plan_.tap(k) + w));
        store_some(d, finish(d, w, v), out + w, room - w);
      }
    } else {
      T* results = line_ + plan_.length();
      const hn::CappedTag<T, 1> one;
      for (int64_t w = 0; w < w_.out; ++w) {
        const T* p = line_ + plan_.tap(0) + w * w_.stride;
        auto v = hn::LoadU(one, p);
        for (int64_t k = 1; k < w_.kernel; ++k) v = Op::join(one, v, hn::LoadU(one, p + k * w_.dilation));
        results[w] = hn::GetLane(v);
      }
      for (int64_t w = 0; w < w_.out; w += n) store_some(d, finish(d, w, hn::LoadU(d, results + w)), out + w, room - w);
    }
  }

  /// Two vectors of the columns' reductions, `at` elements behind the starts of the rows.
  template <class R>
  static HWY_INLINE void columns(D d, const R& rows, int64_t at, hn::Vec<D>& lo, hn::Vec<D>& hi, hn::Vec<D>& watch) {
    const int64_t n = static_cast<int64_t>(hn::Lanes(d));
    const auto a = hn::LoadU(d, rows.row[0] + at), b = hn::LoadU(d, rows.row[0] + at + n);
    lo = Op::first(d, a), hi = Op::first(d, b);
    auto sum = hn::Add(a, b);
    for (int64_t i = 1; i < rows.n; ++i) {
      const auto u = hn::LoadU(d, rows.row[i] + at), v = hn::LoadU(d, rows.row[i] + at + n);
      lo = Op::add(d, lo, u), hi = Op::add(d, hi, v);
      if constexpr (Op::watches) sum = hn::Add(sum, hn::Add(u, v));
    }
    if constexpr (Op::watches) watch = hn::Add(watch, sum);
  }

  const cpu::PoolAxis w_;
  const Windows windows_;
  const PhasePlan plan_;
  const cpu::Workspace<T> line_;
};

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#endif
