// Running sums, products and extremes of float32, in vectors. Sums and products accumulate in float64 as those of other
// types do (scan_cpu.cpp): short rows a row to each lane, long ones within a vector by doubling distances, so that the
// error of an element is that of fewer additions. Extremes: exact, the last of equal elements counts, NaN beats
// everything.
#include "backend/cpu/hwy_config.h"
//
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/scan_float_cpu.cpp"
#include "hwy/foreach_target.h"
//
#include <algorithm>
#include <cmath>
#include <utility>

#include "backend/cpu/kernel_set.h"
#include "backend/cpu/unroll.h"
#include "backend/cpu/vec_io-inl.h"
#include "hwy/highway.h"
#include "ops/scan_lines.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

using Wide = hn::ScalableTag<double>;

struct Add {
  static constexpr double identity = 0;
  template <class V>
  static HWY_INLINE V combine(V a, V b) {
    return hn::Add(a, b);
  }
  /// The same, by the units that multiply: those that add have conversions to do.
  template <class V>
  static HWY_INLINE V take(V total, V v) {
    return hn::MulAdd(v, hn::Set(Wide(), 1.0), total);
  }
};
struct Multiply {
  static constexpr double identity = 1;
  template <class V>
  static HWY_INLINE V combine(V a, V b) {
    return hn::Mul(a, b);
  }
  template <class V>
  static HWY_INLINE V take(V total, V v) {
    return combine(total, v);
  }
};

constexpr size_t kLanes = hn::MaxLanes(Wide());

/// Running totals within a vector.
template <class Op>
class VectorScan {
 public:
  VectorScan() {
    int64_t at[kLanes];
    for (int step = 0; step < 3; ++step) {
      for (size_t i = 0; i < kLanes; ++i) at[i] = static_cast<int64_t>((i - (size_t{1} << step)) % kLanes);
      from_[step] = hn::SetTableIndices(d_, at);
    }
    for (int64_t& i : at) i = kLanes - 1;
    last_ = hn::SetTableIndices(d_, at);
  }
  HWY_INLINE hn::Vec<Wide> operator()(hn::Vec<Wide> v) const {
    if constexpr (kLanes > 1) v = Op::combine(v, moved(v, 0));
    if constexpr (kLanes > 2) v = Op::combine(v, moved(v, 1));
    if constexpr (kLanes > 4) v = Op::combine(v, moved(v, 2));
    return v;
  }
  HWY_INLINE hn::Vec<Wide> last(hn::Vec<Wide> v) const { return hn::TableLookupLanes(v, last_); }

 private:
  /// Lanes moved up by 2^step, the identity coming in.
  HWY_INLINE hn::Vec<Wide> moved(hn::Vec<Wide> v, int step) const {
    const auto in = hn::FirstN(d_, size_t{1} << step);
    return hn::IfThenElse(in, hn::Set(d_, Op::identity), hn::TableLookupLanes(v, from_[step]));
  }
  Wide d_;
  decltype(hn::SetTableIndices(Wide(), static_cast<const int64_t*>(nullptr))) from_[3], last_;
};

#if HWY_TARGET != HWY_SCALAR && !HWY_HAVE_SCALABLE
using Narrow = hn::Rebind<float, Wide>;
/// Four columns of each of Lanes(d) rows as four vectors of four rows, or of one column, in blocks of 128 bits; from
/// either to the other.
template <class D, class V>
HWY_INLINE void transpose(D d, V (&v)[4]) {
  const hn::Repartition<double, D> pairs;
  const auto a = hn::BitCast(pairs, hn::InterleaveLower(d, v[0], v[1])),
             b = hn::BitCast(pairs, hn::InterleaveUpper(d, v[0], v[1])),
             c = hn::BitCast(pairs, hn::InterleaveLower(d, v[2], v[3])),
             e = hn::BitCast(pairs, hn::InterleaveUpper(d, v[2], v[3]));
  v[0] = hn::BitCast(d, hn::InterleaveLower(pairs, a, c));
  v[1] = hn::BitCast(d, hn::InterleaveUpper(pairs, a, c));
  v[2] = hn::BitCast(d, hn::InterleaveLower(pairs, b, e));
  v[3] = hn::BitCast(d, hn::InterleaveUpper(pairs, b, e));
}
/// Four elements at at[0] and, if there is room, at[4].
template <class D>
HWY_INLINE hn::Vec<D> load_blocks(D d, const float* p, const int64_t* at) {
  if constexpr (hn::MaxLanes(D()) == 8) {
    const hn::Half<D> half;
    return hn::Combine(d, hn::LoadU(half, p + at[4]), hn::LoadU(half, p + at[0]));
  } else {
    return hn::LoadU(d, p + at[0]);
  }
}
template <class D>
HWY_INLINE void store_blocks(D d, hn::Vec<D> v, float* p, const int64_t* at) {
  if constexpr (hn::MaxLanes(D()) == 8) {
    const hn::Half<D> half;
    hn::StoreU(hn::LowerHalf(half, v), half, p + at[0]);
    hn::StoreU(hn::UpperHalf(half, v), half, p + at[4]);
  } else {
    hn::StoreU(v, d, p + at[0]);
  }
}
#endif

template <class Op>
struct Cumulative {
  static constexpr int64_t kColumns = 2048;

  static void row(const float* x, float* y, int64_t*, int64_t n, int64_t step) {
    step > 0 ? line<false>(x, y, n) : line<true>(x, y, n);
  }
  template <bool kReverse>
  static HWY_NOINLINE void line(const float* x, float* y, int64_t n) {
    const Wide d;
    const VectorScan<Op> scan;
    constexpr int64_t kStep = kReverse ? -1 : 1, lanes = kLanes;
    const auto load = [&](const float* p) HWY_ATTR {
      if constexpr (kReverse) return hn::Reverse(d, load_as(d, p - (lanes - 1)));
      return load_as(d, p);
    };
    const auto store = [&](hn::Vec<Wide> v, float* p) HWY_ATTR {
      if constexpr (kReverse)
        store_as(d, hn::Reverse(d, v), p - (lanes - 1));
      else
        store_as(d, v, p);
    };
    auto total = hn::Set(d, Op::identity);
    // Several vectors at a time: the total waits for one operation a vector.
    for (; n >= 4 * lanes; n -= 4 * lanes, x += 4 * lanes * kStep, y += 4 * lanes * kStep) {
      const auto a = scan(load(x)), b = scan(load(x + lanes * kStep)), c = scan(load(x + 2 * lanes * kStep)),
                 e = scan(load(x + 3 * lanes * kStep));
      store(Op::combine(total, a), y);
      total = Op::combine(total, scan.last(a));
      store(Op::combine(total, b), y + lanes * kStep);
      total = Op::combine(total, scan.last(b));
      store(Op::combine(total, c), y + 2 * lanes * kStep);
      total = Op::combine(total, scan.last(c));
      store(Op::combine(total, e), y + 3 * lanes * kStep);
      total = Op::combine(total, scan.last(e));
    }
    const hn::CappedTag<double, 1> one;
    auto sum = hn::Set(one, hn::GetLane(total));
    for (; n > 0; --n, x += kStep, y += kStep) {
      sum = Op::combine(sum, hn::Set(one, static_cast<double>(*x)));
      *y = static_cast<float>(hn::GetLane(sum));
    }
  }
  static void columns(const float* x, float* y, int64_t*, int64_t rows, int64_t step, int64_t width) {
    const Wide d;
    constexpr int64_t lanes = kLanes;
    HWY_ALIGN double total[kColumns];
    std::fill_n(total, (width + lanes - 1) / lanes * lanes, Op::identity);
    for (int64_t k = 0; k < rows; ++k, x += step, y += step) {
      int64_t c = 0;
      for (; c + lanes <= width; c += lanes) {
        const auto t = Op::combine(hn::Load(d, total + c), load_as(d, x + c));
        hn::Store(t, d, total + c);
        store_as(d, t, y + c);
      }
      if (c < width) {
        const size_t rest = static_cast<size_t>(width - c);
        const auto t = Op::combine(hn::Load(d, total + c), load_tail(d, x + c, rest));
        hn::Store(t, d, total + c);
        store_tail(d, t, y + c, rest);
      }
    }
  }

#if HWY_TARGET != HWY_SCALAR && !HWY_HAVE_SCALABLE
  /// Of every row the n elements that come `ahead`.
  static HWY_INLINE void ask_for(const float* x, const float* y, const int64_t* at, int64_t ahead, int64_t n) {
    for (size_t k = 0; k < kLanes; ++k)
      for (int64_t c = ahead; c < ahead + n; c += 16) {
        __builtin_prefetch(x + at[k] + c, 0, 2);
        __builtin_prefetch(y + at[k] + c, 1, 2);
      }
  }
  /// As many rows as there are lanes, one in each: nothing is moved between the lanes of float64.
  static void rows(const float* x, float* y, int64_t count, int64_t n, bool reverse) {
    const Wide d;
    const Narrow df;
    constexpr int64_t lanes = kLanes;
    const int64_t whole = n / 4 * 4;
    for (; count > 0; count -= lanes, x += lanes * n, y += lanes * n) {
      int64_t at[lanes];
      for (int64_t k = 0; k < lanes; ++k) at[k] = std::min(k, count - 1) * n;  // the last one several times
      auto total = hn::Set(d, Op::identity);
      // In so many streams memory is not fetched ahead: rows that come next are asked for, where caches may lack them.
      const int64_t ahead = count * n > (1 << 20) ? lanes * n : 0;
      const auto one = [&](int64_t c) HWY_ATTR {
        HWY_ALIGN float buffer[lanes];
        for (int64_t k = 0; k < lanes; ++k) buffer[k] = x[at[k] + c];
        total = Op::combine(total, load_as(d, buffer));
        store_as(d, total, buffer);
        for (int64_t k = 0; k < lanes; ++k) y[at[k] + c] = buffer[k];
      };
      for (int64_t c = n - 1; reverse && c >= whole; --c) one(c);
      for (int64_t i = 0; i < whole;) {
        const int64_t end = std::min(i + 64, whole);
        if (ahead) ask_for(x + i, y + i, at, ahead, end - i);
        for (; i < end; i += 4) {
          const int64_t c = reverse ? whole - 4 - i : i;
          hn::Vec<Narrow> v[4];
          LAMPAS_UNROLL
          for (int64_t k = 0; k < 4; ++k) v[k] = load_blocks(df, x + c, at + k);
          transpose(df, v);
          if (reverse) {
            std::swap(v[0], v[3]);
            std::swap(v[1], v[2]);
          }
          LAMPAS_UNROLL
          for (int64_t k = 0; k < 4; ++k) {
            total = Op::take(total, hn::PromoteTo(d, v[k]));
            v[k] = hn::DemoteTo(df, total);
          }
          if (reverse) {
            std::swap(v[0], v[3]);
            std::swap(v[1], v[2]);
          }
          transpose(df, v);
          LAMPAS_UNROLL
          for (int64_t k = 0; k < 4; ++k) store_blocks(df, v[k], y + c, at + k);
        }
      }
      for (int64_t c = whole; !reverse && c < n; ++c) one(c);
    }
  }
#else
  static constexpr auto rows = nullptr;
#endif
  static void run(const Scan& s, const void* in, void* out) {
    run_float_scan(s, {row, columns, kColumns, rows}, in, out, nullptr);
  }
};

template <bool kMax>
struct Extreme {
  static constexpr int64_t kColumns = 256;
  static HWY_INLINE bool takes(float v, float best) {
    return std::isnan(best) ? std::isnan(v) : !(kMax ? v < best : v > best);
  }
  /// The best is seldom beaten: vectors without an element that does are filled with it.
  static void row(const float* x, float* y, int64_t* indices, int64_t n, int64_t step) {
    const hn::ScalableTag<float> d;
    const hn::ScalableTag<int64_t> di;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d)), wide = static_cast<int64_t>(hn::Lanes(di));
    float best = *x;
    int64_t where = 0;
    for (int64_t k = 0; k < n;) {
      const int64_t m = step == 1 ? std::min(lanes, n - k) : n;
      if (m == lanes) {
        const auto b = hn::Set(d, best), v = hn::LoadU(d, x + k);
        if (hn::AllTrue(d, kMax ? hn::Lt(v, b) : hn::Gt(v, b))) {
          hn::StoreU(b, d, y + k);
          for (int64_t i = 0; i < lanes; i += wide) hn::StoreU(hn::Set(di, where), di, indices + k + i);
          k += lanes;
          continue;
        }
      }
      for (const int64_t end = k + m; k < end; ++k) {
        if (takes(x[k * step], best)) best = x[k * step], where = k;
        y[k * step] = best;
        indices[k * step] = where;
      }
    }
  }
  static void columns(const float* x, float* y, int64_t* indices, int64_t rows, int64_t step, int64_t width) {
    int64_t where[kColumns] = {};
    float best[kColumns];
    std::copy_n(x, width, best);
    for (int64_t k = 0; k < rows; ++k, x += step, y += step, indices += step)
      for (int64_t c = 0; c < width; ++c) {
        const bool taken = takes(x[c], best[c]);
        best[c] = taken ? x[c] : best[c];
        where[c] = taken ? k : where[c];
        y[c] = best[c];
        indices[c] = where[c];
      }
  }
  static void run(const Scan& s, const void* in, void* out, int64_t* indices) {
    run_float_scan(s, {row, columns, kColumns}, in, out, indices);
  }
};

void fill_slots() {
  cumsum_kernel.set(kCPU, kFloat, Cumulative<Add>::run);
  cumprod_kernel.set(kCPU, kFloat, Cumulative<Multiply>::run);
  cummax_kernel.set(kCPU, kFloat, Extreme<true>::run);
  cummin_kernel.set(kCPU, kFloat, Extreme<false>::run);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
