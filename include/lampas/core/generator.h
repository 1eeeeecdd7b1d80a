#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <type_traits>
#include <typeinfo>

#include "lampas/base/export.h"
#include "lampas/core/device.h"

namespace lampas {

class Tensor;
struct GeneratorImpl;  // lampas/core/generator_impl.h: the Mersenne Twister and its cached normals

/// The std::mutex of a generator, for `std::lock_guard<std::mutex> lock(generator.mutex())`. What names std::mutex
/// includes <mutex>; this header, which everything includes, does without, for it is dear to compile.
class LAMPAS_API GeneratorMutex {
 public:
  explicit GeneratorMutex(GeneratorImpl* generator) : generator_(generator) {}
  void lock();
  bool try_lock();
  void unlock();
  /// Throws for any other class than std::mutex.
  template <class Mutex, class = typename Mutex::native_handle_type>
  operator Mutex&() const {
    return *static_cast<Mutex*>(get(typeid(Mutex)));
  }

 private:
  void* get(const std::type_info& type) const;
  GeneratorImpl* generator_;
};

/// A source of random numbers with the stream of PyTorch's CPU generator (mt19937). Copies share one state.
/// Ops that draw take turns by mutex(); the methods here leave it to the caller, who may hold it.
class LAMPAS_API Generator {
 public:
  /// An undefined generator: ops given one use the default generator.
  Generator() = default;
  explicit Generator(std::shared_ptr<GeneratorImpl> impl) : impl_(std::move(impl)) {}
  /// An optional that is empty is an undefined generator. (A template, so that nothing else converts by way of one.)
  template <class O, std::enable_if_t<std::is_same_v<O, std::optional<Generator>>, int> = 0>
  Generator(const O& g) : impl_(g ? g->impl_ : nullptr) {}
  Generator(std::nullopt_t) {}
  bool defined() const { return impl_ != nullptr; }
  Device device() const { return kCPU; }
  void set_current_seed(uint64_t seed);
  uint64_t current_seed() const;
  /// Seeds from the system's entropy and returns the seed.
  uint64_t seed();
  /// The complete state, to be given back to `set_state` of any generator: bytes in the order of PyTorch's
  /// `torch.get_rng_state()`, which either library takes from the other.
  Tensor get_state() const;
  void set_state(const Tensor& state);
  /// An independent generator in the same state.
  Generator clone() const;
  GeneratorMutex mutex() const;
  /// The numbers themselves and the lock on them, for who includes lampas/core/generator_impl.h.
  GeneratorImpl* impl() const { return impl_.get(); }
  GeneratorImpl* unsafeGetGeneratorImpl() const { return impl(); }
  template <class Impl>
  Impl* get() const {
    return static_cast<Impl*>(impl());
  }
  /// Whether both draw from one state.
  friend bool operator==(const Generator& a, const Generator& b) { return a.impl_ == b.impl_; }
  friend bool operator!=(const Generator& a, const Generator& b) { return a.impl_ != b.impl_; }

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
