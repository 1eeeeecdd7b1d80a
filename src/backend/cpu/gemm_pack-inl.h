// Per-target include guard, as Highway asks for headers with vector code.
#if defined(LAMPAS_BACKEND_CPU_GEMM_PACK_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef LAMPAS_BACKEND_CPU_GEMM_PACK_INL_H
#undef LAMPAS_BACKEND_CPU_GEMM_PACK_INL_H
#else
#define LAMPAS_BACKEND_CPU_GEMM_PACK_INL_H
#endif

#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cstdint>

#include "backend/cpu/unroll.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

/// Values a packing function may write past the end of its block.
inline constexpr int64_t kPackSlack = 16;

#if HWY_TARGET != HWY_SCALAR
/// Writes the 128-bit blocks of N vectors, first all first blocks, `step` apart, then all second ones.
template <int N, class D, class V, class T = hwy::HWY_NAMESPACE::TFromD<D>>
HWY_INLINE void store_blocks(D d, const V (&v)[N], T* to, int64_t step) {
  namespace hn = hwy::HWY_NAMESPACE;
  if constexpr (hn::MaxLanes(D()) * sizeof(T) == 16) {
    for (int i = 0; i < N; ++i) hn::StoreU(v[i], d, to + i * step);
  } else {
    const hn::Half<D> half;
    for (int i = 0; i < N; ++i) hn::StoreU(hn::LowerHalf(half, v[i]), half, to + i * step);
    for (int i = 0; i < N; ++i) hn::StoreU(hn::UpperHalf(half, v[i]), half, to + (N + i) * step);
  }
}

/// to[c * step + r] = p[r][c] for 4 rows of float or 2 of double, and one vector of columns. Stores in the order of c.
template <class D>
HWY_INLINE void transpose_rows(D d, const float* const* p, float* to, int64_t step) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::Repartition<double, D> dd;
  const auto r0 = hn::LoadU(d, p[0]), r1 = hn::LoadU(d, p[1]), r2 = hn::LoadU(d, p[2]), r3 = hn::LoadU(d, p[3]);
  const auto a = hn::BitCast(dd, hn::InterleaveLower(d, r0, r1)), b = hn::BitCast(dd, hn::InterleaveUpper(d, r0, r1)),
             e = hn::BitCast(dd, hn::InterleaveLower(d, r2, r3)), f = hn::BitCast(dd, hn::InterleaveUpper(d, r2, r3));
  const hn::Vec<D> v[] = {hn::BitCast(d, hn::InterleaveLower(dd, a, e)), hn::BitCast(d, hn::InterleaveUpper(dd, a, e)),
                          hn::BitCast(d, hn::InterleaveLower(dd, b, f)), hn::BitCast(d, hn::InterleaveUpper(dd, b, f))};
  store_blocks(d, v, to, step);
}
template <class D>
HWY_INLINE void transpose_rows(D d, const double* const* p, double* to, int64_t step) {
  namespace hn = hwy::HWY_NAMESPACE;
  const auto r0 = hn::LoadU(d, p[0]), r1 = hn::LoadU(d, p[1]);
  const hn::Vec<D> v[] = {hn::InterleaveLower(d, r0, r1), hn::InterleaveUpper(d, r0, r1)};
  store_blocks(d, v, to, step);
}
#endif

#if HWY_TARGET == HWY_AVX3
/// The 4 x 4 blocks of 128 bits of 4 vectors, transposed.
template <class D, class V = hwy::HWY_NAMESPACE::Vec<D>>
HWY_INLINE void transpose_blocks(D d, V& v0, V& v1, V& v2, V& v3) {
  namespace hn = hwy::HWY_NAMESPACE;
  const auto pairs = [](V a, V b, V& even, V& odd) HWY_ATTR {
    even = hn::OddEvenBlocks(hn::SwapAdjacentBlocks(b), a);
    odd = hn::OddEvenBlocks(b, hn::SwapAdjacentBlocks(a));
  };
  const V a = hn::ConcatLowerLower(d, v2, v0), b = hn::ConcatLowerLower(d, v3, v1), e = hn::ConcatUpperUpper(d, v2, v0),
          f = hn::ConcatUpperUpper(d, v3, v1);
  pairs(a, b, v0, v1);
  pairs(e, f, v2, v3);
}
/// to[c * step + r] = p[r][c] for as many rows and columns as a vector has lanes.
HWY_INLINE void transpose_square(const float* const* p, float* to, int64_t step) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::ScalableTag<float> d;
  const hn::ScalableTag<double> dd;
  hn::Vec<decltype(d)> v[16];
  LAMPAS_UNROLL for (int r = 0; r < 16; r += 4) {
    const auto r0 = hn::LoadU(d, p[r]), r1 = hn::LoadU(d, p[r + 1]), r2 = hn::LoadU(d, p[r + 2]),
               r3 = hn::LoadU(d, p[r + 3]);
    const auto a = hn::BitCast(dd, hn::InterleaveLower(d, r0, r1)), b = hn::BitCast(dd, hn::InterleaveUpper(d, r0, r1)),
               e = hn::BitCast(dd, hn::InterleaveLower(d, r2, r3)), f = hn::BitCast(dd, hn::InterleaveUpper(d, r2, r3));
    v[r] = hn::BitCast(d, hn::InterleaveLower(dd, a, e)), v[r + 1] = hn::BitCast(d, hn::InterleaveUpper(dd, a, e));
    v[r + 2] = hn::BitCast(d, hn::InterleaveLower(dd, b, f)), v[r + 3] = hn::BitCast(d, hn::InterleaveUpper(dd, b, f));
  }
  LAMPAS_UNROLL for (int c = 0; c < 4; ++c) {
    transpose_blocks(d, v[c], v[4 + c], v[8 + c], v[12 + c]);
    LAMPAS_UNROLL for (int q = 0; q < 4; ++q) hn::StoreU(v[4 * q + c], d, to + (4 * q + c) * step);
  }
}
HWY_INLINE void transpose_square(const double* const* p, double* to, int64_t step) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::ScalableTag<double> d;
  hn::Vec<decltype(d)> v[8];
  LAMPAS_UNROLL for (int r = 0; r < 8; r += 2) {
    const auto r0 = hn::LoadU(d, p[r]), r1 = hn::LoadU(d, p[r + 1]);
    v[r] = hn::InterleaveLower(d, r0, r1), v[r + 1] = hn::InterleaveUpper(d, r0, r1);
  }
  LAMPAS_UNROLL for (int c = 0; c < 2; ++c) {
    transpose_blocks(d, v[c], v[2 + c], v[4 + c], v[6 + c]);
    LAMPAS_UNROLL for (int q = 0; q < 4; ++q) hn::StoreU(v[2 * q + c], d, to + (2 * q + c) * step);
  }
}
#endif

/// to[c * step + r] = from[r * ld + c] for `rows` rows (at most `step`) and `columns` columns. May write up to
/// kPackSlack values past the last one; every value between rows and step that it writes is a copy of the last row's.
template <class T>
void pack_transposed(const T* from, int64_t ld, int64_t rows, int64_t columns, T* to, int64_t step) {
  int64_t c = 0;
#if HWY_TARGET == HWY_AVX3
  constexpr int64_t kSide = 64 / sizeof(T);
  if (step % kSide == 0)
    for (; c + kSide <= columns; c += kSide)
      for (int64_t r = 0; r < rows; r += kSide) {
        const T* p[kSide];
        LAMPAS_UNROLL for (int64_t i = 0; i < kSide; ++i) {
          p[i] = from + std::min(r + i, rows - 1) * ld + c;
          hwy::Prefetch(p[i] + 2 * kSide);  // a line at a time of many rows is no stream that the processor sees
        }
        transpose_square(p, to + c * step + r, step);
      }
#endif
#if HWY_TARGET != HWY_SCALAR
  constexpr int64_t kRows = 16 / sizeof(T);
  const hwy::HWY_NAMESPACE::CappedTag<T, 32 / sizeof(T)> d;
  const int64_t n = static_cast<int64_t>(hwy::HWY_NAMESPACE::Lanes(d));
  // Whole cache lines at a time, since rows a power of two apart push one another out of the cache. Rows from last to
  // first: where a block runs past the end of its column, the next column's first block repairs it.
  const auto columns_at = [&](int64_t r, int64_t begin, int64_t end) HWY_ATTR {
    const T* p[kRows];
    for (int64_t i = 0; i < kRows; ++i) {
      p[i] = from + std::min(r + i, rows - 1) * ld + begin;
      hwy::Prefetch(p[i] + 128 / sizeof(T));
    }
    T* q = to + begin * step + r;
    for (int64_t e = begin; e < end; e += n, q += n * step) {
      transpose_rows(d, p, q, step);
      for (int64_t i = 0; i < kRows; ++i) p[i] += n;
    }
  };
  for (const int64_t width : {int64_t{64 / sizeof(T)}, n})
    for (; c + width <= columns; c += width)
      for (int64_t r = (rows - 1) / kRows * kRows; r >= 0; r -= kRows) columns_at(r, c, c + width);
#endif
  for (; c < columns; ++c)
    for (int64_t r = 0; r < rows; ++r) to[c * step + r] = from[r * ld + c];
}

/// to[r * step + c] = from[r * ld + c]; columns up to `step` become zero. May write up to kPackSlack values past the
/// last row.
template <class T>
void pack_rows(const T* from, int64_t ld, int64_t rows, int64_t columns, T* to, int64_t step) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::ScalableTag<T> d;
  const int64_t n = static_cast<int64_t>(hn::Lanes(d)), whole = columns / n * n;
  const auto mask = hn::FirstN(d, static_cast<size_t>(columns - whole));
  for (int64_t r = 0; r < rows; ++r, from += ld, to += step) {
    for (int64_t c = 0; c < whole; c += n) hn::StoreU(hn::LoadU(d, from + c), d, to + c);
    // What this writes past the end of its row, the next row repairs.
    if (whole < step) hn::StoreU(hn::MaskedLoad(mask, d, from + whole), d, to + whole);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#endif
