#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>

#include "lampas/core/generator.h"

namespace lampas {

/// What an op holds while it draws. The methods of Generator hold `state` alone, so that a program may call them with
/// `callers` (Generator::mutex()) held.
struct DrawMutex {
  struct Callers : GeneratorMutex {
    std::mutex mutex;
  };
  Callers callers;
  std::mutex state;
  void lock() {
    callers.mutex.lock();
    state.lock();
  }
  void unlock() {
    state.unlock();
    callers.mutex.unlock();
  }
};

/// The state behind a Generator: the 32-bit Mersenne Twister, and the second halves of pairwise normals.
/// An op that draws holds `mutex` from its first draw to its last, so that its numbers are consecutive.
struct GeneratorImpl {
  static constexpr int kStateWords = 624;

  explicit GeneratorImpl(uint64_t seed = 67280421310721ull) { set_seed(seed); }
  GeneratorImpl(const GeneratorImpl& o) : GeneratorImpl(o, std::scoped_lock(o.mutex.state)) {}
  GeneratorImpl& operator=(const GeneratorImpl&) = delete;

  void set_seed(uint64_t value);
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

  mutable DrawMutex mutex;
  uint64_t seed = 0;
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
  GeneratorImpl(const GeneratorImpl& o, const std::scoped_lock<std::mutex>&);
  void twist();
};

/// The generator an op draws from: the one given, or the default one.
inline GeneratorImpl& generator_impl(const Generator& g) {
  return g.defined() ? *g.impl() : *default_generator().impl();
}

}  // namespace lampas
