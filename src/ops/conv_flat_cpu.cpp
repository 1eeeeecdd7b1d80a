// Correlations of few channels with steps of two, and those that undo such steps. Every vector of results lies in a
// row, so that the source, staged with the zeros around it, needs neither masks nor gaps between rows of results. Steps
// of two: even and odd rows and columns lie apart. Results whose columns alternate between two phases: columns of the
// source are doubled instead of bringing results together, and so are weights; a broadcast pair of them, one for even
// lanes and one for odd, serves two neighbouring columns.
#include <algorithm>
#include <cstring>

#include "backend/cpu/parallel.h"
#include "backend/cpu/workspace.h"
#include "ops/conv_flat.h"

namespace lampas::cpu {
namespace {

constexpr int64_t kMostTaps = 64;  // of all phases together

/// One axis of the source as planes in which neighbouring results are neighbours: even places and odd ones, or all.
struct FlatAxis {
  CorrelationAxis a;
  int64_t plane(int64_t tap) const { return a.offset(tap) & (a.step - 1); }
  int64_t shift(int64_t tap) const { return place(a.offset(tap)); }
  /// What windows see of the planes: from here before a result's own place to there behind it.
  int64_t before() const { return place(a.least()); }
  int64_t behind() const { return place(a.most()); }
  int64_t place(int64_t at) const { return at >> (a.step - 1); }  // steps are one or two
  int64_t length() const { return place(a.in); }                  // of an even row
};

/// Two phases whose columns alternate as one of doubled columns.
struct Doubled {
  const Correlation<float>&even, &odd;
  explicit Doubled(const Correlation<float>* pair)
      : even(pair[pair->twin > 0 ? 0 : 1]), odd(pair[pair->twin > 0 ? 1 : 0]) {}
  CorrelationAxis columns() const {
    const CorrelationAxis &e = even.axis[2], &o = odd.axis[2];
    return {2 * e.in, 2 * e.out, 1, e.taps, e.first + o.first, 2 * e.spacing};
  }
  /// What a column and the next see in a source of doubled columns are neighbours.
  bool fits() const {
    const CorrelationAxis &e = even.axis[2], &o = odd.axis[2];
    return e.taps == o.taps && e.spacing == o.spacing && (o.first == e.first || o.first == e.first + 1) &&
           even.axis[1].first == odd.axis[1].first && even.axis[1].taps == odd.axis[1].taps && e.out == o.out;
  }
};

/// A phase as tiles see it.
struct FlatPhase {
  CorrelationAxis y, x;
  const float *even, *odd;  // weights
  float* dst;

  FlatPhase() = default;
  explicit FlatPhase(const Correlation<float>& c)
      : y(c.axis[1]), x(c.axis[2]), even(c.weight), odd(c.weight), dst(c.dst) {}
  explicit FlatPhase(const Doubled& d)
      : y(d.even.axis[1]), x(d.columns()), even(d.even.weight), odd(d.odd.weight), dst(d.even.dst) {}
  int64_t taps() const { return y.taps * x.taps; }
};

class FlatCorrelator {
 public:
  FlatCorrelator(const Correlation<float>* phases, int64_t count) : c_(*phases), twice_(count > 1) {
    for (int64_t p = 0; p < count; p += twice_ ? 2 : 1)
      phases_[count_++] = twice_ ? FlatPhase(Doubled(phases + p)) : FlatPhase(phases[p]);
    int64_t right = 0;
    for (int64_t p = 0; p < count_; ++p) {
      const FlatAxis y{phases_[p].y}, x{phases_[p].x};
      above_ = p ? std::min(above_, y.before()) : y.before(), below_ = p ? std::max(below_, y.behind()) : y.behind();
      left_ = std::min(left_, x.before());
      right = std::max({right, x.length(), x.behind() + x.a.out});
      all_taps_ += phases_[p].taps();
    }
    pitch_ = right - left_;
    planes_ = phases_->x.step * phases_->y.step;
    // As many rows as stay in the nearest caches, but some for every thread.
    const int64_t rows = phases_->y.out, images = c_.images * c_.groups;
    const int64_t threads = std::min<int64_t>(in_team() ? 1 : get_num_threads(), images * work() / kThreadWork + 1);
    const int64_t staged = c_.channels * planes_ * pitch_ * rows;
    // At least two vectors in each.
    blocks_ = std::clamp<int64_t>(std::max(staged / kStaged + 1, (threads + images - 1) / images), 1,
                                  std::max<int64_t>(1, rows / 2));
    plane_ = pitch_ * ((rows + blocks_ - 1) / blocks_ + below_ - above_);
    channel_ = plane_ * planes_;
    int32_t* to = taps_;
    for (int64_t p = 0; p < count_; ++p) {
      const FlatAxis y{phases_[p].y}, x{phases_[p].x};
      for (int64_t ty = 0; ty < y.a.taps; ++ty)
        for (int64_t tx = 0; tx < x.a.taps; ++tx)
          *to++ = static_cast<int32_t>((y.plane(ty) * x.a.step + x.plane(tx)) * plane_ + y.shift(ty) * pitch_ +
                                       x.shift(tx));
    }
  }

  void run() const {
    const int64_t filters = c_.groups * c_.results * c_.channels, units = c_.images * c_.groups * blocks_;
    const Workspace<float> weight(2 * filters * all_taps_);
    float* to = weight;
    for (int64_t p = 0; p < count_; ++p) {
      const int64_t n = filters * phases_[p].taps();
      flat_kernels.pair(phases_[p].even, phases_[p].odd, n, to);
      to += 2 * n;
    }
    parallel_for(units, ceil_div(kThreadWork * blocks_, work()),
                 [&](int64_t begin, int64_t end) { run_blocks(weight, begin, end); });
  }

 private:
  static constexpr int64_t kThreadWork = 1 << 18;  // multiply-adds worth a thread
  static constexpr int64_t kStaged = 24 << 10;     // values to stage at a time

  /// Multiply-adds of an image and group.
  int64_t work() const { return c_.results * c_.channels * all_taps_ * phases_->y.out * phases_->x.out; }

  void run_blocks(const float* weight, int64_t begin, int64_t end) const {
    const Workspace<float> stage(c_.channels * channel_);
    // What lies beside the planes stays so.
    std::memset(stage.data(), 0, static_cast<size_t>(c_.channels * channel_) * sizeof(float));
    const int64_t n = flat_kernels.lanes, in_row = phases_->x.out / n, rows = phases_->y.out;
    for (int64_t u = begin; u < end; ++u) {
      const int64_t image = u / blocks_, block = u % blocks_;  // image and group
      const int64_t first = block * rows / blocks_, last = (block + 1) * rows / blocks_;
      const float* const src = c_.src + image * c_.channels * c_.src_channel();
      const CorrelationAxis &y = c_.axis[1], &x = c_.axis[2];
      (twice_ ? flat_kernels.double_columns : flat_kernels.bring_apart)(
          {src, c_.channels, y.in, x.in, y.step, first + above_, last + below_, stage - left_, pitch_, plane_});
      // As equal tiles as whole vectors allow.
      const int64_t vectors = (last - first) * in_row, tiles = (vectors + kFlatVectors - 1) / kFlatVectors;
      for (int64_t t = 0; t < tiles; ++t)
        run_tile(weight, image, first, t * vectors / tiles, (t + 1) * vectors / tiles, stage - above_ * pitch_ - left_);
    }
  }

  /// Vectors [begin, end) of results from row `first_row` on.
  void run_tile(const float* weight, int64_t image, int64_t first_row, int64_t begin, int64_t end,
                const float* src) const {
    const int64_t n = flat_kernels.lanes, group = image % c_.groups, first = group * c_.results;
    const int64_t in_row = phases_->x.out / n, vectors = end - begin;
    FlatTile t;
    t.taps = taps_, t.channels = c_.channels, t.src_channel = channel_, t.to_row = c_.dst_channel;
    for (int64_t v = 0; v < vectors; ++v) {
      const int64_t row = (begin + v) / in_row, column = (begin + v) % in_row * n;
      t.from[v] = src + row * pitch_ + column;
      t.place[v] = (first_row + row) * c_.dst_stride[1] + column;
    }
    for (int64_t p = 0; p < count_; ++p, t.taps += t.tap_count) {
      const FlatPhase& phase = phases_[p];
      t.tap_count = phase.taps();
      const int64_t filter = 2 * c_.channels * t.tap_count;
      float* const to = phase.dst + image / c_.groups * c_.dst_image + first * c_.dst_channel;
      for (int64_t r = 0, here; r < c_.results; r += here) {
        here = c_.results - r >= flat_kernels.results ? flat_kernels.results : 4;
        t.weight = weight + (first + r) * filter;
        t.bias = c_.bias ? c_.bias + first + r : nullptr;
        t.to = to + r * c_.dst_channel;
        flat_kernels.tile(t, here, vectors);
      }
      weight += c_.groups * c_.results * filter;
    }
  }

  const Correlation<float>& c_;
  FlatPhase phases_[kMostPhases];
  int64_t count_ = 0;
  bool twice_;
  int64_t above_ = 0, below_ = 0, left_ = 0;  // what windows see beside a block of rows
  int64_t blocks_, planes_;
  int64_t pitch_, plane_, channel_;  // of rows, planes and channels where they are staged
  int64_t all_taps_ = 0;
  int32_t taps_[kMostTaps];
};

}  // namespace

bool flat_fits(const Correlation<float>* phases, int64_t count) {
  const int64_t n = flat_kernels.lanes;
  const Correlation<float>& c = *phases;
  const CorrelationAxis &z = c.axis[0], &y = c.axis[1], &x = c.axis[2];
  if (n == 0 || z.in != 1 || z.out != 1 || z.taps != 1 || z.first != 0 || c.results % 4 != 0 || c.channels == 0)
    return false;
  const int64_t width = count > 1 ? 2 * x.out : x.out;
  if (width % n != 0 || y.out * width < 2 * n || c.dst_stride[2] != (count > 1 ? 2 : 1)) return false;
  if (count > 1 ? count % 2 != 0 || x.in != x.out : x.step != 2 || y.step > 2 || x.in != 2 * x.out) return false;
  // Few rows of all channels are to stay in the second-level cache.
  if (c.channels * (x.in + 16) * y.step * (y.taps + 2) > (48 << 10)) return false;
  int64_t taps = 0;
  for (int64_t p = 0; p < count; ++p) {
    const Correlation<float>& q = phases[p];
    taps += q.taps();
    if (q.axis[1].out != y.out || q.axis[2].out != x.out) return false;
    for (const CorrelationAxis& a : q.axis)  // far from the plane there are zeros to stage and none to compute
      if (a.least() < -8 || a.most() + (a.out - 1) * a.step >= a.in + 8) return false;
    if (count > 1 && p % 2 == 0 && (q.twin == 0 || !Doubled(phases + p).fits())) return false;
  }
  return taps <= kMostTaps;
}

void correlate_flat(const Correlation<float>* phases, int64_t count) { FlatCorrelator(phases, count).run(); }

}  // namespace lampas::cpu
