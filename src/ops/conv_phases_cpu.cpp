// Convolutions of step 2 as products of transformed tiles (conv_phases.h), in blocks as in conv_winograd_cpu.cpp.
#include <algorithm>

#include "backend/cpu/parallel.h"
#include "backend/cpu/tile_copy.h"
#include "lampas/backend/cpu/threads.h"
#include "ops/conv_phases.h"
#include "ops/conv_tile_images.h"

namespace lampas::cpu {
namespace {

constexpr int64_t kItem = sizeof(float);
constexpr int kMostPlanes = 9;

/// Height and width; one dimension is a width, of images that are one pixel high.
struct Axes {
  int64_t taps[2] = {1, 1}, in[2] = {1, 1}, out[2] = {1, 1}, padding[2] = {0, 0};
  bool flat;

  explicit Axes(const ConvShape& s) : flat(s.dims == 1) {
    for (int d = flat; d < 2; ++d) {
      const int e = d - flat;
      taps[d] = s.kernel[e], in[d] = s.in[e], out[d] = s.out[e], padding[d] = s.padding[e];
    }
  }
  FilterTaps shape() const { return {taps[0], taps[1]}; }
  int64_t filter() const { return taps[0] * taps[1]; }
  /// Kinds of products, and values that an axis has; of a kind as many as there are phases in it.
  int64_t planes() const { return flat ? 3 : 9; }
  int64_t values() const { return values(0) * values(1); }
  int64_t phases(int plane) const { return phases(0, plane / 3) * phases(1, plane % 3); }

  int64_t phases(int d, int kind) const { return taps[d] == 1 || (taps[d] == 3 && kind == 1) ? 1 : 2; }
  bool missing(int d, int value) const { return (taps[d] == 1 && value) || (taps[d] == 3 && value == 3); }

  Image x(const ConvShape& s, const float* data) const { return {data, s.in_channels, in, s.x_layout}; }
  Image y(const ConvShape& s, const float* data) const { return {data, s.out_channels, out, s.y_layout}; }
  /// From one tile of an image to the next.
  TileStep step(int d, int64_t step, int64_t overlap) const {
    return taps[d] == 1 ? TileStep{1, 0} : TileStep{step, overlap};
  }

 private:
  int64_t values(int d) const { return taps[d] == 1 ? 1 : taps[d] + 2; }
};

/// Where values of tiles or filters lie: a matrix for each kind of product, whose columns are those of its phases side
/// by side or, of `tall` ones, whose rows are below one another.
struct Values {
  int64_t begin[kMostPlanes], width[kMostPlanes], size = 0;
  FilterTaps taps;
  PhaseSlots slots;

  // Matrices a power of two apart would share the few places that the cache has for their elements.
  Values(const Axes& a, int64_t rows, int64_t columns, bool tall) : taps(a.shape()) {
    for (int p = 0; p < a.planes(); ++p) {
      begin[p] = size;
      width[p] = tall ? columns : a.phases(p) * columns;
      size += a.phases(p) * rows * columns + 16;
    }
    for (int i = 0; i < kPhaseValues; ++i)
      for (int j = 0; j < kPhaseValues; ++j) {
        slots.offset[i][j] = -1, slots.step[i][j] = 0;
        if (a.missing(0, i) || a.missing(1, j)) continue;
        const int p = i / 2 * 3 + j / 2;
        const int64_t phase = i % 2 * a.phases(1, j / 2) + j % 2;
        slots.offset[i][j] = begin[p] + phase * columns * (tall ? rows : 1);
        slots.step[i][j] = width[p];
      }
  }
};

/// Sums of products, or kinds of tiles of dy: a matrix for each kind.
struct Kinds {
  int64_t columns, plane;
  Workspace<float> memory;
  Kinds(const Axes& a, int64_t rows, int64_t columns)
      : columns(columns), plane(rows * columns + 16), memory(a.planes() * plane) {}
  float* matrix(int p) const { return memory.data() + p * plane; }
  TilePlanes at(int64_t row, int64_t column) const { return {memory.data() + row * columns + column, columns, plane}; }
};

void transform(const void* how, const float* taps, int64_t r, int64_t count, int64_t c, float* to) {
  const Values& u = *static_cast<const Values*>(how);
  phase_kernels.filters(taps, count, u.taps, u.slots, to + c, r);
}

/// Blocks may be `times` as large as what the second-level cache holds beside other things.
Grid grid_of(const ConvShape& s, const Axes& a, int64_t times) {
  const int64_t in = s.in_channels, out = s.out_channels;
  return Grid(s.batch, a.out, a.flat ? 1 : 2, kItem * (a.values() * in + a.planes() * out) / times,
              kItem * a.values() * in * out);
}

/// A bias, zero if there is none.
struct Bias {
  Workspace<float> zeros;
  const float* data;
  Bias(const float* bias, int64_t channels) : zeros(bias ? 0 : channels), data(bias ? bias : zeros.data()) {
    if (!bias) std::fill_n(zeros.data(), channels, 0.f);
  }
};

}  // namespace

bool phases_pay(ConvDirection direction, const ConvShape& s) {
  if (lanes() < 4 || s.dims > 2 || s.groups != 1 || s.batch == 0) return false;
  double filled = 1;  // share of the tiles' results that are wanted
  for (int d = 0; d < s.dims; ++d) {
    if ((s.kernel[d] != 3 && s.kernel[d] != 4) || s.stride[d] != 2 || s.dilation[d] != 1) return false;
    if (s.padding[d] < 0 || s.padding[d] >= s.kernel[d] || s.out[d] < 2) return false;
    // Tiles reach all of x that a convolution whose padding is the same on both sides does not see.
    const int64_t tiles = (s.out[d] + 1) / 2;
    if (s.in[d] > 4 * (tiles + 1) - s.padding[d]) return false;
    filled *= static_cast<double>(s.out[d]) / static_cast<double>(2 * tiles);
  }
  if (s.dims == 1 && s.kernel[0] == 3) return false;  // 5 multiplications instead of 6
  const Axes a(s);
  const int64_t in = s.in_channels, out = s.out_channels;
  const int64_t channels = a.values() == 25 ? 4096 : 1024;  // 3x3 kernels save less
  if (in % lanes() || out % lanes() || in < 16 || out < 16 || in * out < channels || filled < 0.8) return false;
  // Transforming the filters, and reading (or, backwards, adding to) so many more values, takes as long as some tiles
  // do.
  const int64_t share = direction == ConvDirection::Forward ? 2048 : direction == ConvDirection::Input ? 512 : 256;
  const int64_t least = std::max<int64_t>(32, in * out / share);
  const int64_t tiles = s.batch * (a.flat ? 1 : (a.out[0] + 1) / 2) * ((a.out[1] + 1) / 2);
  return readable(s.x_layout) && readable(s.y_layout) && tiles >= least && tiles * in * out >= (1 << 17);
}

void phases_conv(const ConvShape& s, const float* px, const float* weight, const float* bias, float* py, PackKey key) {
  const Axes a(s);
  const Image x = a.x(s, px), y = a.y(s, py);
  const int64_t n = lanes(), in = x.channels, out = y.channels;
  const Values filters(a, in, out, true);
  const auto u = load_filters(s, weight, true, key, filters.size, transform, &filters);
  const Bias b(bias, out);
  const Grid grid = grid_of(s, a, 1);
  const int64_t threads = in_team() ? 1 : get_num_threads();
  const int64_t block = std::min(grid.block, (grid.total + threads - 1) / threads);
  const TileStep down = a.step(0, 4, 2), across{4, 2};
  parallel_for((grid.total + block - 1) / block, 1, [&](int64_t begin, int64_t end) {
    const Values v(a, block * grid.part, in, false);
    const Workspace<float> values(v.size);
    const Kinds m(a, block * grid.part, out);
    const Stage read(x, grid.part, down, across), written(y, grid.part, {grid.high, 0}, {2, 0});
    for (int64_t first = begin * block, last = std::min(end * block, grid.total); first < last; first += block) {
      const int64_t stop = std::min(first + block, last), start = grid.before(first);
      for (int64_t q = first, count; q < stop; q += count) {
        count = std::min({read.most(), stop - q, grid.rows_below(q)});
        for (int64_t c = 0; c < in; c += n) {
          TileRow r = read.load(grid.image(q), c, grid.top(q) / grid.high * down.step - a.padding[0],
                                2 * grid.left(q) - a.padding[1], count);
          r.tiles = grid.size(q);
          for (int64_t i = 0; i < count; ++i, r.top += down.step)
            phase_kernels.read(r, v.taps, v.slots, values + c, grid.before(q + i) - start);
        }
      }
      const int64_t tiles = grid.before(stop) - start;
      for (int p = 0; p < a.planes(); ++p)
        multiply(tiles, out, v.width[p], values + v.begin[p], v.width[p], false, u->memory + filters.begin[p], out,
                 m.matrix(p), out, false);
      for (int64_t q = first, count; q < stop; q += count) {
        count = std::min({written.most(), stop - q, grid.rows_below(q)});
        for (int64_t c = 0; c < out; c += n) {
          const TileRow rows = written.rows(grid.image(q), c, grid.top(q), grid.left(q), count);
          TileRow r = rows;
          r.tiles = grid.size(q);
          for (int64_t i = 0; i < count; ++i, r.top += grid.high)
            phase_kernels.results(m.at(grid.before(q + i) - start, c), a.flat, b.data + c, r);
          written.store(grid.image(q), c, grid.top(q), grid.left(q), rows);
        }
      }
    }
  });
}

void phases_conv_input(const ConvShape& s, const float* dy, const float* weight, const float* bias, float* dx,
                       PackKey key) {
  const Axes a(s);
  const Image x = a.x(s, dx), y = a.y(s, dy);
  const int64_t n = lanes(), in = x.channels, out = y.channels;
  const Values filters(a, out, in, false);
  const auto u = load_filters(s, weight, false, key, filters.size, transform, &filters);
  const Bias b(bias, in);
  const Grid grid = grid_of(s, a, 2);  // products have few steps: the more rows share what is read of the filters
  // Blocks of tiles of one part of the rows, with the column to the left and the row above, which give to the same
  // pixels: the latter is kept from the block before, or computed again.
  const int64_t threads = in_team() ? 1 : get_num_threads(), rows = s.batch * grid.rows;
  int64_t block = std::min(std::max<int64_t>(1, grid.block / grid.parts), (rows + threads - 1) / threads);
  if (block > grid.rows) block -= block % grid.rows;
  const int64_t blocks = (rows + block - 1) / block;
  const TileStep down = a.step(0, 4, 0);
  parallel_for(blocks * grid.parts, 1, [&](int64_t begin, int64_t end) {
    const Kinds z(a, (block + 1) * (grid.part + 1), out);
    const Values m(a, (block + 1) * (grid.part + 1), in, false);
    const Workspace<float> values(m.size);
    const Stage read(y, grid.part + 1, {grid.high, 0}, {2, 0}), written(x, grid.part + 1, down, {4, 0});
    const Workspace<float> sums(n);  // which nobody wants
    std::fill_n(sums.data(), n, 0.f);
    for (int64_t e = begin; e < end; ++e) {
      const int64_t first = e % blocks * block, stop = std::min(first + block, rows), q = e / blocks;
      const int64_t left = q > 0, size = grid.size(q), width = size + left;
      const bool above = first % grid.rows && !a.flat, kept = e > begin && first > 0;
      const int64_t start = first - (above && !kept);
      for (int p = 6; above && kept && p < a.planes(); ++p) {
        const int64_t row = width * m.width[p];
        std::copy_n(values + m.begin[p] + block * row, row, values + m.begin[p]);
      }
      for (int64_t r = start, count; r < stop; r += count) {
        count = std::min({read.most(), stop - r, grid.rows - r % grid.rows});
        for (int64_t c = 0; c < out; c += n) {
          TileRow from = read.load(r / grid.rows, c, r % grid.rows * grid.high, grid.left(q) - 2 * left, count);
          from.tiles = width;
          for (int64_t i = 0; i < count; ++i, from.top += grid.high)
            phase_kernels.gradients(from, a.flat, z.at((r - start + i) * width, c), sums);
        }
      }
      for (int p = 0; p < a.planes(); ++p)
        multiply((stop - start) * width, m.width[p], out, z.matrix(p), out, false, u->memory + filters.begin[p],
                 m.width[p], values + m.begin[p] + (start - first + 1) * width * m.width[p], m.width[p], false);
      const bool last = q == grid.parts - 1;
      for (int64_t r = first, tiles; r < stop; r += tiles) {
        const int64_t row = r % grid.rows, at = (r - first + 1) * width + left;
        tiles = std::min(stop - r, grid.rows - row);
        // After the last row of tiles come the pixels that it shares with none.
        const int64_t below = tiles + (!a.flat && row + tiles == grid.rows);
        for (int64_t i = 0, count; i < below; i += count) {
          count = std::min(written.most(), below - i);
          const int64_t top = (row + i) * down.step - a.padding[0], column = 2 * grid.left(q) - a.padding[1];
          for (int64_t c = 0; c < in; c += n) {
            TileRow rows = written.rows(r / grid.rows, c, top, column, count);
            rows.tiles = size;
            TileRow to = rows;
            for (int64_t k = i; k < i + count; ++k, to.top += down.step)
              phase_kernels.spread(values + c, k < tiles ? at + k * width : -1,
                                   row + k > 0 && !a.flat ? at + (k - 1) * width : -1, left, last, m.taps, m.slots,
                                   b.data + c, to);
            rows.width = std::min(rows.width, rows.left + 4 * (size + last));  // what follows is the next part's
            written.store(r / grid.rows, c, top, column, rows);
          }
        }
      }
    }
  });
}

void phases_conv_weight(const ConvShape& s, const float* px, const float* dy, float* dweight, float* dbias) {
  const Axes a(s);
  const Image x = a.x(s, px), y = a.y(s, dy);
  const int64_t n = lanes(), in = x.channels, out = y.channels, groups = (in + out) / n, taps = a.filter();
  const Grid grid = grid_of(s, a, 2);
  const TileStep down = a.step(0, 4, 2), across{4, 2};
  const Values v(a, grid.block * grid.part, in, false), u(a, in, out, true);
  const Workspace<float> values(v.size), filters(u.size);
  const Kinds z(a, grid.block * grid.part, out);
  const Workspace<float> sums(grid.block * out);  // of the parts of dy in a block
  const Workspace<double> total(dbias ? out : 0);
  if (dbias) std::fill_n(total.data(), out, 0.0);
  for (int64_t first = 0; first < grid.total; first += grid.block) {
    const int64_t count = std::min(grid.block, grid.total - first), start = grid.before(first);
    const int64_t tiles = grid.before(first + count) - start;
    parallel_for(count * groups, kGrain / (grid.part * n * 8) + 1, [&](int64_t begin, int64_t end) {
      const Stage read(x, grid.part, down, across), results(y, grid.part, {grid.high, 0}, {2, 0});
      for (int64_t e = begin; e < end; ++e) {
        const int64_t q = first + e / groups, at = grid.before(q) - start, c = e % groups * n;
        if (c < in) {
          TileRow r = read.load(grid.image(q), c, grid.top(q) / grid.high * down.step - a.padding[0],
                                2 * grid.left(q) - a.padding[1], 1);
          r.tiles = grid.size(q);
          phase_kernels.read(r, v.taps, v.slots, values + c, at);
        } else {
          TileRow r = results.load(grid.image(q), c - in, grid.top(q), grid.left(q), 1);
          r.tiles = grid.size(q);
          float* const sum = sums + e / groups * out + c - in;
          std::fill_n(sum, n, 0.f);
          phase_kernels.gradients(r, a.flat, z.at(at, c - in), sum);
        }
      }
    });
    for (int p = 0; p < a.planes(); ++p)
      multiply(v.width[p], out, tiles, values + v.begin[p], v.width[p], true, z.matrix(p), out, filters + u.begin[p],
               out, first > 0);
    for (int64_t q = 0; dbias && q < count; ++q)
      for (int64_t c = 0; c < out; ++c) total[c] += static_cast<double>(sums[q * out + c]);
  }
  parallel_for(out / n, kGrain / (in * taps * n) + 1, [&](int64_t begin, int64_t end) {
    const Workspace<float> staged(in * taps * n);
    for (int64_t c = begin * n; c < end * n; c += n) {
      phase_kernels.filter_gradients(filters + c, in, u.taps, u.slots, staged);
      tile_copy(kItem)({reinterpret_cast<char*>(dweight + c * in * taps), in * taps * kItem, kItem},
                       {reinterpret_cast<char*>(staged.data()), kItem, n * kItem}, n, in * taps);
    }
  });
  for (int64_t c = 0; dbias && c < out; ++c) dbias[c] = static_cast<float>(total[c]);
}

}  // namespace lampas::cpu
