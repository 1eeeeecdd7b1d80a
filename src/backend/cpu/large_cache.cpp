#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <mutex>
#include <new>

#include "backend/cpu/block_cache.h"
#include "backend/cpu/small_cache.h"

namespace lampas::cpu::detail {
namespace {

/// From here on blocks are mapped on their own, aligned for huge pages: first touching a large temporary is
/// dominated by page faults, and a huge page has one where small pages have 512.
constexpr size_t kHugePage = 2u << 20;
/// No machine has more; also keeps every sum below from overflowing.
constexpr size_t kMaxBytes = size_t{1} << 46;
constexpr size_t kDefaultLimit = size_t{1} << 30;

constexpr int kFirstPower = 12;  // classes start above 2^12 = kSmallLimit
static_assert(kSmallLimit == size_t{1} << kFirstPower);
constexpr int kClasses = (46 - kFirstPower) * 4;

/// Powers of two in four steps (5/4, 6/4, 7/4, 8/4): at most a quarter of the request is added.
struct SizeClass {
  int index;
  size_t bytes;
  explicit SizeClass(size_t request) {
    const int power = std::bit_width(request - 1) - 1;  // 2^power < request <= 2^(power + 1)
    const size_t step = size_t{1} << (power - 2), base = size_t{1} << power, steps = (request - base + step - 1) / step;
    index = (power - kFirstPower) * 4 + static_cast<int>(steps) - 1;
    bytes = base + steps * step;
  }
};

void* block_from_system(size_t bytes) noexcept {
  if (bytes < kHugePage) return system_allocate(bytes);
  void* p = map_pages(bytes, kHugePage);
#ifdef MADV_HUGEPAGE
  if (p) madvise(p, bytes, MADV_HUGEPAGE);
#endif
  return p;
}
void block_to_system(void* p, size_t bytes) noexcept {
  if (bytes < kHugePage)
    std::free(p);
  else
    unmap_pages(p, bytes);
}

struct Links {
  Links *prev = this, *next = this;
  constexpr Links() = default;
  bool empty() const { return next == this; }
  void insert_front(Links* l) noexcept {
    l->prev = this;
    l->next = next;
    next->prev = l;
    next = l;
  }
  void remove() noexcept {
    prev->next = next;
    next->prev = prev;
  }
};

/// Lies at the start of a cached block.
struct FreeBlock : Links {
  struct Age : Links {
    FreeBlock* owner;
  } age;
  size_t bytes;
};

/// Most recently freed first within a class (its pages are the likeliest to be in the processor's cache); the block
/// that has waited longest is the first to leave when the limit is exceeded.
class LargeCache {
 public:
  std::mutex mutex;

  void* take(SizeClass c) noexcept {
    if (classes_[c.index].empty()) return nullptr;
    FreeBlock* b = static_cast<FreeBlock*>(classes_[c.index].next);
    forget(b);
    return b;
  }
  /// Caches the block; returns blocks to be freed outside the lock, linked by `next`, ended by null.
  FreeBlock* give(void* p, SizeClass c) noexcept {
    FreeBlock* b = ::new (p) FreeBlock;
    b->age.owner = b;
    b->bytes = c.bytes;
    classes_[c.index].insert_front(b);
    ages_.insert_front(&b->age);
    cached += c.bytes;
    return evict(limit);
  }
  FreeBlock* evict(size_t down_to) noexcept {
    FreeBlock* evicted = nullptr;
    while (cached > down_to) {
      FreeBlock* b = static_cast<FreeBlock::Age*>(ages_.prev)->owner;
      forget(b);
      b->next = evicted;
      evicted = b;
    }
    return evicted;
  }
  uint64_t cached = 0, allocated = 0, peak = 0, allocations = 0, system_allocations = 0;
  size_t limit = kDefaultLimit;

 private:
  void forget(FreeBlock* b) noexcept {
    b->remove();
    b->age.remove();
    cached -= b->bytes;
  }
  Links classes_[kClasses];
  Links ages_;
};
constinit LargeCache cache;

void free_list(FreeBlock* b) noexcept {
  while (b) {
    FreeBlock* next = static_cast<FreeBlock*>(b->next);
    block_to_system(b, b->bytes);
    b = next;
  }
}

[[noreturn]] __attribute__((noinline, cold)) void refuse(size_t bytes) {
  {
    std::lock_guard lock(cache.mutex);
    if (bytes <= kMaxBytes) cache.allocated -= bytes;
  }
  out_of_memory(bytes);
}

}  // namespace

void* large_allocate(size_t bytes) {
  if (bytes > kMaxBytes) refuse(bytes);
  const SizeClass c(bytes);
  const bool use_cache = caching();
  void* p = nullptr;
  {
    std::lock_guard lock(cache.mutex);
    if (use_cache) p = cache.take(c);
    cache.allocated += bytes;
    cache.peak = std::max(cache.peak, cache.allocated);
    ++cache.allocations;
    cache.system_allocations += !p;
  }
  if (p) return p;
  if (!use_cache) {
    p = system_allocate(bytes);
  } else {
    p = block_from_system(c.bytes);
    if (!p) {
      empty_large_cache();
      p = block_from_system(c.bytes);
    }
  }
  if (!p) refuse(bytes);
  return p;
}

void large_deallocate(void* p, size_t bytes) noexcept {
  const bool use_cache = caching();
  FreeBlock* evicted = nullptr;
  {
    std::lock_guard lock(cache.mutex);
    cache.allocated -= bytes;
    if (use_cache) evicted = cache.give(p, SizeClass(bytes));
  }
  if (!use_cache) return std::free(p);
  free_list(evicted);
}

CacheUse large_use() {
  std::lock_guard lock(cache.mutex);
  return {cache.allocated, cache.peak, cache.cached, cache.allocations, cache.system_allocations};
}

void empty_large_cache() {
  FreeBlock* evicted;
  {
    std::lock_guard lock(cache.mutex);
    evicted = cache.evict(0);
  }
  free_list(evicted);
}

void set_large_limit(size_t bytes) {
  FreeBlock* evicted;
  {
    std::lock_guard lock(cache.mutex);
    cache.limit = bytes;
    evicted = cache.evict(bytes);
  }
  free_list(evicted);
}

void lock_large_cache() { cache.mutex.lock(); }
void unlock_large_cache() { cache.mutex.unlock(); }

}  // namespace lampas::cpu::detail
