#include <string>

#include "backend/cpu/gemm.h"
#include "backend/cpu/lru_cache.h"
#include "backend/cpu/parallel.h"
#include "backend/cpu/tile_copy.h"
#include "ops/conv_tile_images.h"

namespace lampas::cpu {
namespace {

constexpr int64_t kItem = sizeof(float);
/// Bytes of transformed tiles in a block, which stay in the second-level cache where filters come from the third; where
/// those come from memory, they should do so seldom.
constexpr int64_t kBlockBytes = 512 << 10, kManyFilters = 4 << 20, kLargeBlockBytes = 8 << 20;
/// Bytes of staged pixels, beside those.
constexpr int64_t kStageBytes = 48 << 10;

LruCache<KeptFilters>& kept_filters() {
  static auto* c = new LruCache<KeptFilters>(size_t{256} << 20);  // leaked: threads may outlive static destruction
  return *c;
}

}  // namespace

Stage::Stage(const Image& image, int64_t tiles, TileStep y, TileStep x)
    : image_(image),
      tiles_(tiles),
      y_(y),
      x_(x),
      columns_(std::min(image.width, x.pixels(tiles))),
      most_(std::max<int64_t>(1, (kStageBytes / (columns_ * lanes() * kItem) - y.overlap) / y.step)),
      memory_(image.plain() ? std::min(image.height, y.pixels(most_)) * columns_ * lanes() : 0) {}

TileRow Stage::rows(int64_t n, int64_t c, int64_t top, int64_t left, int64_t count) const {
  if (!image_.plain()) return image_.row(n, c, top, left, tiles_);
  const int64_t y = std::clamp<int64_t>(top, 0, image_.height), x = std::clamp<int64_t>(left, 0, image_.width);
  const int64_t height = std::clamp<int64_t>(top + y_.pixels(count), y, image_.height) - y;
  const int64_t width = std::clamp<int64_t>(left + x_.pixels(tiles_), x, image_.width) - x;
  return {memory_.data(), width * lanes(), lanes(), height, width, top - y, left - x, tiles_};
}

TileRow Stage::load(int64_t n, int64_t c, int64_t top, int64_t left, int64_t count) const {
  const TileRow r = rows(n, c, top, left, count);
  copy(n, c, top, left, r, true);
  return r;
}

void Stage::copy(int64_t n, int64_t c, int64_t top, int64_t left, const TileRow& r, bool load) const {
  if (!image_.plain() || r.width <= 0) return;
  const int64_t plane = image_.height * image_.width;
  float* from = image_.data + (n * image_.channels + c) * plane + (top - r.top) * image_.width + left - r.left;
  const bool whole = r.width == image_.width;
  const int64_t run = whole ? r.height * r.width : r.width;
  float* to = r.data;
  for (int64_t i = 0; i < (whole ? 1 : r.height); ++i, from += image_.width, to += r.row) {
    const Tile staged{reinterpret_cast<char*>(to), kItem, r.pixel * kItem},
        image{reinterpret_cast<char*>(from), plane * kItem, kItem};
    tile_copy(kItem)(load ? staged : image, load ? image : staged, lanes(), run);
  }
}

Grid::Grid(int64_t batch, const int64_t* size, int64_t high, int64_t tile_bytes, int64_t filter_bytes)
    : rows((size[0] + high - 1) / high), tiles((size[1] + 1) / 2), high(high) {
  const int64_t bytes = filter_bytes <= kManyFilters ? kBlockBytes : kLargeBlockBytes;
  const int64_t fit = std::max<int64_t>(32, bytes / tile_bytes);
  parts = (tiles + 2 * fit - 1) / (2 * fit);
  part = (tiles + parts - 1) / parts;
  parts = (tiles + part - 1) / part;
  total = batch * rows * parts;
  block = std::clamp<int64_t>(fit / part, 1, total);
}

std::shared_ptr<KeptFilters> load_filters(const ConvShape& s, const float* w, bool forward, PackKey key, int64_t values,
                                          TransformFilters* transform, const void* how) {
  std::string name;
  if (key) {
    const int64_t parts[] = {static_cast<int64_t>(key.id),
                             forward,
                             s.in_channels,
                             s.out_channels,
                             s.dims,
                             s.kernel[0],
                             s.kernel[1],
                             s.stride[0],
                             lanes()};
    name.assign(reinterpret_cast<const char*>(parts), sizeof parts);
    if (auto hit = kept_filters().find(name); hit && hit->version == key.version) return hit;
  }
  auto u = std::make_shared<KeptFilters>(key.version, values);
  const int64_t in = s.in_channels, out = s.out_channels, read = forward ? in : out, written = forward ? out : in;
  int64_t taps = 1;
  for (int d = 0; d < s.dims; ++d) taps *= s.kernel[d];
  // The filters of a vector of written channels are lines of taps: of several read channels where those are neighbours.
  // Whole rows of the matrices are written at a time: neither those nor the planes share pages.
  const int64_t n = lanes(), most = forward ? 16 : 1, line = (forward ? in : 1) * taps;
  parallel_for((read + most - 1) / most, kGrain / (most * written * taps) + 1, [&](int64_t begin, int64_t end) {
    const Workspace<float> staged(most * taps * n);
    for (int64_t r = begin * most; r < std::min(end * most, read); r += most) {
      const int64_t count = std::min(most, read - r);
      for (int64_t c = 0; c < written; c += n) {
        const float* from = w + (forward ? c * in + r : r * in + c) * taps;
        tile_copy(kItem)({reinterpret_cast<char*>(staged.data()), kItem, n * kItem},
                         {reinterpret_cast<char*>(const_cast<float*>(from)), line * kItem, kItem}, n, count * taps);
        transform(how, staged, r, count, c, u->memory);
      }
    }
  });
  if (key) kept_filters().insert(name, u, static_cast<size_t>(values * kItem));
  return u;
}

void multiply(int64_t m, int64_t n, int64_t k, const float* a, int64_t lda, bool trans_a, const float* b, int64_t ldb,
              float* c, int64_t ldc, bool add) {
  Gemm g;
  g.m = m, g.n = n, g.k = k, g.trans_a = trans_a;
  g.a = a, g.lda = lda, g.b = b, g.ldb = ldb, g.c = c, g.ldc = ldc, g.beta = add;
  gemm<float>(g);
}

}  // namespace lampas::cpu
