// Per-target header: statistics of columns side by side, 32 rows at a time in two passes in the compute type, merged in
// float64.
#if defined(LAMPAS_OPS_NORM_COLUMNS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAMPAS_OPS_NORM_COLUMNS_INL_H_
#undef LAMPAS_OPS_NORM_COLUMNS_INL_H_
#else
#define LAMPAS_OPS_NORM_COLUMNS_INL_H_
#endif

#include <type_traits>

#include "backend/cpu/unroll.h"
#include "ops/norm-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {

inline constexpr int64_t kNormRows = 32, kNormStrip = 64;

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

/// Adds `count` <= kNormRows rows of n <= kNormStrip columns to the moments of `before` others.
template <class T, bool kNever>
LAMPAS_SHARED_KERNEL void strip_moments(const T* p, int64_t before, int64_t count, int64_t step, int64_t n,
                                        double* mean, double* m2) {
  using C = ComputeType<T>;
  const hn::ScalableTag<C> d;
  using V = hn::Vec<decltype(d)>;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  HWY_ALIGN C rough[kNormStrip];
  HWY_ALIGN C left[kNormStrip];
  HWY_ALIGN C square[kNormStrip];
  const auto inverse = hn::Set(d, C(1) / static_cast<C>(count));
  each_group<T, kNever>(n, true, [&](auto many, int64_t c) HWY_ATTR {
    constexpr int kMany = decltype(many)::value;
    const int64_t rest = n - c;
    V s[kMany], t[kMany], m[kMany];
    LAMPAS_UNROLL for (int v = 0; v < kMany; ++v) s[v] = t[v] = hn::Zero(d);
    int64_t r = 0;
    for (; r + 2 <= count; r += 2) {
      const T* at = p + r * step + c;
      LAMPAS_UNROLL for (int v = 0; v < kMany; ++v) {
        __builtin_prefetch(at + kNormStrip + v * lanes);  // the strip that comes next
        __builtin_prefetch(at + step + kNormStrip + v * lanes);
        s[v] = hn::Add(s[v], load_of<kMany>(d, at, v, rest));
        t[v] = hn::Add(t[v], load_of<kMany>(d, at + step, v, rest));
      }
    }
    LAMPAS_UNROLL for (int v = 0; v < kMany; ++v) {
      if (r < count) s[v] = hn::Add(s[v], load_of<kMany>(d, p + r * step + c, v, rest));
      m[v] = hn::Mul(hn::Add(s[v], t[v]), inverse);
      s[v] = t[v] = hn::Zero(d);  // now sums of squared and of plain deviations
    }
    for (r = 0; r < count; ++r) {
      LAMPAS_UNROLL for (int v = 0; v < kMany; ++v) {
        const auto x = hn::Sub(load_of<kMany>(d, p + r * step + c, v, rest), m[v]);
        s[v] = hn::MulAdd(x, x, s[v]);
        t[v] = hn::Add(t[v], x);
      }
    }
    LAMPAS_UNROLL for (int v = 0; v < kMany; ++v) {
      hn::StoreU(m[v], d, rough + c + v * lanes);
      hn::StoreU(t[v], d, left + c + v * lanes);
      hn::StoreU(s[v], d, square + c + v * lanes);
    }
  });
  const double nb = static_cast<double>(count), na = static_cast<double>(before), share = nb / (na + nb),
               one_of = 1 / nb, weight = na * share;
  for (int64_t c = 0; c < n; ++c) {  // without rows before, mean and M2 are 0
    const double l = static_cast<double>(left[c]), off = l * one_of;
    const double mb = static_cast<double>(rough[c]) + off, qb = static_cast<double>(square[c]) - l * off;
    const double delta = mb - mean[c];
    mean[c] = before ? mean[c] + delta * share : mb;
    m2[c] += qb + delta * delta * weight;
  }
}

/// Takes `rows` contiguous rows into mean and M2 (float64) of n columns, which hold `before` rows already. Memory is
/// read once, a block of rows after the other, and within a block a strip of columns that stays in the first-level
/// cache for the second pass.
template <class T, bool kNever = false>
void column_moments(const T* p, int64_t rows, int64_t n, double* mean, double* m2, int64_t before = 0) {
  if (before == 0) {
    std::fill_n(mean, n, 0.0);
    std::fill_n(m2, n, 0.0);
  }
  for (int64_t begin = 0; begin < rows; begin += kNormRows)
    for (int64_t c = 0; c < n; c += kNormStrip)
      strip_moments<T, kNever>(p + begin * n + c, before + begin, std::min(kNormRows, rows - begin), n,
                               std::min(kNormStrip, n - c), mean + c, m2 + c);
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

/// Adds sum(g) and sum(g (x - mean)) of `count` <= kNormRows rows of n <= kNormStrip columns, g as it comes back
/// through the clamp.
template <class T, bool kNever, bool kClamp, class C = ComputeType<T>>
LAMPAS_SHARED_KERNEL void strip_sums(const T* g, const T* x, int64_t count, int64_t step, int64_t n,
                                     const ColumnLine<C>& columns, double* sum_g, double* sum_gx) {
  const hn::ScalableTag<C> d;
  using V = hn::Vec<decltype(d)>;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  HWY_ALIGN C a[kNormStrip];
  HWY_ALIGN C b[kNormStrip];
  each_group<T, kNever>(n, true, [&](auto many, int64_t c) HWY_ATTR {
    constexpr int kMany = decltype(many)::value;
    const int64_t rest = n - c;
    V s[kMany], t[kMany];
    AffineLine<V> line[kMany];
    LAMPAS_UNROLL for (int v = 0; v < kMany; ++v) {
      s[v] = t[v] = hn::Zero(d);
      line[v] = (columns + c).template of<kMany>(d, v, rest);
    }
    for (int64_t r = 0; r < count; ++r) {
      const int64_t at = r * step + c;
      LAMPAS_UNROLL for (int v = 0; v < kMany; ++v) {
        __builtin_prefetch(g + at + kNormStrip + v * lanes);
        __builtin_prefetch(x + at + kNormStrip + v * lanes);
        const auto centred = hn::Sub(load_of<kMany>(d, x + at, v, rest), line[v].mean);
        const auto gi = line[v].template gradient<kClamp>(d, load_of<kMany>(d, g + at, v, rest), centred);
        s[v] = hn::Add(s[v], gi);
        t[v] = hn::MulAdd(gi, centred, t[v]);
      }
    }
    LAMPAS_UNROLL for (int v = 0; v < kMany; ++v) {
      hn::StoreU(s[v], d, a + c + v * lanes);
      hn::StoreU(t[v], d, b + c + v * lanes);
    }
  });
  for (int64_t c = 0; c < n; ++c) {
    sum_g[c] += static_cast<double>(a[c]);
    sum_gx[c] += static_cast<double>(b[c]);
  }
}
/// Adds sum(g) and sum(g (x - mean)) of n columns over `rows` contiguous rows, in the same order.
template <class T, bool kNever = false, class C = ComputeType<T>>
void column_gradient_sums(bool clamp, const T* g, const T* x, int64_t rows, int64_t n, const ColumnLine<C>& line,
                          double* sum_g, double* sum_gx) {
  const auto add = clamp ? strip_sums<T, kNever, true> : strip_sums<T, kNever, kAlwaysClamps<T>>;
  for (int64_t begin = 0; begin < rows; begin += kNormRows)
    for (int64_t c = 0; c < n; c += kNormStrip)
      add(g + begin * n + c, x + begin * n + c, std::min(kNormRows, rows - begin), n, std::min(kNormStrip, n - c),
          line + c, sum_g + c, sum_gx + c);
}

}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#endif  // LAMPAS_OPS_NORM_COLUMNS_INL_H_
