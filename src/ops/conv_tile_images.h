#pragma once

#include <algorithm>
#include <memory>

#include "backend/conv_shape.h"
#include "backend/cpu/workspace.h"
#include "ops/conv_winograd.h"

// What the kinds of minimal filtering share: images as it reads and writes them, a vector of channels at a time,
// blocks of tiles, and filters that are kept.
namespace lampas::cpu {

/// Channels that the transforms take at a time.
inline int64_t lanes() { return winograd_kernels.lanes; }
/// Whether the transforms take an image where it lies, or stage it.
inline bool readable(ImageLayout l) {
  return l == ImageLayout::ChannelsFirst || l == ImageLayout::ChannelsLast || channel_block(l) % lanes() == 0;
}

/// Pixels from one tile to the next, and those that it shares with it.
struct TileStep {
  int64_t step, overlap;
  int64_t pixels(int64_t tiles) const { return step * tiles + overlap; }
};

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
};

/// Scratch memory for the pixels of a plain image that rows of tiles cover, their channels side by side: as many rows
/// as stay in the first-level cache. Of whole rows of pixels a channel has one run, which is copied at once.
class Stage {
 public:
  Stage(const Image& image, int64_t tiles, TileStep y, TileStep x);
  /// Rows of tiles that fit.
  int64_t most() const { return most_; }
  /// `count` rows of tiles, the first at (top, left), of channels from c on where a kernel can read and write them:
  /// those after the first begin a step further down each.
  TileRow rows(int64_t n, int64_t c, int64_t top, int64_t left, int64_t count) const;
  TileRow load(int64_t n, int64_t c, int64_t top, int64_t left, int64_t count) const;
  /// To where `rows` said they are.
  void store(int64_t n, int64_t c, int64_t top, int64_t left, const TileRow& r) const {
    copy(n, c, top, left, r, false);
  }

 private:
  static constexpr int64_t kBytes = 48 << 10, kItem = sizeof(float);

  void copy(int64_t n, int64_t c, int64_t top, int64_t left, const TileRow& r, bool load) const;
  const Image& image_;
  int64_t tiles_;
  TileStep y_, x_;
  int64_t columns_, most_;
  Workspace<float> memory_;
};

/// The tiles that cover images of results, in rows: parts of an image's rows where those are too long for a block.
struct Grid {
  int64_t rows, tiles;  // of an image, and of one of its rows
  int64_t high;         // results of a tile, one above another
  int64_t part, parts;  // tiles of a part, and parts of a row
  int64_t block;        // parts that are taken together
  int64_t total;        // parts of all images

  /// Tiles of `high` by two results that take `tile_bytes`, and as many of filters in all.
  Grid(int64_t batch, const int64_t* size, int64_t high, int64_t tile_bytes, int64_t filter_bytes);
  int64_t image(int64_t q) const { return q / (rows * parts); }
  int64_t top(int64_t q) const { return q / parts % rows * high; }
  int64_t left(int64_t q) const { return q % parts * part * 2; }
  /// Tiles of part q, and of all before it.
  int64_t size(int64_t q) const { return std::min(part, tiles - q % parts * part); }
  int64_t before(int64_t q) const { return q / parts * tiles + q % parts * part; }
  /// Whole rows of one image from part q on.
  int64_t rows_below(int64_t q) const { return parts == 1 ? rows - q % rows : 1; }
};

/// Transformed filters, kept for as long as the weight they were made of has its version.
struct KeptFilters {
  uint64_t version;
  Workspace<float> memory;
  KeptFilters(uint64_t version, int64_t n) : version(version), memory(n) {}
};
/// Makes them of `count` filters of a vector of written channels from c on, for the read channels from r on.
using TransformFilters = void(const void* how, const float* taps, int64_t r, int64_t count, int64_t c, float* to);
/// The filters as `n` values, towards y (`forward`) or towards x: matrices of channels that are read x channels that
/// are written.
std::shared_ptr<KeptFilters> load_filters(const ConvShape& s, const float* w, bool forward, PackKey key, int64_t n,
                                          TransformFilters* transform, const void* how);

/// c = a * b, or c += a * b; a is k x m if `trans_a`.
void multiply(int64_t m, int64_t n, int64_t k, const float* a, int64_t lda, bool trans_a, const float* b, int64_t ldb,
              float* c, int64_t ldc, bool add);

}  // namespace lampas::cpu
