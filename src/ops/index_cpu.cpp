// Advanced indexing on the CPU: offsets of a block of index entries are computed once (and checked), then applied at
// every position of the other dimensions.
#include <algorithm>
#include <atomic>
#include <cstring>

#include "backend/cpu/parallel.h"
#include "ops/element.h"
#include "ops/index.h"
#include "ops/strided_walk.h"

namespace lampas {
namespace {

constexpr int64_t kBlock = 256;

/// Byte offsets of entries [begin, begin + n). False at an index out of bounds.
[[gnu::noinline]] bool offsets_of(const IndexedDims& at, int64_t begin, int64_t n, int64_t* offset) {
  uint64_t bad = 0;  // a sign: of an index, or of size - 1 less one
  for (size_t k = 0; k < at.index.size(); ++k) {
    const int64_t* index = at.index[k] + begin;
    const int64_t last = at.size[k] - 1, stride = at.stride[k], wrap = at.negatives ? at.size[k] : 0;
    const auto position = [&](int64_t j) {
      const int64_t i = index[j] + ((index[j] >> 63) & wrap);
      bad |= static_cast<uint64_t>(i) | (static_cast<uint64_t>(last) - static_cast<uint64_t>(i));
      return i;
    };
    // A product of halves is one instruction where vectors have no whole one.
    constexpr int64_t kHalf = UINT32_MAX;
    if (last <= kHalf && stride <= kHalf) {
      const auto by = static_cast<uint32_t>(stride);
      const auto product = [&](int64_t j) {
        return static_cast<int64_t>(static_cast<uint64_t>(static_cast<uint32_t>(position(j))) * by);
      };
      if (k == 0)
        for (int64_t j = 0; j < n; ++j) offset[j] = product(j);
      else
        for (int64_t j = 0; j < n; ++j) offset[j] += product(j);
    } else {
      for (int64_t j = 0; j < n; ++j) offset[j] = (k == 0 ? 0 : offset[j]) + position(j) * stride;
    }
  }
  return bad >> 63 == 0;
}

BadIndex check_indices(const IndexedDims& at) {
  for (size_t k = 0; k < at.index.size(); ++k) {
    const int64_t* index = at.index[k];
    const int64_t size = at.size[k], low = at.negatives ? -size : 0;
    std::atomic<bool> bad = false;
    cpu::parallel_for(at.count, cpu::kGrain, [&](int64_t begin, int64_t end) {
      bool ok = true;
      for (int64_t j = begin; j < end; ++j) ok &= index[j] >= low && index[j] < size;
      if (!ok) bad.store(true, std::memory_order_relaxed);
    });
    if (!bad.load(std::memory_order_relaxed)) continue;
    for (int64_t j = 0; j < at.count; ++j)
      if (index[j] < low || index[j] >= size) return {static_cast<int>(k), index[j]};
  }
  return {};
}

/// plain = indexed.
template <class T>
struct Get {
  using Element = T;
  static constexpr bool copies = true;
  static constexpr bool reads = true;
  static void one(char* indexed, char* plain) { std::memcpy(plain, indexed, sizeof(T)); }
  static void run(char* indexed, char* plain, int64_t n) {
    std::memcpy(plain, indexed, static_cast<size_t>(n) * sizeof(T));
  }
};
/// indexed = plain.
template <class T>
struct Set {
  using Element = T;
  static constexpr bool copies = true;
  static constexpr bool reads = false;
  static void one(char* indexed, const char* plain) { std::memcpy(indexed, plain, sizeof(T)); }
  static void run(char* indexed, const char* plain, int64_t n) {
    std::memcpy(indexed, plain, static_cast<size_t>(n) * sizeof(T));
  }
};
/// indexed += plain.
template <class T>
struct Add {
  using Element = T;
  static constexpr bool copies = false;
  static constexpr bool reads = false;
  static void one(char* indexed, const char* plain) {
    add_to(*reinterpret_cast<T*>(indexed), *reinterpret_cast<const T*>(plain));
  }
  static void run(char* indexed, const char* plain, int64_t n) {
    auto* x = reinterpret_cast<T*>(indexed);
    const auto* y = reinterpret_cast<const T*>(plain);
    for (int64_t i = 0; i < n; ++i) add_to(x[i], y[i]);
  }
};

/// The dimensions around the index, and the part of the index a thread works on.
struct Walk {
  StridedWalk<2> outer, inner;
  char *indexed, *plain;
  int64_t plain_step;
  int64_t begin, end;                 // entries of the index
  int64_t outer_begin, outer_end;     // rows of outer times its last dimension
  int64_t low = 0, high = INT64_MAX;  // entries whose offset lies in [low, high)
};

/// Everything for one block of offsets at one position of the outer dimensions.
template <class Move>
void move_block(const Walk& w, char* indexed, char* plain, const int64_t* offset, int64_t n) {
  using T = typename Move::Element;
  constexpr auto item = static_cast<int64_t>(sizeof(T));
  const auto& last = w.inner.last();
  const bool filter = w.low > 0 || w.high != INT64_MAX;
  const auto skip = [&](int64_t j) { return filter && (offset[j] < w.low || offset[j] >= w.high); };
  if (last.size == 1) {
    if (Move::copies && item == 4 && !filter && w.plain_step == item) {
#pragma GCC unroll 4
      for (int64_t j = 0; j < n; ++j) Move::one(indexed + offset[j], plain + j * item);
      return;
    }
    for (int64_t j = 0; j < n; ++j)
      if (!skip(j)) Move::one(indexed + offset[j], plain + j * w.plain_step);
    return;
  }
  const bool dense = last.stride[0] == item && last.stride[1] == item;
  const bool single = w.inner.rank() == 1;
  // Blocks are anywhere in memory: they are asked for some entries ahead, the rest of a long one by the prefetcher.
  constexpr int64_t kAhead = 8, kMostAsked = 512;
  const int64_t asked = dense ? std::min(last.size * item, kMostAsked) : 1;
  for (int64_t j = 0; j < n; ++j) {
    if (skip(j)) continue;
    char *x = indexed + offset[j], *y = plain + j * w.plain_step;
    if (j + kAhead < n)
      for (int64_t b = 0; b < asked; b += 64) __builtin_prefetch(indexed + offset[j + kAhead] + b);
    if (dense && single) {
      Move::run(x, y, last.size);
      continue;
    }
    w.inner.each_row([&](const std::array<int64_t, 2>& at) {
      if (dense) {
        Move::run(x + at[0], y + at[1], last.size);
      } else {
        for (int64_t i = 0; i < last.size; ++i)
          Move::one(x + at[0] + i * last.stride[0], y + at[1] + i * last.stride[1]);
      }
      return true;
    });
  }
}

/// One thread's share. False at an index out of bounds.
template <class Move>
bool move_part(const Walk& w, const IndexedDims& at) {
  int64_t offset[kBlock];
  const auto& last = w.outer.last();
  for (int64_t b = w.begin; b < w.end; b += kBlock) {
    const int64_t n = std::min(kBlock, w.end - b);
    if (!offsets_of(at, b, n, offset)) return false;
    // Rows of the outer walk, cut at both ends to the range of positions.
    const int64_t first = w.outer_begin / last.size, stop = (w.outer_end + last.size - 1) / last.size;
    int64_t row = first;
    w.outer.each_row(first, stop, [&](const std::array<int64_t, 2>& o) {
      const int64_t from = std::max(w.outer_begin - row * last.size, int64_t{0}),
                    to = std::min(w.outer_end - row * last.size, last.size);
      for (int64_t i = from; i < to; ++i)
        move_block<Move>(w, w.indexed + o[0] + i * last.stride[0],
                         w.plain + o[1] + i * last.stride[1] + b * w.plain_step, offset, n);
      ++row;
      return true;
    });
  }
  return true;
}

template <class Move>
BadIndex move(const IndexWalk& given, const IndexedDims& at) {
  const Walk whole{StridedWalk<2>(given.outer, {given.outer_indexed, given.outer_plain}),
                   StridedWalk<2>(given.inner, {given.inner_indexed, given.inner_plain}),
                   given.indexed,
                   given.plain,
                   given.plain_step,
                   0,
                   at.count,
                   0,
                   0};
  const int64_t outer = whole.outer.numel(), inner = whole.inner.numel(), work = outer * inner * at.count;
  std::atomic<bool> ok = true;
  // Splits one of the ranges over threads; every element of `indexed` is written by one thread, in the order of the
  // index.
  auto split = [&](int64_t n, int64_t work_each, auto part) {
    cpu::parallel_for(n, std::max<int64_t>(1, cpu::kGrain / std::max<int64_t>(work_each, 1)),
                      [&](int64_t begin, int64_t end) {
                        Walk w = whole;
                        w.outer_end = outer;
                        part(w, begin, end);
                        if (!move_part<Move>(w, at)) ok.store(false, std::memory_order_relaxed);
                      });
  };
  if (work == 0) {
    return check_indices(at);
  } else if (Move::reads && at.count >= outer) {
    split(at.count, outer * inner, [](Walk& w, int64_t begin, int64_t end) { w.begin = begin, w.end = end; });
  } else if (outer >= 16 || work < 2 * cpu::kGrain) {
    split(outer, inner * at.count,
          [](Walk& w, int64_t begin, int64_t end) { w.outer_begin = begin, w.outer_end = end; });
  } else if (whole.inner.dim(0).size >= 64) {
    const int64_t size = whole.inner.dim(0).size;
    split(size, work / size, [](Walk& w, int64_t begin, int64_t end) {
      const auto moved = w.inner.narrow(0, begin, end);
      w.indexed += moved[0];
      w.plain += moved[1];
    });
  } else {
    int64_t extent = 1;
    for (size_t k = 0; k < at.size.size(); ++k) extent += (at.size[k] - 1) * at.stride[k];
    cpu::parallel_for(extent, std::max<int64_t>(1, extent * cpu::kGrain / work), [&](int64_t begin, int64_t end) {
      Walk w = whole;
      w.outer_end = outer;
      w.low = begin;
      w.high = end;
      if (!move_part<Move>(w, at)) ok.store(false, std::memory_order_relaxed);
    });
  }
  return ok.load(std::memory_order_relaxed) ? BadIndex{} : check_indices(at);
}

template <class T>
bool fill_slots(ScalarType t) {
  using Raw = RawElementOf<T>;
  index_get_kernel.set(kCPU, t, move<Get<Raw>>);
  index_set_kernel.set(kCPU, t, move<Set<Raw>>);
  index_add_kernel.set(kCPU, t, move<Add<T>>);
  return true;
}
const bool filled[] = {index_check_kernel.set(kCPU, kLong, check_indices),
#define LAMPAS_FILL(T, name) fill_slots<T>(ScalarType::name),
                       LAMPAS_FOR_EACH_DTYPE(LAMPAS_FILL)
#undef LAMPAS_FILL
};

}  // namespace
}  // namespace lampas
