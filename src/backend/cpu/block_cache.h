#pragma once

#include <cstddef>
#include <cstdint>

/// What the two halves of the allocator (small_cache.cpp, large_cache.cpp) and its public face (allocator.cpp) share.
namespace lampas::cpu::detail {

/// False under AddressSanitizer and with LAMPAS_NO_CACHE=1 (for valgrind): every block then comes from, and goes back
/// to, malloc, so that these tools see each misuse.
bool caching();

/// 64-byte aligned memory from malloc, or null.
void* system_allocate(size_t bytes) noexcept;
/// Page-aligned (or coarser) fresh pages, or null; given back with munmap.
void* map_pages(size_t bytes, size_t alignment) noexcept;
void unmap_pages(void* p, size_t bytes) noexcept;
/// Throws Error.
[[noreturn]] void out_of_memory(size_t bytes);

struct CacheUse {
  uint64_t allocated = 0, peak = 0, cached = 0, allocations = 0, system_allocations = 0;
};
CacheUse small_use();
CacheUse large_use();
/// Gives unused slabs back, after the calling thread's blocks.
void empty_small_cache();
void empty_large_cache();

void* large_allocate(size_t bytes);
void large_deallocate(void* p, size_t bytes) noexcept;
void set_large_limit(size_t bytes);

/// Around fork(): the child must not inherit a lock that another thread held.
void lock_small_cache();
void unlock_small_cache();
void lock_large_cache();
void unlock_large_cache();

}  // namespace lampas::cpu::detail
