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
class LAMPAS_API Cloneable : public virtual Module {
 public:
  using Module::Module;

  /// Creates parameters, buffers and submodules.
  virtual void reset() = 0;

  /// Calls the module, with its hooks.
  template <class... A, class D = Derived>
  auto operator()(A&&... args) -> decltype(nn::call(std::declval<D&>(), std::forward<A>(args)...)) {
    return nn::call(static_cast<D&>(*this), std::forward<A>(args)...);
  }

  std::shared_ptr<Module> clone(const std::optional<Device>& device = std::nullopt) const override;

 private:
  void clone_(Module& other, const std::optional<Device>& device) final;
};

// Not inline, so that `extern template` keeps them out of the files that include the library's modules.
template <class Derived>
std::shared_ptr<Module> Cloneable<Derived>::clone(const std::optional<Device>& device) const {
  NoGradGuard no_grad;
  auto* copy = new Derived(static_cast<const Derived&>(*this));
  return this->finish_clone(
      copy, copy, [](void* m) { static_cast<Derived*>(m)->reset(); }, device);
}

template <class Derived>
void Cloneable<Derived>::clone_(Module& other, const std::optional<Device>& device) {
  const std::shared_ptr<Module> copy = other.clone(device);
  auto* same = dynamic_cast<Derived*>(copy.get());
  if (!same) this->clone_type_error(other);
  static_cast<Derived&>(*this) = std::move(*same);
}

}  // namespace lampas::nn
