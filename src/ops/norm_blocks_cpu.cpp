// Batch norm of packed images, float32: channels of a block lie side by side, so that a channel's statistics gather in
// a vector lane. Errors as in norm_channels_cpu.cpp. A channel with NaN or inf gives NaN throughout.
#include "backend/cpu/hwy_config.h"
//
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/norm_blocks_cpu.cpp"
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

using D = hn::ScalableTag<float>;

/// The image as runs of rows, `block` channels wide: one for each sample and block of channels.
struct Blocks {
  int64_t block, blocks, samples, rows;

  explicit Blocks(const NormPlan& p)
      : block(p.block), blocks(p.channels_count / p.block), samples(p.outer), rows(p.inner) {}
  int64_t at(int64_t sample, int64_t b) const { return (sample * blocks + b) * rows * block; }

  /// f(first channel, first element) for all.
  template <class F>
  void each(const F& f) const {
    cpu::parallel_for(samples * blocks, std::max<int64_t>(1, cpu::kGrain / 2 / (rows * block)),
                      [&](int64_t first, int64_t last) {
                        for (int64_t i = first; i < last; ++i) f(i % blocks * block, i * rows * block);
                      });
  }
  /// f(piece, block, first sample, last sample) for each block of channels of each piece of the samples.
  template <class F>
  void each_piece(int64_t pieces, const F& f) const {
    const int64_t chunk = (samples + pieces - 1) / pieces;
    cpu::parallel_for(blocks * pieces, std::max<int64_t>(1, cpu::kGrain / 4 / (chunk * rows * block)),
                      [&](int64_t first, int64_t last) {
                        for (int64_t i = first; i < last; ++i)
                          f(i / blocks, i % blocks, std::min(samples, i / blocks * chunk),
                            std::min(samples, (i / blocks + 1) * chunk));
                      });
  }
};

/// y = (x - mean) * scale + shift for `rows` rows of a block.
template <bool kClamp>
HWY_NOINLINE void affine(const float* x, float* y, int64_t rows, int64_t block, const ColumnLine<float>& columns) {
  const D d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t c = 0; c < block; c += lanes) {
    const int64_t rest = block - c;
    const auto line = (columns + c).of<1>(d, 0, rest);
    for (int64_t i = c; i < rows * block; i += block)
      store_some(d, line.template value<kClamp>(d, load_some(d, x + i, rest)), y + i, rest);
  }
}

void forward(const NormPlan& p, const NormForward& f) {
  const Blocks z(p);
  const float *x = static_cast<const float*>(f.x), *w = static_cast<const float*>(f.weight),
              *bias = static_cast<const float*>(f.bias);
  float *y = static_cast<float*>(f.y), *stats = static_cast<float*>(f.stats);
  const int64_t n = p.channels_count;
  if (!p.fixed) {
    float* const shift = reinterpret_cast<float*>(f.scratch + 2 * n * p.pieces);
    for (int64_t b = 0; b < z.blocks; ++b) {
      const float* const run = x + z.at(0, b);
      guess_shifts(run, run + z.rows / 2 * z.block, run + (z.rows - 1) * z.block, z.block, shift + b * z.block);
    }
    column_statistics(p, z.samples * z.rows, f.scratch, shift, stats, [&] {
      z.each_piece(p.pieces, [&](int64_t k, int64_t b, int64_t first, int64_t last) {
        double* const sum = f.scratch + 2 * k * n + b * z.block;
        for (int64_t i = first; i < last; ++i)
          column_power_sums<float, true>(x + z.at(i, b), z.rows, z.block, shift + b * z.block, sum, sum + n);
      });
    });
  }
  float* const scale = reinterpret_cast<float*>(f.scratch);
  for (int64_t c = 0; c < n; ++c) scale[c] = w ? stats[n + c] * w[c] : stats[n + c];
  const auto apply = p.relu ? affine<true> : affine<false>;
  const ColumnLine<float> line{stats, scale, bias, least_of<float>(p.relu)};
  z.each([&](int64_t c, int64_t at) { apply(x + at, y + at, z.rows, z.block, line + c); });
}

/// dx = scale g + (b (x - mean) + c0) for `rows` rows of a block; without b: scale g. g as it comes back through the
/// clamp.
template <bool kClamp>
HWY_NOINLINE void combine(const float* g, const float* x, float* dx, int64_t rows, int64_t block,
                          const ColumnLine<float>& columns, const float* b, const float* c0) {
  const D d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t c = 0; c < block; c += lanes) {
    const int64_t rest = block - c, end = rows * block;
    const auto load = [&](const float* q) HWY_ATTR { return load_some(d, q + c, rest); };
    const auto line = (columns + c).of<1>(d, 0, rest);
    if (!b) {
      for (int64_t i = 0; i < end; i += block) {
        const auto centred = kClamp ? hn::Sub(load(x + i), line.mean) : line.mean;
        store_some(d, hn::Mul(line.scale, line.template gradient<kClamp>(d, load(g + i), centred)), dx + i + c, rest);
      }
      continue;
    }
    const auto bv = load(b), cv = load(c0);
    for (int64_t i = 0; i < end; i += block) {
      const auto centred = hn::Sub(load(x + i), line.mean);
      const auto gi = line.template gradient<kClamp>(d, load(g + i), centred);
      store_some(d, hn::MulAdd(line.scale, gi, hn::MulAdd(bv, centred, cv)), dx + i + c, rest);
    }
  }
}

void backward(const NormPlan& p, const NormBackward& f) {
  const Blocks z(p);
  const float *g = static_cast<const float*>(f.g), *x = static_cast<const float*>(f.x),
              *w = static_cast<const float*>(f.weight), *stats = static_cast<const float*>(f.stats);
  float *dx = static_cast<float*>(f.dx), *dw = static_cast<float*>(f.dweight), *db = static_cast<float*>(f.dbias);
  const int64_t n = p.channels_count;
  const bool sums_wanted = !p.fixed || dw || db;
  double* const sums = f.scratch;
  float* const coefficient = reinterpret_cast<float*>(f.scratch + 2 * n * p.pieces);
  for (int64_t c = 0; c < n; ++c) coefficient[c] = w ? stats[n + c] * w[c] : stats[n + c];
  const ColumnLine<float> line{stats, coefficient, static_cast<const float*>(f.bias), least_of<float>(p.relu)};
  if (sums_wanted)
    z.each_piece(p.pieces, [&](int64_t k, int64_t b, int64_t first, int64_t last) {
      double *const sum_g = sums + 2 * k * n + b * z.block, *const sum_gx = sum_g + n;
      std::fill_n(sum_g, z.block, 0.0);
      std::fill_n(sum_gx, z.block, 0.0);
      for (int64_t i = first; i < last; ++i)
        column_gradient_sums<float, true>(p.relu, g + z.at(i, b), x + z.at(i, b), z.rows, z.block, line + b * z.block,
                                          sum_g, sum_gx);
    });
  const double count = static_cast<double>(z.samples * z.rows);
  for (int64_t c = 0; c < n; ++c) {
    const double rstd = static_cast<double>(stats[n + c]), weight = w ? static_cast<double>(w[c]) : 1.0;
    if (!sums_wanted) continue;
    double sum_g = 0, sum_gx = 0;
    for (int64_t k = 0; k < p.pieces; ++k) {
      sum_g += sums[2 * k * n + c];
      sum_gx += sums[(2 * k + 1) * n + c];
    }
    if (dw) dw[c] = static_cast<float>(rstd * sum_gx);
    if (db) db[c] = static_cast<float>(sum_g);
    coefficient[n + c] = static_cast<float>(-weight * rstd * rstd * rstd * sum_gx / count);
    coefficient[2 * n + c] = static_cast<float>(-weight * rstd * sum_g / count);
  }
  if (!dx) return;
  const auto apply = p.relu ? combine<true> : combine<false>;
  z.each([&](int64_t c, int64_t at) {
    apply(g + at, x + at, dx + at, z.rows, z.block, line + c, p.fixed ? nullptr : coefficient + n + c,
          p.fixed ? nullptr : coefficient + 2 * n + c);
  });
}

void fill_slots() {
  norm_blocks_kernel.set(kCPU, kFloat, forward);
  norm_blocks_backward_kernel.set(kCPU, kFloat, backward);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
