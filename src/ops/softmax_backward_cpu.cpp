// Derivatives of softmax and log_softmax. float16 and bfloat16 compute in float32; sums are accumulated in float64.
//
// Error: at most 4 eps |y| (|g| + |sum|) per element for softmax, 4 eps (|g| + |exp(y) sum|) for log_softmax, besides
// the rounding of the result. NaN and inf propagate as the formulas do.
#include "backend/cpu/hwy_config.h"
//
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/softmax_backward_cpu.cpp"
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

template <class T, bool kLog>
struct SoftmaxBackward {
  using C = ComputeType<T>;
  using D = hn::ScalableTag<C>;

  static HWY_INLINE hn::Vec<D> term(hn::Vec<D> g, hn::Vec<D> y) { return kLog ? g : hn::Mul(g, y); }
  static HWY_INLINE hn::Vec<D> finish(D d, hn::Vec<D> g, hn::Vec<D> y, hn::Vec<D> sum) {
    if (kLog) return hn::NegMulAdd(exp(d, y), sum, g);
    return hn::Mul(y, hn::Sub(g, sum));
  }

  static HWY_NOINLINE void row(const T* g, const T* y, T* dx, int64_t n) {
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    auto lower = hn::Zero(WideTag()), upper = lower;
    int64_t i = 0;
    for (; i + 4 * lanes <= n; i += 4 * lanes) {
      const auto a = term(load_as(d, g + i), load_as(d, y + i));
      const auto b = term(load_as(d, g + i + lanes), load_as(d, y + i + lanes));
      const auto c = term(load_as(d, g + i + 2 * lanes), load_as(d, y + i + 2 * lanes));
      const auto e = term(load_as(d, g + i + 3 * lanes), load_as(d, y + i + 3 * lanes));
      add_to_total(d, lower, upper, hn::Add(hn::Add(a, b), hn::Add(c, e)));
    }
    for (; i < n; i += lanes)
      add_to_total(d, lower, upper, term(load_some(d, g + i, n - i), load_some(d, y + i, n - i)));
    const auto sum = hn::Set(d, static_cast<C>(total_of(d, lower, upper)));
    for (i = 0; i < n; i += lanes)
      store_some(d, finish(d, load_some(d, g + i, n - i), load_some(d, y + i, n - i), sum), dx + i, n - i);
  }

  static HWY_NOINLINE void columns(const T* g, const T* y, T* dx, int64_t rows, int64_t step, int64_t n) {
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    HWY_ALIGN C sums[kSoftmaxColumns];
    HWY_ALIGN double sum[kSoftmaxColumns] = {};
    HWY_ALIGN double error[kSoftmaxColumns] = {};
    const int64_t deep = is_f32<D> ? 4 : 1;  // rows added up in the lanes' type before they go to float64
    for (int64_t r = 0; r < rows; r += deep)
      for (int64_t c = 0; c < n; c += lanes) {
        auto v = hn::Zero(d);
        for (int64_t at = r * step + c, k = std::min(rows - r, deep); k > 0; --k, at += step)
          v = hn::Add(v, term(load_some(d, g + at, n - c), load_some(d, y + at, n - c)));
        add_to_columns(d, sum + c, error + c, v);
      }
    for (int64_t c = 0; c < (n + lanes - 1) / lanes * lanes; ++c)
      sums[c] = static_cast<C>(std::is_same_v<C, float> || !std::isfinite(sum[c]) ? sum[c] : sum[c] + error[c]);
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t c = 0; c < n; c += lanes) {
        const int64_t at = r * step + c;
        store_some(d, finish(d, load_some(d, g + at, n - c), load_some(d, y + at, n - c), hn::LoadU(d, sums + c)),
                   dx + at, n - c);
      }
  }

  static void run(const DimSpan& s, const void* grad, const void* result, void* out) {
    const T *g = static_cast<const T*>(grad), *y = static_cast<const T*>(result);
    T* dx = static_cast<T*>(out);
    if (s.size == 0) return;
    if (s.inner == 1) {
      const int64_t grain = std::max<int64_t>(1, cpu::kGrain / 4 / s.size);
      cpu::parallel_for(s.outer, grain, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) row(g + i * s.size, y + i * s.size, dx + i * s.size, s.size);
      });
      return;
    }
    const int64_t wide = softmax_columns(s.size);
    const int64_t blocks = (s.inner + wide - 1) / wide;
    const int64_t work = s.size * std::min(s.inner, wide) * 4;
    cpu::parallel_for(s.outer * blocks, std::max<int64_t>(1, cpu::kGrain / work), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t c = i % blocks * wide, at = i / blocks * s.size * s.inner + c;
        columns(g + at, y + at, dx + at, s.size, s.inner, std::min(wide, s.inner - c));
      }
    });
  }
};

template <class T>
void fill() {
  softmax_backward_kernel.set(kCPU, dtype_of<T>, SoftmaxBackward<T, false>::run);
  log_softmax_backward_kernel.set(kCPU, dtype_of<T>, SoftmaxBackward<T, true>::run);
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
