// sigmoid_backward, tanh_backward, elu, silu, mish, softplus, log_sigmoid, tanhshrink, softsign, glu and their
// derivatives. Forward: at most 4 ULP (float and double), relative accuracy kept in the far tails. Derivatives: at most
// 8 ULP of the largest term of their sum; where terms cancel (silu, mish near their minimum) that is an absolute error.
// Where x * 0 arises at -inf (silu, mish, glu) the result is NaN, as the formulas say.
#include "backend/cpu/hwy_config.h"
#include "backend/cpu/kernel_set.h"
#include "ops/activation.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/activation_smooth_cpu.cpp"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include "backend/cpu/vec_exp-inl.h"
#include "backend/cpu/vec_log-inl.h"
#include "backend/cpu/vec_map-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

struct SigmoidBackward : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V g, V y) const {
    return hn::Mul(g, hn::Mul(y, hn::Sub(constant(d, 1.0), y)));
  }
};
struct TanhBackward : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V g, V y) const {
    // (1 - y)(1 + y) keeps what 1 - y^2 loses near saturation.
    const V one = constant(d, 1.0);
    return hn::Mul(g, hn::Mul(hn::Sub(one, y), hn::Add(one, y)));
  }
};

struct Elu : WithParams<EluParams> {
  using WithParams::WithParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    const V less = expm1_of_non_positive(d, hn::Mul(x, constant(d, params.input_scale)));
    return hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Mul(constant(d, params.alpha * params.scale), less),
                          hn::Mul(x, constant(d, params.scale)));
  }
};
struct EluBackward : WithParams<EluParams> {
  using WithParams::WithParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V g, V x) const {
    const V slope = hn::Mul(constant(d, params.alpha * params.scale * params.input_scale),
                            exp(d, hn::Mul(x, constant(d, params.input_scale))));
    return hn::Mul(g, hn::IfThenElse(hn::Gt(x, hn::Zero(d)), constant(d, params.scale), slope));
  }
};
struct EluBackwardFromResult : WithParams<EluParams> {
  using WithParams::WithParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V g, V y) const {
    const V slope = hn::Mul(constant(d, params.input_scale), hn::Add(y, constant(d, params.alpha * params.scale)));
    return hn::Mul(g, hn::IfThenElse(hn::Gt(y, hn::Zero(d)), constant(d, params.scale), slope));
  }
};

/// s = sigmoid(x) and its derivative s (1 - s), both to full relative accuracy.
template <class D, class V>
HWY_INLINE V sigmoid_and_slope(D d, V x, V& slope) {
  const V one = constant(d, 1.0), e = exp_of_non_positive(d, hn::Neg(hn::Abs(x))), r = hn::Div(one, hn::Add(one, e));
  slope = hn::Mul(hn::Mul(e, r), r);
  return hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Mul(e, r), r);
}
struct Silu : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return hn::Mul(x, sigmoid(d, x));
  }
};
struct SiluBackward : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V g, V x) const {
    V slope;
    const V s = sigmoid_and_slope(d, x, slope);
    return hn::Mul(g, hn::MulAdd(x, slope, s));
  }
};
struct Glu : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V a, V b) const {
    return hn::Mul(a, sigmoid(d, b));
  }
};
struct GluBackward : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE void operator()(D d, V g, V a, V b, V& da, V& db) const {
    V slope;
    const V s = sigmoid_and_slope(d, b, slope);
    da = hn::Mul(g, s);
    db = hn::Mul(hn::Mul(g, a), slope);
  }
};

/// With e = e^x and n = e (e + 2): tanh(log(1 + e)) = n / (n + 2). Beyond x = 20 that is 1 in double too.
struct Mish : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    const V two = constant(d, 2.0), e = exp_of_non_positive(d, at_most(d, x, 20.0)), n = hn::Mul(e, hn::Add(e, two));
    return hn::Mul(x, hn::Div(n, hn::Add(n, two)));
  }
};
struct MishBackward : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V g, V x) const {
    const V one = constant(d, 1.0), two = constant(d, 2.0), c = at_most(d, x, 20.0), e = exp_of_non_positive(d, c);
    const V n = hn::Mul(e, hn::Add(e, two)), r = hn::Div(one, hn::Add(n, two));
    // n / (n + 2) + x 4 e (e + 1) / (n + 2)^2; the second term is nothing beyond 20.
    const V slope = hn::Mul(hn::Mul(hn::Mul(constant(d, 4.0), e), hn::Mul(hn::Add(e, one), r)), r);
    return hn::Mul(g, hn::MulAdd(c, slope, hn::Mul(n, r)));
  }
};

/// log(1 + e^-|x|).
template <class D, class V>
HWY_INLINE V log1p_exp(D d, V x) {
  return log1p_of_unit(d, exp_of_non_positive(d, hn::Neg(hn::Abs(x))));
}
/// log(1 + e^x).
template <class D, class V>
HWY_INLINE V softplus(D d, V x) {
  return hn::Add(at_least(d, x, 0.0), log1p_exp(d, x));
}
struct Softplus : WithParams<SoftplusParams> {
  using WithParams::WithParams;
  // From 16 (float) and 34 (double) on the sum rounds to x: a threshold beyond need not be looked at.
  const bool plain_float = params.beta == 1 && params.threshold >= 16,
             plain_double = params.beta == 1 && params.threshold >= 34;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    // Before the branch, the compiler may take these out of the loop.
    const V beta = constant(d, params.beta), inverse = constant(d, 1 / params.beta),
            threshold = constant(d, params.threshold);
    if (is_f32<D> ? plain_float : plain_double) return softplus(d, x);
    const V t = hn::Mul(x, beta), y = hn::Mul(softplus(d, t), inverse);
    return hn::IfThenElse(hn::Gt(t, threshold), x, y);
  }
};
struct SoftplusBackward : WithParams<SoftplusParams> {
  using WithParams::WithParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V g, V x) const {
    const V t = hn::Mul(x, constant(d, params.beta));
    return hn::IfThenElse(hn::Gt(t, constant(d, params.threshold)), g, hn::Mul(g, sigmoid(d, t)));
  }
};
struct LogSigmoid : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return hn::Sub(at_most(d, x, 0.0), log1p_exp(d, x));
  }
};
struct LogSigmoidBackward : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V g, V x) const {
    return hn::Mul(g, sigmoid(d, hn::Neg(x)));
  }
};

struct Tanhshrink : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return tanhshrink(d, x);
  }
};
struct TanhshrinkBackward : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V g, V x) const {
    const V t = tanh(d, x);
    return hn::Mul(g, hn::Mul(t, t));
  }
};
struct Softsign : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return hn::Div(x, hn::Add(constant(d, 1.0), hn::Abs(x)));
  }
};
struct SoftsignBackward : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V g, V x) const {
    const V r = hn::Div(constant(d, 1.0), hn::Add(constant(d, 1.0), hn::Abs(x)));
    return hn::Mul(g, hn::Mul(r, r));
  }
};

void fill_slots() {
  set_map<SigmoidBackward, 2>(sigmoid_backward_kernel);
  set_map<TanhBackward, 2>(tanh_backward_kernel);
  set_map<Elu, 1, 1, true>(elu_kernel);
  set_map<EluBackward, 2>(elu_backward_kernel);
  set_map<EluBackwardFromResult, 2>(elu_backward_from_result_kernel);
  set_map<Silu, 1, 1, true>(silu_kernel);
  set_map<SiluBackward, 2>(silu_backward_kernel);
  set_map<Glu, 2>(glu_kernel);
  set_map<GluBackward, 3, 2>(glu_backward_kernel);
  set_map<Mish>(mish_kernel);
  set_map<MishBackward, 2>(mish_backward_kernel);
  set_map<Softplus>(softplus_kernel);
  set_map<SoftplusBackward, 2>(softplus_backward_kernel);
  set_map<LogSigmoid>(log_sigmoid_kernel);
  set_map<LogSigmoidBackward, 2>(log_sigmoid_backward_kernel);
  set_map<Tanhshrink>(tanhshrink_kernel);
  set_map<TanhshrinkBackward, 2>(tanhshrink_backward_kernel);
  set_map<Softsign>(softsign_kernel);
  set_map<SoftsignBackward, 2>(softsign_backward_kernel);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
