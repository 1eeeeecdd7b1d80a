// Derivatives towards weights of few channels: dy times windows of the source that are laid out in one piece.
#include <algorithm>
#include <cstdint>

#include "backend/cpu/parallel.h"
#include "backend/cpu/tile_copy.h"
#include "backend/cpu/workspace.h"
#include "ops/conv_correlation.h"

namespace lampas::cpu {
namespace {

/// dweight and dbias as products of dy, which is read where it lies, with the windows of the source. Those are laid out
/// as [output column][source row][tap of a row][channel]: a window is then one run of memory, and those of a column
/// overlap. Sums are as many as the weight has values, so that they stay in the second-level cache.
class WindowWeightSums {
 public:
  WindowWeightSums(const Correlation<float>& c, const float* dy, float* dweight, float* dbias)
      : c_(c),
        y_(c.axis[1]),
        x_(c.axis[2]),
        dy_(dy),
        dweight_(dweight),
        dbias_(dbias),
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
    // A line for sums towards the bias; an odd number of lines, so that rows do not fall on one another in the cache.
    pitch_ = (((depth_ + kLine - 1) / kLine + 1) | 1) * kLine;
  }

  void run() const {
    const int64_t results = c_.groups * c_.results, sums = results * pitch_;
    const int64_t work = rows_ * x_.out * c_.results * depth_;
    const int64_t threads = in_team() ? 1 : std::clamp<int64_t>(units_ * work >> 18, 1, get_num_threads());
    const Workspace<float> all(threads * sums);
    const Workspace<int32_t> offsets(rows_ * x_.out);
    for (int64_t r = 0; r < rows_; ++r)
      for (int64_t i = 0; i < x_.out; ++i)
        offsets[r * x_.out + i] = static_cast<int32_t>((i * height_ + r * y_.step) * column_);
    parallel_for(threads, 1, [&](int64_t begin, int64_t end) {
      const Workspace<float> turned(height_ * width_ * c_.channels);
      const Workspace<float> windows(x_.out * height_ * column_);
      for (int64_t t = begin; t < end; ++t) {
        std::fill_n(all + t * sums, sums, 0.f);
        for (int64_t u = units_ * t / threads; u < units_ * (t + 1) / threads; ++u)
          run_unit(u, offsets, turned, windows, all + t * sums);
      }
    });
    parallel_for(results, (kGrain / 4) / (depth_ * threads) + 1, [&](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r) store(r, all, sums, threads);
    });
  }

 private:
  static constexpr int64_t kLine = 64 / sizeof(float);

  void run_unit(int64_t u, const int32_t* offsets, float* turned, float* windows, float* sums) const {
    const int64_t row = u % blocks_ * rows_, rows = std::min(rows_, y_.out - row);
    const int64_t group = u / blocks_ % c_.groups, image = u / blocks_ / c_.groups;
    const int64_t plane = y_.out * x_.out, first = group * c_.results;
    const int64_t source = c_.channels * y_.in * x_.in;
    const float* dy = dy_ + (image * c_.groups + group) * c_.results * plane + row * x_.out;
    const float* from = c_.src + (image * c_.groups + group) * source;
    fill_windows(from, row, rows, turned, windows);
    if (dbias_) add_bias(dy, rows * x_.out, sums + (first + 1) * pitch_ - kLine);
    WindowProduct w{};
    w.dy = dy, w.dy_row = plane, w.results = c_.results, w.positions = rows * x_.out;
    w.windows = windows, w.offsets = offsets, w.depth = depth_;
    w.sums = sums + first * pitch_, w.pitch = pitch_;
    if (blocks_ == 1 && u + 1 < units_) {
      w.next[0] = dy + c_.results * plane, w.values[0] = c_.results * plane;
      w.next[1] = from + source, w.values[1] = source;
    }
    add_window_product(w);
  }

  /// `from`: the channels of a group of an image.
  void fill_windows(const float* from, int64_t row, int64_t rows, float* turned, float* windows) const {
    constexpr int64_t kItem = sizeof(float);
    const int64_t channels = c_.channels, plane = y_.in * x_.in, line = width_ * channels;
    const int64_t at = row * y_.step + y_.first, height = (rows - 1) * y_.step + y_.taps;
    const int64_t top = std::clamp<int64_t>(-at, 0, height), end = std::clamp<int64_t>(y_.in - at, top, height);
    const int64_t left = std::clamp<int64_t>(-x_.first, 0, width_);
    const int64_t right = std::clamp<int64_t>(x_.in - x_.first, left, width_);
    // The source and the zeros around it, channels side by side.
    const bool whole = width_ == x_.in && x_.first == 0;
    if (!whole || top > 0 || end < height) std::fill_n(turned, height * line, 0.f);
    for (int64_t y = top; y < end; y += whole ? end - top : 1)
      tile_copy(kItem)({reinterpret_cast<char*>(turned + y * line + left * channels), kItem, channels * kItem},
                       {reinterpret_cast<char*>(const_cast<float*>(from + (at + y) * x_.in + x_.first + left)),
                        plane * kItem, kItem},
                       channels, whole ? (end - top) * x_.in : right - left);
    for (int64_t i = 0; i < x_.out; ++i)
      for (int64_t y = 0; y < height; ++y)
        copy_functions.row(reinterpret_cast<char*>(windows + (i * height_ + y) * column_),
                           reinterpret_cast<const char*>(turned + y * line + i * x_.step * channels), column_ * kItem);
  }

  void add_bias(const float* dy, int64_t positions, float* sums) const {
    for (int64_t i = 0; i < c_.results; ++i, dy += y_.out * x_.out, sums += pitch_) {
      int64_t p = 0;
      for (; p + kLine <= positions; p += kLine)
        for (int64_t e = 0; e < kLine; ++e) sums[e] += dy[p + e];
      for (; p < positions; ++p) sums[0] += dy[p];
    }
  }

  [[gnu::noinline]] void store(int64_t result, float* all, int64_t sums, int64_t threads) const {
    float* from = all + result * pitch_;
    for (int64_t t = 1; t < threads; ++t)
      for (int64_t i = 0; i < pitch_; ++i) from[i] += from[t * sums + i];
    float bias = 0;
    for (int64_t e = 1; e <= kLine; ++e) bias += from[pitch_ - e];
    if (dbias_) dbias_[result] = bias;
    const int64_t taps = x_.taps * y_.taps;
    for (int64_t tap = 0; tap < taps; ++tap)
      for (int64_t k = 0; k < c_.channels; ++k) dweight_[result * depth_ + k * taps + tap] = *from++;
  }

  const Correlation<float>& c_;
  const CorrelationAxis &y_, &x_;
  const float* dy_;
  float *dweight_, *dbias_;
  int64_t width_, column_, depth_;  // source columns under a row of results; values of a row of taps, of all taps
  int64_t rows_, blocks_, units_;   // output rows of a unit, units of an image, units in all
  int64_t height_, pitch_;          // source rows of a unit; distance between rows of sums
};

}  // namespace

void correlate_weight_windows(const Correlation<float>& c, const float* dy, float* dweight, float* dbias) {
  WindowWeightSums(c, dy, dweight, dbias).run();
}

}  // namespace lampas::cpu
