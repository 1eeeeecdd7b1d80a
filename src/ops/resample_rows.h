#pragma once

#include <cstdint>

namespace lampas::cpu {

/// A sparse linear map of rows, made for vectors. Targets are cut into blocks of as many as there are lanes; a block is
/// the sum of its entries, and an entry takes one source for each lane from the few elements behind its base. Bases
/// leave a vector (or two) of elements behind them, or are 0 where there are fewer.
struct RowTable {
  enum Kind : uint8_t { kOneVector, kTwoVectors, kAnywhere };
  struct Entry {
    int32_t base;
    Kind kind;
    bool partial;  // some targets have index -1: they get nothing
    bool pairs;    // of a block's first entry: it and all others are of two vectors, none partial
  };
  int64_t from = 0, to = 0;  // sources, targets
  const int32_t* begin;      // block b has entries [begin[b], begin[b + 1])
  const Entry* entry;
  const int32_t* index;  // one for each lane of an entry, from its base on
  const float* weight;
  bool plain = false;  // every block has as many entries as the first, of one vector, none partial
};

/// Null where vectors have one lane.
struct RowFunctions {
  int64_t lanes = 1;
  /// y = the map of x. `stream`: y is whole cache lines, written around the cache.
  void (*map)(const RowTable& t, const float* x, float* y, bool stream) = nullptr;
  /// y = sum of weight[k] * rows[k] over k < count, in order; n elements.
  void (*combine)(const float* const* rows, const float* weight, int64_t count, int64_t n, float* y,
                  bool stream) = nullptr;
};
inline RowFunctions row_functions{};

}  // namespace lampas::cpu
