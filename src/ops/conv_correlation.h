#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>

#include "backend/conv_shape.h"

namespace lampas::cpu {

/// Quotient rounded towards minus infinity, and the remainder that goes with it.
inline int64_t floor_div(int64_t a, int64_t b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }
inline int64_t floor_mod(int64_t a, int64_t b) { return a - floor_div(a, b) * b; }
inline int64_t ceil_div(int64_t a, int64_t b) { return -floor_div(-a, b); }

/// One spatial dimension of a correlation: tap t of result o reads source position o * step + first + t * spacing,
/// which counts as zero outside [0, in).
struct CorrelationAxis {
  int64_t in = 1, out = 1, step = 1, taps = 1, first = 0, spacing = 1;

  int64_t offset(int64_t tap) const { return first + tap * spacing; }
  int64_t least() const { return std::min(first, offset(taps - 1)); }
  int64_t most() const { return std::max(first, offset(taps - 1)); }
  /// No window reaches outside the source.
  bool inside() const { return least() >= 0 && (out - 1) * step + most() < in; }
};

/// What a convolution and each output phase of its derivative towards the input have in common: every result is a sum
/// over source channels and taps of all dimensions. Axes are depth, height, width.
template <class T>
struct Correlation {
  int64_t images = 0, groups = 1, channels = 0, results = 0;  // channels and results per group
  CorrelationAxis axis[kMaxSpatial];
  const T* src = nullptr;     // (images, groups * channels, in...), dense
  const T* weight = nullptr;  // (groups * results, channels, taps...), dense
  const T* bias = nullptr;    // (groups * results) or null
  int64_t twin = 0;           // dst of the phase that follows minus this one's (1 or -1), if their results alternate
  T* dst = nullptr;           // result (n, r, o...) at dst[n * dst_image + r * dst_channel + sum of o * dst_stride]
  int64_t dst_image = 0, dst_channel = 0, dst_stride[kMaxSpatial] = {};

  int64_t taps() const { return axis[0].taps * axis[1].taps * axis[2].taps; }
  int64_t src_channel() const { return axis[0].in * axis[1].in * axis[2].in; }
};

/// Most correlations that may share a source.
inline constexpr int64_t kMostPhases = 4;

/// Computes every result; all extents positive. T: float or double. Each result is its bias plus a chain of fused
/// multiply-adds, channels outermost: error at most (channels * taps + 1) rounding errors of the sum of magnitudes. NaN
/// and infinity reach those results whose windows hold them.
/// `phases`: several correlations at once, of which all read the same source and which differ in taps, weight, number
/// and place of results of the two inner dimensions only (steps are 1): what neighbouring positions of a derivative
/// are. The source is gathered once for all, twins are stored together.
template <class T>
void correlate(const Correlation<T>* phases, int64_t count);

/// The taps of one dimension that reach input positions congruent to `phase` - padding modulo the stride: `first`,
/// `first` + `every`, ...
struct PhaseTaps {
  int64_t first = 0, every = 1, count = 0;
  PhaseTaps(int64_t kernel, int64_t stride, int64_t dilation, int64_t phase) {
    every = stride / std::gcd(stride, dilation);
    while (first < std::min(kernel, every) && first * dilation % stride != phase) ++first;
    if (first < std::min(kernel, every)) count = (kernel - first + every - 1) / every;
  }
};

/// The derivative of a convolution towards an input of few channels: depth 1, no groups, columns one or two apart, at
/// most kInputRowTaps taps in a row. Each result is its bias plus one sum for each of those taps, which are chains of
/// fused multiply-adds over taps of a column and output channels. NaN and infinity reach those results whose windows
/// hold them. For more than one lane.
inline constexpr int64_t kInputRowTaps = 16;
void correlate_input_rows(const ConvShape& s, const float* dy, const float* weight, const float* bias, float* dx);

/// Images (or positions) that fit a vector on this machine.
template <class T>
int64_t correlation_lanes();

/// The same with one image in each vector lane: no lane idles and no zero is multiplied, for the price of transposing
/// source and result. Same error bound; results do not depend on the other images of the batch. For more than one lane.
template <class T>
void correlate_images(const Correlation<T>& c);

/// Derivatives of a convolution (as a correlation whose results are dy) towards its weight and bias: dweight (groups *
/// results, channels, taps...), dbias (groups * results; may be null) = sums over images and positions. `c.weight`,
/// `c.bias` and `c.dst` are not used; dy is dense. One image in each vector lane: every lane is a chain of fused
/// multiply-adds over positions and blocks of images, one for each thread, and lanes are added up last: error at most
/// (images * positions + lanes) rounding errors of the sum of magnitudes. Padding counts as zeros.
template <class T>
void correlate_weight_images(const Correlation<T>& c, const T* dy, T* dweight, T* dbias);

/// The same with positions in the lanes, for any number of images: dy is read where it lies, the source is gathered
/// once for each tap of a row.
void correlate_weight_rows(const Correlation<float>& c, const float* dy, float* dweight, float* dbias);

/// The same as a product of dy, where it lies, with windows of the source that are laid out in one piece: no depth,
/// no dilation. Every value is a chain of fused multiply-adds over images and positions. For
/// more than one lane.
void correlate_weight_windows(const Correlation<float>& c, const float* dy, float* dweight, float* dbias);

/// What that multiplies at a time: sums += dy (results x positions) * windows (positions x depth).
struct WindowProduct {
  const float* dy;
  int64_t dy_row, results, positions;  // dy_row: distance between results
  const float* windows;
  const int32_t* offsets;  // of each position's window
  int64_t depth;
  float* sums;
  int64_t pitch;         // distance between rows of sums
  const float* next[2];  // memory to ask for on the way, and how much of it
  int64_t values[2];
};
void add_window_product(const WindowProduct& w);

}  // namespace lampas::cpu
