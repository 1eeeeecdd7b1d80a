#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

#include "lampas/base/export.h"

namespace lampas {

/// Threads one op may use. Default: OMP_NUM_THREADS, else the processors the affinity mask and cgroup quota allow.
/// The caller's own OpenMP settings are neither read afterwards nor changed.
LAMPAS_API int get_num_threads();
LAMPAS_API void set_num_threads(int n);
/// Flush denormals to zero on this thread and in op workers; false when the processor cannot.
LAMPAS_API bool set_flush_denormal(bool on);

/// Whether the calling thread runs a part of a `parallel_for`, and which: nested calls run serially.
LAMPAS_API bool in_parallel_region();
LAMPAS_API int get_thread_num();

namespace detail {
LAMPAS_API void parallel_ranges(int64_t begin, int64_t end, int64_t grain, void (*f)(const void*, int64_t, int64_t),
                                const void* context);
}
/// Calls `f(begin, end)` on disjoint ranges that cover [begin, end), side by side, each at least `grain` long (but the
/// last). Depends on nothing but the arguments and the number of threads; rethrows what `f` throws.
template <class F>
void parallel_for(int64_t begin, int64_t end, int64_t grain, const F& f) {
  detail::parallel_ranges(
      begin, end, grain, [](const void* g, int64_t b, int64_t e) { (*static_cast<const F*>(g))(b, e); }, &f);
}
/// Joins `f(begin, end, identity)` of such ranges with `join`, in their order.
template <class T, class F, class Join>
T parallel_reduce(int64_t begin, int64_t end, int64_t grain, const T identity, const F& f, const Join& join) {
  if (begin >= end) return identity;
  if (in_parallel_region() || get_num_threads() == 1 || end - begin <= grain) return f(begin, end, identity);
  struct Part {  // no std::vector<bool>: threads write side by side
    T value;
  };
  // As many ranges as threads: the k-th is known by where it begins.
  const int64_t n = end - begin, least = grain > 1 ? grain : 1, parts = (n + least - 1) / least,
                count = parts < get_num_threads() ? parts : get_num_threads(), length = (n + count - 1) / count;
  std::vector<Part> results(static_cast<size_t>(count), Part{identity});
  parallel_for(0, count, 1, [&](int64_t first, int64_t last) {
    for (int64_t k = first; k < last; ++k) {
      const int64_t b = begin + k * length, e = b + length < end ? b + length : end;
      if (b < e) results[static_cast<size_t>(k)].value = f(b, e, identity);
    }
  });
  T result = identity;
  for (const Part& part : results) result = join(result, part.value);
  return result;
}

}  // namespace lampas
