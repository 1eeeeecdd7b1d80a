#pragma once

#include <vector>

#include "core/generator_impl.h"
#include "lampas/nn/options/transformer.h"

namespace lampas::nn::detail {

/// The activation of a layer's options.
Tensor activate(const activation_t& activation, const Tensor& x);

/// Puts the default generator back: copying a module resets the copy first, and that must not use up random numbers, or
/// one seed would not give PyTorch's weights.
class KeepRandomState {
 public:
  KeepRandomState() {
    const std::scoped_lock lock(default_generator().impl()->mutex_);
    state_ = state_bytes(default_generator());
  }
  KeepRandomState(const KeepRandomState&) = delete;
  KeepRandomState& operator=(const KeepRandomState&) = delete;
  ~KeepRandomState() {
    const std::scoped_lock lock(default_generator().impl()->mutex_);
    set_state_bytes(default_generator(), state_.data(), state_.size());
  }

 private:
  std::vector<uint8_t> state_;
};

}  // namespace lampas::nn::detail
