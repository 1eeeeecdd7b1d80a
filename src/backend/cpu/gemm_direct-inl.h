// Per-target include guard, as Highway asks for headers with vector code.
#if defined(LAMPAS_BACKEND_CPU_GEMM_DIRECT_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef LAMPAS_BACKEND_CPU_GEMM_DIRECT_INL_H
#undef LAMPAS_BACKEND_CPU_GEMM_DIRECT_INL_H
#else
#define LAMPAS_BACKEND_CPU_GEMM_DIRECT_INL_H
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "backend/cpu/gemm_block.h"
#include "backend/cpu/gemm_tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

// --- rows of b dense: vectors run along the columns of c ---

/// Multiplies from where the operands lie. For matrices that fit the caches: nothing is copied, nothing allocated.
/// alpha == 1.
template <class T>
void run_in_place(const cpu::GemmBlock<T>& g, int64_t depth) {
  const int64_t parts = (g.m + kTileRows - 1) / kTileRows, rows = (g.m + parts - 1) / parts;
  alignas(64) static constexpr T zeros[kTileVectors * 64 / sizeof(T)] = {};
  cpu::TileArgs<T> t{};
  t.a_row = g.a_row, t.a_step = g.a_column, t.b_step = g.b_row, t.c_row = g.c_row;
  for (int64_t p = 0; p < g.k; p += depth) {
    t.k = std::min(depth, g.k - p);
    const bool add = p > 0 || g.beta != 0;
    // Rows of b far apart push one another out of the first-level cache.
    const bool cached = g.a_column == 1 && t.k * g.b_row * static_cast<int64_t>(sizeof(T)) <= 256 << 10;
    for (int64_t j = 0; j < g.n; j += t.columns) {
      t.columns = next_columns<T>(g.n - j);
      t.b = g.b + p * g.b_row + j;
      for (int64_t i = 0; i < g.m; i += rows) {
        t.a = g.a + i * g.a_row + p * g.a_column;
        t.c = g.c + i * g.c_row + j;
        t.init = p > 0 ? t.c : add ? g.old(i) + j : g.bias ? g.bias + j : zeros;
        t.init_row = p > 0 ? g.c_row : add ? g.old_row() : 0;
        const int64_t mr = std::min(rows, g.m - i);
        if (i > 0 && cached && mr == kTileRows && t.columns == tile_columns<T>()) {
          tile<T, kTileRows, kTileVectors, false, DenseRows<T, kTileRows>, CachedColumns<T, kTileVectors>>(t);
          continue;
        }
        if (i > 0 && cached && mr == kTileRows && t.columns == tile_columns<T>() / kTileVectors * 2) {
          tile<T, kTileRows, 2, false, DenseRows<T, kTileRows>, CachedColumns<T, 2>>(t);
          continue;
        }
        (g.a_column == 1 ? TileTable<T, DenseRows, StridedColumns>::at(mr, t.columns)
                         : TileTable<T, StridedRows, StridedColumns>::at(mr, t.columns))(t);
      }
    }
  }
}

/// sums[0 .. n) += kMany rows of b, from row p on, times their elements of a.
template <int kMany, class T>
HWY_INLINE void add_rows(const T* a, int64_t a_step, const T* rows, int64_t ld, int64_t columns, T* sums) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::ScalableTag<T> d;
  const int64_t n = static_cast<int64_t>(hn::Lanes(d));
  hn::Vec<decltype(d)> x[kMany];
  LAMPAS_UNROLL for (int r = 0; r < kMany; ++r) x[r] = hn::Set(d, a[r * a_step]);
  int64_t j = 0;
  for (; j + n <= columns; j += n) {
    auto sum = hn::LoadU(d, sums + j);
    LAMPAS_UNROLL for (int r = 0; r < kMany; ++r) sum = hn::MulAdd(x[r], hn::LoadU(d, rows + r * ld + j), sum);
    hn::StoreU(sum, d, sums + j);
  }
  if (j == columns) return;
  const auto mask = hn::FirstN(d, static_cast<size_t>(columns - j));
  auto sum = hn::MaskedLoad(mask, d, sums + j);
  LAMPAS_UNROLL for (int r = 0; r < kMany; ++r) sum = hn::MulAdd(x[r], hn::MaskedLoad(mask, d, rows + r * ld + j), sum);
  hn::BlendedStore(sum, mask, d, sums + j);
}
/// One row of a against a large b, four rows of which are read side by side from end to end: as fast as memory gives
/// them, which tiles, with their short pieces of many rows, are not. Sums are formed in the tiles' order, where they
/// lie in their page as b's columns do in theirs: a load a cache line behind a store to the same place in another page
/// waits for it.
template <class T>
void run_row(const cpu::GemmBlock<T>& g) {
  constexpr int64_t kPage = 4096, kItem = sizeof(T), kMost = 4 * kPage / kItem;
  alignas(kPage) char memory[5 * kPage];
  for (int64_t j = 0; j < g.n; j += kMost) {
    const int64_t columns = std::min(kMost, g.n - j);
    const T* b = g.b + j;
    T *c = g.c + j, *sums = reinterpret_cast<T*>(memory + (reinterpret_cast<uintptr_t>(b) & (kPage - kItem)));
    if (const T* from = g.beta != 0 ? g.old(0) + j : g.bias ? g.bias + j : nullptr)
      std::copy_n(from, columns, sums);
    else
      std::fill_n(sums, columns, T(0));
    int64_t p = 0;
    for (; p + 4 <= g.k; p += 4) add_rows<4>(g.a + p * g.a_column, g.a_column, b + p * g.b_row, g.b_row, columns, sums);
    for (; p < g.k; ++p) add_rows<1>(g.a + p * g.a_column, g.a_column, b + p * g.b_row, g.b_row, columns, sums);
    std::copy_n(sums, columns, c);
  }
}

// --- rows of a and columns of b dense: vectors run along k ---

// Sums computed together: kDotRows x kDotColumns.
#if HWY_TARGET == HWY_AVX3 || HWY_ARCH_ARM
inline constexpr int kDotRows = 3, kDotColumns = 8;
#else
inline constexpr int kDotRows = 3, kDotColumns = 4;
#endif

/// Lane i of the result is the sum of v[i]'s lanes; N a power of two, at most the number of lanes.
template <int N, class D, class V = hwy::HWY_NAMESPACE::Vec<D>>
HWY_INLINE V sums_of_lanes(D d, V* v) {
#if HWY_TARGET != HWY_SCALAR
  namespace hn = hwy::HWY_NAMESPACE;
  const auto pairs = [d](V lower, V upper)
                         HWY_ATTR { return hn::Add(hn::ConcatEven(d, upper, lower), hn::ConcatOdd(d, upper, lower)); };
  constexpr int kLanes = static_cast<int>(hn::MaxLanes(D()));
  LAMPAS_UNROLL for (int n = N; n > 1; n /= 2) {
    LAMPAS_UNROLL for (int i = 0; i < n / 2; ++i) v[i] = pairs(v[2 * i], v[2 * i + 1]);
  }
  LAMPAS_UNROLL for (int n = N; n < kLanes; n *= 2) v[0] = pairs(v[0], v[0]);
#endif
  return v[0];
}

/// `columns` (at most N) columns of M rows of c from row `i`, column `j` on.
template <int M, int N, class D, class T = hwy::HWY_NAMESPACE::TFromD<D>>
void dot_tile(D d, const cpu::GemmBlock<T>& g, int64_t i, int64_t j, int64_t columns) {
  namespace hn = hwy::HWY_NAMESPACE;
  using V = hn::Vec<D>;
  const int64_t n = static_cast<int64_t>(hn::Lanes(d));
  const T *a[M], *b[N];
  LAMPAS_UNROLL for (int r = 0; r < M; ++r) a[r] = g.a + (i + r) * g.a_row;
  LAMPAS_UNROLL for (int c = 0; c < N; ++c) b[c] = g.b + (j + std::min<int64_t>(c, columns - 1)) * g.b_column;
  V sum[M][N];
  LAMPAS_UNROLL for (int r = 0; r < M; ++r) { LAMPAS_UNROLL for (int c = 0; c < N; ++c) sum[r][c] = hn::Zero(d); }
  const auto step = [&](auto load) HWY_ATTR {
    V x[M];
    LAMPAS_UNROLL for (int r = 0; r < M; ++r) x[r] = load(a[r]);
    LAMPAS_UNROLL for (int c = 0; c < N; ++c) {
      const V y = load(b[c]);
      LAMPAS_UNROLL for (int r = 0; r < M; ++r) sum[r][c] = hn::MulAdd(x[r], y, sum[r][c]);
    }
  };
  int64_t k = 0;
  for (; k + n <= g.k; k += n) step([&](const T* p) HWY_ATTR { return hn::LoadU(d, p + k); });
  if (k < g.k) {
    const auto mask = hn::FirstN(d, static_cast<size_t>(g.k - k));
    step([&](const T* p) HWY_ATTR { return hn::MaskedLoad(mask, d, p + k); });
  }
  LAMPAS_UNROLL for (int r = 0; r < M; ++r) {
    T* c = g.c + (i + r) * g.c_row + j;
    if constexpr (N <= static_cast<int>(hn::MaxLanes(D()))) {
      const auto mask = hn::FirstN(d, static_cast<size_t>(columns));
      V s = hn::Mul(hn::Set(d, g.alpha), sums_of_lanes<N>(d, sum[r]));
      if (g.beta != 0)
        s = hn::Add(s, hn::MaskedLoad(mask, d, g.old(i + r) + j));
      else if (g.bias)
        s = hn::Add(s, hn::MaskedLoad(mask, d, g.bias + j));
      hn::BlendedStore(s, mask, d, c);
    } else {
      for (int64_t e = 0; e < columns; ++e) {
        const T s = g.alpha * hn::GetLane(hn::SumOfLanes(d, sum[r][e]));
        c[e] = s + (g.beta != 0 ? g.old(i + r)[j + e] : g.bias ? g.bias[j + e] : T(0));
      }
    }
  }
}

/// All rows of the columns [j, j + columns).
template <int N, class D, class T = hwy::HWY_NAMESPACE::TFromD<D>>
HWY_INLINE void dot_columns(D d, const cpu::GemmBlock<T>& g, int64_t j, int64_t columns) {
  int64_t i = 0;
  for (; i + kDotRows <= g.m; i += kDotRows) dot_tile<kDotRows, N>(d, g, i, j, columns);
  if (g.m - i == 2)
    dot_tile<2, N>(d, g, i, j, columns);
  else if (g.m - i == 1)
    dot_tile<1, N>(d, g, i, j, columns);
}

template <class D, class T = hwy::HWY_NAMESPACE::TFromD<D>>
void dots_with(D d, const cpu::GemmBlock<T>& g) {
  int64_t j = 0;
  for (; j + kDotColumns <= g.n; j += kDotColumns) dot_columns<kDotColumns>(d, g, j, kDotColumns);
  const int64_t rest = g.n - j;
  if (rest > 4) {
    dot_columns<kDotColumns>(d, g, j, rest);
  } else if (rest > 2) {
    dot_columns<4>(d, g, j, rest);
  } else if (rest > 0) {
    dot_columns<2>(d, g, j, rest);
  }
}

template <class T>
void run_dots(const cpu::GemmBlock<T>& g) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::CappedTag<T, 8> half;  // fewer lanes to add up where there are not more products anyway
  if (g.k <= static_cast<int64_t>(hn::Lanes(half)))
    dots_with(half, g);
  else
    dots_with(hn::ScalableTag<T>(), g);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#endif
