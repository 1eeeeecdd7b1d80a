// The Mersenne Twister's two loops over its 624 words, for each instruction set.
#include <cstddef>
#include <cstdint>

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

constexpr size_t kWords = GeneratorImpl::kStateWords, kShift = 397;
constexpr uint32_t kMatrix = 0x9908b0dfu, kUpper = 0x80000000u, kLower = 0x7fffffffu;

uint32_t twist_word(uint32_t word, uint32_t next, uint32_t far) {
  const uint32_t mixed = (word & kUpper) | (next & kLower);
  return far ^ (mixed >> 1) ^ (mixed & 1 ? kMatrix : 0);
}

/// words[i] for i in [begin, end) from words[i], words[i + 1] and words[i + offset]. The offset is never within a
/// vector of i, and words[i + 1] is read before it is overwritten, so a vector at a time gives what one word at a time
/// does.
void twist_run(uint32_t* words, size_t begin, size_t end, ptrdiff_t offset) {
  const hn::ScalableTag<uint32_t> d;
  const size_t lanes = hn::Lanes(d);
  for (size_t i = begin; i < end; i += lanes) {
    const auto mixed = hn::Or(hn::And(hn::LoadU(d, words + i), hn::Set(d, kUpper)),
                              hn::And(hn::LoadU(d, words + i + 1), hn::Set(d, kLower)));
    const auto odd = hn::Sub(hn::Zero(d), hn::And(mixed, hn::Set(d, 1)));  // all ones or zero
    const auto far = hn::LoadU(d, words + static_cast<ptrdiff_t>(i) + offset);
    const auto next = hn::Xor(hn::Xor(far, hn::ShiftRight<1>(mixed)), hn::And(odd, hn::Set(d, kMatrix)));
    if (HWY_LIKELY(i + lanes <= end))
      hn::StoreU(next, d, words + i);
    else
      hn::BlendedStore(next, hn::FirstN(d, end - i), d, words + i);  // there is room for what is read beyond
  }
}

void twist(uint32_t* words) {
  constexpr size_t first = kWords - kShift;
  twist_run(words, 0, first, kShift);
  twist_run(words, first, kWords - 1, -static_cast<ptrdiff_t>(first));
  words[kWords - 1] = twist_word(words[kWords - 1], words[0], words[kShift - 1]);
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
