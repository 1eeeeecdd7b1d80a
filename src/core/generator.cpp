#include "lampas/core/generator.h"

#include <sys/random.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <random>

#include "core/generator_impl.h"
#include "lampas/base/error.h"

namespace lampas {
namespace {

/// The state in the order PyTorch keeps it, on a machine whose first byte is the lowest.
struct State {
  uint64_t seed = 0;
  int32_t left = 1;    // draws up to the next twist, that one counted
  int32_t seeded = 1;  // 0 in no state that was ever drawn from
  uint64_t next = 0;
  uint64_t words[GeneratorImpl::kStateWords] = {};
  double old_angle = 0;  // in turns
  double double_normal = 0;
  double old_radius = 0;
  int32_t has_double_normal = 0, unused = 0;
  float float_normal = 0;  // from here on absent from old states, which keep a pair's angle and radius instead
  uint8_t has_float_normal = 0, unused2[3] = {};
};
static_assert(sizeof(State) == 5056);
constexpr size_t kOldStateSize = offsetof(State, float_normal);

GeneratorImpl& impl_of(const Generator& g, const char* op) {
  check(g.defined(), op, ": the generator is undefined");
  return *g.impl();
}

uint64_t entropy() {
  uint64_t bits = 0;
  if (getrandom(&bits, sizeof bits, 0) != static_cast<ssize_t>(sizeof bits)) {
    std::random_device device;
    bits = static_cast<uint64_t>(device()) << 32 | device();
  }
  return bits & ((uint64_t{1} << 53) - 1);  // survives a round trip through a double
}

}  // namespace

GeneratorImpl::GeneratorImpl(const GeneratorImpl& o)
    : initial_seed(o.initial_seed),
      next_float_normal(o.next_float_normal),
      next_double_normal(o.next_double_normal),
      next(o.next) {
  std::memcpy(words, o.words, sizeof words);
}

void GeneratorImpl::set_current_seed(uint64_t value) {
  initial_seed = value;
  next_float_normal.reset();
  next_double_normal.reset();
  words[0] = static_cast<uint32_t>(value);  // the twister's own seed has 32 bits
  for (uint32_t i = 1; i < kStateWords; ++i) words[i] = 1812433253u * (words[i - 1] ^ (words[i - 1] >> 30)) + i;
  next = kStateWords;
}

uint64_t GeneratorImpl::seed() {
  const uint64_t value = entropy();
  set_current_seed(value);
  return value;
}

void Generator::set_current_seed(uint64_t seed) {
  GeneratorImpl& g = impl_of(*this, "Generator::set_current_seed");
  g.set_current_seed(seed);
}

uint64_t Generator::current_seed() const {
  GeneratorImpl& g = impl_of(*this, "Generator::current_seed");
  return g.initial_seed;
}

uint64_t Generator::seed() {
  const uint64_t value = entropy();
  set_current_seed(value);
  return value;
}

std::vector<uint8_t> state_bytes(const Generator& generator) {
  GeneratorImpl& g = impl_of(generator, "Generator::get_state");
  constexpr uint32_t n = GeneratorImpl::kStateWords;
  State s;
  s.seed = g.initial_seed;
  s.next = g.next;
  s.left = static_cast<int32_t>(n + 1 - g.next);
  s.has_double_normal = g.next_double_normal.has_value();
  s.double_normal = g.next_double_normal.value_or(0);
  s.has_float_normal = g.next_float_normal.has_value();
  s.float_normal = g.next_float_normal.value_or(0);
  std::copy_n(g.words, n, s.words);
  std::vector<uint8_t> bytes(sizeof s);
  std::memcpy(bytes.data(), &s, sizeof s);
  return bytes;
}

void set_state_bytes(const Generator& generator, const uint8_t* state, size_t size) {
  GeneratorImpl& g = impl_of(generator, "Generator::set_state");
  constexpr uint32_t n = GeneratorImpl::kStateWords;
  check(size == sizeof(State) || size == kOldStateSize, "Generator::set_state: expected a state of ", sizeof(State),
        " bytes (", kOldStateSize, " of old versions), got ", size);
  State s;
  std::memcpy(static_cast<void*>(&s), state, size);
  if (size == kOldStateSize) s.double_normal = s.old_radius * std::sin(2 * M_PI * s.old_angle);
  check(s.seeded == 1 && s.left >= 1 && s.left <= static_cast<int32_t>(n) &&
            (s.next + static_cast<uint64_t>(s.left) == n + 1 || (s.next == 0 && s.left == 1)),
        "Generator::set_state: Invalid mt19937 state: ", s.left, " draws left of ", n, " do not fit position ", s.next,
        ", or it was never seeded");
  bool any = s.words[0] >> 31 & 1;  // of the first word the recurrence sees one bit
  for (uint32_t i = 1; i < n; ++i) any |= s.words[i] != 0;
  check(any, "Generator::set_state: the state is damaged: all of its words are zero");
  g.initial_seed = s.seed;
  g.next = n + 1 - static_cast<uint32_t>(s.left);
  g.next_double_normal = s.has_double_normal ? std::optional(s.double_normal) : std::nullopt;
  g.next_float_normal = s.has_float_normal ? std::optional(s.float_normal) : std::nullopt;
  std::copy_n(s.words, n, g.words);
}

GeneratorMutex Generator::mutex() const { return GeneratorMutex(&impl_of(*this, "Generator::mutex")); }
void GeneratorMutex::lock() { generator_->mutex_.lock(); }
bool GeneratorMutex::try_lock() { return generator_->mutex_.try_lock(); }
void GeneratorMutex::unlock() { generator_->mutex_.unlock(); }
void* GeneratorMutex::get(const std::type_info& type) const {
  check_type(type == typeid(std::mutex), "Generator::mutex: the mutex is a std::mutex, not a ", type.name());
  return &generator_->mutex_;
}

Generator Generator::clone() const {
  return Generator(std::make_shared<GeneratorImpl>(impl_of(*this, "Generator::clone")));
}

Generator& default_generator() {
  static Generator& g =
      *new Generator(std::make_shared<GeneratorImpl>());  // never destroyed: static objects may draw late
  return g;
}
Generator make_generator(uint64_t seed) { return Generator(std::make_shared<GeneratorImpl>(seed)); }
void manual_seed(uint64_t seed) {
  const std::scoped_lock lock(default_generator().impl()->mutex_);
  default_generator().set_current_seed(seed);
}
uint64_t seed() {
  const std::scoped_lock lock(default_generator().impl()->mutex_);
  return default_generator().seed();
}

}  // namespace lampas
