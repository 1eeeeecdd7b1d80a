// Steps of a Fisher-Yates shuffle. Exchanging elements takes less time than dividing by a number that changes with each
// step, so eight divisions are made at once, as float64, while the eight exchanges before them wait for memory.
#include "backend/cpu/hwy_config.h"
#include "backend/cpu/kernel_set.h"
#include "ops/random.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/random_shuffle_cpu.cpp"
#include <hwy/foreach_target.h>
// after foreach_target.h
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

constexpr int64_t kSteps = 8;

/// remainder[k] = words[k] % (divisor - k) for kSteps words and divisors of 1 to 2^52. The quotient of two such numbers
/// is either whole or further from the next whole number than its rounding error.
HWY_INLINE void remainders(uint64_t* remainder, const uint32_t* words, int64_t divisor) {
  const hn::CappedTag<double, kSteps> d;
  const hn::RebindToUnsigned<decltype(d)> du;
  const hn::Rebind<uint32_t, decltype(d)> dw;
  const auto whole = hn::Set(d, 0x1p52), bits = hn::BitCast(d, hn::Set(du, 0x4330000000000000));  // those of 2^52
  const auto count = hn::Iota(d, 0);
  for (int64_t k = 0; k < kSteps; k += static_cast<int64_t>(hn::Lanes(d))) {
    const auto w = hn::PromoteTo(du, hn::LoadU(dw, words + k));
    const auto x = hn::Sub(hn::BitCast(d, hn::Or(w, hn::BitCast(du, bits))), whole);
    const auto y = hn::Sub(hn::Set(d, static_cast<double>(divisor - k)), count);
    const auto r = hn::NegMulAdd(hn::Trunc(hn::Div(x, y)), y, x);
    hn::StoreU(hn::Xor(hn::BitCast(du, hn::Add(r, whole)), hn::BitCast(du, bits)), du, remainder + k);
  }
}

/// Elements are moved as bits.
template <class Bits>
void shuffle(void* items, int64_t left, const uint32_t* words, int64_t n) {
  Bits* p = static_cast<Bits*>(items);
  const auto exchange = [&](uint64_t distance) {
    const Bits first = *p;
    *p = p[distance];
    p[distance] = first;
    ++p;
  };
  uint64_t steps[2][kSteps];
  const int64_t whole = n - n % kSteps;
  if (whole) remainders(steps[0], words, left);
  for (int64_t k = 0, now = 0; k < whole; k += kSteps, now ^= 1) {
    if (k + kSteps < whole) remainders(steps[now ^ 1], words + k + kSteps, left - k - kSteps);
#pragma GCC unroll 8
    for (int64_t i = 0; i < kSteps; ++i) exchange(steps[now][i]);
  }
  for (int64_t k = whole; k < n; ++k) exchange(words[k] % static_cast<uint64_t>(left - k));
}

void fill_slots() {
  shuffle_kernel.set(kCPU, kByte, shuffle<uint8_t>);
  shuffle_kernel.set(kCPU, kShort, shuffle<uint16_t>);
  shuffle_kernel.set(kCPU, kInt, shuffle<uint32_t>);
  shuffle_kernel.set(kCPU, kLong, shuffle<uint64_t>);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LAMPAS_KERNEL_SET(fill_slots);
#endif
