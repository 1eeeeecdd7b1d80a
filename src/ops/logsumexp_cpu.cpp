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

  /// Largest element and sum of exponentials relative to it.
  struct Part {
    C max = -kInf;
    double sum = 0;
  };
  static Part part(const T* x, int64_t n) {
    const D d;
    Part p;
    p.max = row_max(d, x, n);
    p.sum = std::isinf(p.max) ? plain_sum(x, n, 1, p.max) : row_sum_exp<false>(d, x, n, p.max, nullptr);
    return p;
  }
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

  static HWY_NOINLINE void columns(const T* x, int64_t rows, int64_t step, int64_t n, T* y) {
    const D d;
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
          for (int64_t k = 0; k < n; ++k) {
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
