#pragma once

#include "ops/scan.h"

namespace lampas {

/// Scans of float32: of one line whose neighbours are `step` apart, or of up to `width` lines side by side, neighbours
/// of which are 1 apart. `indices` may be null. `rows`, which may be null: of `count` rows of n, n apart, from their
/// ends with `reverse`.
struct FloatScan {
  void (*row)(const float* x, float* y, int64_t* indices, int64_t n, int64_t step);
  void (*columns)(const float* x, float* y, int64_t* indices, int64_t n, int64_t step, int64_t width);
  int64_t width;
  void (*rows)(const float* x, float* y, int64_t count, int64_t n, bool reverse) = nullptr;
};
void run_float_scan(const Scan& s, const FloatScan& fns, const void* x, void* y, int64_t* indices);

}  // namespace lampas
