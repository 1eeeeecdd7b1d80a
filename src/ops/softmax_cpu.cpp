// softmax and log_softmax. float16 and bfloat16 compute in float32; sums are accumulated in float64.
//
// softmax: at most 3 ULP of the compute type, then one rounding to float16 or bfloat16. log_softmax: absolute error at
// most 4 eps (|x - max| + log(sum) + 1). A row with NaN, or with +inf, or of -inf only, gives NaN throughout; -inf
// elsewhere gives 0 (log_softmax: -inf).
#include "backend/cpu/hwy_config.h"
//
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/softmax_cpu.cpp"
#include "hwy/foreach_target.h"
//
#include <algorithm>
#include <cmath>

#include "backend/cpu/kernel_set.h"
#include "backend/cpu/parallel.h"
#include "hwy/highway.h"
#include "ops/softmax-inl.h"
#include "ops/softmax.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

/// Work per element relative to an add.
constexpr int64_t kCost = 8;

template <class T, bool kLog>
struct Softmax {
  using C = ComputeType<T>;
  using D = hn::ScalableTag<C>;
  // With room to store exponentials exactly, the second pass keeps them; otherwise the third computes them again.
  static constexpr bool kKeep = !kLog && std::is_same_v<T, C>;

  /// What an element becomes, given its column's maximum and 1 / sum (log: log(sum)).
  static HWY_INLINE hn::Vec<D> finish(D d, hn::Vec<D> v, hn::Vec<D> max, hn::Vec<D> last) {
    if (kLog) return hn::Sub(hn::Sub(v, max), last);
    if (kKeep) return hn::Mul(v, last);
    return hn::Mul(exp_of_non_positive(d, hn::Sub(v, max)), last);
  }
  static HWY_INLINE C last_of(double sum) { return static_cast<C>(kLog ? std::log(sum) : 1 / sum); }

  static HWY_NOINLINE void row(const T* x, T* y, int64_t n) {
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    const C max = row_max(d, x, n);
    const C last = last_of(row_sum_exp<kKeep>(d, x, n, max, reinterpret_cast<C*>(y)));
    const auto m = hn::Set(d, max), l = hn::Set(d, last);
    const T* p = kKeep ? y : x;
    for (; n >= lanes; n -= lanes, p += lanes, y += lanes) store_as(d, finish(d, load_as(d, p), m, l), y);
    if (n) store_tail(d, finish(d, load_tail(d, p, static_cast<size_t>(n)), m, l), y, static_cast<size_t>(n));
  }

  static HWY_NOINLINE void columns(const T* x, T* y, int64_t rows, int64_t step, int64_t n) {
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    HWY_ALIGN C max[kSoftmaxColumns];
    HWY_ALIGN C last[kSoftmaxColumns];
    HWY_ALIGN double sum[kSoftmaxColumns];
    HWY_ALIGN double error[kSoftmaxColumns];
    column_max(d, x, rows, step, n, max);
    column_sum_exp<kKeep>(d, x, rows, step, n, max, sum, error, reinterpret_cast<C*>(y));
    if (kLog) column_log(sum, n);
    for (int64_t c = 0; c < n; ++c) last[c] = static_cast<C>(kLog ? sum[c] : 1 / sum[c]);
    for (int64_t c = n; c < (n + lanes - 1) / lanes * lanes; ++c) last[c] = 0;
    const T* p = kKeep ? y : x;
    for (int64_t r = 0; r < rows; ++r, p += step, y += step)
      for (int64_t c = 0; c < n; c += lanes) {
        const auto v = finish(d, load_some(d, p + c, n - c), hn::LoadU(d, max + c), hn::LoadU(d, last + c));
        store_some(d, v, y + c, n - c);
      }
  }

  static void run(const DimSpan& s, const void* in, void* out) {
    const T* x = static_cast<const T*>(in);
    T* y = static_cast<T*>(out);
    if (s.size == 0) return;
    if (s.inner == 1) {
      const int64_t grain = std::max<int64_t>(1, cpu::kGrain / kCost / s.size);
      cpu::parallel_for(s.outer, grain, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) row(x + i * s.size, y + i * s.size, s.size);
      });
      return;
    }
    const int64_t wide = softmax_columns(s.size);
    const int64_t blocks = (s.inner + wide - 1) / wide;
    const int64_t work = s.size * std::min(s.inner, wide) * kCost;
    cpu::parallel_for(s.outer * blocks, std::max<int64_t>(1, cpu::kGrain / work), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t c = i % blocks * wide, at = i / blocks * s.size * s.inner + c;
        columns(x + at, y + at, s.size, s.inner, std::min(wide, s.inner - c));
      }
    });
  }
};

template <class T>
void fill() {
  softmax_kernel.set(kCPU, dtype_of<T>, Softmax<T, false>::run);
  log_softmax_kernel.set(kCPU, dtype_of<T>, Softmax<T, true>::run);
}
void fill_slots() {
  fill<float>();
  fill<double>();
  fill<Half>();
  fill<BFloat16>();
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
