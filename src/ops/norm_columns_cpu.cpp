// Normalisation of every column: batch norm of (N, C) and of channels-last images. float16 and bfloat16 compute in
// float32.
//
// Errors as in norm_channels_cpu.cpp. A column with NaN or inf gives NaN throughout.
#include "backend/cpu/hwy_config.h"
//
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/norm_columns_cpu.cpp"
#include "hwy/foreach_target.h"
//
#include "backend/cpu/kernel_set.h"
#include "backend/cpu/parallel.h"
#include "hwy/highway.h"
#include "ops/norm.h"
#include "ops/norm_columns-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

template <class T>
struct Columns {
  using C = ComputeType<T>;
  using D = hn::ScalableTag<C>;
  static constexpr int64_t kStrip = kNormStrip;

  /// y = (x - mean) * scale + shift, scale and shift per column.
  static HWY_NOINLINE void affine_row(const T* x, T* y, int64_t n, const C* mean, const C* scale, const C* shift) {
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    for (int64_t c = 0; c < n; c += lanes) {
      const int64_t rest = n - c;
      const auto v = hn::Sub(load_some(d, x + c, rest), load_some(d, mean + c, rest)),
                 a = load_some(d, scale + c, rest);
      store_some(d, shift ? hn::MulAdd(v, a, load_some(d, shift + c, rest)) : hn::Mul(v, a), y + c, rest);
    }
  }
  static void forward(const NormPlan& p, const NormForward& f) {
    const T* x = static_cast<const T*>(f.x);
    T* y = static_cast<T*>(f.y);
    const C *w = static_cast<const C*>(f.weight), *bias = static_cast<const C*>(f.bias);
    C* stats = static_cast<C*>(f.stats);
    const int64_t n = p.channels_count, rows = p.outer, strips = (n + kStrip - 1) / kStrip;
    const int64_t chunk = (rows + p.pieces - 1) / p.pieces;
    const auto begin_of = [&](int64_t k) { return std::min(rows, k * chunk); };
    if (!p.fixed) {
      const auto mean = [&](int64_t k) { return f.scratch + 2 * k * n; };
      const int64_t work = 4 * chunk * std::min(n, kStrip);
      cpu::parallel_for(strips * p.pieces, std::max<int64_t>(1, cpu::kGrain / std::max<int64_t>(work, 1)),
                        [&](int64_t first, int64_t last) {
                          for (int64_t i = first; i < last; ++i) {
                            const int64_t k = i / strips, c = i % strips * kStrip;
                            strip_moments(x + begin_of(k) * n + c, begin_of(k + 1) - begin_of(k), n,
                                          std::min(kStrip, n - c), mean(k) + c, mean(k) + n + c);
                          }
                        });
      for (int64_t c = 0; c < n; ++c) {
        Moments m;
        for (int64_t k = 0; k < p.pieces; ++k) {
          const Moments part{static_cast<double>(begin_of(k + 1) - begin_of(k)), mean(k)[c], mean(k)[n + c]};
          m.merge(part);
        }
        m.m2 = m.m2 < 0 ? 0 : m.m2;
        store_stats(stats, p.groups, c, m, p.eps);
      }
    }
    C* scale = reinterpret_cast<C*>(f.scratch);
    for (int64_t c = 0; c < n; ++c) scale[c] = w ? stats[n + c] * w[c] : stats[n + c];
    cpu::parallel_for(rows, std::max<int64_t>(1, cpu::kGrain / 2 / std::max<int64_t>(n, 1)),
                      [&](int64_t first, int64_t last) {
                        for (int64_t r = first; r < last; ++r) affine_row(x + r * n, y + r * n, n, stats, scale, bias);
                      });
  }

  /// dx = a g + (b (x - mean) + c) with coefficients per column; without b: a g.
  static HWY_NOINLINE void combine_row(const T* g, const T* x, T* dx, int64_t n, const C* mean, const C* a, const C* b,
                                       const C* c0) {
    const D d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    for (int64_t c = 0; c < n; c += lanes) {
      const int64_t rest = n - c;
      const auto gi = load_some(d, g + c, rest), ai = load_some(d, a + c, rest);
      if (b) {
        const auto v =
            hn::MulAdd(load_some(d, b + c, rest), hn::Sub(load_some(d, x + c, rest), load_some(d, mean + c, rest)),
                       load_some(d, c0 + c, rest));
        store_some(d, hn::MulAdd(ai, gi, v), dx + c, rest);
      } else {
        store_some(d, hn::Mul(ai, gi), dx + c, rest);
      }
    }
  }
  static void backward(const NormPlan& p, const NormBackward& f) {
    const T *g = static_cast<const T*>(f.g), *x = static_cast<const T*>(f.x);
    T* dx = static_cast<T*>(f.dx);
    const C *w = static_cast<const C*>(f.weight), *stats = static_cast<const C*>(f.stats);
    C *dw = static_cast<C*>(f.dweight), *db = static_cast<C*>(f.dbias);
    const int64_t n = p.channels_count, rows = p.outer, strips = (n + kStrip - 1) / kStrip;
    const int64_t chunk = (rows + p.pieces - 1) / p.pieces;
    const auto begin_of = [&](int64_t k) { return std::min(rows, k * chunk); };
    double* sums = f.scratch;
    C* coefficient = reinterpret_cast<C*>(f.scratch + 2 * n * p.pieces);
    if (!p.fixed || dw || db) {
      const int64_t work = 4 * chunk * std::min(n, kStrip);
      cpu::parallel_for(strips * p.pieces, std::max<int64_t>(1, cpu::kGrain / std::max<int64_t>(work, 1)),
                        [&](int64_t first, int64_t last) {
                          for (int64_t i = first; i < last; ++i) {
                            const int64_t k = i / strips, c = i % strips * kStrip, at = begin_of(k) * n + c;
                            for (int64_t of : {2 * k, 2 * k + 1})
                              std::fill_n(sums + of * n + c, std::min(kStrip, n - c), 0.0);
                            strip_sums(g + at, x + at, begin_of(k + 1) - begin_of(k), n, std::min(kStrip, n - c),
                                       stats + c, sums + 2 * k * n + c, sums + (2 * k + 1) * n + c);
                          }
                        });
    }
    for (int64_t c = 0; c < n; ++c) {
      const double rstd = static_cast<double>(stats[n + c]), weight = w ? static_cast<double>(w[c]) : 1.0;
      coefficient[c] = w ? stats[n + c] * w[c] : stats[n + c];
      if (p.fixed && !dw && !db) continue;
      double sum_g = 0, sum_gx = 0;
      for (int64_t k = 0; k < p.pieces; ++k) {
        sum_g += sums[2 * k * n + c];
        sum_gx += sums[(2 * k + 1) * n + c];
      }
      if (dw) dw[c] = static_cast<C>(rstd * sum_gx);
      if (db) db[c] = static_cast<C>(sum_g);
      coefficient[n + c] = static_cast<C>(-weight * rstd * rstd * rstd * sum_gx / static_cast<double>(rows));
      coefficient[2 * n + c] = static_cast<C>(-weight * rstd * sum_g / static_cast<double>(rows));
    }
    if (!dx) return;
    const C *b = p.fixed ? nullptr : coefficient + n, *c0 = p.fixed ? nullptr : coefficient + 2 * n;
    cpu::parallel_for(rows, std::max<int64_t>(1, cpu::kGrain / 3 / std::max<int64_t>(n, 1)),
                      [&](int64_t first, int64_t last) {
                        for (int64_t r = first; r < last; ++r)
                          combine_row(g + r * n, x + r * n, dx + r * n, n, stats, coefficient, b, c0);
                      });
  }
};

template <class T>
void fill() {
  norm_columns_kernel.set(kCPU, dtype_of<T>, Columns<T>::forward);
  norm_columns_backward_kernel.set(kCPU, dtype_of<T>, Columns<T>::backward);
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
namespace lampas {
namespace {
HWY_EXPORT(fill_slots);
const cpu::KernelSet kernels{[] { HWY_DYNAMIC_DISPATCH(fill_slots)(); }};
}  // namespace
}  // namespace lampas
#endif
