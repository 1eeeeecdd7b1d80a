#include "lampas/backend/cpu/threads.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <string>

#include "backend/cpu/parallel.h"
#include "backend/cpu/serial.h"
#include "backend/cpu/team.h"
#include "lampas/base/error.h"

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

namespace lampas {
namespace {

int affinity_count() {
  for (int cpus = 1024; cpus <= (1 << 20); cpus *= 4) {  // the kernel refuses a mask shorter than its own
    cpu_set_t* set = CPU_ALLOC(cpus);
    if (!set) break;
    const size_t bytes = CPU_ALLOC_SIZE(cpus);
    CPU_ZERO_S(bytes, set);
    const int count = sched_getaffinity(0, bytes, set) == 0 ? CPU_COUNT_S(bytes, set) : 0;
    CPU_FREE(set);
    if (count > 0) return count;
  }
  return std::max(1, static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN)));
}

/// Processors' worth of time a quota allows; infinite when there is none.
double processors(double quota, double period) { return quota > 0 && period > 0 ? quota / period : HUGE_VAL; }

double quota_v2(const std::string& directory) {
  std::ifstream file(directory + "/cpu.max");
  std::string quota;
  double period = 0;
  if (!(file >> quota >> period) || quota == "max") return HUGE_VAL;
  return processors(std::strtod(quota.c_str(), nullptr), period);
}
double quota_v1(const std::string& directory) {
  std::ifstream quota_file(directory + "/cpu.cfs_quota_us"), period_file(directory + "/cpu.cfs_period_us");
  double quota = 0, period = 0;
  if (!(quota_file >> quota) || !(period_file >> period)) return HUGE_VAL;
  return processors(quota, period);
}

/// The tightest quota of this process's control group and its ancestors. Inside a container the path may be the host's
/// and not exist here; the mount's root then is the container's own group and is looked at in any case.
double quota_of(double (*read)(const std::string&), const std::string& mount, std::string path) {
  double least = read(mount);
  while (path.size() > 1) {
    least = std::min(least, read(mount + path));
    path.resize(path.rfind('/'));
  }
  return least;
}

double cgroup_quota() {
  double least = HUGE_VAL;
  std::ifstream file("/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {  // number:controllers:path
    const size_t first = line.find(':'), second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos || line[second + 1 < line.size() ? second + 1 : second] != '/') continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",",
                      path = line.substr(second + 1);
    if (controllers == ",,") {
      least = std::min(least, quota_of(quota_v2, "/sys/fs/cgroup", path));
      least = std::min(least, quota_of(quota_v2, "/sys/fs/cgroup/unified", path));
    } else if (controllers.find(",cpu,") != std::string::npos) {
      least = std::min(least, quota_of(quota_v1, "/sys/fs/cgroup/cpu", path));
      least = std::min(least, quota_of(quota_v1, "/sys/fs/cgroup/cpu,cpuacct", path));
    }
  }
  return least;
}

int default_threads() {
  if (const char* text = std::getenv("OMP_NUM_THREADS")) {  // "4" or one number per nesting level, "4,2"
    char* end = nullptr;
    const long n = std::strtol(text, &end, 10);
    if (end != text && n > 0 && n <= (1 << 20)) return static_cast<int>(n);
  }
  const double quota = std::ceil(cgroup_quota());
  const int allowed = affinity_count();
  return quota < allowed ? std::max(1, static_cast<int>(quota)) : allowed;
}

std::atomic<int> threads{0};

/// Denormal handling of the calling thread; false when the processor has no such control.
bool set_flush_this_thread(bool on) {
#if defined(__SSE2__)
  constexpr unsigned flush_to_zero = 1u << 15, denormals_are_zero = 1u << 6;
  const unsigned bits = flush_to_zero | denormals_are_zero;
  _mm_setcsr(on ? _mm_getcsr() | bits : _mm_getcsr() & ~bits);
  return true;
#elif defined(__aarch64__)
  constexpr uint64_t flush = uint64_t{1} << 24;
  uint64_t control;
  asm volatile("mrs %0, fpcr" : "=r"(control));
  control = on ? control | flush : control & ~flush;
  asm volatile("msr fpcr, %0" : : "r"(control));
  return true;
#else
  return false;
#endif
}

}  // namespace

namespace cpu {
constinit thread_local bool serial_thread = false;
}

int get_num_threads() {
  if (LAMPAS_UNLIKELY(cpu::serial_thread)) return 1;
  int n = threads.load(std::memory_order_relaxed);
  if (LAMPAS_LIKELY(n)) return n;
  int unset = 0;
  n = default_threads();
  return threads.compare_exchange_strong(unset, n, std::memory_order_relaxed) ? n : unset;
}

void set_num_threads(int n) {
  check_value(n > 0, "set_num_threads: expected a positive number of threads, got ", n);
  threads.store(n, std::memory_order_relaxed);
}

bool set_flush_denormal(bool on) {
  if (!set_flush_this_thread(on)) return false;
  // Workers that exist are told; ones that start later inherit the setting from this thread.
  if (!cpu::in_team()) cpu::run_team(get_num_threads(), [on](int, int) { set_flush_this_thread(on); });
  return true;
}

bool in_parallel_region() { return cpu::in_team(); }
int get_thread_num() { return cpu::team_index(); }

namespace detail {
void parallel_ranges(int64_t begin, int64_t end, int64_t grain, void (*f)(const void*, int64_t, int64_t),
                     const void* context) {
  check(grain >= 0, "parallel_for: expected a grain of at least 0, got ", grain);
  cpu::parallel_for(end - begin, grain, [=](int64_t b, int64_t e) { f(context, begin + b, begin + e); });
}
}  // namespace detail

}  // namespace lampas
