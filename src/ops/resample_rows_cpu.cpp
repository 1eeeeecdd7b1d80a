// Rows of a resampling: sums of whole rows, and sums along a row, where the sources of neighbours are picked from a
// vector or two by a permutation. Sums in float32 with fused multiply-adds, entries in order: error for n entries
// n eps sum|w x|, eps = 2^-24. NaN and inf propagate from elements that have a weight.
#include "backend/cpu/hwy_config.h"
//
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/resample_rows_cpu.cpp"
#include "hwy/foreach_target.h"
//
#include "backend/cpu/kernel_set.h"
#include "backend/cpu/vec_io-inl.h"
#include "hwy/cache_control.h"
#include "hwy/highway.h"
#include "ops/resample_rows.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

#if HWY_TARGET == HWY_SCALAR || HWY_HAVE_SCALABLE
void fill_slots() { cpu::row_functions = {}; }
#else
using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;
constexpr int64_t kLanes = hn::MaxLanes(D());

/// Elements of x, less than two vectors away.
HWY_INLINE V from_pair(const float* x, hn::Vec<hn::RebindToSigned<D> > index) {
  const D d;
#if HWY_TARGET == HWY_AVX3
  return V{_mm512_permutex2var_ps(hn::LoadU(d, x).raw, index.raw, hn::LoadU(d, x + kLanes).raw)};
#else
  const hn::RebindToSigned<D> di;
  const auto last = hn::Set(di, static_cast<int32_t>(kLanes - 1));
  const auto pick = hn::IndicesFromVec(d, hn::And(index, last));
  return hn::IfThenElse(hn::RebindMask(d, hn::Gt(index, last)), hn::TableLookupLanes(hn::LoadU(d, x + kLanes), pick),
                        hn::TableLookupLanes(hn::LoadU(d, x), pick));
#endif
}

HWY_INLINE V source(const cpu::RowTable& t, int64_t e, const float* x) {
  const D d;
  const hn::RebindToSigned<D> di;
  const cpu::RowTable::Entry& entry = t.entry[e];
  auto index = hn::LoadU(di, t.index + e * kLanes);
  const auto missing = hn::RebindMask(d, hn::Lt(index, hn::Zero(di)));
  x += entry.base;
  V v;
  if (HWY_LIKELY(entry.kind == cpu::RowTable::kOneVector)) {
    if (entry.partial) index = hn::Max(index, hn::Zero(di));
    v = hn::TableLookupLanes(load_some(d, x, t.from), hn::IndicesFromVec(d, index));
  } else if (entry.kind == cpu::RowTable::kTwoVectors) {
    v = from_pair(x, index);
  } else {
    v = hn::GatherIndex(d, x, hn::Max(index, hn::Zero(di)));
  }
  return entry.partial ? hn::IfThenZeroElse(missing, v) : v;
}

/// A plain table of kEntries a block.
template <int kEntries>
HWY_INLINE void map_plain(const cpu::RowTable& t, const float* x, float* y, bool stream) {
  const D d;
  const hn::RebindToSigned<D> di;
  int64_t e = 0;
  for (int64_t done = 0; done < t.to; done += kLanes) {
    auto sum = hn::Zero(d);
#pragma GCC unroll 4
    for (int k = 0; k < kEntries; ++k, ++e) {
      const auto pick = hn::IndicesFromVec(d, hn::LoadU(di, t.index + e * kLanes));
      sum = hn::MulAdd(hn::LoadU(d, t.weight + e * kLanes),
                       hn::TableLookupLanes(hn::LoadU(d, x + t.entry[e].base), pick), sum);
    }
    if (stream)
      hn::Stream(sum, d, y + done);
    else
      store_some(d, sum, y + done, t.to - done);
  }
}

void map(const cpu::RowTable& t, const float* x, float* y, bool stream) {
  if (t.plain && t.begin[1] == 2) return map_plain<2>(t, x, y, stream);
  if (t.plain && t.begin[1] == 4) return map_plain<4>(t, x, y, stream);
  const D d;
  const hn::RebindToSigned<D> di;
  for (int64_t b = 0, done = 0; done < t.to; ++b, done += kLanes) {
    auto sum = hn::Zero(d);
    const int64_t first = t.begin[b], end = t.begin[b + 1];
    if (first < end && t.entry[first].pairs)
      for (int64_t e = first; e < end; ++e)
        sum = hn::MulAdd(hn::LoadU(d, t.weight + e * kLanes),
                         from_pair(x + t.entry[e].base, hn::LoadU(di, t.index + e * kLanes)), sum);
    else
      for (int64_t e = first; e < end; ++e) sum = hn::MulAdd(hn::LoadU(d, t.weight + e * kLanes), source(t, e, x), sum);
    if (stream)
      hn::Stream(sum, d, y + done);
    else
      store_some(d, sum, y + done, t.to - done);
  }
}

/// kVectors of the sum, or (kVectors == 1) as many of its elements as there are.
template <int kVectors>
HWY_INLINE void combine_at(const float* const* rows, const float* weight, int64_t count, int64_t i, int64_t left,
                           float* y, bool stream) {
  const D d;
  V sum[kVectors];
#pragma GCC unroll 4
  for (int v = 0; v < kVectors; ++v) sum[v] = hn::Zero(d);
  for (int64_t k = 0; k < count; ++k) {
    const float* row = rows[k] + i;
    const auto w = hn::Set(d, weight[k]);
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v)
      sum[v] = hn::MulAdd(w, kVectors == 1 ? load_some(d, row, left) : hn::LoadU(d, row + v * kLanes), sum[v]);
  }
#pragma GCC unroll 4
  for (int v = 0; v < kVectors; ++v) {
    if (stream)
      hn::Stream(sum[v], d, y + i + v * kLanes);
    else if (kVectors == 1)
      store_some(d, sum[v], y + i, left);
    else
      hn::StoreU(sum[v], d, y + i + v * kLanes);
  }
}
void combine(const float* const* rows, const float* weight, int64_t count, int64_t n, float* y, bool stream) {
  int64_t i = 0;
  for (; i + 4 * kLanes <= n; i += 4 * kLanes) combine_at<4>(rows, weight, count, i, 4 * kLanes, y, stream);
  for (; i + 2 * kLanes <= n; i += 2 * kLanes) combine_at<2>(rows, weight, count, i, 2 * kLanes, y, stream);
  for (; i < n; i += kLanes) combine_at<1>(rows, weight, count, i, n - i, y, stream);
}

void fill_slots() { cpu::row_functions = {kLanes, map, combine}; }
#endif

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
