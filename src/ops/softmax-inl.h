// Per-target header: maxima and sums of exponentials of rows, shared by softmax, logsumexp and cross entropy.
#if defined(LAMPAS_OPS_SOFTMAX_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAMPAS_OPS_SOFTMAX_INL_H_
#undef LAMPAS_OPS_SOFTMAX_INL_H_
#else
#define LAMPAS_OPS_SOFTMAX_INL_H_
#endif

#include "backend/cpu/vec_exp-inl.h"
#include "backend/cpu/vec_io-inl.h"
#include "backend/cpu/vec_sum-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {

/// Largest of n contiguous elements. With a NaN among them, any value.
template <class D, class T>
HWY_NOINLINE hn::TFromD<D> row_max(D d, const T* x, int64_t n) {
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

/// Sum of exp(x - max) over n contiguous elements, of which max is the largest; NaN if one of them is. Accumulated in
/// float64. With kStore the exponentials are stored to y, which may be x.
template <bool kStore, class D, class T>
HWY_NOINLINE double row_sum_exp(D d, const T* x, int64_t n, hn::TFromD<D> max, hn::TFromD<D>* y) {
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto m = hn::Set(d, max);
  auto lower = hn::Zero(WideTag()), upper = lower;
  for (; n >= 4 * lanes; n -= 4 * lanes, x += 4 * lanes) {
    const auto a = exp_of_non_positive(d, hn::Sub(load_as(d, x), m));
    const auto b = exp_of_non_positive(d, hn::Sub(load_as(d, x + lanes), m));
    const auto c = exp_of_non_positive(d, hn::Sub(load_as(d, x + 2 * lanes), m));
    const auto e = exp_of_non_positive(d, hn::Sub(load_as(d, x + 3 * lanes), m));
    if (kStore) {
      hn::StoreU(a, d, y);
      hn::StoreU(b, d, y + lanes);
      hn::StoreU(c, d, y + 2 * lanes);
      hn::StoreU(e, d, y + 3 * lanes);
      y += 4 * lanes;
    }
    add_to_total(d, lower, upper, hn::Add(hn::Add(a, b), hn::Add(c, e)));
  }
  auto v = hn::Zero(d);
  for (; n >= lanes; n -= lanes, x += lanes) {
    const auto a = exp_of_non_positive(d, hn::Sub(load_as(d, x), m));
    if (kStore) {
      hn::StoreU(a, d, y);
      y += lanes;
    }
    v = hn::Add(v, a);
  }
  if (n) {
    const size_t rest = static_cast<size_t>(n);
    const auto a = exp_of_non_positive(d, hn::Sub(load_tail_or(d, x, rest, hn::Neg(infinity(d))), m));
    if (kStore) store_tail(d, a, y, rest);
    v = hn::Add(v, a);
  }
  add_to_total(d, lower, upper, v);
  return total_of(d, lower, upper);
}

/// Columns handled together when the dimension is not the innermost.
inline constexpr int64_t kSoftmaxColumns = 128;

/// max[c] = the largest of `rows` elements x[c + r * step], for n <= kSoftmaxColumns columns. `max` is written in whole
/// vectors.
template <class D, class T>
HWY_NOINLINE void column_max(D d, const T* x, int64_t rows, int64_t step, int64_t n, hn::TFromD<D>* max) {
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t c = 0; c < n; c += lanes) hn::StoreU(hn::Neg(infinity(d)), d, max + c);
  int64_t r = 0;
  for (; r + 4 <= rows; r += 4, x += 4 * step)
    for (int64_t c = 0; c < n; c += lanes) {
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
HWY_NOINLINE void column_sum_exp(D d, const T* x, int64_t rows, int64_t step, int64_t n, const hn::TFromD<D>* max,
                                 double* sum, double* error, hn::TFromD<D>* y) {
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t c = 0; c < (n + lanes - 1) / lanes * lanes; ++c) sum[c] = error[c] = 0;
  int64_t r = 0;
  for (; r + 2 <= rows; r += 2, x += 2 * step, y += kStore ? 2 * step : 0)
    for (int64_t c = 0; c < n; c += lanes) {
      const auto m = hn::LoadU(d, max + c);
      const auto a = exp_of_non_positive(d, hn::Sub(load_some(d, x + c, n - c), m));
      const auto b = exp_of_non_positive(d, hn::Sub(load_some(d, x + c + step, n - c), m));
      if (kStore) {
        store_some(d, a, y + c, n - c);
        store_some(d, b, y + c + step, n - c);
      }
      add_to_columns(d, sum + c, error + c, hn::Add(a, b));
    }
  if (r < rows)
    for (int64_t c = 0; c < n; c += lanes) {
      const auto a = exp_of_non_positive(d, hn::Sub(load_some(d, x + c, n - c), hn::LoadU(d, max + c)));
      if (kStore) store_some(d, a, y + c, n - c);
      add_to_columns(d, sum + c, error + c, a);
    }
  if constexpr (!is_f32<D>)
    for (int64_t c = 0; c < n; ++c)
      if (std::isfinite(sum[c])) sum[c] += error[c];
}

}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#endif  // LAMPAS_OPS_SOFTMAX_INL_H_
