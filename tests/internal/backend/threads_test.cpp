#include "lampas/backend/cpu/threads.h"

#include <gtest/gtest.h>
#include <omp.h>

#include <atomic>
#include <limits>
#include <vector>

#include "backend/cpu/parallel.h"
#include "backend/verbose.h"

using namespace lampas;

namespace {
struct Threads {
  int before = get_num_threads();
  explicit Threads(int n) { set_num_threads(n); }
  ~Threads() { set_num_threads(before); }
};
}  // namespace

TEST(Threads, Number) {
  EXPECT_GE(get_num_threads(), 1);
  const int theirs = omp_get_max_threads();
  {
    Threads three(3);
    EXPECT_EQ(get_num_threads(), 3);
    EXPECT_EQ(omp_get_max_threads(), theirs);
  }
  EXPECT_THROW(set_num_threads(0), ValueError);
  EXPECT_THROW(set_num_threads(-2), ValueError);
}

TEST(Threads, ParallelForCoversEachIndexOnce) {
  for (int threads : {1, 2, 3, 5})
    for (int64_t n : {0, 1, 9, 10, 11, 1000, 1001}) {
      Threads use(threads);
      std::vector<int> seen(n, 0);
      cpu::parallel_for(n, 10, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) ++seen[i];
      });
      for (int64_t i = 0; i < n; ++i) ASSERT_EQ(seen[i], 1);
    }
}

TEST(Threads, ExceptionsCrossTheRegion) {
  Threads use(2);
  EXPECT_THROW(cpu::parallel_for(100, 1, [](int64_t, int64_t) { fail("inside"); }), Error);
}

TEST(Threads, FlushDenormal) {
  volatile float tiny = std::numeric_limits<float>::denorm_min(), two = 2;
  Threads use(3);
  const auto nonzero = [&] {
    std::atomic<int> count{0};
    cpu::parallel_for(3, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) count += tiny * two != 0;
    });
    return count.load();
  };
  EXPECT_EQ(nonzero(), 3);
  if (!set_flush_denormal(true)) GTEST_SKIP();
  EXPECT_EQ(nonzero(), 0);
  set_num_threads(6);  // workers started later follow
  EXPECT_EQ(nonzero(), 0);
  set_flush_denormal(false);
  EXPECT_EQ(nonzero(), 3);
}

TEST(Verbose, SilentUnlessAsked) {
  testing::internal::CaptureStderr();
  trace_dispatch("conv2d: ", 3);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  testing::internal::CaptureStderr();
  detail::print_dispatch("conv2d: direct");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "lampas: dispatch: conv2d: direct\n");
}
