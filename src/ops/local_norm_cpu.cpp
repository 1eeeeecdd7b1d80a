// Sums over windows of channels. Every window is added up by itself, in the compute type (float32 for float16 and
// bfloat16): relative error (window size) eps of the sum of magnitudes, no drift from window to window.
//
// Local response normalisation: relative error (window size + 10) eps, of the derivative as much of its largest term. A
// b below 0 and NaN give NaN, and so does x = 0 where b is 0. Dtypes other than float32 are rare and have code for one
// instruction set alone.
#include "backend/cpu/hwy_config.h"
//
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/local_norm_cpu.cpp"
#include "hwy/foreach_target.h"
//
#include <algorithm>

#include "backend/cpu/kernel_set.h"
#include "backend/cpu/parallel.h"
#include "backend/cpu/vec_io-inl.h"
#include "backend/cpu/vec_poly-inl.h"
#include "hwy/highway.h"
#include "ops/local_norm.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

template <class T>
HWY_NOINLINE void window_row(const T* x, T* y, int64_t count, int64_t step, int64_t n) {
  const hn::ScalableTag<ComputeType<T>> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t i = 0; i < n; i += lanes) {
    auto sum = hn::Zero(d);
    for (int64_t j = 0; j < count; ++j) sum = hn::Add(sum, load_some(d, x + j * step + i, n - i));
    store_some(d, sum, y + i, n - i);
  }
}
template <class T>
void window_sum(const void* x_, void* y_, int64_t outer, int64_t channels, int64_t inner, int64_t before,
                int64_t after) {
  const T* x = static_cast<const T*>(x_);
  T* y = static_cast<T*>(y_);
  const int64_t work = std::max<int64_t>(1, inner * std::min(channels, before + after + 1));
  cpu::parallel_for(outer * channels, std::max<int64_t>(1, cpu::kGrain / work), [&](int64_t begin, int64_t end) {
    for (int64_t k = begin; k < end; ++k) {
      const int64_t c = k % channels, from = std::max<int64_t>(0, c - before);
      const int64_t to = std::min(channels, c + after + 1);
      window_row(x + (k - c + from) * inner, y + k * inner, to - from, inner, inner);
    }
  });
}

#if HWY_TARGET == HWY_AVX3
/// b^(-1/4) of float lanes: an estimate of 13 bits, improved once (other instruction sets have shorter estimates, and
/// none of subnormal numbers). NaN at 0, 0 at inf.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V inverse_fourth_root(D d, V b) {
  const V y = hn::ApproximateReciprocalSqrt(hn::Mul(b, hn::ApproximateReciprocalSqrt(b))), y2 = hn::Mul(y, y);
  const V near_one = hn::Mul(hn::Mul(b, y2), y2);
  return hn::IfThenZeroElse(hn::Eq(b, infinity(d)),
                            hn::Mul(y, hn::MulAdd(constant(d, -0.25), near_one, constant(d, 1.25))));
}
#endif

template <class T>
struct Local {
  using D = hn::ScalableTag<T>;
  using V = hn::Vec<D>;
  static constexpr int64_t kStrip = 1024 / sizeof(T);

  /// b of a vector, `from` being the first of `count` channels.
  static HWY_INLINE V base(D d, const LocalNorm& n, const T* from, int64_t count, int64_t rest) {
    V sum = hn::Zero(d);
    const bool full = HWY_LIKELY(rest >= static_cast<int64_t>(hn::Lanes(d)));
    for (int64_t j = 0; full && j < count; ++j) {
      const V x = load_as(d, from + j * n.inner);
      sum = hn::MulAdd(x, x, sum);
    }
    for (int64_t j = 0; !full && j < count; ++j) {
      const V x = load_tail(d, from + j * n.inner, static_cast<size_t>(rest));
      sum = hn::MulAdd(x, x, sum);
    }
    return hn::MulAdd(sum, constant(d, n.scale), constant(d, n.k));
  }
  /// b^-0.75, and 1 / b.
  static HWY_INLINE V power(D d, V b, V& inverse) {
#if HWY_TARGET == HWY_AVX3
    if constexpr (is_f32<D>) {
      const V y = inverse_fourth_root(d, b), y2 = hn::Mul(y, y);
      inverse = hn::Mul(y2, y2);
      return hn::Mul(y2, y);
    }
#endif
    const V r = hn::Div(constant(d, 1.0), hn::Sqrt(b));
    inverse = hn::Mul(r, r);
    return hn::Mul(r, hn::Sqrt(r));
  }

  static HWY_NOINLINE void forward_row(const LocalNorm& n, const T* x, T* y, int64_t c) {
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    const int64_t from = std::max<int64_t>(0, c - n.before), to = std::min(n.channels, c + n.after + 1);
    const T* row = x + c * n.inner;
    for (int64_t i = 0; i < n.inner; i += lanes) {
      const int64_t rest = n.inner - i;
      V inverse;
      const V p = power(d, base(d, n, x + from * n.inner + i, to - from, rest), inverse);
      store_some(d, hn::Mul(load_some(d, row + i, rest), p), y + c * n.inner + i, rest);
    }
  }
  /// A strip of one sample's positions, through all channels: p and g x p / b of the channels that matter to the one
  /// being written are kept in rings.
  static HWY_NOINLINE void backward_strip(const LocalNorm& n, const T* x, const T* g, T* dx, int64_t width) {
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    HWY_ALIGN T terms[kMaxChannelWindow][kStrip];
    HWY_ALIGN T powers[kMaxChannelWindow][kStrip];
    // Channel c matters to those in whose window it is: from c - after to c + before.
    const auto slope = constant(d, -1.5 * n.scale);
    for (int64_t ready = 0, c = 0; c < n.channels; ++c) {
      for (; ready < std::min(n.channels, c + n.before + 1); ++ready) {
        const int64_t at = ready * n.inner;
        const int64_t first = std::max<int64_t>(0, ready - n.before), last = std::min(n.channels, ready + n.after + 1);
        T *t = terms[ready % kMaxChannelWindow], *p = powers[ready % kMaxChannelWindow];
        for (int64_t i = 0; i < width; i += lanes) {
          const int64_t rest = width - i;
          V inverse;
          const V v = power(d, base(d, n, x + first * n.inner + i, last - first, rest), inverse);
          const V gx = hn::Mul(load_some(d, g + at + i, rest), load_some(d, x + at + i, rest));
          hn::StoreU(v, d, p + i);
          hn::StoreU(hn::Mul(gx, hn::Mul(v, inverse)), d, t + i);
        }
      }
      const int64_t first = std::max<int64_t>(0, c - n.after), last = std::min(n.channels, c + n.before + 1);
      const T* p = powers[c % kMaxChannelWindow];
      for (int64_t i = 0; i < width; i += lanes) {
        const int64_t rest = width - i, at = c * n.inner + i;
        V sum = hn::Zero(d);
        for (int64_t j = first; j < last; ++j) sum = hn::Add(sum, hn::LoadU(d, terms[j % kMaxChannelWindow] + i));
        sum = hn::Mul(sum, hn::Mul(slope, load_some(d, x + at, rest)));
        store_some(d, hn::MulAdd(load_some(d, g + at, rest), hn::LoadU(d, p + i), sum), dx + at, rest);
      }
    }
  }
  static void run(const LocalNorm& n, const void* x_, const void* g_, void* out_) {
    const T *x = static_cast<const T*>(x_), *g = static_cast<const T*>(g_);
    T* out = static_cast<T*>(out_);
    const int64_t sample = n.channels * n.inner, cost = 8 + n.before + n.after;
    if (!g) {
      cpu::parallel_for(n.outer * n.channels, cpu::kGrain / cost / n.inner, [&](int64_t begin, int64_t end) {
        for (int64_t k = begin; k < end; ++k) {
          const int64_t at = k / n.channels * sample;
          forward_row(n, x + at, out + at, k % n.channels);
        }
      });
      return;
    }
    const int64_t strips = (n.inner + kStrip - 1) / kStrip;
    cpu::parallel_for(n.outer * strips, cpu::kGrain / cost / sample * strips, [&](int64_t begin, int64_t end) {
      for (int64_t k = begin; k < end; ++k) {
        const int64_t column = k % strips * kStrip, at = k / strips * sample + column;
        backward_strip(n, x + at, g + at, out + at, std::min(kStrip, n.inner - column));
      }
    });
  }
};

void fill_slots() {
  local_norm_kernel.set(kCPU, kFloat, Local<float>::run);
  channel_window_sum_kernel.set(kCPU, kFloat, window_sum<float>);
}
#if HWY_TARGET == HWY_STATIC_TARGET
void fill_rare() {
  local_norm_kernel.set(kCPU, kDouble, Local<double>::run);
  channel_window_sum_kernel.set(kCPU, kDouble, window_sum<double>);
  channel_window_sum_kernel.set(kCPU, kHalf, window_sum<Half>);
  channel_window_sum_kernel.set(kCPU, kBFloat16, window_sum<BFloat16>);
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
  HWY_STATIC_DISPATCH(fill_rare)();
  HWY_DYNAMIC_DISPATCH(fill_slots)();
}};
}  // namespace
}  // namespace lampas
#endif
