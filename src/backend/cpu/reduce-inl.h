// Per-target header: reductions whose accumulator is one lane: map every element, combine the results in any order.
#if defined(LAMPAS_BACKEND_CPU_REDUCE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LAMPAS_BACKEND_CPU_REDUCE_INL_H_
#undef LAMPAS_BACKEND_CPU_REDUCE_INL_H_
#else
#define LAMPAS_BACKEND_CPU_REDUCE_INL_H_
#endif

#include "backend/cpu/unroll.h"
#include "backend/cpu/vec_io-inl.h"
#include "backend/cpu/vec_sum-inl.h"
#include "backend/reduce.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {

/// `Op` has: `T` (elements), `Lane` (accumulators, float or double), `identity` (the accumulator of nothing), `neutral`
/// (an element that changes nothing), `map(d, v)`, `combine(d, a, b)`, `result(total, count, params)`; `lanes(d,
/// v)`, all lanes combined; optionally `row(p, n)`, which may call `any_row`.
template <class Op>
struct LaneReduction {
  using T = typename Op::T;
  using A = typename Op::Lane;
  static constexpr bool kWidens = !std::is_same_v<T, A>;
  using D = std::conditional_t<kWidens, TagOfWidened<T>, hn::ScalableTag<A>>;

  static A combine_one(A a, A b) {
    const hn::CappedTag<A, 1> d;
    return hn::GetLane(Op::combine(d, hn::Set(d, a), hn::Set(d, b)));
  }
  static A take_one(A a, T x) {
    const hn::CappedTag<A, 1> d;
    return hn::GetLane(Op::combine(d, hn::Set(d, a), Op::map(d, hn::Set(d, static_cast<A>(x)))));
  }
  static void init(Accumulators a, int64_t n) {
    for (int64_t i = 0; i < n; ++i) a.field<A>(0)[i] = Op::identity;
  }
  static void combine(Accumulators a, Accumulators b, int64_t n) {
    for (int64_t i = 0; i < n; ++i) a.field<A>(0)[i] = combine_one(a.field<A>(0)[i], b.field<A>(0)[i]);
  }

  static HWY_NOINLINE A any_row(const T* p, int64_t n) {
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    constexpr int kChains = kWidens ? 8 : 4;  // so many that none waits for what came before
    auto a = hn::Set(d, Op::identity);
    if (n >= kChains * lanes) {
      hn::Vec<D> chain[kChains];
      LAMPAS_UNROLL
      for (int k = 0; k < kChains; ++k) chain[k] = a;
      for (; n >= kChains * lanes; n -= kChains * lanes, p += kChains * lanes) {
        LAMPAS_UNROLL
        for (int k = 0; k < kChains; ++k) chain[k] = Op::combine(d, chain[k], Op::map(d, load_as(d, p + k * lanes)));
      }
      LAMPAS_UNROLL
      for (int k = kChains / 2; k > 0; k /= 2) {
        LAMPAS_UNROLL
        for (int i = 0; i < k; ++i) chain[i] = Op::combine(d, chain[2 * i], chain[2 * i + 1]);
      }
      a = chain[0];
    }
    for (; n >= lanes; n -= lanes, p += lanes) a = Op::combine(d, a, Op::map(d, load_as(d, p)));
    if (n) a = Op::combine(d, a, Op::map(d, load_tail_or(d, p, static_cast<size_t>(n), hn::Set(d, Op::neutral))));
    return Op::lanes(d, a);
  }
  static HWY_INLINE A row(const T* p, int64_t n) {
    if constexpr (requires { Op::row(p, n); })
      return Op::row(p, n);
    else
      return any_row(p, n);
  }
  static void take_rows(const ReduceRun& r, Accumulators a, const void*) {
    const T* p = static_cast<const T*>(r.in);
    A* acc = a.field<A>(0);
    for (int64_t i = 0; i < r.n; ++i, p += r.next) {
      if (r.step == 1) {
        acc[i] = combine_one(acc[i], row(p, r.length));
      } else {
        for (int64_t j = 0; j < r.length; ++j) acc[i] = take_one(acc[i], p[j * r.step]);
      }
    }
  }

  static HWY_INLINE void add_row(const T* p, int64_t n, A* acc) {
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    int64_t c = 0;
    for (; c + lanes <= n; c += lanes)
      hn::StoreU(Op::combine(d, hn::LoadU(d, acc + c), Op::map(d, load_as(d, p + c))), d, acc + c);
    if (c < n) {
      const auto v = load_tail_or(d, p + c, static_cast<size_t>(n - c), hn::Set(d, Op::neutral));
      hn::StoreU(Op::combine(d, hn::LoadU(d, acc + c), Op::map(d, v)), d, acc + c);
    }
  }
  static void take_columns(const ReduceRun& r, Accumulators a, const void*) {
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d)), n = r.n;
    const T* p = static_cast<const T*>(r.in);
    A* acc = a.field<A>(0);
    int64_t j = 0;
    if (r.next != 1) {
      for (; j < r.length; ++j)
        for (int64_t i = 0; i < n; ++i) acc[i] = take_one(acc[i], p[j * r.step + i * r.next]);
      return;
    }
    const int64_t whole = n - n % lanes;
    for (; j + 4 <= r.length; j += 4) {
      const T *q0 = p + j * r.step, *q1 = q0 + r.step, *q2 = q1 + r.step, *q3 = q2 + r.step;
      for (int64_t c = 0; c < whole; c += lanes) {
        const auto x = Op::combine(d, Op::map(d, load_as(d, q0 + c)), Op::map(d, load_as(d, q1 + c)));
        const auto y = Op::combine(d, Op::map(d, load_as(d, q2 + c)), Op::map(d, load_as(d, q3 + c)));
        hn::StoreU(Op::combine(d, hn::LoadU(d, acc + c), Op::combine(d, x, y)), d, acc + c);
      }
      if (whole < n)
        for (int64_t k = 0; k < 4; ++k) add_row(q0 + k * r.step + whole, n - whole, acc + whole);
    }
    for (; j < r.length; ++j) add_row(p + j * r.step, n, acc);
  }

  static void finish(Accumulators a, int64_t n, int64_t reduced, void* const out[2], int64_t start, int64_t stride,
                     const void* params) {
    T* y = static_cast<T*>(out[0]) + start;
    const A* acc = a.field<A>(0);
    for (int64_t i = 0; i < n; ++i) y[i * stride] = T(static_cast<ComputeType<T>>(Op::result(acc[i], params)));
  }
  /// Time of an element in that of a sum's.
  static constexpr int kCost = [] {
    if constexpr (requires { Op::kCost; })
      return Op::kCost;
    else
      return 1;
  }();
  /// `dtype`: T's, or that of 16-bit elements where T is float.
  static void run(ScalarType dtype, const ReducePlan& plan, const void* in, void* out, const void* params) {
    static constexpr ReduceFns fns{1, false, init, take_rows, take_columns, combine, finish, kCost};
    void* const outs[2] = {out, nullptr};
    run_reduction_of(dtype, plan, fns, in, sizeof(T), outs, params);
  }
};

/// All lanes of v combined, pairwise.
template <class Op, class D>
HWY_INLINE hn::TFromD<D> combine_lanes(D d, hn::Vec<D> v) {
#if HWY_TARGET != HWY_SCALAR
  if constexpr (hn::MaxLanes(D()) > 1) {
    const hn::Half<D> half;
    return combine_lanes<Op>(half, Op::combine(half, hn::LowerHalf(half, v), hn::UpperHalf(half, v)));
  }
#endif
  return hn::GetLane(v);
}

}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#endif  // LAMPAS_BACKEND_CPU_REDUCE_INL_H_
