// Convolutions as products of transformed tiles (conv_winograd.h). Tiles are taken in blocks of whole rows of them:
// transformed, multiplied and transformed back while they are in the cache.
#include <algorithm>

#include "backend/cpu/parallel.h"
#include "backend/cpu/tile_copy.h"
#include "backend/cpu/workspace.h"
#include "lampas/backend/cpu/threads.h"
#include "ops/conv_tile_images.h"
#include "ops/conv_winograd.h"

namespace lampas::cpu {
namespace {

constexpr int64_t kTaps = 9, kPlanes = 16, kItem = sizeof(float);
constexpr TileStep kRead{2, 2}, kWritten{2, 0};

/// Transformed tiles with all their channels, or filters with both of theirs: planes of matrices.
struct PlaneSize {
  int64_t columns, plane;
  // Planes a power of two apart would share the few places that the cache has for their elements.
  PlaneSize(int64_t rows, int64_t columns) : columns(columns), plane(rows * columns + 16) {}
  int64_t values() const { return kPlanes * plane; }
  TilePlanes at(float* data, int64_t row, int64_t column) const {
    return {data + row * columns + column, columns, plane};
  }
};
struct Planes : PlaneSize {
  Workspace<float> memory;
  Planes(int64_t rows, int64_t columns) : PlaneSize(rows, columns), memory(values()) {}
  float* matrix(int64_t p) const { return memory.data() + p * plane; }
  TilePlanes at(int64_t row, int64_t column) const { return PlaneSize::at(memory, row, column); }
};

struct Padding {
  int64_t top, left;
};

template <bool kTurned>
void transform(const void* how, const float* taps, int64_t r, int64_t count, int64_t c, float* to) {
  winograd_kernels.filters(taps, count, kTurned, static_cast<const PlaneSize*>(how)->at(to, r, c));
}

void convolve(int64_t batch, const Image& x, const float* u, const float* bias, const Image& y, Padding padding) {
  const int64_t size[] = {y.height, y.width}, n = lanes(), in = x.channels, out = y.channels;
  const Grid grid(batch, size, 2, kPlanes * kItem * (in + out), kPlanes * kItem * in * out);
  const int64_t threads = in_team() ? 1 : get_num_threads();
  const int64_t block = std::min(grid.block, (grid.total + threads - 1) / threads);
  const WinogradKernels& kernels = winograd_kernels;
  const int64_t filters = PlaneSize(in, out).plane;
  const Workspace<float> no_bias(bias ? 0 : out);
  if (!bias) std::fill_n(no_bias.data(), out, 0.f), bias = no_bias;
  parallel_for((grid.total + block - 1) / block, 1, [&](int64_t begin, int64_t end) {
    const Planes v(block * grid.part, in), m(block * grid.part, out);
    const Stage read(x, grid.part, kRead, kRead), written(y, grid.part, kWritten, kWritten);
    for (int64_t first = begin * block, last = std::min(end * block, grid.total); first < last; first += block) {
      const int64_t stop = std::min(first + block, last), start = grid.before(first);
      for (int64_t q = first, count; q < stop; q += count) {
        count = std::min({read.most(), stop - q, grid.rows_below(q)});
        for (int64_t c = 0; c < in; c += n) {
          TileRow r = read.load(grid.image(q), c, grid.top(q) - padding.top, grid.left(q) - padding.left, count);
          r.tiles = grid.size(q);
          for (int64_t i = 0; i < count; ++i, r.top += 2) kernels.input(r, v.at(grid.before(q + i) - start, c));
        }
      }
      const int64_t tiles = grid.before(stop) - start;
      for (int64_t p = 0; p < kPlanes; ++p)
        multiply(tiles, out, in, v.matrix(p), in, false, u + p * filters, out, m.matrix(p), out, false);
      for (int64_t q = first, count; q < stop; q += count) {
        count = std::min({written.most(), stop - q, grid.rows_below(q)});
        for (int64_t c = 0; c < out; c += n) {
          const TileRow rows = written.rows(grid.image(q), c, grid.top(q), grid.left(q), count);
          TileRow r = rows;
          r.tiles = grid.size(q);
          for (int64_t i = 0; i < count; ++i, r.top += 2)
            kernels.output(m.at(grid.before(q + i) - start, c), bias + c, r);
          written.store(grid.image(q), c, grid.top(q), grid.left(q), rows);
        }
      }
    }
  });
}

Image x_of(const ConvShape& s, const float* x) { return {x, s.in_channels, s.in, s.x_layout}; }
Image y_of(const ConvShape& s, const float* y) { return {y, s.out_channels, s.out, s.y_layout}; }

}  // namespace

bool winograd_pays(ConvDirection direction, const ConvShape& s) {
  if (lanes() < 4 || s.dims != 2 || s.groups != 1 || s.batch == 0) return false;
  double filled = 1;  // share of the tiles' results that are wanted
  for (int d = 0; d < 2; ++d) {
    if (s.kernel[d] != 3 || s.stride[d] != 1 || s.dilation[d] != 1 || s.padding[d] < 0 || s.padding[d] > 2)
      return false;
    if (s.out[d] < 2 || s.in[d] < 2) return false;
    filled *= static_cast<double>(s.out[d]) / static_cast<double>((s.out[d] + 1) / 2 * 2);
  }
  const int64_t in = s.in_channels, out = s.out_channels;
  if (in % lanes() || out % lanes() || in < 16 || out < 16 || filled < 0.6) return false;
  // Transforming the filters, and reading so many more values, takes as long as some tiles do.
  const int64_t least = std::max<int64_t>(32, in * out / (direction == ConvDirection::Weight ? 4096 : 2048));
  const int64_t tiles = s.batch * ((s.out[0] + 1) / 2) * ((s.out[1] + 1) / 2);
  return readable(s.x_layout) && readable(s.y_layout) && tiles >= least && tiles * in * out >= (1 << 14);
}

ImageLayout winograd_blocks() { return lanes() == 16 ? ImageLayout::Blocked16 : ImageLayout::Blocked8; }

void winograd_conv(const ConvShape& s, const float* x, const float* weight, const float* bias, float* y, PackKey key) {
  const PlaneSize size(s.in_channels, s.out_channels);
  const auto u = load_filters(s, weight, true, key, size.values(), transform<false>, &size);
  convolve(s.batch, x_of(s, x), u->memory, bias, y_of(s, y), {s.padding[0], s.padding[1]});
}

void winograd_conv_input(const ConvShape& s, const float* dy, const float* weight, const float* bias, float* dx,
                         PackKey key) {
  const PlaneSize size(s.out_channels, s.in_channels);
  const auto u = load_filters(s, weight, false, key, size.values(), transform<true>, &size);
  convolve(s.batch, y_of(s, dy), u->memory, bias, x_of(s, dx), {2 - s.padding[0], 2 - s.padding[1]});
}

void winograd_conv_weight(const ConvShape& s, const float* x, const float* dy, float* dweight, float* dbias) {
  const int64_t n = lanes(), in = s.in_channels, out = s.out_channels, groups = (in + out) / n;
  const Image images = x_of(s, x), grads = y_of(s, dy);
  const Grid grid(s.batch, s.out, 2, kPlanes * kItem * (in + out), kPlanes * kItem * in * out);
  const WinogradKernels& kernels = winograd_kernels;
  const Planes v(grid.block * grid.part, in), z(grid.block * grid.part, out), u(in, out);
  const Workspace<float> sums(grid.block * out);  // of the parts of dy in a block
  const Workspace<double> total(dbias ? out : 0);
  if (dbias) std::fill_n(total.data(), out, 0.0);
  for (int64_t first = 0; first < grid.total; first += grid.block) {
    const int64_t count = std::min(grid.block, grid.total - first), start = grid.before(first);
    const int64_t tiles = grid.before(first + count) - start;
    parallel_for(count * groups, kGrain / (grid.part * n * 8) + 1, [&](int64_t begin, int64_t end) {
      const Stage read(images, grid.part, kRead, kRead), results(grads, grid.part, kWritten, kWritten);
      for (int64_t e = begin; e < end; ++e) {
        const int64_t q = first + e / groups, at = grid.before(q) - start, c = e % groups * n;
        if (c < in) {
          TileRow r = read.load(grid.image(q), c, grid.top(q) - s.padding[0], grid.left(q) - s.padding[1], 1);
          r.tiles = grid.size(q);
          kernels.input(r, v.at(at, c));
        } else {
          TileRow r = results.load(grid.image(q), c - in, grid.top(q), grid.left(q), 1);
          r.tiles = grid.size(q);
          float* const sum = sums + e / groups * out + c - in;
          std::fill_n(sum, n, 0.f);
          kernels.gradient(r, z.at(at, c - in), sum);
        }
      }
    });
    parallel_for(kPlanes, kGrain * 16 / (in * out * tiles) + 1, [&](int64_t begin, int64_t end) {
      for (int64_t p = begin; p < end; ++p)
        multiply(in, out, tiles, v.matrix(p), in, true, z.matrix(p), out, u.matrix(p), out, first > 0);
    });
    for (int64_t q = 0; dbias && q < count; ++q)
      for (int64_t c = 0; c < out; ++c) total[c] += static_cast<double>(sums[q * out + c]);
  }
  parallel_for(out / n, kGrain / (in * kTaps * n) + 1, [&](int64_t begin, int64_t end) {
    const Workspace<float> taps(in * kTaps * n);
    for (int64_t c = begin * n; c < end * n; c += n) {
      kernels.filter_gradients(u.at(0, c), in, taps);
      tile_copy(kItem)({reinterpret_cast<char*>(dweight + c * in * kTaps), in * kTaps * kItem, kItem},
                       {reinterpret_cast<char*>(taps.data()), kItem, n * kItem}, n, in * kTaps);
    }
  });
  for (int64_t c = 0; dbias && c < out; ++c) dbias[c] = static_cast<float>(total[c]);
}

}  // namespace lampas::cpu
