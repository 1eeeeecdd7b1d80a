#pragma once

#include <atomic>
#include <cstdint>

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

#include "backend/cpu/tile_copy.h"
#include "lampas/base/export.h"

namespace lampas::cpu {

// Streaming: results written around the cache, whole lines at a time. An ordinary store first fetches the line it
// overwrites, and in a loop over more memory than the cache holds that line is evicted before anyone reads it: a third
// of a sum's traffic, half of a copy's. Where everything fits, ordinary stores win, because the next operation finds
// the result in the cache.

/// Bytes an operation must touch for its results to be streamed: three quarters of the last-level cache, 128 MiB at
/// most; 0 until asked.
inline std::atomic<int64_t> stream_threshold{0};
int64_t find_stream_threshold();

inline bool streams(int64_t bytes) {
  int64_t least = stream_threshold.load(std::memory_order_relaxed);
  if (LAMPAS_UNLIKELY(least == 0)) least = find_stream_threshold();
  return bytes >= least && copy_functions.stream;
}

/// The same for an operation that reads and writes so much. Inputs that are two thirds of that alone stay in the cache
/// if a smaller result goes around it; written to the cache, it would take their place, and fetching its lines would
/// hold up theirs (16 MiB compared to a number, 4 MiB of bools: 340 µs instead of 520).
inline bool streams(int64_t read, int64_t written) { return streams(read + (written > read / 2 ? written : read / 2)); }

inline constexpr int64_t kLine = 64;
/// Whether memory that starts here, and all of it that is a multiple of the steps away, is made of whole lines.
inline bool on_lines(const void* p, int64_t step = 0) {
  return (reinterpret_cast<uintptr_t>(p) | static_cast<uintptr_t>(step)) % kLine == 0;
}

/// Makes streamed results visible to other threads before anything written later.
inline void stream_fence() {
#if defined(__SSE2__)
  _mm_sfence();
#endif
}

}  // namespace lampas::cpu
