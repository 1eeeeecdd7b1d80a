// Per-target header: what decompositions do with one column.
#if defined(LAMPAS_OPS_LINALG_VECTOR_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAMPAS_OPS_LINALG_VECTOR_INL_H_
#undef LAMPAS_OPS_LINALG_VECTOR_INL_H_
#else
#define LAMPAS_OPS_LINALG_VECTOR_INL_H_
#endif

#include "backend/cpu/vec_io-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

/// Fewer values than this go one by one: what partial vectors store is slow to load again.
constexpr int64_t kShort = 8;

template <class T>
HWY_INLINE T dot(const T* x, const T* y, int64_t n) {
  if (n < kShort) {
    T sum = 0;
    for (int64_t i = 0; i < n; ++i) sum += x[i] * y[i];
    return sum;
  }
  const hn::ScalableTag<T> d;
  auto sum = hn::Zero(d);
  for (int64_t i = 0; i < n; i += static_cast<int64_t>(hn::Lanes(d)))
    sum = hn::MulAdd(load_some(d, x + i, n - i), load_some(d, y + i, n - i), sum);
  return hn::GetLane(hn::SumOfLanes(d, sum));
}
/// y[i] -= f * x[i].
template <class T>
HWY_INLINE void subtract_scaled(const T* x, T f, int64_t n, T* y) {
  if (n < kShort) {
    for (int64_t i = 0; i < n; ++i) y[i] -= f * x[i];
    return;
  }
  const hn::ScalableTag<T> d;
  const auto v = hn::Set(d, f);
  for (int64_t i = 0; i < n; i += static_cast<int64_t>(hn::Lanes(d)))
    store_some(d, hn::NegMulAdd(v, load_some(d, x + i, n - i), load_some(d, y + i, n - i)), y + i, n - i);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#endif  // LAMPAS_OPS_LINALG_VECTOR_INL_H_
