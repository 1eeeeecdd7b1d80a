#pragma once

#include "backend/conv_shape.h"
#include "backend/kernel.h"

namespace lampas {

/// A dense row-major array of `rank` dimensions placed into another: in dimension d, `before[d]` elements come before
/// it (negative: that many of its own are cut off) and out[d] is the result's size.
struct BoxPad {
  int rank;
  const int64_t *in, *before, *out;
};
/// y = `fill` (one element) wherever x does not reach. Moves elements: any dtype.
inline Kernel<void(const BoxPad& p, const void* x, const void* fill, void* y)> constant_pad_kernel{"constant_pad"};

/// Where the elements outside come from.
enum class PadSource : int8_t { Reflect, Replicate, Circular };

/// `planes` dense planes of `dims` spatial dimensions, outermost first.
struct PlanePad {
  int dims = 1;
  PadSource source = PadSource::Reflect;
  int64_t planes = 0;
  int64_t in[kMaxSpatial] = {1, 1, 1}, before[kMaxSpatial] = {0, 0, 0}, out[kMaxSpatial] = {1, 1, 1};
};
/// Moves elements: any dtype.
inline Kernel<void(const PlanePad& p, const void* x, void* y)> plane_pad_kernel{"pad"};
/// dx = sum of the dy that came from each element; every element of dx is written.
inline Kernel<void(const PlanePad& p, const void* dy, void* dx)> plane_pad_backward_kernel{"pad_backward"};

}  // namespace lampas
