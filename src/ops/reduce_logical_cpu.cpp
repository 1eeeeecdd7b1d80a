// any, all and count_nonzero: exact. NaN differs from zero, -0 does not.
#include "backend/cpu/hwy_config.h"
//
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/reduce_logical_cpu.cpp"
#include "hwy/foreach_target.h"
//
#include "backend/cpu/kernel_set.h"
#include "backend/cpu/reduce_plain-inl.h"
#include "hwy/highway.h"
#include "ops/reduce.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

template <class T>
HWY_INLINE bool nonzero(T x) {
  return x != T(0);
}
HWY_INLINE bool nonzero(Half x) { return (x.bits & 0x7FFF) != 0; }

struct CountOp {
  using A = uint64_t;
  using R = int64_t;
  static constexpr A identity = 0;
  template <class T>
  static HWY_INLINE A take(A a, T x) {
    return a + nonzero(x);
  }
  static HWY_INLINE A combine(A a, A b) { return a + b; }
};
struct AnyOp {
  using A = uint8_t;
  using R = bool;
  static constexpr A identity = 0;
  template <class T>
  static HWY_INLINE A take(A a, T x) {
    return static_cast<A>(a | nonzero(x));
  }
  static HWY_INLINE A combine(A a, A b) { return a | b; }
};
struct AllOp {
  using A = uint8_t;
  using R = bool;
  static constexpr A identity = 1;
  template <class T>
  static HWY_INLINE A take(A a, T x) {
    return static_cast<A>(a & nonzero(x));
  }
  static HWY_INLINE A combine(A a, A b) { return a & b; }
};
// Of dtypes whose zeros look alike only one is compiled.
template <class T, class Bits = T>
void fill() {
  any_kernel.set(kCPU, dtype_of<T>, PlainReduction<AnyOp, Bits>::run);
  all_kernel.set(kCPU, dtype_of<T>, PlainReduction<AllOp, Bits>::run);
  count_nonzero_kernel.set(kCPU, dtype_of<T>, PlainReduction<CountOp, Bits>::run);
}
void fill_slots() {
  fill<uint8_t>();
  fill<int8_t, uint8_t>();
  fill<bool, uint8_t>();
  fill<int16_t>();
  fill<int32_t>();
  fill<int64_t>();
  fill<float>();
  fill<double>();
  fill<Half>();
  fill<BFloat16, Half>();
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
