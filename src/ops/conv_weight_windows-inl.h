// Per-target include guard, as Highway asks for headers with vector code.
#if defined(LAMPAS_OPS_CONV_WEIGHT_WINDOWS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef LAMPAS_OPS_CONV_WEIGHT_WINDOWS_INL_H
#undef LAMPAS_OPS_CONV_WEIGHT_WINDOWS_INL_H
#else
#define LAMPAS_OPS_CONV_WEIGHT_WINDOWS_INL_H
#endif

#include <hwy/highway.h>

#include <cstdint>

#include "backend/cpu/gemm_tile-inl.h"
#include "ops/conv_correlation.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

#if HWY_TARGET == HWY_SCALAR
void window_product(const cpu::WindowProduct&) { HWY_ABORT("no lanes for windows"); }
#else
void window_product(const cpu::WindowProduct& w) {
  const int64_t panels = (w.results + kTileRows - 1) / kTileRows;
  // What follows is asked for between the tiles.
  constexpr int64_t kLine = 64 / sizeof(float);
  const int64_t tiles = panels * (w.depth / tile_columns<float>() + 1);
  const float* next[2] = {w.next[0], w.next[1]};
  cpu::TileArgs<float> t{};
  t.k = w.positions;
  t.a_row = w.dy_row, t.a_step = 1;
  t.b_offsets = w.offsets;
  t.init_row = t.c_row = w.pitch;
  for (int64_t j = 0; j < w.depth; j += t.columns) {
    t.columns = next_columns<float>(w.depth - j);
    t.b = w.windows + j;
    for (int64_t p = 0; p < panels; ++p) {
      for (int e = 0; e < 2; ++e)
        for (int64_t i = 0; i * kLine * tiles < w.values[e]; ++i, next[e] += kLine) __builtin_prefetch(next[e], 0, 2);
      const int64_t i = w.results * p / panels, m = w.results * (p + 1) / panels - i;
      t.a = w.dy + i * w.dy_row;
      t.init = t.c = w.sums + i * w.pitch + j;
      TileTable<float, DenseRows, IndexedColumns>::at(m, t.columns)(t);
    }
  }
}
#endif

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#endif
