#include "backend/tiled_loop.h"

#include <cstdlib>

#include "backend/cpu/stream.h"

namespace lampas {
namespace {

// Rows shorter than this are not worth a kernel call each: several are packed together.
constexpr int64_t kShortRow = 16;
// Elements of a tile when nothing is packed.
constexpr int64_t kDirectTile = 16384;
// Rows of a band of transposed tiles: their pages stay in the TLB while the band moves along the columns.
constexpr int64_t kBandRows = 256;
// Bytes of an operand whose lines are asked for four at a time, which is when most are under way.
constexpr int64_t kFarOperand = 1 << 21;
// Bytes of a buffer for strided operands that do not fit in the cache: memory waits while the kernel works on a buffer,
// and the kernel while the next is filled, so neither should for long.
constexpr int64_t kFarTileBytes = 2048;

/// Division is slow, and small loops have one tile.
int64_t ceil_div(int64_t n, int64_t size) { return n <= size ? 1 : (n + size - 1) / size; }

}  // namespace

TiledLoop::TiledLoop(const Operand* operands, const ScalarType* compute, int count, int outputs, IntArrayRef shape)
    : loop(make_strided_loop(operands, count, shape)), count(count), outputs(outputs) {
  // Rows of a tile run along the dimension in which an operand that is strided along columns comes closest to
  // contiguous.
  for (int k = 0; k < count && !transposed; ++k) {
    int64_t closest = std::abs(loop.stride(0, k));
    int dim = 0;
    for (int d = 1; d < loop.rank(); ++d) {
      const int64_t s = std::abs(loop.stride(d, k));
      if (s != 0 && s < closest) closest = s, dim = d;
    }
    if (dim == 0) continue;
    if (dim > 1) loop.swap_dims(1, dim);
    transposed = true;
  }
  const int64_t n0 = loop.size[0];
  int64_t largest_item = 0, touched = 0;  // bytes for each element
  bool strided = false, only_repeated_rows = loop.rank() > 1;
  for (int k = 0; k < count; ++k) {
    TileOperand& o = operand[k];
    const ScalarType inner = compute ? compute[k] : operands[k].dtype;
    o.data = static_cast<char*>(operands[k].data);
    o.item = static_cast<int64_t>(element_size(operands[k].dtype));
    o.compute_item = static_cast<int64_t>(element_size(inner));
    o.col = loop.stride(0, k);
    o.row = loop.rank() > 1 ? loop.stride(1, k) : 0;
    o.convert = inner == operands[k].dtype ? nullptr
                : k < outputs              ? cpu::convert_fn(inner, operands[k].dtype)
                                           : cpu::convert_fn(operands[k].dtype, inner);
    o.staged = o.convert || (o.col != o.item && o.col != 0);
    strided = strided || (o.staged && !o.convert);
    touched += std::min(std::abs(o.col), cpu::kLine);
    only_repeated_rows = only_repeated_rows && o.col == o.item && (o.row == 0 || o.row == n0 * o.item);
  }
  int buffers = 0;
  const bool short_rows = loop.rank() > 1 && n0 < (only_repeated_rows ? kShortRepeatedRow : kShortRow);
  for (int k = 0; k < count; ++k) {
    TileOperand& o = operand[k];
    const bool repeated = o.col == 0 && o.row == 0;
    if (short_rows && !repeated) {
      o.expand = true;
      if (o.row != n0 * o.item || o.col != o.item) o.staged = true;
    }
    if (!o.staged) continue;
    largest_item = std::max({largest_item, o.item, o.compute_item});
    buffers += o.convert ? 2 : 1;
  }
  numel = 1;
  for (int64_t s : loop.size) numel *= s;
  tile_bytes = transposed && buffers == 1                                ? kOnlyTileBytes
               : strided && !transposed && cpu::streams(numel * touched) ? kFarTileBytes
                                                                         : kTileBytes;
  choose_tile(largest_item);
  count_tiles();
}

void TiledLoop::set_tile(int64_t tile_cols, int64_t tile_rows) {
  cols = tile_cols;
  rows = tile_rows;
  count_tiles();
}

void TiledLoop::count_tiles() {
  const int64_t n0 = loop.size[0], n1 = loop.rank() > 1 ? loop.size[1] : 1;
  col_tiles = ceil_div(n0, cols);
  row_tiles = ceil_div(n1, rows);
  tiles = col_tiles * row_tiles;
  for (int d = 2; d < loop.rank(); ++d) tiles *= loop.size[static_cast<size_t>(d)];
}

void TiledLoop::choose_tile(int64_t largest_item) {
  const int64_t n0 = loop.size[0], n1 = loop.rank() > 1 ? loop.size[1] : 1;
  const int64_t most = largest_item ? tile_bytes >> __builtin_ctzll(static_cast<uint64_t>(largest_item)) : kDirectTile;
  if (transposed && largest_item) {
    // Rows enough to use whole cache lines of the transposed operand, columns enough for long runs in the others. Whole
    // rows are best, which a kernel runs over at once, even in a buffer as large as the L1 cache.
    const bool only = tile_bytes == kOnlyTileBytes, kernel = only && count > 2;  // more than a copy
    const bool far = numel * largest_item >= kFarOperand;
    const auto line_rows = [&](int64_t bytes, int64_t least) {
      return std::clamp<int64_t>(bytes >> __builtin_ctzll(static_cast<uint64_t>(largest_item)), least, 64);
    };
    const int64_t line = line_rows(64, kernel ? 8 : 16);
    if (n0 * std::min(n1, line) > (kernel && line > 8 ? 2 * most : most)) {
      rows = std::min(n1, line_rows(only && far ? cpu::kFarBlock : only ? 128 : 64, 16));
      cols = std::min(n0, most / rows);
      band_tiles = only && far ? 1 : kBandRows / rows;
    } else {
      cols = n0;
      rows = std::min(n1, std::max<int64_t>(1, kTileBytes / (largest_item * n0) / line) * line);
    }
    return;
  }
  cols = std::min(n0, most);
  rows = n1 * cols <= most ? n1 : std::max<int64_t>(1, most / cols);
}

}  // namespace lampas
