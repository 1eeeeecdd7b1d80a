// Per-target header: maxima and sums of exponentials of rows, shared by softmax, logsumexp and cross entropy.
#if defined(LAMPAS_OPS_SOFTMAX_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAMPAS_OPS_SOFTMAX_INL_H_
#undef LAMPAS_OPS_SOFTMAX_INL_H_
#else
#define LAMPAS_OPS_SOFTMAX_INL_H_
#endif

#include <algorithm>
#include <limits>

#include "backend/cpu/shared_kernel.h"
#include "backend/cpu/vec_exp-inl.h"
#include "backend/cpu/vec_io-inl.h"
#include "backend/cpu/vec_log-inl.h"
#include "backend/cpu/vec_sum-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {

/// float: 2^t for t <= 115 or NaN, as the term of a sum whose largest is about 1: at most 2 ULP, where it is less than
/// 2^-126 something as small.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V exp2_in_sum(D d, V t) {
  if constexpr (exp_by_table<D>) {
    V x[1] = {t}, sum[1] = {hn::Zero(d)};
    add_powers_of_two(d, x, sum);
    return sum[0];
  } else {
    // 2^t = 2^n 2^r. Units that multiply have the most to do, so that n is found by additions.
    t = at_least(d, t, -126.0);
    const V n_plus_rounder = hn::Add(t, constant(d, kRounder<D>));
    const V r = hn::Sub(t, hn::Sub(n_plus_rounder, constant(d, kRounder<D>)));
    const V p = horner(d, r, 1.0, 0.693147214968058, 0.24022653782884027, 0.05550310550967368, 0.009617692973761034,
                       0.0013406643913836476, 0.00015594677883790187);
    return hn::Mul(p, power_of_two(d, n_plus_rounder));  // NaN too, which the power may not be
  }
}
/// sum[k] += 2^t[k].
template <size_t kCount, class D, class V>
HWY_INLINE void add_exp2s(D d, const V (&t)[kCount], V (&sum)[kCount]) {
  if constexpr (exp_by_table<D>) {
    add_powers_of_two(d, t, sum);
  } else {
    LAMPAS_UNROLL
    for (size_t k = 0; k < kCount; ++k) sum[k] = hn::Add(sum[k], exp2_in_sum(d, t[k]));
  }
}
inline constexpr double kLog2E = 1.44269504088896341;
/// e^x for x <= 0 or NaN (in fact for x <= 80), as the term of such a sum. float: at most 2 + |x| ULP, where what |x|
/// costs matters as little as the term. That leaves out a quarter of the work of exp_of_non_positive.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V exp_in_sum(D d, V x) {
  if constexpr (is_f32<D>)
    return exp2_in_sum(d, hn::Mul(x, constant(d, kLog2E)));
  else
    return exp_of_non_positive(d, x);
}
/// The sum of four.
template <class D, class V>
HWY_INLINE V sum_of_exps(D d, V a, V b, V c, V e) {
  if constexpr (exp_by_table<D>) {
    const V f = constant(d, kLog2E), zero = hn::Zero(d);
    V t[4] = {hn::Mul(a, f), hn::Mul(b, f), hn::Mul(c, f), hn::Mul(e, f)}, sum[4] = {zero, zero, zero, zero};
    add_powers_of_two(d, t, sum);
    return hn::Add(hn::Add(sum[0], sum[1]), hn::Add(sum[2], sum[3]));
  } else {
    return hn::Add(hn::Add(exp_in_sum(d, a), exp_in_sum(d, b)), hn::Add(exp_in_sum(d, c), exp_in_sum(d, e)));
  }
}

/// Largest of n contiguous elements. With a NaN among them, any value.
template <class D, class T>
LAMPAS_SHARED_KERNEL hn::TFromD<D> row_max(D d, const T* x, int64_t n) {
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  auto a = hn::Neg(infinity(d)), b = a, c = a, e = a;
  for (; n >= 4 * lanes; n -= 4 * lanes, x += 4 * lanes) {
    a = hn::Max(a, load_as(d, x));
    b = hn::Max(b, load_as(d, x + lanes));
    c = hn::Max(c, load_as(d, x + 2 * lanes));
    e = hn::Max(e, load_as(d, x + 3 * lanes));
  }
  for (; n >= lanes; n -= lanes, x += lanes) a = hn::Max(a, load_as(d, x));
  if (n) b = hn::Max(b, load_tail_or(d, x, static_cast<size_t>(n), hn::Neg(infinity(d))));
  return hn::GetLane(hn::MaxOfLanes(d, hn::Max(hn::Max(a, b), hn::Max(c, e))));
}

/// Sum of exp(x - base) over n contiguous elements, none of which is more than 80 larger; NaN if one of them is.
/// Accumulated in float64. With kStore the exponentials are stored to y, which may be x. With kMax `max` becomes
/// the largest element (with a NaN among them, any value): looking for it on the way costs less than a pass of its own.
template <bool kStore, bool kMax, class D, class T>
LAMPAS_SHARED_KERNEL double row_sum_exp(D d, const T* x, int64_t n, hn::TFromD<D> base, hn::TFromD<D>* y,
                                        hn::TFromD<D>* max) {
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto m = hn::Set(d, base);
  const auto term = [d, m](auto v) HWY_ATTR {
    if constexpr (kStore) return exp_of_non_positive(d, hn::Sub(v, m));
    return exp_in_sum(d, hn::Sub(v, m));
  };
  auto lower = hn::Zero(WideTag()), upper = lower;
  auto top = hn::Neg(infinity(d)), second = top;
  for (; n >= 4 * lanes; n -= 4 * lanes, x += 4 * lanes) {
    const auto x0 = load_as(d, x), x1 = load_as(d, x + lanes), x2 = load_as(d, x + 2 * lanes),
               x3 = load_as(d, x + 3 * lanes);
    if (kMax) {
      top = hn::Max(top, hn::Max(x0, x1));
      second = hn::Max(second, hn::Max(x2, x3));
    }
    if constexpr (kStore) {
      const auto a = term(x0), b = term(x1), c = term(x2), e = term(x3);
      hn::StoreU(a, d, y);
      hn::StoreU(b, d, y + lanes);
      hn::StoreU(c, d, y + 2 * lanes);
      hn::StoreU(e, d, y + 3 * lanes);
      y += 4 * lanes;
      add_to_total(d, lower, upper, hn::Add(hn::Add(a, b), hn::Add(c, e)));
    } else {
      add_to_total(d, lower, upper, sum_of_exps(d, hn::Sub(x0, m), hn::Sub(x1, m), hn::Sub(x2, m), hn::Sub(x3, m)));
    }
  }
  auto v = hn::Zero(d);
  for (; n > 0; n -= lanes, x += lanes) {
    const auto x0 = n >= lanes ? load_as(d, x) : load_tail_or(d, x, static_cast<size_t>(n), hn::Neg(infinity(d)));
    const auto a = term(x0);
    if (kMax) top = hn::Max(top, x0);
    if (kStore) {
      store_some(d, a, y, n);
      y += lanes;
    }
    v = hn::Add(v, a);
  }
  add_to_total(d, lower, upper, v);
  if (kMax) *max = hn::GetLane(hn::MaxOfLanes(d, hn::Max(top, second)));
  return total_of(d, lower, upper);
}
/// The same where the largest element is known.
template <bool kStore, class D, class T>
HWY_INLINE double row_sum_exp(D d, const T* x, int64_t n, hn::TFromD<D> max, hn::TFromD<D>* y) {
  return row_sum_exp<kStore, false>(d, x, n, max, y, nullptr);
}
/// The same of a row of which nothing is known, read once; `base`, which it chooses, is at most 4 less
/// than the largest element.
template <class D, class T>
LAMPAS_SHARED_KERNEL double row_sum_exp_of_any(D d, const T* x, int64_t n, hn::TFromD<D>& base) {
  using C = hn::TFromD<D>;
  constexpr int64_t kBlock = 2048, kFirst = 64;
  constexpr C kInf = std::numeric_limits<C>::infinity();
  double sum = 0;
  base = row_max(d, x, std::min(n, kFirst));
  for (int64_t i = 0; i < n; i += kBlock) {
    const int64_t m = std::min(kBlock, n - i);
    if (!(base > -kInf)) {
      base = row_max(d, x + i, m);
      // Of -inf alone: nothing, whatever the largest turns out to be; NaN if there is one.
      sum += row_sum_exp<false>(d, x + i, m, base == -kInf ? C(0) : base, static_cast<C*>(nullptr));
      continue;
    }
    C top;
    double more = row_sum_exp<false, true>(d, x + i, m, base, static_cast<C*>(nullptr), &top);
    if (HWY_UNLIKELY(top > base + 4)) {
      sum *= std::exp(static_cast<double>(base) - static_cast<double>(top));
      more = row_sum_exp<false>(d, x + i, m, base = top, static_cast<C*>(nullptr));
    }
    sum += more;
  }
  return sum;
}

/// Columns handled together when the dimension is not the innermost: at most, and of so many rows. A strip of them is
/// read twice, so it has to stay in a cache; within that, longer runs in memory are better.
inline constexpr int64_t kSoftmaxColumns = 512;
HWY_INLINE int64_t softmax_columns(int64_t rows) {
  return rows <= 64 ? kSoftmaxColumns : rows <= 256 ? kSoftmaxColumns / 2 : kSoftmaxColumns / 4;
}

/// max[c] = the largest of `rows` elements x[c + r * step], for n <= kSoftmaxColumns columns. `max` is written in whole
/// vectors.
template <class D, class T>
LAMPAS_SHARED_KERNEL void column_max(D d, const T* x, int64_t rows, int64_t step, int64_t n, hn::TFromD<D>* max) {
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t c = 0; c < n; c += lanes) hn::StoreU(hn::Neg(infinity(d)), d, max + c);
  int64_t r = 0;
  for (; r + 4 <= rows; r += 4, x += 4 * step)
    for (int64_t c = 0; c < n; c += lanes) {
      for (int64_t k = 0; k < 4; ++k) __builtin_prefetch(x + c + k * step + n);  // what comes next
      const auto a = hn::Max(load_some(d, x + c, n - c), load_some(d, x + c + step, n - c));
      const auto b = hn::Max(load_some(d, x + c + 2 * step, n - c), load_some(d, x + c + 3 * step, n - c));
      hn::StoreU(hn::Max(hn::LoadU(d, max + c), hn::Max(a, b)), d, max + c);
    }
  for (; r < rows; ++r, x += step)
    for (int64_t c = 0; c < n; c += lanes)
      hn::StoreU(hn::Max(hn::LoadU(d, max + c), load_some(d, x + c, n - c)), d, max + c);
}

/// sum[c] = sum of exp(x[c + r * step] - max[c]); with kStore the exponentials go to y, laid out as x. `sum` and
/// `error` have room for whole vectors.
template <bool kStore, class D, class T>
LAMPAS_SHARED_KERNEL void column_sum_exp(D d, const T* x, int64_t rows, int64_t step, int64_t n,
                                         const hn::TFromD<D>* max, double* sum, double* error, hn::TFromD<D>* y) {
  // Rows that stay in the first-level cache, and rows added up in registers, in the lanes' type, before they go to
  // float64.
  constexpr int64_t kRows = 32, kDeep = is_f32<D> ? 8 : 1;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto term = [d](auto v) HWY_ATTR {
    if constexpr (kStore) return exp_of_non_positive(d, v);
    return exp_in_sum(d, v);
  };
  for (int64_t c = 0; c < (n + lanes - 1) / lanes * lanes; ++c) sum[c] = error[c] = 0;
  for (int64_t block = 0; block < rows; block += kRows, x += kRows * step, y += kStore ? kRows * step : 0) {
    const int64_t count = std::min(kRows, rows - block);
    int64_t c = 0;
    for (; c + 2 * lanes <= n; c += 2 * lanes) {
      const auto m0 = hn::LoadU(d, max + c), m1 = hn::LoadU(d, max + c + lanes);
      for (int64_t r = 0; r < count;) {
        auto v0 = hn::Zero(d), v1 = v0;
        for (const int64_t end = std::min(count, r + kDeep); r < end; ++r) {
          const auto a = term(hn::Sub(load_as(d, x + c + r * step), m0));
          const auto b = term(hn::Sub(load_as(d, x + c + lanes + r * step), m1));
          if (kStore) {
            hn::StoreU(a, d, y + c + r * step);
            hn::StoreU(b, d, y + c + lanes + r * step);
          }
          v0 = hn::Add(v0, a);
          v1 = hn::Add(v1, b);
        }
        add_to_columns(d, sum + c, error + c, v0);
        add_to_columns(d, sum + c + lanes, error + c + lanes, v1);
      }
    }
    for (; c < n; c += lanes)
      for (int64_t r = 0; r < count; ++r) {
        const auto a = term(hn::Sub(load_some(d, x + c + r * step, n - c), hn::LoadU(d, max + c)));
        if (kStore) store_some(d, a, y + c + r * step, n - c);
        add_to_columns(d, sum + c, error + c, a);
      }
  }
  if constexpr (!is_f32<D>)
    for (int64_t c = 0; c < n; ++c)
      if (std::isfinite(sum[c])) sum[c] += error[c];
}

/// sum[c] = log(sum[c]).
HWY_INLINE void column_log(double* sum, int64_t n) {
  const WideTag dd;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(dd));
  for (int64_t c = 0; c < n; c += lanes) store_some(dd, log(dd, load_some(dd, sum + c, n - c)), sum + c, n - c);
}

}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#endif  // LAMPAS_OPS_SOFTMAX_INL_H_
