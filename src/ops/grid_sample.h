#pragma once

#include "backend/conv_shape.h"
#include "backend/kernel.h"

namespace lampas {

enum class GridMode : int8_t { Linear, Nearest, Cubic };
enum class GridPadding : int8_t { Zeros, Border, Reflection };

/// `batch` images of `channels` dense planes, sampled at `points` places each. Dimensions outermost first; a grid entry
/// holds the coordinates innermost first.
struct GridShape {
  int dims = 2;
  GridMode mode = GridMode::Linear;
  GridPadding padding = GridPadding::Zeros;
  bool align_corners = false;
  int64_t batch = 0, channels = 0, points = 0;
  int64_t in[kMaxSpatial] = {1, 1, 1};

  int taps() const { return mode == GridMode::Nearest ? 1 : mode == GridMode::Linear ? 2 : 4; }
  int64_t plane() const { return in[0] * in[1] * (dims == 3 ? in[2] : 1); }
};

inline Kernel<void(const GridShape& s, const void* x, const void* grid, void* y)> grid_sample_kernel{"grid_sampler"};
/// dx and dgrid, either of which may be null; every element is written.
inline Kernel<void(const GridShape& s, const void* dy, const void* x, const void* grid, void* dx, void* dgrid)>
    grid_sample_backward_kernel{"grid_sampler_backward"};
/// What the derivative written in ops starts from, for each (batch, dims, point): the elements `index` (taps a point, 0
/// where there is none) and whether they are `inside` (1 or 0), the place `part` between them and its `slope` in the
/// grid coordinate.
inline Kernel<void(const GridShape& s, const void* grid, int64_t* index, void* inside, void* part, void* slope)>
    grid_taps_kernel{"grid_taps"};

}  // namespace lampas
