// Depthwise convolution in plain images. A filter has too few taps for a matrix product and its channels would have to
// be brought into blocks and back; here planes stay as they are, positions of a row lie in the vector lanes and the
// zeros around a plane are masked lanes and left-out rows.
#include "backend/cpu/hwy_config.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/conv_depthwise_cpu.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>

#include "backend/cpu/gemm_tile.h"
#include "backend/cpu/parallel.h"
#include "backend/cpu/vec_io-inl.h"
#include "backend/cpu/workspace.h"
#include "ops/conv_depthwise.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {
using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;
using M = hn::Mask<D>;
using cpu::CorrelationAxis;
using cpu::Depthwise;

/// Rows whose results are computed together, so that a source row is loaded once for all of them: as many as the
/// registers hold, and a divisor of the usual heights (7, 14, 28, 56, ...).
#if HWY_TARGET == HWY_SCALAR
constexpr int kRows = 1;
#elif HWY_TARGET <= HWY_AVX3
constexpr int kRows = 7;
#else
constexpr int kRows = 4;
#endif

/// Lanes of the columns from `column` on that lie in [0, in).
M inside(int64_t column, int64_t in) {
  const D d;
  const int64_t n = static_cast<int64_t>(hn::Lanes(d));
  const auto first = [&](int64_t k) { return hn::FirstN(d, static_cast<size_t>(std::clamp<int64_t>(k, 0, n))); };
  return hn::AndNot(first(-column), first(in - column));
}

/// A 3x3 filter whose rows are neighbours, on columns [column, column + Lanes).
struct Columns3x3 {
  int64_t column, in_rows, in_columns, out_columns, first_row, first_column, spacing;
  M mask0, mask1, mask2;

  /// `whole`: lanes without a result are left out, too; what the source holds there may be infinite.
  HWY_INLINE Columns3x3(const Depthwise& p, int64_t at, bool whole)
      : column(at),
        in_rows(p.y.in),
        in_columns(p.x.in),
        out_columns(p.x.out),
        first_row(p.y.first),
        first_column(at + p.x.first),
        spacing(p.x.spacing) {
    const M results = inside(at, whole ? p.x.out : at + static_cast<int64_t>(hn::Lanes(D())));
    mask0 = hn::And(results, inside(first_column, p.x.in));
    mask1 = hn::And(results, inside(first_column + spacing, p.x.in));
    mask2 = hn::And(results, inside(first_column + 2 * spacing, p.x.in));
  }
  /// Whether the first source row that result row `row` sees is inside the plane.
  HWY_INLINE bool holds(int64_t row) const {
    return static_cast<uint64_t>(row + first_row) < static_cast<uint64_t>(in_rows);
  }
  HWY_INLINE const float* source(const float* src, int64_t row) const {
    return src + (row + first_row) * in_columns + first_column;
  }
};

/// Results of `rows` rows.
template <int rows>
HWY_INLINE void tile_3x3(const Columns3x3& c, const float* src, const V* w, V bias, int64_t row, float* dst) {
  const D d;
  V sum[rows];
  LAMPAS_UNROLL for (int r = 0; r < rows; ++r) sum[r] = bias;
  const float* from = c.source(src, row);
  LAMPAS_UNROLL for (int s = 0; s < rows + 2; ++s, from += c.in_columns) {
    if (!c.holds(row + s)) continue;
    const V a = load_where(c.mask0, d, from), b = load_where(c.mask1, d, from + c.spacing),
            e = load_where(c.mask2, d, from + 2 * c.spacing);
    LAMPAS_UNROLL for (int r = 0; r < rows; ++r) {
      if (s < r || s > r + 2) continue;
      const V* const k = w + (s - r) * 3;
      sum[r] = hn::MulAdd(e, k[2], hn::MulAdd(b, k[1], hn::MulAdd(a, k[0], sum[r])));
    }
  }
  LAMPAS_UNROLL for (int r = 0; r < rows; ++r)
      store_some(d, sum[r], dst + (row + r) * c.out_columns + c.column, c.out_columns - c.column);
}

#if HWY_TARGET <= HWY_AVX3
// Shorter vectors than there are: rows begin anywhere, and storing whole cache lines across two of them takes longer
// than their sums.
using Half = hn::CappedTag<float, 8>;
constexpr int64_t kHalf = 8;

/// Results, rows as long as the source's, of columns [0, kHalf * (strips - 1)) and [at, at + kHalf). The first vector's
/// first lane may see nothing to its left, the last one's last nothing to its right: `left` and `right` are the lanes
/// that do. Every row of the source is loaded once, for the three rows of results that see it.
template <int strips>
HWY_NOINLINE void roll_3x3(const Depthwise& p, hn::Mask<Half> left, hn::Mask<Half> right, int64_t at, const float* src,
                           const float* weight, float bias, float* dst) {
  using W = hn::Vec<Half>;
  const Half d;
  W w[9];
  LAMPAS_UNROLL for (int t = 0; t < 9; ++t) w[t] = hn::Set(d, weight[t]);
  const W start = hn::Set(d, bias);
  W last[strips], next[strips], after[strips];  // sums of this row of results and the two that follow
  LAMPAS_UNROLL for (int i = 0; i < strips; ++i) last[i] = next[i] = after[i] = start;
  const int64_t columns = p.x.in, rows = p.y.out;
  const uint64_t in_rows = static_cast<uint64_t>(p.y.in);
  int64_t y = p.y.first;
  const float* from = src + y * columns - 1;
  float* to = dst - 2 * columns;
  for (int64_t row = -2; row < rows; ++row, ++y, from += columns, to += columns) {
    if (HWY_LIKELY(static_cast<uint64_t>(y) < in_rows)) {
      LAMPAS_UNROLL for (int i = 0; i < strips; ++i) {
        LAMPAS_UNROLL for (int t = 0; t < 3; ++t) {
          const float* const x = from + (i < strips - 1 ? i * kHalf : at) + t;
          const W v = i == 0 && t == 0            ? hn::MaskedLoad(left, d, x)
                      : i == strips - 1 && t == 2 ? hn::MaskedLoad(right, d, x)
                                                  : hn::LoadU(d, x);
          last[i] = hn::MulAdd(v, w[6 + t], last[i]);
          next[i] = hn::MulAdd(v, w[3 + t], next[i]);
          after[i] = hn::MulAdd(v, w[t], after[i]);
        }
      }
    }
    if (HWY_LIKELY(row >= 0)) {
      LAMPAS_UNROLL for (int i = 0; i < strips; ++i) hn::StoreU(last[i], d, to + (i < strips - 1 ? i * kHalf : at));
    }
    LAMPAS_UNROLL for (int i = 0; i < strips; ++i) last[i] = next[i], next[i] = after[i], after[i] = start;
  }
}

/// Whether rows are as long as the source's and enough for three vectors, whose chains of sums hide one another.
bool rolls(const Depthwise& p) {
  return p.x.in == p.x.out && p.x.first == -1 && p.x.spacing == 1 && p.x.out > 2 * kHalf;
}
void roll(const Depthwise& p, const float* src, const float* weight, float bias, float* dst) {
  const Half d;
  const int64_t all = (p.x.out + kHalf - 1) / kHalf, groups = (all + 3) / 4;
  for (int64_t g = 0; g < groups; ++g) {
    // Three or four vectors; the last ones compute some results once more.
    const int64_t strips = std::max<int64_t>(3, (g + 1) * all / groups - g * all / groups);
    const int64_t column = std::min(g * all / groups * kHalf, p.x.out - 2 * kHalf - 1);
    const int64_t at = std::min((strips - 1) * kHalf, p.x.out - kHalf - column);
    const auto left = hn::FirstN(d, column > 0 ? 0 : 1), right = hn::FirstN(d, column + at + kHalf < p.x.out ? 8 : 7);
    (strips == 3 ? roll_3x3<3> : roll_3x3<4>)(p, hn::Not(left), right, at, src + column, weight, bias, dst + column);
  }
}
#endif

void correlate_3x3(const Depthwise& p, const float* src, const float* weight, float bias, float* dst) {
#if HWY_TARGET <= HWY_AVX3
  if (rolls(p)) return roll(p, src, weight, bias, dst);
#endif
  const D d;
  const V start = hn::Set(d, bias);
  V w[9];
  LAMPAS_UNROLL for (int t = 0; t < 9; ++t) w[t] = hn::Set(d, weight[t]);
  const int64_t n = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t column = 0; column < p.x.out; column += n) {
    // The last vector rather computes some results once more than to store a part, which AVX2 does slowly.
    const Columns3x3 c(p, std::min(column, std::max<int64_t>(0, p.x.out - n)), false);
    for (int64_t row = 0; row < p.y.out;) {
      if (row + kRows > p.y.out) {
        tile_3x3<1>(c, src, w, start, row++, dst);
        continue;
      }
      tile_3x3<kRows>(c, src, w, start, row, dst);
      row += kRows;
    }
  }
}

/// Results of one row of any filter.
void tile_any(const Depthwise& p, const float* src, const M* mask, const float* weight, V bias, int64_t row,
              int64_t column, float* dst) {
  const D d;
  V sum = bias;
  for (int64_t ty = 0; ty < p.y.taps; ++ty) {
    const int64_t y = row + p.y.offset(ty);
    if (y < 0 || y >= p.y.in) continue;
    const float* const from = src + y * p.x.in + column + p.x.first;
    for (int64_t tx = 0; tx < p.x.taps; ++tx)
      sum = hn::MulAdd(load_where(mask[tx], d, from + tx * p.x.spacing), hn::Set(d, weight[ty * p.x.taps + tx]), sum);
  }
  store_some(d, sum, dst + row * p.x.out + column, p.x.out - column);
}

void correlate_any(const Depthwise& p, const float* src, const float* weight, float bias, float* dst) {
  const D d;
  const V start = hn::Set(d, bias);
  M mask[cpu::kDepthwiseTaps];
  for (int64_t column = 0; column < p.x.out; column += static_cast<int64_t>(hn::Lanes(d))) {
    for (int64_t tx = 0; tx < p.x.taps; ++tx) mask[tx] = inside(column + p.x.offset(tx), p.x.in);
    for (int64_t row = 0; row < p.y.out; ++row) tile_any(p, src, mask, weight, start, row, column, dst);
  }
}

/// Adds what `rows` rows contribute to the nine sums of a 3x3 filter and to the tenth, its bias's.
template <int rows>
HWY_INLINE void dot_3x3(const Columns3x3& c, const float* src, const float* dy, int64_t row, V* sum) {
  const D d;
  V g[rows];
  LAMPAS_UNROLL for (int r = 0; r < rows; ++r) g[r] =
      load_some(d, dy + (row + r) * c.out_columns + c.column, c.out_columns - c.column);
  LAMPAS_UNROLL for (int r = 0; r < rows; ++r) sum[9] = hn::Add(sum[9], g[r]);
  const float* from = c.source(src, row);
  LAMPAS_UNROLL for (int s = 0; s < rows + 2; ++s, from += c.in_columns) {
    if (!c.holds(row + s)) continue;
    const V a = load_where(c.mask0, d, from), b = load_where(c.mask1, d, from + c.spacing),
            e = load_where(c.mask2, d, from + 2 * c.spacing);
    LAMPAS_UNROLL for (int r = 0; r < rows; ++r) {
      if (s < r || s > r + 2) continue;
      V* const k = sum + (s - r) * 3;
      k[0] = hn::MulAdd(a, g[r], k[0]), k[1] = hn::MulAdd(b, g[r], k[1]), k[2] = hn::MulAdd(e, g[r], k[2]);
    }
  }
}

#if HWY_TARGET <= HWY_AVX3
/// Adds what results of `rows` rows from `first` on and columns [column, end) of a plane contribute to two sets of
/// sums: a whole vector of columns and of the next what there is.
HWY_NOINLINE void roll_dot_3x3(const Depthwise& p, int64_t first, int64_t rows, int64_t column, int64_t end,
                               const float* src, const float* dy, float* sums) {
  using W = hn::Vec<Half>;
  const Half d;
  const int64_t columns = p.x.in, in_rows = p.y.in;
  const auto until = [&](int64_t last) HWY_ATTR {  // lanes of the second vector
    return hn::FirstN(d, static_cast<size_t>(std::max<int64_t>(last - column - kHalf, 0)));
  };
  const auto left = hn::Not(hn::FirstN(d, column > 0 ? 0 : 1)), most = until(end),
             right = until(std::min(end, columns - 1));
  W sum[2][10];
  LAMPAS_UNROLL for (int t = 0; t < 20; ++t) sum[t / 10][t % 10] = hn::Load(d, sums + t * kHalf);
  const W zero = hn::Zero(d);
  W g[3][2] = {{zero, zero}, {zero, zero}, {zero, zero}};  // of rows row, row - 1 and row - 2
  int64_t y = p.y.first + first;
  const float *from = src + y * columns + column - 1, *next = dy + first * columns + column;
  for (int64_t row = 0; row < rows + 2; ++row, ++y, from += columns, next += columns) {
    LAMPAS_UNROLL for (int i = 0; i < 2; ++i) g[2][i] = g[1][i], g[1][i] = g[0][i];
    if (HWY_LIKELY(row < rows)) {
      g[0][0] = hn::LoadU(d, next), g[0][1] = hn::MaskedLoad(most, d, next + kHalf);
      LAMPAS_UNROLL for (int i = 0; i < 2; ++i) sum[i][9] = hn::Add(sum[i][9], g[0][i]);
    }
    if (HWY_UNLIKELY(static_cast<uint64_t>(y) >= static_cast<uint64_t>(in_rows))) continue;
    W x[2][3];
    LAMPAS_UNROLL for (int t = 0; t < 3; ++t) {
      x[0][t] = t == 0 ? hn::MaskedLoad(left, d, from) : hn::LoadU(d, from + t);
      x[1][t] = hn::MaskedLoad(t == 2 ? right : most, d, from + kHalf + t);
    }
    // Rows that are not among these results are left out: times zero, what is infinite would be no number.
    LAMPAS_UNROLL for (int s = 0; s < 3; ++s) {
      if (HWY_UNLIKELY(static_cast<uint64_t>(row - s) >= static_cast<uint64_t>(rows))) continue;
      LAMPAS_UNROLL for (int i = 0; i < 2; ++i) {
        LAMPAS_UNROLL for (int t = 0; t < 3; ++t) sum[i][s * 3 + t] = hn::MulAdd(x[i][t], g[s][i], sum[i][s * 3 + t]);
      }
    }
  }
  LAMPAS_UNROLL for (int t = 0; t < 20; ++t) hn::Store(sum[t / 10][t % 10], d, sums + t * kHalf);
}

/// Sums of channels [begin, end), planes in the order in which they lie in memory.
void roll_weight(const Depthwise& p, const float* src, const float* dy, int64_t begin, int64_t end, float* dweight,
                 float* dbias) {
  const Half d;
  constexpr int64_t kSums = 20 * kHalf;
  const int64_t rows = std::max<int64_t>(8, 3584 / p.x.out);  // of both planes, that stay in the first-level cache
  const cpu::Workspace<float> sums((end - begin) * kSums);
  std::fill_n(sums.data(), (end - begin) * kSums, 0.f);
  // An odd vector comes first: one at the end may be a part.
  const int64_t odd = (p.x.out + kHalf - 1) / kHalf % 2 * kHalf;
  for (int64_t i = 0; i < p.images; ++i)
    for (int64_t c = begin; c < end; ++c)
      for (int64_t row = 0; row < p.y.out; row += rows)
        for (int64_t column = -odd; column < p.x.out; column += 2 * kHalf)
          roll_dot_3x3(p, row, std::min(rows, p.y.out - row), std::max<int64_t>(column, 0),
                       std::min(column + 2 * kHalf, p.x.out), src + (i * p.channels + c) * p.y.in * p.x.in,
                       dy + (i * p.channels + c) * p.y.out * p.x.out, sums + (c - begin) * kSums);
  for (int64_t c = begin; c < end; ++c) {
    const float* from = sums + (c - begin) * kSums;
    for (int t = 0; t < 10; ++t, from += kHalf) {
      float* const to = t < 9 ? dweight + c * 9 + t : dbias ? dbias + c : nullptr;
      if (to) *to = hn::GetLane(hn::SumOfLanes(d, hn::Add(hn::Load(d, from), hn::Load(d, from + kSums / 2))));
    }
  }
}
#endif

void add_3x3(const Depthwise& p, const float* src, const float* dy, int64_t image_step, float* dweight, float* dbias) {
  const D d;
  V sum[10];
  LAMPAS_UNROLL for (int t = 0; t < 10; ++t) sum[t] = hn::Zero(d);
  for (int64_t column = 0; column < p.x.out; column += static_cast<int64_t>(hn::Lanes(d))) {
    const Columns3x3 c(p, column, true);
    for (int64_t i = 0; i < p.images; ++i) {
      const float* const x = src + i * image_step * p.y.in * p.x.in;
      const float* const g = dy + i * image_step * p.y.out * p.x.out;
      for (int64_t row = 0; row < p.y.out;) {
        if (row + kRows > p.y.out) {
          dot_3x3<1>(c, x, g, row++, sum);
          continue;
        }
        dot_3x3<kRows>(c, x, g, row, sum);
        row += kRows;
      }
    }
  }
  LAMPAS_UNROLL for (int t = 0; t < 9; ++t) dweight[t] = hn::GetLane(hn::SumOfLanes(d, sum[t]));
  if (dbias) *dbias = hn::GetLane(hn::SumOfLanes(d, sum[9]));
}

float sum_of(const Depthwise& p, const float* dy, int64_t image_step) {
  const D d;
  const int64_t n = static_cast<int64_t>(hn::Lanes(d)), plane = p.y.out * p.x.out;
  V sum = hn::Zero(d);
  for (int64_t i = 0; i < p.images; ++i)
    for (int64_t k = 0; k < plane; k += n) sum = hn::Add(sum, load_some(d, dy + i * image_step * plane + k, plane - k));
  return hn::GetLane(hn::SumOfLanes(d, sum));
}

void add_any(const Depthwise& p, const float* src, const float* dy, int64_t image_step, float* dweight, float* dbias) {
  const D d;
  const int64_t n = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t ty = 0; ty < p.y.taps; ++ty)
    for (int64_t tx = 0; tx < p.x.taps; ++tx) {
      V sum = hn::Zero(d);
      const int64_t first = std::max<int64_t>(0, -p.y.offset(ty)), last = std::min(p.y.out, p.y.in - p.y.offset(ty));
      for (int64_t column = 0; column < p.x.out; column += n) {
        const M mask = hn::And(inside(column + p.x.offset(tx), p.x.in), inside(column, p.x.out));
        for (int64_t i = 0; i < p.images; ++i) {
          const float* const x = src + i * image_step * p.y.in * p.x.in + column + p.x.offset(tx);
          const float* const g = dy + i * image_step * p.y.out * p.x.out + column;
          for (int64_t row = first; row < last; ++row)
            sum = hn::MulAdd(load_where(mask, d, x + (row + p.y.offset(ty)) * p.x.in),
                             load_some(d, g + row * p.x.out, p.x.out - column), sum);
        }
      }
      *dweight++ = hn::GetLane(hn::SumOfLanes(d, sum));
    }
  if (dbias) *dbias = sum_of(p, dy, image_step);
}

/// One lane at a time, a filter of its own saves little.
bool is_3x3(const Depthwise& p) {
  return HWY_TARGET != HWY_SCALAR && p.y.taps == 3 && p.x.taps == 3 && p.y.spacing == 1;
}

void forward(const Depthwise& p, const float* src, const float* weight, const float* bias, float* dst) {
  const int64_t in = p.y.in * p.x.in, out = p.y.out * p.x.out, taps = p.y.taps * p.x.taps;
  const auto correlate = is_3x3(p) ? correlate_3x3 : correlate_any;
  cpu::parallel_for(p.images * p.channels, cpu::kGrain * 4 / (out * taps) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t c = i % p.channels;
      correlate(p, src + i * in, weight + c * taps, bias ? bias[c] : 0.f, dst + i * out);
    }
  });
}

void weight(const Depthwise& p, const float* src, const float* dy, float* dweight, float* dbias) {
  const int64_t in = p.y.in * p.x.in, out = p.y.out * p.x.out, taps = p.y.taps * p.x.taps;
  const auto add = is_3x3(p) ? add_3x3 : add_any;
  cpu::parallel_for(p.channels, cpu::kGrain * 4 / (p.images * out * taps) + 1, [&](int64_t begin, int64_t end) {
#if HWY_TARGET <= HWY_AVX3
    if (is_3x3(p) && rolls(p)) return roll_weight(p, src, dy, begin, end, dweight, dbias);
#endif
    for (int64_t c = begin; c < end; ++c)
      add(p, src + c * in, dy + c * out, p.channels, dweight + c * taps, dbias ? dbias + c : nullptr);
  });
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lampas {
namespace {
HWY_EXPORT(forward);
HWY_EXPORT(weight);
}  // namespace

void cpu::correlate_planes(const Depthwise& p, const float* src, const float* weight, const float* bias, float* dst) {
  HWY_DYNAMIC_DISPATCH(forward)(p, src, weight, bias, dst);
}
void cpu::correlate_planes_weight(const Depthwise& p, const float* src, const float* dy, float* dweight, float* dbias) {
  HWY_DYNAMIC_DISPATCH(weight)(p, src, dy, dweight, dbias);
}
}  // namespace lampas
#endif
