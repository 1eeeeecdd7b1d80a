#include <type_traits>

#include "backend/cpu/parallel.h"
#include "lampas/core/dtype.h"
#include "ops/products.h"

namespace lampas {
namespace {

/// The type to compute with: unsigned for integers, whose products then wrap.
template <class T>
auto wide(T x) {
  if constexpr (std::is_integral_v<T>)
    return static_cast<std::conditional_t<sizeof(T) == 8, uint64_t, uint32_t>>(x);
  else if constexpr (sizeof(T) == 2)
    return static_cast<float>(x);
  else
    return x;
}

template <class T>
void cross(int64_t outer, int64_t inner, const void* a_, const void* b_, void* y_) {
  const T *a = static_cast<const T*>(a_), *b = static_cast<const T*>(b_);
  T* y = static_cast<T*>(y_);
  cpu::parallel_for(outer, cpu::kGrain / (9 * inner + 1) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t o = begin * 3 * inner; o < end * 3 * inner; o += 3 * inner)
      for (int64_t i = o; i < o + inner; ++i) {
        const int64_t j = i + inner, k = j + inner;
        const auto a0 = wide(a[i]), a1 = wide(a[j]), a2 = wide(a[k]), b0 = wide(b[i]), b1 = wide(b[j]), b2 = wide(b[k]);
        y[i] = static_cast<T>(a1 * b2 - a2 * b1);
        y[j] = static_cast<T>(a2 * b0 - a0 * b2);
        y[k] = static_cast<T>(a0 * b1 - a1 * b0);
      }
  });
}

template <class... T>
bool fill() {
  return (cross_kernel.set(kCPU, dtype_of<T>, cross<T>) && ...);
}
const bool filled = fill<float, double, Half, BFloat16, uint8_t, int8_t, int16_t, int32_t, int64_t>();

}  // namespace
}  // namespace lampas
