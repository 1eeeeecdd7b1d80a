#pragma once

#include <memory>
#include <utility>

#include "lampas/autograd/grad_mode.h"
#include "lampas/nn/module.h"

namespace lampas::nn {

/// Gives `Derived` a deep `clone()`. `Derived` creates everything it registers in `reset()` (called by its
/// constructor): a clone copies the plain members, calls `reset()` and fills what that registered with the values of
/// the original.
template <class Derived>
class Cloneable : public virtual Module {
 public:
  using Module::Module;

  /// Creates parameters, buffers and submodules.
  virtual void reset() = 0;

  /// Calls the module, with its hooks.
  template <class... A, class D = Derived>
  auto operator()(A&&... args) -> decltype(nn::call(std::declval<D&>(), std::forward<A>(args)...)) {
    return nn::call(static_cast<D&>(*this), std::forward<A>(args)...);
  }

  std::shared_ptr<Module> clone(const std::optional<Device>& device = std::nullopt) const override {
    NoGradGuard no_grad;
    auto copy = std::make_shared<Derived>(static_cast<const Derived&>(*this));
    Module& fresh = *copy;
    fresh.forget_members();
    copy->reset();
    copy_state_to(fresh, device);
    return copy;
  }

 private:
  void clone_(Module& other, const std::optional<Device>& device) final {
    const auto copy = std::dynamic_pointer_cast<Derived>(other.clone(device));
    check(copy != nullptr, "clone: attempted to clone submodule '", other.name(), "' into a '", name(),
          "', which is of a different type than the submodule it was to be cloned into");
    static_cast<Derived&>(*this) = std::move(*copy);
  }
};

}  // namespace lampas::nn
