// The transforms of convolutions of step 2 (conv_phases.h), a vector of channels at a time.
#include "backend/cpu/hwy_config.h"
//
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/conv_phases_tiles_cpu.cpp"
#include "hwy/foreach_target.h"
//
#include "backend/cpu/kernel_set.h"
#include "backend/cpu/unroll.h"
#include "hwy/highway.h"
#include "ops/conv_phases.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {
// One lane is no vector: where there is no more, other ways of convolving are taken.
#if HWY_TARGET == HWY_SCALAR
void fill_slots() { cpu::phase_kernels = {}; }
#else
namespace hn = hwy::HWY_NAMESPACE;
using cpu::FilterTaps;
using cpu::PhaseSlots;
using cpu::TilePlanes;
using cpu::TileRow;

using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;

constexpr int kValues = cpu::kPhaseValues;

// Kernels are small loops over what lies in the first-level cache rather than unrolled for every kind of axis: a
// matrix product follows, which takes ten times as long.

/// Values along an axis of six pixels.
HWY_INLINE void read_axis(int64_t taps, const V* d, V* v) {
  v[0] = hn::Sub(d[0], d[2]), v[2] = d[2], v[4] = hn::Sub(d[4], d[2]), v[3] = d[3];
  if (taps == 4)
    v[1] = hn::Sub(d[1], d[3]), v[5] = hn::Sub(d[5], d[3]);
  else
    v[1] = d[1], v[5] = d[3];
}
/// The first four pixels of an axis, to which two values of the tile before are added.
HWY_INLINE void spread_axis(int64_t taps, const V* v, const V* before, V* d) {
  d[0] = hn::Add(v[0], before[0]), d[2] = hn::Sub(v[2], hn::Add(v[0], v[4]));
  if (taps == 4)
    d[1] = hn::Add(v[1], before[1]), d[3] = hn::Sub(v[3], hn::Add(v[1], v[5]));
  else
    d[1] = v[1], d[3] = v[5];
}
HWY_INLINE void filter_axis(int64_t taps, const V* g, V* u) {
  u[0] = g[0];
  if (taps == 1) return;
  u[1] = g[1], u[2] = hn::Add(g[0], g[2]), u[4] = g[2];
  if (taps == 4)
    u[3] = hn::Add(g[1], g[3]), u[5] = g[3];
  else
    u[3] = u[5] = g[1];
}
HWY_INLINE void filter_gradient_axis(int64_t taps, const V* u, V* g) {
  g[0] = u[0];
  if (taps == 1) return;
  g[0] = hn::Add(u[0], u[2]), g[2] = hn::Add(u[2], u[4]);
  if (taps == 4)
    g[1] = hn::Add(u[1], u[3]), g[3] = hn::Add(u[3], u[5]);
  else
    g[1] = hn::Add(u[1], u[5]);
}

void read(const TileRow& r, FilterTaps taps, const PhaseSlots& slots, float* values, int64_t at) {
  const D d;
  const int rows = taps.y == 1 ? 1 : kValues;
  const float* const first = r.data + r.top * r.row;
  V q[kValues][kValues];
  const auto column = [&](int64_t x, V* out) HWY_ATTR {
    const auto pixel = [&](int i) HWY_ATTR {
      const bool inside = x >= 0 && x < r.width && r.top + i >= 0 && r.top + i < r.height;
      return inside ? hn::LoadU(d, first + i * r.row + x * r.pixel) : hn::Zero(d);
    };
    if (rows == 1) {
      out[0] = pixel(0);
      return;
    }
    V in[kValues];
    LAMPAS_UNROLL for (int i = 0; i < kValues; ++i) in[i] = pixel(i);
    read_axis(taps.y, in, out);
  };
  column(r.left, q[0]);
  column(r.left + 1, q[1]);
  for (int64_t t = 0; t < r.tiles; ++t) {
    for (int j = 2; j < kValues; ++j) column(r.left + 4 * t + j, q[j]);
    for (int i = 0; i < rows; ++i) {
      if (slots.offset[i][0] < 0) continue;
      V in[kValues], out[kValues];
      LAMPAS_UNROLL for (int j = 0; j < kValues; ++j) in[j] = q[j][i];
      read_axis(taps.x, in, out);
      LAMPAS_UNROLL for (int j = 0; j < kValues; ++j) {
        if (slots.offset[i][j] >= 0) hn::StoreU(out[j], d, values + slots.offset[i][j] + (at + t) * slots.step[i][j]);
      }
    }
    for (int i = 0; i < rows; ++i) q[0][i] = q[4][i], q[1][i] = q[5][i];
  }
}

void results(TilePlanes sums, bool flat, const float* bias, const TileRow& r) {
  const D d;
  const V b = hn::LoadU(d, bias);
  const bool second_row = !flat && r.top + 1 < r.height;
  for (int64_t t = 0; t < r.tiles; ++t) {
    const float* from = sums.data + t * sums.tile;
    V s[2][3];
    LAMPAS_UNROLL for (int j = 0; j < 3; ++j) {
      s[0][j] = hn::LoadU(d, from + j * sums.plane);
      if (flat) continue;
      const V both = hn::LoadU(d, from + (3 + j) * sums.plane);
      s[0][j] = hn::Add(s[0][j], both), s[1][j] = hn::Add(both, hn::LoadU(d, from + (6 + j) * sums.plane));
    }
    const int64_t x = r.left + 2 * t;
    float* to = r.data + r.top * r.row + x * r.pixel;
    for (int i = 0; i <= second_row; ++i, to += r.row) {
      hn::StoreU(hn::Add(hn::Add(s[i][0], s[i][1]), b), d, to);
      if (x + 1 < r.width) hn::StoreU(hn::Add(hn::Add(s[i][1], s[i][2]), b), d, to + r.pixel);
    }
  }
}

void gradients(const TileRow& r, bool flat, TilePlanes kinds, float* sum) {
  const D d;
  const bool second_row = !flat && r.top + 1 < r.height;
  V total = hn::LoadU(d, sum);
  for (int64_t t = 0; t < r.tiles; ++t) {
    const int64_t x = r.left + 2 * t;
    const float* from = r.data + r.top * r.row + x * r.pixel;
    V q[2][3];
    LAMPAS_UNROLL for (int j = 0; j < 2; ++j) {
      const bool inside = x + j < r.width;
      q[j][0] = inside ? hn::LoadU(d, from + j * r.pixel) : hn::Zero(d);
      q[j][2] = inside && second_row ? hn::LoadU(d, from + r.row + j * r.pixel) : hn::Zero(d);
      q[j][1] = hn::Add(q[j][0], q[j][2]);
      total = hn::Add(total, q[j][1]);
    }
    float* to = kinds.data + t * kinds.tile;
    for (int i = 0; i < (flat ? 1 : 3); ++i, to += 3 * kinds.plane) {
      hn::StoreU(q[0][i], d, to);
      hn::StoreU(hn::Add(q[0][i], q[1][i]), d, to + kinds.plane);
      hn::StoreU(q[1][i], d, to + 2 * kinds.plane);
    }
  }
  hn::StoreU(total, d, sum);
}

void spread(const float* values, int64_t at, int64_t above, bool left, bool last, FilterTaps taps,
            const PhaseSlots& slots, const float* bias, const TileRow& r) {
  const D d;
  const V b = hn::LoadU(d, bias), zero = hn::Zero(d);
  const int rows = taps.y == 1 ? 1 : 4;
  V before[4][2], e[4][kValues];
  for (int i = 0; i < rows; ++i) before[i][0] = before[i][1] = zero;
  for (int64_t t = left ? -1 : 0; t < r.tiles + last; ++t) {
    for (int j = 0; j < kValues; ++j) {
      const auto value = [&](int64_t tile, int i) HWY_ATTR {
        return tile >= 0 && slots.offset[i][j] >= 0
                   ? hn::LoadU(d, values + slots.offset[i][j] + (tile + t) * slots.step[i][j])
                   : hn::Zero(d);
      };
      if (t == r.tiles || slots.offset[0][j] < 0) {
        for (int i = 0; i < rows; ++i) e[i][j] = zero;
      } else if (rows == 1) {
        e[0][j] = value(at, 0);
      } else {
        V in[kValues], out[4];
        LAMPAS_UNROLL for (int i = 0; i < kValues; ++i) in[i] = value(at, i);
        const V upper[2] = {value(above, 4), value(above, 5)};
        spread_axis(taps.y, in, upper, out);
        LAMPAS_UNROLL for (int i = 0; i < 4; ++i) e[i][j] = out[i];
      }
    }
    for (int i = 0; i < rows; ++i) {
      V out[4];
      spread_axis(taps.x, e[i], before[i], out);
      before[i][0] = e[i][4], before[i][1] = e[i][5];
      if (t < 0 || r.top + i < 0 || r.top + i >= r.height) continue;
      const int64_t x = r.left + 4 * t;
      float* to = r.data + (r.top + i) * r.row + x * r.pixel;
      LAMPAS_UNROLL for (int j = 0; j < 4; ++j) {
        if (x + j >= 0 && x + j < r.width) hn::StoreU(hn::Add(out[j], b), d, to + j * r.pixel);
      }
    }
  }
}

void filters(const float* taps, int64_t count, FilterTaps shape, const PhaseSlots& slots, float* values, int64_t at) {
  const D d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t f = 0; f < count; ++f, taps += shape.y * shape.x * lanes) {
    V q[4][kValues], in[4], out[kValues];
    for (int j = 0; j < shape.x; ++j) {
      for (int i = 0; i < shape.y; ++i) in[i] = hn::LoadU(d, taps + (i * shape.x + j) * lanes);
      filter_axis(shape.y, in, q[j]);
    }
    for (int i = 0; i < kValues; ++i) {
      if (slots.offset[i][0] < 0) continue;
      for (int j = 0; j < shape.x; ++j) in[j] = q[j][i];
      filter_axis(shape.x, in, out);
      for (int j = 0; j < kValues; ++j)
        if (slots.offset[i][j] >= 0) hn::StoreU(out[j], d, values + slots.offset[i][j] + (at + f) * slots.step[i][j]);
    }
  }
}

void filter_gradients(const float* values, int64_t count, FilterTaps shape, const PhaseSlots& slots, float* taps) {
  const D d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t f = 0; f < count; ++f, taps += shape.y * shape.x * lanes) {
    V q[kValues][4], in[kValues], out[4];
    for (int j = 0; j < kValues; ++j) {
      for (int i = 0; i < kValues; ++i)
        in[i] =
            slots.offset[i][j] >= 0 ? hn::LoadU(d, values + slots.offset[i][j] + f * slots.step[i][j]) : hn::Zero(d);
      filter_gradient_axis(shape.y, in, q[j]);
    }
    for (int i = 0; i < shape.y; ++i) {
      for (int j = 0; j < kValues; ++j) in[j] = q[j][i];
      filter_gradient_axis(shape.x, in, out);
      for (int j = 0; j < shape.x; ++j) hn::StoreU(out[j], d, taps + (i * shape.x + j) * lanes);
    }
  }
}

void fill_slots() { cpu::phase_kernels = {read, results, gradients, spread, filters, filter_gradients}; }
#endif

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
