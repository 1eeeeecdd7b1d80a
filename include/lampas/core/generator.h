#pragma once

#include <cstdint>
#include <memory>
#include <typeinfo>
#include <vector>

#include "lampas/base/export.h"

namespace lampas {

struct GeneratorImpl;  // src/core/generator_impl.h: the Mersenne Twister and its cached normals

/// The std::mutex of a generator, for `std::lock_guard<std::mutex> lock(generator.mutex())`. What names std::mutex
/// includes <mutex>; this header, which everything includes, does without, for it is dear to compile.
class LAMPAS_API GeneratorMutex {
 public:
  GeneratorMutex(const GeneratorMutex&) = delete;
  GeneratorMutex& operator=(const GeneratorMutex&) = delete;
  void lock();
  bool try_lock();
  void unlock();
  /// Throws for any other class than std::mutex.
  template <class Mutex, class = typename Mutex::native_handle_type>
  operator Mutex&() {
    return *static_cast<Mutex*>(get(typeid(Mutex)));
  }

 protected:
  GeneratorMutex() = default;
  ~GeneratorMutex() = default;

 private:
  void* get(const std::type_info& type);
};

/// A source of random numbers with the stream of PyTorch's CPU generator (mt19937). Copies share one state.
class LAMPAS_API Generator {
 public:
  /// An undefined generator: ops given one use the default generator.
  Generator() = default;
  explicit Generator(std::shared_ptr<GeneratorImpl> impl) : impl_(std::move(impl)) {}
  bool defined() const { return impl_ != nullptr; }
  void set_current_seed(uint64_t seed);
  uint64_t current_seed() const;
  /// Seeds from the system's entropy and returns the seed.
  uint64_t seed();
  /// The complete state, to be given back to `set_state` of any generator.
  std::vector<uint8_t> get_state() const;
  void set_state(const std::vector<uint8_t>& state);
  /// An independent generator in the same state.
  Generator clone() const;
  /// Held by every op while it draws. A program that holds it may call these methods, several of them without another
  /// thread's draws between; it may not draw from this generator.
  GeneratorMutex& mutex() const;
  GeneratorImpl* impl() const { return impl_.get(); }

 private:
  std::shared_ptr<GeneratorImpl> impl_;
};

/// The generator used when none is given. One per process; drawing from it is serialised.
LAMPAS_API Generator& default_generator();
/// A new generator with the given seed (PyTorch's default seed when omitted).
LAMPAS_API Generator make_generator(uint64_t seed = 67280421310721ull);
/// Seeds the default generator of every device.
LAMPAS_API void manual_seed(uint64_t seed);
/// Seeds the default generator from the system's entropy.
LAMPAS_API uint64_t seed();

}  // namespace lampas
