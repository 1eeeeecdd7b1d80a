// The Mersenne Twister's two loops over its 624 words, for each instruction set.
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "backend/cpu/hwy_config.h"
#include "core/generator_impl.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/mersenne_twister.cpp"
#include <hwy/foreach_target.h>
// after foreach_target.h
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace lampas {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

constexpr size_t kWords = GeneratorImpl::kStateWords;
using D = hn::CappedTag<uint32_t, 16>;

/// p[k], p[k + 1], ...: a vector from p on lies on a line of the cache.
template <int k>
HWY_INLINE hn::Vec<D> load_from(const uint32_t* p) {
#if HWY_TARGET == HWY_AVX3  // two loads and a shift take less than one that crosses lines
  return {_mm512_alignr_epi32(hn::Load(D(), p + 16).raw, hn::Load(D(), p).raw, k)};
#else
  return hn::LoadU(D(), p + k);
#endif
}

/// The vector of words at i. `far` is 13 words before the first of those 397 further on, which wrap around; they and
/// words[i + 1] are read before, or after, they get their new value as where one word is made at a time.
HWY_INLINE void twist_at(uint32_t* words, size_t i, const uint32_t* far) {
  const D d;
  const auto word = hn::Load(d, words + i), next = load_from<1>(words + i);
  const auto mixed = hn::Xor(next, hn::And(hn::Xor(word, next), hn::Set(d, 0x80000000u)));  // one instruction
  const auto matrix = hn::IfThenElseZero(hn::TestBit(mixed, hn::Set(d, 1)), hn::Set(d, 0x9908b0dfu));
  hn::Store(hn::Xor(hn::Xor(load_from<13>(far), hn::ShiftRight<1>(mixed)), matrix), d, words + i);
}

void twist(uint32_t* words) {
  constexpr size_t first = 224, wraps = 240;
  const size_t lanes = hn::Lanes(D());
  for (size_t i = 0; i < first; i += lanes) twist_at(words, i, words + i + 384);
  std::memcpy(words + kWords, words, 64);  // what follows the last word is the first, in its new value
  for (size_t i = first; i < wraps; i += lanes) twist_at(words, i, words + i + 384);
  for (size_t i = wraps; i < kWords; i += lanes) twist_at(words, i, words + i - 240);
}

void temper(const uint32_t* words, uint32_t* out, size_t n) {
  const hn::ScalableTag<uint32_t> d;
  const size_t lanes = hn::Lanes(d);
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    auto y = hn::LoadU(d, words + i);
    y = hn::Xor(y, hn::ShiftRight<11>(y));
    y = hn::Xor(y, hn::And(hn::ShiftLeft<7>(y), hn::Set(d, 0x9d2c5680u)));
    y = hn::Xor(y, hn::And(hn::ShiftLeft<15>(y), hn::Set(d, 0xefc60000u)));
    hn::StoreU(hn::Xor(y, hn::ShiftRight<18>(y)), d, out + i);
  }
  for (; i < n; ++i) out[i] = GeneratorImpl::temper(words[i]);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace lampas
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lampas {
HWY_EXPORT(twist);
HWY_EXPORT(temper);

void GeneratorImpl::twist() {
  HWY_DYNAMIC_DISPATCH(twist)(words);
  next = 0;
}

void GeneratorImpl::fill(uint32_t* out, size_t n) {
  const auto temper_run = HWY_DYNAMIC_DISPATCH(temper);
  while (n > 0) {
    if (next == kStateWords) twist();
    const size_t run = n < kStateWords - next ? n : kStateWords - next;
    temper_run(words + next, out, run);
    next += static_cast<uint32_t>(run);
    out += run;
    n -= run;
  }
}
}  // namespace lampas
#endif
