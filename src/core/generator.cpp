#include "lampas/core/generator.h"

#include <sys/random.h>

#include <cstring>
#include <random>

#include "core/generator_impl.h"
#include "lampas/base/demangle.h"
#include "lampas/base/error.h"

namespace lampas {
namespace {

/// What get_state() returns: one machine's bytes, recognised by the first word.
struct State {
  static constexpr uint64_t kMagic = 0x3150544d504d414cull;  // "LAMPMTP1"
  uint64_t magic = kMagic;
  uint64_t seed = 0;
  double double_normal = 0;
  float float_normal = 0;
  uint8_t has_double_normal = 0, has_float_normal = 0, unused[2] = {};
  uint32_t next = 0, unused2 = 0;
  uint32_t words[GeneratorImpl::kStateWords] = {};
};
static_assert(sizeof(State) == 40 + 4 * GeneratorImpl::kStateWords);

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

GeneratorImpl::GeneratorImpl(const GeneratorImpl& o, const std::scoped_lock<std::mutex>&)
    : seed(o.seed), next_float_normal(o.next_float_normal), next_double_normal(o.next_double_normal), next(o.next) {
  std::memcpy(words, o.words, sizeof words);
}

void GeneratorImpl::set_seed(uint64_t value) {
  seed = value;
  next_float_normal.reset();
  next_double_normal.reset();
  words[0] = static_cast<uint32_t>(value);  // the twister's own seed has 32 bits
  for (uint32_t i = 1; i < kStateWords; ++i) words[i] = 1812433253u * (words[i - 1] ^ (words[i - 1] >> 30)) + i;
  next = kStateWords;
}

void Generator::set_current_seed(uint64_t seed) {
  GeneratorImpl& g = impl_of(*this, "Generator::set_current_seed");
  const std::scoped_lock lock(g.mutex.state);
  g.set_seed(seed);
}

uint64_t Generator::current_seed() const {
  GeneratorImpl& g = impl_of(*this, "Generator::current_seed");
  const std::scoped_lock lock(g.mutex.state);
  return g.seed;
}

namespace {
std::mutex& of(GeneratorMutex& m) { return static_cast<DrawMutex::Callers&>(m).mutex; }
}  // namespace
void GeneratorMutex::lock() { of(*this).lock(); }
bool GeneratorMutex::try_lock() { return of(*this).try_lock(); }
void GeneratorMutex::unlock() { of(*this).unlock(); }
void* GeneratorMutex::get(const std::type_info& type) {
  check_type(type == typeid(std::mutex), "Generator::mutex: the mutex is a std::mutex, not a ", type_name(type));
  return &of(*this);
}
GeneratorMutex& Generator::mutex() const { return impl_of(*this, "Generator::mutex").mutex.callers; }

uint64_t Generator::seed() {
  const uint64_t value = entropy();
  set_current_seed(value);
  return value;
}

std::vector<uint8_t> Generator::get_state() const {
  GeneratorImpl& g = impl_of(*this, "Generator::get_state");
  State s;
  {
    const std::scoped_lock lock(g.mutex.state);
    s.seed = g.seed;
    s.next = g.next;
    s.has_double_normal = g.next_double_normal.has_value();
    s.double_normal = g.next_double_normal.value_or(0);
    s.has_float_normal = g.next_float_normal.has_value();
    s.float_normal = g.next_float_normal.value_or(0);
    std::memcpy(s.words, g.words, sizeof s.words);
  }
  std::vector<uint8_t> bytes(sizeof s);
  std::memcpy(bytes.data(), &s, sizeof s);
  return bytes;
}

void Generator::set_state(const std::vector<uint8_t>& state) {
  GeneratorImpl& g = impl_of(*this, "Generator::set_state");
  State s;
  check_value(state.size() == sizeof s, "Generator::set_state: expected a state of ", sizeof s, " bytes, got ",
              state.size());
  std::memcpy(&s, state.data(), sizeof s);
  check_value(s.magic == State::kMagic, "Generator::set_state: these bytes are no state from Generator::get_state");
  check_value(s.next <= GeneratorImpl::kStateWords && s.has_double_normal <= 1 && s.has_float_normal <= 1,
              "Generator::set_state: the state is damaged: position ", s.next, " lies outside [0, ",
              GeneratorImpl::kStateWords, "] or a flag is neither 0 nor 1");
  bool any = s.words[0] >> 31;  // of the first word the recurrence sees one bit
  for (int i = 1; i < GeneratorImpl::kStateWords; ++i) any |= s.words[i] != 0;
  check_value(any, "Generator::set_state: the state is damaged: all of its words are zero");
  const std::scoped_lock lock(g.mutex.state);
  g.seed = s.seed;
  g.next = s.next;
  g.next_double_normal = s.has_double_normal ? std::optional(s.double_normal) : std::nullopt;
  g.next_float_normal = s.has_float_normal ? std::optional(s.float_normal) : std::nullopt;
  std::memcpy(g.words, s.words, sizeof s.words);
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
void manual_seed(uint64_t seed) { default_generator().set_current_seed(seed); }
uint64_t seed() { return default_generator().seed(); }

}  // namespace lampas
