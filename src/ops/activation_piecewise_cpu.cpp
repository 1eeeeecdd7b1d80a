// Piecewise polynomial activations and their derivatives: at most 2 ULP, most of them exact selections. NaN passes
// through.
#include "backend/cpu/hwy_config.h"
#include "backend/cpu/kernel_set.h"
#include "ops/activation.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/activation_piecewise_cpu.cpp"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include "backend/cpu/vec_map-inl.h"
#include "backend/cpu/vec_poly-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

/// min(max(x + 3, 0), 6) / 6, exact where it is 0, 1/2 and 1; division would take twice as long.
template <class D, class V>
HWY_INLINE V sixth_of_clamped(D d, V x) {
  return hn::Mul(at_most(d, at_least(d, hn::Add(x, constant(d, 3.0)), 0.0), 6.0), constant(d, 1.0 / 6));
}
struct Hardsigmoid : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return sixth_of_clamped(d, x);
  }
};
struct HardsigmoidBackward : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V g, V x) const {
    return hn::IfThenElseZero(hn::Lt(hn::Abs(x), constant(d, 3.0)), hn::Mul(g, constant(d, 1.0 / 6)));
  }
};
struct Hardswish : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return hn::Mul(x, sixth_of_clamped(d, x));
  }
};
/// At -3 and 3 the derivative of the middle part, as in PyTorch.
struct HardswishBackward : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V g, V x) const {
    const V three = constant(d, 3.0), inner = hn::Mul(g, hn::Add(hn::Mul(x, constant(d, 1.0 / 3)), constant(d, 0.5)));
    return hn::IfThenElse(hn::Gt(x, three), g, hn::IfThenZeroElse(hn::Lt(x, hn::Neg(three)), inner));
  }
};

struct Hardtanh : WithParams<HardtanhParams> {
  using WithParams::WithParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return at_most(d, at_least(d, x, params.min), params.max);
  }
};
struct HardtanhBackward : WithParams<HardtanhParams> {
  using WithParams::WithParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V g, V x) const {
    const auto outside = hn::Or(hn::Le(x, constant(d, params.min)), hn::Ge(x, constant(d, params.max)));
    return hn::IfThenZeroElse(outside, g);
  }
};

struct LeakyRelu : WithParams<LeakyReluParams> {
  using WithParams::WithParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return hn::IfThenElse(hn::Gt(x, hn::Zero(d)), x, hn::Mul(x, constant(d, params.slope)));
  }
};
struct LeakyReluBackward : WithParams<LeakyReluParams> {
  using WithParams::WithParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V g, V x) const {
    return hn::IfThenElse(hn::Gt(x, hn::Zero(d)), g, hn::Mul(g, constant(d, params.slope)));
  }
};
struct Prelu : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x, V w) const {
    return hn::IfThenElse(hn::Gt(x, hn::Zero(d)), x, hn::Mul(x, w));
  }
};
struct PreluBackward : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE void operator()(D d, V g, V x, V w, V& dx, V& dw) const {
    const auto positive = hn::Gt(x, hn::Zero(d));
    dx = hn::IfThenElse(positive, g, hn::Mul(g, w));
    dw = hn::IfThenZeroElse(positive, hn::Mul(g, x));
  }
};

struct Hardshrink : WithParams<ShrinkParams> {
  using WithParams::WithParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return hn::IfThenZeroElse(hn::Le(hn::Abs(x), constant(d, params.lambda)), x);
  }
};
struct Softshrink : WithParams<ShrinkParams> {
  using WithParams::WithParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    const V a = hn::Abs(x), lambda = constant(d, params.lambda);
    return hn::IfThenZeroElse(hn::Le(a, lambda), hn::CopySign(hn::Sub(a, lambda), x));
  }
};
struct ShrinkBackward : WithParams<ShrinkParams> {
  using WithParams::WithParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V g, V x) const {
    return hn::IfThenZeroElse(hn::Le(hn::Abs(x), constant(d, params.lambda)), g);
  }
};

void fill_slots() {
  set_map<Hardsigmoid>(hardsigmoid_kernel);
  set_map<HardsigmoidBackward, 2>(hardsigmoid_backward_kernel);
  set_map<Hardswish>(hardswish_kernel);
  set_map<HardswishBackward, 2>(hardswish_backward_kernel);
  set_map<Hardtanh>(hardtanh_kernel);
  set_map<HardtanhBackward, 2>(hardtanh_backward_kernel);
  set_map<LeakyRelu>(leaky_relu_kernel);
  set_map<LeakyReluBackward, 2>(leaky_relu_backward_kernel);
  set_lanes<Prelu, 2>(prelu_kernel);
  set_map<PreluBackward, 3, 2>(prelu_backward_kernel);
  set_map<Hardshrink>(hardshrink_kernel);
  set_map<Softshrink>(softshrink_kernel);
  set_map<ShrinkBackward, 2>(shrink_backward_kernel);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
