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
#include <cmath>
#include <type_traits>

#include "backend/cpu/kernel_set.h"
#include "backend/cpu/parallel.h"
#include "backend/cpu/unroll.h"
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

/// b^(-3/4) and, unless it is null, 1 / b of b = factor * what is given. NaN at 0, 0 at inf.
#if HWY_TARGET == HWY_AVX3
// With y an estimate of b^(-1/4) of 13 bits, made of two of square roots, and h = b y^4, which is nearly one: b^(-3/4)
// = y^3 (7 - 3 h) / 4, or b^(-1/4) = y (5 - h) / 4 if the inverse is wanted, too. With a multiple of b in the place of
// b the factors vanish. (Other instruction sets have shorter estimates, and none of subnormal numbers.)
inline double power_factor(bool inverse) { return inverse ? 256 : std::pow(4.0 / 3.0, 4.0 / 3.0); }
template <class D, class V = hn::Vec<D>>
HWY_INLINE V three_quarter_power(D d, V b, V* inverse) {
  const V y = hn::ApproximateReciprocalSqrt(hn::Mul(b, hn::ApproximateReciprocalSqrt(b))), y2 = hn::Mul(y, y);
  const V correction = hn::NegMulAdd(hn::Mul(b, y2), y2, constant(d, inverse ? 5.0 : 7.0 / 3.0));
  const auto infinite = hn::Eq(b, infinity(d));
  if (!inverse) return hn::IfThenZeroElse(infinite, hn::Mul(hn::Mul(y2, y), correction));
  const V z = hn::IfThenZeroElse(infinite, hn::Mul(y, correction)), z2 = hn::Mul(z, z);
  *inverse = hn::Mul(z2, z2);
  return hn::Mul(z2, z);
}
#else
inline double power_factor(bool) { return 1; }
template <class D, class V = hn::Vec<D>>
HWY_INLINE V three_quarter_power(D d, V b, V* inverse) {
  const V r = hn::Div(constant(d, 1.0), hn::Sqrt(b));
  if (inverse) *inverse = hn::Mul(r, r);
  return hn::Mul(r, hn::Sqrt(r));
}
#endif

/// Works through the channels of a strip of one sample's positions, two at a time: their windows have most channels in
/// common. What several channels need of one (squares, terms of the derivative) is kept in rings of rows that stay in
/// the first caches.
template <class T>
struct Local {
  using D = hn::ScalableTag<T>;
  using V = hn::Vec<D>;
  static constexpr int kMany = hn::MaxLanes(D()) > 1 ? 4 : 1;  // vectors side by side
  static constexpr int64_t kStep = 256 / sizeof(T);            // rows of rings are multiples of this
  static constexpr int64_t kRings = 73728 / sizeof(T);         // elements of all rings

  const LocalNorm& n;
  const T *const x, *const g;
  T* const out;
  const int64_t width, rows, pitch;  // rows: of a ring
  T *const unread, *const squares, *const terms, *const scaled;
  HWY_ALIGN T rings[kRings + (3 * kMaxChannelWindow + 7) * kStep];

  static int64_t rows_of(const LocalNorm& n) { return n.before + n.after + 3; }
  static int64_t pitch_of(const LocalNorm& n, const void* g) {
    return std::max(kRings / (rows_of(n) * (g ? 3 : 1) + 1) / kStep, int64_t{1}) * kStep;
  }
  Local(const LocalNorm& n_, const T* x_, const T* g_, T* out_, int64_t width_)
      : n(n_),
        x(x_),
        g(g_),
        out(out_),
        width(width_),
        rows(rows_of(n)),
        pitch(pitch_of(n, g)),
        unread(rings),
        squares(unread + pitch),
        terms(squares + rows * pitch),
        scaled(terms + rows * pitch) {}

  /// Of a channel: the result goes to a row nobody reads if there is no such channel.
  T* row(T* ring, int64_t c) const { return c < n.channels ? ring + c % rows * pitch : unread; }
  T* result(int64_t c) const { return c < n.channels ? out + c * n.inner : unread; }
  const T* input(const T* from, int64_t c) const { return from + std::min(c, n.channels - 1) * n.inner; }

  /// f(vectors as a constant, first element, elements) for all of a row.
  template <class F>
  HWY_INLINE static void each(int64_t width, const F& f) {
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(D()));
    int64_t i = 0;
    if constexpr (kMany > 1) {
      for (; i + kMany * lanes <= width; i += kMany * lanes) f(std::integral_constant<int, kMany>(), i, kMany * lanes);
    }
    for (; i < width; i += lanes) f(std::integral_constant<int, 1>(), i, width - i);
  }

  /// The rows of a ring that are added up for channels c and c + 1, which see `before` channels and `after`.
  struct Window {
    const T* common[kMaxChannelWindow];
    const T *first = nullptr, *last = nullptr;  // seen by channel c alone, by channel c + 1 alone
    int64_t count = 0;
    Window(const Local& l, T* ring, int64_t c, int64_t before, int64_t after) {
      const int64_t from = std::max<int64_t>(0, c + 1 - before), to = std::min(l.n.channels, c + after + 1);
      for (int64_t k = from; k < to; ++k) common[count++] = l.row(ring, k);
      if (c >= before) first = l.row(ring, c - before);
      if (c + 1 + after < l.n.channels) last = l.row(ring, c + 1 + after);
    }
    template <int kVectors>
    HWY_INLINE void add_up(int64_t i, V (&a)[kVectors], V (&b)[kVectors]) const {
      const D d;
      const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
      LAMPAS_UNROLL for (int v = 0; v < kVectors; ++v) a[v] = hn::Zero(d);
      for (int64_t k = 0; k < count; ++k) {
        LAMPAS_UNROLL for (int v = 0; v < kVectors; ++v) a[v] = hn::Add(a[v], hn::Load(d, common[k] + i + v * lanes));
      }
      LAMPAS_UNROLL for (int v = 0; v < kVectors; ++v) {
        b[v] = last ? hn::Add(a[v], hn::Load(d, last + i + v * lanes)) : a[v];
        if (first) a[v] = hn::Add(a[v], hn::Load(d, first + i + v * lanes));
      }
    }
  };

  /// Squares of channels [fresh, end). Then the results of channels c and c + 1, or with g the terms that derivatives
  /// of channels which see them are made of, and g b^-0.75.
  template <bool kBackward>
  HWY_NOINLINE void powers(int64_t c, int64_t fresh, int64_t end) {
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    const double factor = power_factor(kBackward);
    const auto scale = constant(d, n.scale * factor), k = constant(d, n.k * factor);
    const Window window(*this, squares, c, n.before, n.after);
    struct Channel {
      const T *x, *g;
      T *y, *term, *scaled;
    } of[2];
    for (int64_t j = 0; j < 2; ++j)
      of[j] = {input(x, c + j), kBackward ? input(g, c + j) : nullptr, result(c + j), row(terms, c + j),
               row(scaled, c + j)};
    const int64_t count = end - fresh;
    const T* from[kMaxChannelWindow + 1];
    T* to[kMaxChannelWindow + 1];
    for (int64_t j = 0; j < count; ++j) {
      from[j] = input(x, fresh + j);
      to[j] = row(squares, fresh + j);
    }
    const int64_t ahead = (end - c) * n.inner;  // what comes next is asked for in time
    each(width, [&](auto many, int64_t i, int64_t left) HWY_ATTR {
      constexpr int kVectors = decltype(many)::value;
      for (int64_t j = 0; j < count; ++j) {
        LAMPAS_UNROLL for (int v = 0; v < kVectors; ++v) {
          const V t = load_some(d, from[j] + i + v * lanes, left - v * lanes);
          hn::Store(hn::Mul(t, t), d, to[j] + i + v * lanes);
        }
      }
      V sum[2][kVectors];
      window.template add_up<kVectors>(i, sum[0], sum[1]);
      LAMPAS_UNROLL for (int j = 0; j < 2; ++j) {
        const Channel& q = of[j];
        LAMPAS_UNROLL for (int v = 0; v < kVectors; ++v) {
          const int64_t at = i + v * lanes, rest = left - v * lanes;
          __builtin_prefetch(q.x + ahead + at);
          const V b = hn::MulAdd(sum[j][v], scale, k), xv = load_some(d, q.x + at, rest);
          if (kBackward) {
            V inverse;
            const V p = hn::Mul(load_some(d, q.g + at, rest), three_quarter_power(d, b, &inverse));
            hn::Store(p, d, q.scaled + at);
            hn::Store(hn::Mul(p, hn::Mul(xv, inverse)), d, q.term + at);
          } else {
            store_some(d, hn::Mul(xv, three_quarter_power(d, b, static_cast<V*>(nullptr))), q.y + at, rest);
          }
        }
      }
    });
  }
  HWY_NOINLINE void derivatives(int64_t c) {
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    const auto slope = constant(d, -1.5 * n.scale);
    const Window window(*this, terms, c, n.after, n.before);  // channel c matters to those in whose window it is
    each(width, [&](auto many, int64_t i, int64_t left) HWY_ATTR {
      constexpr int kVectors = decltype(many)::value;
      V sum[2][kVectors];
      window.template add_up<kVectors>(i, sum[0], sum[1]);
      LAMPAS_UNROLL for (int j = 0; j < 2; ++j) {
        const T *const from = input(x, c + j), *const s = row(scaled, c + j);
        T* const to = result(c + j);
        LAMPAS_UNROLL for (int v = 0; v < kVectors; ++v) {
          const int64_t at = i + v * lanes, rest = left - v * lanes;
          const V slant = hn::Mul(sum[j][v], slope);
          store_some(d, hn::MulAdd(slant, load_some(d, from + at, rest), hn::Load(d, s + at)), to + at, rest);
        }
      }
    });
  }
  void strip() {
    int64_t squared = 0, ready = 0;
    for (int64_t c = 0; c < n.channels; c += 2) {
      for (const int64_t needed = std::min(n.channels, c + 2 + (g ? n.before : 0)); ready < needed; ready += 2) {
        const int64_t end = std::min(n.channels, ready + n.after + 2);
        g ? powers<true>(ready, squared, end) : powers<false>(ready, squared, end);
        squared = end;
      }
      if (g) derivatives(c);
    }
  }
  static void run(const LocalNorm& n, const void* x_, const void* g_, void* out_) {
    const T *x = static_cast<const T*>(x_), *g = static_cast<const T*>(g_);
    T* out = static_cast<T*>(out_);
    const int64_t sample = n.channels * n.inner, cost = 8 + n.before + n.after, longest = pitch_of(n, g);
    // Strips of one length, but no more of them than there need to be.
    const int64_t least = (n.inner + longest - 1) / longest;
    const int64_t length = ((n.inner + least - 1) / least + kStep - 1) / kStep * kStep;
    const int64_t strips = (n.inner + length - 1) / length;
    cpu::parallel_for(n.outer * strips, cpu::kGrain / cost / sample * strips, [&](int64_t begin, int64_t end) {
      for (int64_t k = begin; k < end; ++k) {
        const int64_t column = k % strips * length, at = k / strips * sample + column;
        Local(n, x + at, g ? g + at : g, out + at, std::min(length, n.inner - column)).strip();
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
