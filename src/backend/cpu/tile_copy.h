#pragma once

#include <cstdint>

namespace lampas::cpu {

/// A rows x cols block of elements in memory: where it starts, and the steps in bytes from one column, and one row, to
/// the next.
struct Tile {
  char* data;
  int64_t col, row;
};

/// Copies a block between two layouts. Rows with equal element steps are copied as bytes, transposed blocks in
/// registers, a column step of 0 (source only) repeats its element.
using TileCopyFn = void(Tile dst, Tile src, int64_t cols, int64_t rows);
/// Writes `n` copies of the `item`-byte element at `value` to contiguous memory.
using FillFn = void(char* dst, const void* value, int64_t item, int64_t n);

/// Copies bytes, as memcpy does: a plain loop of vectors beats memcpy's by a tenth to a quarter from 128 bytes to the
/// size of a page or a few, and where the two happen to lie badly by half up to the size of the second-level cache.
using CopyRowFn = void(char* dst, const char* src, int64_t bytes);
/// Bytes across, and down, a block of operands in far memory one of which is transposed: four cache lines.
inline constexpr int64_t kFarBlock = 256;
/// dst[r][c] = src[c][r] for so many columns and rows, of which a block is made: rows of `dst` and columns of `src` are
/// contiguous.
struct TransposePart {
  void (*move)(char* dst, int64_t row, const char* src, int64_t col);
  int64_t cols, rows;
};
/// Copies bytes to whole cache lines (`dst` starts one), around the cache.
using StreamFn = void(char* dst, const char* src, int64_t bytes);

struct CopyFunctions {
  TileCopyFn* tile[5];  // by log2 of the element size
  FillFn* fill;
  CopyRowFn* row;
  // Null where the instruction set cannot stream.
  StreamFn* stream;
  TransposePart transpose_part[2][4];  // stored, or streamed to whole lines; by log2 of the element size
};
/// Filled at load time for the instruction set of this machine.
inline CopyFunctions copy_functions{};

inline TileCopyFn* tile_copy(int64_t item) { return copy_functions.tile[__builtin_ctzll(static_cast<uint64_t>(item))]; }

}  // namespace lampas::cpu
