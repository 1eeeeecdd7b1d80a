#pragma once

#include <cstddef>
#include <cstdint>

#include "lampas/base/export.h"

namespace lampas::cpu {

/// Bytes, and counts since start, of the CPU caching allocator.
struct AllocatorStats {
  uint64_t allocated_bytes = 0;  // handed out and not yet returned
  uint64_t peak_bytes =
      0;  // highest allocated_bytes so far (large blocks; small ones are counted when their cache refills)
  uint64_t cached_bytes = 0;        // kept for reuse
  uint64_t allocations = 0;         // large blocks handed out
  uint64_t system_allocations = 0;  // of those, taken from the system
};

/// 64-byte aligned memory. Up to 4 KiB it comes from a thread-local size-class cache without locks; beyond that from a
/// bounded process-wide cache of large blocks. Throws Error when the system has no memory left.
LAMPAS_API void* allocate(size_t bytes);
/// Returns memory from `allocate`; `bytes` is the size asked for. May be called by another thread than the allocating
/// one.
LAMPAS_API void deallocate(void* p, size_t bytes) noexcept;
LAMPAS_API AllocatorStats allocator_stats();
/// Gives every cached large block, and the calling thread's small blocks, back to the system.
LAMPAS_API void empty_cache();
/// Upper bound of the large-block cache in bytes (default: 1 GiB or LAMPAS_CACHE_MB).
LAMPAS_API void set_cache_limit(size_t bytes);

}  // namespace lampas::cpu
