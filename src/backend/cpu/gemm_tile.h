#pragma once

#include <cstdint>

// The register tiles only exist with their loops unrolled; the compiler's own limit is below that.
#if defined(__clang__)
#define LAMPAS_UNROLL _Pragma("clang loop unroll(full)")
#else
#define LAMPAS_UNROLL _Pragma("GCC unroll 32")
#endif

namespace lampas::cpu {

/// Arguments of one register tile, c = init + a * b.
template <class T>
struct TileArgs {
  int64_t k;
  const T* a;
  int64_t a_row, a_step;  // distance between rows, and between steps of k; unused for packed rows
  const T* b;
  int64_t b_step;            // distance between rows of b
  const int32_t* b_offsets;  // or the offset of each
  const T* init;             // starting values: c itself, a bias (init_row 0) or zeros
  int64_t init_row;
  T* c;
  int64_t c_row, columns;
  // For tiles of packed operands only:
  T* b_copy;        // where a tile leaves the rows of b that it packs
  const T* next_c;  // the c of the tile to follow
  const T* next_a;  // the first of M cache lines, a_row apart, to ask for
};

}  // namespace lampas::cpu
