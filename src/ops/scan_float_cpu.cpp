// Running sums, products and extremes of float32, in vectors. Sums and products accumulate in float64 as those of other
// types do (scan_cpu.cpp): within a vector by doubling distances, so that the error of an element is that of fewer
// additions. Extremes: exact, the last of equal elements counts, NaN beats everything.
#include "backend/cpu/hwy_config.h"
//
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/scan_float_cpu.cpp"
#include "hwy/foreach_target.h"
//
#include <algorithm>
#include <cmath>

#include "backend/cpu/kernel_set.h"
#include "backend/cpu/vec_io-inl.h"
#include "hwy/highway.h"
#include "ops/scan_lines.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

struct Add {
  static constexpr double identity = 0;
  template <class V>
  static HWY_INLINE V combine(V a, V b) {
    return hn::Add(a, b);
  }
};
struct Multiply {
  static constexpr double identity = 1;
  template <class V>
  static HWY_INLINE V combine(V a, V b) {
    return hn::Mul(a, b);
  }
};

using Wide = hn::ScalableTag<double>;
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
  static void run(const Scan& s, const void* in, void* out) {
    run_float_scan(s, {row, columns, kColumns}, in, out, nullptr);
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
namespace lampas {
namespace {
HWY_EXPORT(fill_slots);
const cpu::KernelSet kernels{[] { HWY_DYNAMIC_DISPATCH(fill_slots)(); }};
}  // namespace
}  // namespace lampas
#endif
