#pragma once

#include <algorithm>
#include <cstdint>

#include "backend/cpu/convert.h"
#include "backend/cpu/parallel.h"
#include "backend/cpu/tile_copy.h"
#include "backend/strided_loop.h"

namespace lampas {

/// Bytes of one operand's buffer: a tile of it, converted and made contiguous. Several of them fit in the L1 cache.
inline constexpr int64_t kTileBytes = 8192;
/// Those of a buffer that is the only one: half the L1 cache.
inline constexpr int64_t kOnlyTileBytes = 2 * kTileBytes;
/// Rows shorter than this are run several at once where nothing needs packing but one row, repeated, which is written
/// out once (a bias).
inline constexpr int64_t kShortRepeatedRow = 512;

/// How one operand of a tile is reached.
struct TileOperand {
  char* data;
  int64_t item, compute_item;  // bytes per element in memory, and in the kernel
  int64_t col, row;            // bytes between columns and rows in memory
  cpu::ConvertFn* convert;     // null when the dtypes agree
  bool staged = false;         // goes through a buffer: strided or converted
  bool expand = false;         // a broadcast row is written out in full in the buffer
};

/// A strided loop cut into tiles of rows x cols elements (dimension 1 x dimension 0), the unit of work of one thread.
struct TiledLoop {
  StridedLoop loop;
  int count, outputs;
  TileOperand operand[kMaxOperands];
  int64_t cols, rows;            // of a tile
  int64_t col_tiles, row_tiles;  // tiles per plane of dimensions 0 and 1
  int64_t tiles, numel;          // in all
  int64_t tile_bytes;            // of a buffer
  bool transposed = false;       // some operand is contiguous along rows: walk down bands of rows
  int64_t band_tiles = 1;        // tiles down a band: as many pages as the TLB can hold

  TiledLoop(const Operand* operands, const ScalarType* compute, int count, int outputs, IntArrayRef shape);

  /// Cuts the loop into tiles of another size.
  void set_tile(int64_t tile_cols, int64_t tile_rows);
  /// Calls f(pointers, cols, rows) for tiles [begin, end).
  template <class F>
  void walk(int64_t begin, int64_t end, F& f) const;
  /// The same for all tiles, split over threads, each with its own `make()` for f.
  template <class Make>
  void run(int cost, const Make& make) const {
    if (numel * cost <= cpu::kGrain) {
      auto f = make();
      return walk(0, tiles, f);
    }
    const int64_t work = std::max<int64_t>(1, cols * rows * cost);
    cpu::parallel_for(tiles, std::max<int64_t>(1, cpu::kGrain / work), [&](int64_t begin, int64_t end) {
      auto f = make();
      walk(begin, end, f);
    });
  }

 private:
  void choose_tile(int64_t largest_item);
  void count_tiles();
};

template <class F>
void TiledLoop::walk(int64_t begin, int64_t end, F& f) const {
  const int64_t plane = col_tiles * row_tiles, n0 = loop.size[0], n1 = loop.rank() > 1 ? loop.size[1] : 1;
  SmallVector<int64_t, 6> index(loop.size.size());
  char* base[kMaxOperands];
  for (int k = 0; k < count; ++k) base[k] = operand[k].data;
  int64_t in_plane = 0;
  if (begin > 0) {
    in_plane = begin % plane;
    int64_t rest = begin / plane;
    for (int d = 2; d < loop.rank(); ++d) {
      const size_t at = static_cast<size_t>(d);
      index[at] = rest % loop.size[at];
      rest /= loop.size[at];
      for (int k = 0; k < count; ++k) base[k] += index[at] * loop.stride(d, k);
    }
  }
  for (int64_t tile = begin; tile < end; ++tile) {
    int64_t i0 = 0, i1 = 0;
    if (plane == 1) {
      // nothing to find out
    } else if (col_tiles == 1) {
      i1 = rows * in_plane;
    } else if (transposed) {
      const int64_t band = in_plane / (band_tiles * col_tiles), in_band = in_plane % (band_tiles * col_tiles);
      const int64_t height = std::min(band_tiles, row_tiles - band * band_tiles);
      i0 = cols * (in_band / height);
      i1 = rows * (band * band_tiles + in_band % height);
    } else {
      i0 = cols * (in_plane % col_tiles);
      i1 = rows * (in_plane / col_tiles);
    }
    char* at[kMaxOperands];
    for (int k = 0; k < count; ++k) at[k] = base[k] + i0 * operand[k].col + i1 * operand[k].row;
    f(at, std::min(cols, n0 - i0), std::min(rows, n1 - i1));
    if (++in_plane < plane) continue;
    in_plane = 0;
    for (int d = 2; d < loop.rank(); ++d) {
      const size_t dim = static_cast<size_t>(d);
      for (int k = 0; k < count; ++k) base[k] += loop.stride(d, k);
      if (++index[dim] < loop.size[dim]) break;
      for (int k = 0; k < count; ++k) base[k] -= loop.stride(d, k) * loop.size[dim];
      index[dim] = 0;
    }
  }
}

}  // namespace lampas
