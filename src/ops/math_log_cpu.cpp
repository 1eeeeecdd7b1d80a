#include "backend/cpu/hwy_config.h"
#include "backend/cpu/kernel_set.h"
#include "ops/math.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/math_log_cpu.cpp"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include "backend/cpu/vec_log-inl.h"
#include "backend/cpu/vec_map-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

LAMPAS_UNARY_OP(LogOp, log);
LAMPAS_UNARY_OP(Log2Op, log2);
LAMPAS_UNARY_OP(Log10Op, log10);
LAMPAS_UNARY_OP(Log1pOp, log1p);
LAMPAS_UNARY_OP(AsinhOp, asinh);
LAMPAS_UNARY_OP(AcoshOp, acosh);
LAMPAS_UNARY_OP(AtanhOp, atanh);
/// log(x / (1 - x)): at most 4 ULP, relative accuracy kept near 1/2. -inf at 0, inf at 1, NaN outside.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V log_odds(D d, V x) {
  const V one = constant(d, 1.0), rest = hn::Sub(one, x);
#if HWY_TARGET == HWY_AVX3
  if constexpr (by_table<D>) {
    // log x - log(1 - x), each from its own factor of the table; around 1/2 all but r and t = -r cancels. What 1 - x
    // lost counts only where it is in [1/2, 1): 2 (1 - x) is the significand.
    const LogTable& table = kNaturalLog;
    const Significand<V> of(x), of_rest(rest);
    const V lost = hn::Sub(hn::Sub(one, rest), x), c = entry<V>(table.factors, of.index),
            k = entry<V>(table.factors, of_rest.index);
    const V r = hn::MulSub(of.m, c, one), r2 = hn::Mul(r, r);
    const V t = hn::MulAdd(hn::Add(lost, lost), k, hn::MulSub(of_rest.m, k, one)), t2 = hn::Mul(t, t);
    const V parts = hn::Sub(entry<V>(table.parts, of.index), entry<V>(table.parts, of_rest.index));
    const V s = hn::MulAdd(hn::Sub(of.e, of_rest.e), constant(d, table.two), parts);
    const V low = hn::MulAdd(r2, log_quotient(d, r, r2), hn::MulAdd(s, constant(d, table.rest), hn::Sub(r, t)));
    return hn::Add(s, hn::NegMulAdd(t2, log_quotient(d, t, t2), low));
  }
#endif
  const V q = hn::Div(x, rest);
  bool special;
  const auto r = reduce_log_of_any(d, q, special);
  // Around 1/2 the quotient's distance from 1, (2x - 1) / (1 - x), is known better than the quotient. Elsewhere what
  // 1 - x lost counts, times 1 / (1 - x) = 1 + q.
  const V lost = hn::Sub(hn::Sub(one, rest), x);
  const V shift = hn::IfThenZeroElse(hn::Eq(lost, hn::Zero(d)), hn::Mul(lost, hn::Add(one, q)));
  const V near = hn::Div(hn::Sub(hn::Add(x, x), one), rest), f = hn::Sub(r.f, hn::MulAdd(shift, r.f, shift));
  const auto central = hn::And(hn::Eq(r.e, hn::Zero(d)), hn::Gt(q, hn::Zero(d)));
  const V y = log_combine(d, r.e, hn::IfThenElse(central, near, f));
  return special ? log_special(d, q, y) : y;
}
template <class T>
struct LogitBounds {
  T low = -std::numeric_limits<T>::infinity(), high = std::numeric_limits<T>::infinity();
  explicit LogitBounds(double eps) {
    if (static_cast<T>(eps) < 0) return;
    low = static_cast<T>(eps);
    high = 1 - low;
  }
};
struct LogitOp {
  LogitBounds<float> of_float;
  LogitBounds<double> of_double;
  explicit LogitOp(const LogitParams& p) : of_float(p.eps), of_double(p.eps) {}
  explicit LogitOp(const void* p) : LogitOp(p ? *static_cast<const LogitParams*>(p) : LogitParams()) {}
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    const V low = constant(d, of_float.low, of_double.low);
    x = hn::IfThenElse(hn::Lt(x, low), low, at_most(d, x, is_f32<D> ? of_float.high : of_double.high));
    return log_odds(d, x);
  }
};

void fill_slots() {
  set_map<LogOp, 1, 1, true>(log_kernel);
  set_map<Log2Op, 1, 1, true>(log2_kernel);
  set_map<Log10Op, 1, 1, true>(log10_kernel);
  set_map<Log1pOp>(log1p_kernel);
  set_map<LogitOp>(logit_kernel);
  set_map<AsinhOp>(asinh_kernel);
  set_map<AcoshOp>(acosh_kernel);
  set_map<AtanhOp>(atanh_kernel);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
