// Special functions in vectors of the lanes their elements compute in: entr, at most 2.5 ULP, and ndtri of float32, at
// most 2.5 ULP (float64: special_cpu.cpp). Special values as there.
#include "backend/cpu/hwy_config.h"
#include "backend/cpu/kernel_set.h"
#include "ops/special.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/special_vector_cpu.cpp"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include "backend/cpu/vec_log-inl.h"
#include "backend/cpu/vec_map-inl.h"
#include "backend/cpu/vec_trig-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

/// -x log x; 0 at 0, -inf below.
struct Entr : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    const V zero = hn::Zero(d), y = hn::Neg(hn::Mul(x, log(d, x)));
    const V outside = hn::IfThenElse(hn::Lt(x, zero), hn::Neg(infinity(d)), zero);
    return hn::IfThenElse(hn::Le(x, zero), outside, y);
  }
};

struct Ndtri : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V p) const {
    // As erfinv of x = 2 p - 1: with w = -log(1 - x^2) the result over x, less 1, is a polynomial in w, beyond 6 in its
    // root. What is smaller than 1e-8 is computed one by one.
    const V one = constant(d, 1.0), q = hn::Sub(one, p), c = hn::Min(p, q), x = hn::Sub(hn::Add(p, p), one);
    const V l = log(d, hn::Mul(hn::Mul(constant(d, 4.0), c), hn::Sub(one, c))), u = hn::Sub(constant(d, -0.5), l);
    V ratio = poly(d, u, hn::Mul(u, u), 0.421033859, 0.341903776, 0.0111922249, -0.00349542079, -1.20188497e-05,
                   6.5980108e-05, -8.92905575e-07, -2.19021172e-06, 3.85960618e-07, -2.87381585e-08, 8.38369707e-10);
    const auto far = hn::Lt(l, constant(d, -6.0));
    if (hn::AllFalse(d, far)) return hn::MulAdd(x, ratio, x);
    // With what the root's rounding lost.
    const V w = hn::Neg(l), root = hn::Sqrt(w);
    V low;
    const V square = two_product(d, root, root, low);
    const V lost = hn::Div(hn::Sub(hn::Sub(w, square), low), hn::Add(root, root));
    const V v = hn::Add(hn::Sub(root, constant(d, 3.25)), lost);
    const V outer = horner(d, v, 3.36127281, 1.42165017, 0.00759736868, -0.00528977951, 0.00350756734, -0.00247127959,
                           0.00140649744, -0.000338188547, -6.50129659e-05);
    ratio = hn::IfThenElse(far, outer, ratio);
    return patch_lanes(d, p, hn::MulAdd(x, ratio, x), hn::Lt(l, constant(d, -16.8)),
                       [](float v) { return static_cast<float>(ndtri_of(v)); });
  }
};

void fill_slots() {
  set_map<Entr>(entr_kernel);
  ndtri_kernel.set(kCPU, kFloat, &map_kernel<Ndtri, float, 1, 1>);
  ndtri_kernel.set(kCPU, kHalf, &map_kernel<Ndtri, Half, 1, 1>);
  ndtri_kernel.set(kCPU, kBFloat16, &map_kernel<Ndtri, BFloat16, 1, 1>);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
