#include "lampas/backend/cpu/allocator.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include "backend/cpu/block_cache.h"
#include "backend/cpu/small_cache.h"
#include "lampas/base/error.h"
#include "lampas/core/storage.h"

using namespace lampas;

namespace {

bool aligned(const void* p) { return reinterpret_cast<uintptr_t>(p) % 64 == 0; }

struct Held {
  unsigned char* p;
  size_t bytes;
  unsigned char mark;
};
Held hold(size_t bytes, unsigned char mark) {
  Held h{static_cast<unsigned char*>(cpu::allocate(bytes)), bytes, mark};
  std::memset(h.p, mark, bytes);
  return h;
}
bool intact(const Held& h) {
  for (size_t i = 0; i<h.bytes; i += h.bytes> 4096 ? 61 : 1)
    if (h.p[i] != h.mark) return false;
  return h.bytes == 0 || h.p[h.bytes - 1] == h.mark;
}

}  // namespace

TEST(SmallCache, ClassesCoverEveryRequest) {
  size_t before = 0;
  for (int c = 0; c < cpu::detail::kSmallClasses; ++c) {
    EXPECT_GT(cpu::detail::small_class_bytes(c), before);
    EXPECT_EQ(cpu::detail::small_class_bytes(c) % 64, 0u);
    before = cpu::detail::small_class_bytes(c);
  }
  EXPECT_EQ(before, cpu::kSmallLimit);
  for (size_t n = 0; n <= cpu::kSmallLimit; ++n) {
    const int c = cpu::detail::small_class(n);
    EXPECT_GE(cpu::detail::small_class_bytes(c), n);
    if (c > 0) {
      EXPECT_LT(cpu::detail::small_class_bytes(c - 1), n);
    }
  }
}

TEST(SmallCache, ReusesTheLastBlock) {
  if (!cpu::detail::caching()) GTEST_SKIP();
  void* a = cpu::small_allocate(100);
  cpu::small_deallocate(a, 100);
  void* b = cpu::small_allocate(128);
  EXPECT_EQ(a, b);
  cpu::small_deallocate(b, 128);
}

TEST(Allocator, BlocksAreAlignedAndDisjoint) {
  std::mt19937 random(1);
  std::vector<Held> held;
  const auto check_and_free = [&](size_t j) {
    const bool ok = intact(held[j]);
    cpu::deallocate(held[j].p, held[j].bytes);
    held[j] = held.back();
    held.pop_back();
    return ok;
  };
  for (int i = 0; i < 20000; ++i) {
    if (held.size() < 300 || random() % 2) {
      const int kind = random() % 200;
      const size_t bytes = random() % (kind == 0 ? 5000000 : kind < 8 ? 200000 : 5000);
      held.push_back(hold(bytes, static_cast<unsigned char>(i)));
      ASSERT_TRUE(aligned(held.back().p));
    } else {
      ASSERT_TRUE(check_and_free(random() % held.size()));
    }
    while (held.size() > 500) ASSERT_TRUE(check_and_free(random() % held.size()));
  }
  while (!held.empty()) ASSERT_TRUE(check_and_free(held.size() - 1));
}

TEST(Allocator, ManyBlocksLiveAtOnce) {
  std::vector<Held> held;
  for (int i = 0; i < 50000; ++i) held.push_back(hold(i % 3 ? 192 : 64 * (i % 20), static_cast<unsigned char>(i)));
  for (const Held& h : held) {
    ASSERT_TRUE(intact(h));
    cpu::deallocate(h.p, h.bytes);
  }
}

TEST(Allocator, ThreadsMayFreeEachOthersBlocks) {
  std::vector<std::vector<Held>> made(4);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 5000; ++i) made[t].push_back(hold((i * 37) % 6000, static_cast<unsigned char>(i + t)));
    });
  for (auto& t : threads) t.join();
  threads.clear();
  std::atomic<int> damaged{0};
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (const Held& h : made[(t + 1) % 4]) {
        damaged += !intact(h);
        cpu::deallocate(h.p, h.bytes);
        Held again = hold(h.bytes, 1);
        damaged += !intact(again);
        cpu::deallocate(again.p, again.bytes);
      }
    });
  for (auto& t : threads) t.join();
  EXPECT_EQ(damaged, 0);
}

namespace {
struct LateFree {
  void *small = nullptr, *large = nullptr;
  ~LateFree() {
    cpu::deallocate(small, 200);
    cpu::deallocate(large, 20000);
    cpu::deallocate(cpu::allocate(64), 64);
  }
};
}  // namespace

TEST(Allocator, FreesAfterTheThreadsCacheIsGone) {
  cpu::empty_cache();
  const uint64_t before = cpu::allocator_stats().allocated_bytes;
  for (int i = 0; i < 20; ++i)
    std::thread([] {
      thread_local LateFree late;  // constructed before the cache starts, hence destroyed after it
      late.small = nullptr;
      late.small = cpu::allocate(200);
      late.large = cpu::allocate(20000);
    }).join();
  EXPECT_EQ(cpu::allocator_stats().allocated_bytes, before);
}

TEST(Allocator, LargeBlocksAreReusedWithinTheLimit) {
  if (!cpu::detail::caching()) GTEST_SKIP();
  cpu::empty_cache();
  const auto start = cpu::allocator_stats();
  void* a = cpu::allocate(100000);
  cpu::deallocate(a, 100000);
  const auto s = cpu::allocator_stats();
  EXPECT_EQ(s.system_allocations, start.system_allocations + 1);
  EXPECT_GE(s.cached_bytes, start.cached_bytes + 100000);
  EXPECT_LE(s.cached_bytes, start.cached_bytes + 125000);
  void* b = cpu::allocate(101000);
  EXPECT_EQ(a, b);
  EXPECT_EQ(cpu::allocator_stats().system_allocations, s.system_allocations);
  EXPECT_EQ(cpu::allocator_stats().allocations, start.allocations + 2);
  cpu::deallocate(b, 101000);

  cpu::set_cache_limit(4 << 20);
  std::vector<void*> blocks;
  for (int i = 0; i < 10; ++i) blocks.push_back(cpu::allocate(1 << 20));
  for (void* p : blocks) cpu::deallocate(p, 1 << 20);
  EXPECT_LE(cpu::allocator_stats().cached_bytes, start.cached_bytes + (4u << 20));
  EXPECT_GT(cpu::allocator_stats().cached_bytes, start.cached_bytes);
  void* big = cpu::allocate(16 << 20);
  std::memset(big, 1, 16 << 20);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(big) % (2 << 20), 0u);
  cpu::deallocate(big, 16 << 20);
  EXPECT_LE(cpu::allocator_stats().cached_bytes, start.cached_bytes + (4u << 20));
  cpu::set_cache_limit(size_t{1} << 30);
  cpu::empty_cache();
  EXPECT_LE(cpu::allocator_stats().cached_bytes, start.cached_bytes);
}

TEST(Allocator, WastesAtMostAQuarter) {
  if (!cpu::detail::caching()) GTEST_SKIP();
  for (size_t bytes = 4097; bytes < (size_t{1} << 24); bytes += bytes / 7 + 1) {
    cpu::empty_cache();
    const uint64_t before = cpu::allocator_stats().cached_bytes;
    cpu::deallocate(cpu::allocate(bytes), bytes);
    const uint64_t kept = cpu::allocator_stats().cached_bytes - before;
    EXPECT_GE(kept, bytes);
    EXPECT_LE(kept, bytes + bytes / 4) << bytes;
  }
}

TEST(Allocator, AbsurdSizesAreErrors) {
  const uint64_t before = cpu::allocator_stats().allocated_bytes;
  for (size_t bytes : {~size_t{0}, ~size_t{0} / 2, size_t{1} << 50, size_t{1} << 46}) try {
      void* p = cpu::allocate(bytes);
      cpu::deallocate(p, bytes);
      ADD_FAILURE() << bytes;
    } catch (const Error& e) {
      EXPECT_NE(std::string(e.what()).find("out of memory: " + std::to_string(bytes)), std::string::npos) << e.what();
    }
  EXPECT_EQ(cpu::allocator_stats().allocated_bytes, before);
}

TEST(Allocator, SurvivesFork) {
  if (!cpu::detail::caching()) GTEST_SKIP();  // AddressSanitizer's own allocator may deadlock in the child
  const auto work = [] {
    std::vector<void*> v;
    for (int i = 0; i < 300; ++i) v.push_back(cpu::allocate(4000));
    for (void* p : v) cpu::deallocate(p, 4000);
    cpu::deallocate(cpu::allocate(100000), 100000);
  };
  std::atomic<bool> stop{false};
  std::thread busy([&] {
    while (!stop) work();
  });
  for (int i = 0; i < 20; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      alarm(20);
      work();
      _exit(0);
    }
    int status = 1;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  stop = true;
  busy.join();
}

TEST(Storage, AllocatesAndFrees) {
  cpu::empty_cache();
  const uint64_t before = cpu::allocator_stats().allocated_bytes;
  for (size_t bytes : {size_t{0}, size_t{1}, size_t{64}, size_t{3900}, size_t{4096}, size_t{5000}, size_t{3} << 20}) {
    StoragePtr s = allocate_storage(bytes, kCPU);
    EXPECT_EQ(s->nbytes, bytes);
    EXPECT_EQ(s->data == nullptr, bytes == 0);
    EXPECT_TRUE(aligned(s->data));
    if (bytes) std::memset(s->data, 7, bytes);
    StoragePtr t = s;
    EXPECT_EQ(s->refs.value(), 2u);
    s->nbytes = bytes / 2;  // shrinking must not confuse the allocator
  }
  cpu::empty_cache();
  EXPECT_EQ(cpu::allocator_stats().allocated_bytes, before);
  EXPECT_THROW(allocate_storage(4, kCUDA), Error);
}

TEST(Storage, ForeignMemoryIsGivenToItsDeleter) {
  int freed = 0;
  {
    StoragePtr s = StoragePtr::adopt(new StorageImpl);
    s->context = &freed;
    s->deleter = [](StorageImpl& self) { ++*static_cast<int*>(self.context); };
  }
  EXPECT_EQ(freed, 1);
}
