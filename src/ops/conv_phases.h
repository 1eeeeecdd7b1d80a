#pragma once

#include "backend/conv_shape.h"
#include "backend/pack_key.h"
#include "ops/conv_tiles.h"

// Convolutions of step 2 with kernels of 3 or 4 taps, and what they are read backwards (transposed convolutions, with
// kernels of 4 taps the usual ones), by minimal filtering of their phases: even positions of x meet even taps, odd ones
// odd taps, and two taps of a phase give two neighbouring results by F(2, 2), with 3 multiplications instead of 4.
// Along one axis, six positions d of x and a filter g give the results
//
//   y0 = (d0 - d2) g0 + d2 (g0 + g2)  +  (d1 - d3) g1 + d3 (g1 + g3)
//   y1 = (d4 - d2) g2 + d2 (g0 + g2)  +  (d5 - d3) g3 + d3 (g1 + g3)
//
// and with 3 taps, where d1 g1 and d3 g1 are all that the odd phase adds, 5 multiplications instead of 6. Products are
// of three kinds: some y0 alone needs, some both, some y1 alone. Those of a kind are added up in one matrix product
// over channels and phases: in two dimensions there are nine, with 36 multiplications where a direct sum takes 64
// (4x4), or 25 for 36 (3x3). Nothing but additions transforms images and filters. The derivatives are the same formula
// read backwards: towards x, what tiles give to the two positions that they share with the next one is added up.
//
// Error: at most (2 * phases * channels + 8) rounding errors of float32 relative to the same formula with the
// magnitudes of all numbers, at most three times the sum of the window's magnitudes along each axis. In the mean it is
// that of direct sums, a tenth more or less. A result sees the elements in its window and no other: NaN reaches the
// same results as in a direct sum; infinity may turn into NaN there (inf - inf).
namespace lampas::cpu {

/// Whether a float32 convolution (of one or two dimensions) is one of these, with enough channels to be faster so. Must
/// not depend on the number of threads, or results would.
bool phases_pay(ConvDirection direction, const ConvShape& s);

/// As in ops/conv.h. Images may also be channels-last, or in blocks (winograd_blocks); `bias` may be null.
void phases_conv(const ConvShape& s, const float* x, const float* weight, const float* bias, float* y, PackKey key);
void phases_conv_input(const ConvShape& s, const float* dy, const float* weight, const float* bias, float* dx,
                       PackKey key);
/// `dbias` may be null.
void phases_conv_weight(const ConvShape& s, const float* x, const float* dy, float* dweight, float* dbias);

/// The six values that an axis makes of d or g, in the order of the products above: two of each kind, of the even phase
/// and of the odd one. With 3 taps the fourth is missing; an axis of one tap, which is no axis, has the first alone.
inline constexpr int kPhaseValues = 6;

/// Where transformed tiles or filters lie: value (i, j) of tile t at offset[i][j] + t * step[i][j]; offset < 0 for
/// values that are missing.
struct PhaseSlots {
  int64_t offset[kPhaseValues][kPhaseValues], step[kPhaseValues][kPhaseValues];
};
struct FilterTaps {
  int64_t y, x;  // y: 1, 3 or 4; x: 3 or 4
};

/// The transforms, for a vector of channels each. Tiles are 4 pixels apart in x, 2 in y (along an axis of one tap, 1 in
/// both). Products of kinds i and j are in plane 3 i + j.
struct PhaseKernels {
  /// Values of tiles of x, the first of which is number `at`.
  void (*read)(const TileRow& d, FilterTaps taps, const PhaseSlots& slots, float* values, int64_t at);
  /// 2x2 results (1x2 if `flat`) + bias (a vector) of sums of products.
  void (*results)(TilePlanes sums, bool flat, const float* bias, const TileRow& y);
  /// What that does read backwards: kinds of tiles of dy. Their elements are added to `sum` (a vector).
  void (*gradients)(const TileRow& dy, bool flat, TilePlanes kinds, float* sum);
  /// What `read` does read backwards: 4x4 pixels (1x4) of dx + bias for each tile, from the values of tiles `at` and
  /// following, of those above them and of the last one to their left. `at` or `above` < 0: no such tiles; `left`:
  /// whether there is one to the left; `last`: whether the pixels after the last tile are wanted too.
  void (*spread)(const float* values, int64_t at, int64_t above, bool left, bool last, FilterTaps taps,
                 const PhaseSlots& slots, const float* bias, const TileRow& dx);
  /// Values of `count` filters of a vector for each tap, the first of which is number `at`.
  void (*filters)(const float* taps, int64_t count, FilterTaps shape, const PhaseSlots& slots, float* values,
                  int64_t at);
  /// That read backwards.
  void (*filter_gradients)(const float* values, int64_t count, FilterTaps shape, const PhaseSlots& slots, float* taps);
};
/// Filled at load time for the instruction set of this machine.
inline PhaseKernels phase_kernels{};

}  // namespace lampas::cpu
