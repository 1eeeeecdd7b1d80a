#pragma once

#include "backend/conv_shape.h"
#include "backend/pack_key.h"
#include "ops/conv_tiles.h"

// 3x3 convolutions of step 1 by minimal filtering, F(2x2, 3x3): S. Winograd, "Arithmetic complexity of computations"
// (1980); A. Lavin, S. Gray, "Fast algorithms for convolutional neural networks" (CVPR 2016). The 2x2 results that a
// 4x4 tile d of x and a filter g give are
//
//   A^T [(G g G^T) * (B^T d B)] A,        B^T = 1  0 -1  0     G =  1   0   0     A^T = 1  1  1  0
//                                               0  1  1  0         1/2 1/2 1/2          0  1 -1  1
//                                               0 -1  1  0         1/2 -1/2 1/2
//                                               0 -1  0  1          0   0   1
//
// where * multiplies element by element: 16 multiplications instead of 36. Summed over channels, they are 16 matrix
// products. The derivative towards the input is such a convolution too, that towards the filter the same formula read
// backwards: dg = G^T [(A dy A^T) * (B^T d B)] G.
//
// Error: at most (channels + 11) rounding errors of float32 relative to the same formula with the magnitudes of all
// numbers, which is about twice the sum of the window's magnitudes. In the mean it is smaller than that of direct sums,
// whose chains of additions are nine times as long. A result sees the elements in its window and no other: NaN reaches
// the same results as in a direct sum; infinity may turn into NaN there (inf - inf).
namespace lampas::cpu {

/// Whether a float32 convolution is one of these, with enough channels to be faster so. Must not depend on the number
/// of threads, or results would.
bool winograd_pays(ConvDirection direction, const ConvShape& s);
/// The layout in which images that are blocked must be.
ImageLayout winograd_blocks();

/// As in ops/conv.h. Images may also be channels-last, or in blocks (winograd_blocks); `bias` may be null.
void winograd_conv(const ConvShape& s, const float* x, const float* weight, const float* bias, float* y, PackKey key);
void winograd_conv_input(const ConvShape& s, const float* dy, const float* weight, const float* bias, float* dx,
                         PackKey key);
/// `dbias` may be null.
void winograd_conv_weight(const ConvShape& s, const float* x, const float* dy, float* dweight, float* dbias);

/// The transforms, for a vector of channels each. Tiles are two pixels apart; element (i, j) of one is in plane 4 i +
/// j.
struct WinogradKernels {
  int64_t lanes;
  /// v = B^T d B of 4x4 tiles.
  void (*input)(const TileRow& d, TilePlanes v) = nullptr;
  /// 2x2 results A^T m A + bias (a vector).
  void (*output)(TilePlanes m, const float* bias, const TileRow& y) = nullptr;
  /// z = A dy A^T of 2x2 tiles; their elements are added to `sum` (a vector).
  void (*gradient)(const TileRow& dy, TilePlanes z, float* sum) = nullptr;
  /// u = G g G^T of `count` filters of 9 vectors each, whose taps come in the other order if `turned`.
  void (*filters)(const float* taps, int64_t count, bool turned, TilePlanes u) = nullptr;
  /// dg = G^T u G.
  void (*filter_gradients)(TilePlanes u, int64_t count, float* taps) = nullptr;
};
/// Filled at load time for the instruction set of this machine.
inline WinogradKernels winograd_kernels{};

}  // namespace lampas::cpu
