// gather and scatter on the CPU: rows of the index along its last dimension, whatever `dim` is.
#include <algorithm>
#include <atomic>
#include <cstring>

#include "backend/cpu/parallel.h"
#include "backend/cpu/workspace.h"
#include "ops/element.h"
#include "ops/gather.h"
#include "ops/strided_walk.h"

namespace lampas {
namespace {

/// Operands of the walk.
enum : size_t { kIndex, kSelected, kPlain };

template <class T>
struct Read {
  using Element = T;
  static constexpr bool writes_selected = false;
  static void one(char* selected, char* plain) { std::memcpy(plain, selected, sizeof(T)); }
};
template <class T>
struct Write {
  using Element = T;
  static constexpr bool writes_selected = true;
  static void one(char* selected, const char* plain) { std::memcpy(selected, plain, sizeof(T)); }
};
template <class T>
struct Sum {
  using Element = T;
  static constexpr bool writes_selected = true;
  static void one(char* selected, const char* plain) {
    add_to(*reinterpret_cast<T*>(selected), *reinterpret_cast<const T*>(plain));
  }
};
template <class T>
struct Product {
  using Element = T;
  static constexpr bool writes_selected = true;
  static void one(char* selected, const char* plain) {
    multiply_to(*reinterpret_cast<T*>(selected), *reinterpret_cast<const T*>(plain));
  }
};

template <class T, bool kMax>
struct Extreme {
  using Element = T;
  static constexpr bool writes_selected = true;
  static void one(char* selected, const char* plain) {
    T& x = *reinterpret_cast<T*>(selected);
    const T y = *reinterpret_cast<const T*>(plain);
    x = ((kMax ? y > x : y < x) | (y != y)) ? y : x;
  }
};

BadIndex check_indices(const GatherWalk& w) {
  const StridedWalk<1> walk(w.sizes, {w.index_stride});
  if (walk.numel() == 0) return {};
  const auto& last = walk.last();
  const auto at = [&](int64_t offset, int64_t i) {
    return *reinterpret_cast<const int64_t*>(w.index + offset + i * last.stride[0]);
  };
  const auto inside = inside_kernel.get(kLong);
  const auto row_is_good = [&](int64_t offset, int64_t begin, int64_t end) {
    if (last.stride[0] == sizeof(int64_t)) {
      const int64_t first = offset / static_cast<int64_t>(sizeof(int64_t)) + begin;
      return inside(reinterpret_cast<const int64_t*>(w.index) + first, end - begin, w.bound,
                    w.near ? w.near + first : nullptr);
    }
    bool ok = true;
    for (int64_t i = begin; i < end; ++i) ok &= static_cast<uint64_t>(at(offset, i)) < static_cast<uint64_t>(w.bound);
    return ok;
  };
  std::atomic<bool> bad = false;
  if (walk.rank() == 1) {
    cpu::parallel_for(last.size, cpu::kGrain, [&](int64_t begin, int64_t end) {
      if (!row_is_good(0, begin, end)) bad.store(true, std::memory_order_relaxed);
    });
  } else {
    cpu::parallel_for(walk.rows(), std::max<int64_t>(1, cpu::kGrain / last.size), [&](int64_t begin, int64_t end) {
      if (!walk.each_row(begin, end, [&](const auto& o) { return row_is_good(o[0], 0, last.size); }))
        bad.store(true, std::memory_order_relaxed);
    });
  }
  BadIndex first;
  if (!bad.load(std::memory_order_relaxed)) return first;
  walk.each_row([&](const auto& o) {
    for (int64_t i = 0; i < last.size; ++i)
      if (static_cast<uint64_t>(at(o[0], i)) >= static_cast<uint64_t>(w.bound)) {
        first = {0, at(o[0], i)};
        return false;
      }
    return true;
  });
  return first;
}

/// The moves that have loops of their own: every one more is code.
template <class Move>
inline constexpr bool kUsual = false;
template <class T>
inline constexpr bool kUsual<Read<T>> = sizeof(T) == 4;
template <class T>
inline constexpr bool kUsual<Write<T>> = sizeof(T) == 4;
template <>
inline constexpr bool kUsual<Sum<float>> = true;

using Dim = StridedWalk<3>::Dim;
/// Where a row starts, and `selected` of the row after it.
struct Row {
  const char* index;
  const uint16_t* near;  // or null
  char *selected, *plain, *next;
};
/// One row; entries of the index outside [low, high) are left to other threads by the filtering form. False at an index
/// out of bounds.
using MoveRow = bool(const Row& row, const Dim& dim, int64_t dim_stride, int64_t bound, int64_t low, int64_t high);

/// n adjacent plain elements whose indices are adjacent.
template <class Move, class Index>
void move_adjacent(const Index* at, char* selected, char* plain, int64_t selected_step, int64_t dim_stride, int64_t n) {
  constexpr int64_t kItem = sizeof(typename Move::Element);
  if (kUsual<Move> && selected_step == 0 && dim_stride == kItem) {
#pragma GCC unroll 4
    for (int64_t k = 0; k < n; ++k) Move::one(selected + at[k] * kItem, plain + k * kItem);
  } else if (kUsual<Move> && std::abs(selected_step) >= 64) {  // a line each (one element of every row)
    constexpr int64_t kAhead = 24;
    for (int64_t k = 0; k < n; ++k) {
      const int64_t next = std::min(k + kAhead, n - 1);
      __builtin_prefetch(selected + next * selected_step + at[next] * dim_stride);
      Move::one(selected + k * selected_step + at[k] * dim_stride, plain + k * kItem);
    }
  } else {
    for (int64_t k = 0; k < n; ++k) Move::one(selected + k * selected_step + at[k] * dim_stride, plain + k * kItem);
  }
}

/// A row of `selected` whose elements are adjacent and most of whose lines are read or written, in any order. Such
/// accesses wait for their lines one after another, so the lines of the next row are asked for meanwhile.
template <class Move, class Index>
void move_dense(const Index* at, const Row& row, int64_t begin, int64_t end, int64_t size, int64_t bound) {
  constexpr int64_t kItem = sizeof(typename Move::Element), kGroup = 32;
  const int64_t groups = (size + kGroup - 1) / kGroup, share = (bound * kItem / 64 + groups - 1) / groups * 64;
  for (int64_t k = begin; k < end; k += kGroup) {
    const int64_t from = k / kGroup * share, to = std::min(from + share, bound * kItem);
    for (int64_t b = from; b < to; b += 64) __builtin_prefetch(row.next + b, Move::writes_selected);
    __builtin_prefetch(row.plain + (size + k) * kItem, !Move::writes_selected);
    const Index* group = at + (k - begin);
    char* plain = row.plain + k * kItem;
    if (end - k >= kGroup) {
#pragma GCC unroll 16
      for (int64_t j = 0; j < kGroup; ++j) Move::one(row.selected + group[j] * kItem, plain + j * kItem);
    } else {
      for (int64_t j = 0; j < end - k; ++j) Move::one(row.selected + group[j] * kItem, plain + j * kItem);
    }
  }
}

template <class Move, bool Filter>
bool move_row(const Row& row, const Dim& dim, int64_t dim_stride, int64_t bound, int64_t low, int64_t high) {
  const int64_t index_step = dim.stride[kIndex], selected_step = dim.stride[kSelected], plain_step = dim.stride[kPlain];
  if constexpr (!Filter) {
    // The usual rows: indices and plain elements adjacent. Pieces, so that a piece of indices is in the L1 cache when
    // it is looked at again.
    constexpr int64_t kItem = sizeof(typename Move::Element), kPiece = 1024;
    if (index_step == sizeof(int64_t) && plain_step == kItem && dim.size > 4) {
      const auto* index = reinterpret_cast<const int64_t*>(row.index);
      constexpr int64_t kMostBytes = 8192;
      const bool dense = kUsual<Move> && selected_step == 0 && dim_stride == kItem && bound * kItem <= kMostBytes &&
                         dim.size * 64 >= bound * kItem;
      const auto move = [&](const auto* at, int64_t done, int64_t n) {
        if (dense)
          move_dense<Move>(at, row, done, done + n, dim.size, bound);
        else
          move_adjacent<Move>(at, row.selected + done * selected_step, row.plain + done * kItem, selected_step,
                              dim_stride, n);
      };
      const auto inside = inside_kernel.get(kLong);
      for (int64_t done = 0; done < dim.size; done += kPiece) {
        const int64_t n = std::min(kPiece, dim.size - done);
        if constexpr (!Move::writes_selected) {
          if (LAMPAS_UNLIKELY(!inside(index + done, n, bound, nullptr))) return false;
        } else if constexpr (kUsual<Move>) {
          if (row.near) {
            move(row.near + done, done, n);
            continue;
          }
        }
        move(index + done, done, n);
      }
      return true;
    }
  }
  for (int64_t k = 0; k < dim.size; ++k) {
    const int64_t i = row.near ? row.near[k] : *reinterpret_cast<const int64_t*>(row.index + k * index_step);
    if constexpr (!Move::writes_selected) {
      if (LAMPAS_UNLIKELY(static_cast<uint64_t>(i) >= static_cast<uint64_t>(bound))) return false;
    }
    if constexpr (Filter) {
      if (i < low || i >= high) continue;
    }
    Move::one(row.selected + k * selected_step + i * dim_stride, row.plain + k * plain_step);
  }
  return true;
}

// The last two dimensions of a walk along whose rows `selected` stands still, adjacent in all operands within a row:
// each element comes from, or goes to, its own column. In memory that is a jump of a row for every element; so the
// columns of a few cache lines at a time are brought together, and taken back if they were written.
constexpr int64_t kColumnItem = 4, kTogether = 256, kColumns = kTogether / kColumnItem;

/// Whether columns are worth it: there are rows enough, and `selected` lies beyond the near caches.
bool columns_pay(const StridedWalk<3>& walk, int64_t dim_stride, int64_t bound) {
  constexpr int64_t kNear = 1 << 18, kMost = 1 << 12;
  if (walk.rank() < 2) return false;
  const auto &rows = walk.dim(walk.rank() - 2), &row = walk.last();
  return rows.stride[kSelected] == 0 && row.stride[kIndex] == sizeof(int64_t) && row.stride[kSelected] == kColumnItem &&
         row.stride[kPlain] == kColumnItem && row.size * kColumnItem >= 64 && bound <= kMost &&
         bound <= 4 * rows.size && bound * std::abs(dim_stride) > kNear;
}

void copy_together(char* to, const char* from, size_t bytes) {
  if (bytes == kTogether)
    for (int64_t b = 0; b < kTogether; b += 64) std::memcpy(to + b, from + b, 64);
  else
    std::memcpy(to, from, bytes);
}

/// n columns of `rows` rows. False at an index out of bounds.
using MoveColumns = bool(const Row& first, const Dim& rows, int64_t n, int64_t dim_stride, int64_t bound,
                         char* together);

/// The indices of `first` lie `step` from one row to the next. Writes would wait for their lines one after another, and
/// so are preceded, a row ahead, by requests for them; what is read, too, need not wait.
template <class Move, class Index>
bool move_each_column(const Index* index, int64_t step, const Row& first, const Dim& rows, int64_t n, int64_t bound,
                      char* together) {
  constexpr int64_t kAhead = 4;
  constexpr bool kWritesOnly = std::is_same_v<Move, Write<typename Move::Element>>;
  const auto inside = inside_kernel.get(kLong);
  const int64_t bytes = n * kColumnItem;
  for (int64_t r = 0; r < rows.size; ++r) {
    const int64_t next = std::min(r + kAhead, rows.size - 1);
    const char* asked = reinterpret_cast<const char*>(index + next * step);
    for (int64_t b = 0; b < n * static_cast<int64_t>(sizeof(Index)); b += 64) __builtin_prefetch(asked + b);
    for (int64_t b = 0; b < bytes; b += 64)
      __builtin_prefetch(first.plain + next * rows.stride[kPlain] + b, Move::writes_selected ? 0 : 1);
    const Index *at = index + r * step, *after = index + std::min(r + 1, rows.size - 1) * step;
    char* p = first.plain + r * rows.stride[kPlain];
    if constexpr (!Move::writes_selected) {
      if (LAMPAS_UNLIKELY(!inside(at, n, bound, nullptr))) return false;
    }
#pragma GCC unroll 4
    for (int64_t k = 0; k < n; ++k) {
      if constexpr (kWritesOnly) __builtin_prefetch(together + after[k] * kTogether + k * kColumnItem, 1);
      Move::one(together + at[k] * kTogether + k * kColumnItem, p + k * kColumnItem);
    }
  }
  return true;
}

template <class Move>
bool move_columns(const Row& first, const Dim& rows, int64_t n, int64_t dim_stride, int64_t bound, char* together) {
  static_assert(sizeof(typename Move::Element) == kColumnItem);
  constexpr int64_t kAhead = 4;
  const int64_t bytes = n * kColumnItem;
  for (int64_t r = 0; r < bound; ++r) {
    const char* next = first.selected + std::min(r + kAhead, bound - 1) * dim_stride;
    for (int64_t b = 0; b < bytes; b += 64) __builtin_prefetch(next + b);
    copy_together(together + r * kTogether, first.selected + r * dim_stride, static_cast<size_t>(bytes));
  }
  const int64_t step = rows.stride[kIndex] / static_cast<int64_t>(sizeof(int64_t));
  const auto* index = reinterpret_cast<const int64_t*>(first.index);
  bool good = true;
  if constexpr (Move::writes_selected) {
    if (first.near)
      move_each_column<Move>(first.near, step, first, rows, n, bound, together);
    else
      move_each_column<Move>(index, step, first, rows, n, bound, together);
  } else {
    good = move_each_column<Move>(index, step, first, rows, n, bound, together);
  }
  if (Move::writes_selected)
    for (int64_t r = 0; r < bound; ++r)
      copy_together(first.selected + r * dim_stride, together + r * kTogether, static_cast<size_t>(bytes));
  return good;
}

/// What differs between the moves: the walk around them is one for all.
struct Moves {
  MoveRow *row, *filtering_row;
  MoveColumns* columns;  // null where columns are moved by rows
  bool writes_selected, usual;
};
template <class Move>
constexpr Moves moves_of() {
  MoveColumns* columns = nullptr;
  if constexpr (kUsual<Move>) columns = move_columns<Move>;
  return {move_row<Move, false>, move_row<Move, true>, columns, Move::writes_selected, kUsual<Move>};
}

BadIndex move(const GatherWalk& w, const Moves& moves) {
  // The position along `dim` comes from the index: the walk itself stands still there.
  SmallVector<int64_t, 6> selected_stride(w.selected_stride);
  const int64_t dim_stride = w.sizes.empty() ? 0 : selected_stride[static_cast<size_t>(w.dim)];
  if (!w.sizes.empty()) selected_stride[static_cast<size_t>(w.dim)] = 0;
  const StridedWalk<3> walk(w.sizes, {w.index_stride, IntArrayRef(selected_stride), w.plain_stride});
  const int64_t numel = walk.numel();
  if (numel == 0) return {};

  std::atomic<bool> ok = true;
  const uint16_t* const near = moves.usual && moves.writes_selected ? w.near : nullptr;
  const int64_t next_row = walk.rank() < 2 ? 0 : walk.dim(walk.rank() - 2).stride[kSelected];
  const auto row_at = [&](const std::array<int64_t, 3>& o, const std::array<int64_t, 3>& at) {
    const int64_t index = o[kIndex] + at[kIndex];
    char* const selected = w.selected + o[kSelected] + at[kSelected];
    return Row{w.index + index, near ? near + index / static_cast<int64_t>(sizeof(int64_t)) : nullptr, selected,
               w.plain + o[kPlain] + at[kPlain], selected + next_row};
  };
  const auto part = [&](const StridedWalk<3>& mine, const std::array<int64_t, 3>& o, int64_t begin, int64_t end) {
    const bool good = mine.each_row(begin, end, [&](const std::array<int64_t, 3>& at) {
      return moves.row(row_at(o, at), mine.last(), dim_stride, w.bound, 0, 0);
    });
    if (!good) ok.store(false, std::memory_order_relaxed);
  };
  if (moves.columns && columns_pay(walk, dim_stride, w.bound)) {
    const auto& row = walk.last();
    StridedWalk<3> firsts = walk;  // where each pair of dimensions starts
    firsts.narrow(walk.rank() - 2, 0, 1);
    const int64_t parts = (row.size + kColumns - 1) / kColumns, rows = walk.dim(walk.rank() - 2).size;
    cpu::parallel_for(parts, std::max<int64_t>(1, cpu::kGrain / (rows * kColumns)), [&](int64_t begin, int64_t end) {
      const cpu::Workspace<char> together(w.bound * kTogether);
      firsts.each_row([&](const std::array<int64_t, 3>& o) {
        for (int64_t part = begin; part < end; ++part) {
          const int64_t c = part * kColumns, n = std::min(kColumns, row.size - c);
          const std::array<int64_t, 3> at{c * row.stride[kIndex], c * row.stride[kSelected], c * row.stride[kPlain]};
          if (!moves.columns(row_at(o, at), walk.dim(walk.rank() - 2), n, dim_stride, w.bound, together)) {
            ok.store(false, std::memory_order_relaxed);
            return false;
          }
        }
        return true;
      });
    });
    return ok.load(std::memory_order_relaxed) ? BadIndex{} : check_indices(w);
  }
  // Threads share out a dimension along which `selected` moves: no two of them then write the same element. Readers may
  // share out any.
  int shared = -1;
  for (int d = 0; d < walk.rank(); ++d)
    if ((!moves.writes_selected || walk.dim(d).stride[kSelected] != 0) &&
        (shared < 0 || walk.dim(d).size > walk.dim(shared).size))
      shared = d;
  if (numel < 2 * cpu::kGrain || (shared >= 0 && walk.dim(shared).size > 1)) {
    const int d = std::max(shared, 0);
    const int64_t size = walk.dim(d).size;
    const int64_t grain = numel < 2 * cpu::kGrain ? size : std::max<int64_t>(1, cpu::kGrain * size / numel);
    cpu::parallel_for(size, grain, [&](int64_t begin, int64_t end) {
      StridedWalk<3> mine = walk;
      const auto moved = mine.narrow(d, begin, end);
      part(mine, moved, 0, mine.rows());
    });
  } else {
    // Only `dim` is left: threads share out the selected positions instead, and each reads the whole index.
    cpu::parallel_for(w.bound, std::max<int64_t>(1, cpu::kGrain * w.bound / numel), [&](int64_t low, int64_t high) {
      walk.each_row([&](const std::array<int64_t, 3>& at) {
        return moves.filtering_row(row_at({}, at), walk.last(), dim_stride, w.bound, low, high);
      });
    });
  }
  return ok.load(std::memory_order_relaxed) ? BadIndex{} : check_indices(w);
}

template <class Move>
BadIndex move_by(const GatherWalk& w) {
  static constexpr Moves moves = moves_of<Move>();
  return move(w, moves);
}

template <class T>
bool fill_slots(ScalarType t) {
  using Raw = RawElementOf<T>;
  gather_kernel.set(kCPU, t, move_by<Read<Raw>>);
  scatter_kernel.set(kCPU, t, move_by<Write<Raw>>);
  scatter_add_kernel.set(kCPU, t, move_by<Sum<T>>);
  scatter_multiply_kernel.set(kCPU, t, move_by<Product<T>>);
  if constexpr (!std::is_same_v<T, complex<float>> && !std::is_same_v<T, complex<double>>) {
    scatter_amax_kernel.set(kCPU, t, move_by<Extreme<T, true>>);
    scatter_amin_kernel.set(kCPU, t, move_by<Extreme<T, false>>);
  }
  return true;
}
const bool filled[] = {gather_check_kernel.set(kCPU, kLong, check_indices),
#define LAMPAS_FILL(T, name) fill_slots<T>(ScalarType::name),
                       LAMPAS_FOR_EACH_DTYPE(LAMPAS_FILL)
#undef LAMPAS_FILL
};

}  // namespace
}  // namespace lampas
