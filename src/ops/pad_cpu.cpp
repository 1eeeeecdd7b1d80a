#include <algorithm>
#include <cstring>

#include "ops/element.h"
#include "ops/pad.h"
#include "ops/pool_geometry.h"

namespace lampas {
namespace {

/// Up to this many bytes are filled at once.
constexpr int64_t kFilledBytes = 16384;

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
  cpu::parallel_for(rows, std::max<int64_t>(1, cpu::kGrain / n), [&](int64_t begin, int64_t end) {
    const cpu::Workspace<int64_t> at(p.rank);
    int64_t rest = begin;
    for (int d = last - 1; d >= 0; --d) at[d] = rest % p.out[d], rest /= p.out[d];
    T* to = y + begin * n;
    // Little is filled as a whole and then written over; of much, only what lies outside.
    const bool filled = (end - begin) * n <= kFilledBytes / static_cast<int64_t>(sizeof(T));
    if (filled) std::fill_n(to, (end - begin) * n, fill);
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
        if (!filled) std::fill_n(to, left, fill);
        std::memcpy(static_cast<void*>(to + left), line, static_cast<size_t>(copied) * sizeof(T));
        if (!filled) std::fill_n(to + left + copied, n - left - copied, fill);
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

/// One row: elements [left, right) of the output lie inside the input.
struct PadRow {
  PadSource source;
  int64_t n, before, out, left, right;
  PadRow(const PlanePad& p, int d)
      : source(p.source),
        n(p.in[d]),
        before(p.before[d]),
        out(p.out[d]),
        left(std::clamp<int64_t>(before, 0, out)),
        right(std::clamp<int64_t>(n + before, left, out)) {}
  int64_t at(int64_t o) const { return source_of(source, o - before, n); }
};

template <class T>
void plane_pad(const PlanePad& p, const void* x_, void* y_) {
  const T* x = static_cast<const T*>(x_);
  T* y = static_cast<T*>(y_);
  const PadRow w(p, p.dims - 1);
  int64_t in_rows = 1, out_rows = 1;
  for (int d = 0; d < p.dims - 1; ++d) in_rows *= p.in[d], out_rows *= p.out[d];
  cpu::parallel_for(p.planes * out_rows, std::max<int64_t>(1, cpu::kGrain / w.out), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      int64_t rest = r % out_rows, row = 0, step = 1;
      for (int d = p.dims - 2; d >= 0; --d) {
        row += step * source_of(p.source, rest % p.out[d] - p.before[d], p.in[d]);
        rest /= p.out[d], step *= p.in[d];
      }
      const T* from = x + (r / out_rows * in_rows + row) * w.n;
      T* to = y + r * w.out;
      for (int64_t o = 0; o < w.left; ++o) to[o] = from[w.at(o)];
      if (w.right > w.left)
        std::memcpy(static_cast<void*>(to + w.left), from + w.left - w.before,
                    static_cast<size_t>(w.right - w.left) * sizeof(T));
      for (int64_t o = w.right; o < w.out; ++o) to[o] = from[w.at(o)];
    }
  });
}

/// Adds in float32 (float64 for double), the outputs of one element in row-major order.
template <class T>
void plane_pad_backward(const PlanePad& p, const void* dy, void* dx) {
  const PadRow w(p, p.dims - 1);
  int64_t in_rows = 1, out_rows = 1;
  for (int d = 0; d < p.dims - 1; ++d) in_rows *= p.in[d], out_rows *= p.out[d];
  cpu::each_pool_plane<T>(p.planes, out_rows * w.out, in_rows * w.n, out_rows * w.out, dy, dx,
                          [&](const auto* g, auto* to, int64_t) {
                            std::fill_n(to, in_rows * w.n, 0);
                            for (int64_t r = 0; r < out_rows; ++r, g += w.out) {
                              int64_t rest = r, row = 0, step = 1;
                              for (int d = p.dims - 2; d >= 0; --d) {
                                row += step * source_of(p.source, rest % p.out[d] - p.before[d], p.in[d]);
                                rest /= p.out[d], step *= p.in[d];
                              }
                              auto* line = to + row * w.n;
                              auto* inner = line - w.before;
                              for (int64_t o = 0; o < w.left; ++o) line[w.at(o)] += g[o];
                              for (int64_t o = w.left; o < w.right; ++o) inner[o] += g[o];
                              for (int64_t o = w.right; o < w.out; ++o) line[w.at(o)] += g[o];
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
