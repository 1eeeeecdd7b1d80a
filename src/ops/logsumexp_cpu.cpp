// log(sum(exp(x))). float16 and bfloat16 compute in float32; sums are accumulated in float64.
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
#include "backend/cpu/vec_rows-inl.h"
#include "backend/cpu/workspace.h"
#include "hwy/highway.h"
#include "ops/logsumexp.h"
#include "ops/softmax-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

constexpr int64_t kCost = 8;      // work per element relative to an add
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
  /// Parts of `count` <= kLanes rows of at least four vectors. What all lanes of a row come to is found for all rows at
  /// once, and what a row's sum is relative to before the first sum, so that no row waits for another.
  static constexpr int64_t kLanes = static_cast<int64_t>(hn::MaxLanes(D()));
  static HWY_NOINLINE void row_group(const T* x, int64_t n, int64_t count, C* max, double* sum) {
    if constexpr (kGroups) {
      const D d;
      const WideTag dd;
      constexpr int64_t kWide = static_cast<int64_t>(hn::MaxLanes(WideTag()));
      // No element is to be more than 4 larger than its row's base. Where terms may become infinite, sums of eight tell
      // that; elsewhere exponents do.
      constexpr bool kFromSums = exp_by_table<D>;
      constexpr C kMost = kFromSums ? 55 : 5.77f;
      HWY_ALIGN C base[kLanes], exponent[kLanes], lanes[kLanes * kLanes];
      HWY_ALIGN double totals[kLanes * kWide];
      const auto larger = [](auto a, auto b) HWY_ATTR { return hn::Max(a, b); };
      const auto add = [](auto a, auto b) HWY_ATTR { return hn::Add(a, b); };
      const auto to_powers = constant(d, kLog2E);
      for (int64_t k = 0; k < kLanes; ++k) {
        const T* p = x + std::min(k, count - 1) * n;
        hn::Store(hn::Max(hn::Max(load_as(d, p), load_as(d, p + kLanes)),
                          hn::Max(load_as(d, p + 2 * kLanes), load_as(d, p + 3 * kLanes))),
                  d, lanes + k * kLanes);
      }
      const auto bases = combine_each<kLanes>(d, lanes, larger);
      hn::Store(bases, d, base);
      hn::Store(hn::Mul(bases, to_powers), d, exponent);
      std::fill_n(totals, kLanes * kWide, 0.0);
      for (int64_t k = 0; k < count; ++k) {
        const T* p = x + k * n;
        const auto e = hn::Set(d, exponent[k]);
        auto lower = hn::Zero(dd), upper = lower;
        auto most = hn::Zero(d);
        int64_t j = 0;
        const auto exponents = [&](hn::Vec<D> v) HWY_ATTR {
          const auto t = hn::MulSub(v, to_powers, e);
          if (!kFromSums) most = hn::Max(t, most);
          return t;
        };
        const auto at = [&](const T* q) HWY_ATTR { return exponents(load_as(d, q)); };
        const auto take = [&](hn::Vec<D> terms) HWY_ATTR {
          add_to_total(d, lower, upper, terms);
          if (kFromSums) most = hn::Max(terms, most);
        };
        while (j + 4 * kLanes <= n) {
          auto terms = hn::Zero(d);
          for (const int64_t end = std::min(j + 4 * kLanes, n - 4 * kLanes); j <= end; j += 4 * kLanes) {
            const T* q = p + j;
            // Exponentials leave no room to look as far ahead as memory is away.
            for (int64_t line = 0; line < 4 * kLanes; line += 16) __builtin_prefetch(q + 512 + line);
            terms = hn::Add(terms, sum_of_exp2s(d, at(q), at(q + kLanes), at(q + 2 * kLanes), at(q + 3 * kLanes)));
          }
          take(terms);
        }
        for (; j < n; j += kLanes) {
          const int64_t rest = n - j;
          const auto v = rest >= kLanes ? load_as(d, p + j)
                                        : load_tail_or(d, p + j, static_cast<size_t>(rest), hn::Neg(infinity(d)));
          take(exp2_in_sum(d, exponents(v)));
        }
        hn::Store(most, d, lanes + k * kLanes);
        hn::Store(hn::Add(lower, upper), dd, totals + k * kWide);
      }
      for (int64_t k = 0; k < kLanes; k += kWide)
        hn::Store(combine_each<kWide>(dd, totals + k * kWide, add), dd, totals + k);
      hn::Store(combine_each<kLanes>(d, lanes, larger), d, lanes);
      for (int64_t k = 0; k < count; ++k) {
        if (HWY_LIKELY(lanes[k] <= kMost && std::isfinite(base[k]))) {
          max[k] = base[k];
          // What the base lost in rounding when it became an exponent.
          const double lost =
              static_cast<double>(exponent[k]) - static_cast<double>(base[k]) * static_cast<float>(kLog2E);
          sum[k] = totals[k] + totals[k] * lost * 0.693147180559945309;
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
      const double r = sum[i] + static_cast<double>(max[i]);
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

  static constexpr int64_t kDeep = 8;
  /// Adds to sums of exponentials relative to `base` those of more rows, a multiple of kDeep, in n columns, a multiple
  /// of the lanes, read once. False if an element is more than 4 larger, or something is infinite: then they say
  /// nothing.
  static HWY_INLINE bool add_column_sums(const T* x, int64_t rows, int64_t step, int64_t n, const C* base,
                                         double* sum) {
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    for (int64_t c = 0; c < n; ++c)
      if (!std::isfinite(base[c])) return false;
    for (int64_t r = 0; r < rows; r += kDeep, x += kDeep * step) {
      auto above = hn::Zero(d);
      for (int64_t c = 0; c < n; c += lanes) {
        const auto b = hn::LoadU(d, base + c);
        auto total = hn::Zero(d);
        const T* p = x + c;
        for (int64_t k = 0; k < kDeep; k += 4, p += 4 * step) {
          for (int64_t row = 0; row < 4; ++row) __builtin_prefetch(p + (kDeep + row) * step);
          const auto v0 = hn::Sub(load_as(d, p), b), v1 = hn::Sub(load_as(d, p + step), b),
                     v2 = hn::Sub(load_as(d, p + 2 * step), b), v3 = hn::Sub(load_as(d, p + 3 * step), b);
          above = hn::Max(hn::Max(hn::Max(v0, v1), hn::Max(v2, v3)), above);
          total = hn::Add(total, sum_of_exps(d, v0, v1, v2, v3));
        }
        add_to_columns(d, sum + c, sum, total);
      }
      if (!hn::AllTrue(d, hn::Le(above, hn::Set(d, C(4))))) return false;
    }
    return true;
  }
  static HWY_NOINLINE void columns(const T* x, int64_t rows, int64_t step, int64_t n, T* y) {
    const D d;
    HWY_ALIGN C max[kSoftmaxColumns];
    HWY_ALIGN double sum[kSoftmaxColumns];
    HWY_ALIGN double error[kSoftmaxColumns];
    if constexpr (std::is_same_v<T, float>) {
      const int64_t head = rows % kDeep + 2 * kDeep;
      if (rows > head && n % static_cast<int64_t>(hn::Lanes(d)) == 0) {
        column_max(d, x, head, step, n, max);
        column_sum_exp<false>(d, x, head, step, n, max, sum, error, static_cast<C*>(nullptr));
        if (add_column_sums(x + head * step, rows - head, step, n, max, sum)) return results(max, sum, n, y);
      }
    }
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
    const int64_t wide = softmax_columns(s.size);
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
namespace lampas {
namespace {
HWY_EXPORT(fill_slots);
const cpu::KernelSet kernels{[] { HWY_DYNAMIC_DISPATCH(fill_slots)(); }};
}  // namespace
}  // namespace lampas
#endif
