// Per-target header: elementwise kernels that compute in double lanes whatever the dtype, and round once.
#if defined(LAMPAS_BACKEND_CPU_VEC_DOUBLE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAMPAS_BACKEND_CPU_VEC_DOUBLE_INL_H_
#undef LAMPAS_BACKEND_CPU_VEC_DOUBLE_INL_H_
#else
#define LAMPAS_BACKEND_CPU_VEC_DOUBLE_INL_H_
#endif

#include <algorithm>
#include <cstdint>

#include "backend/cpu/vec_map-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {

/// `fn`, a map_contiguous of one operand, over elements of type T of any strides: through a buffer in the L1 cache.
template <class T>
HWY_NOINLINE void through_double(void (*fn)(double* const*, int64_t, const void*), char* const* data,
                                 const int64_t* strides, int64_t n, const void* params) {
  constexpr int64_t kBlock = 256, kItem = sizeof(T);
  const hn::ScalableTag<double> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  HWY_ALIGN double buffer[kBlock];
  double* const operands[] = {buffer, buffer};
  for (int64_t begin = 0; begin < n; begin += kBlock) {
    const int64_t m = std::min(kBlock, n - begin);
    const char* x = data[1] + begin * strides[1];
    char* y = data[0] + begin * strides[0];
    int64_t i = 0;
    if (strides[1] == kItem)
      for (; i + lanes <= m; i += lanes) hn::Store(load_as(d, reinterpret_cast<const T*>(x) + i), d, buffer + i);
    for (; i < m; ++i) buffer[i] = static_cast<double>(*reinterpret_cast<const T*>(x + i * strides[1]));
    fn(operands, m, params);
    i = 0;
    if (strides[0] == kItem)
      for (; i + lanes <= m; i += lanes) store_as(d, hn::Load(d, buffer + i), reinterpret_cast<T*>(y) + i);
    for (; i < m; ++i) *reinterpret_cast<T*>(y + i * strides[0]) = static_cast<T>(static_cast<float>(buffer[i]));
  }
}

/// The PointwiseFn of F, a functor of one vector of double lanes, for elements of type T.
template <class F, class T>
void double_kernel(char* const* data, const int64_t* strides, int64_t n, const void* params) {
  if constexpr (std::is_same_v<T, double>)
    map_kernel<F, double, 1, 1>(data, strides, n, params);
  else
    through_double<T>(&map_contiguous<F, double, 1, 1>, data, strides, n, params);
}
/// Sets the slot for float32, float16 and bfloat16.
template <class F>
void set_through_double(Kernel<PointwiseFn>& slot) {
  slot.set(kCPU, kFloat, &double_kernel<F, float>);
  slot.set(kCPU, kHalf, &double_kernel<F, Half>);
  slot.set(kCPU, kBFloat16, &double_kernel<F, BFloat16>);
}

}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#endif  // LAMPAS_BACKEND_CPU_VEC_DOUBLE_INL_H_
