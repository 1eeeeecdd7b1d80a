// Terms of the losses that are sums over elements, their derivatives, and their sum. Terms are accurate to 6 ULP of
// their largest part. NaN gives NaN.
#include "backend/cpu/hwy_config.h"
#include "backend/cpu/kernel_set.h"
#include "backend/cpu/parallel.h"
#include "ops/loss_terms.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/loss_terms_cpu.cpp"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include "backend/cpu/vec_exp-inl.h"
#include "backend/cpu/vec_log-inl.h"
#include "backend/cpu/vec_map-inl.h"
#include "backend/cpu/vec_sum-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

// Each loss is three functions of (d, params, x, t): value, its derivative by x, its derivative by t.
#undef LAMPAS_TERM
#define LAMPAS_TERM(fn)                                                                                    \
  template <class D, class V>                                                                              \
  static HWY_INLINE V fn([[maybe_unused]] D d, [[maybe_unused]] const LossParams& p, [[maybe_unused]] V x, \
                         [[maybe_unused]] V t)

template <class D, class V>
HWY_INLINE V select(hn::Mask<D> m, V yes, V no) {
  return hn::IfThenElse(m, yes, no);
}
/// log(1 + e^x).
template <class D, class V>
HWY_INLINE V softplus_of(D d, V x) {
  const V e = exp_of_non_positive(d, hn::Neg(hn::Abs(x)));
  return hn::Add(at_least(d, x, 0.0), log1p_of_unit(d, e));
}
template <class D, class V>
HWY_INLINE V sign_of(D d, V x) {
  return hn::IfThenElseZero(hn::Gt(hn::Abs(x), hn::Zero(d)), hn::CopySign(constant(d, 1.0), x));  // 0 for NaN
}

struct Mse {
  LAMPAS_TERM(value) {
    const V e = hn::Sub(x, t);
    return hn::Mul(e, e);
  }
  LAMPAS_TERM(by_x) { return hn::Mul(constant(d, 2.0), hn::Sub(x, t)); }
  LAMPAS_TERM(by_t) { return hn::Mul(constant(d, 2.0), hn::Sub(t, x)); }
};
struct L1 {
  LAMPAS_TERM(value) { return hn::Abs(hn::Sub(x, t)); }
  LAMPAS_TERM(by_x) { return sign_of(d, hn::Sub(x, t)); }
  LAMPAS_TERM(by_t) { return sign_of(d, hn::Sub(t, x)); }
};
struct SmoothL1 {
  LAMPAS_TERM(value) {
    const V e = hn::Abs(hn::Sub(x, t)), a = constant(d, p.a), half = constant(d, 0.5);
    return select<D>(hn::Lt(e, a), hn::Div(hn::Mul(half, hn::Mul(e, e)), a), hn::Sub(e, hn::Mul(half, a)));
  }
  LAMPAS_TERM(by_x) {
    const V e = hn::Sub(x, t), a = constant(d, p.a);
    return select<D>(hn::Ge(hn::Abs(e), a), sign_of(d, e), hn::Div(e, a));  // a NaN stays one
  }
  LAMPAS_TERM(by_t) { return by_x(d, p, t, x); }
};
struct Huber {
  LAMPAS_TERM(value) {
    const V e = hn::Abs(hn::Sub(x, t)), a = constant(d, p.a), half = constant(d, 0.5);
    return select<D>(hn::Le(e, a), hn::Mul(half, hn::Mul(e, e)), hn::Mul(a, hn::Sub(e, hn::Mul(half, a))));
  }
  LAMPAS_TERM(by_x) {
    const V e = hn::Sub(x, t), a = constant(d, p.a);
    return select<D>(hn::Gt(hn::Abs(e), a), hn::Mul(a, sign_of(d, e)), e);
  }
  LAMPAS_TERM(by_t) { return by_x(d, p, t, x); }
};
struct Bce {
  LAMPAS_TERM(value) {
    const V one = constant(d, 1.0);
    const V a = at_least(d, log(d, x), -100.0), b = at_least(d, log1p(d, hn::Neg(x)), -100.0);
    return hn::NegMulAdd(t, a, hn::Mul(hn::Sub(t, one), b));
  }
  LAMPAS_TERM(by_x) { return hn::Div(hn::Sub(x, t), at_least(d, hn::Mul(x, hn::Sub(constant(d, 1.0), x)), 1e-12)); }
  LAMPAS_TERM(by_t) { return hn::Sub(at_least(d, log1p(d, hn::Neg(x)), -100.0), at_least(d, log(d, x), -100.0)); }
};
struct BceLogits {
  LAMPAS_TERM(value) {
    const V e = exp_of_non_positive(d, hn::Neg(hn::Abs(x)));
    return hn::Add(hn::NegMulAdd(x, t, at_least(d, x, 0.0)), log1p_of_unit(d, e));
  }
  LAMPAS_TERM(by_x) { return hn::Sub(sigmoid(d, x), t); }
  LAMPAS_TERM(by_t) { return hn::Neg(x); }
};
struct KlDiv {
  LAMPAS_TERM(value) {
    if (p.flag) return hn::Mul(exp(d, t), hn::Sub(t, x));
    return hn::IfThenZeroElse(hn::Eq(t, hn::Zero(d)), hn::Mul(t, hn::Sub(log(d, t), x)));
  }
  LAMPAS_TERM(by_x) { return hn::Neg(p.flag ? exp(d, t) : t); }
  LAMPAS_TERM(by_t) {
    const V one = constant(d, 1.0);
    if (p.flag) return hn::Mul(exp(d, t), hn::Add(hn::Sub(t, x), one));
    return hn::IfThenZeroElse(hn::Eq(t, hn::Zero(d)), hn::Sub(hn::Add(log(d, t), one), x));
  }
};
template <class D, class V>
HWY_INLINE V stirling(D d, const LossParams& p, V t, V l) {
  if (!p.flag) return l;
  const V s = hn::Add(hn::MulSub(t, log(d, t), t),
                      hn::Mul(constant(d, 0.5), log(d, hn::Mul(constant(d, 6.283185307179586477), t))));
  return hn::Add(l, hn::IfThenElseZero(hn::Gt(t, constant(d, 1.0)), s));
}
template <class D, class V>
HWY_INLINE V stirling_slope(D d, const LossParams& p, V t, V l) {
  if (!p.flag) return l;
  return hn::Add(l, hn::IfThenElseZero(hn::Gt(t, constant(d, 1.0)), hn::Add(log(d, t), hn::Div(constant(d, 0.5), t))));
}
struct PoissonLog {
  LAMPAS_TERM(value) { return stirling(d, p, t, hn::NegMulAdd(t, x, exp(d, x))); }
  LAMPAS_TERM(by_x) { return hn::Sub(exp(d, x), t); }
  LAMPAS_TERM(by_t) { return stirling_slope(d, p, t, hn::Neg(x)); }
};
struct Poisson {
  LAMPAS_TERM(value) { return stirling(d, p, t, hn::NegMulAdd(t, log(d, hn::Add(x, constant(d, p.a))), x)); }
  LAMPAS_TERM(by_x) { return hn::Sub(constant(d, 1.0), hn::Div(t, hn::Add(x, constant(d, p.a)))); }
  LAMPAS_TERM(by_t) { return stirling_slope(d, p, t, hn::Neg(log(d, hn::Add(x, constant(d, p.a))))); }
};
struct SoftMargin {
  LAMPAS_TERM(value) { return softplus_of(d, hn::Neg(hn::Mul(x, t))); }
  LAMPAS_TERM(by_x) { return hn::Neg(hn::Mul(t, sigmoid(d, hn::Neg(hn::Mul(x, t))))); }
  LAMPAS_TERM(by_t) { return by_x(d, p, t, x); }
};
struct HingeEmbedding {
  LAMPAS_TERM(value) {
    const V one = constant(d, 1.0), near = hn::IfThenZeroElse(hn::Eq(t, hn::Neg(one)), x);
    const V far = at_least(d, hn::Sub(constant(d, p.a), x), 0.0);
    return hn::Add(hn::IfThenZeroElse(hn::Eq(t, one), far), near);
  }
  LAMPAS_TERM(by_x) {
    const V one = constant(d, 1.0), near = hn::IfThenZeroElse(hn::Eq(t, hn::Neg(one)), one);
    const V far = hn::IfThenElseZero(hn::Ge(constant(d, p.a), x), one);
    return hn::Sub(near, hn::IfThenZeroElse(hn::Eq(t, one), far));
  }
};
struct Hinge {
  LAMPAS_TERM(value) { return at_least(d, hn::NegMulAdd(t, x, constant(d, p.a)), 0.0); }
  LAMPAS_TERM(by_x) {
    return hn::IfThenElseZero(hn::Ge(hn::NegMulAdd(t, x, constant(d, p.a)), hn::Zero(d)), hn::Neg(t));
  }
  LAMPAS_TERM(by_t) { return by_x(d, p, t, x); }
};

template <class L>
struct Value : WithParams<LossParams> {
  using WithParams::WithParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x, V t) const {
    return L::value(d, params, x, t);
  }
};
template <class L>
struct GradientX : WithParams<LossParams> {
  using WithParams::WithParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V g, V x, V t) const {
    return hn::Mul(g, L::by_x(d, params, x, t));
  }
};
template <class L>
struct GradientT : WithParams<LossParams> {
  using WithParams::WithParams;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V g, V x, V t) const {
    return hn::Mul(g, L::by_t(d, params, x, t));
  }
};
template <class L, bool kTarget = true, bool kPairs = false>
void set_terms(LossTerms& terms) {
  set_map<Value<L>, 2, 1, kPairs>(terms.value);
  set_map<GradientX<L>, 3, 1, kPairs>(terms.gradient_x);
  if constexpr (kTarget) set_map<GradientT<L>, 3>(terms.gradient_t);
}

template <class T>
struct LossSum {
  using C = ComputeType<T>;
  static constexpr int64_t kBlock = 512, kParts = 64;

  static HWY_NOINLINE double block_sum(const C* p, int64_t n) {
    const hn::ScalableTag<C> d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    auto a = hn::Zero(d), b = a, c = a, e = a;
    int64_t i = 0;
    for (; i + 4 * lanes <= n; i += 4 * lanes) {
      a = hn::Add(a, hn::LoadU(d, p + i));
      b = hn::Add(b, hn::LoadU(d, p + i + lanes));
      c = hn::Add(c, hn::LoadU(d, p + i + 2 * lanes));
      e = hn::Add(e, hn::LoadU(d, p + i + 3 * lanes));
    }
    for (; i < n; i += lanes) a = hn::Add(a, load_some(d, p + i, n - i));
    return static_cast<double>(hn::GetLane(hn::SumOfLanes(d, hn::Add(hn::Add(a, b), hn::Add(c, e)))));
  }
  static HWY_NOINLINE void widen(const T* from, C* to, int64_t n) {
    const hn::ScalableTag<C> d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    for (int64_t i = 0; i < n; i += lanes) store_some(d, load_some(d, from + i, n - i), to + i, n - i);
  }
  static double part(PointwiseFn* value, const T* x, const T* t, int64_t n, const void* params) {
    HWY_ALIGN C out[kBlock];
    HWY_ALIGN C wide[2][std::is_same_v<T, C> ? 1 : kBlock];
    const int64_t strides[3] = {sizeof(C), sizeof(C), sizeof(C)};
    double sum = 0;
    for (int64_t i = 0; i < n; i += kBlock) {
      const int64_t m = std::min(kBlock, n - i);
      char* data[3] = {reinterpret_cast<char*>(out), nullptr, nullptr};
      if constexpr (std::is_same_v<T, C>) {
        data[1] = reinterpret_cast<char*>(const_cast<T*>(x + i));
        data[2] = reinterpret_cast<char*>(const_cast<T*>(t + i));
      } else {
        widen(x + i, wide[0], m);
        widen(t + i, wide[1], m);
        data[1] = reinterpret_cast<char*>(wide[0]);
        data[2] = reinterpret_cast<char*>(wide[1]);
      }
      value(data, strides, m, params);
      sum += block_sum(out, m);
    }
    return sum;
  }
  static double run(PointwiseFn* value, const void* x, const void* t, int64_t n, const void* params) {
    const T *xp = static_cast<const T*>(x), *tp = static_cast<const T*>(t);
    if (n <= cpu::kGrain / 2) return part(value, xp, tp, n, params);
    double sums[kParts];
    const int64_t size = (std::max(cpu::kGrain / 2, (n + kParts - 1) / kParts) + kBlock - 1) / kBlock * kBlock;
    const int64_t parts = (n + size - 1) / size;
    cpu::parallel_for(parts, 1, [&](int64_t first, int64_t last) {
      for (int64_t k = first; k < last; ++k)
        sums[k] = part(value, xp + k * size, tp + k * size, std::min(size, n - k * size), params);
    });
    double sum = 0;
    for (int64_t k = 0; k < parts; ++k) sum += sums[k];
    return sum;
  }
};

void fill_slots() {
  set_terms<Mse>(mse_terms);
  set_terms<L1>(l1_terms);
  set_terms<SmoothL1>(smooth_l1_terms);
  set_terms<Huber>(huber_terms);
  set_terms<Bce, true, true>(bce_terms);
  set_terms<BceLogits, true, true>(bce_logits_terms);
  set_terms<KlDiv, true, true>(kl_div_terms);
  set_terms<PoissonLog, true, true>(poisson_log_terms);
  set_terms<Poisson, true, true>(poisson_terms);
  set_terms<SoftMargin, true, true>(soft_margin_terms);
  set_terms<HingeEmbedding, false>(hinge_embedding_terms);
  set_terms<Hinge>(hinge_terms);
  loss_sum_kernel.set(kCPU, kFloat, LossSum<float>::run);
  loss_sum_kernel.set(kCPU, kDouble, LossSum<double>::run);
  loss_sum_kernel.set(kCPU, kHalf, LossSum<Half>::run);
  loss_sum_kernel.set(kCPU, kBFloat16, LossSum<BFloat16>::run);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
