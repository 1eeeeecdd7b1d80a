#include <cstring>

#include "ops/element.h"
#include "ops/pool_geometry.h"
#include "ops/pool_variants.h"

namespace lampas {
namespace {

template <class T>
void max_unpool(const PoolShape& s, const void* x_, const int64_t* indices, void* y_) {
  const T* x = static_cast<const T*>(x_);
  T* y = static_cast<T*>(y_);
  const cpu::PoolAxes a(s);
  const int64_t in = a.in_size(), out = a.out_size();
  cpu::parallel_for(s.planes, cpu::kGrain / std::max<int64_t>(1, in + out) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p) {
      std::memset(static_cast<void*>(y + p * out), 0, static_cast<size_t>(out) * sizeof(T));
      for (int64_t i = 0; i < in; ++i) y[p * out + indices[p * in + i]] = x[p * in + i];
    }
  });
}

template <class... T>
bool fill_slots() {
  return (max_unpool_kernel.set(kCPU, dtype_of<T>, max_unpool<RawElementOf<T>>) && ...);
}
const bool filled = fill_slots<float, double, Half, BFloat16>();

}  // namespace
}  // namespace lampas
