// Members computed from parameters: what weight_norm, spectral_norm, parametrize and prune share.
#include "autograd/op.h"
#include "lampas/autograd/grad_mode.h"
#include "nn/module_access.h"

namespace lampas::nn::detail {

void refresh_computed(Module& module) {
  const HookTable* hooks = ModuleAccess::hooks_if_any(module);
  if (!hooks || hooks->computed.empty()) return;
  NoGradGuard no_grad;
  const auto computed = hooks->computed;
  for (const auto& c : computed) c->refresh(module, /*in_call=*/false);
}

Tensor erase_member(Module& module, const std::string& name) {
  for (auto* members : {&ModuleAccess::parameters(module), &ModuleAccess::buffers(module)})
    if (Tensor* found = members->find(name)) {
      Tensor t = *found;
      members->erase(name);
      return t;
    }
  fail(module.name(), " has no parameter or buffer '", name, "'");
}

Tensor release_member(Module& module, const std::string& name, const char* op) {
  const HookTable* hooks = ModuleAccess::hooks_if_any(module);
  check(!hooks || !hooks->find_computed(name), op, ": '", name, "' of ", module.name(),
        " is already computed from other parameters");
  const Tensor* found = ModuleAccess::parameters(module).find(name);
  if (!found) found = ModuleAccess::buffers(module).find(name);
  check(found != nullptr, op, ": ", module.name(), " has no parameter '", name, "'");
  check(found->defined(), op, ": parameter '", name, "' of ", module.name(), " is switched off");
  return erase_member(module, name);
}

namespace {
Tensor stop_computing(Module& module, const std::string& name, const Tensor& value) {
  HookTable& hooks = ModuleAccess::hooks(module);
  Tensor slot = hooks.find_computed(name)->slot;
  hooks.remove_computed(name);
  lampas::detail::end_reseat(slot);
  slot.set_data(value.detach());
  return slot;
}
}  // namespace

void restore_parameter(Module& module, const std::string& name, const Tensor& value, bool requires_grad) {
  module.register_parameter(name, stop_computing(module, name, value), requires_grad);
}
void restore_buffer(Module& module, const std::string& name, const Tensor& value) {
  module.register_buffer(name, stop_computing(module, name, value));
}

}  // namespace lampas::nn::detail
