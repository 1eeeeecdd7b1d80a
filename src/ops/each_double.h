#pragma once

#include "backend/kernel.h"
#include "backend/pointwise.h"

/// Pointwise kernels of functions that are computed one element at a time in double, whatever the element type.
namespace lampas {

template <class T>
double as_double(const char* p) {
  if constexpr (std::is_same_v<T, double>)
    return *reinterpret_cast<const T*>(p);
  else
    return static_cast<double>(static_cast<float>(*reinterpret_cast<const T*>(p)));
}
template <class T>
void store_double(char* p, double v) {
  if constexpr (std::is_same_v<T, double>)
    *reinterpret_cast<T*>(p) = v;
  else
    *reinterpret_cast<T*>(p) = static_cast<T>(static_cast<float>(v));
}

template <class T, double (*f)(double)>
void each(char* const* data, const int64_t* strides, int64_t n, const void*) {
  for (int64_t i = 0; i < n; ++i) store_double<T>(data[0] + i * strides[0], f(as_double<T>(data[1] + i * strides[1])));
}
template <class T, double (*f)(double, double)>
void each(char* const* data, const int64_t* strides, int64_t n, const void*) {
  for (int64_t i = 0; i < n; ++i)
    store_double<T>(data[0] + i * strides[0],
                    f(as_double<T>(data[1] + i * strides[1]), as_double<T>(data[2] + i * strides[2])));
}

/// Sets a slot for the floating-point dtypes.
template <auto f>
bool set_each(Kernel<PointwiseFn>& slot) {
  return slot.set(kCPU, kFloat, &each<float, f>) && slot.set(kCPU, kDouble, &each<double, f>) &&
         slot.set(kCPU, kHalf, &each<Half, f>) && slot.set(kCPU, kBFloat16, &each<BFloat16, f>);
}

}  // namespace lampas
