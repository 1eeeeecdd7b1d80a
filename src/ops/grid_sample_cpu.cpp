// Sampling images at places of a grid. Channels run in the lanes: a strip of them is transposed to lie side by side, so
// that what a point reads or adds to is a few vectors, whatever the grid looks like. Sums in float32 (float64 for
// double), elements in row-major order. Elements outside are not read, so infinities there do no harm; a place that is
// not a number reads nothing.
#include "backend/cpu/hwy_config.h"
#include "backend/cpu/kernel_set.h"
#include "ops/grid_sample.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/grid_sample_cpu.cpp"
#include "hwy/foreach_target.h"
// After foreach_target.h:
#include <algorithm>
#include <cmath>

#include "backend/cpu/parallel.h"
#include "backend/cpu/tile_copy.h"
#include "backend/cpu/vec_io-inl.h"
#include "backend/cpu/workspace.h"
#include "backend/pointwise.h"
#include "lampas/core/dtype.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {
/// A position along one dimension and its derivative towards the grid coordinate.
template <class F>
struct Place {
  F at, slope;
};

/// Mirrors at the borders until the position lies inside; borders are element centres or edges.
template <class F>
Place<F> reflect(Place<F> p, int64_t n, bool centres) {
  const F low = centres ? F(0) : F(-0.5), span = centres ? static_cast<F>(n - 1) : static_cast<F>(n);
  if (span == 0) return {0, 0};
  F away = p.at - low, sign = 1;
  if (away < 0) away = -away, sign = -1;
  const F rest = std::fmod(away, span);
  const bool even = std::fmod(std::floor(away / span), F(2)) == 0;
  return even ? Place<F>{rest + low, p.slope * sign} : Place<F>{span - rest + low, -p.slope * sign};
}
/// What is no number lies at the first element, as a coordinate of -1 does.
template <class F>
Place<F> clip(Place<F> p, int64_t n) {
  const F high = static_cast<F>(n - 1);
  if (!(p.at > 0)) return {0, 0};
  if (p.at >= high) return {high, 0};
  return p;
}
template <class F>
Place<F> padded(const GridShape& s, Place<F> p, int64_t n) {
  if (s.padding == GridPadding::Border) return clip(p, n);
  if (s.padding == GridPadding::Reflection) return clip(reflect(p, n, s.align_corners), n);
  return p;
}

/// The elements one coordinate reaches, with weights and the weights' derivatives towards the coordinate. Elements
/// outside have index -1.
template <class F>
struct Taps {
  int64_t index[4];
  F weight[4], slope[4];
  F part, part_slope;

  static int64_t inside(int64_t k, int64_t n) { return k >= 0 && k < n ? k : -1; }
  /// How far a position moves with its coordinate.
  static F half(const GridShape& s, int64_t n) {
    return (s.align_corners ? static_cast<F>(n - 1) : static_cast<F>(n)) / 2;
  }
  Taps() = default;
  Taps(const GridShape& s, int64_t n, F g) {
    const F slope_of_place = half(s, n);
    Place<F> p{s.align_corners ? (g + 1) * slope_of_place : ((g + 1) * static_cast<F>(n) - 1) / 2, slope_of_place};
    if (s.mode != GridMode::Cubic) p = padded(s, p, n);
    // Far outside (or not a number): no element is reached, and the conversion to an integer stays defined.
    if (!(p.at > F(-1e9) && p.at < F(1e9))) p = {-100, 0};
    const F floor = s.mode == GridMode::Nearest ? std::nearbyint(p.at) : std::floor(p.at);
    const auto i = static_cast<int64_t>(floor);
    part = s.mode == GridMode::Nearest ? F(0) : p.at - floor;
    part_slope = s.mode == GridMode::Nearest ? F(0) : p.slope;
    switch (s.mode) {
      case GridMode::Nearest:
        index[0] = inside(i, n), weight[0] = 1, slope[0] = 0;
        break;
      case GridMode::Linear:
        index[0] = inside(i, n), weight[0] = 1 - part, slope[0] = -p.slope;
        index[1] = inside(i + 1, n), weight[1] = part, slope[1] = p.slope;
        break;
      case GridMode::Cubic:
        for (int64_t t = 0; t < 4; ++t) {
          const Place<F> q = padded(s, Place<F>{static_cast<F>(i - 1 + t), 1}, n);
          index[t] = inside(static_cast<int64_t>(q.at), n);
          constexpr F a = F(-0.75);
          const F d = part - static_cast<F>(t - 1), x = std::abs(d), sign = d < 0 ? F(-1) : F(1);
          const bool near = t == 1 || t == 2;
          weight[t] = near ? ((a + 2) * x - (a + 3)) * x * x + 1 : (((x - 5) * x + 8) * x - 4) * a;
          slope[t] = p.slope * sign * (near ? (3 * (a + 2) * x - 2 * (a + 3)) * x : ((3 * x - 10) * x + 8) * a);
        }
    }
  }
};

/// What one point reads: elements of a plane, the weights of their values and, for the gradient, the weights'
/// derivatives towards each coordinate (outermost first).
template <class F>
struct Reads {
  static constexpr int kMax = 16;
  int count;
  int64_t element[kMax];
  F weight[kMax], slope[kMaxSpatial][kMax];

  HWY_NOINLINE void find(const GridShape& s, const F* g, bool slopes) {
    Taps<F> taps[kMaxSpatial];
    for (int d = 0; d < s.dims; ++d) taps[d] = Taps<F>(s, s.in[d], g[s.dims - 1 - d]);
    const int n = s.taps(), deep = s.dims == 3 ? n : 1, h = s.dims - 2, w = s.dims - 1;
    count = 0;
    for (int a = 0; a < deep; ++a) {
      if (s.dims == 3 && taps[0].index[a] < 0) continue;
      const int64_t plane = s.dims == 3 ? taps[0].index[a] * s.in[h] : 0;
      const F in_plane = s.dims == 3 ? taps[0].weight[a] : F(1);
      for (int b = 0; b < n; ++b) {
        if (taps[h].index[b] < 0) continue;
        const int64_t row = (plane + taps[h].index[b]) * s.in[w];
        const F in_row = in_plane * taps[h].weight[b];
        for (int c = 0; c < n; ++c) {
          if (taps[w].index[c] < 0) continue;
          element[count] = row + taps[w].index[c];
          weight[count] = in_row * taps[w].weight[c];
          if (slopes) {
            slope[w][count] = in_row * taps[w].slope[c];
            slope[h][count] = in_plane * taps[h].slope[b] * taps[w].weight[c];
            if (s.dims == 3) slope[0][count] = taps[0].slope[a] * taps[h].weight[b] * taps[w].weight[c];
          }
          ++count;
        }
      }
    }
  }
};

constexpr int64_t kChunk = 32;  // points whose elements are found before channels are walked

/// What points [0, n) at `grid` read; n <= kChunk. Linear places between elements that all exist are found in vectors,
/// with the arithmetic of Taps; the others one by one.
template <class F>
HWY_NOINLINE void find_all(const GridShape& s, const F* grid, int64_t n, bool slopes, Reads<F>* reads) {
#if HWY_TARGET != HWY_SCALAR
  if (std::is_same_v<F, float> && s.dims == 2 && s.mode == GridMode::Linear && s.padding != GridPadding::Reflection &&
      s.plane() <= INT32_MAX) {
    const hn::ScalableTag<float> d;
    const hn::RebindToSigned<decltype(d)> di;
    using V = hn::Vec<decltype(d)>;
    constexpr int64_t kLanes = hn::MaxLanes(d);
    HWY_ALIGN float g[2][kChunk], weight[4][kChunk], part[2][kChunk];
    HWY_ALIGN int32_t first[kChunk], good[kChunk];
    for (int64_t i = 0; i < n; ++i) g[0][i] = grid[2 * i + 1], g[1][i] = grid[2 * i];
    for (int64_t i = n; i < kChunk; ++i) g[0][i] = g[1][i] = 0;
    const float half[2] = {Taps<float>::half(s, s.in[0]), Taps<float>::half(s, s.in[1])};
    const auto one = hn::Set(d, 1.0F), zero = hn::Zero(d);
    for (int64_t i = 0; i < n; i += kLanes) {
      V at[2], near[2];
      auto inside = hn::Eq(zero, zero);
      for (int k = 0; k < 2; ++k) {
        const auto from = hn::Add(hn::Load(d, g[k] + i), one), size = hn::Set(d, static_cast<float>(s.in[k]));
        const auto place = s.align_corners ? hn::Mul(from, hn::Set(d, half[k]))
                                           : hn::Mul(hn::Sub(hn::Mul(from, size), one), hn::Set(d, 0.5F));
        const auto low = s.padding == GridPadding::Border ? hn::Gt(place, zero) : hn::Ge(place, zero);
        inside = hn::And(inside, hn::And(low, hn::Lt(place, hn::Sub(size, one))));
        at[k] = hn::IfThenElseZero(inside, hn::Floor(place));
        near[k] = hn::Sub(place, at[k]);
        hn::Store(near[k], d, part[k] + i);
      }
      const auto index = hn::Add(hn::Mul(hn::ConvertTo(di, at[0]), hn::Set(di, static_cast<int32_t>(s.in[1]))),
                                 hn::ConvertTo(di, at[1]));
      hn::Store(index, di, first + i);
      hn::Store(hn::BitCast(di, hn::VecFromMask(d, inside)), di, good + i);
      const auto far0 = hn::Sub(one, near[0]), far1 = hn::Sub(one, near[1]);
      hn::Store(hn::Mul(far0, far1), d, weight[0] + i);
      hn::Store(hn::Mul(far0, near[1]), d, weight[1] + i);
      hn::Store(hn::Mul(near[0], far1), d, weight[2] + i);
      hn::Store(hn::Mul(near[0], near[1]), d, weight[3] + i);
    }
    for (int64_t i = 0; i < n; ++i) {
      Reads<F>& r = reads[i];
      if (HWY_UNLIKELY(!good[i])) {
        r.find(s, grid + 2 * i, slopes);
        continue;
      }
      r.count = 4;
      const int64_t e = first[i], below = e + s.in[1];
      r.element[0] = e, r.element[1] = e + 1, r.element[2] = below, r.element[3] = below + 1;
      for (int t = 0; t < 4; ++t) r.weight[t] = weight[t][i];
      if (!slopes) continue;
      const F h = part[0][i], w = part[1][i];
      r.slope[1][0] = (1 - h) * -half[1], r.slope[1][1] = (1 - h) * half[1];
      r.slope[1][2] = h * -half[1], r.slope[1][3] = h * half[1];
      r.slope[0][0] = -half[0] * (1 - w), r.slope[0][1] = -half[0] * w;
      r.slope[0][2] = half[0] * (1 - w), r.slope[0][3] = half[0] * w;
    }
    return;
  }
#endif
  for (int64_t i = 0; i < n; ++i) reads[i].find(s, grid + i * s.dims, slopes);
}

#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3
/// Transposes squares of a cache line's side, `from` and `to` with steps in elements: lines of `to` are written whole.
/// Planes often lie a power of two apart, and their lines in the few places of a cache that this leaves: each is
/// touched once, on the way to a square of its own.
HWY_NOINLINE void transpose_squares(const float* from, int64_t from_step, int64_t from_next, float* to, int64_t to_step,
                                    int64_t to_next, int64_t squares) {
  constexpr int64_t kSide = 16, kPitch = kSide + 4;
  const hn::ScalableTag<float> d;
  const hn::FixedTag<float, 4> block;
  constexpr int64_t kLanes = hn::MaxLanes(decltype(d)());
  HWY_ALIGN float square[kSide * kPitch];
  for (int64_t s = 0; s < squares; ++s, from += from_next, to += to_next) {
    for (int64_t r = 0; r < kSide; ++r)
      for (int64_t c = 0; c < kSide; c += kLanes)
        hn::StoreU(hn::LoadU(d, from + r * from_step + c), d, square + r * kPitch + c);
    for (int64_t c = 0; c < kSide; c += 4)
      for (int64_t r = 0; r < kSide; r += kLanes) {
        // Rows r + k, r + k + 4, ... side by side.
        const auto rows = [&](int64_t k) HWY_ATTR {
          const float* p = square + (r + k) * kPitch + c;
          const auto at = [&](int64_t i) HWY_ATTR { return hn::LoadU(block, p + 4 * i * kPitch); };
#if HWY_TARGET == HWY_AVX3
          const hn::Half<decltype(d)> half;
          return hn::Combine(d, hn::Combine(half, at(3), at(2)), hn::Combine(half, at(1), at(0)));
#else
          return hn::Combine(d, at(1), at(0));
#endif
        };
        const auto a = rows(0), b = rows(1), e = rows(2), f = rows(3);
        const auto ae = hn::InterleaveLower(d, a, e), bf = hn::InterleaveLower(d, b, f),
                   ae_up = hn::InterleaveUpper(d, a, e), bf_up = hn::InterleaveUpper(d, b, f);
        float* q = to + c * to_step + r;
        hn::StoreU(hn::InterleaveLower(d, ae, bf), d, q);
        hn::StoreU(hn::InterleaveUpper(d, ae, bf), d, q + to_step);
        hn::StoreU(hn::InterleaveLower(d, ae_up, bf_up), d, q + 2 * to_step);
        hn::StoreU(hn::InterleaveUpper(d, ae_up, bf_up), d, q + 3 * to_step);
      }
  }
}
#else
[[maybe_unused]] void transpose_squares(const float*, int64_t, int64_t, float*, int64_t, int64_t, int64_t) {}
#endif

/// kStrip channels side by side: (elements, kStrip). Channels there are none of hold zeros.
template <class F, int64_t kStrip>
struct Strip {
  static constexpr int64_t kItem = sizeof(F);
  static constexpr bool kSquares =
      std::is_same_v<F, float> && kStrip == 16 && (HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3);
  /// Of n elements, those in squares.
  static int64_t squares(int64_t n) { return kSquares ? n / 16 * 16 : 0; }

  /// From and to `n` elements of `channels` <= kStrip planes that lie `step` elements apart.
  static void gather(const F* from, int64_t step, int64_t channels, int64_t n, F* to) {
    if (channels < kStrip) std::fill_n(to, n * kStrip, F(0));
    const int64_t done = channels == kStrip ? squares(n) : 0;
    if constexpr (kSquares) transpose_squares(from, step, 16, to, 16, 256, done / 16);
    if (done < n) cpu::tile_copy(kItem)(beside(to + done * kStrip), planes(from + done, step), channels, n - done);
  }
  static void scatter(const F* from, int64_t n, int64_t step, int64_t channels, F* to) {
    const int64_t done = channels == kStrip ? squares(n) : 0;
    if constexpr (kSquares) transpose_squares(from, 16, 256, to, step, 16, done / 16);
    if (done < n) cpu::tile_copy(kItem)(planes(to + done, step), beside(from + done * kStrip), channels, n - done);
  }

 private:
  static char* chars(const F* p) { return reinterpret_cast<char*>(const_cast<F*>(p)); }
  static cpu::Tile beside(const F* p) { return {chars(p), kItem, kStrip * kItem}; }
  static cpu::Tile planes(const F* p, int64_t step) { return {chars(p), step * kItem, kItem}; }
};

/// Lengths of strips: two for float32 in vectors; for what is rarer, one does.
template <class F>
constexpr int64_t kShortStrip = std::is_same_v<F, float> || HWY_TARGET == HWY_SCALAR ? 4 : 8;
template <class F>
constexpr int64_t kLongStrip = std::is_same_v<F, float>&& HWY_TARGET != HWY_SCALAR ? 16 : kShortStrip<F>;
template <class F>
bool fits_short_strip(const GridShape& s) {
  return s.channels <= kShortStrip<F> || kLongStrip<F> == kShortStrip<F>;
}

/// An image's channels in strips, and the strips in groups that threads take: more than one only where there are fewer
/// images than threads.
template <int64_t kStrip>
struct Work {
  int64_t groups, strips;  // strips in a group
  explicit Work(const GridShape& s) {
    const int64_t all = (s.channels + kStrip - 1) / kStrip, threads = get_num_threads();
    groups = std::min(all, (threads + s.batch - 1) / s.batch);
    strips = (all + groups - 1) / groups;
    groups = (all + strips - 1) / strips;
  }
  /// Calls f(image, group, first channel, channels) for every group of every image.
  template <class Each>
  void run(const GridShape& s, const Each& f) const {
    const int64_t cost = (s.plane() + 8 * s.points) * std::min(s.channels, strips * kStrip) + 32 * s.points;
    cpu::parallel_for(s.batch * groups, cpu::kGrain / cost + 1, [&](int64_t begin, int64_t end) {
      for (int64_t k = begin; k < end; ++k) {
        const int64_t c = k % groups * strips * kStrip;
        f(k / groups, k % groups, c, std::min(s.channels - c, strips * kStrip));
      }
    });
  }
};
/// y of one point: (kStrip) values from x (elements, kStrip).
template <int64_t kStrip, class F>
HWY_INLINE void sample(const Reads<F>& p, const F* x, F* y) {
  const hn::CappedTag<F, kStrip> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t v = 0; v < kStrip; v += lanes) {
    auto sum = hn::Zero(d);
    const auto add = [&](int t) HWY_ATTR {
      sum = hn::MulAdd(hn::Set(d, p.weight[t]), hn::LoadU(d, x + p.element[t] * kStrip + v), sum);
    };
    if (HWY_LIKELY(p.count == 4))
      add(0), add(1), add(2), add(3);
    else
      for (int t = 0; t < p.count; ++t) add(t);
    hn::StoreU(sum, d, y + v);
  }
}
template <int64_t kStrip, class F>
void sample_channels(const GridShape& s, const F* x, const F* grid, int64_t channels, F* y) {
  const int64_t plane = s.plane();
  const cpu::Workspace<F> images((channels + kStrip - 1) / kStrip * kStrip * plane);
  for (int64_t c = 0; c < channels; c += kStrip)
    Strip<F, kStrip>::gather(x + c * plane, plane, std::min(kStrip, channels - c), plane, images + c * plane);
  Reads<F> reads[kChunk];
  HWY_ALIGN F out[kChunk * kStrip];
  for (int64_t o = 0; o < s.points; o += kChunk) {
    const int64_t m = std::min(kChunk, s.points - o);
    find_all(s, grid + o * s.dims, m, false, reads);
    for (int64_t c = 0; c < channels; c += kStrip) {
      for (int64_t i = 0; i < m; ++i) sample<kStrip>(reads[i], images + c * plane, out + i * kStrip);
      Strip<F, kStrip>::scatter(out, m, s.points, std::min(kStrip, channels - c), y + c * s.points + o);
    }
  }
}
template <int64_t kStrip, class F>
void sample_images(const GridShape& s, const F* x, const F* grid, F* y) {
  Work<kStrip>(s).run(s, [&](int64_t b, int64_t, int64_t c, int64_t channels) {
    sample_channels<kStrip>(s, x + (b * s.channels + c) * s.plane(), grid + b * s.points * s.dims, channels,
                            y + (b * s.channels + c) * s.points);
  });
}
template <class F>
void sample_any(const GridShape& s, const F* x, const F* grid, F* y) {
  return fits_short_strip<F>(s) ? sample_images<kShortStrip<F>>(s, x, grid, y)
                                : sample_images<kLongStrip<F>>(s, x, grid, y);
}

/// One point's part of the gradient: g (kStrip) is added to dx (elements, kStrip), and to sums (dims, kStrip) what each
/// channel moves with each coordinate. dx, or x, may be null.
template <int64_t kStrip, class F>
HWY_INLINE void sample_backward(const Reads<F>& p, int dims, const F* g, const F* x, F* dx, F* sums) {
  const hn::CappedTag<F, kStrip> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t v = 0; v < kStrip; v += lanes) {
    const auto gv = hn::LoadU(d, g + v);
    if (dx)
      for (int t = 0; t < p.count; ++t) {
        F* to = dx + p.element[t] * kStrip + v;
        hn::StoreU(hn::MulAdd(hn::Set(d, p.weight[t]), gv, hn::LoadU(d, to)), d, to);
      }
    if (!x) continue;
    for (int k = 0; k < dims; ++k) {
      auto moved = hn::Zero(d);
      for (int t = 0; t < p.count; ++t)
        moved = hn::MulAdd(hn::Set(d, p.slope[k][t]), hn::LoadU(d, x + p.element[t] * kStrip + v), moved);
      F* to = sums + k * kStrip + v;
      hn::StoreU(hn::MulAdd(gv, moved, hn::LoadU(d, to)), d, to);
    }
  }
}
template <int64_t kStrip, class F>
HWY_INLINE F sum_of_strip(const F* x) {
  const hn::CappedTag<F, kStrip> d;
  auto sum = hn::LoadU(d, x);
  for (int64_t v = static_cast<int64_t>(hn::Lanes(d)); v < kStrip; v += static_cast<int64_t>(hn::Lanes(d)))
    sum = hn::Add(sum, hn::LoadU(d, x + v));
  return hn::GetLane(hn::SumOfLanes(d, sum));
}
/// dx of the channels and, to `dgrid` (points, dims), their part of the grid's gradient.
template <int64_t kStrip, class F>
void sample_channels_backward(const GridShape& s, const F* dy, const F* x, const F* grid, int64_t channels, F* dx,
                              F* dgrid) {
  const int64_t plane = s.plane(), size = (channels + kStrip - 1) / kStrip * kStrip * plane;
  const cpu::Workspace<F> images(dgrid ? size : 0), sums(dx ? size : 0);
  if (dx) std::fill_n(sums.data(), size, F(0));
  if (dgrid)
    for (int64_t c = 0; c < channels; c += kStrip)
      Strip<F, kStrip>::gather(x + c * plane, plane, std::min(kStrip, channels - c), plane, images + c * plane);
  Reads<F> reads[kChunk];
  HWY_ALIGN F g[kChunk * kStrip], moved[kChunk * kMaxSpatial * kStrip];
  for (int64_t o = 0; o < s.points; o += kChunk) {
    const int64_t m = std::min(kChunk, s.points - o);
    find_all(s, grid + o * s.dims, m, dgrid != nullptr, reads);
    if (dgrid) std::fill_n(moved, m * s.dims * kStrip, F(0));
    for (int64_t c = 0; c < channels; c += kStrip) {
      Strip<F, kStrip>::gather(dy + c * s.points + o, s.points, std::min(kStrip, channels - c), m, g);
      for (int64_t i = 0; i < m; ++i)
        sample_backward<kStrip>(reads[i], s.dims, g + i * kStrip, dgrid ? images + c * plane : nullptr,
                                dx ? sums + c * plane : nullptr, moved + i * s.dims * kStrip);
    }
    if (dgrid)
      for (int64_t i = 0; i < m; ++i)
        for (int k = 0; k < s.dims; ++k)
          dgrid[(o + i) * s.dims + s.dims - 1 - k] = sum_of_strip<kStrip>(moved + (i * s.dims + k) * kStrip);
  }
  if (dx)
    for (int64_t c = 0; c < channels; c += kStrip)
      Strip<F, kStrip>::scatter(sums + c * plane, plane, plane, std::min(kStrip, channels - c), dx + c * plane);
}
template <int64_t kStrip, class F>
void sample_images_backward(const GridShape& s, const F* dy, const F* x, const F* grid, F* dx, F* dgrid) {
  const Work<kStrip> work(s);
  const int64_t plane = s.plane(), places = s.points * s.dims;
  const bool shared = dgrid && work.groups > 1;
  const cpu::Workspace<F> parts(shared ? s.batch * work.groups * places : 0);
  work.run(s, [&](int64_t b, int64_t group, int64_t c, int64_t channels) {
    const int64_t first = b * s.channels + c;
    const F *g = dy + first * s.points, *from = x + first * plane, *at = grid + b * places;
    F* to = dx ? dx + first * plane : nullptr;
    F* places_to = shared ? parts + (b * work.groups + group) * places : dgrid ? dgrid + b * places : nullptr;
    sample_channels_backward<kStrip>(s, g, from, at, channels, to, places_to);
  });
  if (!shared) return;
  for (int64_t b = 0; b < s.batch; ++b)
    for (int64_t i = 0; i < places; ++i) {
      F sum = 0;
      for (int64_t k = 0; k < work.groups; ++k) sum += parts[(b * work.groups + k) * places + i];
      dgrid[b * places + i] = sum;
    }
}
template <class F>
void sample_any_backward(const GridShape& s, const F* dy, const F* x, const F* grid, F* dx, F* dgrid) {
  if (fits_short_strip<F>(s))
    sample_images_backward<kShortStrip<F>>(s, dy, x, grid, dx, dgrid);
  else
    sample_images_backward<kLongStrip<F>>(s, dy, x, grid, dx, dgrid);
}

/// An operand in the compute type: itself, or a widened copy. Null stays null.
template <class T, class F = ComputeType<T>>
class Wide {
 public:
  Wide(const void* p, int64_t n, bool result) : n_(n), given_(const_cast<void*>(p)), copy_(p && !kSame ? n : 0) {
    if (p && !kSame && !result) convert(dtype_of<T>, p, dtype_of<F>, copy_.data(), n);
  }
  operator F*() const { return kSame ? static_cast<F*>(given_) : copy_.data(); }
  void store() const {
    if (given_ && !kSame) convert(dtype_of<F>, copy_.data(), dtype_of<T>, given_, n_);
  }

 private:
  static constexpr bool kSame = std::is_same_v<T, F>;
  int64_t n_;
  void* given_;
  const cpu::Workspace<F> copy_;
};
template <class T>
void grid_sample(const GridShape& s, const void* x, const void* grid, void* y) {
  const int64_t images = s.batch * s.channels, points = s.batch * s.points * s.dims;
  const Wide<T> out(y, images * s.points, true);
  sample_any<ComputeType<T>>(s, Wide<T>(x, images * s.plane(), false), Wide<T>(grid, points, false), out);
  out.store();
}
template <class T>
void grid_sample_backward(const GridShape& s, const void* dy, const void* x, const void* grid, void* dx, void* dgrid) {
  const int64_t images = s.batch * s.channels, points = s.batch * s.points * s.dims;
  const Wide<T> to_x(dx, images * s.plane(), true), to_grid(dgrid, points, true);
  sample_any_backward<ComputeType<T>>(s, Wide<T>(dy, images * s.points, false), Wide<T>(x, images * s.plane(), false),
                                      Wide<T>(grid, points, false), to_x, to_grid);
  to_x.store();
  to_grid.store();
}

template <class T>
void grid_taps(const GridShape& s, const void* grid_, int64_t* index, void* inside_, void* part_, void* slope_) {
  using F = ComputeType<T>;
  const T* grid = static_cast<const T*>(grid_);
  T *inside = static_cast<T*>(inside_), *part = static_cast<T*>(part_), *slope = static_cast<T*>(slope_);
  const int n = s.taps();
  for (int64_t b = 0; b < s.batch; ++b)
    for (int64_t o = 0; o < s.points; ++o)
      for (int d = 0; d < s.dims; ++d) {
        const Taps<F> t(s, s.in[d], static_cast<F>(grid[(b * s.points + o) * s.dims + s.dims - 1 - d]));
        const int64_t at = (b * s.dims + d) * s.points + o;
        part[at] = static_cast<T>(t.part), slope[at] = static_cast<T>(t.part_slope);
        for (int k = 0; k < n; ++k) {
          // (batch, dims, taps, points)
          const int64_t to = ((b * s.dims + d) * n + k) * s.points + o;
          index[to] = std::max<int64_t>(t.index[k], 0);
          inside[to] = T(t.index[k] >= 0 ? 1.0F : 0.0F);
        }
      }
}

template <class T>
void fill_slots_for() {
  grid_sample_kernel.set(kCPU, dtype_of<T>, grid_sample<T>);
  grid_sample_backward_kernel.set(kCPU, dtype_of<T>, grid_sample_backward<T>);
  grid_taps_kernel.set(kCPU, dtype_of<T>, grid_taps<T>);
}
void fill_slots() {
  fill_slots_for<float>();
  fill_slots_for<double>();
  fill_slots_for<Half>();
  fill_slots_for<BFloat16>();
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
