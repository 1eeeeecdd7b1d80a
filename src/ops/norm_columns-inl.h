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

/// Takes `rows` rows that start at p and are `step` apart into mean and M2 (float64) of n <= kNormStrip columns, which
/// hold `before` rows already.
template <class T>
HWY_NOINLINE void strip_moments(const T* p, int64_t rows, int64_t step, int64_t n, double* mean, double* m2,
                                int64_t before = 0) {
  using C = ComputeType<T>;
  const hn::ScalableTag<C> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  HWY_ALIGN C rough[kNormStrip];
  HWY_ALIGN C left[kNormStrip];
  HWY_ALIGN C square[kNormStrip];
  for (int64_t begin = 0; begin < rows; begin += kNormRows, p += kNormRows * step) {
    const int64_t count = std::min(kNormRows, rows - begin);
    const auto inverse = hn::Set(d, C(1) / static_cast<C>(count));
    for (int64_t c = 0; c < n; c += lanes) {
      const int64_t rest = n - c;
      auto s = hn::Zero(d), t = s;
      int64_t r = 0;
      for (; r + 2 <= count; r += 2) {
        s = hn::Add(s, load_some(d, p + r * step + c, rest));
        t = hn::Add(t, load_some(d, p + (r + 1) * step + c, rest));
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
    const double nb = static_cast<double>(count), na = static_cast<double>(before + begin), share = nb / (na + nb);
    for (int64_t c = 0; c < n; ++c) {
      const double l = static_cast<double>(left[c]), off = l / nb;
      const double mb = static_cast<double>(rough[c]) + off, qb = static_cast<double>(square[c]) - l * off;
      const double delta = mb - mean[c];
      mean[c] = na > 0 ? mean[c] + delta * share : mb;
      m2[c] = na > 0 ? m2[c] + qb + delta * delta * na * share : qb;
    }
  }
}

/// Adds sum(g) and sum(g (x - mean)) of n <= kNormStrip columns to the totals.
template <class T, class C = ComputeType<T>>
HWY_NOINLINE void strip_sums(const T* g, const T* x, int64_t rows, int64_t step, int64_t n, const C* mean,
                             double* sum_g, double* sum_gx) {
  const hn::ScalableTag<C> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  HWY_ALIGN C a[kNormStrip];
  HWY_ALIGN C b[kNormStrip];
  for (int64_t begin = 0; begin < rows; begin += kNormRows, g += kNormRows * step, x += kNormRows * step) {
    const int64_t count = std::min(kNormRows, rows - begin);
    for (int64_t c = 0; c < n; c += lanes) {
      const int64_t rest = n - c;
      const auto m = load_some(d, mean + c, rest);
      auto s = hn::Zero(d), t = s;
      for (int64_t r = 0; r < count; ++r) {
        const auto gi = load_some(d, g + r * step + c, rest);
        s = hn::Add(s, gi);
        t = hn::MulAdd(gi, hn::Sub(load_some(d, x + r * step + c, rest), m), t);
      }
      hn::StoreU(s, d, a + c);
      hn::StoreU(t, d, b + c);
    }
    for (int64_t c = 0; c < n; ++c) {
      sum_g[c] += static_cast<double>(a[c]);
      sum_gx[c] += static_cast<double>(b[c]);
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#endif  // LAMPAS_OPS_NORM_COLUMNS_INL_H_
