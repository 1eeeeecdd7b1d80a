// Per-target include guard, as Highway asks for headers with vector code.
#if defined(LAMPAS_OPS_CONV_WEIGHT_ROWS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef LAMPAS_OPS_CONV_WEIGHT_ROWS_INL_H
#undef LAMPAS_OPS_CONV_WEIGHT_ROWS_INL_H
#else
#define LAMPAS_OPS_CONV_WEIGHT_ROWS_INL_H
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstdint>

#include "ops/conv_images-inl.h"
#include "ops/conv_rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

/// dweight and dbias with positions in the lanes: source rows are gathered once for each tap of a row, so that they run
/// beside those of dy, which are read where they lie. What is left over of a vector is done by itself, with everything
/// past the results zero: an infinite source value reaches only the taps that see it.
template <class T>
class RowWeightSums {
 public:
  RowWeightSums(const cpu::Correlation<T>& c, const T* dy, T* dweight, T* dbias)
      : c_(c),
        layout_(c.axis, true, false),
        dy_(dy),
        dweight_(dweight),
        dbias_(dbias),
        lanes_(lanes_of<T>()),
        depth_(c.taps() * c.channels),
        results_((c.results + kDotSide - 1) / kDotSide) {
    // What a tile reads stays in the first-level cache.
    constexpr int64_t kPositions = 640;
    const int64_t blocks = (c.axis[1].out * c.axis[2].out + kPositions - 1) / kPositions;
    rows_ = std::max<int64_t>(1, (c.axis[1].out + blocks - 1) / blocks);
    blocks_ = (c.axis[1].out + rows_ - 1) / rows_;
    // Two images to each load and store of the sums.
    images_ = blocks_ == 1 && c.groups == 1 && c.axis[0].out == 1 && c.images % 2 == 0 ? 2 : 1;
    units_ = c_.images / images_ * c_.groups * c_.axis[0].out * blocks_;
    layout_.set_block<T>(rows_, 1);
  }

  void run() const {
    const int64_t sums = c_.groups * c_.results * (depth_ + 1) * lanes_;
    const int64_t work = images_ * rows_ * c_.axis[2].out * c_.results * depth_;
    const int64_t threads = cpu::in_team() ? 1 : std::clamp<int64_t>(units_ * work >> 18, 1, get_num_threads());
    const cpu::Workspace<T> all(threads * sums);
    cpu::parallel_for(threads, 1, [&](int64_t begin, int64_t end) {
      const cpu::Workspace<T> source(images_ * layout_.channel + 64);
      for (int64_t t = begin; t < end; ++t) {
        std::fill_n(all + t * sums, sums, T(0));
        for (int64_t u = units_ * t / threads; u < units_ * (t + 1) / threads; ++u) run_unit(u, source, all + t * sums);
      }
    });
    cpu::parallel_for(c_.groups * c_.results, (cpu::kGrain / 4) / (depth_ * threads) + 1,
                      [&](int64_t begin, int64_t end) {
                        for (int64_t r = begin; r < end; ++r) store(r, all, sums, threads);
                      });
  }

 private:
  void run_unit(int64_t u, T* source, T* sums) const {
    const cpu::CorrelationAxis &az = c_.axis[0], &ay = c_.axis[1], &ax = c_.axis[2];
    const int64_t row = u % blocks_ * rows_, rows = std::min(rows_, ay.out - row);
    const int64_t slice = u / blocks_ % az.out, group = u / blocks_ / az.out % c_.groups,
                  image = u / blocks_ / az.out / c_.groups * images_;
    const int64_t positions = rows * ax.out, dy_channel = az.out * ay.out * ax.out;
    const T* dy = dy_ + (image * c_.groups + group) * c_.results * dy_channel + (slice * ay.out + row) * ax.out;
    T* own = sums + group * c_.results * (depth_ + 1) * lanes_;
    // The dy that follows, where it is one run of memory, is asked for between the tiles.
    constexpr int64_t kLine = 64 / sizeof(T);
    const int64_t values = images_ * c_.results * dy_channel;
    const T *ahead = dy + values, *const last =
                                      rows == ay.out && az.out == 1 && u + 1 < units_ ? ahead + values : ahead;
    const int64_t share = values / (c_.channels * results_ * az.taps * ay.taps) / kLine * kLine + kLine;
    for (int64_t k = 0; k < c_.channels; ++k) {
      for (int64_t m = 0; m < images_; ++m)
        fill_rows(c_, layout_, image + m, 1, group * c_.channels + k, group * c_.channels + k + 1, slice, row, rows,
                  source + m * layout_.channel);
      for (int64_t i = 0; i < results_; ++i) {
        const int64_t first = c_.results * i / results_, m = c_.results * (i + 1) / results_ - first;
        for (int64_t tz = 0; tz < az.taps; ++tz)
          for (int64_t ty = 0; ty < ay.taps; ++ty) {
            DotArgs<T> t;
            t.dy = dy + first * dy_channel, t.dy_result = dy_channel;
            t.x = source + layout_.offset(tz, ty, 0), t.x_column = layout_.plane;
            t.sums_row = (depth_ + 1) * lanes_;
            t.sums = own + first * t.sums_row + ((k * az.taps + tz) * ay.taps + ty) * ax.taps * lanes_;
            t.width = t.dy_step = t.x_step = lanes_;
            t.rows = images_, t.columns = positions / lanes_;
            t.dy_row = c_.results * dy_channel, t.x_row = layout_.channel;
            for (const T* const end = std::min(ahead + share, last); ahead < end; ahead += kLine)
              __builtin_prefetch(ahead, 0, 2);
            const int64_t parts = (ax.taps + kDotSide - 1) / kDotSide;
            for (int64_t p = 0; p < parts; ++p) {
              const int64_t tx = ax.taps * p / parts, count = ax.taps * (p + 1) / parts - tx;
              DotArgs<T> part = t;
              part.x += tx * layout_.plane, part.sums += tx * lanes_;
              if (t.columns) DotTable<T>::run(m, count, part);
              for (int64_t e = 0; e < images_; ++e, part.dy += t.dy_row, part.x += t.x_row)
                add_rest(part, m, count, positions % lanes_);
            }
          }
        // Of values that the sums above have brought into the first-level cache.
        for (int64_t e = 0; dbias_ && k == 0 && e < images_; ++e)
          add_bias(dy + (e * c_.results + first) * dy_channel, dy_channel, m, positions,
                   own + first * (depth_ + 1) * lanes_);
      }
    }
  }

  /// The last, partial vector of positions.
  void add_rest(const DotArgs<T>& t, int64_t results, int64_t columns, int64_t rest) const {
    namespace hn = hwy::HWY_NAMESPACE;
    const hn::ScalableTag<T> d;
    if (rest == 0) return;
    const auto mask = hn::FirstN(d, static_cast<size_t>(rest));
    const T *dy = t.dy + t.columns * lanes_, *x = t.x + t.columns * lanes_;
    for (int64_t j = 0; j < columns; ++j) {
      const auto q = hn::MaskedLoad(mask, d, x + j * t.x_column);
      for (int64_t i = 0; i < results; ++i) {
        T* to = t.sums + i * t.sums_row + j * lanes_;
        hn::StoreU(hn::MulAdd(hn::MaskedLoad(mask, d, dy + i * t.dy_result), q, hn::LoadU(d, to)), d, to);
      }
    }
  }

  /// The sums towards the bias lie behind those towards the weight.
  void add_bias(const T* dy, int64_t dy_channel, int64_t results, int64_t positions, T* sums) const {
    namespace hn = hwy::HWY_NAMESPACE;
    const hn::ScalableTag<T> d;
    for (int64_t i = 0; i < results; ++i, dy += dy_channel) {
      T* to = sums + (i * (depth_ + 1) + depth_) * lanes_;
      auto even = hn::LoadU(d, to), odd = hn::Zero(d);
      int64_t p = 0;
      for (; p + 2 * lanes_ <= positions; p += 2 * lanes_) {
        even = hn::Add(even, hn::LoadU(d, dy + p));
        odd = hn::Add(odd, hn::LoadU(d, dy + p + lanes_));
      }
      for (; p < positions; p += lanes_)
        odd = hn::Add(odd,
                      hn::MaskedLoad(hn::FirstN(d, static_cast<size_t>(std::min(lanes_, positions - p))), d, dy + p));
      hn::StoreU(hn::Add(even, odd), d, to);
    }
  }

  void store(int64_t result, const T* all, int64_t sums, int64_t threads) const {
    namespace hn = hwy::HWY_NAMESPACE;
    const hn::ScalableTag<T> d;
    const T* at = all + result * (depth_ + 1) * lanes_;
    const auto total = [&](int64_t k) HWY_ATTR {
      auto sum = hn::LoadU(d, at + k * lanes_);
      for (int64_t t = 1; t < threads; ++t) sum = hn::Add(sum, hn::LoadU(d, at + t * sums + k * lanes_));
      return hn::GetLane(hn::SumOfLanes(d, sum));
    };
    for (int64_t k = 0; k < depth_; ++k) dweight_[result * depth_ + k] = total(k);
    if (dbias_) dbias_[result] = total(depth_);
  }

  const cpu::Correlation<T>& c_;
  RowLayout layout_;
  const T* dy_;
  T *dweight_, *dbias_;
  int64_t lanes_, depth_, results_;  // results_: tiles of results
  int64_t rows_, blocks_, units_;    // output rows of a unit, units of a depth slice, units in all
  int64_t images_;                   // of a unit
};

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#endif
