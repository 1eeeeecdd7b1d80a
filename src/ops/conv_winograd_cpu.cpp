// Convolutions as products of transformed tiles (conv_winograd.h). Tiles are taken in blocks of whole rows of them:
// transformed, multiplied and transformed back while they are in the cache.
#include <algorithm>
#include <cstring>
#include <string>

#include "backend/cpu/gemm.h"
#include "backend/cpu/lru_cache.h"
#include "backend/cpu/parallel.h"
#include "backend/cpu/tile_copy.h"
#include "backend/cpu/workspace.h"
#include "lampas/backend/cpu/threads.h"
#include "ops/conv_winograd.h"

namespace lampas::cpu {
namespace {

constexpr int64_t kTaps = 9, kPlanes = 16, kItem = sizeof(float);
/// Bytes of transformed tiles in a block, which stay in the second-level cache where filters come from the third; where
/// those come from memory, they should do so seldom.
constexpr int64_t kBlockBytes = 512 << 10, kManyFilters = 4 << 20, kLargeBlockBytes = 8 << 20;

int64_t lanes() { return winograd_kernels.lanes; }

/// An image of the shape, in any of its layouts but that of smaller blocks than vectors.
struct Image {
  float* data;
  int64_t channels, height, width;
  ImageLayout layout;

  Image(const float* data, int64_t channels, const int64_t* size, ImageLayout layout)
      : data(const_cast<float*>(data)), channels(channels), height(size[0]), width(size[1]), layout(layout) {}
  bool plain() const { return layout == ImageLayout::ChannelsFirst; }
  /// Channels from c on, where those of a pixel lie side by side.
  TileRow row(int64_t n, int64_t c, int64_t top, int64_t left, int64_t tiles) const {
    const int64_t side = layout == ImageLayout::ChannelsLast ? channels : channel_block(layout);
    float* first = data + (n * channels + c / side * side) * height * width + c % side;
    return {first, width * side, side, height, width, top, left, tiles};
  }
  /// Between `row`, some rows of pixels with their channels side by side, and a plain image: those inside it.
  void stage(int64_t n, int64_t c, int64_t top, int64_t left, const TileRow& row, bool load) const {
    const int64_t plane = height * width, begin = std::max<int64_t>(0, -left), end = std::min(row.width, width - left);
    for (int64_t i = 0; i < row.height; ++i) {
      float *to = row.data + i * row.row, *from = data + (n * channels + c) * plane + (top + i) * width + left;
      const bool inside = top + i >= 0 && top + i < height && begin < end;
      const int64_t a = inside ? begin : row.width, b = inside ? end : row.width;
      if (load) {
        std::fill(to, to + a * row.pixel, 0.f);
        std::fill(to + b * row.pixel, to + row.row, 0.f);
      }
      if (!inside) continue;
      const Tile staged{reinterpret_cast<char*>(to + a * row.pixel), kItem, row.pixel * kItem},
          image{reinterpret_cast<char*>(from + a), plane * kItem, kItem};
      if (load)
        tile_copy(kItem)(staged, image, lanes(), b - a);
      else
        tile_copy(kItem)(image, staged, lanes(), b - a);
    }
  }
};

/// Scratch memory for rows of pixels of a plain image, their channels side by side: as much as lets rows of tiles share
/// the pixel rows that they have in common, and stays in the first-level cache.
class Stage {
 public:
  /// `overlap`: pixels that tiles share with the next ones.
  Stage(const Image& image, int64_t tiles, int64_t overlap)
      : tiles_(tiles),
        overlap_(overlap),
        columns_(2 * tiles + overlap),
        most_(std::max<int64_t>(1, (kBytes / (columns_ * lanes() * kItem) - overlap) / 2)),
        memory_(image.plain() ? (2 * most_ + overlap) * columns_ * lanes() : 0) {}
  /// Rows of tiles that fit.
  int64_t most() const { return most_; }
  TileRow rows(int64_t count) const {
    return {memory_.data(), columns_ * lanes(), lanes(), 2 * count + overlap_, columns_, 0, 0, tiles_};
  }
  /// `count` rows of tiles where a kernel can read them; those after the first begin two pixels further down each.
  TileRow load(const Image& image, int64_t n, int64_t c, int64_t top, int64_t left, int64_t count) const {
    if (!image.plain()) return image.row(n, c, top, left, tiles_);
    const TileRow r = rows(count);
    image.stage(n, c, top, left, r, true);
    return r;
  }

 private:
  static constexpr int64_t kBytes = 24 << 10;
  int64_t tiles_, overlap_, columns_, most_;
  Workspace<float> memory_;
};

/// Transformed tiles with all their channels, or filters with both of theirs: planes of matrices.
struct Planes {
  int64_t columns, plane;
  Workspace<float> memory;
  // Planes a power of two apart would share the few places that the cache has for their elements.
  Planes(int64_t rows, int64_t columns) : columns(columns), plane(rows * columns + 16), memory(kPlanes * plane) {}
  float* matrix(int64_t p) const { return memory.data() + p * plane; }
  TilePlanes at(int64_t row, int64_t column) const { return {memory.data() + row * columns + column, columns, plane}; }
};

/// The tiles that cover images of results, in rows: parts of an image's rows where those are too long for a block.
struct Grid {
  int64_t rows, tiles;  // of an image, and of one of its rows
  int64_t part, parts;  // tiles of a part, and parts of a row
  int64_t block;        // parts that are taken together
  int64_t total;        // parts of all images

  Grid(int64_t batch, const int64_t* size, int64_t in_channels, int64_t out_channels)
      : rows((size[0] + 1) / 2), tiles((size[1] + 1) / 2) {
    constexpr int64_t kElement = kPlanes * kItem;
    const int64_t bytes = kElement * in_channels * out_channels <= kManyFilters ? kBlockBytes : kLargeBlockBytes;
    const int64_t fit = std::max<int64_t>(32, bytes / (kElement * (in_channels + out_channels)));
    parts = (tiles + 2 * fit - 1) / (2 * fit);
    part = (tiles + parts - 1) / parts;
    parts = (tiles + part - 1) / part;
    total = batch * rows * parts;
    block = std::clamp<int64_t>(fit / part, 1, total);
  }
  int64_t image(int64_t q) const { return q / (rows * parts); }
  int64_t top(int64_t q) const { return q / parts % rows * 2; }
  int64_t left(int64_t q) const { return q % parts * part * 2; }
  /// Tiles of part q, and of all before it.
  int64_t size(int64_t q) const { return std::min(part, tiles - q % parts * part); }
  int64_t before(int64_t q) const { return q / parts * tiles + q % parts * part; }
  /// Whole rows of one image from part q on.
  int64_t rows_below(int64_t q) const { return parts == 1 ? rows - q % rows : 1; }
};

struct Padding {
  int64_t top, left;
};

void multiply(int64_t m, int64_t n, int64_t k, const float* a, int64_t lda, bool trans_a, const float* b, int64_t ldb,
              float* c, int64_t ldc, bool add) {
  Gemm g;
  g.m = m, g.n = n, g.k = k, g.trans_a = trans_a;
  g.a = a, g.lda = lda, g.b = b, g.ldb = ldb, g.c = c, g.ldc = ldc, g.beta = add;
  gemm<float>(g);
}

/// Filters transformed: matrices of channels that are read x channels that are written.
void transform_filters(const ConvShape& s, const float* w, bool forward, const Planes& u) {
  const int64_t in = s.in_channels, out = s.out_channels, read = forward ? in : out, written = forward ? out : in;
  // The filters of a vector of written channels are lines of taps: of several read channels where those are neighbours.
  // Whole rows of the matrices are written at a time: neither those nor the planes share pages.
  const int64_t n = lanes(), most = forward ? 16 : 1, line = (forward ? in : 1) * kTaps;
  parallel_for((read + most - 1) / most, kGrain / (most * written * kTaps) + 1, [&](int64_t begin, int64_t end) {
    const Workspace<float> taps(most * kTaps * n);
    for (int64_t r = begin * most; r < std::min(end * most, read); r += most) {
      const int64_t count = std::min(most, read - r);
      for (int64_t c = 0; c < written; c += n) {
        const float* from = w + (forward ? c * in + r : r * in + c) * kTaps;
        tile_copy(kItem)({reinterpret_cast<char*>(taps.data()), kItem, n * kItem},
                         {reinterpret_cast<char*>(const_cast<float*>(from)), line * kItem, kItem}, n, count * kTaps);
        winograd_kernels.filters(taps, count, !forward, u.at(r, c));
      }
    }
  });
}

/// Filters kept for as long as the weight they were made of has its version.
struct KeptFilters {
  uint64_t version;
  Planes planes;
  KeptFilters(uint64_t version, int64_t read, int64_t written) : version(version), planes(read, written) {}
};
LruCache<KeptFilters>& kept_filters() {
  static auto* c = new LruCache<KeptFilters>(size_t{256} << 20);  // leaked: threads may outlive static destruction
  return *c;
}
std::shared_ptr<KeptFilters> load_filters(const ConvShape& s, const float* w, bool forward, PackKey key) {
  const int64_t read = forward ? s.in_channels : s.out_channels, written = forward ? s.out_channels : s.in_channels;
  std::string name;
  if (key) {
    const int64_t parts[] = {static_cast<int64_t>(key.id), forward, s.in_channels, s.out_channels, lanes()};
    name.assign(reinterpret_cast<const char*>(parts), sizeof parts);
    if (auto hit = kept_filters().find(name); hit && hit->version == key.version) return hit;
  }
  auto u = std::make_shared<KeptFilters>(key.version, read, written);
  transform_filters(s, w, forward, u->planes);
  if (key) kept_filters().insert(name, u, static_cast<size_t>(kPlanes * u->planes.plane * kItem));
  return u;
}

void convolve(int64_t batch, const Image& x, const Planes& u, const float* bias, const Image& y, Padding padding) {
  const int64_t size[] = {y.height, y.width}, n = lanes(), in = x.channels, out = y.channels;
  const Grid grid(batch, size, in, out);
  const int64_t threads = in_team() ? 1 : get_num_threads();
  const int64_t block = std::min(grid.block, (grid.total + threads - 1) / threads);
  const WinogradKernels& kernels = winograd_kernels;
  const Workspace<float> no_bias(bias ? 0 : out);
  if (!bias) std::fill_n(no_bias.data(), out, 0.f), bias = no_bias;
  parallel_for((grid.total + block - 1) / block, 1, [&](int64_t begin, int64_t end) {
    const Planes v(block * grid.part, in), m(block * grid.part, out);
    const Stage read(x, grid.part, 2), written(y, grid.part, 0);
    for (int64_t first = begin * block, last = std::min(end * block, grid.total); first < last; first += block) {
      const int64_t stop = std::min(first + block, last), start = grid.before(first);
      for (int64_t q = first, count; q < stop; q += count) {
        count = std::min({read.most(), stop - q, grid.rows_below(q)});
        for (int64_t c = 0; c < in; c += n) {
          TileRow r = read.load(x, grid.image(q), c, grid.top(q) - padding.top, grid.left(q) - padding.left, count);
          r.tiles = grid.size(q);
          for (int64_t i = 0; i < count; ++i, r.top += 2) kernels.input(r, v.at(grid.before(q + i) - start, c));
        }
      }
      const int64_t tiles = grid.before(stop) - start;
      for (int64_t p = 0; p < kPlanes; ++p)
        multiply(tiles, out, in, v.matrix(p), in, false, u.matrix(p), out, m.matrix(p), out, false);
      for (int64_t q = first; q < stop; ++q)
        for (int64_t c = 0; c < out; c += n) {
          const TilePlanes from = m.at(grid.before(q) - start, c);
          TileRow to = y.plain() ? written.rows(1) : y.row(grid.image(q), c, grid.top(q), grid.left(q), 0);
          to.tiles = grid.size(q);
          kernels.output(from, bias + c, to);
          if (y.plain()) y.stage(grid.image(q), c, grid.top(q), grid.left(q), to, false);
        }
    }
  });
}

Image x_of(const ConvShape& s, const float* x) { return {x, s.in_channels, s.in, s.x_layout}; }
Image y_of(const ConvShape& s, const float* y) { return {y, s.out_channels, s.out, s.y_layout}; }

/// Whether the kernels take an image where it lies, or stage it.
bool readable(ImageLayout l) {
  return l == ImageLayout::ChannelsFirst || l == ImageLayout::ChannelsLast || channel_block(l) % lanes() == 0;
}

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
  const auto u = load_filters(s, weight, true, key);
  convolve(s.batch, x_of(s, x), u->planes, bias, y_of(s, y), {s.padding[0], s.padding[1]});
}

void winograd_conv_input(const ConvShape& s, const float* dy, const float* weight, const float* bias, float* dx,
                         PackKey key) {
  const auto u = load_filters(s, weight, false, key);
  convolve(s.batch, y_of(s, dy), u->planes, bias, x_of(s, dx), {2 - s.padding[0], 2 - s.padding[1]});
}

void winograd_conv_weight(const ConvShape& s, const float* x, const float* dy, float* dweight, float* dbias) {
  const int64_t n = lanes(), in = s.in_channels, out = s.out_channels, groups = (in + out) / n;
  const Image images = x_of(s, x), grads = y_of(s, dy);
  const Grid grid(s.batch, s.out, in, out);
  const WinogradKernels& kernels = winograd_kernels;
  const Planes v(grid.block * grid.part, in), z(grid.block * grid.part, out), u(in, out);
  const Workspace<float> sums(grid.block * out);  // of the parts of dy in a block
  const Workspace<double> total(dbias ? out : 0);
  if (dbias) std::fill_n(total.data(), out, 0.0);
  for (int64_t first = 0; first < grid.total; first += grid.block) {
    const int64_t count = std::min(grid.block, grid.total - first), start = grid.before(first);
    const int64_t tiles = grid.before(first + count) - start;
    parallel_for(count * groups, kGrain / (grid.part * n * 8) + 1, [&](int64_t begin, int64_t end) {
      const Stage read(images, grid.part, 2), results(grads, grid.part, 0);
      for (int64_t e = begin; e < end; ++e) {
        const int64_t q = first + e / groups, at = grid.before(q) - start, c = e % groups * n;
        if (c < in) {
          TileRow r = read.load(images, grid.image(q), c, grid.top(q) - s.padding[0], grid.left(q) - s.padding[1], 1);
          r.tiles = grid.size(q);
          kernels.input(r, v.at(at, c));
        } else {
          TileRow r = results.load(grads, grid.image(q), c - in, grid.top(q), grid.left(q), 1);
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
