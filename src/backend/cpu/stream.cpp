#include "backend/cpu/stream.h"

#include <algorithm>
#include <fstream>
#include <string>

namespace lampas::cpu {
namespace {

/// Bytes of the largest cache a processor has, or a usual size if the system does not say. (glibc's sysconf multiplies
/// by the number of such caches it believes in.)
int64_t last_level_cache() {
  int64_t largest = 0;
  for (int index = 0; index < 8; ++index) {
    std::ifstream file("/sys/devices/system/cpu/cpu0/cache/index" + std::to_string(index) + "/size");
    int64_t size = 0;
    char unit = 0;
    if (!(file >> size)) break;
    if (file >> unit) size *= unit == 'M' ? 1 << 20 : unit == 'K' ? 1 << 10 : 1;
    if (size > largest) largest = size;
  }
  return largest > 0 ? largest : int64_t{32} << 20;
}

}  // namespace

int64_t find_stream_threshold() {
  // A larger cache is a server's, whose other cores fill it too. (Where 480 MiB are shared, operands of 64 MiB and more
  // take up to twice as long unless streamed, those of 32 MiB do not.)
  constexpr int64_t kMost = int64_t{128} << 20;
  const int64_t bytes = std::min(kMost, last_level_cache() / 4 * 3);
  stream_threshold.store(bytes, std::memory_order_relaxed);
  return bytes;
}

}  // namespace lampas::cpu
