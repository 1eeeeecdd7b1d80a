// Per-target include guard, as Highway asks for headers with vector code.
#if defined(LAMPAS_BACKEND_CPU_GEMM_TILE_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef LAMPAS_BACKEND_CPU_GEMM_TILE_INL_H
#undef LAMPAS_BACKEND_CPU_GEMM_TILE_INL_H
#else
#define LAMPAS_BACKEND_CPU_GEMM_TILE_INL_H
#endif

#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "backend/cpu/gemm_tile.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

// The largest register tile: with 32 registers 8 rows x 3 vectors of accumulators, three vectors of b and a broadcast
// element of a; with 16 registers 6 x 2. Wide tiles need the fewest loads, and those compete with multiply-adds for
// issue slots.
#if HWY_TARGET == HWY_AVX3 || HWY_ARCH_ARM
inline constexpr int kTileRows = 8, kTileVectors = 3;
#elif HWY_TARGET == HWY_AVX2
inline constexpr int kTileRows = 6, kTileVectors = 2;
#else
inline constexpr int kTileRows = 4, kTileVectors = 2;
#endif

/// Columns of the largest tile.
template <class T>
HWY_INLINE int64_t tile_columns() {
  return kTileVectors * static_cast<int64_t>(hwy::HWY_NAMESPACE::Lanes(hwy::HWY_NAMESPACE::ScalableTag<T>()));
}

/// Columns of the next tile when `left` are to be done: the widest one, but rather two of two vectors than three and
/// one.
template <class T>
HWY_INLINE int64_t next_columns(int64_t left) {
  const int64_t width = tile_columns<T>(), lanes = width / kTileVectors;
  if (kTileVectors == 3 && left > width && left <= width + lanes) return 2 * lanes;
  return std::min(left, width);
}

// Where a tile finds its operands. `get(.., u)` looks u steps of k ahead, `next(n)` moves on by n.

/// Rows of a as `pack_a` lays them out: M values for each step of k.
template <class T, int M>
struct PackedRows {
  static constexpr int kUnroll = 2;
  const T* p;
  explicit PackedRows(const cpu::TileArgs<T>& t) : p(t.a) {}
  HWY_INLINE T get(int i, int u) const { return p[u * M + i]; }
  HWY_INLINE void next(int n) { p += n * M; }
};
/// Rows of a where the caller has them, dense along k (kDense) or with any strides. Three rows share a pointer, since
/// there are not enough integer registers for one each.
template <class T, int M, bool kDense>
struct CallerRows {
  static constexpr int kUnroll = kDense ? 2 : 1;
  static constexpr int kPointers = (M + 2) / 3;
  const T* p[kPointers];
  int64_t row, step;
  explicit CallerRows(const cpu::TileArgs<T>& t) : row(t.a_row), step(t.a_step) {
    for (int i = 0; i < kPointers; ++i) p[i] = t.a + 3 * i * row;
  }
  HWY_INLINE T get(int i, int u) const { return p[i / 3][i % 3 * row + u]; }
  HWY_INLINE void next(int n) { LAMPAS_UNROLL for (int i = 0; i < kPointers; ++i) p[i] += kDense ? n : step; }
};
template <class T, int M>
using DenseRows = CallerRows<T, M, true>;
template <class T, int M>
using StridedRows = CallerRows<T, M, false>;

/// Rows of b as `pack_b` lays them out: V whole vectors for each step of k.
template <class T, int V>
struct PackedColumns {
  static constexpr int kUnroll = 2;
  static constexpr bool kPacked = true, kAhead = true, kPacks = false;
  const T* p;
  const int64_t width;
  explicit PackedColumns(const cpu::TileArgs<T>& t)
      : p(t.b), width(V * static_cast<int64_t>(hwy::HWY_NAMESPACE::Lanes(hwy::HWY_NAMESPACE::ScalableTag<T>()))) {}
  HWY_INLINE const T* get(int u) const { return p + u * width; }
  HWY_INLINE const T* ahead(int u) const { return p + (8 + u) * width; }
  HWY_INLINE void next(int n) { p += n * width; }
};
/// Rows of b at equal distances.
template <class T, int V>
struct StridedColumns {
  static constexpr int kUnroll = 2;
  static constexpr bool kPacked = false, kAhead = true, kPacks = false;
  const T *p, *q;
  int64_t step;
  explicit StridedColumns(const cpu::TileArgs<T>& t) : p(t.b), q(t.b + 8 * t.b_step), step(t.b_step) {}
  HWY_INLINE const T* get(int u) const { return p + u * step; }
  HWY_INLINE const T* ahead(int u) const { return q + u * step; }
  HWY_INLINE void next(int n) { p += n * step, q += n * step; }
};
/// The same for rows that an earlier tile has read: asking for them again would only compete with loads.
template <class T, int V>
struct CachedColumns : StridedColumns<T, V> {
  static constexpr bool kAhead = false;
  using StridedColumns<T, V>::StridedColumns;
};
/// The same, packing them on the way: stores are free beside multiply-adds, which a copy made beforehand is not.
template <class T, int V>
struct PackingColumns : StridedColumns<T, V> {
  static constexpr bool kPacks = true;
  T* to;
  const int64_t width;
  explicit PackingColumns(const cpu::TileArgs<T>& t)
      : StridedColumns<T, V>(t),
        to(t.b_copy),
        width(V * static_cast<int64_t>(hwy::HWY_NAMESPACE::Lanes(hwy::HWY_NAMESPACE::ScalableTag<T>()))) {}
  HWY_INLINE void next(int n) {
    StridedColumns<T, V>::next(n);
    to += n * width;
  }
};
/// Rows of b at any distances: what makes a convolution a matrix product without copying its windows.
template <class T, int V>
struct IndexedColumns {
  static constexpr int kUnroll = 2;
  static constexpr bool kPacked = false, kAhead = false, kPacks = false;
  const T* p;
  const int32_t* offset;
  explicit IndexedColumns(const cpu::TileArgs<T>& t) : p(t.b), offset(t.b_offsets) {}
  HWY_INLINE const T* get(int u) const { return p + offset[u]; }
  HWY_INLINE void next(int n) { offset += n; }
};

/// c[M x columns] = init + a * b, every element a chain of fused multiply-adds in the order of k, whatever the tile's
/// size: results do not depend on how a matrix was cut into tiles. kTail: the last of V vectors is partial, and nothing
/// past it is touched.
template <class T, int M, int V, bool kTail, class A, class B>
void tile(const cpu::TileArgs<T>& t) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::ScalableTag<T> d;
  using Vec = hn::Vec<decltype(d)>;
  const int64_t n = static_cast<int64_t>(hn::Lanes(d));
  const auto mask = hn::FirstN(d, static_cast<size_t>(t.columns - (V - 1) * n));
  const auto load = [&](const T* p, int j) HWY_ATTR {
    return kTail && j == V - 1 ? hn::MaskedLoad(mask, d, p + j * n) : hn::LoadU(d, p + j * n);
  };
  Vec acc[M][V];
  LAMPAS_UNROLL for (int i = 0; i < M; ++i) {
    LAMPAS_UNROLL for (int j = 0; j < V; ++j) acc[i][j] = load(t.init + i * t.init_row, j);
  }
  A a(t);
  B b(t);
  const auto step = [&](int u) HWY_ATTR {
    const T* p = b.get(u);
    Vec row[V];
    LAMPAS_UNROLL for (int j = 0; j < V; ++j) row[j] = B::kPacked ? hn::LoadU(d, p + j * n) : load(p, j);
    if constexpr (B::kAhead) {
      LAMPAS_UNROLL for (int j = 0; j < V; ++j) hwy::Prefetch(b.ahead(u) + j * n);
    }
    if constexpr (B::kPacks) {
      LAMPAS_UNROLL for (int j = 0; j < V; ++j) hn::StoreU(row[j], d, b.to + u * b.width + j * n);
    }
    LAMPAS_UNROLL for (int i = 0; i < M; ++i) {
      const Vec x = hn::Set(d, a.get(i, u));
      LAMPAS_UNROLL for (int j = 0; j < V; ++j) acc[i][j] = hn::MulAdd(x, row[j], acc[i][j]);
    }
  };
  constexpr int kUnroll = A::kUnroll < B::kUnroll ? A::kUnroll : B::kUnroll;
  // What the tiles to follow will read is asked for a row at a time: asked for at once, it would keep b waiting. Only
  // the largest tile does: where there are few of them, there is little to ask for.
  constexpr bool kAsks = (B::kPacked || B::kPacks) && M == kTileRows && V == kTileVectors;
  constexpr int kParts = kAsks ? M : 1;
  const T *next_c = t.next_c, *next_a = t.next_a;
  int64_t k = t.k;
  static_assert(kUnroll <= 2);
  if constexpr (kUnroll > 1) {
    const int64_t part = k / kParts;
    for (int i = kParts; i > 0; --i) {
      if constexpr (kAsks) {
        LAMPAS_UNROLL for (int j = 0; j < V; ++j) hwy::Prefetch(next_c + j * n);
        hwy::Prefetch(next_a);
        next_c += t.c_row, next_a += t.a_row;
      }
      for (const int64_t end = i > 1 ? k - part : 0; k - end >= kUnroll; k -= kUnroll) {
        step(0);  // written out: a loop more around these, and GCC 12 leaves the sums in memory
        step(1);
        a.next(kUnroll);
        b.next(kUnroll);
      }
    }
  }
  for (; k > 0; --k) {
    step(0);
    a.next(1);
    b.next(1);
  }
  LAMPAS_UNROLL for (int i = 0; i < M; ++i) {
    T* c = t.c + i * t.c_row;
    LAMPAS_UNROLL for (int j = 0; j < V; ++j) {
      if (kTail && j == V - 1)
        hn::BlendedStore(acc[i][j], mask, d, c + j * n);
      else
        hn::StoreU(acc[i][j], d, c + j * n);
    }
  }
}

template <class T>
using TileFn = void (*)(const cpu::TileArgs<T>&);

/// Tiles of every number of rows and vectors, with and without a partial one.
template <class T, template <class, int> class A, template <class, int> class B>
class TileTable {
 public:
  /// The tile for this many rows and columns (at most `tile_columns`).
  static TileFn<T> at(int64_t rows, int64_t columns) {
    const int64_t n = tile_columns<T>() / kTileVectors;
    return kTable.f[(rows - 1) * kTileVectors + (columns - 1) / n][columns % n != 0];
  }

 private:
  template <int M, int V, bool kTail>
  static constexpr TileFn<T> kTile = tile<T, M, V, kTail, A<T, M>, B<T, V>>;
  template <int... I>
  struct Table {
    TileFn<T> f[sizeof...(I)][2] = {{kTile<I / kTileVectors + 1, I % kTileVectors + 1, false>,
                                     kTile<I / kTileVectors + 1, I % kTileVectors + 1, true>}...};
  };
  template <int... I>
  static constexpr Table<I...> make(std::integer_sequence<int, I...>) {
    return {};
  }
  static constexpr auto kTable = make(std::make_integer_sequence<int, kTileRows * kTileVectors>());
};

/// The same without partial vectors: those go through a copy of c, whose cost is lost in large products. Rows are given
/// as equal parts of at most kTileRows, so that small tiles are needed for small matrices only.
template <class T, template <class, int> class A, template <class, int> class B>
class WholeTileTable {
 public:
  static void run(int64_t rows, const cpu::TileArgs<T>& t) {
    const int64_t n = tile_columns<T>() / kTileVectors, v = (t.columns + n - 1) / n;
    const TileFn<T> f = kTable.f[(rows - 1) * kTileVectors + v - 1];
    if (t.columns % n == 0) return f(t);
    alignas(64) T copy[kTileRows * kTileVectors * 64 / sizeof(T)];
    cpu::TileArgs<T> u = t;
    u.c = copy, u.c_row = v * n, u.columns = v * n, u.init = copy, u.init_row = u.c_row, u.next_c = copy;
    namespace hn = hwy::HWY_NAMESPACE;
    const hn::ScalableTag<T> d;
    const int64_t whole = t.columns / n * n;
    const auto mask = hn::FirstN(d, static_cast<size_t>(t.columns - whole));
    for (int64_t i = 0; i < rows; ++i) {
      const T* from = t.init + i * t.init_row;
      T* to = copy + i * u.c_row;
      for (int64_t j = 0; j < whole; j += n) hn::StoreU(hn::LoadU(d, from + j), d, to + j);
      hn::StoreU(hn::MaskedLoad(mask, d, from + whole), d, to + whole);
    }
    f(u);
    for (int64_t i = 0; i < rows; ++i) {
      const T* from = copy + i * u.c_row;
      T* to = t.c + i * t.c_row;
      for (int64_t j = 0; j < whole; j += n) hn::StoreU(hn::LoadU(d, from + j), d, to + j);
      hn::BlendedStore(hn::LoadU(d, from + whole), mask, d, to + whole);
    }
  }

 private:
  template <int... I>
  struct Table {
    TileFn<T> f[sizeof...(I)] = {tile<T, I / kTileVectors + 1, I % kTileVectors + 1, false, A<T, I / kTileVectors + 1>,
                                      B<T, I % kTileVectors + 1>>...};
  };
  template <int... I>
  static constexpr Table<I...> make(std::integer_sequence<int, I...>) {
    return {};
  }
  static constexpr auto kTable = make(std::make_integer_sequence<int, kTileRows * kTileVectors>());
};

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#endif
