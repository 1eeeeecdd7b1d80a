// Sum, product, largest and smallest of integers and booleans. Exact; sums and products wrap around in int64.
#include "backend/cpu/hwy_config.h"
//
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/reduce_integer_cpu.cpp"
#include "hwy/foreach_target.h"
//
#include <limits>

#include "backend/cpu/kernel_set.h"
#include "backend/cpu/reduce_plain-inl.h"
#include "hwy/highway.h"
#include "ops/reduce.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

// Accumulated in unsigned words, so that wrapping around is defined.
struct SumOp {
  using A = uint64_t;
  using R = int64_t;
  static constexpr A identity = 0;
  template <class T>
  static HWY_INLINE A take(A a, T x) {
    return a + static_cast<A>(static_cast<int64_t>(x));
  }
  static HWY_INLINE A combine(A a, A b) { return a + b; }
};
struct ProdOp {
  using A = uint64_t;
  using R = int64_t;
  static constexpr A identity = 1;
  template <class T>
  static HWY_INLINE A take(A a, T x) {
    return a * static_cast<A>(static_cast<int64_t>(x));
  }
  static HWY_INLINE A combine(A a, A b) { return a * b; }
};
template <class T>
struct MaxOp {
  using A = T;
  using R = T;
  static constexpr A identity = std::numeric_limits<T>::lowest();
  static HWY_INLINE A take(A a, T x) { return x > a ? x : a; }
  static HWY_INLINE A combine(A a, A b) { return b > a ? b : a; }
};
template <class T>
struct MinOp {
  using A = T;
  using R = T;
  static constexpr A identity = std::numeric_limits<T>::max();
  static HWY_INLINE A take(A a, T x) { return x < a ? x : a; }
  static HWY_INLINE A combine(A a, A b) { return b < a ? b : a; }
};

template <class T>
void fill() {
  sum_kernel.set(kCPU, dtype_of<T>, PlainReduction<SumOp, T>::run);
  prod_kernel.set(kCPU, dtype_of<T>, PlainReduction<ProdOp, T>::run);
  amax_kernel.set(kCPU, dtype_of<T>, PlainReduction<MaxOp<T>, T>::run);
  amin_kernel.set(kCPU, dtype_of<T>, PlainReduction<MinOp<T>, T>::run);
}
void fill_slots() {
  fill<uint8_t>();
  fill<int8_t>();
  fill<int16_t>();
  fill<int32_t>();
  fill<int64_t>();
  fill<bool>();
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
