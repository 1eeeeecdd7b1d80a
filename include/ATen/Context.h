#pragma once

#include "torch/namespaces.h"

namespace at {

/// What LibTorch's programs ask and set globally. Results here are always reproducible, so that there is nothing to
/// choose; the answers remember what was asked for.
class Context {
 public:
  bool hasCUDA() const { return false; }
  bool hasCuDNN() const { return false; }
  bool hasHIP() const { return false; }
  bool hasMKL() const { return false; }
  bool hasMKLDNN() const { return true; }
  bool hasOpenMP() const { return true; }
  bool hasLAPACK() const { return true; }
  bool deterministicAlgorithms() const { return deterministic_; }
  bool deterministicAlgorithmsWarnOnly() const { return warn_only_; }
  void setDeterministicAlgorithms(bool on, bool warn_only = false) { deterministic_ = on, warn_only_ = warn_only; }
  bool benchmarkCuDNN() const { return benchmark_; }
  void setBenchmarkCuDNN(bool on) { benchmark_ = on; }
  bool deterministicCuDNN() const { return deterministic_cudnn_; }
  void setDeterministicCuDNN(bool on) { deterministic_cudnn_ = on; }
  bool setFlushDenormal(bool on) { return lampas::set_flush_denormal(on); }
  Generator& defaultGenerator(Device device = Device(DeviceType::CPU)) {
    lampas::check(device.is_cpu(), "defaultGenerator: this library computes on the CPU, got device ", device);
    return lampas::default_generator();
  }

 private:
  bool deterministic_ = false, warn_only_ = false, benchmark_ = false, deterministic_cudnn_ = false;
};
inline Context& globalContext() {
  static Context context;
  return context;
}
inline bool hasCUDA() { return false; }
inline bool hasMKL() { return false; }
inline bool hasMKLDNN() { return true; }
inline bool hasOpenMP() { return true; }
inline bool hasLAPACK() { return true; }

namespace detail {
inline const Generator& getDefaultCPUGenerator() { return lampas::default_generator(); }
inline Generator createCPUGenerator(uint64_t seed = 67280421310721ull) { return lampas::make_generator(seed); }
}  // namespace detail
/// The class behind every generator; ATen/CPUGeneratorImpl.h says what it holds.
using CPUGeneratorImpl = lampas::GeneratorImpl;
template <class Impl>
Generator make_generator(uint64_t seed = 67280421310721ull) {
  static_assert(std::is_same_v<Impl, CPUGeneratorImpl>, "make_generator: the generator is CPUGeneratorImpl");
  return lampas::make_generator(seed);
}
/// A missing generator converts to an undefined one.
template <class Impl>
Impl* check_generator(const Generator& generator) {
  TORCH_CHECK(generator.defined(), "Expected Generator but received nullopt");
  return generator.get<Impl>();
}
template <class Impl>
Impl* get_generator_or_default(const Generator& generator, const Generator& otherwise) {
  return check_generator<Impl>(generator.defined() ? generator : otherwise);
}

}  // namespace at
