// Arithmetic and elementary functions of complex numbers: plain loops over the C++ library's functions. Sums,
// differences and products are rounded as the operations on their parts are; quotients are scaled, so that they
// overflow only where the result does.
#include <complex>

#include "backend/cpu/kernel_set.h"
#include "lampas/core/complex.h"
#include "ops/activation.h"
#include "ops/math.h"
#include "ops/pointwise.h"

namespace lampas {
namespace {

double alpha_of(const void* params) { return params ? static_cast<const AddParams*>(params)->alpha : 1; }
double value_of(const void* params) { return static_cast<const ValueParams*>(params)->value; }

template <class Z, class F>
void each(char* const* data, const int64_t* strides, int64_t n, const F& f) {
  for (int64_t k = 0; k < n; ++k)
    *reinterpret_cast<Z*>(data[0] + k * strides[0]) =
        f(*reinterpret_cast<const Z*>(data[1] + k * strides[1]), *reinterpret_cast<const Z*>(data[2] + k * strides[2]));
}
template <class Z, class F>
void each_of_three(char* const* data, const int64_t* strides, int64_t n, const F& f) {
  for (int64_t k = 0; k < n; ++k)
    *reinterpret_cast<Z*>(data[0] + k * strides[0]) =
        f(*reinterpret_cast<const Z*>(data[1] + k * strides[1]), *reinterpret_cast<const Z*>(data[2] + k * strides[2]),
          *reinterpret_cast<const Z*>(data[3] + k * strides[3]));
}
template <class R>
using Std = std::complex<R>;
/// a / b by the larger part of b (Smith's method).
template <class Z>
Z quotient(Z a, Z b) {
  using R = typename Z::value_type;
  const R c = b.real(), d = b.imag();
  if (std::abs(c) >= std::abs(d)) {
    if (c == 0 && d == 0) return Z(a.real() / std::abs(c), a.imag() / std::abs(d));
    const R r = d / c, s = 1 / (c + d * r);
    return Z((a.real() + a.imag() * r) * s, (a.imag() - a.real() * r) * s);
  }
  const R r = c / d, s = 1 / (c * r + d);
  return Z((a.real() * r + a.imag()) * s, (a.imag() * r - a.real()) * s);
}
template <class Z, auto f>
void function(char* const* data, const int64_t* strides, int64_t n, const void*) {
  using R = typename Z::value_type;
  for (int64_t k = 0; k < n; ++k) {
    const Z x = *reinterpret_cast<const Z*>(data[1] + k * strides[1]);
    const Std<R> y = f(Std<R>(x.real(), x.imag()));
    *reinterpret_cast<Z*>(data[0] + k * strides[0]) = Z(y.real(), y.imag());
  }
}
template <class R>
Std<R> reciprocal(const Std<R>& x) {
  const complex<R> y = quotient(complex<R>(1), complex<R>(x.real(), x.imag()));
  return {y.real(), y.imag()};
}
template <class R>
Std<R> rsqrt(const Std<R>& x) {
  return reciprocal(std::sqrt(x));
}
template <class R>
Std<R> square(const Std<R>& x) {
  return {x.real() * x.real() - x.imag() * x.imag(), 2 * x.real() * x.imag()};
}
template <class R>
Std<R> negative(const Std<R>& x) {
  return -x;
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
  static void div(char* const* data, const int64_t* strides, int64_t n, const void*) {
    each<Z>(data, strides, n, [](Z a, Z b) { return quotient(a, b); });
  }
  static Z times(R s, Z a) { return Z(s * a.real(), s * a.imag()); }
  static void addcmul(char* const* data, const int64_t* strides, int64_t n, const void* params) {
    const R value = static_cast<R>(value_of(params));
    each_of_three<Z>(data, strides, n, [value](Z x, Z a, Z b) { return x + times(value, a * b); });
  }
  static void addcdiv(char* const* data, const int64_t* strides, int64_t n, const void* params) {
    const R value = static_cast<R>(value_of(params));
    each_of_three<Z>(data, strides, n, [value](Z x, Z a, Z b) { return x + times(value, quotient(a, b)); });
  }
  static void lerp(char* const* data, const int64_t* strides, int64_t n, const void* params) {
    const R w = static_cast<R>(value_of(params));
    each<Z>(data, strides, n, [w](Z a, Z b) { return w < R(0.5) ? a + times(w, b - a) : b - times(1 - w, b - a); });
  }
  static void lerp_tensor(char* const* data, const int64_t* strides, int64_t n, const void*) {
    each_of_three<Z>(data, strides, n, [](Z a, Z b, Z w) {
      const bool near = w.real() * w.real() + w.imag() * w.imag() < R(0.25);  // to a
      return near ? a + w * (b - a) : b - (Z(1) - w) * (b - a);
    });
  }
  template <Std<R> (*f)(const Std<R>&)>
  static void set(Kernel<PointwiseFn>& slot) {
    slot.set(kCPU, dtype_of<Z>, &function<Z, f>);
  }
  static void tanh_backward(char* const* data, const int64_t* strides, int64_t n, const void*) {
    each<Z>(data, strides, n, [](Z g, Z y) { return g * (Z(1) - y * y); });
  }
  static void fill() {
    tanh_backward_kernel.set(kCPU, dtype_of<Z>, tanh_backward);
    set<negative<R>>(neg_kernel);
    set<square<R>>(square_kernel);
    set<reciprocal<R>>(reciprocal_kernel);
    set<rsqrt<R>>(rsqrt_kernel);
    set<std::sqrt>(sqrt_kernel);
    set<std::exp>(exp_kernel);
    set<std::log>(log_kernel);
    set<std::sin>(sin_kernel);
    set<std::cos>(cos_kernel);
    set<std::tan>(tan_kernel);
    set<std::sinh>(sinh_kernel);
    set<std::cosh>(cosh_kernel);
    set<std::tanh>(tanh_kernel);
    set<std::asin>(asin_kernel);
    set<std::acos>(acos_kernel);
    set<std::atan>(atan_kernel);
    set<std::asinh>(asinh_kernel);
    set<std::acosh>(acosh_kernel);
    set<std::atanh>(atanh_kernel);
    addcmul_kernel.set(kCPU, dtype_of<Z>, addcmul);
    addcdiv_kernel.set(kCPU, dtype_of<Z>, addcdiv);
    lerp_kernel.set(kCPU, dtype_of<Z>, lerp);
    lerp_tensor_kernel.set(kCPU, dtype_of<Z>, lerp_tensor);
    div_kernel.set(kCPU, dtype_of<Z>, div);
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
