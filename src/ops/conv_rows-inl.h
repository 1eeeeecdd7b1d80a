// Per-target include guard, as Highway asks for headers with vector code.
#if defined(LAMPAS_OPS_CONV_ROWS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef LAMPAS_OPS_CONV_ROWS_INL_H
#undef LAMPAS_OPS_CONV_ROWS_INL_H
#else
#define LAMPAS_OPS_CONV_ROWS_INL_H
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstdint>

#include "backend/cpu/unroll.h"
#include "ops/conv_correlation.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

/// How the source positions one axis needs are kept: in planes in which neighbouring results are neighbours. Either
/// every tap has a plane of its own, or taps that differ by a multiple of the step share one, shifted by whole results.
struct AxisPlanes {
  cpu::CorrelationAxis axis;
  bool own;
  int64_t planes, lowest, extra;  // extra: positions a shared plane is longer than the results

  AxisPlanes(const cpu::CorrelationAxis& a, bool want_own)
      : axis(a),
        own(want_own || a.taps <= a.step),
        planes(own ? a.taps : a.step),
        lowest(cpu::floor_div(a.least(), a.step)),
        extra(own ? 0 : cpu::floor_div(a.most(), a.step) - lowest) {}

  int64_t plane(int64_t tap) const { return own ? tap : cpu::floor_mod(axis.offset(tap), axis.step); }
  int64_t shift(int64_t tap) const { return own ? 0 : cpu::floor_div(axis.offset(tap), axis.step) - lowest; }
  /// Source position of a plane's first entry.
  int64_t start(int64_t plane) const { return own ? axis.offset(plane) : lowest * axis.step + plane; }
};

/// Scratch memory for the source rows of a block of output rows: [channel][x plane][z tap][y plane][row][pitch]. With
/// an `images` count above one (then every tap has planes of its own and a block is a whole image), images lie between
/// y plane and row.
struct RowLayout {
  AxisPlanes z, y, x;
  int64_t pitch;     // distance between rows, at least the number of results in a row
  int64_t rows = 0;  // of a y plane, for the chosen number of output rows
  int64_t images = 1;
  int64_t plane = 0, channel = 0;  // distance between x planes, between channels

  RowLayout() : z({}, true), y({}, true), x({}, true), pitch(0) {}
  RowLayout(const cpu::CorrelationAxis* axis, bool own_x, bool own_y)
      : z(axis[0], true), y(axis[1], own_y), x(axis[2], own_x), pitch(axis[2].out + x.extra) {
    if (!x.own && axis[2].step == 1) {
      // The zeros that end a row serve as the ones that start the next.
      const int64_t before = std::max<int64_t>(0, -axis[2].least());
      const int64_t after = std::max<int64_t>(0, axis[2].out - 1 + axis[2].most() - (axis[2].in - 1));
      pitch = std::max(axis[2].out, pitch - std::min(before, after));
    }
  }

  /// Chooses the block: output rows of one image, or all rows of several.
  template <class T>
  void set_block(int64_t out_rows, int64_t image_count) {
    rows = out_rows + y.extra;
    images = image_count;
    plane = z.planes * y.planes * images * rows * pitch;
    // An odd number of cache lines, so that channels do not fall on one another in the cache.
    constexpr int64_t kLine = 64 / sizeof(T);
    channel = (x.planes * plane + x.extra + kLine - 1) / kLine | 1;
    channel *= kLine;
  }
  int64_t offset(int64_t tz, int64_t ty, int64_t tx) const {
    return x.plane(tx) * plane + ((tz * y.planes + y.plane(ty)) * images * rows + y.shift(ty)) * pitch + x.shift(tx);
  }
};

/// The i < pitch for which x0 + i * step is inside [0, in).
struct InsideRow {
  int64_t lo, hi;
  InsideRow(int64_t in, int64_t x0, int64_t step, int64_t pitch)
      : lo(std::clamp<int64_t>(cpu::ceil_div(-x0, step), 0, pitch)),
        hi(std::clamp<int64_t>(cpu::ceil_div(in - x0, step), lo, pitch)) {}
};

/// to[i] = row[x0 + i * step] for i < pitch, zero where that is outside [0, in) or `row` is null. Writes up to a vector
/// more.
template <class T>
HWY_INLINE void fill_row(const T* row, InsideRow inside, int64_t in, int64_t x0, int64_t step, int64_t pitch, T* to) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::ScalableTag<T> d;
  const int64_t n = static_cast<int64_t>(hn::Lanes(d));
  const int64_t lo = inside.lo, hi = row ? inside.hi : lo;
  for (int64_t i = 0; i < lo; i += n) hn::StoreU(hn::Zero(d), d, to + i);
  int64_t i = lo;
  if (step == 1 && lo < hi) {
    const T* from = row + x0;
    for (; i + n <= hi; i += n) hn::StoreU(hn::LoadU(d, from + i), d, to + i);
    if (i < hi) {
      hn::StoreU(hn::MaskedLoad(hn::FirstN(d, static_cast<size_t>(hi - i)), d, from + i), d, to + i);
      i += n;
    }
  } else {
#if HWY_TARGET != HWY_SCALAR
    if (step == 2) {  // lanes past the row come out as the zeros that belong there
      const auto load = [&](int64_t at) HWY_ATTR {
        const int64_t left = in - at;
        if (left >= n) return hn::LoadU(d, row + at);
        return hn::MaskedLoad(hn::FirstN(d, static_cast<size_t>(std::max<int64_t>(left, 0))), d, row + at);
      };
      for (; i < hi; i += n) {
        const int64_t at = x0 + 2 * i;
        hn::StoreU(hn::ConcatEven(d, load(at + n), load(at)), d, to + i);
      }
    }
#endif
    for (; i < hi; ++i) to[i] = row[x0 + i * step];
  }
  for (; i < pitch; i += n) hn::StoreU(hn::Zero(d), d, to + i);
}

template <class T>
void copy_row(const T* from, int64_t length, T* to) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::ScalableTag<T> d;
  const int64_t n = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  for (; i + n <= length; i += n) hn::StoreU(hn::LoadU(d, from + i), d, to + i);
  for (; i < length; ++i) to[i] = from[i];
}

/// Rows of results taken in turn, the even one first and at most one longer.
template <class T>
HWY_NOINLINE void interleave(const T* even, const T* odd, int64_t evens, int64_t odds, T* to) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::ScalableTag<T> d;
  const int64_t n = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  for (; i + n <= odds; i += n) hn::StoreInterleaved2(hn::LoadU(d, even + i), hn::LoadU(d, odd + i), d, to + 2 * i);
  if (i < odds && odds >= n) {  // some once more, rather than the rest one by one
    i = odds - n;
    hn::StoreInterleaved2(hn::LoadU(d, even + i), hn::LoadU(d, odd + i), d, to + 2 * i);
    i = odds;
  }
  for (; i < odds; ++i) to[2 * i] = even[i], to[2 * i + 1] = odd[i];
  if (evens > odds) to[2 * odds] = even[odds];
}

/// Masked loads read no lane that is off, wherever it lies.
constexpr bool kMaskedLoads = HWY_ARCH_X86 && HWY_TARGET != HWY_SCALAR;

/// Short rows: what lies inside is the same for every row of a plane, so that masks are made but once.
template <class T>
class ShortRow {
  using D = hwy::HWY_NAMESPACE::CappedTag<T, 32 / sizeof(T)>;

 public:
  static bool fits(int64_t step, int64_t pitch) {
    namespace hn = hwy::HWY_NAMESPACE;
    return kMaskedLoads && sizeof(T) == 4 && step <= 2 && pitch <= kVectors * static_cast<int64_t>(hn::Lanes(D()));
  }
  ShortRow(int64_t in, int64_t x0, int64_t step, int64_t pitch)
      : lanes_(static_cast<int64_t>(hwy::HWY_NAMESPACE::Lanes(D()))),
        vectors_((pitch + lanes_ - 1) / lanes_),
        step_(step),
        x0_(x0) {
    for (int64_t j = 0; j < vectors_ * step; ++j) {
      const int64_t at = x0 + j * lanes_;
      mask_[j] = hwy::HWY_NAMESPACE::AndNot(first(-at), first(in - at));
    }
  }
  /// `count` rows, `distance` apart in the source and `pitch` in memory; zeros if there is no source.
  HWY_NOINLINE void fill(const T* rows, int64_t distance, int64_t count, int64_t pitch, T* to) const {
    namespace hn = hwy::HWY_NAMESPACE;
    const D d;
    if (!rows) {
      for (; count > 0; --count, to += pitch)
        for (int64_t j = 0; j < vectors_; ++j) hn::StoreU(hn::Zero(d), d, to + j * lanes_);
      return;
    }
    rows += x0_;
    if (step_ == 1) {
      if (vectors_ == 1) return copy<1>(rows, distance, count, pitch, to);
      if (vectors_ == 2) return copy<2>(rows, distance, count, pitch, to);
      if (vectors_ == 3) return copy<3>(rows, distance, count, pitch, to);
      for (; count > 0; --count, rows += distance, to += pitch)
        for (int64_t j = 0; j < vectors_; ++j)
          hn::StoreU(hn::MaskedLoad(mask_[j], d, rows + j * lanes_), d, to + j * lanes_);
      return;
    }
#if HWY_TARGET != HWY_SCALAR
    for (; count > 0; --count, rows += distance, to += pitch)
      for (int64_t j = 0; j < vectors_; ++j) {
        const T* row = rows + 2 * j * lanes_;
        hn::StoreU(
            hn::ConcatEven(d, hn::MaskedLoad(mask_[2 * j + 1], d, row + lanes_), hn::MaskedLoad(mask_[2 * j], d, row)),
            d, to + j * lanes_);
      }
#endif
  }

 private:
  static constexpr int64_t kVectors = 8;
  hwy::HWY_NAMESPACE::Mask<D> first(int64_t n) const {
    return hwy::HWY_NAMESPACE::FirstN(D(), static_cast<size_t>(std::clamp<int64_t>(n, 0, lanes_)));
  }
  /// V vectors a row, whose masks stay in registers.
  template <int V>
  HWY_INLINE void copy(const T* rows, int64_t distance, int64_t count, int64_t pitch, T* to) const {
    namespace hn = hwy::HWY_NAMESPACE;
    const D d;
    const int64_t n = static_cast<int64_t>(hn::Lanes(d));
    hn::Mask<D> mask[V];
    LAMPAS_UNROLL for (int j = 0; j < V; ++j) mask[j] = mask_[j];
    for (; count > 0; --count, rows += distance, to += pitch) {
      LAMPAS_UNROLL for (int j = 0; j < V; ++j) hn::StoreU(hn::MaskedLoad(mask[j], d, rows + j * n), d, to + j * n);
    }
  }
  int64_t lanes_, vectors_, step_, x0_;
  hwy::HWY_NAMESPACE::Mask<D> mask_[2 * kVectors];
};

/// Gathers what channels [begin, end) contribute to output rows [row, row + rows) of depth slice `slice` of `images`
/// images from `image` on: no more rows or images than the layout holds. Rows are written in the order they lie in
/// memory, so that each repairs what the one before wrote too much.
template <class T>
HWY_NOINLINE void fill_rows(const cpu::Correlation<T>& c, const RowLayout& l, int64_t image, int64_t images,
                            int64_t begin, int64_t end, int64_t slice, int64_t row, int64_t rows, T* to) {
  const cpu::CorrelationAxis &az = c.axis[0], &ay = c.axis[1], &ax = c.axis[2];
  const int64_t src_image = c.groups * c.channels * c.src_channel(), filled = rows + l.y.extra;
  for (int64_t k = begin; k < end; ++k, to += l.channel) {
    const T* channel = c.src + image * src_image + k * c.src_channel();
    for (int64_t px = 0; px < l.x.planes; ++px) {
      T* plane = to + px * l.plane;
      const int64_t x0 = l.x.start(px);
      const InsideRow in_row(ax.in, x0, ax.step, l.pitch);
      const bool is_short = ShortRow<T>::fits(ax.step, l.pitch);
      const ShortRow<T> short_row(ax.in, x0, ax.step, is_short ? l.pitch : 0);
      for (int64_t tz = 0; tz < l.z.planes; ++tz) {
        const int64_t sz = slice * az.step + l.z.start(tz);
        for (int64_t py = 0; py < l.y.planes; ++py, plane += l.images * l.rows * l.pitch)
          for (int64_t m = 0; m < images; ++m) {
            T* q = plane + m * l.rows * l.pitch;
            const int64_t distance = ay.step * ax.in;
            const T* from = channel + m * src_image + (sz * ay.in + row * ay.step + l.y.start(py)) * ax.in;
            const InsideRow in_column(sz >= 0 && sz < az.in ? ay.in : 0, row * ay.step + l.y.start(py), ay.step,
                                      filled);
            if (is_short) {
              short_row.fill(nullptr, 0, in_column.lo, l.pitch, q);
              short_row.fill(from + in_column.lo * distance, distance, in_column.hi - in_column.lo, l.pitch,
                             q + in_column.lo * l.pitch);
              short_row.fill(nullptr, 0, filled - in_column.hi, l.pitch, q + in_column.hi * l.pitch);
              q += filled * l.pitch;
            } else {
              for (int64_t r = 0; r < filled; ++r, from += distance, q += l.pitch)
                fill_row(r >= in_column.lo && r < in_column.hi ? from : nullptr, in_row, ax.in, x0, ax.step, l.pitch,
                         q);
            }
            if (filled < l.rows) std::fill_n(q, l.x.extra, T(0));  // what ends the last row
          }
      }
    }
    std::fill(to + l.x.planes * l.plane, to + l.channel, T(0));
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#endif
