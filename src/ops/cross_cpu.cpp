// Cross products. Each element is a difference of two products, each rounded, as written: error 2 eps (|ab| + |cd|).
// NaN and inf propagate.
#include <algorithm>
#include <type_traits>

#include "backend/cpu/parallel.h"
#include "lampas/core/dtype.h"
#include "ops/cross.h"

namespace lampas {
namespace {

/// What T computes in.
template <class T>
auto widened(T x) {
  if constexpr (std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>)
    return static_cast<float>(x);
  else if constexpr (std::is_integral_v<T>)
    return static_cast<uint64_t>(x);
  else
    return x;
}

/// n products: components `component` elements apart, products `step`.
template <class T>
void products(const T* a, const T* b, T* y, int64_t component, int64_t step, int64_t n) {
  const int64_t c = component;
  for (int64_t k = 0; k < n; ++k, a += step, b += step, y += step) {
    const auto p = widened(a[0]), q = widened(a[c]), r = widened(a[2 * c]), u = widened(b[0]), v = widened(b[c]),
               w = widened(b[2 * c]);
    y[0] = static_cast<T>(q * w - r * v);
    y[c] = static_cast<T>(r * u - p * w);
    y[2 * c] = static_cast<T>(p * v - q * u);
  }
}

template <class T>
void cross(const DimSpan& s, const void* a_, const void* b_, void* out) {
  const T *a = static_cast<const T*>(a_), *b = static_cast<const T*>(b_);
  T* y = static_cast<T*>(out);
  const int64_t inner = s.inner;
  cpu::parallel_for(s.outer * inner, cpu::kGrain / 8, [&](int64_t begin, int64_t end) {
    if (inner == 1) return products(a + 3 * begin, b + 3 * begin, y + 3 * begin, 1, 3, end - begin);
    while (begin < end) {
      const int64_t column = begin % inner, n = std::min(inner - column, end - begin),
                    at = begin / inner * 3 * inner + column;
      products(a + at, b + at, y + at, inner, 1, n);
      begin += n;
    }
  });
}

template <class T>
bool fill_slot(ScalarType t) {
  if constexpr (!std::is_same_v<T, bool>) cross_kernel.set(kCPU, t, cross<T>);
  return true;
}
const bool filled[] = {
#define LAMPAS_FILL(T, name) fill_slot<T>(ScalarType::name),
    LAMPAS_FOR_EACH_DTYPE(LAMPAS_FILL)
#undef LAMPAS_FILL
};

}  // namespace
}  // namespace lampas
