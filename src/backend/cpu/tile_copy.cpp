// Blocks of memory between layouts: the packing step of strided loops, and copies. Bytes move unchanged.
#include "backend/cpu/hwy_config.h"
//
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backend/cpu/tile_copy.cpp"
#include "hwy/foreach_target.h"
//
#include <algorithm>
#include <bit>
#include <cstring>

#include "backend/cpu/kernel_set.h"
#include "backend/cpu/tile_copy.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;
using cpu::Tile;

struct Bytes16 {
  uint64_t a, b;
};

template <class T>
HWY_INLINE void move_item(char* dst, const char* src) {
  std::memcpy(dst, src, sizeof(T));
}

/// Any layouts; the longer side runs innermost.
template <class T>
void copy_strided(Tile d, Tile s, int64_t cols, int64_t rows) {
  if (rows > cols) {
    std::swap(rows, cols);
    std::swap(d.col, d.row);
    std::swap(s.col, s.row);
  }
  for (int64_t r = 0; r < rows; ++r) {
    char* p = d.data + r * d.row;
    const char* q = s.data + r * s.row;
    int64_t c = 0;
    for (; c + 4 <= cols; c += 4, p += 4 * d.col, q += 4 * s.col) {
      move_item<T>(p, q);
      move_item<T>(p + d.col, q + s.col);
      move_item<T>(p + 2 * d.col, q + 2 * s.col);
      move_item<T>(p + 3 * d.col, q + 3 * s.col);
    }
    for (; c < cols; ++c, p += d.col, q += s.col) move_item<T>(p, q);
  }
}

// Longer ones are memcpy's. Up to the size of the second-level cache its string instructions take up to twice as long
// as this loop, by where in physical memory the two rows happen to lie.
constexpr int64_t kShortestRow = 128, kLongestRow = 1 << 20;

#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3
/// By vectors of D. Stores are aligned, the ends overlap them. Whoever reads an end before its turn disturbs the
/// prefetcher: a third of the speed where the rows come from the last-level cache.
template <class D>
HWY_INLINE void copy_vectors(D d, char* dst, const char* src, int64_t bytes) {
  constexpr int64_t kBytes = static_cast<int64_t>(hn::MaxLanes(D()));
  const auto load = [&](int64_t i) HWY_ATTR { return hn::LoadU(d, reinterpret_cast<const uint8_t*>(src + i)); };
  const auto store = [&](hn::Vec<D> v, int64_t i) HWY_ATTR { hn::StoreU(v, d, reinterpret_cast<uint8_t*>(dst + i)); };
  int64_t i = -static_cast<int64_t>(reinterpret_cast<uintptr_t>(dst)) & (kBytes - 1);
  if (i) store(load(0), 0);
  for (; i + 4 * kBytes <= bytes; i += 4 * kBytes) {
    const auto a = load(i), b = load(i + kBytes), c = load(i + 2 * kBytes), e = load(i + 3 * kBytes);
    store(a, i), store(b, i + kBytes), store(c, i + 2 * kBytes), store(e, i + 3 * kBytes);
  }
  for (; i + kBytes <= bytes; i += kBytes) store(load(i), i);
  if (i < bytes) store(load(bytes - kBytes), bytes - kBytes);
}
#endif

void copy_row(char* dst, const char* src, int64_t bytes) {
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3
  if (bytes >= kShortestRow && bytes <= kLongestRow) {
#if HWY_TARGET == HWY_AVX3
    // Stores of whole lines fetch none, which pays in rows of some length; but loads that cross lines take twice as
    // long.
    if (bytes >= 1024 && bytes <= 1 << 16 &&
        ((reinterpret_cast<uintptr_t>(dst) ^ reinterpret_cast<uintptr_t>(src)) & 63) == 0)
      return copy_vectors(hn::ScalableTag<uint8_t>(), dst, src, bytes);
#endif
    return copy_vectors(hn::CappedTag<uint8_t, 32>(), dst, src, bytes);
  }
#endif
  std::memcpy(dst, src, static_cast<size_t>(bytes));
}

template <class T>
void fill_row(char* dst, const char* value, int64_t n) {
  T v;
  std::memcpy(&v, value, sizeof(T));
  for (int64_t i = 0; i < n; ++i) std::memcpy(dst + i * static_cast<int64_t>(sizeof(T)), &v, sizeof(T));
}

#if HWY_TARGET != HWY_SCALAR && !HWY_HAVE_SCALABLE
/// Every second element, made contiguous. (One is left to the end: behind the last there may be nothing to read.)
template <class T>
void copy_every_second(char* dst, const char* src, int64_t n) {
  const hn::ScalableTag<T> d;
  constexpr int64_t kLanes = static_cast<int64_t>(hn::MaxLanes(decltype(d)()));
  const T* s = reinterpret_cast<const T*>(src);
  T* q = reinterpret_cast<T*>(dst);
  int64_t i = 0;
  for (; i + kLanes < n; i += kLanes)
    hn::StoreU(hn::ConcatEven(d, hn::LoadU(d, s + 2 * i + kLanes), hn::LoadU(d, s + 2 * i)), d, q + i);
  for (; i < n; ++i) q[i] = s[2 * i];
}

/// Transposes, in each block of 16 bytes, the square that block makes with the same one of the other vectors.
template <int64_t kSide, class D, class V>
HWY_INLINE void transpose_blocks(D d, V* v) {
#pragma GCC unroll 4
  for (int64_t width = 1; width < kSide; width *= 2) {
    V w[kSide];
#pragma GCC unroll 8
    for (int64_t i = 0; i < kSide / 2; ++i) {
      w[2 * i] = hn::InterleaveLower(d, v[i], v[i + kSide / 2]);
      w[2 * i + 1] = hn::InterleaveUpper(d, v[i], v[i + kSide / 2]);
    }
#pragma GCC unroll 16
    for (int64_t i = 0; i < kSide; ++i) v[i] = w[i];
  }
}

template <bool kStream, class D, class T>
HWY_INLINE void write_vector(D d, hn::Vec<D> v, T* to) {
  if constexpr (kStream)
    hn::Stream(v, d, to);
  else
    hn::StoreU(v, d, to);
}

/// dst[r][c] = src[c][r], as many rows as a block of 16 bytes has elements, `kSquares` times as many columns.
template <class T, int kSquares, bool kStream>
HWY_INLINE void transpose_side(char* to, int64_t row, const char* from, int64_t col) {
  constexpr int64_t kSide = 16 / static_cast<int64_t>(sizeof(T));
  const hn::FixedTag<T, static_cast<size_t>(kSide)> one;
  const hn::FixedTag<T, static_cast<size_t>(kSquares * kSide)> all;
  const auto load = [&](const char* p) HWY_ATTR {
    const auto square = [&](int64_t k)
                            HWY_ATTR { return hn::LoadU(one, reinterpret_cast<const T*>(p + k * kSide * col)); };
    if constexpr (kSquares == 1) {
      return square(0);
    } else if constexpr (kSquares == 2) {
      return hn::Combine(all, square(1), square(0));
    } else {
      const hn::Half<decltype(all)> half;
      return hn::Combine(all, hn::Combine(half, square(3), square(2)), hn::Combine(half, square(1), square(0)));
    }
  };
  hn::Vec<decltype(all)> v[kSide];
#pragma GCC unroll 16
  for (int64_t i = 0; i < kSide; ++i) v[i] = load(from + i * col);
  transpose_blocks<kSide>(all, v);
#pragma GCC unroll 16
  for (int64_t i = 0; i < kSide; ++i) write_vector<kStream>(all, v[i], reinterpret_cast<T*>(to + i * row));
}

/// The same for squares a vector wide, from whole vectors of the source: fewer loads, each line seldom.
template <class T, int kSquares, bool kStream>
HWY_INLINE void transpose_square(char* to, int64_t row, const char* from, int64_t col) {
  constexpr int64_t kSide = 16 / static_cast<int64_t>(sizeof(T)), kLines = kSquares * kSide;
  const hn::FixedTag<T, static_cast<size_t>(kLines)> d;
  hn::Vec<decltype(d)> v[kLines];
#pragma GCC unroll 16
  for (int64_t i = 0; i < kLines; ++i) v[i] = hn::LoadU(d, reinterpret_cast<const T*>(from + i * col));
#pragma GCC unroll 4
  for (int64_t k = 0; k < kSquares; ++k) transpose_blocks<kSide>(d, v + k * kSide);
  const auto write = [&](hn::Vec<decltype(d)> x, int64_t r)
                         HWY_ATTR { write_vector<kStream>(d, x, reinterpret_cast<T*>(to + r * row)); };
#pragma GCC unroll 16
  for (int64_t i = 0; i < kSide; ++i) {
    const auto a = v[i], b = v[kSide + i];
    const auto low = hn::ConcatLowerLower(d, b, a), high = hn::ConcatUpperUpper(d, b, a);
    if constexpr (kSquares == 2) {
      write(low, i);
      write(high, kSide + i);
    }
#if HWY_TARGET == HWY_AVX3
    if constexpr (kSquares == 4) {
      const auto e = v[2 * kSide + i], f = v[3 * kSide + i];
      const auto low2 = hn::ConcatLowerLower(d, f, e), high2 = hn::ConcatUpperUpper(d, f, e);
      write({_mm512_shuffle_i32x4(low.raw, low2.raw, 0x88)}, i);
      write({_mm512_shuffle_i32x4(low.raw, low2.raw, 0xDD)}, kSide + i);
      write({_mm512_shuffle_i32x4(high.raw, high2.raw, 0x88)}, 2 * kSide + i);
      write({_mm512_shuffle_i32x4(high.raw, high2.raw, 0xDD)}, 3 * kSide + i);
    }
#endif
  }
}

/// Groups of `kSquares` squares of 16 bytes' side, from column `c` on as long as they fit; where they no longer do. A
/// group of lines is finished before the next is begun: lines a power of two apart fall into the same few cache sets.
/// `ahead`: asks for the lines of the next group, and of the next tile, which is below or, a far block high, beside.
template <class T, int kSquares>
HWY_INLINE int64_t transpose_squares_from(Tile d, Tile s, int64_t c, int64_t cols, int64_t rows, bool ahead) {
  constexpr int64_t kItem = sizeof(T), kSide = 16 / kItem, kLines = kSquares * kSide;
  const int64_t height = rows * kItem;
  const bool beside = height == cpu::kFarBlock;
  for (; c + kLines <= cols; c += kLines) {
    if (ahead) {
      const char* line = s.data + c * s.col;
      const int64_t next = c + 2 * kLines <= cols ? kLines * s.col : 0, tile = beside ? cols * s.col : height;
      for (int64_t i = 0; i < kLines; ++i, line += s.col) {
        for (int64_t part = 0; part < height; part += 64) __builtin_prefetch(line + tile + part, 0, 2);
        if (!beside) __builtin_prefetch(line + next, 0, 3);
      }
    }
    int64_t r = 0;
    const auto to = [&] { return d.data + r * d.row + c * kItem; };
    const auto from = [&] { return s.data + c * s.col + r * kItem; };
    if constexpr (kSquares == 2 && kItem >= 4)
      for (; r + kLines <= rows; r += kLines) transpose_square<T, kSquares, false>(to(), d.row, from(), s.col);
    for (; r < rows; r += kSide) transpose_side<T, kSquares, false>(to(), d.row, from(), s.col);
  }
  return c;
}

/// Rows of the destination and columns of the source are contiguous: transposed in registers, whole vectors of the
/// destination at a time.
template <class T>
void copy_transposed(Tile d, Tile s, int64_t cols, int64_t rows) {
  constexpr int64_t kItem = sizeof(T), kSide = 16 / kItem;
  const hn::FixedTag<T, static_cast<size_t>(kSide)> half;
  const int64_t full_rows = rows / kSide * kSide;
  if (cols == 2 && d.row == 2 * kItem) {  // two lines into one, alternating
    const auto line = [&](int64_t at) HWY_ATTR { return hn::LoadU(half, reinterpret_cast<const T*>(s.data + at)); };
    for (int64_t r = 0; r < full_rows; r += kSide) {
      const auto a = line(r * kItem), b = line(r * kItem + s.col);
      T* q = reinterpret_cast<T*>(d.data + r * d.row);
      hn::StoreU(hn::InterleaveLower(half, a, b), half, q);
      hn::StoreU(hn::InterleaveUpper(half, a, b), half, q + kSide);
    }
    if (full_rows < rows)
      copy_strided<T>({d.data + full_rows * d.row, d.col, d.row}, {s.data + full_rows * s.row, s.col, s.row}, cols,
                      rows - full_rows);
    return;
  }
  // Tiles a line or two of the cache high follow one another along the columns of the source; where those lie too far
  // apart for the processor's own prefetching, it is helped.
  const bool ahead = (rows * kItem == 64 || rows * kItem == 128 || rows * kItem == cpu::kFarBlock) && s.col > 2048;
  int64_t full_cols = 0;
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3
  full_cols = transpose_squares_from<T, 2>(d, s, full_cols, cols, full_rows, ahead);
#else
  full_cols = transpose_squares_from<T, 1>(d, s, full_cols, cols, full_rows, ahead);
#endif
  if (full_rows < rows && full_cols > 0)
    copy_strided<T>({d.data + full_rows * d.row, d.col, d.row}, {s.data + full_rows * s.row, s.col, s.row}, full_cols,
                    rows - full_rows);
  if (full_cols < cols)
    copy_strided<T>({d.data + full_cols * d.col, d.col, d.row}, {s.data + full_cols * s.col, s.col, s.row},
                    cols - full_cols, rows);
}
#else
template <class T>
void copy_every_second(char* dst, const char* src, int64_t n) {
  copy_strided<T>({dst, sizeof(T), 0}, {const_cast<char*>(src), 2 * sizeof(T), 0}, n, 1);
}
template <class T>
void copy_transposed(Tile d, Tile s, int64_t cols, int64_t rows) {
  copy_strided<T>(d, s, cols, rows);
}
#endif

template <class T>
void copy_tile(Tile d, Tile s, int64_t cols, int64_t rows) {
  if (cols == 0 || rows == 0) return;  // of nothing, the address may be null
  constexpr int64_t kItem = sizeof(T);
  const bool dense_rows = (d.col == kItem || cols == 1) && (s.col == kItem || cols == 1);
  if (dense_rows && cols > 1) {
    if (rows == 1 || (d.row == cols * kItem && s.row == cols * kItem)) {
      std::memcpy(d.data, s.data, static_cast<size_t>(rows * cols * kItem));
      return;
    }
    if (cols * kItem >= 16) {
      for (int64_t r = 0; r < rows; ++r) copy_row(d.data + r * d.row, s.data + r * s.row, cols * kItem);
      return;
    }
  } else if (s.col == 0 && d.col == kItem) {
    for (int64_t r = 0; r < rows; ++r) fill_row<T>(d.data + r * d.row, s.data + r * s.row, cols);
    return;
  }
  if constexpr (kItem < 16) {
    if (d.col == kItem && s.row == kItem && rows > 1) return copy_transposed<T>(d, s, cols, rows);
    if (s.col == kItem && d.row == kItem && rows > 1)
      return copy_transposed<T>({d.data, d.row, d.col}, {s.data, s.row, s.col}, rows, cols);
  }
  if constexpr (kItem == 4 || kItem == 8) {
    if (d.col == kItem && s.col == 2 * kItem) {
      for (int64_t r = 0; r < rows; ++r) copy_every_second<T>(d.data + r * d.row, s.data + r * s.row, cols);
      return;
    }
  }
  copy_strided<T>(d, s, cols, rows);
}

void fill(char* dst, const void* value, int64_t item, int64_t n) {
  // One cache line of the element; every item size divides it.
  HWY_ALIGN uint8_t line[64];
  for (int64_t i = 0; i < 64; i += item) std::memcpy(line + i, value, static_cast<size_t>(item));
  const int64_t bytes = n * item;
  const hn::CappedTag<uint8_t, 64> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  if (lanes < 16) {
    for (; i + 64 <= bytes; i += 64) std::memcpy(dst + i, line, 64);
  } else {
    for (; i + 64 <= bytes; i += 64)
      for (int64_t k = 0; k < 64; k += lanes)
        hn::StoreU(hn::Load(d, line + k), d, reinterpret_cast<uint8_t*>(dst + i + k));
  }
  if (i < bytes) std::memcpy(dst + i, line, static_cast<size_t>(bytes - i));
}

#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3
void stream(char* dst, const char* src, int64_t bytes) {
  const hn::ScalableTag<uint8_t> d;
  constexpr int64_t kVector = hn::MaxLanes(decltype(d)());
  int64_t i = 0;
  for (; i + 64 <= bytes; i += 64)
    for (int64_t k = 0; k < 64; k += kVector)
      hn::Stream(hn::LoadU(d, reinterpret_cast<const uint8_t*>(src + i + k)), d,
                 reinterpret_cast<uint8_t*>(dst + i + k));
  if (i < bytes) std::memcpy(dst + i, src + i, static_cast<size_t>(bytes - i));
}

// Streamed, whole lines are written, few at a time: a processor has ten or so that it fills.
template <bool kStream>
inline constexpr bool kTwoHalves = HWY_TARGET == HWY_AVX2&& kStream;

/// Not inlined, lest the compiler keep a multiple of the steps for every line through the loop around it.
template <class T, bool kStream>
HWY_NOINLINE void transpose_part(char* to, int64_t row, const char* from, int64_t col) {
  constexpr int kSquares = HWY_TARGET == HWY_AVX3 ? 4 : 2;
  if constexpr (sizeof(T) >= 4 && !kTwoHalves<kStream>)
    transpose_square<T, kSquares, kStream>(to, row, from, col);
  else
    transpose_side<T, kSquares, kStream>(to, row, from, col);
  if constexpr (kTwoHalves<kStream>)
    transpose_side<T, kSquares, kStream>(to + 32, row, from + 32 / static_cast<int64_t>(sizeof(T)) * col, col);
}
template <class T, bool kStream>
constexpr cpu::TransposePart part_of() {
  constexpr int64_t kItem = sizeof(T), kVector = HWY_TARGET == HWY_AVX3 ? 64 : 32;
  return {transpose_part<T, kStream>, (kTwoHalves<kStream> ? 64 : kVector) / kItem,
          (kItem >= 4 && !kTwoHalves<kStream> ? kVector : 16) / kItem};
}
#endif

void fill_slots() {
  cpu::CopyFunctions& f = cpu::copy_functions;
  f = {{copy_tile<uint8_t>, copy_tile<uint16_t>, copy_tile<uint32_t>, copy_tile<uint64_t>, copy_tile<Bytes16>},
       fill,
       copy_row,
       nullptr,
       {}};
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3
  f.stream = stream;
  const auto set = [&](auto item) {
    using T = decltype(item);
    constexpr int k = std::countr_zero(sizeof(T));
    f.transpose_part[0][k] = part_of<T, false>();
    f.transpose_part[1][k] = part_of<T, true>();
  };
  set(uint8_t{}), set(uint16_t{}), set(uint32_t{}), set(uint64_t{});
#endif
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
