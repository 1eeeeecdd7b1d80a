// The transforms of F(2x2, 3x3), a vector of channels at a time.
#include "backend/cpu/hwy_config.h"
//
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/conv_winograd_tiles_cpu.cpp"
#include "hwy/foreach_target.h"
//
#include "backend/cpu/kernel_set.h"
#include "backend/cpu/unroll.h"
#include "hwy/highway.h"
#include "ops/conv_winograd.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {
// One lane is no vector: where there is no more, other ways of convolving are taken.
#if HWY_TARGET == HWY_SCALAR
void fill_slots() { cpu::winograd_kernels = {1}; }
#else
namespace hn = hwy::HWY_NAMESPACE;
using cpu::TilePlanes;
using cpu::TileRow;

using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;

// Each of the following multiplies one of the matrices by a column.

HWY_INLINE void input_column(const V* d, V* v) {
  v[0] = hn::Sub(d[0], d[2]), v[1] = hn::Add(d[1], d[2]), v[2] = hn::Sub(d[2], d[1]), v[3] = hn::Sub(d[3], d[1]);
}
HWY_INLINE void output_column(const V* m, V* y) {
  y[0] = hn::Add(m[0], hn::Add(m[1], m[2])), y[1] = hn::Add(m[3], hn::Sub(m[1], m[2]));
}
HWY_INLINE void gradient_column(const V* y, V* z) {
  z[0] = y[0], z[1] = hn::Add(y[0], y[1]), z[2] = hn::Sub(y[0], y[1]), z[3] = y[1];
}
HWY_INLINE void filter_column(const V* g, V* u) {
  const auto half = hn::Set(D(), 0.5f);
  const V ends = hn::Mul(half, hn::Add(g[0], g[2])), middle = hn::Mul(half, g[1]);
  u[0] = g[0], u[1] = hn::Add(ends, middle), u[2] = hn::Sub(ends, middle), u[3] = g[2];
}
HWY_INLINE void filter_gradient_column(const V* u, V* g) {
  const auto half = hn::Set(D(), 0.5f);
  const V sum = hn::Mul(half, hn::Add(u[1], u[2]));
  g[0] = hn::Add(u[0], sum), g[1] = hn::Mul(half, hn::Sub(u[1], u[2])), g[2] = hn::Add(sum, u[3]);
}

/// columns[j][i] * matrix^T: the second of the two multiplications. Element (i, j) goes to store(i, j).
template <int kRows, int kFrom, int kTo, class Column, class Store>
HWY_INLINE void across(const V (*columns)[4], Column column, Store store) {
  LAMPAS_UNROLL for (int i = 0; i < kRows; ++i) {
    V in[kFrom], out[kTo];
    LAMPAS_UNROLL for (int j = 0; j < kFrom; ++j) in[j] = columns[j][i];
    column(in, out);
    LAMPAS_UNROLL for (int j = 0; j < kTo; ++j) store(i, j, out[j]);
  }
}

/// Neighbouring tiles share two columns, which are transformed once.
template <bool kRowsInside>
void input_tiles(const TileRow& r, TilePlanes v) {
  const D d;
  const float* const first = r.data + r.top * r.row;
  const auto column = [&](int64_t x, V* out) HWY_ATTR {
    V in[4];
    LAMPAS_UNROLL for (int i = 0; i < 4; ++i) {
      const bool inside = x >= 0 && x < r.width && (kRowsInside || (r.top + i >= 0 && r.top + i < r.height));
      in[i] = inside ? hn::LoadU(d, first + i * r.row + x * r.pixel) : hn::Zero(d);
    }
    input_column(in, out);
  };
  V q[4][4];
  column(r.left, q[0]);
  column(r.left + 1, q[1]);
  for (int64_t t = 0; t < r.tiles; ++t) {
    column(r.left + 2 * t + 2, q[2]);
    column(r.left + 2 * t + 3, q[3]);
    float* to = v.data + t * v.tile;
    across<4, 4, 4>(q, input_column,
                    [&](int i, int j, V value) HWY_ATTR { hn::StoreU(value, d, to + (4 * i + j) * v.plane); });
    LAMPAS_UNROLL for (int i = 0; i < 4; ++i) q[0][i] = q[2][i], q[1][i] = q[3][i];
  }
}
void input(const TileRow& r, TilePlanes v) {
  if (r.top >= 0 && r.top + 4 <= r.height)
    input_tiles<true>(r, v);
  else
    input_tiles<false>(r, v);
}

void output(TilePlanes m, const float* bias, const TileRow& r) {
  const D d;
  const V b = hn::LoadU(d, bias);
  const bool second_row = r.top + 1 < r.height;
  for (int64_t t = 0; t < r.tiles; ++t) {
    const float* from = m.data + t * m.tile;
    V s[4][4];
    LAMPAS_UNROLL for (int j = 0; j < 4; ++j) {
      V in[4];
      LAMPAS_UNROLL for (int i = 0; i < 4; ++i) in[i] = hn::LoadU(d, from + (4 * i + j) * m.plane);
      output_column(in, s[j]);
    }
    V y[2][2];
    across<2, 4, 2>(s, output_column, [&](int i, int j, V value) HWY_ATTR { y[i][j] = hn::Add(value, b); });
    const int64_t x = r.left + 2 * t;
    float* to = r.data + r.top * r.row + x * r.pixel;
    const bool second_column = x + 1 < r.width;
    hn::StoreU(y[0][0], d, to);
    if (second_column) hn::StoreU(y[0][1], d, to + r.pixel);
    if (!second_row) continue;
    hn::StoreU(y[1][0], d, to + r.row);
    if (second_column) hn::StoreU(y[1][1], d, to + r.row + r.pixel);
  }
}

void gradient(const TileRow& r, TilePlanes z, float* sum) {
  const D d;
  const bool second_row = r.top + 1 < r.height;
  V total = hn::LoadU(d, sum);
  for (int64_t t = 0; t < r.tiles; ++t) {
    const int64_t x = r.left + 2 * t;
    const float* from = r.data + r.top * r.row + x * r.pixel;
    V q[2][4];
    LAMPAS_UNROLL for (int j = 0; j < 2; ++j) {
      const bool inside = x + j < r.width;
      const V in[2] = {inside ? hn::LoadU(d, from + j * r.pixel) : hn::Zero(d),
                       inside && second_row ? hn::LoadU(d, from + r.row + j * r.pixel) : hn::Zero(d)};
      gradient_column(in, q[j]);
      total = hn::Add(total, q[j][1]);
    }
    float* to = z.data + t * z.tile;
    across<4, 2, 4>(q, gradient_column,
                    [&](int i, int j, V value) HWY_ATTR { hn::StoreU(value, d, to + (4 * i + j) * z.plane); });
  }
  hn::StoreU(total, d, sum);
}

void filters(const float* taps, int64_t count, bool turned, TilePlanes u) {
  const D d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d)), step = turned ? -lanes : lanes;
  for (int64_t f = 0; f < count; ++f) {
    const float* from = taps + f * 9 * lanes + (turned ? 8 * lanes : 0);
    V q[3][4];
    LAMPAS_UNROLL for (int j = 0; j < 3; ++j) {
      V in[3];
      LAMPAS_UNROLL for (int i = 0; i < 3; ++i) in[i] = hn::LoadU(d, from + (3 * i + j) * step);
      filter_column(in, q[j]);
    }
    float* to = u.data + f * u.tile;
    across<4, 3, 4>(q, filter_column,
                    [&](int i, int j, V value) HWY_ATTR { hn::StoreU(value, d, to + (4 * i + j) * u.plane); });
  }
}

void filter_gradients(TilePlanes u, int64_t count, float* taps) {
  const D d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t f = 0; f < count; ++f) {
    const float* from = u.data + f * u.tile;
    V q[4][4];
    LAMPAS_UNROLL for (int j = 0; j < 4; ++j) {
      V in[4];
      LAMPAS_UNROLL for (int i = 0; i < 4; ++i) in[i] = hn::LoadU(d, from + (4 * i + j) * u.plane);
      filter_gradient_column(in, q[j]);
    }
    float* to = taps + f * 9 * lanes;
    across<3, 4, 3>(q, filter_gradient_column,
                    [&](int i, int j, V value) HWY_ATTR { hn::StoreU(value, d, to + (3 * i + j) * lanes); });
  }
}

void fill_slots() {
  cpu::winograd_kernels = {static_cast<int64_t>(hn::Lanes(D())), input, output, gradient, filters, filter_gradients};
}
#endif

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
