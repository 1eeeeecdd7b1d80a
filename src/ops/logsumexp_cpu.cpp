// log(sum(exp(x))). float16 and bfloat16 compute in float32; sums of up to sixteen terms are added up in float64.
//
// Absolute error at most 4 eps (|max| + log(sum) + 1). A NaN gives NaN; else +inf gives +inf; nothing but -inf, or
// nothing at all, gives -inf.
#include "backend/cpu/hwy_config.h"
//
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/logsumexp_cpu.cpp"
#include "hwy/foreach_target.h"
//
#include <algorithm>
#include <cmath>
#include <limits>

#include "backend/cpu/kernel_set.h"
#include "backend/cpu/parallel.h"
#include "backend/cpu/unroll.h"
#include "backend/cpu/vec_rows-inl.h"
#include "backend/cpu/workspace.h"
#include "hwy/highway.h"
#include "ops/logsumexp.h"
#include "ops/softmax-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

constexpr int64_t kCost = 4;      // work per element relative to an add
constexpr int64_t kPart = 32768;  // elements of one long row that are summed apart
constexpr int64_t kRows = 64;     // rows whose logarithms are taken together

template <class T>
struct LogSumExp {
  using C = ComputeType<T>;
  using D = hn::ScalableTag<C>;
  static constexpr C kInf = std::numeric_limits<C>::infinity();

  /// Largest element, or at most 4 less, and sum of exponentials relative to it.
  struct Part {
    C max = -kInf;
    double sum = 0;
  };
  static Part part(const T* x, int64_t n) {
    const D d;
    Part p;
    p.sum = row_sum_exp_of_any(d, x, n, p.max);
    if (std::isinf(p.max)) p.sum = plain_sum(x, n, 1, p.max);
    return p;
  }
  // Powers of two of products x log2(e) rounded to float stand for exponentials; a sum's logarithm makes up for that.
  // Terms are relative to a base that may differ from the largest element: to zero where elements are moderate, else to
  // the largest of the first few. An exponent's rounding grows with the distance of the two, which is harmless as long
  // as it is less than what the error may be: in proportion to the largest element. That fails only for a base far
  // below zero and an element close to zero.
  static constexpr C kToPowers = static_cast<C>(kLog2E);
  static constexpr double kToLog = std::is_same_v<C, float> ? 1 / (double{kToPowers} * 0.693147180559945309) : 1;
  /// Whether a sum says enough: not where what was left out may matter (or all is -inf), nor where the largest element
  /// is too far above. Lanes that become infinite tell that; others count on exponents of at most kMost.
  static HWY_INLINE bool good(double sum, C base) { return sum >= 1e-20 && sum <= (base < 0 ? 1e10 : 1e36); }
  static constexpr bool kInfinite = exp_by_table<D>;
  static constexpr C kMost = 115;
  static constexpr int64_t kDeep = 16;  // terms a lane adds up before they go to float64
  static HWY_INLINE hn::Vec<D> base_for(hn::Vec<D> largest) {
    const D d;
    const auto far = hn::And(hn::Gt(hn::Abs(largest), hn::Set(d, C(40))), hn::Gt(largest, hn::Neg(infinity(d))));
    return hn::IfThenElseZero(far, largest);
  }
  /// 1 + what a base lost in rounding when it became an exponent.
  static double restored(C base) {
    const C exponent = base * kToPowers;
    return 1 + (static_cast<double>(exponent) - static_cast<double>(base) * double{kToPowers}) * 0.693147180559945309;
  }
  static constexpr int64_t kSide = kInfinite ? 2 : 4;  // terms that advance together
  /// Of `count` vectors `step` apart. `lines`: whether each vector lies in a cache line of its own. What comes `ahead`
  /// is fetched into the first cache (3) or the second one (2).
  template <int kCache>
  static HWY_INLINE hn::Vec<D> sum_of_terms(const T* p, int64_t count, int64_t step, int64_t ahead, bool lines,
                                            hn::Vec<D> e, hn::Vec<D>& most) {
    const D d;
    const auto to_powers = hn::Set(d, kToPowers);
    hn::Vec<D> sum[kSide];
    LAMPAS_UNROLL
    for (int64_t k = 0; k < kSide; ++k) sum[k] = hn::Zero(d);
#pragma GCC unroll 1
    for (; count >= kSide; count -= kSide, p += kSide * step) {
      hn::Vec<D> t[kSide];
      LAMPAS_UNROLL
      for (int64_t k = 0; k < kSide; ++k) {
        t[k] = hn::MulSub(load_as(d, p + k * step), to_powers, e);
        // Exponentials leave no room to look as far ahead as memory is away.
        if (lines || k % 2 == 0) __builtin_prefetch(p + ahead + k * step, 0, kCache);
        if (!kInfinite) most = hn::Max(t[k], most);
      }
      add_exp2s(d, t, sum);
    }
    for (; count > 0; --count, p += step) {
      hn::Vec<D> t[1] = {hn::MulSub(load_as(d, p), to_powers, e)}, one[1] = {sum[0]};
      if (!kInfinite) most = hn::Max(t[0], most);
      add_exp2s(d, t, one);
      sum[0] = one[0];
    }
    if constexpr (kSide == 4) return hn::Add(hn::Add(sum[0], sum[1]), hn::Add(sum[2], sum[3]));
    return hn::Add(sum[0], sum[1]);
  }

  /// Parts of `count` <= kLanes rows of at least four vectors. What all lanes of a row come to is found for all rows at
  /// once, and what a row's sum is relative to before the first sum, so that no row waits for another.
  static constexpr int64_t kLanes = static_cast<int64_t>(hn::MaxLanes(D()));
  static HWY_NOINLINE void row_group(const T* x, int64_t n, int64_t count, C* max, double* sum) {
    if constexpr (kGroups) {
      const D d;
      const WideTag dd;
      constexpr int64_t kWide = static_cast<int64_t>(hn::MaxLanes(WideTag()));
      HWY_ALIGN C base[kLanes], exponent[kLanes], lanes[kLanes * kLanes];
      HWY_ALIGN double totals[kLanes * kWide];
      const auto larger = [](auto a, auto b) HWY_ATTR { return hn::Max(a, b); };
      const auto add = [](auto a, auto b) HWY_ATTR { return hn::Add(a, b); };
      for (int64_t k = 0; k < kLanes; ++k) {
        const T* p = x + std::min(k, count - 1) * n;
        hn::Store(hn::Max(load_as(d, p), load_as(d, p + 2 * kLanes)), d, lanes + k * kLanes);
      }
      const auto bases = base_for(combine_each<kLanes>(d, lanes, larger));
      hn::Store(bases, d, base);
      hn::Store(hn::Mul(bases, hn::Set(d, kToPowers)), d, exponent);
      if (count < kLanes) std::fill_n(totals, kLanes * kWide, 0.0);
      for (int64_t k = 0; k < count; ++k) {
        const T* p = x + k * n;
        const auto e = hn::Set(d, exponent[k]);
        auto lower = hn::Zero(dd), upper = lower;
        auto most = hn::Zero(d);
        int64_t j = 0;
        for (; j + kDeep * kLanes <= n; j += kDeep * kLanes)
          add_to_total(d, lower, upper, sum_of_terms<3>(p + j, kDeep, kLanes, 512, kLanes >= 16, e, most));
        if (n - j >= kLanes) {
          const int64_t whole = (n - j) / kLanes;
          add_to_total(d, lower, upper, sum_of_terms<3>(p + j, whole, kLanes, 512, kLanes >= 16, e, most));
          j += whole * kLanes;
        }
        if (j < n) {
          const auto v = load_tail_or(d, p + j, static_cast<size_t>(n - j), hn::Neg(infinity(d)));
          const auto t = hn::MulSub(v, hn::Set(d, kToPowers), e), term = exp2_in_sum(d, t);
          most = hn::Max(t, most);
          add_to_total(d, lower, upper, term);
        }
        if (!kInfinite) hn::Store(most, d, lanes + k * kLanes);
        hn::Store(hn::Add(lower, upper), dd, totals + k * kWide);
      }
      for (int64_t k = 0; k < kLanes; k += kWide)
        hn::Store(combine_each<kWide>(dd, totals + k * kWide, add), dd, totals + k);
      if (!kInfinite) hn::Store(combine_each<kLanes>(d, lanes, larger), d, lanes);
      for (int64_t k = 0; k < count; ++k) {
        if (HWY_LIKELY(good(totals[k], base[k]) && (kInfinite || lanes[k] <= kMost))) {
          max[k] = base[k];
          sum[k] = totals[k] * restored(base[k]);
        } else {
          const Part p = part(x + k * n, n);
          max[k] = p.max;
          sum[k] = p.sum;
        }
      }
    }
  }
  static constexpr bool kGroups = kCombinesRows && std::is_same_v<T, float>;

  /// Where the largest is infinite: NaN if there is one, else 1 for +inf and 0 for -inf.
  static double plain_sum(const T* x, int64_t n, int64_t step, C max) {
    for (int64_t i = 0; i < n; ++i)
      if (std::isnan(static_cast<C>(x[i * step]))) return std::numeric_limits<double>::quiet_NaN();
    return max > 0 ? 1 : 0;
  }
  /// y[i] = max[i] + log(sum[i]), for which whole vectors of sums are overwritten.
  static HWY_INLINE void results(const C* max, double* sum, int64_t n, T* y) {
    column_log(sum, n);
    for (int64_t i = 0; i < n; ++i) {
      const double r = sum[i] * kToLog + static_cast<double>(max[i]);
      // Of an infinite largest element the sum is NaN or says nothing.
      y[i] = T(std::isinf(max[i]) && !std::isnan(sum[i]) ? max[i] : static_cast<C>(r));
    }
  }

  static void long_row(const T* x, int64_t n, T* y) {
    const int64_t count = (n + kPart - 1) / kPart;
    const cpu::Workspace<Part> parts(count);
    cpu::parallel_for(count, 1, [&](int64_t begin, int64_t end) {
      for (int64_t k = begin; k < end; ++k) parts.data()[k] = part(x + k * kPart, std::min(kPart, n - k * kPart));
    });
    C max = -kInf;
    double sum = 0;
    for (int64_t k = 0; k < count; ++k) max = std::max(max, parts.data()[k].max);
    for (int64_t k = 0; k < count; ++k) {
      const Part& p = parts.data()[k];
      sum += p.max == max || std::isnan(p.sum)
                 ? p.sum
                 : p.sum * std::exp(static_cast<double>(p.max) - static_cast<double>(max));
    }
    results(&max, &sum, 1, y);
  }

  /// Columns, a multiple of the lanes, read once. False if an element is too large for its column's base, or something
  /// is infinite, or too small: then nothing is written.
  static HWY_NOINLINE bool columns_at_once(const T* x, int64_t rows, int64_t step, int64_t n, T* y) {
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    HWY_ALIGN C base[kSoftmaxColumns];
    HWY_ALIGN double sum[kSoftmaxColumns];
    column_max(d, x, std::min(rows, kDeep), step, n, base);
    auto far = hn::Zero(d);
    for (int64_t c = 0; c < n; c += lanes) {
      const auto b = base_for(hn::LoadU(d, base + c));
      far = hn::Max(far, hn::Abs(b));
      hn::StoreU(b, d, base + c);
    }
    std::fill_n(sum, n, 0.0);
    for (int64_t r = 0; r < rows; r += kDeep, x += kDeep * step) {
      auto most = hn::Zero(d);
      for (int64_t c = 0; c < n; c += lanes) {
        const auto e = hn::Mul(hn::LoadU(d, base + c), hn::Set(d, kToPowers));
        add_to_columns(d, sum + c, sum,
                       sum_of_terms<2>(x + c, std::min(kDeep, rows - r), step, kDeep * step, true, e, most));
      }
      if (!kInfinite && !hn::AllTrue(d, hn::Le(most, hn::Set(d, kMost)))) return false;
    }
    bool all = true;
    for (int64_t c = 0; c < n; ++c) all &= good(sum[c], base[c]);
    if (!all) return false;
    if (!hn::AllTrue(d, hn::Eq(far, hn::Zero(d))))
      for (int64_t c = 0; c < n; ++c) sum[c] *= restored(base[c]);
    results(base, sum, n, y);
    return true;
  }
  static HWY_NOINLINE void columns(const T* x, int64_t rows, int64_t step, int64_t n, T* y) {
    const D d;
    if constexpr (std::is_same_v<T, float>) {
      const int64_t whole = n - n % static_cast<int64_t>(hn::Lanes(d));
      if (whole && rows > 1 && columns_at_once(x, rows, step, whole, y)) {
        if (whole == n) return;
        x += whole;
        y += whole;
        n -= whole;
      }
    }
    HWY_ALIGN C max[kSoftmaxColumns];
    HWY_ALIGN double sum[kSoftmaxColumns];
    HWY_ALIGN double error[kSoftmaxColumns];
    column_max(d, x, rows, step, n, max);
    column_sum_exp<false>(d, x, rows, step, n, max, sum, error, static_cast<C*>(nullptr));
    for (int64_t c = 0; c < n; ++c)
      if (std::isinf(max[c])) sum[c] = plain_sum(x + c, rows, step, max[c]);
    results(max, sum, n, y);
  }

  static void run(const DimSpan& s, const void* in, void* out) {
    const T* x = static_cast<const T*>(in);
    T* y = static_cast<T*>(out);
    if (s.size == 0) {
      std::fill_n(y, s.outer * s.inner, T(-kInf));
      return;
    }
    if (s.inner == 1) {
      if (s.outer == 1 && s.size >= 2 * kPart) return long_row(x, s.size, y);
      cpu::parallel_for(s.outer, std::max<int64_t>(1, cpu::kGrain / kCost / s.size), [&](int64_t begin, int64_t end) {
        HWY_ALIGN C max[kRows];
        HWY_ALIGN double sum[kRows];
        for (int64_t r = begin, n; r < end; r += n) {
          n = std::min(kRows, end - r);
          const bool grouped = kGroups && s.size >= 4 * kLanes && s.size <= kPart / 8;
          for (int64_t k = 0; k < n && grouped; k += kLanes)
            row_group(x + (r + k) * s.size, s.size, std::min(kLanes, n - k), max + k, sum + k);
          for (int64_t k = 0; k < n && !grouped; ++k) {
            const Part p = part(x + (r + k) * s.size, s.size);
            max[k] = p.max;
            sum[k] = p.sum;
          }
          results(max, sum, n, y + r);
        }
      });
      return;
    }
    // Read once, columns need not stay in a cache; a few blocks of them share threads.
    const int64_t wide = std::is_same_v<T, float> ? std::clamp<int64_t>(s.inner / 64 * 16, 128, kSoftmaxColumns)
                                                  : softmax_columns(s.size);
    const int64_t blocks = (s.inner + wide - 1) / wide;
    const int64_t work = s.size * std::min(s.inner, wide) * kCost;
    cpu::parallel_for(s.outer * blocks, std::max<int64_t>(1, cpu::kGrain / work), [&](int64_t begin, int64_t end) {
      for (int64_t b = begin; b < end; ++b) {
        const int64_t row = b / blocks, first = b % blocks * wide;
        columns(x + row * s.size * s.inner + first, s.size, s.inner, std::min(wide, s.inner - first),
                y + row * s.inner + first);
      }
    });
  }
};

void fill_slots() {
  logsumexp_kernel.set(kCPU, kFloat, LogSumExp<float>::run);
  logsumexp_kernel.set(kCPU, kDouble, LogSumExp<double>::run);
  logsumexp_kernel.set(kCPU, kHalf, LogSumExp<Half>::run);
  logsumexp_kernel.set(kCPU, kBFloat16, LogSumExp<BFloat16>::run);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
