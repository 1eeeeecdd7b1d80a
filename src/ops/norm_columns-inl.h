// Per-target header: sums of columns side by side, 64 rows at a time in the compute type and then in float64.
#if defined(LAMPAS_OPS_NORM_COLUMNS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAMPAS_OPS_NORM_COLUMNS_INL_H_
#undef LAMPAS_OPS_NORM_COLUMNS_INL_H_
#else
#define LAMPAS_OPS_NORM_COLUMNS_INL_H_
#endif

#include <type_traits>

#include "backend/cpu/unroll.h"
#include "ops/norm-inl.h"
#include "ops/norm.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {

inline constexpr int64_t kNormRows = 64, kNormStrip = 64;

/// Calls f(a number of vectors as a constant, first column) for n columns: some vectors of float side by side if
/// `grouped`, so that memory is read in the order in which it lies where rows are short, and in longer pieces where
/// they are not. kNever leaves the code for that out.
template <class T, bool kNever, class F>
HWY_INLINE void each_group(int64_t n, bool grouped, const F& f) {
  using D = hn::ScalableTag<ComputeType<T>>;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(D()));
  int64_t c = 0;
  if constexpr (!kNever && std::is_same_v<T, float> && hn::MaxLanes(D()) >= 8) {
    for (; grouped && c + 4 * lanes <= n; c += 4 * lanes) f(std::integral_constant<int, 4>(), c);
    if (grouped && c + 2 * lanes <= n) {
      f(std::integral_constant<int, 2>(), c);
      c += 2 * lanes;
    }
  }
  for (; c < n; c += lanes) f(std::integral_constant<int, 1>(), c);
}
/// Vector v of a group of kMany; of a single one only `left` values.
template <int kMany, class D, class T>
HWY_INLINE hn::Vec<D> load_of(D d, const T* p, int v, int64_t left) {
  if constexpr (kMany == 1) return load_some(d, p, left);
  return load_as(d, p + v * static_cast<int64_t>(hn::Lanes(d)));
}
template <int kMany, class D, class T>
HWY_INLINE void store_of(D d, hn::Vec<D> x, T* p, int v, int64_t left) {
  if constexpr (kMany == 1)
    store_some(d, x, p, left);
  else
    store_as(d, x, p + v * static_cast<int64_t>(hn::Lanes(d)));
}

/// AffineLine of columns side by side; a null shift is 0.
template <class C>
struct ColumnLine {
  const C *mean, *scale, *shift;
  C least;
  ColumnLine operator+(int64_t c) const { return {mean + c, scale + c, shift ? shift + c : shift, least}; }
  /// That of vector v of a group of kMany.
  template <int kMany, class D>
  HWY_INLINE AffineLine<hn::Vec<D>> of(D d, int v, int64_t left) const {
    return {load_of<kMany>(d, mean, v, left), load_of<kMany>(d, scale, v, left),
            shift ? load_of<kMany>(d, shift, v, left) : hn::Zero(d), hn::Set(d, least)};
  }
};

template <class C>
LAMPAS_SHARED_KERNEL void add_to_totals(const C* sums, int64_t n, double* totals) {
  for (int64_t c = 0; c < n; ++c) totals[c] += static_cast<double>(sums[c]);
}

/// Adds sum(g) and sum(g (x - mean)) of `count` <= kNormRows rows of n <= kNormStrip columns, g as it comes back
/// through the clamp. Without g, x - mean takes its place.
template <class T, bool kNever, bool kClamp, bool kMoments, class C = ComputeType<T>>
LAMPAS_SHARED_KERNEL void strip_sums(const T* g, const T* x, int64_t count, int64_t step, int64_t n,
                                     const ColumnLine<C>& columns, double* sum_g, double* sum_gx) {
  const hn::ScalableTag<C> d;
  using V = hn::Vec<decltype(d)>;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  HWY_ALIGN C a[kNormStrip];
  HWY_ALIGN C b[kNormStrip];
  each_group<T, kNever>(n, true, [&](auto many, int64_t c) HWY_ATTR {
    constexpr int kMany = decltype(many)::value;
    // Rows at a time: one sum is not ready when the next row is.
    constexpr int kWays = kMoments && std::is_same_v<T, float> && kMany < 4 ? 2 : 1;
    const int64_t rest = n - c;
    V s[kWays * kMany], t[kWays * kMany];
    AffineLine<V> line[kMany];
    LAMPAS_UNROLL for (int v = 0; v < kWays * kMany; ++v) s[v] = t[v] = hn::Zero(d);
    LAMPAS_UNROLL for (int v = 0; v < kMany; ++v) {
      if (kMoments)
        line[v].mean = load_of<kMany>(d, columns.mean + c, v, rest);
      else
        line[v] = (columns + c).template of<kMany>(d, v, rest);
    }
    const auto take = [&](int64_t at, int way) HWY_ATTR {
      LAMPAS_UNROLL for (int v = 0; v < kMany; ++v) {
        if (!kMoments) __builtin_prefetch(g + at + kNormStrip + v * lanes);  // the strip that comes next
        __builtin_prefetch(x + at + kNormStrip + v * lanes);
        const auto centred = hn::Sub(load_of<kMany>(d, x + at, v, rest), line[v].mean);
        auto gi = centred;
        if (!kMoments) gi = line[v].template gradient<kClamp>(d, load_of<kMany>(d, g + at, v, rest), centred);
        s[way * kMany + v] = hn::Add(s[way * kMany + v], gi);
        t[way * kMany + v] = hn::MulAdd(gi, centred, t[way * kMany + v]);
      }
    };
    int64_t r = 0;
    for (; r + kWays <= count; r += kWays) {
      LAMPAS_UNROLL for (int way = 0; way < kWays; ++way) take((r + way) * step + c, way);
    }
    for (; r < count; ++r) take(r * step + c, 0);
    LAMPAS_UNROLL for (int v = 0; v < kMany; ++v) {
      if (kWays == 2) {
        s[v] = hn::Add(s[v], s[kMany + v]);
        t[v] = hn::Add(t[v], t[kMany + v]);
      }
      hn::StoreU(s[v], d, a + c + v * lanes);
      hn::StoreU(t[v], d, b + c + v * lanes);
    }
  });
  add_to_totals(a, n, sum_g);
  add_to_totals(b, n, sum_gx);
}
template <class F, class T, class C>
void each_strip(const F& add, const T* g, const T* x, int64_t rows, int64_t n, const ColumnLine<C>& line, double* sum_g,
                double* sum_gx) {
  for (int64_t begin = 0; begin < rows; begin += kNormRows)
    for (int64_t c = 0; c < n; c += kNormStrip)
      add(g ? g + begin * n + c : g, x + begin * n + c, std::min(kNormRows, rows - begin), n,
          std::min(kNormStrip, n - c), line + c, sum_g + c, sum_gx + c);
}
/// Adds sum(g) and sum(g (x - mean)) of n columns over `rows` contiguous rows, in the order in which memory lies.
template <class T, bool kNever = false, class C = ComputeType<T>>
void column_gradient_sums(bool clamp, const T* g, const T* x, int64_t rows, int64_t n, const ColumnLine<C>& line,
                          double* sum_g, double* sum_gx) {
  each_strip(clamp ? strip_sums<T, kNever, true, false> : strip_sums<T, kNever, kAlwaysClamps<T>, false>, g, x, rows, n,
             line, sum_g, sum_gx);
}
/// Adds sum(x - shift) and sum((x - shift)^2).
template <class T, bool kNever = false, class C = ComputeType<T>>
void column_power_sums(const T* x, int64_t rows, int64_t n, const C* shift, double* sum, double* squares) {
  each_strip(strip_sums<T, kNever, false, true>, static_cast<const T*>(nullptr), x, rows, n,
             ColumnLine<C>{shift, shift, nullptr, C(0)}, sum, squares);
}

/// Shifts of n columns, made of three rows.
template <class T, class C = ComputeType<T>>
LAMPAS_SHARED_KERNEL void guess_shifts(const T* first, const T* middle, const T* last, int64_t n, C* shift) {
  const hn::ScalableTag<C> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t c = 0; c < n; c += lanes) {
    const auto x = load_some(d, first + c, n - c), y = hn::Sub(load_some(d, middle + c, n - c), x),
               z = hn::Sub(load_some(d, last + c, n - c), x);
    store_some(d, hn::MulAdd(hn::Add(y, z), hn::Set(d, C(1) / 3), x), shift + c, n - c);
  }
}
/// Writes statistics from the power sums that column_statistics describes. Whether a shift was far off.
template <class C>
LAMPAS_SHARED_KERNEL bool finish_columns(const NormPlan& p, int64_t count, const double* scratch, const C* shift,
                                         C* stats) {
  const int64_t n = p.channels_count;
  bool far = false;
  for (int64_t c = 0; c < n; ++c) {
    double sum = 0, squares = 0;
    for (int64_t k = 0; k < p.pieces; ++k) {
      sum += scratch[2 * k * n + c];
      squares += scratch[(2 * k + 1) * n + c];
    }
    const Moments m = moments_of(static_cast<double>(count), static_cast<double>(shift[c]), sum, squares);
    store_stats(stats, n, c, m, p.eps);
    far |= is_far_off(static_cast<double>(shift[c]), m);
  }
  return far;
}
/// Statistics of columns. add() adds the power sums of `count` rows with the given shifts to zeros, in pieces, of which
/// sums and squares lie at scratch + 2 k n and n further on. Where a shift was far off, all is done again with the
/// means.
template <class C, class F>
void column_statistics(const NormPlan& p, int64_t count, double* scratch, C* shift, C* stats, const F& add) {
  const int64_t n = p.channels_count;
  for (int round = 0; round < 2; ++round) {
    std::fill_n(scratch, 2 * n * p.pieces, 0.0);
    add();
    if (!finish_columns(p, count, scratch, shift, stats)) return;
    std::copy_n(stats, n, shift);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#endif  // LAMPAS_OPS_NORM_COLUMNS_INL_H_
