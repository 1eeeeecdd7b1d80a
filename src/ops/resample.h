#pragma once

#include "backend/conv_shape.h"
#include "backend/kernel.h"

namespace lampas {

/// One dimension of a resampling: out[o] = sum over t < taps of weight[o * taps + t] * in[index[o * taps + t]]. Weights
/// are float, or double for float64 data.
struct ResampleAxis {
  int64_t in = 1, out = 1, taps = 1;
  const int64_t* index = nullptr;
  const void* weight = nullptr;
};
/// The product of `dims` such maps over dense planes, outermost first.
struct Resample {
  int dims = 1;
  int64_t planes = 0;
  ResampleAxis axis[kMaxSpatial];
};
inline Kernel<void(const Resample& r, const void* x, void* y)> resample_kernel{"interpolate"};
/// The transposed map; every element of dx is written.
inline Kernel<void(const Resample& r, const void* dy, void* dx)> resample_backward_kernel{"interpolate_backward"};
/// One tap of weight one in every dimension: moves elements, any dtype.
inline Kernel<void(const Resample& r, const void* x, void* y)> nearest_kernel{"interpolate_nearest"};

}  // namespace lampas
