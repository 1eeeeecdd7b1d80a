// Powers: C's pow in float64, rounded once for the narrower dtypes; small exponents by multiplication, roots and
// division (at most 1.5 ULP). Integer powers wrap.
#include "backend/cpu/hwy_config.h"
//
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/pointwise_pow_cpu.cpp"
#include "hwy/foreach_target.h"
//
#include <cmath>

#include "backend/cpu/elementwise-inl.h"
#include "backend/cpu/kernel_set.h"
#include "ops/pointwise.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

struct PowScalarFast : WithParams<ValueParams> {
  using WithParams::WithParams;
  template <class D, class V>
  HWY_INLINE V operator()([[maybe_unused]] D d, V x) const {
    using T = hn::TFromD<D>;
    const V one = hn::Set(d, T(1));
    switch (static_cast<int>(params.value * 2)) {
      case 0:
        return one;
      case 1:  // pow(-0, 0.5) is +0 and pow(-inf, 0.5) is +inf, unlike sqrt
        return hn::IfThenElse(hn::Eq(x, hn::Set(d, -std::numeric_limits<T>::infinity())),
                              hn::Set(d, std::numeric_limits<T>::infinity()), hn::Sqrt(hn::Add(x, hn::Zero(d))));
      case 2:
        return x;
      case 4:
        return hn::Mul(x, x);
      case 6:
        return hn::Mul(hn::Mul(x, x), x);
      case -1:
        return hn::Div(one, hn::Sqrt(hn::Add(x, hn::Zero(d))));
      case -2:
        return hn::Div(one, x);
      default:
        return hn::Div(one, hn::Mul(x, x));
    }
  }
};
template <class T>
struct PowFloat : NoParams, PlainOp<T, T, T> {
  using NoParams::NoParams;
  HWY_INLINE T operator()(T x, T y) const {
    return static_cast<T>(
        static_cast<decltype(wide(x))>(std::pow(static_cast<double>(wide(x)), static_cast<double>(wide(y)))));
  }
};
template <class T>
struct PowFloatScalar : WithParams<ValueParams>, PlainOp<T, T> {
  using WithParams<ValueParams>::WithParams;
  HWY_INLINE T operator()(T x) const {
    return static_cast<T>(static_cast<decltype(wide(x))>(std::pow(static_cast<double>(wide(x)), params.value)));
  }
};
template <class T>
HWY_INLINE T integer_power(T base, int64_t exponent) {
  if (exponent < 0)
    return base == T(1)                                        ? T(1)
           : std::is_signed_v<T> && base == static_cast<T>(-1) ? ((exponent & 1) ? base : T(1))
                                                               : T(0);
  auto b = wrap(base);
  decltype(b) r = 1;
  for (uint64_t e = static_cast<uint64_t>(exponent); e; e >>= 1, b *= b)
    if (e & 1) r *= b;
  return static_cast<T>(r);
}
template <class T>
struct PowInt : NoParams, PlainOp<T, T, T> {
  using NoParams::NoParams;
  HWY_INLINE T operator()(T x, T y) const { return integer_power(x, static_cast<int64_t>(y)); }
};
template <class T>
struct PowIntScalar : WithParams<ValueParams>, PlainOp<T, T> {
  using WithParams<ValueParams>::WithParams;
  HWY_INLINE T operator()(T x) const { return integer_power(x, params.value_int); }
};

template <class T>
void pow_scalar(char* const* data, const int64_t* strides, int64_t n, const void* params) {
  const double v = static_cast<const ValueParams*>(params)->value;
  if (v == 0 || v == 0.5 || v == 1 || v == 2 || v == 3 || v == -0.5 || v == -1 || v == -2)
    lane_kernel<T, PowScalarFast, 1, 1>(data, strides, n, params);
  else
    plain_kernel<PowFloatScalar<T>>(data, strides, n, params);
}

void fill_slots() {
  set_floats<PowFloat>(pow_kernel);
  set_integers<PowInt>(pow_kernel);
  pow_scalar_kernel.set(kCPU, kFloat, &pow_scalar<float>);
  pow_scalar_kernel.set(kCPU, kDouble, &pow_scalar<double>);
  pow_scalar_kernel.set(kCPU, kHalf, &pow_scalar<Half>);
  pow_scalar_kernel.set(kCPU, kBFloat16, &pow_scalar<BFloat16>);
  set_integers<PowIntScalar>(pow_scalar_kernel);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lampas {
namespace {
HWY_EXPORT(fill_slots);
const cpu::KernelSet kernel_set{[] { HWY_DYNAMIC_DISPATCH(fill_slots)(); }};
}  // namespace
}  // namespace lampas
#endif
