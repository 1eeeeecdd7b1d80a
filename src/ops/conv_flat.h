#pragma once

#include "ops/conv_correlation.h"

namespace lampas::cpu {

/// Whether the correlations (as for `correlate`) suit correlate_flat: images are twice as wide as their results, or
/// half as wide, rows of results are whole vectors, results come in fours. Does not depend on the number of threads.
bool flat_fits(const Correlation<float>* phases, int64_t count);

/// The same results as `correlate`, bit for bit. What is staged of the source keeps every vector of results in one row
/// and, where columns of results alternate between phases, brings them about in their order.
void correlate_flat(const Correlation<float>* phases, int64_t count);

/// Vectors of positions that a tile takes at most.
inline constexpr int kFlatVectors = 3;

/// What a tile reads and writes.
struct FlatTile {
  const int32_t* taps;              // where their values lie, from a position's own place on
  const float* weight;              // pairs
  const float* bias;                // or null
  const float* from[kFlatVectors];  // the first channel at each vector of positions
  int64_t place[kFlatVectors];      // and where the first result's belong, from `to` on
  float* to;
  int64_t tap_count, channels, src_channel, to_row;
};

/// Rows of the source to stage for a block of results: [begin, end) of each residue of the step. Those outside the
/// source are zeros.
struct FlatRows {
  const float* src;  // dense
  int64_t channels, height, width, step, begin, end;
  float* to;
  int64_t pitch, plane;  // from row to row, and from plane to plane
};

struct FlatKernels {
  int64_t lanes = 0, results = 0;  // of a vector; that a tile takes at most, or four
  /// Sums of results (`results` or four) at two or three vectors of positions, each its bias plus a chain of fused
  /// multiply-adds, channels outermost.
  void (*tile)(const FlatTile& t, int64_t results, int64_t vectors) = nullptr;
  /// Weights of even lanes and odd ones in turn, a multiple of four of each.
  void (*pair)(const float* even, const float* odd, int64_t count, float* to) = nullptr;
  /// Every column twice. Twice the width is whole vectors.
  void (*double_columns)(const FlatRows& r) = nullptr;
  /// The planes of a channel: of each residue of rows the even columns, then the odd ones. Half the width is whole
  /// vectors.
  void (*bring_apart)(const FlatRows& r) = nullptr;
};
/// Filled at load time for the instruction set of this machine; empty without vectors.
inline FlatKernels flat_kernels;

}  // namespace lampas::cpu
