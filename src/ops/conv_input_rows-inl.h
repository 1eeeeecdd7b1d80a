// Per-target include guard, as Highway asks for headers with vector code.
#if defined(LAMPAS_OPS_CONV_INPUT_ROWS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef LAMPAS_OPS_CONV_INPUT_ROWS_INL_H
#undef LAMPAS_OPS_CONV_INPUT_ROWS_INL_H
#else
#define LAMPAS_OPS_CONV_INPUT_ROWS_INL_H
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstdint>

#include "backend/cpu/gemm_tile-inl.h"
#include "backend/cpu/parallel.h"
#include "backend/cpu/vec_io-inl.h"
#include "backend/cpu/workspace.h"
#include "ops/conv_correlation.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

/// The derivative towards few input channels. Taps of a row are results of their own at first: each is a sum over
/// output channels and taps of a column, a product of the filters with rows of dy as they lie, run together over row
/// ends so that no lane is wasted. The taps' sums, each shifted to where it belongs, are then added up once, not once
/// for every output channel.
class InputRows {
  using D = hn::ScalableTag<float>;
  using V = hn::Vec<D>;

 public:
  InputRows(const ConvShape& s, const float* dy, const float* weight, const float* bias, float* dx)
      : s_(s),
        dy_(dy),
        weight_(weight),
        bias_(bias),
        dx_(dx),
        lanes_(static_cast<int64_t>(hn::Lanes(D()))),
        columns_(s.out[2]),
        depth_(s.out_channels * s.kernel[1]),
        results_(s.in_channels * s.kernel[2]) {
    constexpr int64_t kSums = 40 << 10;  // values that stay in the second-level cache beside dy
    rows_ = std::clamp<int64_t>(kSums / (results_ * columns_), 1, cpu::ceil_div(s.in[1], s.stride[1]));
    const int64_t threads = cpu::in_team() ? 1 : get_num_threads();
    // A row's sums do not depend on how rows are parted.
    if (const int64_t parts = cpu::ceil_div(threads, s.batch * s.stride[1]); parts > 1)
      rows_ = std::min(rows_, cpu::ceil_div(cpu::ceil_div(s.in[1], s.stride[1]), parts));
    parts_ = cpu::ceil_div(cpu::ceil_div(s.in[1], s.stride[1]), rows_);
  }

  void run() const {
    const cpu::Workspace<float> weight(results_ * depth_);
    const cpu::Workspace<int32_t> offsets(depth_);
    const cpu::Workspace<float> zeros(tile_columns<float>());
    std::fill_n(zeros.data(), tile_columns<float>(), 0.f);
    pack(weight, offsets);
    const int64_t work = rows_ * columns_ * results_ * depth_ / s_.stride[1];
    cpu::parallel_for(s_.batch * s_.stride[1] * parts_, (int64_t{1} << 18) / work + 1, [&](int64_t begin, int64_t end) {
      // Vectors that stick out of a row are masked, but need an address before and behind the sums.
      const cpu::Workspace<float> sums(results_ * rows_ * columns_ + 2 * lanes_);
      for (int64_t u = begin; u < end; ++u) {
        const Phase p(s_, u / parts_ % s_.stride[1]);
        const int64_t first = u % parts_ * rows_, last = std::min(first + rows_, p.rows);
        if (first < last) run_unit(p, u / parts_ / s_.stride[1], first, last, {weight, offsets, zeros, sums + lanes_});
      }
    });
  }

 private:
  /// Rows of dx that see the same taps of a column, `stride` apart. Tap j of row r is at row `at + r - j * step` of dy.
  struct Phase {
    int64_t first, rows, at, step, taps, depth;  // depth: where its steps of k begin
    Phase(const ConvShape& s, int64_t phase) : depth(0) {
      for (int64_t p = 0; p < phase; ++p)
        depth += cpu::PhaseTaps(s.kernel[1], s.stride[1], s.dilation[1], p).count * s.out_channels;
      const cpu::PhaseTaps t(s.kernel[1], s.stride[1], s.dilation[1], phase);
      const int64_t begin = cpu::ceil_div(s.padding[1] - phase, s.stride[1]);
      first = phase + s.stride[1] * begin - s.padding[1];
      rows = first < s.in[1] ? (s.in[1] - 1 - first) / s.stride[1] + 1 : 0;
      at = begin - (t.first * s.dilation[1] - phase) / s.stride[1];
      step = t.every * s.dilation[1] / s.stride[1];
      taps = t.count;
    }
    /// Taps [begin, end) of a row are inside dy, which has `in` rows.
    int64_t begin(int64_t r, int64_t in) const {
      return std::clamp<int64_t>(cpu::ceil_div(at + r - (in - 1), step), 0, taps);
    }
    int64_t end(int64_t r, int64_t in) const {
      return std::clamp<int64_t>(cpu::floor_div(at + r, step) + 1, begin(r, in), taps);
    }
  };
  struct Scratch {
    const float* weight;
    const int32_t* offsets;
    const float* zeros;
    float* sums;
  };

  /// [input channel][tap of a row][phase][tap of a column][output channel], and where each step of k reads dy.
  void pack(float* weight, int32_t* offsets) const {
    const int64_t co = s_.out_channels, ky = s_.kernel[1], kx = s_.kernel[2], plane = s_.out[1] * columns_;
    int64_t k = 0;
    for (int64_t phase = 0; phase < s_.stride[1]; ++phase) {
      const cpu::PhaseTaps t(ky, s_.stride[1], s_.dilation[1], phase);
      const int64_t step = t.every * s_.dilation[1] / s_.stride[1];
      for (int64_t j = 0; j < t.count; ++j)
        for (int64_t o = 0; o < co; ++o, ++k) {
          offsets[k] = static_cast<int32_t>(o * plane - j * step * columns_);
          const float* from = weight_ + (o * s_.in_channels * ky + t.first + j * t.every) * kx;
          for (int64_t c = 0; c < s_.in_channels; ++c)
            for (int64_t x = 0; x < kx; ++x) weight[(c * kx + x) * depth_ + k] = from[c * ky * kx + x];
        }
    }
  }

  void run_unit(const Phase& p, int64_t image, int64_t first, int64_t last, const Scratch& scratch) const {
    const int64_t in = s_.out[1];
    for (int64_t row = first, next; row < last; row = next) {  // rows that see the same taps
      const int64_t begin = p.begin(row, in), end = p.end(row, in);
      for (next = row + 1; next < last && p.begin(next, in) == begin && p.end(next, in) == end;) ++next;
      sum_rows(p, image, row, next - row, begin, end, scratch, (last - first) * columns_,
               scratch.sums + (row - first) * columns_);
    }
    s_.stride[2] == 1 ? finish<1>(p, image, first, last, scratch.sums) : finish<2>(p, image, first, last, scratch.sums);
  }

  void sum_rows(const Phase& p, int64_t image, int64_t row, int64_t rows, int64_t begin, int64_t end,
                const Scratch& scratch, int64_t ld, float* sums) const {
    constexpr int64_t kDepth = 288;  // steps of k at a time: the operands of a tile stay in the first-level cache
    const int64_t width = rows * columns_, co = s_.out_channels;
    if (begin == end)
      for (int64_t r = 0; r < results_; ++r) std::fill_n(sums + r * ld, width, 0.f);
    const int64_t panels = (results_ + kTileRows - 1) / kTileRows, panel = (results_ + panels - 1) / panels;
    for (int64_t k = begin * co; k < end * co; k += kDepth) {
      cpu::TileArgs<float> t{};
      t.k = std::min(kDepth, end * co - k);
      t.a_row = depth_, t.a_step = 1;
      t.b_offsets = scratch.offsets + p.depth + k;
      t.c_row = ld;
      for (int64_t j = 0; j < width; j += t.columns) {
        t.columns = next_columns<float>(width - j);
        t.b = dy_ + image * co * s_.out[1] * columns_ + (p.at + row) * columns_ + j;
        for (int64_t i = 0; i < results_; i += panel) {
          t.a = scratch.weight + i * depth_ + p.depth + k;
          t.c = sums + i * ld + j;
          t.init = k > begin * co ? t.c : scratch.zeros;
          t.init_row = k > begin * co ? ld : 0;
          TileTable<float, DenseRows, IndexedColumns>::at(std::min(panel, results_ - i), t.columns)(t);
        }
      }
    }
  }

  /// Rows of dx from the sums of their taps. Columns a stride apart see the same taps.
  template <int kStride>
  void finish(const Phase& p, int64_t image, int64_t first, int64_t last, const float* sums) const {
    const D d;
    const int64_t width = s_.in[2], kx = s_.kernel[2], ld = (last - first) * columns_;
    const auto some = [&](int64_t n)
                          HWY_ATTR { return hn::FirstN(d, static_cast<size_t>(std::clamp<int64_t>(n, 0, lanes_))); };
    for (int64_t x = 0; x < width; x += kStride * lanes_) {
      int64_t at[kStride][cpu::kInputRowTaps], count[kStride] = {};
      hn::Mask<D> mask[kStride][cpu::kInputRowTaps];
      for (int e = 0; e < kStride; ++e)
        for (int64_t tap = 0; tap < kx; ++tap) {
          const int64_t seen = x + e + s_.padding[2] - tap * s_.dilation[2], column = cpu::floor_div(seen, kStride);
          if (column * kStride != seen || column <= -lanes_ || column >= columns_) continue;
          mask[e][count[e]] = hn::AndNot(some(-column), some(columns_ - column));
          at[e][count[e]++] = tap * ld + column;
        }
      for (int64_t c = 0; c < s_.in_channels; ++c) {
        const V start = hn::Set(d, bias_ ? bias_[c] : 0.f);
        for (int64_t row = first; row < last; ++row) {
          const float* from = sums + c * kx * ld + (row - first) * columns_;
          float* to = dx_ + ((image * s_.in_channels + c) * s_.in[1] + p.first + row * s_.stride[1]) * width + x;
          V sum[kStride];
          LAMPAS_UNROLL for (int e = 0; e < kStride; ++e) {
            sum[e] = start;
            for (int64_t t = 0; t < count[e]; ++t) sum[e] = hn::Add(sum[e], load_where(mask[e][t], d, from + at[e][t]));
          }
          if constexpr (kStride == 1) {
            store_some(d, sum[0], to, width - x);
          } else {
            HWY_ALIGN float pairs[2 * hn::MaxLanes(D())];
            const bool whole = width - x >= 2 * lanes_;
            hn::StoreInterleaved2(sum[0], sum[1], d, whole ? to : pairs);
            if (!whole) std::copy_n(pairs, width - x, to);
          }
        }
      }
    }
  }

  const ConvShape s_;
  const float *dy_, *weight_, *bias_;
  float* dx_;
  int64_t lanes_, columns_, depth_, results_;
  int64_t rows_, parts_;  // rows of a phase taken at a time, and how often
};

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#endif
