// Comparisons and logic with bool results. Exact; a comparison with NaN is false, ne with NaN true, NaN counts as true
// in logic.
#include "backend/cpu/hwy_config.h"
//
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/pointwise_compare_cpu.cpp"
#include "hwy/foreach_target.h"
//
#include "backend/cpu/elementwise-inl.h"
#include "backend/cpu/kernel_set.h"
#include "ops/pointwise.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

// Highway's Ne is false for NaN on some targets.
template <class V>
HWY_INLINE auto not_equal(V x, V y) {
  return hn::Not(hn::Eq(x, y));
}
template <class D, class V>
HWY_INLINE hn::Mask<D> less_equal(D, V x, V y) {
  if constexpr (std::is_floating_point_v<hn::TFromD<D>>)
    return hn::Le(x, y);
  else
    return hn::Not(hn::Lt(y, x));
}

#define LAMPAS_COMPARE(Name, expression)              \
  struct Name : NoParams {                            \
    using NoParams::NoParams;                         \
    template <class D, class V>                       \
    HWY_INLINE auto operator()(D d, V x, V y) const { \
      (void)d;                                        \
      return expression;                              \
    }                                                 \
  };
LAMPAS_COMPARE(Equal, hn::Eq(x, y))
LAMPAS_COMPARE(NotEqual, not_equal(x, y))
LAMPAS_COMPARE(Less, hn::Lt(x, y))
LAMPAS_COMPARE(LessEqual, less_equal(d, x, y))
// Of what is false, and so of what equals zero: one negation, or none, for two.
LAMPAS_COMPARE(LogicalAnd, hn::Not(hn::Or(hn::Eq(x, hn::Zero(d)), hn::Eq(y, hn::Zero(d)))))
LAMPAS_COMPARE(LogicalOr, hn::Not(hn::And(hn::Eq(x, hn::Zero(d)), hn::Eq(y, hn::Zero(d)))))
LAMPAS_COMPARE(LogicalXor, hn::Xor(hn::Eq(x, hn::Zero(d)), hn::Eq(y, hn::Zero(d))))
LAMPAS_COMPARE(Greater, hn::Lt(y, x))
LAMPAS_COMPARE(GreaterEqual, less_equal(d, y, x))
#undef LAMPAS_COMPARE

struct LogicalNot : NoParams {
  using NoParams::NoParams;
  template <class D, class V>
  HWY_INLINE auto operator()(D d, V x) const {
    return hn::Eq(x, hn::Zero(d));
  }
};

template <class T>
struct EqualComplex : NoParams, PlainOp<uint8_t, T, T> {
  using NoParams::NoParams;
  HWY_INLINE uint8_t operator()(T x, T y) const { return to_bool(x == y); }
};
template <class T>
struct NotEqualComplex : NoParams, PlainOp<uint8_t, T, T> {
  using NoParams::NoParams;
  HWY_INLINE uint8_t operator()(T x, T y) const { return to_bool(x != y); }
};

void fill_slots() {
  set_predicate<Equal, 2>(eq_kernel);
  set_predicate<NotEqual, 2>(ne_kernel);
  set_predicate<Less, 2>(lt_kernel);
  set_predicate<LessEqual, 2>(le_kernel);
  set_predicate<Greater, 2>(gt_kernel);
  set_predicate<GreaterEqual, 2>(ge_kernel);
  set_predicate<LogicalAnd, 2>(logical_and_kernel);
  set_predicate<LogicalOr, 2>(logical_or_kernel);
  set_predicate<LogicalXor, 2>(logical_xor_kernel);
  set_predicate<LogicalNot, 1>(logical_not_kernel);
  eq_kernel.set(kCPU, kComplexFloat, &plain_kernel<EqualComplex<complex<float>>>);
  eq_kernel.set(kCPU, kComplexDouble, &plain_kernel<EqualComplex<complex<double>>>);
  ne_kernel.set(kCPU, kComplexFloat, &plain_kernel<NotEqualComplex<complex<float>>>);
  ne_kernel.set(kCPU, kComplexDouble, &plain_kernel<NotEqualComplex<complex<double>>>);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
