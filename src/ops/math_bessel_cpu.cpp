// Modified Bessel functions of the first and the second kind, of order 0 and 1, as they are and times e^-|x| or e^x: in
// double lanes whatever the element type. Relative error 2e-15 before the result is rounded to it. i0 and i1 overflow
// only where the result does; the scaled ones are 0 at +-inf. Those of the second kind are inf at 0, NaN below.
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
#include "backend/cpu/vec_log-inl.h"

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

/// Of the second kind. For x <= 2, z = x^2/4 and the function I of the first kind: K0 = -log(x/2) I + rest(z), K1 = 1/x
/// + log(x/2) I + x/4 rest(z). Beyond, times sqrt(x) e^x, a quotient of polynomials in 1/x.
struct SecondKind {
  int order;
  bool scaled;
  double first[11], rest[11], num[9], den[9];
};
constexpr SecondKind zeroth_of_second(bool scaled) {
  return {0,
          scaled,
          {1.0, 1.0, 0.25, 0.02777777777777773, 0.0017361111111114864, 6.944444444269423e-05, 1.9290123507659856e-06,
           3.9367589400828614e-08, 6.151300979699649e-10, 7.585619862375622e-12, 7.946838646831418e-14},
          {-0.5772156649015329, 0.42278433509846713, 0.23069608377461678, 0.03489215745643879, 0.002614787618806127,
           0.00011848039363681674, 3.6126241156401086e-06, 7.935094200353768e-08, 1.316776465276116e-09,
           1.707930784071455e-11, 1.8721710403792348e-13},
          {1.2533141373155003, 20.715542178062584, 127.63666152207661, 373.8985898754134, 551.0677766429059,
           398.33671281529564, 127.11328729427068, 13.923675383597315, 0.24348398833067866},
          {1.0, 16.65361127253669, 103.85071052995514, 310.2115361285238, 472.27050469987375, 361.01440106038234,
           127.62517993435682, 17.256765671637147, 0.5507702159212945}};
}
constexpr SecondKind first_of_second(bool scaled) {
  return {1,
          scaled,
          {1.0, 0.5, 0.08333333333333333, 0.006944444444444441, 0.0003472222222222534, 1.1574074073928633e-05,
           2.7557319266260927e-07, 4.920949072636555e-09, 6.834747060373562e-11, 7.58704190871966e-13,
           7.197180282927018e-15},
          {0.15443132980306573, -0.6727843350984671, -0.18157516696085563, -0.01918218983933054, -0.0011153594919666831,
           -4.1422476891988e-05, -1.0715459161939182e-06, -2.045285611269596e-08, -3.002095733279055e-10,
           -3.492439461700847e-12, -3.455834901311234e-14},
          {1.2533141373155003, 20.46914790418386, 125.63838509988958, 372.488724355623, 572.1985582397515,
           454.78027379515413, 175.8923018691515, 28.235423187449435, 1.2244857869128343},
          {1.0, 15.957017085538645, 94.37823380832685, 263.578588435845, 367.2743519159873, 248.368292194127,
           73.07271688152593, 7.184764638075435, 0.10060944145428853}};
}
constexpr SecondKind kK0 = zeroth_of_second(false), kK0e = zeroth_of_second(true), kK1 = first_of_second(false),
                     kK1e = first_of_second(true);

struct BesselK {
  const SecondKind* bessel;
  explicit BesselK(const void* params) : bessel(static_cast<const SecondKind*>(params)) {}
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    const V one = constant(d, 1.0), two = constant(d, 2.0);
    const V b = at_most(d, x, 2.0), half = hn::Mul(constant(d, 0.5), b), z = hn::Mul(half, half), l = log(d, half);
    const V first = polynomial(d, z, bessel->first), rest = polynomial(d, z, bessel->rest);
    V y;
    if (bessel->order == 0) {
      y = hn::NegMulAdd(l, first, rest);
    } else {
      y = hn::MulAdd(half, hn::MulAdd(l, first, hn::Mul(constant(d, 0.5), rest)), hn::Div(one, b));
      y = hn::IfThenElse(hn::Eq(x, hn::Zero(d)), infinity(d), y);
    }
    if (bessel->scaled) y = hn::Mul(y, exp(d, b));
    const auto far = hn::Gt(x, two);
    if (!hn::AllFalse(d, far)) {
      const V c = at_least(d, x, 2.0), t = hn::Div(one, c);
      V q = hn::Div(polynomial(d, t, bessel->num), polynomial(d, t, bessel->den));
      q = hn::Mul(q, hn::Sqrt(t));
      if (!bessel->scaled) q = hn::Mul(q, exp_of_non_positive(d, hn::Neg(c)));
      y = hn::IfThenElse(far, q, y);
    }
    return y;
  }
};

template <const SecondKind& bessel, class T>
void kernel(char* const* data, const int64_t* strides, int64_t n, const void*) {
  double_kernel<BesselK, T>(data, strides, n, &bessel);
}
template <const Bessel& bessel, class T>
void kernel(char* const* data, const int64_t* strides, int64_t n, const void*) {
  double_kernel<BesselI, T>(data, strides, n, &bessel);
}
template <auto& bessel>
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
  set_kernel<kK0>(bessel_k0_kernel);
  set_kernel<kK0e>(bessel_k0e_kernel);
  set_kernel<kK1>(bessel_k1_kernel);
  set_kernel<kK1e>(bessel_k1e_kernel);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
