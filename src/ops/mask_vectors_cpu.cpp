// Boolean masks a vector at a time: what is true is moved to the front in a register and stored whole; the next vector
// overwrites what was too much. (Storing some lanes in one instruction is slow on several processors.)
#include "backend/cpu/hwy_config.h"
//
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/mask_vectors_cpu.cpp"
#include "hwy/foreach_target.h"
//
#include "backend/cpu/kernel_set.h"
#include "hwy/highway.h"
#include "ops/mask_vectors.h"

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_SCALAR || HWY_HAVE_SCALABLE
void fill_slots() { cpu::mask_functions = {}; }
#else

int64_t count(const bool* mask, int64_t n) {
  const hn::ScalableTag<uint8_t> d8;
  const hn::Repartition<uint64_t, decltype(d8)> d64;
  constexpr int64_t kLanes = hn::MaxLanes(decltype(d8)());
  const auto* bytes = reinterpret_cast<const uint8_t*>(mask);
  auto sum = hn::Zero(d64);
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) sum = hn::Add(sum, hn::SumsOf8(hn::LoadU(d8, bytes + i)));
  auto total = static_cast<int64_t>(hn::GetLane(hn::SumOfLanes(d64, sum)));
  for (; i < n; ++i) total += mask[i];
  return total;
}

/// As many mask bytes as there are lanes.
template <class T>
HWY_INLINE auto mask_at(hn::ScalableTag<T> d, const bool* mask) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(mask);
  const hn::Rebind<uint32_t, decltype(d)> d32;
  const auto words = hn::PromoteTo(d32, hn::LoadU(hn::Rebind<uint8_t, decltype(d)>(), bytes));
  if constexpr (sizeof(T) == 8)
    return hn::Ne(hn::PromoteTo(d, words), hn::Zero(d));
  else
    return hn::Ne(words, hn::Zero(d));
}

template <class T>
void compress(const void* x_, const bool* mask, int64_t n, void* out, int64_t count) {
  const hn::ScalableTag<T> d;
  constexpr int64_t kLanes = hn::MaxLanes(decltype(d)());
  const T* x = static_cast<const T*>(x_);
  T* to = static_cast<T*>(out);
  T* const end = to + count;
  int64_t i = 0;
  for (; i + kLanes <= n && to + kLanes <= end; i += kLanes) {
    const auto kept = mask_at<T>(d, mask + i);
    hn::StoreU(hn::Compress(hn::LoadU(d, x + i), kept), d, to);
    to += hn::CountTrue(d, kept);
  }
  for (; i + kLanes <= n && to < end; i += kLanes)
    to += hn::CompressBlendedStore(hn::LoadU(d, x + i), mask_at<T>(d, mask + i), d, to);
  for (; to < end; ++i)
    if (mask[i]) *to++ = x[i];
}

int64_t positions(const bool* mask, int64_t n, uint32_t* out) {
  const hn::ScalableTag<uint32_t> d;
  constexpr int64_t kLanes = hn::MaxLanes(decltype(d)());
  static_assert(kLanes <= cpu::MaskFunctions::kRoom);
  uint32_t* to = out;
  auto at = hn::Iota(d, 0);
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    const auto kept = mask_at<uint32_t>(d, mask + i);
    hn::StoreU(hn::Compress(at, kept), d, to);
    to += hn::CountTrue(d, kept);
    at = hn::Add(at, hn::Set(d, static_cast<uint32_t>(kLanes)));
  }
  for (; i < n; ++i)
    if (mask[i]) *to++ = static_cast<uint32_t>(i);
  return to - out;
}

void pairs(int64_t row, const uint32_t* at, int64_t first, int64_t n, int64_t* out) {
  const hn::ScalableTag<uint64_t> d;
  const hn::Rebind<uint32_t, decltype(d)> d32;
  constexpr int64_t kLanes = hn::MaxLanes(decltype(d)());
  const auto rows = hn::Set(d, static_cast<uint64_t>(row)), start = hn::Set(d, static_cast<uint64_t>(first));
  int64_t k = 0;
  for (; k + kLanes <= n; k += kLanes)
    hn::StoreInterleaved2(rows, hn::Add(start, hn::PromoteTo(d, hn::LoadU(d32, at + k))), d,
                          reinterpret_cast<uint64_t*>(out + 2 * k));
  for (; k < n; ++k) out[2 * k] = row, out[2 * k + 1] = first + static_cast<int64_t>(at[k]);
}

void fill_slots() { cpu::mask_functions = {count, positions, pairs, {compress<uint32_t>, compress<uint64_t>}}; }
#endif

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
