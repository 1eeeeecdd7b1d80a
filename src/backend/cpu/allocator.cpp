#include "lampas/backend/cpu/allocator.h"

#include <pthread.h>
#include <sys/mman.h>

#include <cstdlib>
#include <cstring>

#include "backend/cpu/block_cache.h"
#include "backend/cpu/small_cache.h"
#include "lampas/base/error.h"

#if defined(__SANITIZE_ADDRESS__)
#define LAMPAS_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LAMPAS_ADDRESS_SANITIZER 1
#endif
#endif

namespace lampas::cpu {
namespace detail {
namespace {

bool cache_wanted() {
#ifdef LAMPAS_ADDRESS_SANITIZER
  return false;
#else
  const char* off = std::getenv("LAMPAS_NO_CACHE");
  return !off || !*off || std::strcmp(off, "0") == 0;
#endif
}

void read_cache_limit() {
  const char* text = std::getenv("LAMPAS_CACHE_MB");
  if (!text) return;
  char* end = nullptr;
  const unsigned long long mb = std::strtoull(text, &end, 10);
  if (end != text && *end == '\0' && *text != '-' && mb < (1ull << 40))
    set_large_limit(static_cast<size_t>(mb) << 20);
  else
    warn(str("LAMPAS_CACHE_MB: expected a number of MiB, got '", text, "'; ignored"));
}

/// Once per process.
bool start() {
  const auto lock = [] {
    lock_small_cache();
    lock_large_cache();
  };
  const auto unlock = [] {
    unlock_large_cache();
    unlock_small_cache();
  };
  pthread_atfork(lock, unlock, unlock);
  read_cache_limit();
  return cache_wanted();
}

}  // namespace

bool caching() {
  static const bool on = start();
  return on;
}

void* system_allocate(size_t bytes) noexcept {
#ifdef LAMPAS_ADDRESS_SANITIZER
  if (bytes >> 39) return nullptr;  // its malloc would end the program instead of returning null
#endif
  void* p = nullptr;
  return posix_memalign(&p, 64, bytes ? bytes : 1) == 0 ? p : nullptr;
}

void* map_pages(size_t bytes, size_t alignment) noexcept {
  // Asks for more than needed and cuts both ends, so that the middle is aligned. `bytes` is whole pages.
  const size_t length = bytes + alignment;
  void* map = mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (map == MAP_FAILED) return nullptr;
  char* begin = static_cast<char*>(map);
  const size_t before = (alignment - reinterpret_cast<uintptr_t>(begin) % alignment) % alignment,
               after = alignment - before;
  if (before) munmap(begin, before);
  if (after) munmap(begin + before + bytes, after);
  return begin + before;
}

void unmap_pages(void* p, size_t bytes) noexcept { munmap(p, bytes); }

void out_of_memory(size_t bytes) {
  const AllocatorStats s = allocator_stats();
  fail("allocate: out of memory: ", bytes, " bytes were asked for, ", s.allocated_bytes, " are in use and ",
       s.cached_bytes, " cached");
}

}  // namespace detail

void* allocate(size_t bytes) { return bytes <= kSmallLimit ? small_allocate(bytes) : detail::large_allocate(bytes); }

void deallocate(void* p, size_t bytes) noexcept {
  if (!p) return;
  if (bytes <= kSmallLimit)
    small_deallocate(p, bytes);
  else
    detail::large_deallocate(p, bytes);
}

AllocatorStats allocator_stats() {
  const detail::CacheUse small = detail::small_use(), large = detail::large_use();
  AllocatorStats s;
  s.allocated_bytes = small.allocated + large.allocated;
  s.peak_bytes = small.peak + large.peak;
  s.cached_bytes = small.cached + large.cached;
  s.allocations = large.allocations;
  s.system_allocations = large.system_allocations;
  return s;
}

void empty_cache() {
  detail::empty_small_cache();
  detail::empty_large_cache();
}

void set_cache_limit(size_t bytes) { detail::set_large_limit(bytes); }

}  // namespace lampas::cpu
