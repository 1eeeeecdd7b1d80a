#pragma once

#include <vector>

#include "lampas/core/generator.h"
#include "lampas/nn/options/transformer.h"

namespace lampas::nn::detail {

/// The activation of a layer's options.
Tensor activate(const activation_t& activation, const Tensor& x);

/// Puts the default generator back: copying a module resets the copy first, and that must not use up random numbers, or
/// one seed would not give PyTorch's weights.
class KeepRandomState {
 public:
  KeepRandomState() : state_(default_generator().get_state()) {}
  KeepRandomState(const KeepRandomState&) = delete;
  KeepRandomState& operator=(const KeepRandomState&) = delete;
  ~KeepRandomState() { default_generator().set_state(state_); }

 private:
  std::vector<uint8_t> state_;
};

}  // namespace lampas::nn::detail
