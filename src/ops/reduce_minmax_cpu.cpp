// amax and amin of floating-point elements. Exact: float16 and bfloat16 are compared as float32. Any NaN gives NaN.
#include "backend/cpu/hwy_config.h"
//
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/reduce_minmax_cpu.cpp"
#include "hwy/foreach_target.h"
//
#include <algorithm>
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
  /// Without asking every element whether it is a NaN: then a sum is one, or where infinities cancel.
  static HWY_NOINLINE Lane row(const T* p, int64_t n) {
    const hn::ScalableTag<Lane> d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d)), group = 4 * lanes;
    if (n < group) return LaneReduction<Extreme>::any_row(p, n);
    const auto better = [](auto a, auto b) HWY_ATTR { return kMax ? hn::Max(a, b) : hn::Min(a, b); };
    auto b0 = hn::Set(d, identity), b1 = b0, s0 = hn::Zero(d), s1 = s0;
    int64_t j = 0;
    for (;;) {
      const T* q = p + j;
      const auto x0 = load_as(d, q), x1 = load_as(d, q + lanes), x2 = load_as(d, q + 2 * lanes),
                 x3 = load_as(d, q + 3 * lanes);
      s0 = hn::Add(s0, hn::Add(x0, x1));
      s1 = hn::Add(s1, hn::Add(x2, x3));
      b0 = better(better(x0, x1), b0);
      b1 = better(better(x2, x3), b1);
      if (j + group == n) break;
      j = std::min(j + group, n - group);
    }
    if (!hn::AllFalse(d, hn::IsNaN(hn::Add(s0, s1)))) return LaneReduction<Extreme>::any_row(p, n);
    return hn::GetLane(kMax ? hn::MaxOfLanes(d, better(b0, b1)) : hn::MinOfLanes(d, better(b0, b1)));
  }
  template <class Of>
  static void run(const ReducePlan& plan, const void* in, void* out) {
    LaneReduction<Extreme>::run(dtype_of<Of>, plan, in, out, nullptr);
  }
};

template <class T>
void fill() {
  amax_kernel.set(kCPU, dtype_of<T>, Extreme<ComputeType<T>, true>::template run<T>);
  amin_kernel.set(kCPU, dtype_of<T>, Extreme<ComputeType<T>, false>::template run<T>);
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
LAMPAS_KERNEL_SET(fill_slots);
#endif
