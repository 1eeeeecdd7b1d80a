#pragma once

#include <cstdint>

#include "lampas/base/array_ref.h"
#include "lampas/core/dtype.h"

namespace lampas {

/// Inner loop of an elementwise kernel: `n` elements; `data[0]` is the output (or the first `outputs` are), the rest inputs;
/// `strides` are in bytes, one per operand, 0 for a broadcast input. `params` points to the op's parameter struct, or is null.
/// Output memory may equal an input's exactly (in-place), never overlap it partially.
using PointwiseFn = void(char* const* data, const int64_t* strides, int64_t n, const void* params);

/// At most this many operands in one pointwise call.
inline constexpr int kMaxOperands = 6;

/// One operand of a strided loop: strides in *elements*, already broadcast (0 where the size was 1), aligned to the loop's shape.
struct Operand {
  void* data;
  const int64_t* strides;
  ScalarType dtype;
};

/// Runs `fn` over all elements of `shape`. Dimensions are reordered and merged so that the inner loop is as long and as
/// contiguous as possible; large loops are split over threads. `cost` is the work per element relative to an add.
void run_pointwise(PointwiseFn* fn, const Operand* operands, int count, IntArrayRef shape, const void* params, int cost = 1);

}  // namespace lampas
