#pragma once

#include <cstddef>
#include <cstdint>
#include <new>

#include "lampas/base/export.h"

namespace lampas::cpu {

/// Blocks up to this size come from the calling thread's cache; larger ones from the process-wide cache.
inline constexpr size_t kSmallLimit = 4096;

namespace detail {

/// Size classes: multiples of 64 up to 1 KiB, of 256 up to 2 KiB, of 512 up to 4 KiB.
inline constexpr int kSmallClasses = 24;
constexpr size_t small_class_bytes(int c) {
  return c < 16 ? 64u * (c + 1) : c < 20 ? 1024u + 256u * (c - 15) : 2048u + 512u * (c - 19);
}
struct SmallClassTable {
  uint8_t of[kSmallLimit / 64 + 1] = {};
  constexpr SmallClassTable() {
    for (int c = 0, i = 0; c < kSmallClasses; ++c)
      for (; static_cast<size_t>(i) * 64 <= small_class_bytes(c); ++i) of[i] = static_cast<uint8_t>(c);
  }
};
inline constexpr SmallClassTable small_class_table;
/// The class of a request of at most kSmallLimit bytes (0 counts as 1).
inline int small_class(size_t bytes) { return small_class_table.of[(bytes + 63) / 64]; }

struct SmallBlock {
  SmallBlock* next;
};

/// One thread's free blocks. Zero-initialised and trivially destructible, so that an access is one load from the thread
/// pointer; an untouched, switched-off or already destroyed cache has no blocks and no room, and so always takes the
/// slow path.
struct SmallCache {
  SmallBlock* free[kSmallClasses];
  uint32_t room[kSmallClasses];  // blocks the list may still take
};
extern constinit thread_local SmallCache small_cache __attribute__((tls_model("initial-exec")));

void* small_refill(int size_class, size_t bytes);
void small_overflow(void* p, int size_class) noexcept;

}  // namespace detail

/// 64-byte aligned memory of `bytes` <= kSmallLimit bytes: a few nanoseconds, no lock. Throws Error when memory runs
/// out.
inline void* small_allocate(size_t bytes) {
  const int c = detail::small_class(bytes);
  detail::SmallCache& cache = detail::small_cache;
  detail::SmallBlock* p = cache.free[c];
  if (LAMPAS_UNLIKELY(!p)) return detail::small_refill(c, bytes);
  cache.free[c] = p->next;
  ++cache.room[c];
  return p;
}

/// Returns memory from `small_allocate(bytes)`, of any thread.
inline void small_deallocate(void* p, size_t bytes) noexcept {
  const int c = detail::small_class(bytes);
  detail::SmallCache& cache = detail::small_cache;
  if (LAMPAS_UNLIKELY(!cache.room[c])) return detail::small_overflow(p, c);
  --cache.room[c];
  cache.free[c] = ::new (p) detail::SmallBlock{cache.free[c]};
}

}  // namespace lampas::cpu
