#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "lampas/base/export.h"

namespace lampas {

struct GeneratorImpl;  // src/core/generator_impl.h: the Mersenne Twister and its cached normals

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
