// What eigenvalue and singular value decompositions do with rows: products of rows and a vector, reflections,
// rotations. Sums in T in several parts (those of `reflect` in float64); NaN and infinity propagate.
#include "backend/cpu/gemm_tile.h"
#include "backend/cpu/hwy_config.h"
#include "backend/cpu/kernel_set.h"
#include "ops/linalg_vectors.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/linalg_vectors_cpu.cpp"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include <algorithm>
#include <cmath>

#include "ops/linalg_vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

/// Rows taken together. One lane at a time it would be code for nothing.
constexpr bool kVectors = HWY_TARGET != HWY_SCALAR;
constexpr int kSideBySide = kVectors ? 4 : 1, kCombined = kVectors ? 8 : 1;

template <class D>
HWY_INLINE int64_t lanes(D d) {
  return static_cast<int64_t>(hn::Lanes(d));
}

template <class T>
T reflect(T* x, int64_t n) {
  const hn::ScalableTag<double> d;
  const int64_t step = lanes(d);
  const auto squares = [&](double by) HWY_ATTR {
    auto sum = hn::Zero(d);
    for (int64_t i = 1; i < n; i += step) {
      const auto v = hn::Mul(load_some(d, x + i, n - i), hn::Set(d, by));
      sum = hn::MulAdd(v, v, sum);
    }
    return hn::GetLane(hn::SumOfLanes(d, sum));
  };
  double first = static_cast<double>(x[0]), sum = squares(1), by = 1;
  constexpr double kTiny = 1e-280, kHuge = 1e280, kScale = 0x1p600;
  if (!(sum > kTiny && sum + first * first < kHuge)) {  // squares may have left the range of float64
    by = sum > 1 || std::abs(first) > 1 ? 1 / kScale : kScale;
    if (sum <= kTiny && std::abs(first) > 1e-120) by = 1;  // next to it, the rest is nothing
    first *= by;
    sum = squares(by);
    if (sum == 0) return 0;
  }
  const double beta = -std::copysign(std::sqrt(first * first + sum), first);
  const auto f = hn::Set(d, 1 / (first - beta));
  for (int64_t i = 1; i < n; i += step)
    store_some(d, hn::Mul(hn::Mul(load_some(d, x + i, n - i), hn::Set(d, by)), f), x + i, n - i);
  x[0] = static_cast<T>(beta / by);
  return static_cast<T>((beta - first) / beta);
}

template <class T>
void apply(const T* v, T tau, int64_t n, T* c, int64_t columns, int64_t ld) {
  if (tau == 0) return;
  for (int64_t k = 0; k < columns; ++k, c += ld) {
    const T w = tau * (c[0] + dot(v + 1, c + 1, n - 1));
    c[0] -= w;
    subtract_scaled(v + 1, w, n - 1, c + 1);
  }
}

template <int R, class T>
HWY_INLINE void some_dots(const T* rows, int64_t ld, const T* x, int64_t n, T* out) {
  const hn::ScalableTag<T> d;
  hn::Vec<decltype(d)> sum[R];
  LAMPAS_UNROLL for (int r = 0; r < R; ++r) sum[r] = hn::Zero(d);
  int64_t i = 0;
  for (; i + lanes(d) <= n; i += lanes(d)) {
    const auto v = hn::LoadU(d, x + i);
    LAMPAS_UNROLL for (int r = 0; r < R; ++r) sum[r] = hn::MulAdd(hn::LoadU(d, rows + r * ld + i), v, sum[r]);
  }
  if (i < n) {
    const auto mask = hn::FirstN(d, static_cast<size_t>(n - i));
    const auto v = hn::MaskedLoad(mask, d, x + i);
    LAMPAS_UNROLL for (int r = 0; r < R; ++r) sum[r] =
        hn::MulAdd(hn::MaskedLoad(mask, d, rows + r * ld + i), v, sum[r]);
  }
  LAMPAS_UNROLL for (int r = 0; r < R; ++r) out[r] = hn::GetLane(hn::SumOfLanes(d, sum[r]));
}
template <class T>
void dots(const T* rows, int64_t ld, int64_t count, const T* x, int64_t n, T* out) {
  int64_t k = 0;
  for (; k + kSideBySide <= count; k += kSideBySide) some_dots<kSideBySide>(rows + k * ld, ld, x, n, out + k);
  for (; kVectors && k < count; ++k) some_dots<1>(rows + k * ld, ld, x, n, out + k);
}

template <int R, class T>
HWY_INLINE void some_combined(const T* rows, int64_t ld, const T* f, int64_t n, T* y) {
  const hn::ScalableTag<T> d;
  hn::Vec<decltype(d)> by[R];
  LAMPAS_UNROLL for (int r = 0; r < R; ++r) by[r] = hn::Set(d, f[r]);
  int64_t i = 0;
  for (; i + lanes(d) <= n; i += lanes(d)) {
    auto sum = hn::LoadU(d, y + i);
    LAMPAS_UNROLL for (int r = 0; r < R; ++r) sum = hn::MulAdd(hn::LoadU(d, rows + r * ld + i), by[r], sum);
    hn::StoreU(sum, d, y + i);
  }
  if (i < n) {
    const auto mask = hn::FirstN(d, static_cast<size_t>(n - i));
    auto sum = hn::MaskedLoad(mask, d, y + i);
    LAMPAS_UNROLL for (int r = 0; r < R; ++r) sum = hn::MulAdd(hn::MaskedLoad(mask, d, rows + r * ld + i), by[r], sum);
    hn::BlendedStore(sum, mask, d, y + i);
  }
}
template <class T>
void combine(const T* rows, int64_t ld, int64_t count, const T* f, int64_t n, T* y) {
  int64_t k = 0;
  for (; k + kCombined <= count; k += kCombined) some_combined<kCombined>(rows + k * ld, ld, f + k, n, y);
  if constexpr (kVectors)
    for (; k + 2 <= count; k += 2) some_combined<2>(rows + k * ld, ld, f + k, n, y);
  for (; kVectors && k < count; ++k) some_combined<1>(rows + k * ld, ld, f + k, n, y);
}

/// A few rows at a time, each read once, for its product with x and for its part in the rows below.
template <class T>
void symmetric(const T* a, int64_t ld, int64_t n, const T* x, T* y) {
  constexpr int R = kSideBySide;
  const hn::ScalableTag<T> d;
  std::fill_n(y, n, T(0));
  int64_t i = 0;
  for (; i + R <= n; i += R) {
    const T* rows = a + i * ld;
    hn::Vec<decltype(d)> sum[R], by[R];
    LAMPAS_UNROLL for (int r = 0; r < R; ++r) sum[r] = hn::Zero(d), by[r] = hn::Set(d, x[i + r]);
    int64_t j = i + R;
    for (; j + lanes(d) <= n; j += lanes(d)) {
      const auto v = hn::LoadU(d, x + j);
      auto below = hn::LoadU(d, y + j);
      LAMPAS_UNROLL for (int r = 0; r < R; ++r) {
        const auto e = hn::LoadU(d, rows + r * ld + j);
        sum[r] = hn::MulAdd(e, v, sum[r]);
        below = hn::MulAdd(e, by[r], below);
      }
      hn::StoreU(below, d, y + j);
    }
    if (j < n) {
      const auto mask = hn::FirstN(d, static_cast<size_t>(n - j));
      const auto v = hn::MaskedLoad(mask, d, x + j);
      auto below = hn::MaskedLoad(mask, d, y + j);
      LAMPAS_UNROLL for (int r = 0; r < R; ++r) {
        const auto e = hn::MaskedLoad(mask, d, rows + r * ld + j);
        sum[r] = hn::MulAdd(e, v, sum[r]);
        below = hn::MulAdd(e, by[r], below);
      }
      hn::BlendedStore(below, mask, d, y + j);
    }
    for (int r = 0; r < R; ++r) {
      const T* row = rows + r * ld + i;
      y[i + r] += row[r] * x[i + r] + hn::GetLane(hn::SumOfLanes(d, sum[r]));
      for (int s = r + 1; s < R; ++s) y[i + r] += row[s] * x[i + s], y[i + s] += row[s] * x[i + r];
    }
  }
  for (; i < n; ++i) {
    const T* row = a + i * ld;
    y[i] += row[i] * x[i];
    for (int64_t j = i + 1; j < n; ++j) y[i] += row[j] * x[j], y[j] += row[j] * x[i];
  }
}

template <class T>
void rotate(T* x, int64_t step, int64_t count, const T* c, const T* s, int64_t n) {
  const hn::ScalableTag<T> d;
  for (int64_t i = 0; i < n; i += lanes(d)) {
    T* row = x + i;
    auto u = load_some(d, row, n - i);
    for (int64_t k = 0; k < count; ++k, row += step) {
      const auto v = load_some(d, row + step, n - i), cosine = hn::Set(d, c[k]), sine = hn::Set(d, s[k]);
      store_some(d, hn::MulAdd(cosine, u, hn::Mul(sine, v)), row, n - i);
      u = hn::NegMulAdd(sine, u, hn::Mul(cosine, v));
    }
    store_some(d, u, row, n - i);
  }
}

void fill() {
  cpu::vector_kernels<float> = {reflect, apply, dots, combine, symmetric, rotate};
  cpu::vector_kernels<double> = {reflect, apply, dots, combine, symmetric, rotate};
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill);
#endif
