// Per-target header: statistics of columns side by side, 32 rows at a time in two passes in the compute type, merged in
// float64.
#if defined(LAMPAS_OPS_NORM_COLUMNS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAMPAS_OPS_NORM_COLUMNS_INL_H_
#undef LAMPAS_OPS_NORM_COLUMNS_INL_H_
#else
#define LAMPAS_OPS_NORM_COLUMNS_INL_H_
#endif

#include "ops/norm-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {

inline constexpr int64_t kNormRows = 32, kNormStrip = 64;

/// Adds `count` <= kNormRows rows of n <= kNormStrip columns to the moments of `before` others.
template <class T>
HWY_NOINLINE void strip_moments(const T* p, int64_t before, int64_t count, int64_t step, int64_t n, double* mean,
                                double* m2) {
  using C = ComputeType<T>;
  const hn::ScalableTag<C> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  HWY_ALIGN C rough[kNormStrip];
  HWY_ALIGN C left[kNormStrip];
  HWY_ALIGN C square[kNormStrip];
  const auto inverse = hn::Set(d, C(1) / static_cast<C>(count));
  for (int64_t c = 0; c < n; c += lanes) {
    const int64_t rest = n - c;
    auto s = hn::Zero(d), t = s;
    int64_t r = 0;
    for (; r + 2 <= count; r += 2) {
      const T* at = p + r * step + c;
      __builtin_prefetch(at + kNormStrip);  // the strip that comes next
      __builtin_prefetch(at + step + kNormStrip);
      s = hn::Add(s, load_some(d, at, rest));
      t = hn::Add(t, load_some(d, at + step, rest));
    }
    if (r < count) s = hn::Add(s, load_some(d, p + r * step + c, rest));
    const auto m = hn::Mul(hn::Add(s, t), inverse);
    auto q = hn::Zero(d), l = q;
    for (r = 0; r < count; ++r) {
      const auto v = hn::Sub(load_some(d, p + r * step + c, rest), m);
      q = hn::MulAdd(v, v, q);
      l = hn::Add(l, v);
    }
    hn::StoreU(m, d, rough + c);
    hn::StoreU(l, d, left + c);
    hn::StoreU(q, d, square + c);
  }
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
template <class T>
void column_moments(const T* p, int64_t rows, int64_t n, double* mean, double* m2, int64_t before = 0) {
  if (before == 0) {
    std::fill_n(mean, n, 0.0);
    std::fill_n(m2, n, 0.0);
  }
  for (int64_t begin = 0; begin < rows; begin += kNormRows)
    for (int64_t c = 0; c < n; c += kNormStrip)
      strip_moments(p + begin * n + c, before + begin, std::min(kNormRows, rows - begin), n,
                    std::min(kNormStrip, n - c), mean + c, m2 + c);
}
/// AffineLine of columns side by side; a null shift is 0.
template <class C>
struct ColumnLine {
  const C *mean, *scale, *shift;
  C least;
  ColumnLine operator+(int64_t c) const { return {mean + c, scale + c, shift ? shift + c : shift, least}; }
  /// Of a vector of columns that `load` reads.
  template <class D, class Load>
  HWY_INLINE AffineLine<hn::Vec<D>> in(D d, const Load& load) const {
    return {load(mean), load(scale), shift ? load(shift) : hn::Zero(d), hn::Set(d, least)};
  }
};

/// Adds sum(g) and sum(g (x - mean)) of `count` <= kNormRows rows of n <= kNormStrip columns, g as it comes back
/// through the clamp.
template <bool kClamp, class T, class C = ComputeType<T>>
HWY_NOINLINE void strip_sums(const T* g, const T* x, int64_t count, int64_t step, int64_t n, const ColumnLine<C>& of,
                             double* sum_g, double* sum_gx) {
  const hn::ScalableTag<C> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  HWY_ALIGN C a[kNormStrip];
  HWY_ALIGN C b[kNormStrip];
  for (int64_t c = 0; c < n; c += lanes) {
    const int64_t rest = n - c;
    const auto line = of.in(d, [&](const C* q) HWY_ATTR { return load_some(d, q + c, rest); });
    auto s = hn::Zero(d), t = s;
    for (int64_t r = 0; r < count; ++r) {
      const int64_t at = r * step + c;
      __builtin_prefetch(g + at + kNormStrip);
      __builtin_prefetch(x + at + kNormStrip);
      const auto centred = hn::Sub(load_some(d, x + at, rest), line.mean);
      const auto gi = line.template gradient<kClamp>(d, load_some(d, g + at, rest), centred);
      s = hn::Add(s, gi);
      t = hn::MulAdd(gi, centred, t);
    }
    hn::StoreU(s, d, a + c);
    hn::StoreU(t, d, b + c);
  }
  for (int64_t c = 0; c < n; ++c) {
    sum_g[c] += static_cast<double>(a[c]);
    sum_gx[c] += static_cast<double>(b[c]);
  }
}
/// Adds sum(g) and sum(g (x - mean)) of n columns over `rows` contiguous rows, in the same order.
template <class T, class C = ComputeType<T>>
void column_gradient_sums(bool relu, const T* g, const T* x, int64_t rows, int64_t n, const ColumnLine<C>& line,
                          double* sum_g, double* sum_gx) {
  const auto add = relu || kAlwaysClamps<T> ? strip_sums<true, T, C> : strip_sums<kAlwaysClamps<T>, T, C>;
  for (int64_t begin = 0; begin < rows; begin += kNormRows)
    for (int64_t c = 0; c < n; c += kNormStrip)
      add(g + begin * n + c, x + begin * n + c, std::min(kNormRows, rows - begin), n, std::min(kNormStrip, n - c),
          line + c, sum_g + c, sum_gx + c);
}

}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#endif  // LAMPAS_OPS_NORM_COLUMNS_INL_H_
