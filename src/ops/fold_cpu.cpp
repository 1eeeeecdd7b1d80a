#include <algorithm>
#include <cstring>

#include "backend/cpu/tile_copy.h"
#include "ops/element.h"
#include "ops/fold.h"
#include "ops/pool_geometry.h"

namespace lampas {
namespace {

/// Along the width, blocks [first, last) take tap v from inside the plane.
struct TapRange {
  int64_t offset, first, last;
  TapRange(const FoldShape& s, int d, int64_t tap) : offset(tap * s.dilation[d] - s.padding[d]) {
    const int64_t step = s.stride[d];
    first = std::clamp<int64_t>(offset < 0 ? (-offset + step - 1) / step : 0, 0, s.blocks[d]);
    const int64_t room = s.in[d] - offset;
    last = std::clamp<int64_t>(room <= 0 ? 0 : (room + step - 1) / step, first, s.blocks[d]);
  }
};

/// Rows from blocks of as many columns as the plane has, one apart: one piece of the plane, but for a few columns at
/// the sides.
template <class T>
void unfold_shifted(const FoldShape& s, const TapRange& h, const TapRange& w, const T* plane, T* to) {
  const int64_t wide = s.blocks[1];
  if (h.first == h.last || w.first == w.last) {
    std::memset(static_cast<void*>(to), 0, static_cast<size_t>(s.blocks[0] * wide) * sizeof(T));
    return;
  }
  const int64_t first = h.first * wide + w.first, last = (h.last - 1) * wide + w.last;
  std::memset(static_cast<void*>(to), 0, static_cast<size_t>(first) * sizeof(T));
  cpu::copy_functions.row(reinterpret_cast<char*>(to + first),
                          reinterpret_cast<const char*>(plane + first + h.offset * wide + w.offset),
                          (last - first) * static_cast<int64_t>(sizeof(T)));
  std::memset(static_cast<void*>(to + last), 0, static_cast<size_t>(s.blocks[0] * wide - last) * sizeof(T));
  for (int64_t b = h.first; b < h.last; ++b) {
    for (int64_t i = 0; i < w.first; ++i) to[b * wide + i] = T();
    for (int64_t i = w.last; i < wide; ++i) to[b * wide + i] = T();
  }
}

template <class T>
void unfold(const FoldShape& s, const void* x_, void* y_) {
  const T* x = static_cast<const T*>(x_);
  T* y = static_cast<T*>(y_);
  const int64_t taps = s.kernel[0] * s.kernel[1], blocks = s.blocks[0] * s.blocks[1], wide = s.blocks[1];
  cpu::parallel_for(s.planes * taps, std::max<int64_t>(1, cpu::kGrain / blocks), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const TapRange h(s, 0, row % taps / s.kernel[1]), w(s, 1, row % s.kernel[1]);
      const T* plane = x + row / taps * s.in[0] * s.in[1];
      T* to = y + row * blocks;
      if (wide == s.in[1] && s.stride[0] == 1 && s.stride[1] == 1) {
        unfold_shifted(s, h, w, plane, to);
        continue;
      }
      const auto clear = [&](int64_t n) {
        std::memset(static_cast<void*>(to), 0, static_cast<size_t>(n) * sizeof(T));
        to += n;
      };
      clear(h.first * wide);
      for (int64_t b = h.first; b < h.last; ++b) {
        const T* from = plane + (b * s.stride[0] + h.offset) * s.in[1] + w.offset + w.first * s.stride[1];
        clear(w.first);
        const int64_t n = w.last - w.first;
        if (s.stride[1] == 1)
          std::memcpy(static_cast<void*>(to), from, static_cast<size_t>(n) * sizeof(T));
        else
          for (int64_t i = 0; i < n; ++i) to[i] = from[i * s.stride[1]];
        to += n;
        clear(wide - w.last);
      }
      clear((s.blocks[0] - h.last) * wide);
    }
  });
}

/// Adds in float32 (float64 for double), kernel positions in row-major order.
template <class T>
void fold(const FoldShape& s, const void* y_, void* x_) {
  const int64_t taps = s.kernel[0] * s.kernel[1], blocks = s.blocks[0] * s.blocks[1], in = s.in[0] * s.in[1];
  // With many taps their rows are too many to be read side by side.
  constexpr int64_t kMostTaps = 16;
  const bool unit = fold_unit_plane && s.stride[0] == 1 && s.stride[1] == 1 && taps <= kMostTaps;
  cpu::each_pool_plane<T>(s.planes, taps * blocks, in, taps * blocks, y_, x_, [&](const auto* y, auto* x, int64_t) {
    if constexpr (!std::is_same_v<T, double>)
      if (unit) return fold_unit_plane(s, y, x);
    std::fill_n(x, in, 0);
    for (int64_t tap = 0; tap < taps; ++tap, y += blocks) {
      const TapRange h(s, 0, tap / s.kernel[1]), w(s, 1, tap % s.kernel[1]);
      for (int64_t b = h.first; b < h.last; ++b) {
        auto* to = x + (b * s.stride[0] + h.offset) * s.in[1] + w.offset + w.first * s.stride[1];
        const auto* from = y + b * s.blocks[1] + w.first;
        const int64_t n = w.last - w.first;
        if (s.stride[1] == 1)
          for (int64_t i = 0; i < n; ++i) to[i] += from[i];
        else
          for (int64_t i = 0; i < n; ++i) to[i * s.stride[1]] += from[i];
      }
    }
  });
}

/// Two rows alternating in one, or a row taken apart. Bits move.
void zip(const uint32_t* __restrict a, const uint32_t* __restrict b, int64_t n, uint32_t* __restrict y) {
  for (int64_t i = 0; i < n; ++i) y[2 * i] = a[i], y[2 * i + 1] = b[i];
}
void unzip(const uint32_t* __restrict x, int64_t n, uint32_t* __restrict a, uint32_t* __restrict b) {
  for (int64_t i = 0; i < n; ++i) a[i] = x[2 * i], b[i] = x[2 * i + 1];
}

void pixel_pairs(bool apart, int64_t planes, int64_t height, int64_t width, const void* x_, void* y_) {
  const auto* x = static_cast<const uint32_t*>(x_);
  auto* y = static_cast<uint32_t*>(y_);
  const int64_t size = height * width;
  cpu::parallel_for(planes, std::max<int64_t>(1, cpu::kGrain / (4 * size)), [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p)
      for (int64_t i = 0; i < height; ++i)
        for (int64_t u = 0; u < 2; ++u) {
          const int64_t quarter = (4 * p + 2 * u) * size + i * width, row = 4 * p * size + (2 * i + u) * 2 * width;
          if (apart)
            unzip(x + row, width, y + quarter, y + quarter + size);
          else
            zip(x + quarter, x + quarter + size, width, y + row);
        }
  });
}
const bool filled_pairs = pixel_pairs_kernel.set(kCPU, kFloat, pixel_pairs);

template <class... T>
bool fill_slots() {
  return (
      (unfold_kernel.set(kCPU, dtype_of<T>, unfold<RawElementOf<T>>) && fold_kernel.set(kCPU, dtype_of<T>, fold<T>)) &&
      ...);
}
const bool filled = fill_slots<float, double, Half, BFloat16>();

}  // namespace
}  // namespace lampas
