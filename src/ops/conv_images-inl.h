// Per-target include guard, as Highway asks for headers with vector code.
#if defined(LAMPAS_OPS_CONV_IMAGES_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef LAMPAS_OPS_CONV_IMAGES_INL_H
#undef LAMPAS_OPS_CONV_IMAGES_INL_H
#else
#define LAMPAS_OPS_CONV_IMAGES_INL_H
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "backend/cpu/gemm_tile-inl.h"
#include "backend/cpu/parallel.h"
#include "backend/cpu/tile_copy.h"
#include "backend/cpu/workspace.h"
#include "ops/conv_correlation.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

// Correlations with one image in each vector lane. A block of images is transposed so that they lie side by side; then
// every tap of every position is a whole vector wherever the window lies, no lane is wasted on a row's end or on a
// channel that does not exist, and taps outside the source are left out instead of being multiplied by zero.

/// The same axis with its taps in ascending order of the source, and whether that turned them round.
struct AscendingAxis {
  cpu::CorrelationAxis axis;
  bool reversed;
  explicit AscendingAxis(const cpu::CorrelationAxis& a) : axis(a), reversed(a.spacing < 0) {
    if (!reversed) return;
    axis.first = a.offset(a.taps - 1);
    axis.spacing = -a.spacing;
  }
  int64_t tap(int64_t ascending) const { return reversed ? axis.taps - 1 - ascending : ascending; }
  /// Taps of result o inside the source.
  int64_t begin(int64_t o) const {
    const int64_t at = o * axis.step + axis.first;
    return at >= 0 ? 0 : std::min(axis.taps, cpu::ceil_div(-at, axis.spacing));
  }
  int64_t end(int64_t o) const {
    const int64_t at = o * axis.step + axis.first;
    return at >= axis.in ? 0 : std::min(axis.taps, (axis.in - 1 - at) / axis.spacing + 1);
  }
  /// Source positions the windows of `count` neighbouring results span.
  int64_t span(int64_t count) const { return (count - 1) * axis.step + (axis.taps - 1) * axis.spacing + 1; }
};

template <class T>
HWY_INLINE int64_t lanes_of() {
  return static_cast<int64_t>(hwy::HWY_NAMESPACE::Lanes(hwy::HWY_NAMESPACE::ScalableTag<T>()));
}

/// What one thread computes at a time: a block of images, one group, some rows of one depth slice.
struct ImageUnit {
  int64_t image, images, group, slice, row, rows;
};

/// The cut of a correlation into units.
template <class T>
struct ImageBlocks {
  const cpu::Correlation<T>& c;
  AscendingAxis z, y, x;
  int64_t vectors, width;  // of a block of images: vectors, and lanes in all
  int64_t rows;            // output rows of a unit
  int64_t batches, parts, units;

  /// `row_values`: scratch values one more output row costs besides the source; `most_vectors` fit a tile.
  ImageBlocks(const cpu::Correlation<T>& corr, int64_t most_vectors, int64_t row_values)
      : c(corr), z(c.axis[0]), y(c.axis[1]), x(c.axis[2]) {
    const int64_t n = lanes_of<T>(), all = (c.images + n - 1) / n;
    const int64_t blocks = (all + most_vectors - 1) / most_vectors;
    vectors = (all + blocks - 1) / blocks;
    width = vectors * n;
    batches = (c.images + width - 1) / width;
    // As many rows as the second-level cache holds, but some for every thread.
    constexpr int64_t kBlock = 400 * 1024 / sizeof(T);
    const int64_t row_source = z.axis.taps * c.axis[2].in * c.channels * width;
    const int64_t out_rows = y.axis.out;
    const auto scratch = [&](int64_t r) { return y.span(r) * row_source + r * row_values * width; };
    int64_t pieces = 1;
    while (pieces < out_rows && scratch((out_rows + pieces - 1) / pieces) > kBlock) ++pieces;
    const int64_t threads = cpu::in_team() ? 1 : get_num_threads(), outer = batches * c.groups * z.axis.out;
    if (outer * pieces < threads) pieces = std::min(out_rows, (threads + outer - 1) / outer);
    rows = (out_rows + pieces - 1) / pieces;
    parts = (out_rows + rows - 1) / rows;
    units = outer * parts;
  }

  ImageUnit unit(int64_t u) const {
    ImageUnit r;
    r.row = u % parts * rows, u /= parts;
    r.rows = std::min(rows, y.axis.out - r.row);
    r.slice = u % z.axis.out, u /= z.axis.out;
    r.group = u % c.groups, u /= c.groups;
    r.image = u * width;
    r.images = std::min(width, c.images - r.image);
    return r;
  }
  int64_t grain() const {
    const int64_t work = rows * x.axis.out * width * c.results * c.channels * c.taps();
    return (int64_t{1} << 18) / (work + 1) + 1;
  }
};

/// Images side by side: to[p * pitch + lane] = from[lane * image + p] for p < n; lanes past `images` are zero.
template <class T>
void gather_images(const T* from, int64_t image, int64_t images, int64_t width, int64_t n, T* to, int64_t pitch) {
  constexpr int64_t kItem = sizeof(T);
  cpu::tile_copy(kItem)({reinterpret_cast<char*>(to), kItem, pitch * kItem},
                        {reinterpret_cast<char*>(const_cast<T*>(from)), image * kItem, kItem}, images, n);
  if (images < width)
    for (int64_t p = 0; p < n; ++p) std::fill(to + p * pitch + images, to + p * pitch + width, T(0));
}
/// The way back.
template <class T>
void scatter_images(const T* from, int64_t pitch, int64_t images, int64_t n, T* to, int64_t step, int64_t image) {
  constexpr int64_t kItem = sizeof(T);
  cpu::tile_copy(kItem)({reinterpret_cast<char*>(to), step * kItem, image * kItem},
                        {reinterpret_cast<char*>(const_cast<T*>(from)), pitch * kItem, kItem}, n, images);
}

template <class T>
class ImageCorrelator {
 public:
  explicit ImageCorrelator(const cpu::Correlation<T>& c)
      : c_(c),
        b_(c, kTileVectors, 0),
        panels_((c.results + kTileRows - 1) / kTileRows),
        rows_((c.results + panels_ - 1) / panels_),
        depth_(c.taps() * c.channels),
        source_rows_(std::min(b_.y.span(b_.rows), b_.y.axis.in)),
        source_row_(b_.x.axis.in * c.channels * b_.width) {
    // Rows of results that go back to their images together: as they end, whole cache lines.
    constexpr int64_t kLine = 64 / sizeof(T), kResults = 32 << 10;
    const int64_t row = b_.x.axis.out;
    if (c.dst_stride[2] == 1 && c.dst_stride[1] == row)
      while (held_ < 4 && held_ * row % kLine != 0 && c.results * (held_ + 1) * row * b_.width <= kResults) ++held_;
  }

  void run() const {
    const cpu::Workspace<T> weight(c_.groups * panels_ * rows_ * depth_);
    pack_weight(weight);
    const cpu::Workspace<int32_t> offsets(depth_);
    fill_offsets(offsets);
    const cpu::Workspace<T> starts(c_.groups * c_.results * b_.width);
    for (int64_t r = 0; r < c_.groups * c_.results; ++r)
      std::fill_n(starts + r * b_.width, b_.width, c_.bias ? c_.bias[r] : T(0));
    cpu::parallel_for(b_.units, b_.grain(), [&](int64_t begin, int64_t end) {
      const cpu::Workspace<T> source(b_.z.axis.taps * source_rows_ * source_row_);
      const cpu::Workspace<T> result(c_.results * held_ * b_.x.axis.out * b_.width);
      for (int64_t u = begin; u < end; ++u) run_unit(b_.unit(u), weight, offsets, starts, source, result);
    });
  }

 private:
  /// Panels of rows_ results: [group][panel][z tap][y tap][x tap][channel][result].
  void pack_weight(T* to) const {
    const cpu::CorrelationAxis &az = b_.z.axis, &ay = b_.y.axis, &ax = b_.x.axis;
    const int64_t taps = c_.taps();
    for (int64_t g = 0; g < c_.groups; ++g)
      for (int64_t first = 0; first < panels_ * rows_; first += rows_)
        for (int64_t tz = 0; tz < az.taps; ++tz)
          for (int64_t ty = 0; ty < ay.taps; ++ty)
            for (int64_t tx = 0; tx < ax.taps; ++tx)
              for (int64_t k = 0; k < c_.channels; ++k) {
                const int64_t tap = (b_.z.tap(tz) * ay.taps + b_.y.tap(ty)) * ax.taps + b_.x.tap(tx);
                const int64_t m = std::min(rows_, c_.results - first);
                // A last panel with fewer results is packed as tightly as its tiles read it.
                for (int64_t i = 0; i < m; ++i)
                  to[((tz * ay.taps + ty) * ax.taps + tx) * c_.channels * m + k * m + i] =
                      c_.weight[((g * c_.results + first + i) * c_.channels + k) * taps + tap];
                if (tz == az.taps - 1 && ty == ay.taps - 1 && tx == ax.taps - 1 && k == c_.channels - 1)
                  to += depth_ * rows_;
              }
  }
  /// Where each (tap, channel) lies, seen from the window's first tap.
  void fill_offsets(int32_t* to) const {
    for (int64_t tz = 0; tz < b_.z.axis.taps; ++tz)
      for (int64_t ty = 0; ty < b_.y.axis.taps; ++ty)
        for (int64_t tx = 0; tx < b_.x.axis.taps; ++tx)
          for (int64_t k = 0; k < c_.channels; ++k)
            *to++ = static_cast<int32_t>((tz * source_rows_ + ty * b_.y.axis.spacing) * source_row_ +
                                         (tx * b_.x.axis.spacing * c_.channels + k) * b_.width);
  }

  void run_unit(const ImageUnit& u, const T* weight, const int32_t* offsets, const T* starts, T* source,
                T* result) const {
    const AscendingAxis &z = b_.z, &y = b_.y, &x = b_.x;
    // Source rows [low, high) are needed.
    const int64_t low = std::max<int64_t>(0, u.row * y.axis.step + y.axis.first);
    const int64_t high = std::min(y.axis.in, u.row * y.axis.step + y.axis.first + y.span(u.rows));
    const int64_t z0 = z.begin(u.slice), z1 = z.end(u.slice), at_z = u.slice * z.axis.step + z.axis.first;
    const int64_t src_image = c_.groups * c_.channels * c_.src_channel();
    if (high > low)
      for (int64_t tz = z0; tz < z1; ++tz)
        for (int64_t k = 0; k < c_.channels; ++k)
          gather_images(c_.src + u.image * src_image + (u.group * c_.channels + k) * c_.src_channel() +
                            ((at_z + tz * z.axis.spacing) * y.axis.in + low) * x.axis.in,
                        src_image, u.images, b_.width, (high - low) * x.axis.in,
                        source + tz * source_rows_ * source_row_ + k * b_.width, c_.channels * b_.width);
    T* dst = c_.dst + u.image * c_.dst_image + u.group * c_.results * c_.dst_channel + u.slice * c_.dst_stride[0];
    const int64_t result_row = held_ * x.axis.out * b_.width;
    for (int64_t r = u.row; r < u.row + u.rows; ++r) {
      const int64_t y0 = y.begin(r), y1 = y.end(r), held = (r - u.row) % held_;
      for (int64_t p = 0; p < c_.results; p += rows_)
        for (int64_t o = 0; o < x.axis.out; ++o) {
          const int64_t x0 = x.begin(o), x1 = x.end(o);
          Window w;
          w.origin = source + (r * y.axis.step + y.axis.first - low) * source_row_ +
                     (o * x.axis.step + x.axis.first) * c_.channels * b_.width;
          w.panel = weight + (u.group * panels_ * rows_ + p) * depth_;
          w.offsets = offsets;
          w.results = std::min(rows_, c_.results - p);
          w.init = starts + (u.group * c_.results + p) * b_.width, w.init_row = b_.width;
          w.out = result + p * result_row + (held * x.axis.out + o) * b_.width, w.out_row = result_row;
          const bool all_x = x0 == 0 && x1 == x.axis.taps, all_y = y0 == 0 && y1 == y.axis.taps;
          if (all_x && all_y) {
            w.add((z0 * y.axis.taps) * x.axis.taps * c_.channels, (z1 - z0) * y.axis.taps * x.axis.taps * c_.channels,
                  b_.width);
          } else if (all_x) {
            for (int64_t tz = z0; tz < z1; ++tz)
              w.add((tz * y.axis.taps + y0) * x.axis.taps * c_.channels, (y1 - y0) * x.axis.taps * c_.channels,
                    b_.width);
          } else {
            for (int64_t tz = z0; tz < z1; ++tz)
              for (int64_t ty = y0; ty < y1; ++ty)
                w.add(((tz * y.axis.taps + ty) * x.axis.taps + x0) * c_.channels, (x1 - x0) * c_.channels, b_.width);
          }
          w.finish(b_.width);
        }
      if (held + 1 < held_ && r + 1 < u.row + u.rows) continue;
      for (int64_t i = 0; i < c_.results; ++i)
        scatter_images(result + i * result_row, b_.width, u.images, (held + 1) * x.axis.out,
                       dst + i * c_.dst_channel + (r - held) * c_.dst_stride[1], c_.dst_stride[2], c_.dst_image);
    }
  }

  /// The results of one position, as a sum of runs of (tap, channel).
  struct Window {
    const T *origin, *panel;
    const int32_t* offsets;
    int64_t results;
    const T* init;
    int64_t init_row;
    T* out;
    int64_t out_row;

    void add(int64_t first, int64_t count, int64_t width) {
      if (count <= 0) return;
      cpu::TileArgs<T> t{};
      t.k = count;
      t.a = panel + first * results;
      t.b = origin, t.b_offsets = offsets + first;
      t.init = init, t.init_row = init_row;
      t.c = out, t.c_row = out_row, t.columns = width;
      TileTable<T, PackedRows, IndexedColumns>::at(results, width)(t);
      init = out, init_row = out_row;
    }
    /// Positions no tap reaches keep the bias.
    void finish(int64_t width) {
      if (init == out) return;
      for (int64_t i = 0; i < results; ++i) std::copy_n(init + i * init_row, width, out + i * out_row);
    }
  };

  const cpu::Correlation<T>& c_;
  const ImageBlocks<T> b_;
  int64_t panels_, rows_;  // of results: panels, and results in each
  int64_t depth_, source_rows_, source_row_, held_ = 1;
};

#if HWY_TARGET == HWY_AVX3 || HWY_ARCH_ARM
inline constexpr int kDotSide = 5;
#else
inline constexpr int kDotSide = 3;
#endif

/// Sums of products of M results with K (tap, channel) columns, kept lane by lane.
template <class T>
struct DotArgs {
  const T *dy, *x;
  T* sums;  // [M][K] vectors; rows lie `sums_row` values apart
  int64_t sums_row, width, rows, columns;
  int64_t dy_result, x_column;             // distances between results and between columns
  int64_t dy_row, dy_step, x_row, x_step;  // distances between rows of positions and between positions
};
template <class T, int M, int K>
void dot_tile(const DotArgs<T>& t) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::ScalableTag<T> d;
  const int64_t n = static_cast<int64_t>(hn::Lanes(d));
  hn::Vec<decltype(d)> acc[M][K];
  LAMPAS_UNROLL for (int i = 0; i < M; ++i) {
    LAMPAS_UNROLL for (int j = 0; j < K; ++j) acc[i][j] = hn::LoadU(d, t.sums + i * t.sums_row + j * n);
  }
  for (int64_t r = 0; r < t.rows; ++r) {
    const T *dy = t.dy + r * t.dy_row, *x = t.x + r * t.x_row;
    for (int64_t p = 0; p < t.columns; ++p, dy += t.dy_step, x += t.x_step)
      for (int64_t v = 0; v < t.width; v += n) {
        hn::Vec<decltype(d)> g[M];
        LAMPAS_UNROLL for (int i = 0; i < M; ++i) g[i] = hn::LoadU(d, dy + i * t.dy_result + v);
        LAMPAS_UNROLL for (int j = 0; j < K; ++j) {
          const auto q = hn::LoadU(d, x + j * t.x_column + v);
          LAMPAS_UNROLL for (int i = 0; i < M; ++i) acc[i][j] = hn::MulAdd(g[i], q, acc[i][j]);
        }
      }
  }
  LAMPAS_UNROLL for (int i = 0; i < M; ++i) {
    LAMPAS_UNROLL for (int j = 0; j < K; ++j) hn::StoreU(acc[i][j], d, t.sums + i * t.sums_row + j * n);
  }
}
template <class T>
struct DotTable {
  template <int... I>
  static constexpr auto make(std::integer_sequence<int, I...>) {
    return std::array<void (*)(const DotArgs<T>&), sizeof...(I)>{dot_tile<T, I / kDotSide + 1, I % kDotSide + 1>...};
  }
  static constexpr auto kTable = make(std::make_integer_sequence<int, kDotSide * kDotSide>());
  static void run(int64_t m, int64_t k, const DotArgs<T>& t) { kTable[(m - 1) * kDotSide + k - 1](t); }
};

/// dweight and dbias, as sums over vectors of images that are added up across lanes at the very end.
template <class T>
class ImageWeightSums {
 public:
  ImageWeightSums(const cpu::Correlation<T>& c, const T* dy, T* dweight, T* dbias)
      : c_(c),
        b_(c, 2, c.axis[2].out * c.results),
        dy_(dy),
        dweight_(dweight),
        dbias_(dbias),
        lanes_(lanes_of<T>()),
        depth_(c.taps() * c.channels),
        source_rows_(b_.y.span(b_.rows)),
        source_width_(b_.x.span(c.axis[2].out)),
        source_row_(source_width_ * c.channels * b_.width) {}

  void run() const {
    const int64_t sums = c_.groups * c_.results * (depth_ + 1) * lanes_;
    const int64_t threads = cpu::in_team() ? 1 : std::clamp<int64_t>(b_.units / b_.grain(), 1, get_num_threads());
    const cpu::Workspace<T> all(threads * sums);
    cpu::parallel_for(threads, 1, [&](int64_t begin, int64_t end) {
      const cpu::Workspace<T> source(b_.z.axis.taps * source_rows_ * source_row_);
      const cpu::Workspace<T> grad(b_.rows * b_.x.axis.out * c_.results * b_.width);
      for (int64_t t = begin; t < end; ++t) {
        std::fill_n(all + t * sums, sums, T(0));
        for (int64_t u = b_.units * t / threads; u < b_.units * (t + 1) / threads; ++u)
          run_unit(b_.unit(u), source, grad, all + t * sums);
      }
    });
    cpu::parallel_for(c_.groups * c_.results, (cpu::kGrain / 4) / (depth_ * threads) + 1,
                      [&](int64_t begin, int64_t end) {
                        for (int64_t r = begin; r < end; ++r) store(r, all, sums, threads);
                      });
  }

 private:
  void run_unit(const ImageUnit& u, T* source, T* grad, T* sums) const {
    const AscendingAxis &z = b_.z, &y = b_.y, &x = b_.x;
    const int64_t position = c_.results * b_.width, out_plane = y.axis.out * x.axis.out;
    const int64_t dy_channel = z.axis.out * out_plane, dy_image = c_.groups * c_.results * dy_channel;
    for (int64_t i = 0; i < c_.results; ++i)
      gather_images(
          dy_ + u.image * dy_image + (u.group * c_.results + i) * dy_channel + u.slice * out_plane + u.row * x.axis.out,
          dy_image, u.images, b_.width, u.rows * x.axis.out, grad + i * b_.width, position);
    T* own = sums + u.group * c_.results * (depth_ + 1) * lanes_;
    if (dbias_) add_bias(grad, u.rows * x.axis.out, own);
    const int64_t z0 = z.begin(u.slice), z1 = z.end(u.slice);
    for (int64_t tz = z0; tz < z1; ++tz) fill_source(u, tz, source + tz * source_rows_ * source_row_);
    // Enough positions at a time to make up for loading and storing a tile's sums, in equal parts.
    const int64_t most = 64 / (x.axis.out * b_.vectors) + 1, parts = (u.rows + most - 1) / most;
    const int64_t at_once = (u.rows + parts - 1) / parts;
    for (int64_t r = 0; r < u.rows; r += at_once)
      for (int64_t tz = z0; tz < z1; ++tz)
        for (int64_t ty = 0; ty < y.axis.taps; ++ty) {
          const T* row = source + (tz * source_rows_ + r * y.axis.step + ty * y.axis.spacing) * source_row_;
          const int64_t first = (tz * y.axis.taps + ty) * x.axis.taps * c_.channels;
          // Neighbouring taps follow one another in memory if they are not spread.
          const bool spread = x.axis.spacing != 1 && x.axis.taps > 1;
          const int64_t runs = spread ? x.axis.taps : 1, length = (spread ? 1 : x.axis.taps) * c_.channels;
          for (int64_t run = 0; run < runs; ++run)
            each_part(length, [&](int64_t q, int64_t k) {
              DotArgs<T> t;
              t.x = row + (run * x.axis.spacing * c_.channels + q) * b_.width;
              t.sums_row = (depth_ + 1) * lanes_, t.width = t.dy_result = t.x_column = b_.width;
              t.rows = std::min(at_once, u.rows - r), t.columns = x.axis.out;
              t.dy_row = x.axis.out * position, t.dy_step = position;
              t.x_row = y.axis.step * source_row_, t.x_step = x.axis.step * c_.channels * b_.width;
              each_part(c_.results, [&](int64_t i, int64_t m) {
                t.dy = grad + r * t.dy_row + i * b_.width;
                t.sums = own + i * t.sums_row + (first + run * length + q) * lanes_;
                DotTable<T>::run(m, k, t);
              });
            });
        }
  }

  /// Source rows of one depth tap with the zeros around them.
  void fill_source(const ImageUnit& u, int64_t tz, T* to) const {
    const AscendingAxis &z = b_.z, &y = b_.y, &x = b_.x;
    const int64_t src_image = c_.groups * c_.channels * c_.src_channel(), pitch = c_.channels * b_.width;
    const int64_t first = u.row * y.axis.step + y.axis.first, count = y.span(u.rows);
    const int64_t lo = std::clamp<int64_t>(-x.axis.first, 0, source_width_);
    const int64_t hi = std::clamp<int64_t>(x.axis.in - x.axis.first, lo, source_width_);
    const T* plane = c_.src + u.image * src_image + u.group * c_.channels * c_.src_channel() +
                     (u.slice * z.axis.step + z.axis.first + tz * z.axis.spacing) * y.axis.in * x.axis.in;
    const int64_t r0 = std::clamp<int64_t>(-first, 0, count), r1 = std::clamp<int64_t>(y.axis.in - first, r0, count);
    std::fill_n(to, r0 * source_row_, T(0));
    std::fill(to + r1 * source_row_, to + count * source_row_, T(0));
    for (int64_t r = r0; r < r1; ++r) {
      std::fill_n(to + r * source_row_, lo * pitch, T(0));
      std::fill(to + r * source_row_ + hi * pitch, to + (r + 1) * source_row_, T(0));
    }
    const bool whole = lo == 0 && hi == source_width_ && source_width_ == x.axis.in;
    for (int64_t k = 0; k < c_.channels; ++k) {
      const T* from = plane + k * c_.src_channel() + x.axis.first + lo;
      if (whole)
        gather_images(from + (first + r0) * x.axis.in, src_image, u.images, b_.width, (r1 - r0) * x.axis.in,
                      to + r0 * source_row_ + k * b_.width, pitch);
      else
        for (int64_t r = r0; r < r1; ++r)
          gather_images(from + (first + r) * x.axis.in, src_image, u.images, b_.width, hi - lo,
                        to + r * source_row_ + lo * pitch + k * b_.width, pitch);
    }
  }

  /// The sums towards the bias lie behind those towards the weight.
  void add_bias(const T* grad, int64_t positions, T* sums) const {
    namespace hn = hwy::HWY_NAMESPACE;
    const hn::ScalableTag<T> d;
    for (int64_t i = 0; i < c_.results; ++i) {
      T* to = sums + (i * (depth_ + 1) + depth_) * lanes_;
      auto sum = hn::LoadU(d, to);
      for (int64_t p = 0; p < positions; ++p)
        for (int64_t v = 0; v < b_.width; v += lanes_)
          sum = hn::Add(sum, hn::LoadU(d, grad + (p * c_.results + i) * b_.width + v));
      hn::StoreU(sum, d, to);
    }
  }

  /// f(first, count) on parts of at most kDotSide, as equal as possible.
  template <class F>
  static void each_part(int64_t n, const F& f) {
    const int64_t parts = (n + kDotSide - 1) / kDotSide;
    for (int64_t p = 0; p < parts; ++p) f(n * p / parts, n * (p + 1) / parts - n * p / parts);
  }

  void store(int64_t result, const T* all, int64_t sums, int64_t threads) const {
    namespace hn = hwy::HWY_NAMESPACE;
    const hn::ScalableTag<T> d;
    const auto total = [&](int64_t at) HWY_ATTR {
      auto sum = hn::LoadU(d, all + at);
      for (int64_t t = 1; t < threads; ++t) sum = hn::Add(sum, hn::LoadU(d, all + t * sums + at));
      return hn::GetLane(hn::SumOfLanes(d, sum));
    };
    const int64_t row = result * (depth_ + 1) * lanes_;
    const cpu::CorrelationAxis &az = b_.z.axis, &ay = b_.y.axis, &ax = b_.x.axis;
    T* to = dweight_ + result * depth_;
    int64_t at = row;
    for (int64_t tz = 0; tz < az.taps; ++tz)
      for (int64_t ty = 0; ty < ay.taps; ++ty)
        for (int64_t tx = 0; tx < ax.taps; ++tx)
          for (int64_t k = 0; k < c_.channels; ++k, at += lanes_)
            to[k * c_.taps() + (b_.z.tap(tz) * ay.taps + b_.y.tap(ty)) * ax.taps + b_.x.tap(tx)] = total(at);
    if (dbias_) dbias_[result] = total(at);
  }

  const cpu::Correlation<T>& c_;
  const ImageBlocks<T> b_;
  const T* dy_;
  T *dweight_, *dbias_;
  int64_t lanes_, depth_, source_rows_, source_width_, source_row_;
};

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#endif
