#pragma once

#include "ops/conv_correlation.h"

namespace lampas::cpu {

/// Correlations of single planes with a filter for each channel: the convolution whose groups are its channels. Both
/// axes have step 1; at most kDepthwiseTaps taps in a row. Planes (images * channels) are dense.
struct Depthwise {
  int64_t images = 0, channels = 0;
  CorrelationAxis y, x;
};
inline constexpr int64_t kDepthwiseTaps = 16;

/// Every result is its bias (channels; may be null) plus a chain of fused multiply-adds over the taps inside the
/// plane. Error: at most taps + 1 rounding errors of the sum of magnitudes. NaN and infinity reach those results whose
/// windows hold them.
void correlate_planes(const Depthwise& p, const float* src, const float* weight, const float* bias, float* dst);

/// dweight (channels, taps) and dbias (channels; may be null) of results' gradient dy: sums over images and positions,
/// in vector lanes (or twice half as many) that are added up last. Error: at most (images * positions / lanes + lanes)
/// rounding errors of the sum of magnitudes.
void correlate_planes_weight(const Depthwise& p, const float* src, const float* dy, float* dweight, float* dbias);

}  // namespace lampas::cpu
