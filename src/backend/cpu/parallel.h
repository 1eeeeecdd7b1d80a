#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>

#include "backend/cpu/team.h"
#include "lampas/backend/cpu/threads.h"

namespace lampas::cpu {

/// Work of about this many simple element operations per thread is worth a fork.
inline constexpr int64_t kGrain = 32768;

/// Calls `f(begin, end)` on disjoint ranges covering [0, n), each at least `grain` long (but the last), on up to
/// `get_num_threads()` threads. The split depends only on n, grain and the thread count. Nested calls run serially.
/// An exception thrown by `f` is rethrown here.
template <class F>
void parallel_for(int64_t n, int64_t grain, const F& f) {
  if (n <= 0) return;
  const int threads =
      n <= grain || in_team()
          ? 1
          : static_cast<int>(std::min<int64_t>(get_num_threads(),
                                               (n + std::max<int64_t>(grain, 1) - 1) / std::max<int64_t>(grain, 1)));
  if (threads <= 1) {
    f(int64_t{0}, n);
    return;
  }
  std::exception_ptr error;
  std::atomic_flag failed;
  run_team(threads, [&](int64_t t, int64_t k) {
    const int64_t chunk = (n + k - 1) / k, begin = t * chunk, end = std::min(n, begin + chunk);
    if (begin >= end) return;
    try {
      f(begin, end);
    } catch (...) {
      if (!failed.test_and_set()) error = std::current_exception();
    }
  });
  if (error) std::rethrow_exception(error);
}

}  // namespace lampas::cpu
