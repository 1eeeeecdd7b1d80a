// Bounds of indices, which the compiler vectorises for each instruction set.
#include "backend/cpu/hwy_config.h"
#include "backend/cpu/kernel_set.h"
#include "ops/gather.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/gather_check_cpu.cpp"
#include <hwy/foreach_target.h>
// after foreach_target.h
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

/// An index that does not lie in [0, bound) has a sign, or gives bound - 1 - i one.
bool inside(const int64_t* index, int64_t n, int64_t bound, uint16_t* HWY_RESTRICT near) {
  const uint64_t last = static_cast<uint64_t>(bound - 1);
  uint64_t bad = 0;
  if (near) {
    for (int64_t k = 0; k < n; ++k) {
      const uint64_t i = static_cast<uint64_t>(index[k]);
      bad |= i | (last - i);
      near[k] = static_cast<uint16_t>(i);
    }
  } else {
    for (int64_t k = 0; k < n; ++k) {
      const uint64_t i = static_cast<uint64_t>(index[k]);
      bad |= i | (last - i);
    }
  }
  return bad >> 63 == 0;
}

void fill_slots() { inside_kernel.set(kCPU, kLong, inside); }

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
