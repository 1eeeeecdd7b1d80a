// Per-target include guard, as Highway asks for headers with vector code.
#if defined(LAMPAS_BACKEND_CPU_GEMM_PACKED_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef LAMPAS_BACKEND_CPU_GEMM_PACKED_INL_H
#undef LAMPAS_BACKEND_CPU_GEMM_PACKED_INL_H
#else
#define LAMPAS_BACKEND_CPU_GEMM_PACKED_INL_H
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstdint>

#include "backend/cpu/gemm_block.h"
#include "backend/cpu/gemm_pack-inl.h"
#include "backend/cpu/gemm_tile-inl.h"
#include "backend/cpu/workspace.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

/// A range cut into equal parts of at most `most` and, but for the last, a multiple of `unit`.
struct Parts {
  int64_t size, part;
  Parts(int64_t size, int64_t most, int64_t unit) : size(size) {
    const int64_t count = (size + most - 1) / most;
    part = ((size + count - 1) / count + unit - 1) / unit * unit;
  }
  int64_t length(int64_t begin) const { return std::min(part, size - begin); }
};

/// Rows [i, end) of a in panels of `rows`, `panel` values apart. Panels side by side share cache lines of a whose
/// columns are dense, and take their parts of a few lines at a time.
template <class T>
void pack_a(const cpu::GemmBlock<T>& g, int64_t i, int64_t end, int64_t rows, int64_t p, int64_t depth, T* to,
            int64_t panel) {
  constexpr int64_t kSlice = 32;
  const auto each_panel = [&](int64_t q, int64_t steps, auto f) {
    for (int64_t r = i, e = 0; r < end; r += rows, ++e) {
      const int64_t n = std::min(rows, end - r);
      f(g.a + r * g.a_row + (p + q) * g.a_column, n, steps, to + e * panel + q * n);
    }
  };
  if (g.a_column == 1)
    each_panel(0, depth, [&](const T* from, int64_t n, int64_t steps, T* at) {
      pack_transposed(from, g.a_row, n, steps, at, n);
    });
  else
    for (int64_t q = 0; q < depth; q += kSlice)
      each_panel(q, std::min(kSlice, depth - q),
                 [&](const T* from, int64_t n, int64_t steps, T* at) { pack_rows(from, g.a_column, steps, n, at, n); });
  if (g.alpha != 1)
    each_panel(0, depth, [&](const T*, int64_t n, int64_t steps, T* at) {
      for (int64_t e = 0; e < n * steps; ++e) at[e] *= g.alpha;
    });
}

/// Panels of b as wide as the tiles, each `depth` rows long; the last one is as many whole vectors wide as it needs.
template <class T>
void pack_b(const cpu::GemmBlock<T>& g, int64_t p, int64_t depth, int64_t j, int64_t columns, T* to) {
  const int64_t lanes = tile_columns<T>() / kTileVectors;
  for (int64_t c = 0, w; c < columns; c += w, to += depth * w) {
    w = next_columns<T>(columns - c);
    const int64_t step = (w + lanes - 1) / lanes * lanes;
    const T* from = g.b + p * g.b_row + (j + c) * g.b_column;
    if (g.b_column == 1) {
      pack_rows(from, g.b_row, depth, w, to, step);
    } else {
      if (w < step) std::fill_n(to, depth * step, T(0));
      pack_transposed(from, g.b_column, w, depth, to, step);
    }
  }
}

/// Packs a block of b that stays in the second-level cache and takes all rows of a against it, as many at a time as a
/// tile has. The first of them pack b where its rows are dense: every panel as its tile reads it.
template <class T>
void run_packed(const cpu::GemmBlock<T>& g) {
  // 0.5 MiB of b. The deeper it is, the less often c is read and written; the wider, the less often a.
  constexpr int64_t kDepth = 2048 / sizeof(T), kBlockBytes = 512 * 1024;
  const int64_t width = tile_columns<T>(), lanes = width / kTileVectors;
  const Parts depths(g.k, kDepth, 1), columns(g.n, kBlockBytes / static_cast<int64_t>(sizeof(T)) / depths.part, width);
  const Parts rows(g.m, kTileRows, 1);
  const int64_t a_panel = rows.part * depths.part + kPackSlack;
  // Dense rows of a are read where they are: as fast as a packed panel, and nothing to pack.
  const bool pack = g.a_column != 1 || g.alpha != 1;
  const cpu::Workspace<T> packed_a(pack ? 2 * a_panel : 0);
  // Batches of small products would wait for one another at the allocator.
  constexpr int64_t kFew = 16384 / sizeof(T);
  alignas(64) T few[kFew];
  const int64_t b_size = (std::min(columns.part, g.n) + width) * depths.part + kPackSlack;
  const cpu::Workspace<T> many(b_size > kFew ? b_size : 0);
  T* const packed_b = b_size > kFew ? many.data() : few;
  alignas(64) T zeros[kTileVectors * 64] = {};
  for (int64_t j0 = 0; j0 < g.n; j0 += columns.part) {
    const int64_t nc = columns.length(j0);
    int64_t packing = 0;  // columns that tiles pack
    if (g.b_column == 1 && rows.part == kTileRows)
      while (next_columns<T>(nc - packing) == width) packing += width;
    for (int64_t p = 0; p < g.k; p += depths.part) {
      const int64_t depth = depths.length(p);
      pack_b(g, p, depth, j0 + packing, nc - packing, packed_b + packing * depth);
      for (int64_t i = 0; i < g.m; i += rows.part) {
        const int64_t mr = rows.length(i), next = std::min(i + rows.part, g.m - 1);
        const bool second = i / rows.part % 2;
        if (pack && !second)
          pack_a(g, i, std::min(i + 2 * rows.part, g.m), rows.part, p, depth, packed_a.data(), a_panel);
        cpu::TileArgs<T> t{};
        t.k = depth;
        t.a = pack ? packed_a + second * a_panel : g.a + i * g.a_row + p;
        t.a_row = g.a_row, t.c_row = g.c_row;
        // Of the next rows of a every tile asks for a cache line: the processor, once it has seen the first, for more.
        t.next_a = g.a + next * g.a_row + p;
        for (int64_t j = 0; j < nc; j += t.columns, t.next_a += 64 / sizeof(T)) {
          t.columns = next_columns<T>(nc - j);
          t.c = g.c + i * g.c_row + j0 + j;
          const bool add = p > 0 || g.beta != 0;
          t.init = p > 0 ? t.c : add ? g.old(i) + j0 + j : g.bias ? g.bias + j0 + j : zeros;
          t.init_row = p > 0 ? g.c_row : add ? g.old_row() : 0;
          t.next_c = j + t.columns < nc ? t.c + t.columns : g.c + next * g.c_row + j0;
          T* const panel = packed_b + j * depth;
          if (i == 0 && j < packing) {
            t.b = g.b + p * g.b_row + j0 + j, t.b_step = g.b_row, t.b_copy = panel;
            if (pack)
              tile<T, kTileRows, kTileVectors, false, PackedRows<T, kTileRows>, PackingColumns<T, kTileVectors>>(t);
            else
              tile<T, kTileRows, kTileVectors, false, DenseRows<T, kTileRows>, PackingColumns<T, kTileVectors>>(t);
            continue;
          }
          t.b = panel, t.b_step = (t.columns + lanes - 1) / lanes * lanes;
          if (pack)
            WholeTileTable<T, PackedRows, PackedColumns>::run(mr, t);
          else
            WholeTileTable<T, DenseRows, PackedColumns>::run(mr, t);
        }
      }
    }
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#endif
