// The kernels of conv_flat_cpu.cpp.
#include "backend/cpu/hwy_config.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/conv_flat_tiles_cpu.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <cstring>

#include "backend/cpu/gemm_tile.h"
#include "backend/cpu/kernel_set.h"
#include "backend/cpu/vec_io-inl.h"
#include "ops/conv_flat.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

#if HWY_TARGET == HWY_SCALAR
void fill_slots() { cpu::flat_kernels = {}; }
#else
using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;
using DI = hn::RebindToSigned<D>;
using cpu::FlatRows;
using cpu::FlatTile;

/// Results that with three vectors of positions fill the registers.
constexpr int kResults = HWY_TARGET <= HWY_AVX3 ? 8 : 4;

/// Sums of R results at `vectors` vectors of positions, each a chain of fused multiply-adds, channels outermost.
template <int R, int vectors>
HWY_NOINLINE void flat_tile(const FlatTile& t) {
  const D d;
  const hn::Repartition<double, D> pairs;
  const int64_t depth = t.channels * t.tap_count, channel = t.src_channel;
  V sum[R][vectors];
  LAMPAS_UNROLL for (int r = 0; r < R; ++r) {
    const V start = t.bias ? hn::Set(d, t.bias[r]) : hn::Zero(d);
    LAMPAS_UNROLL for (int v = 0; v < vectors; ++v) sum[r][v] = start;
  }
  constexpr int kPointers = (R + 2) / 3;  // three rows share one, since there are few integer registers
  const float* w[kPointers];
  for (int i = 0; i < kPointers; ++i) w[i] = t.weight + 6 * i * depth;
  const float* from[vectors];
  LAMPAS_UNROLL for (int v = 0; v < vectors; ++v) from[v] = t.from[v];
  const int32_t *const taps = t.taps, *const end = taps + t.tap_count, *tap = taps;
  for (int64_t k = depth; k > 0; --k) {
    V row[vectors];
    LAMPAS_UNROLL for (int v = 0; v < vectors; ++v) row[v] = hn::LoadU(d, from[v] + *tap);
    LAMPAS_UNROLL for (int r = 0; r < R; ++r) {
      double pair;
      std::memcpy(&pair, w[r / 3] + r % 3 * 2 * depth, sizeof pair);
      const V x = hn::BitCast(d, hn::Set(pairs, pair));
      LAMPAS_UNROLL for (int v = 0; v < vectors; ++v) sum[r][v] = hn::MulAdd(x, row[v], sum[r][v]);
    }
    LAMPAS_UNROLL for (int i = 0; i < kPointers; ++i) w[i] += 2;
    if (++tap != end) continue;
    tap = taps;
    LAMPAS_UNROLL for (int v = 0; v < vectors; ++v) from[v] += channel;
  }
  const int64_t to_row = t.to_row;
  LAMPAS_UNROLL for (int v = 0; v < vectors; ++v) {
    float* to = t.to + t.place[v];
    LAMPAS_UNROLL for (int r = 0; r < R; ++r, to += to_row) hn::StoreU(sum[r][v], d, to);
  }
}

void any_tile(const FlatTile& t, int64_t results, int64_t vectors) {
  if (results == kResults) return vectors == 3 ? flat_tile<kResults, 3>(t) : flat_tile<kResults, 2>(t);
  return vectors == 3 ? flat_tile<4, 3>(t) : flat_tile<4, 2>(t);
}

void pair(const float* even, const float* odd, int64_t count, float* to) {
  const hn::CappedTag<float, 4> d;
  for (int64_t i = 0; i < count; i += 4)
    hn::StoreInterleaved2(hn::LoadU(d, even + i), hn::LoadU(d, odd + i), d, to + 2 * i);
}

void bring_apart(const FlatRows& r) {
  const D d;
  const int64_t n = static_cast<int64_t>(hn::Lanes(d)), in = r.width, height = r.height, step = r.step;
  const int64_t plane = r.plane, pitch = r.pitch;
  const float* src = r.src;
  float* to = r.to;
  for (int64_t k = r.channels; k > 0; --k, src += height * in)
    for (int64_t py = 0; py < step; ++py, to += 2 * plane) {
      float* row = to;
      for (int64_t y = r.begin * step + py, end = r.end * step; y < end; y += step, row += pitch) {
        const bool inside = y >= 0 && y < height;
        const float* from = src + y * in;
        for (float *even = row, *last = row + in / 2; even < last; even += n, from += 2 * n) {
          const V a = inside ? hn::LoadU(d, from) : hn::Zero(d), b = inside ? hn::LoadU(d, from + n) : hn::Zero(d);
          hn::StoreU(hn::ConcatEven(d, b, a), d, even);
          hn::StoreU(hn::ConcatOdd(d, b, a), d, even + plane);
        }
      }
    }
}

void double_columns(const FlatRows& r) {
  const D d;
  const int64_t n = static_cast<int64_t>(hn::Lanes(d)), in = r.width, height = r.height, pitch = r.pitch;
  const auto half = hn::ShiftRight<1>(hn::Iota(DI(), 0));
  const auto low = hn::IndicesFromVec(d, half);
  const auto high = hn::IndicesFromVec(d, hn::Add(half, hn::Set(DI(), static_cast<int32_t>(n / 2))));
  const float* src = r.src;
  float* to = r.to;
  for (int64_t k = r.channels; k > 0; --k, src += height * in, to += r.plane) {
    float* row = to;
    for (int64_t y = r.begin, end = r.end; y < end; ++y, row += pitch) {
      const bool inside = y >= 0 && y < height;
      for (int64_t i = 0; i < in; i += n) {  // rows are half vectors, or whole ones and perhaps a half
        const V a = inside ? load_some(d, src + y * in + i, in - i) : hn::Zero(d);
        hn::StoreU(hn::TableLookupLanes(a, low), d, row + 2 * i);
        if (in - i > n / 2) hn::StoreU(hn::TableLookupLanes(a, high), d, row + 2 * i + n);
      }
    }
  }
}

void fill_slots() {
  cpu::flat_kernels = {static_cast<int64_t>(hn::Lanes(D())), kResults, any_tile, pair, double_columns, bring_apart};
}
#endif

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
