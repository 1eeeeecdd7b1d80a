#pragma once

#include <cstdint>

#include "lampas/base/array_ref.h"
#include "lampas/core/dtype.h"

namespace lampas {

/// Inner loop of an elementwise kernel: `n` > 0 elements; the first pointers of `data` are outputs (usually one), the
/// rest inputs. `strides[k]`, in bytes, is the element size of operand k, or 0 for an input that is the same for all n
/// elements; never anything else, because the driver copies other layouts through small buffers. So a kernel has one
/// contiguous loop. `params` points to the op's parameter struct, or is null. An output's memory may equal an input's
/// exactly (in-place), never overlap it partially. A kernel must give an element the same result wherever it lies in
/// the n elements.
using PointwiseFn = void(char* const* data, const int64_t* strides, int64_t n, const void* params);

/// At most this many operands in one pointwise call.
inline constexpr int kMaxOperands = 6;

/// Whether results of so many elements lie in the L2 cache, so that stores wait while their lines move to the L1: loops
/// ask for them a few vectors ahead. Fewer are in the L1 already, more are bound by what lies beyond the L2.
constexpr bool stores_wait(int64_t n) { return n >= 2048 && n < 1 << 18; }

/// One operand of a strided loop: strides in *elements*, already broadcast (0 where the size was 1), aligned to the
/// loop's shape.
struct Operand {
  void* data;
  const int64_t* strides;
  ScalarType dtype;  // of the memory
};

/// Runs `fn` over all elements of `shape`. Operands are outputs first. Dimensions are reordered and merged so that the
/// inner loop is as long and contiguous as possible; strided and transposed operands go tile by tile through buffers
/// that stay in the L1 cache; large loops are split over threads. `cost` is the work per element relative to an add.
/// Inputs may have strides of 0; outputs may not (but where the size is 1). An in-place operand must be given with the
/// same strides on both sides. The result does not depend on the number of threads. Results of cheap kernels that touch
/// more memory than the cache holds are streamed where their rows are whole lines (backend/cpu/stream.h).
void run_pointwise(PointwiseFn* fn, const Operand* operands, int count, IntArrayRef shape, const void* params,
                   int cost = 1, int outputs = 1);

/// As run_pointwise for operands whose dtype in memory (`Operand::dtype`) is not what `fn` works in: `compute[k]` is
/// the dtype `fn` expects of operand k. Where they differ, blocks of the operand are converted (as a copy converts)
/// through a buffer in the L1 cache, before `fn` for inputs and after it for outputs: mixed-dtype ops need no temporary
/// tensor.
void run_pointwise_cast(PointwiseFn* fn, const Operand* operands, const ScalarType* compute, int count,
                        IntArrayRef shape, const void* params, int cost = 1, int outputs = 1);

/// out[i] = in[i] converted to out's dtype, for any two layouts and any two dtypes.
/// float to integer truncates toward zero; NaN and what does not fit give an unspecified value (no trap). Narrower
/// integers wrap. Anything to bool is x != 0. Real to complex has imaginary part 0; complex to real drops it. double to
/// float16 and bfloat16, and integers to them, go through float32 (so they round twice).
void run_copy(const Operand& out, const Operand& in, IntArrayRef shape);

/// Contiguous rows of `bytes` bytes.
struct JoinPart {
  const void* data;
  int64_t bytes;
};
/// Writes to `out`, for each of `rows` rows, that row of every part, one after another.
void run_join(void* out, const JoinPart* parts, int64_t count, int64_t rows);

/// out[i] = *value, which is one element of out's dtype.
void run_fill(const Operand& out, const void* value, IntArrayRef shape);

/// Converts `n` contiguous elements as run_copy does.
void convert(ScalarType from, const void* src, ScalarType to, void* dst, int64_t n);

}  // namespace lampas
