// Modified Bessel functions of the first kind, of order 0 and 1, as they are and times e^-|x|: in double lanes whatever
// the element type. Relative error 2e-15 before the result is rounded to it. i0 and i1 overflow only where the result
// does; the scaled ones are 0 at +-inf.
#include "backend/cpu/hwy_config.h"
#include "backend/cpu/kernel_set.h"
#include "ops/math.h"
#include "ops/special.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/math_bessel_cpu.cpp"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include "backend/cpu/vec_double-inl.h"
#include "backend/cpu/vec_exp-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

/// For |x| <= 16 the function, over x/2 for order 1, as a polynomial in x^2/4; beyond, times sqrt(|x|) e^-|x|, as one
/// in 1/|x|.
struct Bessel {
  int order;
  bool scaled;
  double near[23], far[13];
};
constexpr Bessel zeroth(bool scaled) {
  return {0,
          scaled,
          {1.0,
           0.9999999999999991,
           0.2500000000000024,
           0.027777777777775174,
           0.0017361111111126194,
           6.944444444390802e-05,
           1.929012345806744e-06,
           3.936759886984178e-08,
           6.151187353652423e-10,
           7.594058173937783e-12,
           7.594060292214304e-14,
           6.276070588695045e-16,
           4.358439175773968e-18,
           2.578747700233329e-20,
           1.3163138598584532e-22,
           5.835300524913379e-25,
           2.3081146484217764e-27,
           7.550073081794797e-30,
           2.849919005495353e-32,
           3.158899751882302e-35,
           3.977248375490452e-37,
           -5.9057599895310385e-40,
           3.1183655003128516e-42},
          {0.3989422804014327, 0.049867785050162, 0.028050629105913442, 0.029219400035778265, 0.04474315600931873,
           0.09050372077627993, 0.23503474444504055, 0.3961033224609342, 11.100125917133171, -161.2331528655302,
           2206.5055261068387, -15827.031297429634, 55690.31055508324}};
}
constexpr Bessel first(bool scaled) {
  return {1,
          scaled,
          {1.0,
           0.49999999999999994,
           0.08333333333333343,
           0.006944444444444341,
           0.0003472222222222821,
           1.1574074074052786e-05,
           2.755731922449283e-07,
           4.920949860570035e-09,
           6.834652595980294e-11,
           7.594058327209236e-13,
           6.9036902203122595e-15,
           5.230063515758528e-17,
           3.352627161898201e-19,
           1.8420200651098047e-21,
           8.773988913430995e-24,
           3.6499295689930154e-26,
           1.3531891374228692e-28,
           4.250236874285303e-31,
           1.4475215879350809e-33,
           1.942850127981492e-36,
           1.7191028926759345e-38,
           -2.163225199095602e-41,
           1.2833046589580917e-43},
          {0.39894228040143265, -0.1496033551505192, -0.04675104850059088, -0.04090716185856246, -0.057526699172610725,
           -0.11063209296718313, -0.27693746706405126, -0.4855145442312346, -11.916068813553968, 169.82220276389626,
           -2334.763663198701, 16730.651617781477, -58989.604048196255}};
}
constexpr Bessel kI0 = zeroth(false), kI0e = zeroth(true), kI1 = first(false), kI1e = first(true);

/// The polynomial with the given coefficients, even and odd ones apart.
template <size_t kCount, class D, class V>
HWY_INLINE V polynomial(D d, V x, const double (&c)[kCount]) {
  static_assert(kCount % 2 == 1);
  const V x2 = hn::Mul(x, x);
  V even = hn::Set(d, c[kCount - 1]), odd = hn::Set(d, c[kCount - 2]);
  for (size_t k = kCount - 3; k > 0; k -= 2) {
    even = hn::MulAdd(even, x2, hn::Set(d, c[k]));
    odd = hn::MulAdd(odd, x2, hn::Set(d, c[k - 1]));
  }
  return hn::MulAdd(x, odd, hn::MulAdd(even, x2, hn::Set(d, c[0])));
}

struct BesselI {
  const Bessel* bessel;
  explicit BesselI(const void* params) : bessel(static_cast<const Bessel*>(params)) {}
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    const V a = hn::Abs(x), limit = constant(d, 16.0), b = at_most(d, a, 16.0), half = hn::Mul(constant(d, 0.5), b);
    V y = polynomial(d, hn::Mul(half, half), bessel->near);
    if (bessel->order == 1) y = hn::Mul(y, half);
    if (bessel->scaled) y = hn::Mul(y, exp_of_non_positive(d, hn::Neg(b)));
    const auto far = hn::Gt(a, limit);
    if (!hn::AllFalse(d, far)) {
      const V c = at_least(d, a, 16.0), t = hn::Div(constant(d, 1.0), c);
      V z = hn::Mul(polynomial(d, t, bessel->far), hn::Sqrt(t));
      if (!bessel->scaled) {  // e^a alone would overflow before the result does
        const V root = exp(d, hn::Mul(constant(d, 0.5), c));
        z = hn::IfThenElse(hn::Eq(a, infinity(d)), a, hn::Mul(hn::Mul(root, z), root));
      }
      y = hn::IfThenElse(far, z, y);
    }
    return bessel->order == 1 ? hn::CopySign(y, x) : y;
  }
};

template <const Bessel& bessel, class T>
void kernel(char* const* data, const int64_t* strides, int64_t n, const void*) {
  double_kernel<BesselI, T>(data, strides, n, &bessel);
}
template <const Bessel& bessel>
void set_kernel(Kernel<PointwiseFn>& slot) {
  slot.set(kCPU, kFloat, &kernel<bessel, float>);
  slot.set(kCPU, kDouble, &kernel<bessel, double>);
  slot.set(kCPU, kHalf, &kernel<bessel, Half>);
  slot.set(kCPU, kBFloat16, &kernel<bessel, BFloat16>);
}
void fill_slots() {
  set_kernel<kI0>(i0_kernel);
  set_kernel<kI0e>(i0e_kernel);
  set_kernel<kI1>(i1_kernel);
  set_kernel<kI1e>(i1e_kernel);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
