#include <algorithm>
#include <cstring>

#include "backend/cpu/tile_copy.h"
#include "ops/element.h"
#include "ops/pad.h"
#include "ops/pool_geometry.h"

namespace lampas {
namespace {

/// Up to this many bytes are filled at once.
constexpr int64_t kFilledBytes = 16384;

/// Copies a row. Short ones in pieces that may overlap: a call, and the choices behind it, would cost more than they
/// do.
template <class T>
inline void copy_row(const T* from, int64_t n, T* to) {
  constexpr int64_t kPiece = 16, kLongest = 128;
  const int64_t bytes = n * static_cast<int64_t>(sizeof(T));
  const auto* p = reinterpret_cast<const char*>(from);
  auto* q = reinterpret_cast<char*>(to);
  if (bytes < kPiece || bytes > kLongest) {
    if (bytes > kLongest)
      cpu::copy_functions.row(q, p, bytes);
    else
      for (int64_t i = 0; i < n; ++i) to[i] = from[i];
    return;
  }
  int64_t i = 0;
  for (; i + kPiece <= bytes; i += kPiece) std::memcpy(q + i, p + i, kPiece);
  if (i < bytes) std::memcpy(q + bytes - kPiece, p + bytes - kPiece, kPiece);
}

/// Copies rows, or fills those that lie outside x; one odometer step a plane of rows.
template <class T>
void constant_pad(const BoxPad& p, const void* x_, const void* fill_, void* y_) {
  const T* x = static_cast<const T*>(x_);
  T* y = static_cast<T*>(y_);
  const T fill = *static_cast<const T*>(fill_);
  const int last = p.rank - 1;
  int64_t rows = 1;
  for (int d = 0; d < last; ++d) rows *= p.out[d];
  const int64_t n = p.out[last];
  const int64_t left = std::clamp<int64_t>(p.before[last], 0, n), from = std::max<int64_t>(-p.before[last], 0);
  const int64_t copied = std::clamp<int64_t>(p.in[last] - from, 0, n - left);
  const int64_t after = n - left - copied;
  constexpr int64_t kEdge = std::max<int64_t>(1, 16 / static_cast<int64_t>(sizeof(T)));
  T piece[kEdge];
  std::fill_n(piece, kEdge, fill);
  cpu::parallel_for(rows, std::max<int64_t>(1, cpu::kGrain / n), [&](int64_t begin, int64_t end) {
    const cpu::Workspace<int64_t> at(p.rank);
    int64_t rest = begin;
    for (int d = last - 1; d >= 0; --d) at[d] = rest % p.out[d], rest /= p.out[d];
    T* to = y + begin * n;
    // Little is filled as a whole and then written over; of much, only what lies outside.
    const bool filled = (end - begin) * n <= kFilledBytes / static_cast<int64_t>(sizeof(T));
    if (filled) std::fill_n(to, (end - begin) * n, fill);
    const bool narrow = !filled && n >= kEdge && left <= kEdge && after <= kEdge;
    int64_t r = begin;
    while (r < end) {  // a run of rows that are neighbours in x too
      bool inside = copied > 0;
      int64_t source = 0;
      for (int d = 0; d < last - 1; ++d) {
        const int64_t i = at[d] - p.before[d];
        inside = inside && i >= 0 && i < p.in[d];
        source = source * p.in[d] + i;
      }
      const int64_t height = last > 0 ? p.out[last - 1] : 1, top = last > 0 ? at[last - 1] : 0,
                    run = std::min(end - r, height - top);
      // Rows of this run that x has.
      int64_t low = 0, high = run, row = 0;
      if (last > 0) {
        row = top - p.before[last - 1];
        low = std::clamp<int64_t>(-row, 0, run);
        high = std::clamp<int64_t>(p.in[last - 1] - row, low, run);
        source = source * p.in[last - 1] + row;
      }
      if (!inside) low = high = run;
      const T* line = low < high ? x + (source + low) * p.in[last] + from : nullptr;
      for (int64_t k = 0; k < run; ++k, to += n) {
        if (k < low || k >= high) {
          if (!filled) std::fill_n(to, n, fill);
          continue;
        }
        if (narrow && r + k + 1 < end) {  // what a piece writes too much is overwritten by what follows
          std::memcpy(to, piece, sizeof piece);
          copy_row(line, copied, to + left);
          std::memcpy(to + left + copied, piece, sizeof piece);
        } else {
          if (!filled) std::fill_n(to, left, fill);
          copy_row(line, copied, to + left);
          if (!filled) std::fill_n(to + left + copied, after, fill);
        }
        line += p.in[last];
      }
      r += run;
      if (last > 0) at[last - 1] = 0;
      for (int d = last - 2; d >= 0; --d) {
        if (++at[d] < p.out[d]) break;
        at[d] = 0;
      }
    }
  });
}

int64_t source_of(PadSource source, int64_t i, int64_t n) {
  switch (source) {
    case PadSource::Reflect:
      return i < 0 ? -i : i >= n ? 2 * (n - 1) - i : i;
    case PadSource::Replicate:
      return std::clamp<int64_t>(i, 0, n - 1);
    default:
      return i < 0 ? i + n : i >= n ? i - n : i;
  }
}

/// Where the elements of a plane come from. Elements [left, right) of an output row lie inside the input row.
class PadPlane {
 public:
  explicit PadPlane(const PlanePad& p)
      : n(p.in[p.dims - 1]),
        before(p.before[p.dims - 1]),
        out(p.out[p.dims - 1]),
        left(std::clamp<int64_t>(before, 0, out)),
        right(std::clamp<int64_t>(n + before, left, out)),
        in_rows(rows_of(p, p.in)),
        out_rows(rows_of(p, p.out)),
        row_(out_rows),
        edge_(left + out - right) {
    // Dimension by dimension: the rows of all combinations so far, each followed by those of the next.
    row_[0] = 0;
    for (int64_t d = 0, rows = 1; d < p.dims - 1; ++d) {
      for (int64_t r = rows; r-- > 0;)
        for (int64_t o = p.out[d]; o-- > 0;)
          row_[r * p.out[d] + o] = row_[r] * p.in[d] + source_of(p.source, o - p.before[d], p.in[d]);
      rows *= p.out[d];
    }
    for (int64_t o = 0; o < left; ++o) edge_[o] = source_of(p.source, o - before, n);
    for (int64_t o = right; o < out; ++o) edge_[left + o - right] = source_of(p.source, o - before, n);
  }

  const int64_t n, before, out, left, right, in_rows, out_rows;
  int64_t row(int64_t r) const { return row_[r]; }
  /// Of the elements left of the input row, then of those right of it.
  const int64_t* edges() const { return edge_; }

 private:
  static int64_t rows_of(const PlanePad& p, const int64_t* sizes) {
    int64_t rows = 1;
    for (int d = 0; d < p.dims - 1; ++d) rows *= sizes[d];
    return rows;
  }
  const cpu::Workspace<int64_t> row_, edge_;
};

template <class T>
void plane_pad(const PlanePad& p, const void* x_, void* y_) {
  const PadPlane w(p);
  const int64_t *left = w.edges(), *right = left + w.left, inside = w.right - w.left, after = w.out - w.right;
  cpu::parallel_for(p.planes * w.out_rows, std::max<int64_t>(1, cpu::kGrain / w.out), [&](int64_t begin, int64_t end) {
    int64_t plane = begin / w.out_rows, r = begin % w.out_rows;
    const T* x = static_cast<const T*>(x_) + plane * w.in_rows * w.n;
    T* to = static_cast<T*>(y_) + begin * w.out;
    for (int64_t k = begin; k < end; ++k, to += w.out) {
      const T* from = x + w.row(r) * w.n;
      for (int64_t o = 0; o < w.left; ++o) to[o] = from[left[o]];
      if (inside > 0) copy_row(from + (w.left - w.before), inside, to + w.left);
      for (int64_t o = 0; o < after; ++o) to[w.right + o] = from[right[o]];
      if (++r == w.out_rows) r = 0, x += w.in_rows * w.n;
    }
  });
}

/// Adds in float32 (float64 for double), the outputs of one element in row-major order.
template <class T>
void plane_pad_backward(const PlanePad& p, const void* dy, void* dx) {
  const PadPlane w(p);
  const int64_t *left = w.edges(), *right = left + w.left, after = w.out - w.right;
  cpu::each_pool_plane<T>(p.planes, w.out_rows * w.out, w.in_rows * w.n, w.out_rows * w.out, dy, dx,
                          [&](const auto* g, auto* to, int64_t) {
                            std::fill_n(to, w.in_rows * w.n, 0);
                            for (int64_t r = 0; r < w.out_rows; ++r, g += w.out) {
                              auto* line = to + w.row(r) * w.n;
                              auto* inner = line - w.before;
                              for (int64_t o = 0; o < w.left; ++o) line[left[o]] += g[o];
                              for (int64_t o = w.left; o < w.right; ++o) inner[o] += g[o];
                              for (int64_t o = 0; o < after; ++o) line[right[o]] += g[w.right + o];
                            }
                          });
}

template <class T>
bool fill_slots(ScalarType t) {
  constant_pad_kernel.set(kCPU, t, constant_pad<RawElementOf<T>>);
  plane_pad_kernel.set(kCPU, t, plane_pad<RawElementOf<T>>);
  return true;
}
const bool filled[] = {
#define LAMPAS_FILL(T, name) fill_slots<T>(ScalarType::name),
    LAMPAS_FOR_EACH_DTYPE(LAMPAS_FILL)
#undef LAMPAS_FILL
};

template <class... T>
bool fill_backward() {
  return (plane_pad_backward_kernel.set(kCPU, dtype_of<T>, plane_pad_backward<T>) && ...);
}
const bool filled_backward = fill_backward<float, double, Half, BFloat16>();

}  // namespace
}  // namespace lampas
