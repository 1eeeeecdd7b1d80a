// Per-target header: reductions as plain loops, which the compiler vectorises for each instruction set.
#if defined(LAMPAS_BACKEND_CPU_REDUCE_PLAIN_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAMPAS_BACKEND_CPU_REDUCE_PLAIN_INL_H_
#undef LAMPAS_BACKEND_CPU_REDUCE_PLAIN_INL_H_
#else
#define LAMPAS_BACKEND_CPU_REDUCE_PLAIN_INL_H_
#endif

#include "backend/reduce.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {

/// `Op` has: `A` (accumulators), `R` (the result), `identity` (the accumulator of nothing), `take(a, x)` (a and an
/// element), `combine(a, b)` (two accumulators).
template <class Op, class T>
struct PlainReduction {
  using A = typename Op::A;
  using R = typename Op::R;

  static void init(Accumulators a, int64_t n) {
    for (int64_t i = 0; i < n; ++i) a.field<A>(0)[i] = Op::identity;
  }
  static void take_rows(const ReduceRun& r, Accumulators a, const void*) {
    for (int64_t i = 0; i < r.n; ++i) {
      const T* p = static_cast<const T*>(r.in) + i * r.next;
      A s = Op::identity;
      if (r.step == 1) {
        for (int64_t j = 0; j < r.length; ++j) s = Op::take(s, p[j]);
      } else {
        for (int64_t j = 0; j < r.length; ++j) s = Op::take(s, p[j * r.step]);
      }
      a.field<A>(0)[i] = Op::combine(a.field<A>(0)[i], s);
    }
  }
  static void take_columns(const ReduceRun& r, Accumulators a, const void*) {
    A* HWY_RESTRICT acc = a.field<A>(0);
    for (int64_t j = 0; j < r.length; ++j) {
      const T* HWY_RESTRICT p = static_cast<const T*>(r.in) + j * r.step;
      if (r.next == 1) {
        for (int64_t i = 0; i < r.n; ++i) acc[i] = Op::take(acc[i], p[i]);
      } else {
        for (int64_t i = 0; i < r.n; ++i) acc[i] = Op::take(acc[i], p[i * r.next]);
      }
    }
  }
  static void combine(Accumulators a, Accumulators b, int64_t n) {
    for (int64_t i = 0; i < n; ++i) a.field<A>(0)[i] = Op::combine(a.field<A>(0)[i], b.field<A>(0)[i]);
  }
  static void finish(Accumulators a, int64_t n, int64_t, void* const out[2], int64_t start, int64_t stride,
                     const void*) {
    R* y = static_cast<R*>(out[0]) + start;
    for (int64_t i = 0; i < n; ++i) y[i * stride] = static_cast<R>(a.field<A>(0)[i]);
  }
  static void run(const ReducePlan& plan, const void* in, void* out) {
    static constexpr ReduceFns fns{1, false, init, take_rows, take_columns, combine, finish};
    void* const outs[2] = {out, nullptr};
    run_reduction(plan, fns, in, sizeof(T), outs, nullptr);
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#endif  // LAMPAS_BACKEND_CPU_REDUCE_PLAIN_INL_H_
