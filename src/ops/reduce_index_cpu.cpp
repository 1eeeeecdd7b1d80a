// Largest and smallest element with its position. Exact: float16 and bfloat16 are compared as float32. The first of
// equal elements wins; a NaN beats everything, the first one wins.
#include "backend/cpu/hwy_config.h"
//
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/reduce_index_cpu.cpp"
#include "hwy/foreach_target.h"
//
#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

#include "backend/cpu/kernel_set.h"
#include "backend/cpu/unroll.h"
#include "backend/cpu/vec_io-inl.h"
#include "backend/cpu/vec_rows-inl.h"
#include "hwy/highway.h"
#include "ops/reduce.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

template <class T>
inline constexpr bool kIsInteger = std::is_integral_v<T>;

/// Positions relative to `first`, of which negative ones count for nothing: a loop the compiler vectorises.
HWY_NOINLINE void take_places(const int32_t* HWY_RESTRICT at, int64_t n, int64_t first, int64_t* HWY_RESTRICT places) {
  for (int64_t c = 0; c < n; ++c) {
    const int64_t before = places[c], now = first + at[c];
    places[c] = at[c] >= 0 ? now : before;
  }
}

/// Fields: the best value so far, and its position; -1 as long as nothing beat the initial value, in which case all
/// elements equal it and the first is the answer.
template <class T, bool kMax>
struct BestOf {
  using C = std::conditional_t<kIsInteger<T>, T, ComputeType<T>>;
  using Limits = std::numeric_limits<C>;
  static constexpr C kWorst =
      kIsInteger<T> ? (kMax ? Limits::lowest() : Limits::max()) : (kMax ? -Limits::infinity() : Limits::infinity());
  // Longer rows are looked through one by one: between looks at several, memory is not fetched ahead as well.
  static constexpr int64_t kBlock = 8192, kShort = 1024,
                           kVector = static_cast<int64_t>(hn::MaxLanes(hn::ScalableTag<float>()));

  static HWY_INLINE bool is_nan(C x) { return !kIsInteger<T> && x != x; }
  static HWY_INLINE bool beats(C x, C best) { return (kMax ? x > best : x < best) || (is_nan(x) && !is_nan(best)); }

  static void init(Accumulators a, int64_t n) {
    for (int64_t i = 0; i < n; ++i) a.field<C>(0)[i] = kWorst;
    for (int64_t i = 0; i < n; ++i) a.field<int64_t>(1)[i] = -1;
  }
  static void combine(Accumulators a, Accumulators b, int64_t n) {
    C* HWY_RESTRICT bests = a.field<C>(0);
    int64_t* HWY_RESTRICT places = a.field<int64_t>(1);
    const C* HWY_RESTRICT others = b.field<C>(0);
    const int64_t* HWY_RESTRICT other_places = b.field<int64_t>(1);
    for (int64_t i = 0; i < n; ++i) {  // without branches: the compiler vectorises it
      const C x = others[i], best = bests[i];
      const int64_t at = places[i], from = other_places[i];
      const bool more = kMax ? x > best : x < best, nan = is_nan(x), best_nan = is_nan(best);
      const bool wins = more | (nan & !best_nan) | (((x == best) | (nan & best_nan)) & (from < at));
      bests[i] = wins ? x : best;
      places[i] = wins ? from : at;
    }
  }

  template <class V>
  static HWY_INLINE V better(V a, V b) {
    return kMax ? hn::Max(a, b) : hn::Min(a, b);
  }
  /// A bit for each lane.
  template <class D>
  static HWY_INLINE uint64_t bits_of(D d, hn::Mask<D> mask) {
    // Read as it was written: anything else would wait for the store.
    std::conditional_t<hn::MaxLanes(D()) <= 8, uint8_t, uint16_t> bits;
    hn::StoreMaskBits(d, mask, reinterpret_cast<uint8_t*>(&bits));
    return bits;
  }
  /// The first of some.
  template <class D>
  static HWY_INLINE int64_t first_of(D, uint64_t bits) {
    return std::countr_zero(bits) & static_cast<int64_t>(hn::MaxLanes(D()) - 1);
  }
  /// The best of n <= kBlock elements that lie side by side, and the position of the first that equals it.
  static HWY_INLINE std::pair<C, int64_t> best_of(const T* p, int64_t n) {
    if constexpr (kIsInteger<T>) {
      return one_by_one(p, n, 1);
    } else {
      const hn::ScalableTag<C> d;
      const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
      if (n >= 4 * lanes) return best_of_groups(p, n);
      if (n <= lanes) {
        auto v = hn::Set(d, kWorst);
        v = n == lanes ? load_as(d, p) : load_tail_or(d, p, static_cast<size_t>(n), v);
        if (!hn::AllFalse(d, hn::IsNaN(v))) return one_by_one(p, n, 1);
        const auto wanted = hn::Set(d, hn::GetLane(kMax ? hn::MaxOfLanes(d, v) : hn::MinOfLanes(d, v)));
        const int64_t j = first_of(d, bits_of(d, hn::Eq(v, wanted)));
        return {static_cast<C>(p[j]), j};
      }
      HWY_ALIGN C padded[4 * hn::MaxLanes(hn::ScalableTag<C>())];
      for (int64_t j = 0; j < 4 * lanes; j += lanes) {
        auto v = hn::Set(d, kWorst);
        if (n - j >= lanes)
          v = load_as(d, p + j);
        else if (n > j)
          v = load_tail_or(d, p + j, static_cast<size_t>(n - j), v);
        hn::Store(v, d, padded + j);
      }
      return best_of_groups(padded, 4 * lanes);
    }
  }
  /// A lane remembers the first group of four vectors with its best. A sum tells whether there may be a NaN (or
  /// infinities that cancel), which costs less than asking every element; it is made by the units that multiply, as
  /// those that add have the extremes to find. n >= 4 vectors.
  template <class D, class DI>
  static HWY_INLINE void groups(D d, DI di, const C* p, int64_t n, hn::Vec<D>& best, hn::Vec<DI>& from,
                                hn::Vec<D>& sum) {
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d)), group = 4 * lanes;
    const auto one = hn::Set(d, C(1));
    best = hn::Set(d, kWorst);
    from = hn::Zero(di);
    auto s0 = hn::Zero(d), s1 = s0;
    int64_t j = 0;
    for (;;) {
      const C* q = p + j;
      const auto x0 = load_as(d, q), x1 = load_as(d, q + lanes), x2 = load_as(d, q + 2 * lanes),
                 x3 = load_as(d, q + 3 * lanes);
      s0 = hn::MulAdd(x1, one, hn::MulAdd(x0, one, s0));
      s1 = hn::MulAdd(x3, one, hn::MulAdd(x2, one, s1));
      const auto x = better(better(x0, x1), better(x2, x3));
      from = hn::IfThenElse(hn::RebindMask(di, kMax ? hn::Gt(x, best) : hn::Lt(x, best)),
                            hn::Set(di, static_cast<hn::TFromD<DI>>(j)), from);
      best = better(x, best);
      if (j + group == n) break;
      j = std::min(j + group, n - group);  // the last group may overlap: an earlier one has what it meets again
    }
    sum = hn::Add(s0, s1);
  }
  /// Of a row without NaN, the first element that equals its best, `x`: in the first of all lanes' groups. No step
  /// depends on where it is, so that rows overlap. `best` and `from` as groups() left them, in memory.
  template <class I>
  static HWY_INLINE std::pair<C, int64_t> within_groups(const C* p, C x, const C* best, const I* from) {
    const hn::ScalableTag<C> d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    const auto wanted = hn::Set(d, x);
    uint64_t holders = bits_of(d, hn::Eq(hn::Load(d, best), wanted));
    int64_t j = from[first_of(d, holders)];
    for (holders &= holders - 1; HWY_UNLIKELY(holders); holders &= holders - 1)
      j = std::min<int64_t>(j, from[first_of(d, holders)]);
    uint64_t found = 0;
    LAMPAS_UNROLL
    for (int64_t k = 0; k < 4; ++k) found |= bits_of(d, hn::Eq(load_as(d, p + j + k * lanes), wanted)) << (k * lanes);
    j += std::countr_zero(found) & (4 * lanes - 1);
    if (HWY_UNLIKELY(x == 0)) x = p[j];  // zeros may differ in sign
    return {x, j};
  }
  static HWY_NOINLINE std::pair<C, int64_t> best_of_groups(const C* p, int64_t n) {
    const hn::ScalableTag<C> d;
    const hn::RebindToSigned<decltype(d)> di;
    HWY_ALIGN C bests[hn::MaxLanes(hn::ScalableTag<C>())];
    HWY_ALIGN hn::TFromD<decltype(di)> place[hn::MaxLanes(hn::ScalableTag<C>())];
    hn::Vec<decltype(d)> best, sum;
    hn::Vec<decltype(di)> from;
    groups(d, di, p, n, best, from, sum);
    if (!hn::AllFalse(d, hn::IsNaN(sum))) return one_by_one(p, n, 1);
    hn::Store(best, d, bests);
    hn::Store(from, di, place);
    return within_groups(p, hn::GetLane(kMax ? hn::MaxOfLanes(d, best) : hn::MinOfLanes(d, best)), bests, place);
  }
  /// Rows of float as many at a time as a vector has lanes: what all lanes come to is found for all rows at once. Where
  /// in a row it is, which keeps memory idle, is looked for while the rows that come next are read.
  static constexpr bool kTogether = kCombinesRows && std::is_same_v<C, float>;
  static HWY_NOINLINE void rows_together(const ReduceRun& r, Accumulators a) {
    if constexpr (kTogether) {
      const hn::ScalableTag<C> d;
      const hn::RebindToSigned<decltype(d)> di;
      constexpr int64_t kLanes = static_cast<int64_t>(hn::MaxLanes(hn::ScalableTag<C>()));
      HWY_ALIGN C bests[2 * kLanes * kLanes], sums[kLanes * kLanes], top[kLanes], total[kLanes];
      HWY_ALIGN int32_t place[2 * kLanes * kLanes];
      const auto locate = [&](const T* row, int64_t k, const C* best_lanes, const int32_t* from, int64_t i) HWY_ATTR {
        const auto [x, at] = HWY_UNLIKELY(is_nan(total[k])) ? one_by_one(row, r.length, 1)
                                                            : within_groups(row, top[k], best_lanes, from);
        C& best = a.field<C>(0)[i];
        if (!beats(x, best)) return;
        best = x;
        a.field<int64_t>(1)[i] = r.first + at;
      };
      const T* p = static_cast<const T*>(r.in);
      int64_t before = 0, half = 0;  // rows that wait for their positions; where the others' lanes go
      for (int64_t i = 0; i < r.n || before > 0; i += kLanes, p += kLanes * r.next, half = kLanes * kLanes - half) {
        const int64_t m = std::clamp<int64_t>(r.n - i, 0, kLanes), other = kLanes * kLanes - half;
        for (int64_t k = 0; k < kLanes; ++k) {
          if (m > 0) {
            hn::Vec<decltype(d)> best, sum;
            hn::Vec<decltype(di)> from;
            groups(d, di, p + std::min(k, m - 1) * r.next, r.length, best, from, sum);
            hn::Store(best, d, bests + half + k * kLanes);
            hn::Store(sum, d, sums + k * kLanes);
            hn::Store(from, di, place + half + k * kLanes);
          }
          if (k < before)
            locate(p + (k - kLanes) * r.next, k, bests + other + k * kLanes, place + other + k * kLanes,
                   i + k - kLanes);
        }
        const auto best = [](auto x, auto y) HWY_ATTR { return better(x, y); };
        const auto add = [](auto x, auto y) HWY_ATTR { return hn::Add(x, y); };
        if (m > 0) {
          hn::Store(combine_each<kLanes>(d, bests + half, best), d, top);
          hn::Store(combine_each<kLanes>(d, sums, add), d, total);
        }
        before = m;
      }
    }
  }
  static HWY_NOINLINE std::pair<C, int64_t> one_by_one(const C* p, int64_t n, int64_t step) {
    C best = kWorst;
    int64_t at = -1;
    for (int64_t j = 0; j < n && !is_nan(best); ++j) {
      const C x = static_cast<C>(p[j * step]);
      if (!beats(x, best)) continue;
      best = x;
      at = j;
    }
    return {best, at};
  }
  static void take_rows(const ReduceRun& r, Accumulators a, const void*) {
    if (kTogether && r.step == 1 && r.n >= 3 && r.length >= 4 * kVector && r.length <= kShort)
      return rows_together(r, a);
    for (int64_t i = 0; i < r.n; ++i) {
      const T* p = static_cast<const T*>(r.in) + i * r.next;
      C& best = a.field<C>(0)[i];
      const int64_t block = r.step == 1 ? kBlock : r.length;
      for (int64_t j = 0; j < r.length && !is_nan(best); j += block) {
        const int64_t n = std::min(block, r.length - j);
        const auto [x, at] = r.step == 1 ? best_of(p + j, n) : one_by_one(p, n, r.step);
        if (!beats(x, best)) continue;
        best = x;
        a.field<int64_t>(1)[i] = r.first + j + at;
      }
    }
  }

  static HWY_INLINE void take_one(C x, int64_t row, C& best, int32_t& at) {
    if (!beats(x, best)) return;
    best = x;
    at = static_cast<int32_t>(row);
  }
  /// Rows at a time: of many, lines that share their places in a cache push one another out.
  static constexpr int kDeep = 4;
  /// The best of kRows elements of each of Lanes(d) columns and their sum, by pairs: a sequence would be one long
  /// chain.
  template <int kRows, class D, class DI>
  static HWY_INLINE void best_of_rows(D d, DI di, const T* p, int32_t j, int64_t step, hn::Vec<D>& best,
                                      hn::Vec<DI>& at, hn::Vec<D>& sum) {
    if constexpr (kRows == 1) {
      best = sum = in_register(load_as(d, p));
      at = hn::Set(di, j);
    } else {
      best_of_rows<kRows / 2>(d, di, p, j, step, best, at, sum);
      auto other = best, more = best;
      auto place = at;
      best_of_rows<kRows / 2>(d, di, p + kRows / 2 * step, j + kRows / 2, step, other, place, more);
      take_better(di, best, at, other, place);
      sum = hn::Add(sum, more);
    }
  }
  template <class DI, class V>
  static HWY_INLINE void take_better(DI di, V& best, hn::Vec<DI>& at, V x, hn::Vec<DI> place) {
    const auto wins = kMax ? hn::Gt(x, best) : hn::Lt(x, best);
    best = hn::IfThenElse(wins, x, best);
    at = hn::IfThenElse(hn::RebindMask(di, wins), place, at);
  }
  /// kRows rows of `whole` columns, a multiple of the lanes, the first of them row number j, as if no NaN were
  /// among them. Whether there may be one: a sum is NaN then, or where infinities cancel. `ahead`: where the rows that
  /// come next lie.
  template <int kRows, class D, class DI>
  static HWY_INLINE bool column_vectors(D d, DI di, const T* p, int64_t j, int64_t whole, int64_t step, int64_t ahead,
                                        C* HWY_RESTRICT best, int32_t* HWY_RESTRICT at) {
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    auto sum = hn::Zero(d);
    for (int64_t c = 0; c < whole; c += lanes) {
      if (ahead && c * static_cast<int64_t>(sizeof(T)) % 64 == 0) {
        LAMPAS_UNROLL
        for (int k = 0; k < kRows; ++k) __builtin_prefetch(p + ahead + c + k * step, 0, 2);
      }
      auto b = in_register(hn::LoadU(d, best + c)), x = b, s = b;
      auto place = in_register(hn::LoadU(di, at + c)), from = place;
      best_of_rows<kRows>(d, di, p + c, static_cast<int32_t>(j), step, x, from, s);
      take_better(di, b, place, x, from);
      sum = hn::Add(sum, s);
      hn::StoreU(b, d, best + c);
      hn::StoreU(place, di, at + c);
    }
    return !hn::AllFalse(d, hn::IsNaN(sum));
  }
  /// Rows [from, to) of columns [first, last).
  static HWY_NOINLINE void one_by_one_rows(const T* p, int64_t from, int64_t to, int64_t first, int64_t last,
                                           const ReduceRun& r, C* HWY_RESTRICT best, int32_t* HWY_RESTRICT at) {
    for (int64_t j = from; j < to; ++j)
      for (int64_t c = first; c < last; ++c) take_one(static_cast<C>(p[j * r.step + c * r.next]), j, best[c], at[c]);
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
      // Pieces of rows are asked for in advance: by itself a processor fetches the rest of the row. Not into the
      // first cache, where rows that lie pages apart would push them out.
      const int64_t ahead = r.step > r.n ? 16 * r.step : 0;
      int64_t j = 0;
      for (; j + kDeep <= rows && whole > 0; j += kDeep)
        if (column_vectors<kDeep>(d, di, p + j * r.step, j, whole, r.step, ahead, best, at))
          one_by_one_rows(p, j, j + kDeep, 0, whole, r, best, at);
      for (; j < rows && whole > 0; ++j)
        if (column_vectors<1>(d, di, p + j * r.step, j, whole, r.step, 0, best, at))
          one_by_one_rows(p, j, j + 1, 0, whole, r, best, at);
      if (whole < r.n) one_by_one_rows(p, 0, rows, whole, r.n, r, best, at);
    } else {
      one_by_one_rows(p, 0, rows, 0, r.n, r, best, at);
    }
  }
  static void take_columns(const ReduceRun& r, Accumulators a, const void*) {
    int32_t at[kMaxReduceColumns];
    for (int64_t j = 0; j < r.length; j += int64_t{1} << 30) {
      std::fill_n(at, r.n, -1);
      column_rows(static_cast<const T*>(r.in) + j * r.step, std::min<int64_t>(r.length - j, int64_t{1} << 30), r,
                  a.field<C>(0), at);
      take_places(at, r.n, r.first + j, a.field<int64_t>(1));
    }
  }

  static void finish(Accumulators a, int64_t n, int64_t, void* const out[2], int64_t start, int64_t stride,
                     const void*) {
    const C* HWY_RESTRICT best = a.field<C>(0);
    const int64_t* HWY_RESTRICT places = a.field<int64_t>(1);
    T* HWY_RESTRICT values = static_cast<T*>(out[0]);
    int64_t* HWY_RESTRICT indices = static_cast<int64_t*>(out[1]) + start;
    if (std::is_same_v<C, float> && stride == 1) {  // loops the compiler vectorises
      for (int64_t i = 0; i < n; ++i) indices[i] = std::max<int64_t>(0, places[i]);
    } else {
      for (int64_t i = 0; i < n; ++i) indices[i * stride] = std::max<int64_t>(0, places[i]);
    }
    for (int64_t i = 0; i < n && values; ++i) values[start + i * stride] = T(best[i]);
  }
  template <class Of>
  static void run(const ReducePlan& plan, const void* in, void* values, int64_t* indices) {
    static constexpr ReduceFns fns{2, true, init, take_rows, take_columns, combine, finish};
    void* const outs[2] = {values, indices};
    run_reduction_of(dtype_of<Of>, plan, fns, in, sizeof(T), outs, nullptr);
  }
};

template <class T>
void fill() {
  using E = std::conditional_t<kIsInteger<T>, T, ComputeType<T>>;
  max_index_kernel.set(kCPU, dtype_of<T>, BestOf<E, true>::template run<T>);
  min_index_kernel.set(kCPU, dtype_of<T>, BestOf<E, false>::template run<T>);
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
