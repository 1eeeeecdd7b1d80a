// What the machine can do: fused multiply-adds of float32 and float64 per second and memcpy's bandwidth, on a given
// number of threads. The rows of the other programs are read against these.
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <thread>

#include "harness.h"

namespace {

int threads = 1;

/// Runs f(thread) on every thread at once and returns when all have ended.
template <class F>
void on_all(F f) {
  std::vector<std::thread> pool;
  for (int i = 1; i < threads; ++i) pool.emplace_back(f, i);
  f(0);
  for (auto& t : pool) t.join();
}

template <class T, int bytes>
struct Vector {
  typedef T type __attribute__((vector_size(bytes)));
};

/// Independent chains of x = x * a + b, enough to cover the latency of two units within 16 registers; the multiply-add
/// is contracted where the target has one.
constexpr int kChains = 12;
template <class T, int bytes, size_t... I>
[[gnu::always_inline]] inline T chains(int64_t rounds, std::index_sequence<I...>) {
  using V = typename Vector<T, bytes>::type;
  V x[kChains] = {(V{} + static_cast<T>(I))...};
  const V a = V{} + static_cast<T>(0.999), b = V{} + static_cast<T>(0.001);
  for (int64_t r = 0; r < rounds; ++r) ((x[I] = x[I] * a + b), ...);
  const V sum = (x[I] + ...);
  T s = 0;
  for (size_t i = 0; i < bytes / sizeof(T); ++i) s += sum[i];
  return s;
}
using Chains = std::make_index_sequence<kChains>;

#if defined(__x86_64__)
template <class T>
__attribute__((target("avx512f,fma"))) T chains_avx512(int64_t rounds) {
  return chains<T, 64>(rounds, Chains{});
}
template <class T>
__attribute__((target("avx2,fma"))) T chains_avx2(int64_t rounds) {
  return chains<T, 32>(rounds, Chains{});
}
#endif
template <class T>
T chains_baseline(int64_t rounds) {
  return chains<T, 16>(rounds, Chains{});
}

template <class T>
void fma_row(const char* name, int bytes, T (*f)(int64_t)) {
  constexpr int64_t rounds = 2'000'000;
  bench::row(std::string("peak/fma ") + name + (sizeof(T) == 8 ? " float64" : ""),
             [f] {
               return [f] {
                 std::atomic<T> sink{0};
                 on_all([&](int) { sink = f(rounds); });
                 bench::keep(sink);
               };
             },
             {2.0 * rounds * kChains * bytes / sizeof(T)});
}
template <class T>
void fma_rows() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) fma_row("AVX-512", 64, chains_avx512<T>);
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) fma_row("AVX2", 32, chains_avx2<T>);
#endif
  fma_row("baseline", 16, chains_baseline<T>);
}

void memcpy_row(int64_t bytes) {
  bench::row("peak/memcpy " + std::to_string(bytes),
             [bytes] {
               std::shared_ptr<char> from(static_cast<char*>(std::aligned_alloc(4096, bytes)), std::free);
               std::shared_ptr<char> to(static_cast<char*>(std::aligned_alloc(4096, bytes)), std::free);
               std::memset(from.get(), 1, bytes);
               std::memset(to.get(), 2, bytes);
               const int64_t times = std::max<int64_t>(1, (int64_t{1} << 24) / bytes);
               return [=] {
                 on_all([=](int i) {
                   const int64_t begin = bytes * i / threads, end = bytes * (i + 1) / threads;
                   for (int64_t k = 0; k < times; ++k) {
                     std::memcpy(to.get() + begin, from.get() + begin, end - begin);
                     bench::keep(*to);
                   }
                 });
               };
             },
             {0, 2.0 * bytes, static_cast<double>(std::max<int64_t>(1, (int64_t{1} << 24) / bytes))});
}

}  // namespace

int main(int argc, char** argv) {
  for (int i = 1; i + 1 < argc; ++i)
    if (std::strcmp(argv[i], "--threads") == 0) threads = std::max(1, std::atoi(argv[i + 1]));
  fma_rows<float>();
  fma_rows<double>();
  // Copies of 128 KiB (within a core's own cache) up to 64 MiB.
  for (int64_t bytes = int64_t{1} << 17; bytes <= int64_t{1} << 26; bytes *= 2) memcpy_row(bytes);
  for (bench::Row& row : bench::rows())
    if (row.work.flops > 0) row.work.flops *= threads;
  return bench::run_main(argc, argv, "peak of the machine", [](int) {});
}
