// gelu with the normal distribution function and with its tanh approximation, and their derivatives.
// gelu: at most 9 (float) or 13 (double) ULP, in the left tail too, where x/2 (1 + erf) has no correct digit left.
// gelu_tanh: 4 ULP on [-1, inf), 2 |u| ULP in the left tail, where x sigmoid(u) is e^u nearly. Derivatives: 16 ULP of
// their largest term. NaN at -inf, as x * 0 is.
#include "backend/cpu/hwy_config.h"
#include "backend/cpu/kernel_set.h"
#include "ops/activation.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/activation_gelu_cpu.cpp"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include "backend/cpu/vec_erf-inl.h"
#include "backend/cpu/vec_map-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

struct Gelu : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return times_normal(d, x);
  }
};
struct GeluBackward : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V g, V x) const {
    const auto n = normal(d, x);
    return hn::Mul(g, hn::MulAdd(hn::Mul(x, constant(d, 0.39894228040143267794)), n.kernel, n.cdf));  // 1 / sqrt(2 pi)
  }
};

// x/2 (1 + tanh(u)) = x sigmoid(2 u): 2 u = x (a + b x^2) with a = 2 sqrt(2 / pi), b = 0.044715 a.
inline constexpr double kLinear = 1.59576912160573071176, kCubic = 0.07135481627260025;

struct GeluTanh : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    const V u = hn::Mul(x, hn::MulAdd(hn::Mul(x, x), constant(d, kCubic), constant(d, kLinear)));
    return hn::Mul(x, sigmoid(d, u));
  }
};
struct GeluTanhBackward : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V g, V x) const {
    // Far out the sigmoid is 0 or 1 and its derivative 0, but x^2 must not overflow.
    const V c = at_most(d, at_least(d, x, -100.0), 100.0), one = constant(d, 1.0), square = hn::Mul(c, c);
    const V u = hn::Mul(c, hn::MulAdd(square, constant(d, kCubic), constant(d, kLinear)));
    const V du = hn::MulAdd(square, constant(d, 3 * kCubic), constant(d, kLinear));
    const V e = exp_of_non_positive(d, hn::Neg(hn::Abs(u))), r = hn::Div(one, hn::Add(one, e)), er = hn::Mul(e, r);
    const V s = hn::IfThenElse(hn::Lt(c, hn::Zero(d)), er, r);
    return hn::Mul(g, hn::MulAdd(hn::Mul(c, du), hn::Mul(er, r), s));
  }
};

void fill_slots() {
  set_map<Gelu>(gelu_kernel);
  set_map<GeluBackward, 2>(gelu_backward_kernel);
  set_map<GeluTanh>(gelu_tanh_kernel);
  set_map<GeluTanhBackward, 2>(gelu_tanh_backward_kernel);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
