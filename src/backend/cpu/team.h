#pragma once

#include <omp.h>

#ifdef __SANITIZE_THREAD__
#include <thread>
#include <vector>
#endif

/// A team of threads that run one function at once: OpenMP's, whose workers stay between two teams. ThreadSanitizer
/// cannot see the barriers of GCC's OpenMP and would report every hand-over as a race; instrumented builds start
/// threads of their own instead, so that what it reports is ours.
namespace lampas::cpu {

#ifndef __SANITIZE_THREAD__

/// Whether the calling thread is one of a team: it then does its work alone.
inline bool in_team() { return omp_in_parallel(); }
/// Which of its team the calling thread is.
inline int team_index() { return omp_get_thread_num(); }

/// Calls `f(index, count)` on up to `threads` threads, the caller one of them, and waits for all. `f` must not throw.
template <class F>
void run_team(int threads, const F& f) {
#pragma omp parallel num_threads(threads)
  f(omp_get_thread_num(), omp_get_num_threads());
}

#else

inline thread_local bool team_member = false;
inline thread_local int team_number = 0;
inline bool in_team() { return team_member || omp_in_parallel(); }
inline int team_index() { return team_member ? team_number : omp_get_thread_num(); }

template <class F>
void run_team(int threads, const F& f) {
  const auto work = [&](int index) {
    team_member = true;
    team_number = index;
    f(index, threads);
    team_member = false;
  };
  std::vector<std::thread> others;
  for (int i = 1; i < threads; ++i) others.emplace_back(work, i);
  work(0);
  for (std::thread& t : others) t.join();
}

#endif

}  // namespace lampas::cpu
