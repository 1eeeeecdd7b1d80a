// Largest and smallest element with its position. Exact: float16 and bfloat16 are compared as float32. The first of
// equal elements wins; a NaN beats everything, the first one wins.
#include "backend/cpu/hwy_config.h"
//
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/reduce_index_cpu.cpp"
#include "hwy/foreach_target.h"
//
#include <algorithm>
#include <limits>

#include "backend/cpu/kernel_set.h"
#include "backend/cpu/vec_io-inl.h"
#include "hwy/highway.h"
#include "ops/reduce.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

template <class T>
inline constexpr bool kIsInteger = std::is_integral_v<T>;

/// Fields: the best value so far, and its position; -1 as long as nothing beat the initial value, in which case all
/// elements equal it and the first is the answer.
template <class T, bool kMax>
struct BestOf {
  using C = std::conditional_t<kIsInteger<T>, T, ComputeType<T>>;
  using Limits = std::numeric_limits<C>;
  static constexpr C kWorst =
      kIsInteger<T> ? (kMax ? Limits::lowest() : Limits::max()) : (kMax ? -Limits::infinity() : Limits::infinity());
  static constexpr int64_t kBlock = 1024;

  static HWY_INLINE bool is_nan(C x) { return !kIsInteger<T> && x != x; }
  static HWY_INLINE bool beats(C x, C best) { return (kMax ? x > best : x < best) || (is_nan(x) && !is_nan(best)); }

  static void init(Accumulators a, int64_t n) {
    for (int64_t i = 0; i < n; ++i) a.field<C>(0)[i] = kWorst;
    for (int64_t i = 0; i < n; ++i) a.field<int64_t>(1)[i] = -1;
  }
  static void combine(Accumulators a, Accumulators b, int64_t n) {
    for (int64_t i = 0; i < n; ++i) {
      const C x = b.field<C>(0)[i], best = a.field<C>(0)[i];
      int64_t &at = a.field<int64_t>(1)[i], from = b.field<int64_t>(1)[i];
      const bool same = x == best || (is_nan(x) && is_nan(best));
      if (!beats(x, best) && !(same && from < at)) continue;
      a.field<C>(0)[i] = x;
      at = from;
    }
  }

  /// The best of n elements, NaN if there is one.
  static HWY_INLINE C best_of(const T* p, int64_t n) {
    if constexpr (kIsInteger<T>) {
      C best = kWorst;
      for (int64_t j = 0; j < n; ++j) best = (kMax ? p[j] > best : p[j] < best) ? p[j] : best;
      return best;
    } else {
      const hn::ScalableTag<C> d;
      const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
      const auto better = [&](auto a, auto b) HWY_ATTR { return kMax ? hn::Max(a, b) : hn::Min(a, b); };
      auto best = hn::Set(d, kWorst);
      auto nan = hn::IsNaN(best);
      for (; n >= lanes; n -= lanes, p += lanes) {
        const auto v = load_as(d, p);
        nan = hn::Or(nan, hn::IsNaN(v));
        best = better(best, v);
      }
      if (n) {
        const auto v = load_tail_or(d, p, static_cast<size_t>(n), hn::Set(d, kWorst));
        nan = hn::Or(nan, hn::IsNaN(v));
        best = better(best, v);
      }
      if (!hn::AllFalse(d, nan)) return Limits::quiet_NaN();
      return hn::GetLane(kMax ? hn::MaxOfLanes(d, best) : hn::MinOfLanes(d, best));
    }
  }
  /// Position of the first element equal to x (or NaN if x is); there is one.
  static HWY_INLINE int64_t find(const T* p, int64_t n, C x) {
    int64_t j = 0;
    if constexpr (!kIsInteger<T>) {
      const hn::ScalableTag<C> d;
      const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
      const auto wanted = hn::Set(d, x);
      for (; j + lanes <= n; j += lanes) {
        const auto v = load_as(d, p + j);
        const intptr_t k = hn::FindFirstTrue(d, is_nan(x) ? hn::IsNaN(v) : hn::Eq(v, wanted));
        if (k >= 0) return j + k;
      }
    }
    for (; j < n - 1; ++j) {
      const C v = static_cast<C>(p[j]);
      if (v == x || (is_nan(x) && is_nan(v))) break;
    }
    return j;
  }
  static void take_rows(const ReduceRun& r, Accumulators a, const void*) {
    for (int64_t i = 0; i < r.n; ++i) {
      const T* p = static_cast<const T*>(r.in) + i * r.next;
      C& best = a.field<C>(0)[i];
      int64_t& at = a.field<int64_t>(1)[i];
      if (r.step == 1) {
        for (int64_t j = 0; j < r.length && !is_nan(best); j += kBlock) {
          const int64_t n = std::min(kBlock, r.length - j);
          const C x = best_of(p + j, n);
          if (!beats(x, best)) continue;
          best = x;
          at = r.first + j + find(p + j, n, x);
        }
      } else {
        for (int64_t j = 0; j < r.length; ++j) {
          const C x = static_cast<C>(p[j * r.step]);
          if (!beats(x, best)) continue;
          best = x;
          at = r.first + j;
        }
      }
    }
  }

  static HWY_INLINE void take_one(C x, int64_t row, C& best, int32_t& at) {
    if (!beats(x, best)) return;
    best = x;
    at = static_cast<int32_t>(row);
  }
  /// kRows rows of `whole` columns, a multiple of the lanes, the first of them row number j.
  template <int kRows, class D, class DI>
  static HWY_INLINE void column_vectors(D d, DI di, const T* p, int64_t j, int64_t whole, int64_t step,
                                        C* HWY_RESTRICT best, int32_t* HWY_RESTRICT at) {
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    for (int64_t c = 0; c < whole; c += lanes) {
      auto b = hn::LoadU(d, best + c);
      auto place = hn::LoadU(di, at + c);
#pragma GCC unroll 4
      for (int k = 0; k < kRows; ++k) {
        const auto x = load_as(d, p + k * step + c);
        const auto wins = hn::Or(kMax ? hn::Gt(x, b) : hn::Lt(x, b), hn::AndNot(hn::IsNaN(b), hn::IsNaN(x)));
        b = hn::IfThenElse(wins, x, b);
        place = hn::IfThenElse(hn::RebindMask(di, wins), hn::Set(di, static_cast<int32_t>(j + k)), place);
      }
      hn::StoreU(b, d, best + c);
      hn::StoreU(place, di, at + c);
    }
  }
  /// At most 2^31 rows: positions within them fit the lanes of 32-bit values.
  static void column_rows(const T* p, int64_t rows, const ReduceRun& r, C* HWY_RESTRICT best,
                          int32_t* HWY_RESTRICT at) {
    int64_t whole = 0;
    if constexpr (std::is_same_v<C, float>) {
      const hn::ScalableTag<C> d;
      const hn::RebindToSigned<decltype(d)> di;
      const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
      whole = r.next == 1 ? r.n - r.n % lanes : 0;
      int64_t j = 0;
      for (; j + 4 <= rows; j += 4) column_vectors<4>(d, di, p + j * r.step, j, whole, r.step, best, at);
      for (; j < rows; ++j) column_vectors<1>(d, di, p + j * r.step, j, whole, r.step, best, at);
      if (whole < r.n)
        for (j = 0; j < rows; ++j)
          for (int64_t c = whole; c < r.n; ++c) take_one(static_cast<C>(p[j * r.step + c * r.next]), j, best[c], at[c]);
    } else {
      for (int64_t j = 0; j < rows; ++j)
        for (int64_t c = 0; c < r.n; ++c) take_one(static_cast<C>(p[j * r.step + c * r.next]), j, best[c], at[c]);
    }
  }
  static void take_columns(const ReduceRun& r, Accumulators a, const void*) {
    int32_t at[kMaxReduceColumns];
    for (int64_t j = 0; j < r.length; j += int64_t{1} << 30) {
      std::fill_n(at, r.n, -1);
      column_rows(static_cast<const T*>(r.in) + j * r.step, std::min<int64_t>(r.length - j, int64_t{1} << 30), r,
                  a.field<C>(0), at);
      for (int64_t c = 0; c < r.n; ++c)
        if (at[c] >= 0) a.field<int64_t>(1)[c] = r.first + j + at[c];
    }
  }

  static void finish(Accumulators a, int64_t n, int64_t, void* const out[2], int64_t start, int64_t stride,
                     const void*) {
    T* values = static_cast<T*>(out[0]);
    int64_t* indices = static_cast<int64_t*>(out[1]);
    for (int64_t i = 0; i < n; ++i) {
      if (values) values[start + i * stride] = T(a.field<C>(0)[i]);
      indices[start + i * stride] = std::max<int64_t>(0, a.field<int64_t>(1)[i]);
    }
  }
  static void run(const ReducePlan& plan, const void* in, void* values, int64_t* indices) {
    static constexpr ReduceFns fns{2, true, init, take_rows, take_columns, combine, finish};
    void* const outs[2] = {values, indices};
    run_reduction(plan, fns, in, sizeof(T), outs, nullptr);
  }
};

template <class T>
void fill() {
  max_index_kernel.set(kCPU, dtype_of<T>, BestOf<T, true>::run);
  min_index_kernel.set(kCPU, dtype_of<T>, BestOf<T, false>::run);
}
void fill_slots() {
  fill<float>();
  fill<double>();
  fill<Half>();
  fill<BFloat16>();
}
#if HWY_ONCE
// Rare: one instruction set does.
void fill_integer_slots() {
  fill<uint8_t>();
  fill<int8_t>();
  fill<int16_t>();
  fill<int32_t>();
  fill<int64_t>();
  fill<bool>();
}
#endif

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lampas {
namespace {
HWY_EXPORT(fill_slots);
const cpu::KernelSet kernels{[] {
  HWY_DYNAMIC_DISPATCH(fill_slots)();
  HWY_STATIC_DISPATCH(fill_integer_slots)();
}};
}  // namespace
}  // namespace lampas
#endif
