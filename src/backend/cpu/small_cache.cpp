#include "backend/cpu/small_cache.h"

#include <algorithm>
#include <cstdlib>
#include <mutex>

#include "backend/cpu/block_cache.h"

namespace lampas::cpu::detail {

constinit thread_local SmallCache small_cache = {};

namespace {

constexpr size_t kSlabBytes = 64 * 1024, kChunkBytes = 16 * kSlabBytes, kSlabHeader = 64;
/// A thread keeps at most this much of one class: what a long autograd chain frees, the next one finds again.
constexpr size_t kThreadClassBytes = 512 * 1024;
constexpr uint32_t kSpareSlabs = 256;

constexpr uint32_t thread_room(int c) { return static_cast<uint32_t>(kThreadClassBytes / small_class_bytes(c)); }
constexpr uint32_t refill_count(int c) {
  return static_cast<uint32_t>(std::clamp<size_t>(8192 / small_class_bytes(c), 2, 32));
}

/// A run of blocks of one class, aligned to its own size so that a block finds it by masking.
struct Slab {
  Slab *prev, *next;  // slabs of the class that have free blocks; or spare slabs
  SmallBlock* free;
  uint32_t used, carved, total;
  int size_class;
};
static_assert(sizeof(Slab) <= kSlabHeader);

Slab* slab_of(void* p) { return reinterpret_cast<Slab*>(reinterpret_cast<uintptr_t>(p) & ~(kSlabBytes - 1)); }

/// Where threads get blocks from and hand them back to, in batches. Never destroyed: static objects may free late.
class Depot {
 public:
  std::mutex mutex;

  /// Up to `count` blocks as a list, at least one unless memory has run out.
  SmallBlock* take(int c, uint32_t count, uint32_t& taken) noexcept {
    SmallBlock* list = nullptr;
    taken = 0;
    while (taken < count) {
      Slab* s = partial_[c];
      if (!s && !(taken == 0 && (s = new_slab(c)))) break;
      for (; taken < count && s->used < s->total; ++taken, ++s->used) {
        void* p = s->free;
        if (p)
          s->free = s->free->next;
        else
          p = reinterpret_cast<char*>(s) + kSlabHeader + s->carved++ * small_class_bytes(c);
        list = ::new (p) SmallBlock{list};
      }
      if (s->used == s->total) unlink(s);
    }
    allocated_ += taken * small_class_bytes(c);
    peak_ = std::max(peak_, allocated_);
    return list;
  }

  void give(int c, SmallBlock* list) noexcept {
    while (list) {
      SmallBlock* block = list;
      list = list->next;
      Slab* s = slab_of(block);
      if (s->used == s->total) link(s);
      block->next = s->free;
      s->free = block;
      allocated_ -= small_class_bytes(c);
      if (--s->used == 0 &&
          (s->prev || s->next)) {  // the class keeps its last slab, or a lone tensor would map and unmap
        unlink(s);
        retire(s);
      }
    }
  }

  void release_unused() noexcept {
    for (Slab*& head : partial_)
      for (Slab *s = head, *next; s; s = next) {
        next = s->next;
        if (s->used) continue;
        unlink(s);
        retire(s);
      }
    while (spare_) unmap_spare();
  }

  CacheUse use() const {
    return {allocated_, peak_,
            static_cast<uint64_t>(slabs_ * kSlabBytes) - std::min<uint64_t>(allocated_, slabs_ * kSlabBytes), 0, 0};
  }

 private:
  Slab* new_slab(int c) noexcept {
    if (!spare_) {
      char* chunk = static_cast<char*>(map_pages(kChunkBytes, kSlabBytes));
      if (!chunk) return nullptr;
      for (size_t at = kChunkBytes; at > 0; at -= kSlabBytes)
        push_spare(reinterpret_cast<Slab*>(chunk + at - kSlabBytes));
      slabs_ += kChunkBytes / kSlabBytes;
    }
    Slab* s = spare_;
    spare_ = s->next;
    --spares_;
    const uint32_t total = static_cast<uint32_t>((kSlabBytes - kSlabHeader) / small_class_bytes(c));
    s = ::new (s) Slab{nullptr, nullptr, nullptr, 0, 0, total, c};
    link(s);
    return s;
  }
  void push_spare(Slab* s) noexcept {
    s->next = spare_;
    spare_ = s;
    ++spares_;
  }
  void unmap_spare() noexcept {
    Slab* s = spare_;
    spare_ = s->next;
    --spares_;
    --slabs_;
    unmap_pages(s, kSlabBytes);
  }
  void retire(Slab* s) noexcept {
    push_spare(s);
    if (spares_ > kSpareSlabs) unmap_spare();
  }
  void link(Slab* s) noexcept {
    Slab*& head = partial_[s->size_class];
    s->prev = nullptr;
    s->next = head;
    if (head) head->prev = s;
    head = s;
  }
  void unlink(Slab* s) noexcept {
    (s->prev ? s->prev->next : partial_[s->size_class]) = s->next;
    if (s->next) s->next->prev = s->prev;
    s->prev = s->next = nullptr;
  }

  Slab* partial_[kSmallClasses] = {};
  Slab* spare_ = nullptr;
  uint32_t spares_ = 0;
  uint64_t slabs_ = 0, allocated_ = 0, peak_ = 0;
};
constinit Depot depot;

enum class ThreadState : char { untouched, caching, over };
constinit thread_local ThreadState thread_state = ThreadState::untouched;

void flush_thread() noexcept {
  std::lock_guard lock(depot.mutex);
  for (int c = 0; c < kSmallClasses; ++c) {
    depot.give(c, small_cache.free[c]);
    small_cache.free[c] = nullptr;
    small_cache.room[c] = thread_state == ThreadState::caching ? thread_room(c) : 0;
  }
}

/// Its destructor runs when the thread ends. Frees by objects that are destroyed later find no room and go to the
/// depot.
struct ThreadEnd {
  bool armed = false;
  ~ThreadEnd() {
    thread_state = ThreadState::over;
    if (armed) flush_thread();
  }
};
thread_local ThreadEnd thread_end;

void start_thread() noexcept {
  thread_end.armed = true;
  thread_state = ThreadState::caching;
  for (int c = 0; c < kSmallClasses; ++c) small_cache.room[c] = thread_room(c);
}

}  // namespace

void* small_refill(int c, size_t bytes) {
  if (!caching()) {
    void* p = system_allocate(bytes);
    if (!p) out_of_memory(bytes);
    return p;
  }
  if (thread_state == ThreadState::untouched) start_thread();
  const bool keep = thread_state == ThreadState::caching;
  uint32_t taken = 0;
  SmallBlock* list = nullptr;
  for (int attempt = 0; attempt < 2 && !list; ++attempt) {
    if (attempt) empty_large_cache();
    std::lock_guard lock(depot.mutex);
    list = depot.take(c, keep ? refill_count(c) : 1, taken);
  }
  if (!list) out_of_memory(bytes);
  if (keep) {
    small_cache.free[c] = list->next;
    small_cache.room[c] -= taken - 1;
  }
  return list;
}

void small_overflow(void* p, int c) noexcept {
  if (!caching()) return std::free(p);
  if (thread_state == ThreadState::untouched) {
    start_thread();
    small_cache.free[c] = ::new (p) SmallBlock{nullptr};
    --small_cache.room[c];
    return;
  }
  // A full list gives a quarter away together with `p`; after the thread's end there is only `p`.
  SmallBlock* list = ::new (p) SmallBlock{nullptr};
  if (thread_state == ThreadState::caching) {
    const uint32_t count = thread_room(c) / 4;
    for (uint32_t i = 0; i < count; ++i) {
      SmallBlock* block = small_cache.free[c];
      small_cache.free[c] = block->next;
      block->next = list;
      list = block;
    }
    small_cache.room[c] += count;
  }
  std::lock_guard lock(depot.mutex);
  depot.give(c, list);
}

CacheUse small_use() {
  std::lock_guard lock(depot.mutex);
  return depot.use();
}

void empty_small_cache() {
  if (thread_state == ThreadState::caching) flush_thread();
  std::lock_guard lock(depot.mutex);
  depot.release_unused();
}

void lock_small_cache() { depot.mutex.lock(); }
void unlock_small_cache() { depot.mutex.unlock(); }

}  // namespace lampas::cpu::detail
