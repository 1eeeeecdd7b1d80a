// Per-target include guard, as Highway asks for headers with vector code.
#if defined(LAMPAS_OPS_CONV_CORRELATION_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef LAMPAS_OPS_CONV_CORRELATION_INL_H
#undef LAMPAS_OPS_CONV_CORRELATION_INL_H
#else
#define LAMPAS_OPS_CONV_CORRELATION_INL_H
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstdint>
#include <limits>

#include "backend/cpu/gemm_tile-inl.h"
#include "backend/cpu/parallel.h"
#include "backend/cpu/workspace.h"
#include "ops/conv_rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

/// The axis whose taps are the source positions that any phase sees, for as many results as the longest has.
template <class T>
cpu::CorrelationAxis union_of(const cpu::Correlation<T>* phases, int64_t count, int d) {
  cpu::CorrelationAxis u = phases->axis[d];
  if (count == 1) return u;
  int64_t least = u.least(), most = u.most();
  for (int64_t p = 1; p < count; ++p) {
    const cpu::CorrelationAxis& a = phases[p].axis[d];
    least = std::min(least, a.least()), most = std::max(most, a.most()), u.out = std::max(u.out, a.out);
  }
  u.first = least, u.taps = most - least + 1, u.spacing = 1;
  return u;
}
template <class T>
cpu::Correlation<T> union_of(const cpu::Correlation<T>* phases, int64_t count) {
  cpu::Correlation<T> u = *phases;
  u.axis[1] = union_of(phases, count, 1), u.axis[2] = union_of(phases, count, 2);
  return u;
}

/// A correlation as register tiles see it. The columns of a matrix are the results of a block of output rows; its rows,
/// one for each (channel, tap), are runs of source rows, gathered into scratch memory or, where no zeros are needed
/// between them, lying in the source itself. Phases share what was gathered.
template <class T>
class Correlator {
 public:
  Correlator(const cpu::Correlation<T>* phases, int64_t count)
      : phases_(phases), count_(count), c_(union_of(phases, count)), az_(c_.axis[0]), ay_(c_.axis[1]), ax_(c_.axis[2]) {
    for (int64_t p = 0; p < count; ++p) taps_ = std::max(taps_, phases[p].taps()), all_taps_ += phases[p].taps();
    in_place_ = can_read_in_place();
    layout_ = choose_layout();
    const int64_t chunks = (c_.channels * taps_ + kDepth - 1) / kDepth;
    chunk_ = (c_.channels + chunks - 1) / chunks;
    choose_block();
    // Without gaps between result rows the tiles write to where the results belong.
    direct_ = count == 1 && images_ == 1 && c_.dst_stride[2] == 1 &&
              (rows_ == 1 || (pitch() == ax_.out && c_.dst_stride[1] == ax_.out));
    distant_ = direct_ && c_.images * c_.dst_image >= kDistant;
  }

  void run() const {
    const int64_t blocks = (ay_.out + rows_ - 1) / rows_, batches = (c_.images + images_ - 1) / images_;
    const int64_t units = batches * c_.groups * az_.out * blocks;
    // Too few blocks for the threads: cut the results, too.
    const int64_t work = units * columns(rows_, images_) * c_.results * c_.channels * all_taps_;
    const int64_t threads = std::min<int64_t>(cpu::in_team() ? 1 : get_num_threads(), work / kThreadWork + 1);
    const int64_t cuts =
        std::clamp<int64_t>((threads + units - 1) / units, 1, std::max<int64_t>(1, c_.results / kTileRows));
    const int64_t part = ((c_.results + cuts - 1) / cuts + kTileRows - 1) / kTileRows * kTileRows;
    const cpu::Workspace<int32_t> offsets(count_ * chunk_ * taps_);
    for (int64_t p = 0; p < count_; ++p) fill_offsets(phases_[p], offsets + p * chunk_ * taps_);
    const cpu::Workspace<T> starts(c_.groups * c_.results * tile_columns<T>());
    for (int64_t r = 0; r < c_.groups * c_.results; ++r)
      std::fill_n(starts + r * tile_columns<T>(), tile_columns<T>(), c_.bias ? c_.bias[r] : T(0));
    const auto body = [&](int64_t begin, int64_t end) {
      const cpu::Workspace<T> source(in_place_ ? 0 : chunk_ * layout_.channel + kSlack);
      const int64_t width = columns(rows_, images_);
      const cpu::Workspace<T> result(direct_ ? 0 : count_ * part * width);
      for (int64_t u = begin; u < end; ++u) {
        int64_t rest = u;
        const auto next = [&rest](int64_t n) {
          const int64_t i = rest % n;
          rest /= n;
          return i;
        };
        Unit unit;
        unit.first = next(cuts) * part;
        unit.results = std::min(part, c_.results - unit.first);
        unit.row = next(blocks) * rows_;
        unit.rows = std::min(rows_, ay_.out - unit.row);
        unit.slice = next(az_.out);
        unit.group = next(c_.groups);
        unit.image = rest * images_;
        unit.images = std::min(images_, c_.images - unit.image);
        if (unit.results > 0) run_unit(unit, offsets, starts, source, result);
      }
    };
    if (threads == 1)
      body(0, units * cuts);
    else
      cpu::parallel_for(units * cuts, 1, body);
  }

 private:
  static constexpr int64_t kDepth = 288;  // steps of k at a time: the operands of a tile stay in 32 KiB
  static constexpr int64_t kBlock =
      400 * 1024 / sizeof(T);                      // values of scratch memory that stay in the second-level cache
  static constexpr int64_t kThreadWork = 1 << 18;  // multiply-adds worth a thread
  static constexpr int64_t kDistant = (2 << 20) / sizeof(T);  // results that are not in a near cache
  static constexpr int64_t kSlack = 64, kLine = 64 / sizeof(T);

  /// What one thread computes at a time.
  struct Unit {
    int64_t image, images, group, slice, row, rows, first, results;
  };

  int64_t pitch() const { return in_place_ ? ax_.in : layout_.pitch; }
  int64_t columns(int64_t rows, int64_t images) const { return (images * rows - 1) * pitch() + ax_.out; }

  bool can_read_in_place() const {
    for (const cpu::CorrelationAxis& a : c_.axis)
      if (a.step != 1 || !a.inside()) return false;
    // Rows longer than the results are wasted work; beyond a few percent, copies that leave it out are cheaper.
    if (ay_.out > 1 && ax_.in * 16 > ax_.out * 17) return false;
    return c_.channels * c_.src_channel() < std::numeric_limits<int32_t>::max();
  }

  RowLayout choose_layout() const {
    const RowLayout shared(c_.axis, false, false), apart(c_.axis, true, false);
    // Small images: all taps apart, so that a block can hold several of them and the last vector is not mostly empty.
    const int64_t lanes = tile_columns<T>() / kTileVectors, positions = ay_.out * ax_.out;
    const int64_t padded = (positions + lanes - 1) / lanes * lanes;
    if (az_.out == 1 && c_.images > 1 && (padded - positions) * c_.results > positions * (6 + c_.results / 32))
      return RowLayout(c_.axis, true, true);
    if (ay_.out == 1) return shared;
    // Cycles an output row costs: its multiply-adds and the rows to gather; results between gaps are copied once more.
    const auto cost = [&](const RowLayout& l) {
      const int64_t sums = c_.channels * all_taps_ * c_.results * l.pitch / lanes;
      return sums + c_.channels * l.z.planes * l.y.planes * l.x.planes * (10 + 2 * l.pitch / lanes) +
             (count_ == 1 && l.pitch == ax_.out ? 0 : count_ * c_.results * (10 + 2 * l.pitch / lanes));
    };
    return cost(apart) < cost(shared) ? apart : shared;
  }

  /// Output rows (or whole images) in a block: as many as the cache holds, with the fewest empty lanes in the last
  /// vector.
  void choose_block() {
    const int64_t lanes = tile_columns<T>() / kTileVectors;
    const auto footprint = [&](int64_t rows, int64_t images) {
      RowLayout l = layout_;
      l.set_block<T>(rows, images);
      return (in_place_ ? 0 : chunk_ * l.channel) + count_ * c_.results * columns(rows, images);
    };
    const auto vectors = [&](int64_t rows, int64_t images) { return (columns(rows, images) + lanes - 1) / lanes; };
    rows_ = 1, images_ = 1;
    if (!in_place_ && layout_.y.own && layout_.x.own && az_.out == 1) {
      rows_ = ay_.out;
      int64_t best = std::numeric_limits<int64_t>::max();
      for (int64_t m = 1; m <= std::min<int64_t>(c_.images, 64) && (m == 1 || footprint(rows_, m) <= kBlock); ++m)
        if (const int64_t waste = vectors(rows_, m) * lanes * 1000 / m; waste <= best) best = waste, images_ = m;
    } else {
      int64_t best = std::numeric_limits<int64_t>::max();
      for (int64_t blocks = 1; blocks <= ay_.out; ++blocks) {
        const int64_t r = (ay_.out + blocks - 1) / blocks;
        if (r > 1 && footprint(r, 1) > kBlock) continue;
        const int64_t last = ay_.out - (ay_.out - 1) / r * r;
        // Each block gathers `extra` rows again; a row costs about a vector per 16 results.
        const int64_t gather =
            in_place_ ? 0 : (ay_.out - 1) / r * layout_.y.extra * pitch() / lanes / (count_ * c_.results / 16 + 1);
        const int64_t cost = (ay_.out - 1) / r * vectors(r, 1) + vectors(last, 1) + gather + blocks;
        if (cost < best) best = cost, rows_ = r;
        if (blocks > 8 && best < std::numeric_limits<int64_t>::max() && r < rows_ / 4) break;
      }
    }
    layout_.set_block<T>(rows_, images_);
  }

  void fill_offsets(const cpu::Correlation<T>& phase, int32_t* to) const {
    const int64_t channel = in_place_ ? c_.src_channel() : layout_.channel;
    const cpu::CorrelationAxis &py = phase.axis[1], &px = phase.axis[2];
    // A phase's tap among those of all.
    const auto tap = [this](const cpu::CorrelationAxis& a, const cpu::CorrelationAxis& all, int64_t t) {
      return count_ == 1 ? t : a.offset(t) - all.first;
    };
    const int32_t* first = to;
    for (int64_t z = 0; z < az_.taps; ++z)
      for (int64_t y = 0; y < py.taps; ++y)
        for (int64_t x = 0; x < px.taps; ++x)
          *to++ = static_cast<int32_t>(in_place_ ? (az_.offset(z) * ay_.in + py.offset(y)) * ax_.in + px.offset(x)
                                                 : layout_.offset(z, tap(py, ay_, y), tap(px, ax_, x)));
    for (const int32_t* last = first + chunk_ * phase.taps(); to < last; ++first)
      *to++ = *first + static_cast<int32_t>(channel);
  }

  void run_unit(const Unit& u, const int32_t* offsets, const T* starts, T* source, T* result) const {
    const int64_t width = columns(u.rows, u.images), ld = direct_ ? c_.dst_channel : width;
    const int64_t place = u.image * c_.dst_image + (u.group * c_.results + u.first) * c_.dst_channel +
                          u.slice * c_.dst_stride[0] + u.row * c_.dst_stride[1];
    for (int64_t k = 0; k < c_.channels; k += chunk_) {
      const int64_t channels = std::min(chunk_, c_.channels - k);
      const T* base = source;
      if (in_place_)
        base = c_.src + ((u.image * c_.groups + u.group) * c_.channels + k) * c_.src_channel() +
               (u.slice * ay_.in + u.row) * ax_.in;
      else
        fill_rows(c_, layout_, u.image, u.images, u.group * c_.channels + k, u.group * c_.channels + k + channels,
                  u.slice, u.row, u.rows, source);
      const T* start = starts + (u.group * c_.results + u.first) * tile_columns<T>();
      const int64_t panels = (u.results + kTileRows - 1) / kTileRows, rows = (u.results + panels - 1) / panels;
      for (int64_t p = 0; p < count_; ++p) {
        const int64_t taps = phases_[p].taps(), depth = c_.channels * taps;
        const T* weight = phases_[p].weight + (u.group * c_.results + u.first) * depth + k * taps;
        T* out = direct_ ? c_.dst + place : result + p * u.results * width;
        cpu::TileArgs<T> t{};
        t.k = channels * taps;
        t.a_row = depth, t.a_step = 1;
        t.b_offsets = offsets + p * chunk_ * taps_;
        t.c_row = ld;
        for (int64_t j = 0; j < width; j += t.columns) {
          t.columns = next_columns<T>(width - j);
          t.b = base + j;
          for (int64_t i = 0; i < u.results; i += rows) {
            t.a = weight + i * depth;
            t.c = out + i * ld + j;
            t.init = k ? t.c : start + i * tile_columns<T>();
            t.init_row = k ? ld : tile_columns<T>();
            if (distant_)  // results lie far apart: their lines are asked for before the sums, not after
              for (int64_t r = 0; r < std::min(rows, u.results - i); ++r)
                for (int64_t e = 0; e < t.columns; e += kLine) hwy::Prefetch(t.c + r * ld + e);
            TileTable<T, DenseRows, IndexedColumns>::at(std::min(rows, u.results - i), t.columns)(t);
          }
        }
      }
    }
    if (direct_) return;
    for (int64_t p = 0; p < count_; ++p) {
      const cpu::Correlation<T>& a = phases_[p];
      const T* from = result + p * u.results * width;
      if (a.twin == 0) {
        scatter(u, width, a, from, nullptr, 0, a.dst + place);
        continue;
      }
      const cpu::Correlation<T>& b = phases_[++p];
      const T* other = from + u.results * width;
      if (a.twin > 0)
        scatter(u, width, a, from, other, b.axis[2].out, a.dst + place);
      else
        scatter(u, width, b, other, from, a.axis[2].out, b.dst + place);
    }
  }

  /// Result rows of a phase to where they belong; `odd`: those of another phase, which go between them.
  HWY_NOINLINE void scatter(const Unit& u, int64_t width, const cpu::Correlation<T>& phase, const T* result,
                            const T* odd, int64_t odd_columns, T* dst) const {
    const int64_t step = c_.dst_stride[2], columns = phase.axis[2].out;
    const int64_t rows = std::min(u.rows, phase.axis[1].out - u.row);
    for (int64_t r = 0; r < u.results; ++r)
      for (int64_t m = 0; m < u.images; ++m)
        for (int64_t y = 0; y < rows; ++y) {
          const int64_t at = r * width + (m * u.rows + y) * pitch();
          const T* from = result + at;
          T* to = dst + r * c_.dst_channel + m * c_.dst_image + y * c_.dst_stride[1];
          if (odd)
            interleave(from, odd + at, columns, odd_columns, to);
          else if (step == 1)
            copy_row(from, columns, to);
          else
            for (int64_t x = 0; x < columns; ++x) to[x * step] = from[x];
        }
  }

  const cpu::Correlation<T>* phases_;
  int64_t count_;
  const cpu::Correlation<T> c_;  // with axes that hold what any phase sees
  const cpu::CorrelationAxis &az_, &ay_, &ax_;
  int64_t taps_ = 0, all_taps_ = 0;  // of the phase that has most, of all
  bool in_place_;
  RowLayout layout_;
  int64_t chunk_, rows_, images_;  // channels, output rows and images taken at a time
  bool direct_, distant_;          // results go where they belong; that is beyond the second-level cache and some more
};

/// Long rows are cut, so that what a tile works on stays in the caches.
template <class T>
void run_correlate(const cpu::Correlation<T>* phases, int64_t count) {
  constexpr int64_t kLongRow = 2048;
  int64_t out = 0;
  for (int64_t p = 0; p < count; ++p) out = std::max(out, phases[p].axis[2].out);
  if (out < 2 * kLongRow) return Correlator<T>(phases, count).run();
  for (int64_t x = 0; x < out; x += kLongRow) {
    cpu::Correlation<T> part[cpu::kMostPhases];
    for (int64_t p = 0; p < count; ++p) {
      part[p] = phases[p];
      part[p].axis[2].out = std::clamp<int64_t>(phases[p].axis[2].out - x, 0, kLongRow);
      part[p].axis[2].first += x * phases[p].axis[2].step;
      part[p].dst += x * phases[p].dst_stride[2];
    }
    Correlator<T>(part, count).run();
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#endif
