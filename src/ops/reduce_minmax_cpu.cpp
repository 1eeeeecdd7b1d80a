// amax and amin of floating-point elements. Exact: float16 and bfloat16 are compared as float32. Any NaN gives NaN.
#include "backend/cpu/hwy_config.h"
//
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/reduce_minmax_cpu.cpp"
#include "hwy/foreach_target.h"
//
#include <limits>

#include "backend/cpu/kernel_set.h"
#include "backend/cpu/reduce-inl.h"
#include "hwy/highway.h"
#include "ops/reduce.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

template <class Elem, bool kMax>
struct Extreme {
  using T = Elem;
  using Lane = ComputeType<T>;
  static constexpr Lane kInf = std::numeric_limits<Lane>::infinity();
  static constexpr Lane identity = kMax ? -kInf : kInf, neutral = identity;
  template <class D>
  static HWY_INLINE hn::Vec<D> map(D, hn::Vec<D> v) {
    return v;
  }
  // a where it wins or is NaN; else b, which wins, ties or is NaN.
  template <class D>
  static HWY_INLINE hn::Vec<D> combine(D, hn::Vec<D> a, hn::Vec<D> b) {
    const auto wins = kMax ? hn::Gt(a, b) : hn::Lt(a, b);
    return hn::IfThenElse(hn::Or(wins, hn::IsNaN(a)), a, b);
  }
  template <class D>
  static HWY_INLINE Lane lanes(D d, hn::Vec<D> v) {
    if (!hn::AllFalse(d, hn::IsNaN(v))) return std::numeric_limits<Lane>::quiet_NaN();
    return hn::GetLane(kMax ? hn::MaxOfLanes(d, v) : hn::MinOfLanes(d, v));
  }
  static Lane result(Lane total, const void*) { return total; }
  static void run(const ReducePlan& plan, const void* in, void* out) {
    LaneReduction<Extreme>::run(plan, in, out, nullptr);
  }
};

template <class T>
void fill() {
  amax_kernel.set(kCPU, dtype_of<T>, Extreme<T, true>::run);
  amin_kernel.set(kCPU, dtype_of<T>, Extreme<T, false>::run);
}
void fill_slots() {
  fill<float>();
  fill<double>();
  fill<Half>();
  fill<BFloat16>();
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lampas {
namespace {
HWY_EXPORT(fill_slots);
const cpu::KernelSet kernels{[] { HWY_DYNAMIC_DISPATCH(fill_slots)(); }};
}  // namespace
}  // namespace lampas
#endif
