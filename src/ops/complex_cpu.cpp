// Sums, differences and products of complex numbers: what little arithmetic they have. Plain loops, rounded as the
// operations on their parts are.
#include "backend/cpu/kernel_set.h"
#include "lampas/core/complex.h"
#include "ops/pointwise.h"

namespace lampas {
namespace {

double alpha_of(const void* params) { return params ? static_cast<const AddParams*>(params)->alpha : 1; }

template <class Z, class F>
void each(char* const* data, const int64_t* strides, int64_t n, const F& f) {
  for (int64_t k = 0; k < n; ++k)
    *reinterpret_cast<Z*>(data[0] + k * strides[0]) =
        f(*reinterpret_cast<const Z*>(data[1] + k * strides[1]), *reinterpret_cast<const Z*>(data[2] + k * strides[2]));
}
template <class Z>
struct Complex {
  using R = typename Z::value_type;
  static void add(char* const* data, const int64_t* strides, int64_t n, const void* params) {
    const R alpha = static_cast<R>(alpha_of(params));
    each<Z>(data, strides, n, [alpha](Z a, Z b) { return a + Z(alpha * b.real(), alpha * b.imag()); });
  }
  static void sub(char* const* data, const int64_t* strides, int64_t n, const void* params) {
    const R alpha = static_cast<R>(alpha_of(params));
    each<Z>(data, strides, n, [alpha](Z a, Z b) { return a - Z(alpha * b.real(), alpha * b.imag()); });
  }
  static void mul(char* const* data, const int64_t* strides, int64_t n, const void*) {
    each<Z>(data, strides, n, [](Z a, Z b) { return a * b; });
  }
  static void fill() {
    add_kernel.set(kCPU, dtype_of<Z>, add);
    sub_kernel.set(kCPU, dtype_of<Z>, sub);
    mul_kernel.set(kCPU, dtype_of<Z>, mul);
  }
};

const cpu::KernelSet kernels{[] {
  Complex<complex<float>>::fill();
  Complex<complex<double>>::fill();
}};

}  // namespace
}  // namespace lampas
