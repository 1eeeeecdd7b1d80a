// Per-target include guard, as Highway asks for headers with vector code.
#if defined(LAMPAS_OPS_CONV_WEIGHT_WINDOWS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef LAMPAS_OPS_CONV_WEIGHT_WINDOWS_INL_H
#undef LAMPAS_OPS_CONV_WEIGHT_WINDOWS_INL_H
#else
#define LAMPAS_OPS_CONV_WEIGHT_WINDOWS_INL_H
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstdint>

#include "backend/cpu/gemm_tile-inl.h"
#include "backend/cpu/parallel.h"
#include "backend/cpu/tile_copy.h"
#include "backend/cpu/vec_io-inl.h"
#include "backend/cpu/workspace.h"
#include "ops/conv_correlation.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

/// dweight and dbias as products of dy, which is read where it lies, with the windows of the source. Those are laid out
/// as [output column][source row][tap of a row][channel]: a window is then one run of memory, and those of a column
/// overlap. Sums are as many as the weight has values, so that they stay in the second-level cache.
class WindowWeightSums {
  using D = hwy::HWY_NAMESPACE::ScalableTag<float>;

 public:
  WindowWeightSums(const cpu::Correlation<float>& c, const float* dy, float* dweight, float* dbias)
      : c_(c),
        y_(c.axis[1]),
        x_(c.axis[2]),
        dy_(dy),
        dweight_(dweight),
        dbias_(dbias),
        lanes_(static_cast<int64_t>(hwy::HWY_NAMESPACE::Lanes(D()))),
        width_((x_.out - 1) * x_.step + x_.taps),
        column_(x_.taps * c.channels),
        depth_(y_.taps * column_) {
    // What a tile reads of the windows stays in the first-level cache.
    constexpr int64_t kPositions = 128;
    const int64_t blocks = std::min((y_.out * x_.out + kPositions - 1) / kPositions, y_.out);
    rows_ = (y_.out + blocks - 1) / blocks;
    blocks_ = (y_.out + rows_ - 1) / rows_;
    units_ = c.images * c.groups * blocks_;
    height_ = (rows_ - 1) * y_.step + y_.taps;
    // An odd number of cache lines, so that rows do not fall on one another in the cache.
    pitch_ = ((depth_ + kLine - 1) / kLine | 1) * kLine;
  }

  void run() const {
    const int64_t results = c_.groups * c_.results, sums = results * (pitch_ + (dbias_ ? lanes_ : 0));
    const int64_t work = rows_ * x_.out * c_.results * depth_;
    const int64_t threads = cpu::in_team() ? 1 : std::clamp<int64_t>(units_ * work >> 18, 1, get_num_threads());
    const cpu::Workspace<float> all(threads * sums);
    const cpu::Workspace<int32_t> offsets(rows_ * x_.out);
    for (int64_t r = 0; r < rows_; ++r)
      for (int64_t i = 0; i < x_.out; ++i)
        offsets[r * x_.out + i] = static_cast<int32_t>((i * height_ + r * y_.step) * column_);
    cpu::parallel_for(threads, 1, [&](int64_t begin, int64_t end) {
      // Copies write up to a vector more, and read as much.
      const cpu::Workspace<float> turned(height_ * width_ * c_.channels + lanes_);
      const cpu::Workspace<float> windows(x_.out * height_ * column_ + lanes_);
      for (int64_t t = begin; t < end; ++t) {
        std::fill_n(all + t * sums, sums, 0.f);
        for (int64_t u = units_ * t / threads; u < units_ * (t + 1) / threads; ++u)
          run_unit(u, offsets, turned, windows, all + t * sums);
      }
    });
    cpu::parallel_for(results, (cpu::kGrain / 4) / (depth_ * threads) + 1, [&](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r) store(r, all, sums, threads);
    });
  }

 private:
  static constexpr int64_t kLine = 64 / sizeof(float);

  void run_unit(int64_t u, const int32_t* offsets, float* turned, float* windows, float* sums) const {
    const int64_t row = u % blocks_ * rows_, rows = std::min(rows_, y_.out - row);
    const int64_t group = u / blocks_ % c_.groups, image = u / blocks_ / c_.groups;
    const int64_t plane = y_.out * x_.out, first = group * c_.results;
    const float* dy = dy_ + (image * c_.groups + group) * c_.results * plane + row * x_.out;
    fill_windows(image, group, row, rows, turned, windows);
    if (dbias_) add_bias(dy, rows * x_.out, sums + c_.groups * c_.results * pitch_ + first * lanes_);
    const int64_t panels = (c_.results + kTileRows - 1) / kTileRows;
    cpu::TileArgs<float> t{};
    t.k = rows * x_.out;
    t.a_row = plane, t.a_step = 1;
    t.b_offsets = offsets;
    t.init_row = t.c_row = pitch_;
    // The image that follows is asked for between the tiles.
    const bool more = blocks_ == 1 && u + 1 < units_;
    const int64_t source = c_.channels * y_.in * x_.in, tiles = panels * (depth_ / tile_columns<float>() + 1);
    Ahead ahead_y(more ? dy + c_.results * plane : nullptr, c_.results * plane / tiles);
    Ahead ahead_x(more ? c_.src + (image * c_.groups + group + 1) * source : nullptr, source / tiles);
    for (int64_t j = 0; j < depth_; j += t.columns) {
      t.columns = next_columns<float>(depth_ - j);
      t.b = windows + j;
      for (int64_t p = 0; p < panels; ++p) {
        ahead_y.ask(), ahead_x.ask();
        const int64_t i = c_.results * p / panels, m = c_.results * (p + 1) / panels - i;
        t.a = dy + i * plane;
        t.init = t.c = sums + (first + i) * pitch_ + j;
        TileTable<float, DenseRows, IndexedColumns>::at(m, t.columns)(t);
      }
    }
  }

  /// Memory that is asked for little by little.
  struct Ahead {
    const float* at;
    int64_t values;
    Ahead(const float* first, int64_t share) : at(first), values(share / kLine * kLine + kLine) {}
    HWY_INLINE void ask() {
      if (!at) return;
      for (int64_t i = 0; i < values; i += kLine) __builtin_prefetch(at + i, 0, 2);
      at += values;
    }
  };

  void fill_windows(int64_t image, int64_t group, int64_t row, int64_t rows, float* turned, float* windows) const {
    constexpr int64_t kItem = sizeof(float);
    const int64_t channels = c_.channels, plane = y_.in * x_.in, line = width_ * channels;
    const int64_t at = row * y_.step + y_.first, height = (rows - 1) * y_.step + y_.taps;
    const int64_t top = std::clamp<int64_t>(-at, 0, height), end = std::clamp<int64_t>(y_.in - at, top, height);
    const int64_t left = std::clamp<int64_t>(-x_.first, 0, width_);
    const int64_t right = std::clamp<int64_t>(x_.in - x_.first, left, width_);
    // The source and the zeros around it, channels side by side.
    std::fill_n(turned, top * line, 0.f);
    std::fill(turned + end * line, turned + height * line, 0.f);
    const bool whole = width_ == x_.in && x_.first == 0;
    const float* from = c_.src + (image * c_.groups + group) * channels * plane + x_.first + left;
    for (int64_t y = top; y < end; y += whole ? end - top : 1) {
      float* to = turned + y * line;
      if (!whole) {
        std::fill_n(to, left * channels, 0.f);
        std::fill(to + right * channels, to + line, 0.f);
      }
      cpu::tile_copy(kItem)(
          {reinterpret_cast<char*>(to + left * channels), kItem, channels * kItem},
          {reinterpret_cast<char*>(const_cast<float*>(from + (at + y) * x_.in)), plane * kItem, kItem}, channels,
          whole ? (end - top) * x_.in : right - left);
    }
    for (int64_t i = 0; i < x_.out; ++i)
      for (int64_t y = 0; y < height; ++y)
        copy(turned + y * line + i * x_.step * channels, column_, windows + (i * height_ + y) * column_);
  }
  /// Whole vectors, short ones of which fewer end in another cache line: what is written too much is overwritten by
  /// what follows.
  HWY_INLINE void copy(const float* from, int64_t n, float* to) const {
    namespace hn = hwy::HWY_NAMESPACE;
    const hn::CappedTag<float, 8> d;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    for (int64_t i = 0; i < n; i += lanes) hn::StoreU(hn::LoadU(d, from + i), d, to + i);
  }

  void add_bias(const float* dy, int64_t positions, float* sums) const {
    namespace hn = hwy::HWY_NAMESPACE;
    const D d;
    const int64_t whole = positions / lanes_ * lanes_;
    const auto rest = hn::FirstN(d, static_cast<size_t>(positions - whole));
    for (int64_t i = 0; i < c_.results; ++i, dy += y_.out * x_.out, sums += lanes_) {
      auto sum = hn::LoadU(d, sums);
      if (whole < positions) sum = hn::Add(sum, load_where(rest, d, dy + whole));
      for (int64_t p = 0; p < whole; p += lanes_) sum = hn::Add(sum, hn::LoadU(d, dy + p));
      hn::StoreU(sum, d, sums);
    }
  }

  void store(int64_t result, float* all, int64_t sums, int64_t threads) const {
    namespace hn = hwy::HWY_NAMESPACE;
    const D d;
    const auto add_up = [&](float* first, int64_t n) HWY_ATTR {
      for (int64_t t = 1; t < threads; ++t)
        for (int64_t i = 0; i < n; i += lanes_)
          hn::StoreU(hn::Add(hn::LoadU(d, first + i), hn::LoadU(d, first + t * sums + i)), d, first + i);
    };
    float* from = all + result * pitch_;
    add_up(from, pitch_);
    const int64_t taps = x_.taps * y_.taps;
    for (int64_t tap = 0; tap < taps; ++tap, from += c_.channels)
      for (int64_t k = 0; k < c_.channels; ++k) dweight_[result * depth_ + k * taps + tap] = from[k];
    if (!dbias_) return;
    from = all + c_.groups * c_.results * pitch_ + result * lanes_;
    add_up(from, lanes_);
    dbias_[result] = hn::GetLane(hn::SumOfLanes(d, hn::LoadU(d, from)));
  }

  const cpu::Correlation<float>& c_;
  const cpu::CorrelationAxis &y_, &x_;
  const float* dy_;
  float *dweight_, *dbias_;
  int64_t lanes_, width_, column_, depth_;  // source columns under a row of results; values of a row of taps, of all
  int64_t rows_, blocks_, units_;           // output rows of a unit, units of an image, units in all
  int64_t height_, pitch_;                  // source rows of a unit; distance between rows of sums
};

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#endif
