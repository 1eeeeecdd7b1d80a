#pragma once

#include <cstdint>

// What the transforms of minimal filtering (conv_winograd.h, conv_phases.h) read and write.
namespace lampas::cpu {

/// A row of tiles in one vector of an image's channels.
struct TileRow {
  float* data;            // pixel (0, 0)
  int64_t row, pixel;     // floats to the next one
  int64_t height, width;  // pixels outside are zero, and not written
  int64_t top, left;      // of the first tile
  int64_t tiles;
};
/// Vectors of transformed tiles or filters: element p of tile t lies at data + p * plane + t * tile.
struct TilePlanes {
  float* data;
  int64_t tile, plane;
};

}  // namespace lampas::cpu
