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
#include "backend/cpu/stream.h"
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

  using V = hn::Vec<D>;
  // Up to this width a block of rows is read and written in groups of vectors; wider rows are slower so.
  static constexpr int64_t kGrouped = 256;

  template <bool kClamp>
  static HWY_NOINLINE void affine_rows(const T* x, T* y, int64_t rows, int64_t n, const ColumnLine<C>& columns) {
    each_group<T, false>(n, n <= kGrouped, [&](auto many, int64_t c) HWY_ATTR {
      constexpr int kMany = decltype(many)::value;
      const D d;
      const int64_t rest = n - c;
      AffineLine<V> line[kMany];
      LAMPAS_UNROLL for (int v = 0; v < kMany; ++v) line[v] = (columns + c).template of<kMany>(d, v, rest);
      for (int64_t at = c; at < rows * n; at += n) {
        LAMPAS_UNROLL for (int v = 0; v < kMany; ++v) {
          const V r = line[v].template value<kClamp>(d, load_of<kMany>(d, x + at, v, rest));
          store_of<kMany>(d, r, y + at, v, rest);
        }
      }
    });
  }
  static void forward(const NormPlan& p, const NormForward& f) {
    const T* x = static_cast<const T*>(f.x);
    T* y = static_cast<T*>(f.y);
    const C *w = static_cast<const C*>(f.weight), *bias = static_cast<const C*>(f.bias);
    C* stats = static_cast<C*>(f.stats);
    const int64_t n = p.channels_count, rows = p.outer;
    const int64_t chunk = (rows + p.pieces - 1) / p.pieces;
    const auto begin_of = [&](int64_t k) { return std::min(rows, k * chunk); };
    if (!p.fixed) {
      C* const shift = reinterpret_cast<C*>(f.scratch + 2 * n * p.pieces);
      guess_shifts(x, x + rows / 2 * n, x + (rows - 1) * n, n, shift);
      column_statistics(p, rows, f.scratch, shift, stats, [&] {
        cpu::parallel_for(p.pieces, 1, [&](int64_t first, int64_t last) {
          for (int64_t k = first; k < last; ++k)
            column_power_sums(x + begin_of(k) * n, begin_of(k + 1) - begin_of(k), n, shift, f.scratch + 2 * k * n,
                              f.scratch + (2 * k + 1) * n);
        });
      });
    }
    C* scale = reinterpret_cast<C*>(f.scratch);
    for (int64_t c = 0; c < n; ++c) scale[c] = w ? stats[n + c] * w[c] : stats[n + c];
    const auto affine = p.relu || kAlwaysClamps<T> ? affine_rows<true> : affine_rows<kAlwaysClamps<T>>;
    const ColumnLine<C> line{stats, scale, bias, least_of<C>(p.relu)};
    each_block(rows, n, [&](int64_t r, int64_t count) { affine(x + r * n, y + r * n, count, n, line); });
  }
  /// Calls f(first row, rows) for blocks of rows, a few at a time: enough to load what each column has once for many.
  /// Rows that lie outside the cache come one after the other, as memory likes it.
  template <class F>
  static void each_block(int64_t rows, int64_t n, const F& f) {
    const bool streams = cpu::streams(2 * rows * n * static_cast<int64_t>(sizeof(T)));
    const int64_t kBlock = n <= kGrouped ? std::max<int64_t>(8, 2048 / n) : streams ? 1 : 8;
    const int64_t blocks = (rows + kBlock - 1) / kBlock;
    cpu::parallel_for(blocks, cpu::kGrain / 2 / kBlock / std::max<int64_t>(n, 1), [&](int64_t first, int64_t last) {
      for (int64_t k = first; k < last; ++k) f(k * kBlock, std::min(kBlock, rows - k * kBlock));
    });
  }

  /// dx = scale g + (b (x - mean) + c) with coefficients per column, of `rows` rows; without b: scale g. g as it comes
  /// back through the clamp.
  template <bool kClamp>
  static HWY_NOINLINE void combine_rows(const T* g, const T* x, T* dx, int64_t rows, int64_t n,
                                        const ColumnLine<C>& columns, const C* b_, const C* c_) {
    each_group<T, false>(n, n <= kGrouped, [&](auto many, int64_t c) HWY_ATTR {
      constexpr int kMany = decltype(many)::value;
      const D d;
      const int64_t rest = n - c;
      AffineLine<V> line[kMany];
      V b[kMany], e[kMany];
      LAMPAS_UNROLL for (int v = 0; v < kMany; ++v) {
        line[v] = (columns + c).template of<kMany>(d, v, rest);
        if (!b_) continue;
        b[v] = load_of<kMany>(d, b_ + c, v, rest);
        e[v] = load_of<kMany>(d, c_ + c, v, rest);
      }
      if (!b_) {
        for (int64_t at = c; at < rows * n; at += n) {
          LAMPAS_UNROLL for (int v = 0; v < kMany; ++v) {
            const V centred = kClamp ? hn::Sub(load_of<kMany>(d, x + at, v, rest), line[v].mean) : line[v].mean;
            const V gi = line[v].template gradient<kClamp>(d, load_of<kMany>(d, g + at, v, rest), centred);
            store_of<kMany>(d, hn::Mul(line[v].scale, gi), dx + at, v, rest);
          }
        }
        return;
      }
      for (int64_t at = c; at < rows * n; at += n) {
        LAMPAS_UNROLL for (int v = 0; v < kMany; ++v) {
          const V centred = hn::Sub(load_of<kMany>(d, x + at, v, rest), line[v].mean);
          const V gi = line[v].template gradient<kClamp>(d, load_of<kMany>(d, g + at, v, rest), centred);
          store_of<kMany>(d, hn::MulAdd(line[v].scale, gi, hn::MulAdd(b[v], centred, e[v])), dx + at, v, rest);
        }
      }
    });
  }
  static void backward(const NormPlan& p, const NormBackward& f) {
    const T *g = static_cast<const T*>(f.g), *x = static_cast<const T*>(f.x);
    T* dx = static_cast<T*>(f.dx);
    const C *w = static_cast<const C*>(f.weight), *stats = static_cast<const C*>(f.stats);
    C *dw = static_cast<C*>(f.dweight), *db = static_cast<C*>(f.dbias);
    const int64_t n = p.channels_count, rows = p.outer;
    const int64_t chunk = (rows + p.pieces - 1) / p.pieces;
    const auto begin_of = [&](int64_t k) { return std::min(rows, k * chunk); };
    double* sums = f.scratch;
    C* coefficient = reinterpret_cast<C*>(f.scratch + 2 * n * p.pieces);
    for (int64_t c = 0; c < n; ++c) coefficient[c] = w ? stats[n + c] * w[c] : stats[n + c];
    const ColumnLine<C> line{stats, coefficient, static_cast<const C*>(f.bias), least_of<C>(p.relu)};
    if (!p.fixed || dw || db) {
      std::fill_n(sums, 2 * n * p.pieces, 0.0);
      cpu::parallel_for(p.pieces, 1, [&](int64_t first, int64_t last) {
        for (int64_t k = first; k < last; ++k)
          column_gradient_sums(p.relu, g + begin_of(k) * n, x + begin_of(k) * n, begin_of(k + 1) - begin_of(k), n, line,
                               sums + 2 * k * n, sums + (2 * k + 1) * n);
      });
    }
    for (int64_t c = 0; c < n; ++c) {
      const double rstd = static_cast<double>(stats[n + c]), weight = w ? static_cast<double>(w[c]) : 1.0;
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
    const auto combine = p.relu || kAlwaysClamps<T> ? combine_rows<true> : combine_rows<kAlwaysClamps<T>>;
    each_block(rows, n,
               [&](int64_t r, int64_t count) { combine(g + r * n, x + r * n, dx + r * n, count, n, line, b, c0); });
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
LAMPAS_KERNEL_SET(fill_slots);
#endif
