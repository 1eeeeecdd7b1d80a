// Outer products of float32: exact products rounded once. Rows whose length is no multiple of a cache line would be
// stored across lines by a loop that knows only its row; here both ends of a row are written once more than needed, and
// what lies between in whole lines.
#include "backend/cpu/hwy_config.h"
//
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/outer_cpu.cpp"
#include "hwy/foreach_target.h"
//
#include <algorithm>

#include "backend/cpu/kernel_set.h"
#include "backend/cpu/parallel.h"
#include "hwy/highway.h"
#include "ops/outer.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

void rows(const float* a, const float* b, float* out, int64_t m, int64_t n) {
  const hn::ScalableTag<float> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t i = 0; i < m; ++i, out += n) {
    const auto v = hn::Set(d, a[i]);
    const auto one = [&](int64_t j) HWY_ATTR { hn::StoreU(hn::Mul(v, hn::LoadU(d, b + j)), d, out + j); };
    one(0);
    int64_t j = lanes - static_cast<int64_t>(reinterpret_cast<uintptr_t>(out) / sizeof(float)) % lanes;
    for (; j + 4 * lanes <= n; j += 4 * lanes) {
      one(j);
      one(j + lanes);
      one(j + 2 * lanes);
      one(j + 3 * lanes);
    }
    for (; j + lanes <= n; j += lanes) one(j);
    if (j < n) one(n - lanes);
  }
}
void outer(const void* a, const void* b, void* out, int64_t m, int64_t n) {
  cpu::parallel_for(m, std::max<int64_t>(1, cpu::kGrain / n), [&](int64_t begin, int64_t end) {
    rows(static_cast<const float*>(a) + begin, static_cast<const float*>(b), static_cast<float*>(out) + begin * n,
         end - begin, n);
  });
}
void fill_slots() { outer_kernel.set(kCPU, kFloat, outer); }

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
