#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>

#include "lampas/core/generator.h"

namespace lampas {

/// The state behind a Generator: the 32-bit Mersenne Twister, and the second halves of pairwise normals.
/// An op that draws holds `mutex_` from its first draw to its last, so that its numbers are consecutive. Whoever draws
/// here holds it too; nothing below takes it.
struct LAMPAS_API GeneratorImpl {
  static constexpr int kStateWords = 624;

  explicit GeneratorImpl(uint64_t seed = 67280421310721ull) { set_current_seed(seed); }
  GeneratorImpl(const GeneratorImpl& o);
  GeneratorImpl& operator=(const GeneratorImpl&) = delete;

  static DeviceType device_type() { return kCPU; }
  Device device() const { return kCPU; }
  uint64_t current_seed() const { return initial_seed; }
  void set_current_seed(uint64_t value);
  /// Seeds from the system's entropy and returns the seed.
  uint64_t seed();
  /// The next 32 bits.
  uint32_t random() {
    if (next == kStateWords) twist();
    return temper(words[next++]);
  }
  /// The next 64 bits: the first draw is the upper half.
  uint64_t random64() {
    const uint64_t high = random();
    return high << 32 | random();
  }
  /// Makes sure that some of `words` are still to be handed out.
  void refill() {
    if (next == kStateWords) twist();
  }
  /// The next `n` draws of `random()`, vectorised.
  void fill(uint32_t* out, size_t n);
  std::optional<float> next_float_normal_sample() const { return next_float_normal; }
  std::optional<double> next_double_normal_sample() const { return next_double_normal; }
  void set_next_float_normal_sample(std::optional<float> x) { next_float_normal = x; }
  void set_next_double_normal_sample(std::optional<double> x) { next_double_normal = x; }

  mutable std::mutex mutex_;
  uint64_t initial_seed = 0;
  std::optional<float> next_float_normal;
  std::optional<double> next_double_normal;
  uint32_t next = kStateWords;                        // words[next..] are still to be tempered and handed out
  alignas(64) uint32_t words[kStateWords + 32] = {};  // room for whole vectors at the end

  static uint32_t temper(uint32_t y) {
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680u;
    y ^= (y << 15) & 0xefc60000u;
    return y ^ (y >> 18);
  }

 private:
  void twist();
};

}  // namespace lampas
